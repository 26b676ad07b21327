"""Text with places: files, spans, line and column, and edits by place."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable
from functools import partial
from itertools import accumulate, count
from operator import add

from oidc_enforcer.records import NamedTuple


class Span(NamedTuple):
    """A half-open range of characters `[start, end)` of one file's text."""

    start: int
    end: int


#: A span made of its two ends, past the constructor: there are dozens in every file.
span_of: Callable[[tuple[int, int]], Span] = partial(tuple.__new__, Span)


class Region(NamedTuple):
    """A span as people count it: lines and columns from 1, the end column exclusive.

    Columns count characters (SARIF: `columnKind: unicodeCodePoints`).
    """

    line: int
    column: int
    end_line: int
    end_column: int


class Edit(NamedTuple):
    """Replaces the characters of `span` by `text`; an empty span inserts."""

    span: Span
    text: str


class SourceFile:
    """A file's path as the user knows it, and its text without a byte-order mark.

    Lines end at LF alone, as Git and GitHub count them in diffs and annotations. YAML breaks
    lines in more places; that is `yaml_tree`'s business.
    """

    __slots__ = ("_line_starts", "decode_problem", "encoding", "path", "text")

    def __init__(
        self, path: str, text: str, encoding: str = "utf-8", decode_problem: int | None = None
    ) -> None:
        self.path = path
        self.text = text
        self.encoding = encoding
        #: Offset of the first character that could not be decoded, if any.
        self.decode_problem = decode_problem
        self._line_starts: list[int] | None = None

    def __repr__(self) -> str:
        return f"SourceFile({self.path!r})"

    @classmethod
    def decode(cls, path: str, data: bytes) -> SourceFile:
        """Decodes as GitHub's YAML reader does: UTF-8, or UTF-16/32 behind a byte-order mark.

        What cannot be decoded becomes U+FFFD and its place is kept in `decode_problem`.
        """
        for mark, encoding in _BYTE_ORDER_MARKS:
            if data.startswith(mark):
                return cls._decode(path, data[len(mark) :], encoding, marked=True)
        return cls._decode(path, data, "utf-8", marked=False)

    @classmethod
    def _decode(cls, path: str, data: bytes, encoding: str, *, marked: bool) -> SourceFile:
        name = encoding + "-sig" if marked and encoding == "utf-8" else encoding
        try:
            return cls(path, data.decode(encoding), name)
        except UnicodeDecodeError as problem:
            before = data[: problem.start].decode(encoding, "replace")
            return cls(path, data.decode(encoding, "replace"), name, len(before))

    def encode(self, text: str) -> bytes:
        """Another text in this file's encoding, behind its byte-order mark if it had one."""
        if self.encoding in ("utf-8", "utf-8-sig"):
            return text.encode(self.encoding)
        mark = next(mark for mark, name in _BYTE_ORDER_MARKS if name == self.encoding)
        return mark + text.encode(self.encoding)

    @property
    def line_starts(self) -> list[int]:
        """Offsets at which lines begin; computed at first use."""
        if self._line_starts is None:
            ends = accumulate(map(len, self.text.split("\n")))
            # NOTE: each line break adds one; all of this loop is in C.
            self._line_starts = [0, *map(add, ends, count(1))]
            self._line_starts.pop()
        return self._line_starts

    def line_number(self, at: int) -> int:
        """The line of an offset."""
        return bisect_right(self.line_starts, at)

    def region(self, span: Span) -> Region:
        """The lines and columns of a span."""
        starts = self.line_starts
        first = bisect_right(starts, span.start)
        last = bisect_right(starts, span.end)
        return Region(
            first, span.start - starts[first - 1] + 1, last, span.end - starts[last - 1] + 1
        )

    def line(self, number: int) -> str:
        """The text of a line, counted from 1, without its line break."""
        starts = self.line_starts
        end = starts[number] - 1 if number < len(starts) else len(self.text)
        return self.text[starts[number - 1] : end].removesuffix("\r")

    def line_span(self, number: int) -> Span:
        """The span of a whole line, its line break included."""
        starts = self.line_starts
        end = starts[number] if number < len(starts) else len(self.text)
        return Span(starts[number - 1], end)


class Ranges:
    """Ranges of offsets, which may lie inside each other: whether a place is in any of them."""

    def __init__(self, ranges: Iterable[tuple[int, int]]) -> None:
        ordered = sorted(ranges)
        self._starts = [start for start, _ in ordered]
        self._ends = list(accumulate((end for _, end in ordered), max))

    def __contains__(self, place: int) -> bool:
        at = bisect_right(self._starts, place)
        return at > 0 and self._ends[at - 1] > place


#: UTF-32's mark begins with UTF-16's, so the longer one is tried first.
_BYTE_ORDER_MARKS = (
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe\x00\x00", "utf-32-le"),
    (b"\x00\x00\xfe\xff", "utf-32-be"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
)


def apply_edits(text: str, edits: Iterable[Edit]) -> str:
    """The text after all edits, which must not overlap; raises ValueError when they do."""
    pieces: list[str] = []
    at = 0
    for edit in sorted(edits):
        if edit.span.start < at:
            raise ValueError(f"edits overlap at {edit.span}")
        pieces.append(text[at : edit.span.start])
        pieces.append(edit.text)
        at = edit.span.end
    pieces.append(text[at:])
    return "".join(pieces)
