"""GitHub's filter patterns for branches and tags, as exact sets of refs.

Source: GitHub "Workflow syntax", filter pattern cheat sheet. `*` stops at a slash, `**` does not,
`?` and `+` repeat the character before them, `[…]` lists characters, `\\` takes a meaning away. A
`!` in front takes out of the set what earlier patterns have put in.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from oidc_enforcer.iam.automata import DEAD, FULL, Automaton, Fringe, State
from oidc_enforcer.iam.patterns import StringSet
from oidc_enforcer.iam.value_pattern import units

#: GitHub takes no longer ones; what is longer here may match anything.
MAX_LENGTH = 1024


class _Piece(NamedTuple):
    """One character of several (`units`), or any at all; it may be left out, and come again.

    A `fork` reads nothing: what follows it is read, or the two pieces behind it are left out.
    """

    units: frozenset[str] | None
    but_slash: bool = False
    optional: bool = False
    repeats: bool = False
    fork: bool = False

    def reads(self, unit: str) -> bool:
        """Whether the unit is one of these characters."""
        if self.units is not None:
            return unit in self.units
        return not (self.but_slash and unit == "/")


_ANY_RUN = _Piece(None, optional=True, repeats=True)
_FORK = _Piece(frozenset(), optional=True, fork=True)
_ANY_BUT_SLASH = _Piece(None, but_slash=True, optional=True, repeats=True)


def included(patterns: Sequence[str], before: str, after: str = "") -> Iterator[StringSet]:
    """The refs that each positive pattern of a list lets through, behind a fixed text.

    `after` is what every pattern goes on with.

    Their union is what the whole list lets through: a negative pattern takes from those in front
    of it, one behind it may let the same ref in again.
    """
    for index, pattern in enumerate(patterns):
        if pattern.startswith("!"):
            continue
        found = matching(pattern, before, after)
        for later in patterns[index + 1 :]:
            if later.startswith("!"):
                found = found - matching(later[1:], before, after)
        yield found


def excluded(patterns: Iterable[str], before: str) -> StringSet:
    """The refs that begin so and that no pattern of an `…-ignore` list matches."""
    found = StringSet.like(f"{before}*")
    for pattern in patterns:
        found = found - matching(pattern, before)
    return found


def matching(pattern: str, before: str = "", after: str = "") -> StringSet:
    """The texts that a pattern without its `!` and the pattern `after` match, behind `before`."""
    if len(pattern) > MAX_LENGTH:
        return StringSet.like(f"{before}*")
    return StringSet(_Filter((*_literal(before), *_pieces(units(pattern)), *_pieces(units(after)))))


def _literal(text: str) -> Iterator[_Piece]:
    for unit in units(text):
        yield _Piece(frozenset(unit))


def _pieces(pattern: str) -> list[_Piece]:
    found: list[_Piece] = []
    at = 0
    while at < len(pattern):
        unit = pattern[at]
        at += 1
        if unit == "*":
            # `**/` may stand for no folder at all.
            begins = at == 1 or pattern[at - 2] == "/"
            run = pattern.startswith("*", at)
            at += run
            if run and begins and pattern.startswith("/", at):
                found.append(_FORK)
            found.append(_ANY_RUN if run else _ANY_BUT_SLASH)
        elif unit in "?+" and found:
            last = found[-1]
            found[-1] = last._replace(optional=True) if unit == "?" else last._replace(repeats=True)
        elif unit == "[" and (end := pattern.find("]", at)) > at:
            found.append(_Piece(_listed(pattern[at:end])))
            at = end + 1
        else:
            if unit == "\\" and at < len(pattern):
                unit = pattern[at]
                at += 1
            found.append(_Piece(frozenset(unit)))
    return found


def _listed(text: str) -> frozenset[str]:
    """The characters of a bracket; `a-z` is a range."""
    found: set[str] = set()
    at = 0
    while at < len(text):
        if text[at + 1 : at + 2] == "-" and at + 2 < len(text):
            found.update(map(chr, range(ord(text[at]), ord(text[at + 2]) + 1)))
            at += 3
        else:
            found.add(text[at])
            at += 1
    return frozenset(found)


class _Filter(Automaton):
    """Pieces side by side in the bits of an integer; bit i: piece i may be read next."""

    __slots__ = ("end", "fringes", "pieces")

    def __init__(self, pieces: Sequence[_Piece]) -> None:
        self.pieces = tuple(pieces)
        self.end = 1 << len(self.pieces)
        self.weight = 1 + (len(self.pieces) >> 9)
        self.fringes: dict[int, Fringe] = {}
        self.start = self._settle(1)

    def _settle(self, bits: int) -> int:
        """Goes past what may be left out; FULL where all that follows is any text."""
        for index, piece in enumerate(self.pieces):
            if bits >> index & 1 and piece.optional:
                bits |= 1 << (index + 1)
                if piece.fork:
                    bits |= 1 << (index + 3)
        is_open = bool(self.pieces) and self.pieces[-1] == _ANY_RUN
        return FULL if is_open and bits & (self.end >> 1) else bits

    def step(self, state: State, unit: str) -> State:
        assert isinstance(state, int)
        after = 0
        left = state & ~self.end
        while left:
            bit = left & -left
            left ^= bit
            piece = self.pieces[bit.bit_length() - 1]
            if piece.reads(unit):
                after |= bit << 1 | (bit if piece.repeats else 0)
        return self._settle(after) if after else DEAD

    def accepts(self, state: State) -> bool:
        assert isinstance(state, int)
        return bool(state & self.end)

    def fringe(self, state: State) -> Fringe:
        assert isinstance(state, int)
        known = self.fringes.get(state)
        if known is None:
            known = self.fringes[state] = self._fringe(state)
        return known

    def _fringe(self, state: int) -> Fringe:
        found: set[str] = set()
        others = False
        for index, piece in enumerate(self.pieces):
            if state >> index & 1:
                found |= piece.units if piece.units is not None else {"/"}
                others = others or piece.units is None
        return frozenset(found), others
