"""What a pull request shows of its files: the lines on which GitHub lets a comment stand.

A comment must lie inside one hunk of the pull request's diff, on its right side; anything else is
refused with the whole review (422: "line must be part of the diff", "start line must be part of the
same hunk as the line").
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple


class Hunk(NamedTuple):
    """Lines of the file at head, the first of them being line `start`; `added` are numbers."""

    start: int
    lines: tuple[str, ...]
    added: frozenset[int]

    @property
    def last(self) -> int:
        """The number of the last line; below `start` where only lines were deleted."""
        return self.start + len(self.lines) - 1

    def holds(self, first: int, last: int) -> bool:
        """Whether the lines from `first` to `last`, both included, stand in this hunk."""
        return self.start <= first <= last <= self.last

    def text(self, first: int, last: int) -> tuple[str, ...]:
        """The lines from `first` to `last`, both included."""
        return self.lines[first - self.start : last - self.start + 1]


class Diff(NamedTuple):
    """The hunks of each file that the pull request touches; none for a file without a patch.

    GitHub gives no patch for a binary file, or one with too many changes, and lists no more than
    3,000 files: `is_whole` is False where some may be missing.
    """

    files: Mapping[str, tuple[Hunk, ...]] = {}
    is_whole: bool = True

    @classmethod
    def of(cls, patches: Iterable[tuple[str, str | None]], *, is_whole: bool = True) -> Diff:
        """From the path and the `patch` of each file (`GET …/pulls/{n}/files`)."""
        return cls({path: tuple(hunks(patch or "")) for path, patch in patches}, is_whole)

    def hunk(self, path: str, first: int, last: int) -> Hunk | None:
        """The hunk in which a comment on these lines may stand."""
        return next((one for one in self.files.get(path, ()) if one.holds(first, last)), None)


_HEADER = re.compile(r"@@ -\d{1,9}(?:,(\d{1,9}))? \+(\d{1,9})(?:,(\d{1,9}))? @@")


def hunks(patch: str) -> Iterator[Hunk]:
    """The hunks of a unified diff without file headers; stops where it is none."""
    rows = iter(patch.split("\n"))
    for row in rows:
        header = _HEADER.match(row)
        if not header:
            continue
        old, new = (1 if header[at] is None else int(header[at]) for at in (1, 3))
        yield _hunk(int(header[2]), old, new, rows)


def _hunk(start: int, old: int, new: int, rows: Iterator[str]) -> Hunk:
    """Takes as many rows as the header promised, so that a line like `@@` inside is no header."""
    lines: list[str] = []
    added: set[int] = set()
    while old > 0 or new > 0:
        row = next(rows, None)
        if row is None or row[:1] not in ("+", "-", " ", "\\", ""):
            break
        if row[:1] == "\\":  # "\ No newline at end of file"
            continue
        if row[:1] == "+":
            added.add(start + len(lines))
        if row[:1] != "-":
            lines.append(row[1:])
            new -= 1
        old -= row[:1] != "+"
    return Hunk(start, tuple(lines), frozenset(added))
