"""Lazy automata over UTF-16 code units: the machinery under `StringSet`.

An automaton is a start state, a step and a test for acceptance; its states are made as they are
asked for and never listed. Two states are known to every automaton, so that whole branches are
settled without walking them: DEAD accepts nothing that follows, FULL everything. `step`, `accepts`
and `fringe` are asked of other states alone.

A search does not try every unit of Unicode. `fringe` names the units that a state tells apart from
the rest; all the others lead the same way, so that one of them stands for all.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeAlias

from oidc_enforcer.iam.value_pattern import Wildcard

#: Whatever an automaton uses; hashable.
State: TypeAlias = "int | tuple[State, ...]"
DEAD = 0
FULL = -1

#: One element of a pattern: a unit, one of several units, `?` or `*`.
Element: TypeAlias = "str | frozenset[str] | Wildcard"
Fringe: TypeAlias = "tuple[frozenset[str], bool]"

_NO_UNITS: frozenset[str] = frozenset()
_ONLY_REST: Fringe = (_NO_UNITS, True)
_SOME_LOW_SURROGATE: Fringe = (frozenset({"\ude80"}), True)


class Automaton:
    """The interface. `weight` says how dear a step is."""

    __slots__ = ("start", "weight")
    start: State
    weight: int

    def step(self, state: State, unit: str) -> State:
        """The state after one more unit."""
        raise NotImplementedError

    def accepts(self, state: State) -> bool:
        """Whether what was read so far is a member."""
        raise NotImplementedError

    def fringe(self, state: State) -> Fringe:
        """The units told apart here, and whether any of the others may lead on."""
        raise NotImplementedError

    def run(self, state: State, text: str) -> State:
        """The state after several units."""
        for unit in text:
            if state in (DEAD, FULL):
                return state
            state = self.step(state, unit)
        return state

    def settles(self, state: State) -> bool:
        """Whether what was read so far is a member, for DEAD and FULL as well."""
        return state == FULL or (state != DEAD and self.accepts(state))


def globs(patterns: Iterable[Sequence[Element]]) -> Automaton:
    """The texts that one of the patterns spells."""
    return _Globs(patterns)


def only(allowed: Iterable[str]) -> Automaton:
    """Texts of these units alone; to be searched within an alphabet of these units."""
    return _Only(allowed)


def without(forbidden: Iterable[str]) -> Automaton:
    """Texts in which none of these units stands; to be searched within an alphabet of others."""
    return _Without(forbidden)


def well_formed() -> Automaton:
    """Texts whose surrogates come in pairs, as in every JSON Web Token."""
    return _WellFormed()


class _Globs(Automaton):
    """The union of patterns, run side by side in the bits of one integer.

    Bit i of a state: element i may be read next. A pattern that has passed a `*` needs no place
    before it any more, for whatever they lead to, the `*` leads to as well; dropping them keeps the
    states of a pattern without `?` as few as its elements.
    """

    __slots__ = ("any_one", "elements", "finals", "fringes", "moves", "regions", "runs", "tails")

    def __init__(self, patterns: Iterable[Sequence[Element]]) -> None:
        self.elements: list[Element | None] = []
        self.moves: dict[str, int] = {}
        self.any_one = self.runs = self.finals = self.tails = starts = 0
        self.regions: list[tuple[int, int]] = []
        self.fringes: dict[int, Fringe] = {}
        for pattern in patterns:
            starts |= 1 << len(self.elements)
            self._add(pattern)
        self.weight = 1 + (len(self.elements) >> 9)
        self.start = self._settle(starts)

    def _add(self, pattern: Sequence[Element]) -> None:
        first, runs = len(self.elements), 0
        for element in pattern:
            bit = 1 << len(self.elements)
            if element is Wildcard.ANY_RUN:
                if len(self.elements) > first and self.elements[-1] is element:
                    continue
                runs |= bit
            elif element is Wildcard.ANY_ONE:
                self.any_one |= bit
            else:
                assert not isinstance(element, Wildcard)
                for unit in element:
                    self.moves[unit] = self.moves.get(unit, 0) | bit
            self.elements.append(element)
        end = 1 << len(self.elements)
        self.elements.append(None)
        self.finals |= end
        self.runs |= runs
        if runs:
            self.tails |= runs & (end >> 1)
            self.regions.append((runs, end - (1 << first)))

    def _settle(self, bits: int) -> int:
        running = bits & self.runs
        if not running:
            return bits
        bits |= running << 1
        if bits & self.tails:
            return FULL
        for runs, region in self.regions:
            passed = bits & runs
            if passed:
                bits &= ~(region & ((1 << (passed.bit_length() - 1)) - 1))
        return bits

    def step(self, state: State, unit: str) -> State:
        assert isinstance(state, int)
        read = state & (self.moves.get(unit, 0) | self.any_one)
        return self._settle(read << 1 | state & self.runs)

    def run(self, state: State, text: str) -> State:
        assert isinstance(state, int)
        moves, any_one, runs = self.moves, self.any_one, self.runs
        for unit in text:
            if state <= DEAD:  # DEAD or FULL
                return state
            state = (state & (moves.get(unit, 0) | any_one)) << 1 | state & runs
            if runs:
                state = self._settle(state)
        return state

    def accepts(self, state: State) -> bool:
        assert isinstance(state, int)
        return bool(state & self.finals)

    def fringe(self, state: State) -> Fringe:
        assert isinstance(state, int)
        known = self.fringes.get(state)
        if known is None:
            known = self.fringes[state] = self._fringe(state)
        return known

    def _fringe(self, state: int) -> Fringe:
        found: set[str] = set()
        left = state & ~(self.runs | self.any_one | self.finals)
        while left:
            bit = left & -left
            element = self.elements[bit.bit_length() - 1]
            assert isinstance(element, (str, frozenset))
            found.update(element)
            left ^= bit
        return frozenset(found), bool(state & (self.runs | self.any_one))


class _Only(Automaton):
    __slots__ = ("allowed",)

    def __init__(self, allowed: Iterable[str]) -> None:
        self.allowed = frozenset(allowed)
        self.start, self.weight = 1, 1

    def step(self, state: State, unit: str) -> State:
        return state if unit in self.allowed else DEAD

    def accepts(self, state: State) -> bool:
        return True

    def fringe(self, state: State) -> Fringe:
        return _ONLY_REST


class _Without(Automaton):
    __slots__ = ("forbidden",)

    def __init__(self, forbidden: Iterable[str]) -> None:
        self.forbidden = frozenset(forbidden)
        self.start, self.weight = 1, 1

    def step(self, state: State, unit: str) -> State:
        return DEAD if unit in self.forbidden else state

    def accepts(self, state: State) -> bool:
        return True

    def fringe(self, state: State) -> Fringe:
        return _ONLY_REST


class _WellFormed(Automaton):
    __slots__ = ()

    def __init__(self) -> None:
        self.start, self.weight = 1, 1

    def step(self, state: State, unit: str) -> State:
        low = "\udc00" <= unit <= "\udfff"
        if low is not (state == 2):
            return DEAD
        return 2 if "\ud800" <= unit <= "\udbff" else 1

    def accepts(self, state: State) -> bool:
        return state == 1

    def fringe(self, state: State) -> Fringe:
        return _ONLY_REST if state == 1 else _SOME_LOW_SURROGATE
