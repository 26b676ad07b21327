"""File reports kept on disk while a large tree is scanned, so that memory stays flat."""

from __future__ import annotations

import pickle
import tempfile
from collections.abc import Iterator, Sequence
from typing import IO, overload

from oidc_enforcer.report import FileReport


class Spool(Sequence[FileReport]):
    """An append-only sequence of reports in an unnamed temporary file of our own.

    What is read back is only what this process, or a child it forked, has written there.
    """

    def __init__(self) -> None:
        self._stream: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115
        #: Where each report ends; the next begins there.
        self._ends: list[int] = [0]

    def __del__(self) -> None:
        self._stream.close()

    def append(self, report: FileReport) -> None:
        """Adds a report at the end."""
        # NOTE: a plain tuple, because a named one is made in Python on the way out and back in.
        data = pickle.dumps(tuple(report), pickle.HIGHEST_PROTOCOL)
        self._stream.write(data)
        self._ends.append(self._ends[-1] + len(data))

    def finish(self) -> list[int]:
        """Flushes what was written; returns where the reports end, for `adopt`."""
        self._stream.flush()
        return self._ends

    def adopt(self, ends: list[int]) -> None:
        """Takes over the reports that a forked child has written to this spool's file."""
        self._ends = ends

    def __len__(self) -> int:
        return len(self._ends) - 1

    @overload
    def __getitem__(self, index: int) -> FileReport: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[FileReport]: ...
    def __getitem__(self, index: int | slice) -> FileReport | Sequence[FileReport]:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        at = range(len(self))[index]
        self._stream.seek(self._ends[at])
        return FileReport._make(
            pickle.loads(self._stream.read(self._ends[at + 1] - self._ends[at]))
        )

    def __iter__(self) -> Iterator[FileReport]:
        return map(self.__getitem__, range(len(self)))


class Chosen(Sequence[FileReport]):
    """Reports of several spools, each told by its spool and its place there, in any order."""

    def __init__(self, places: list[tuple[Spool, int]]) -> None:
        self._places = places

    def __len__(self) -> int:
        return len(self._places)

    @overload
    def __getitem__(self, index: int) -> FileReport: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[FileReport]: ...
    def __getitem__(self, index: int | slice) -> FileReport | Sequence[FileReport]:
        if isinstance(index, slice):
            return [spool[at] for spool, at in self._places[index]]
        spool, at = self._places[index]
        return spool[at]

    def __iter__(self) -> Iterator[FileReport]:
        return (spool[at] for spool, at in self._places)
