"""Automata made of other automata."""

from __future__ import annotations

from collections.abc import Iterable

from oidc_enforcer.iam.automata import DEAD, FULL, Automaton, Fringe, State

_NO_UNITS: frozenset[str] = frozenset()


def complement(other: Automaton) -> Automaton:
    """Whatever the other does not accept."""
    return other.other if isinstance(other, _Complement) else _Complement(other)


def intersection(parts: Iterable[Automaton]) -> Automaton:
    """Whatever all of them accept; its states are tuples of theirs."""
    return _Intersection(parts)


def union(parts: Iterable[Automaton]) -> Automaton:
    """Whatever one of them accepts."""
    return _Union(parts)


def remembered(other: Automaton) -> Automaton:
    """The same language with its steps written down, for one that every policy meets."""
    return _Remembered(other)


def between(other: Automaton, start: State, ends: frozenset[State] | None = None) -> Automaton:
    """The texts that lead another automaton from one state to one of several, or to acceptance."""
    return _Between(other, start, ends)


def encoded(other: Automaton) -> Automaton:
    """The texts that another automaton accepts once each `:` is written `%3A`.

    GitHub writes values so in a subject, and escapes nothing else: an environment `a%3Ab` has the
    subject of an environment `a:b` (decoded tokens of 2026-10-08, Dashtid/subvectors).
    """
    return _Encoded(other)


class _Complement(Automaton):
    __slots__ = ("other",)

    def __init__(self, other: Automaton) -> None:
        self.other = other
        self.start = _opposite(other.start)
        self.weight = other.weight

    def step(self, state: State, unit: str) -> State:
        return _opposite(self.other.step(state, unit))

    def accepts(self, state: State) -> bool:
        return not self.other.accepts(state)

    def fringe(self, state: State) -> Fringe:
        return self.other.fringe(state)[0], True


def _opposite(state: State) -> State:
    if state == DEAD:
        return FULL
    return DEAD if state == FULL else state


class _Intersection(Automaton):
    __slots__ = ("parts",)

    def __init__(self, parts: Iterable[Automaton]) -> None:
        self.parts = tuple(parts)
        self.start = self._join([part.start for part in self.parts])
        self.weight = sum(part.weight for part in self.parts)

    @staticmethod
    def _join(states: list[State]) -> State:
        if DEAD in states:
            return DEAD
        return tuple(states) if any(state != FULL for state in states) else FULL

    def step(self, state: State, unit: str) -> State:
        assert isinstance(state, tuple)
        after: list[State] = []
        full = True
        for index, part in enumerate(self.parts):
            moved = state[index]
            if moved != FULL:
                moved = part.step(moved, unit)
                if moved == DEAD:
                    return DEAD
                full = full and moved == FULL
            after.append(moved)
        return FULL if full else tuple(after)

    def accepts(self, state: State) -> bool:
        assert isinstance(state, tuple)
        for index, part in enumerate(self.parts):
            if state[index] != FULL and not part.accepts(state[index]):
                return False
        return True

    def fringe(self, state: State) -> Fringe:
        assert isinstance(state, tuple)
        units = _NO_UNITS
        for part, each in zip(self.parts, state, strict=True):
            if each == FULL:
                continue
            told_apart, others_lead_on = part.fringe(each)
            if not others_lead_on:
                return told_apart, False
            units |= told_apart
        return units, True


class _Union(Automaton):
    __slots__ = ("parts",)

    def __init__(self, parts: Iterable[Automaton]) -> None:
        self.parts = tuple(parts)
        self.start = self._join([part.start for part in self.parts])
        self.weight = sum(part.weight for part in self.parts)

    @staticmethod
    def _join(states: list[State]) -> State:
        if FULL in states:
            return FULL
        return tuple(states) if any(state != DEAD for state in states) else DEAD

    def step(self, state: State, unit: str) -> State:
        assert isinstance(state, tuple)
        return self._join(
            [
                each if each == DEAD else part.step(each, unit)
                for part, each in zip(self.parts, state, strict=True)
            ]
        )

    def accepts(self, state: State) -> bool:
        assert isinstance(state, tuple)
        return any(
            each != DEAD and part.accepts(each)
            for part, each in zip(self.parts, state, strict=True)
        )

    def fringe(self, state: State) -> Fringe:
        assert isinstance(state, tuple)
        units, others_lead_on = _NO_UNITS, False
        for part, each in zip(self.parts, state, strict=True):
            if each == DEAD:
                continue
            told_apart, lead_on = part.fringe(each)
            units |= told_apart
            others_lead_on = others_lead_on or lead_on
        return units, others_lead_on


class _Remembered(Automaton):
    __slots__ = ("fringes", "numbers", "other", "rows", "states")

    #: Steps written down per state, so that the odd letters of policies do not pile up.
    CAPACITY = 4_096

    def __init__(self, other: Automaton) -> None:
        self.other = other
        self.weight = 1
        self._forget()
        self.start = self._number(other.start)

    def _forget(self) -> None:
        self.numbers: dict[State, int] = {}
        self.states: list[State] = [DEAD]
        self.rows: list[dict[str, int]] = [{}]
        self.fringes: list[Fringe | None] = [None]

    def _number(self, state: State) -> int:
        if state in (DEAD, FULL):
            assert isinstance(state, int)
            return state
        number = self.numbers.get(state)
        if number is None:
            number = self.numbers[state] = len(self.states)
            self.states.append(state)
            self.rows.append({})
            self.fringes.append(None)
        return number

    def step(self, state: State, unit: str) -> State:
        assert isinstance(state, int)
        row = self.rows[state]
        after = row.get(unit)
        if after is None:
            after = self._number(self.other.step(self.states[state], unit))
            if len(row) < self.CAPACITY:
                row[unit] = after
        return after

    def accepts(self, state: State) -> bool:
        assert isinstance(state, int)
        return self.other.accepts(self.states[state])

    def fringe(self, state: State) -> Fringe:
        assert isinstance(state, int)
        known = self.fringes[state]
        if known is None:
            known = self.fringes[state] = self.other.fringe(self.states[state])
        return known


class _Between(Automaton):
    __slots__ = ("ends", "other")

    def __init__(
        self, other: Automaton, start: State, ends: frozenset[State] | None = None
    ) -> None:
        self.other = other
        self.ends = ends
        self.weight = other.weight
        self.start = self._seen(start)

    def _seen(self, state: State) -> State:
        # NOTE: once FULL or DEAD, the other stays so; only these ends can then be met.
        if self.ends is None or state not in (DEAD, FULL):
            return state
        return FULL if state in self.ends else DEAD

    def step(self, state: State, unit: str) -> State:
        return self._seen(self.other.step(state, unit))

    def accepts(self, state: State) -> bool:
        return self.other.accepts(state) if self.ends is None else state in self.ends

    def fringe(self, state: State) -> Fringe:
        return self.other.fringe(state)


class _Encoded(Automaton):
    __slots__ = ("other",)

    def __init__(self, other: Automaton) -> None:
        self.other = other
        self.start = other.start
        self.weight = other.weight

    def step(self, state: State, unit: str) -> State:
        if unit != ":":
            return self.other.step(state, unit)
        return self.other.run(state, "%3A")

    def accepts(self, state: State) -> bool:
        return self.other.accepts(state)

    def fringe(self, state: State) -> Fringe:
        units, others_lead_on = self.other.fringe(state)
        return units | {":"}, others_lead_on
