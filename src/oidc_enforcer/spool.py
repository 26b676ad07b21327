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
        self._starts: list[int] = []

    def __del__(self) -> None:
        self._stream.close()

    def append(self, report: FileReport) -> None:
        """Adds a report at the end."""
        self._starts.append(self._stream.tell())
        # NOTE: a plain tuple, because a named one is made in Python on the way out and back in.
        pickle.dump(tuple(report), self._stream, pickle.HIGHEST_PROTOCOL)

    def finish(self) -> list[int]:
        """Flushes what was written; returns where each report starts, for `adopt`."""
        self._stream.flush()
        return self._starts

    def adopt(self, starts: list[int]) -> None:
        """Takes over the reports that a forked child has written to this spool's file."""
        self._starts = starts

    def __len__(self) -> int:
        return len(self._starts)

    @overload
    def __getitem__(self, index: int) -> FileReport: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[FileReport]: ...
    def __getitem__(self, index: int | slice) -> FileReport | Sequence[FileReport]:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        self._stream.seek(self._starts[index])
        return FileReport._make(pickle.load(self._stream))

    def __iter__(self) -> Iterator[FileReport]:
        for index in range(len(self._starts)):
            yield self[index]


class Stretch(Sequence[FileReport]):
    """Some reports of a spool that follow each other."""

    def __init__(self, spool: Spool, places: range) -> None:
        self._spool = spool
        self._places = places

    def __len__(self) -> int:
        return len(self._places)

    @overload
    def __getitem__(self, index: int) -> FileReport: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[FileReport]: ...
    def __getitem__(self, index: int | slice) -> FileReport | Sequence[FileReport]:
        if isinstance(index, slice):
            return [self._spool[place] for place in self._places[index]]
        return self._spool[self._places[index]]

    def __iter__(self) -> Iterator[FileReport]:
        return map(self._spool.__getitem__, self._places)
