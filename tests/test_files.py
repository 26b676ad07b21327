"""Reading files: whole up to a bound, and one byte beyond it so that the reader can tell."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from oidc_enforcer import files

#: Around the size that is read at once.
SIZES = [0, 1, 65_535, 65_536, 65_537, 65_538, 200_000]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("most", [0, 1, 65_535, 65_536, 65_537, 200_000, files.MAX_BYTES])
def test_at_most_one_byte_more_than_asked_for_is_read(size: int, most: int, tmp_path: Path) -> None:
    data = os.urandom(size)
    path = tmp_path / "file"
    path.write_bytes(data)
    assert files.read(str(path), most) == data[: most + 1]


def test_a_pipe_is_read_to_its_end_however_slowly_it_is_written(tmp_path: Path) -> None:
    path, data = tmp_path / "pipe", b"on: push\n" * 20_000
    os.mkfifo(path)

    def write() -> None:
        with path.open("wb", buffering=0) as stream:
            for at in range(0, len(data), 1000):
                stream.write(data[at : at + 1000])

    writer = threading.Thread(target=write)
    writer.start()
    assert files.read(str(path)) == data
    writer.join()
