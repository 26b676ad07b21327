"""Work beside this process: a forked child that answers with bytes.

Forking keeps what is imported; starting a pool of processes would cost more than it gains.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

T = TypeVar("T")

#: Whether this system can fork at all.
CAN_FORK = hasattr(os, "fork")
#: As many numbers as any pipe takes at once: a page of two bytes each.
_MOST_QUEUED = 2048


def start(work: Callable[[], bytes]) -> Callable[[], bytes | None]:
    """Begins `work` in a child; the function returned waits for its answer.

    The answer is None when the child died or raised: then nobody has done the work.
    """
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        _answer(work, writer)
    os.close(writer)

    def wait() -> bytes | None:
        with os.fdopen(reader, "rb") as stream:
            answer = stream.read()
        _, status = os.waitpid(child, 0)
        return answer if status == 0 else None

    return wait


def _answer(work: Callable[[], bytes], writer: int) -> None:
    status = 1
    try:
        answer = work()
        with os.fdopen(writer, "wb") as stream:
            stream.write(answer)
        status = 0
    finally:
        os._exit(status)


def chunks(items: Sequence[T], least: int) -> list[Sequence[T]]:
    """The items in order, in pieces of at least so many, and no more pieces than a queue takes."""
    size = max(least, len(items) // _MOST_QUEUED + 1)
    return [items[at : at + size] for at in range(0, len(items), size)]


class Queue:
    """The numbers below `length`, in order, each for the one process that takes it first."""

    def __init__(self, length: int) -> None:
        assert length <= _MOST_QUEUED
        self._reader, writer = os.pipe()
        with os.fdopen(writer, "wb") as stream:
            stream.write(b"".join(number.to_bytes(2, "little") for number in range(length)))

    def __iter__(self) -> Iterator[int]:
        # NOTE: the system gives each reader of a pipe its bytes in one piece.
        while taken := os.read(self._reader, 2):
            yield int.from_bytes(taken, "little")

    def close(self) -> None:
        """Ends it in this process."""
        os.close(self._reader)
