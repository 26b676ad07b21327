"""Text as a program receives it, with the place in the script of every character.

A script is looked at twice over: `plain` is what the author wrote, `masked` has the same length,
but each character of a `${{ … }}` is a HOLE (GitHub replaces it before any shell sees the script)
and each `$` or backtick that the shell leaves alone is DEAD. Syntax is read from `masked`, names
and values are cut from `plain`.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right

from oidc_enforcer.expression import end_of_expression
from oidc_enforcer.shell.patterns import Pattern

HOLE = "\ue000"
DEAD = "\ue001"

_KILL = str.maketrans({"$": DEAD, "`": DEAD})
_ESCAPE = Pattern(r"\\(?:([abefnrtv\\\"'])|x[0-9a-fA-F]{1,2}|0?[0-7]{1,3})")
_ESCAPED = {"n": "\n", "r": "\r", "t": "\t", "\\": "\\", '"': '"', "'": "'"}


def mask(text: str) -> str:
    """`text` with every `${{ … }}` filled by HOLE; what follows an unclosed one stays as it is."""
    at = text.find("${{")
    if at < 0:
        return text
    pieces: list[str] = []
    done = 0
    while at >= 0:
        end = end_of_expression(text, at)
        if end < 0:
            break
        pieces += (text[done:at], HOLE * (end - at))
        done = end
        at = text.find("${{", end)
    pieces.append(text[done:])
    return "".join(pieces)


class Text:
    """A string put together from pieces of the script.

    `substitutions` are the ranges of what stands inside `$( )` or backticks. A piece is *live*
    unless it stands in single quotes or behind a quoted heredoc word.
    """

    __slots__ = ("_live", "_masked", "_offsets", "_plain", "_positions", "length", "substitutions")

    def __init__(self) -> None:
        self._masked: list[str] = []
        self._plain: list[str] = []
        self._positions: list[int] = []
        self._offsets: list[int] = []
        self._live: list[bool] = []
        self.length = 0
        self.substitutions: list[tuple[int, int]] = []

    @classmethod
    def of(cls, masked: str, plain: str, offset: int, *, live: bool = True) -> Text:
        """A text of one piece, which begins at `offset` of the script."""
        text = cls()
        text.add(masked, plain, offset, live=live)
        return text

    def add(self, masked: str, plain: str, offset: int, *, live: bool = True) -> None:
        """Appends a piece that is written at `offset`; `$` in a piece that is not live is dead."""
        if not masked:
            return
        self._masked.append(masked if live else masked.translate(_KILL))
        self._plain.append(plain)
        self._positions.append(self.length)
        self._offsets.append(offset)
        self._live.append(live)
        self.length += len(masked)

    def extend(self, other: Text, start: int = 0, end: int | None = None) -> None:
        """Appends another text, or the range `[start, end)` of it."""
        end = other.length if end is None else end
        if start >= end:
            return
        shift = self.length - start
        masked, plain, positions = other.masked, other.plain, other._positions
        at = bisect_right(positions, start) - 1
        while at < len(positions) and positions[at] < end:
            stop = min(end, positions[at + 1] if at + 1 < len(positions) else other.length)
            begin = max(positions[at], start)
            self._masked.append(masked[begin:stop])
            self._plain.append(plain[begin:stop])
            self._positions.append(begin + shift)
            self._offsets.append(other._offsets[at] + begin - positions[at])
            self._live.append(other._live[at])
            at += 1
        self.length = end + shift
        at = bisect_left(other.substitutions, (start, 0))
        while at < len(other.substitutions) and other.substitutions[at][1] <= end:
            a, b = other.substitutions[at]
            self.substitutions.append((a + shift, b + shift))
            at += 1

    def truncate(self, length: int) -> None:
        """Forgets everything from position `length` on."""
        self._masked, self._plain = [self.masked[:length]], [self.plain[:length]]
        while self._positions and self._positions[-1] >= length:
            self._positions.pop()
            self._offsets.pop()
            self._live.pop()
        while self.substitutions and self.substitutions[-1][1] > length:
            self.substitutions.pop()
        self.length = length

    @property
    def masked(self) -> str:
        """The text as syntax sees it."""
        if len(self._masked) > 1:
            self._masked = ["".join(self._masked)]
        return self._masked[0] if self._masked else ""

    @property
    def plain(self) -> str:
        """The text as the author wrote it."""
        if len(self._plain) > 1:
            self._plain = ["".join(self._plain)]
        return self._plain[0] if self._plain else ""

    def offset(self, position: int) -> int:
        """The script's offset of the character at `position`; the length is allowed."""
        if not self._positions:
            return 0
        at = max(bisect_right(self._positions, position) - 1, 0)
        return self._offsets[at] + position - self._positions[at]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The script's range from the first to behind the last character of `[start, end)`."""
        first = self.offset(start)
        return (first, max(first, self.offset(end - 1) + 1)) if end > start else (first, first)

    def is_live(self, start: int, end: int) -> bool:
        """Whether some of `[start, end)` is open to expansion; True for an empty range."""
        if start >= end:
            return True
        at = max(bisect_right(self._positions, start) - 1, 0)
        while at < len(self._positions) and self._positions[at] < end:
            if self._live[at]:
                return True
            at += 1
        return False

    def substitution(self, start: int, end: int) -> str:
        """What stands inside the first command substitution of `[start, end)`, or nothing."""
        at = bisect_left(self.substitutions, (start, 0))
        if at == len(self.substitutions) or self.substitutions[at][1] > end:
            return ""
        a, b = self.substitutions[at]
        return self.plain[a:b]

    def revived(self) -> str:
        """`masked` with dead characters alive again, for the shell that reads this text next."""
        masked = self.masked
        if DEAD not in masked:
            return masked
        return "".join(p if m == DEAD else m for m, p in zip(masked, self.plain, strict=True))

    def unescaped(self) -> Text:
        r"""The text with `\n` and its like replaced, as `echo -e` and `printf` do."""
        masked = self.masked
        if "\\" not in masked:
            return self
        result = Text()
        done = 0
        for match in _ESCAPE.finditer(masked):
            result.extend(self, done, match.start())
            char = _ESCAPED.get(match[1] or "", " ")
            result.add(char, char, self.offset(match.start()))
            done = match.end()
        result.extend(self, done)
        return result
