"""What can be asked of an automaton by walking it, within a bound of effort."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple, TypeAlias

from oidc_enforcer.iam.automata import DEAD, FULL, Automaton, State
from oidc_enforcer.iam.compositions import between, intersection


class TooComplexError(Exception):
    """The bound of effort was reached: the answer is unknown, not no."""


class Effort:
    """How many steps a question may still take."""

    __slots__ = ("left",)

    def __init__(self, steps: int = 200_000) -> None:
        self.left = steps

    def spend(self, steps: int) -> None:
        """Takes steps off; raises TooComplexError when none are left."""
        self.left -= steps
        if self.left < 0:
            raise TooComplexError


class Words(NamedTuple):
    """A language of names: all texts of one kind that GitHub lets somebody choose.

    `alphabet` lists units in the order in which a person would pick them; all units that the
    language allows behave alike but for those that its automaton tells apart. `examples` are words
    that people would know, tried first when one is to be shown.
    """

    automaton: Automaton
    alphabet: str
    max_length: int
    examples: tuple[str, ...] = ()


def moves(automaton: Automaton, state: State, alphabet: str) -> tuple[str, ...]:
    """Units that between them reach every state that can be reached in one step."""
    told_apart, others_lead_on = automaton.fringe(state)
    return _in_order(told_apart, alphabet if others_lead_on else "")


@lru_cache(maxsize=8192)
def _in_order(told_apart: frozenset[str], alphabet: str) -> tuple[str, ...]:
    """Letters first, then one unit of the alphabet for all others, then marks."""
    units = sorted(told_apart, key=_letters_first)
    other = next((unit for unit in alphabet if unit not in told_apart), None)
    if other is not None:
        units.insert(sum(map(str.isalnum, units)), other)
    return tuple(units)


def shortest(automaton: Automaton, alphabet: str, max_length: int, effort: Effort) -> str | None:
    """A member of least length, or None; the alphabet's order decides among equals."""
    start = automaton.start
    if start == DEAD:
        return None
    if automaton.settles(start):
        return ""
    came_from: dict[State, tuple[State, str]] = {}
    frontier = [start]
    for _ in range(max_length):
        reached: list[State] = []
        for state in frontier:
            for unit in moves(automaton, state, alphabet):
                effort.spend(automaton.weight)
                after = automaton.step(state, unit)
                if after in (DEAD, start) or after in came_from:
                    continue
                came_from[after] = (state, unit)
                if automaton.settles(after):
                    return _spelled(came_from, start, after)
                reached.append(after)
        if not reached:
            return None
        frontier = reached
    return None


def ends(automaton: Automaton, state: State, words: Words, effort: Effort) -> dict[State, None]:
    """Every state in which the automaton can be after reading a word, in a stable order."""
    if state == FULL:
        return {FULL: None}
    pair = intersection((between(automaton, state), words.automaton))
    found: dict[State, None] = {}
    if pair.start == DEAD:
        return found
    seen = {pair.start}
    waiting = [pair.start]
    while waiting:
        here = waiting.pop()
        assert isinstance(here, tuple)
        if words.automaton.settles(here[1]):
            found[here[0]] = None
        for unit in moves(pair, here, words.alphabet):
            effort.spend(pair.weight)
            after = pair.step(here, unit)
            if after != DEAD and after not in seen:
                seen.add(after)
                waiting.append(after)
    return found


class Listing(NamedTuple):
    """The members of a finite set, as many as were asked for, in one casing each.

    `complete`: there are no more; `any_casing`: some member is there in every casing.
    """

    members: tuple[str, ...]
    complete: bool
    any_casing: bool


def listing(automaton: Automaton, words: Words, limit: int, effort: Effort) -> Listing | None:
    """The words that the automaton accepts if it spells each of them out; None for patterns.

    A set counts as a pattern when a unit is left open, even where that leaves finitely many words.
    """
    if automaton.start == FULL:
        return None
    pair = intersection((between(automaton, automaton.start), words.automaton))
    steps = _useful_steps(automaton, pair, words, effort)
    if steps is None or _is_cyclic(steps, pair.start):
        return None
    return _enumerated(pair, steps, limit)


_Steps: TypeAlias = "dict[State, dict[State, list[str]]]"


def _useful_steps(
    automaton: Automaton, pair: Automaton, words: Words, effort: Effort
) -> _Steps | None:
    """From each state, the units to each state from which a member can be reached.

    None when one of these steps leaves the unit open.
    """
    steps: _Steps = {}
    backwards: dict[State, list[State]] = {}
    open_steps: list[State] = []
    waiting: list[State] = [] if pair.start == DEAD else [pair.start]
    goals: list[State] = []
    while waiting:
        here = waiting.pop()
        if here in steps:
            continue
        steps[here] = {}
        if pair.settles(here):
            goals.append(here)
        spelled = _told_apart(automaton, here)
        for unit in moves(pair, here, words.alphabet):
            effort.spend(pair.weight)
            after = pair.step(here, unit)
            if after == DEAD:
                continue
            steps[here].setdefault(after, []).append(unit)
            backwards.setdefault(after, []).append(here)
            waiting.append(after)
            if unit not in spelled:
                open_steps.append(after)
    useful = _closure(goals, backwards)
    if not useful.isdisjoint(open_steps):
        return None
    return {
        state: {after: units for after, units in ways.items() if after in useful}
        for state, ways in steps.items()
        if state in useful
    }


def _told_apart(automaton: Automaton, pair: State) -> frozenset[str]:
    """The units that the automaton itself, not the language of words, spells out here."""
    assert isinstance(pair, tuple)
    return frozenset() if pair[0] == FULL else automaton.fringe(pair[0])[0]


def _closure(goals: list[State], backwards: dict[State, list[State]]) -> set[State]:
    useful: set[State] = set()
    while goals:
        state = goals.pop()
        if state not in useful:
            useful.add(state)
            goals.extend(backwards.get(state, ()))
    return useful


def _is_cyclic(steps: _Steps, start: State) -> bool:
    """Whether the steps lead in a circle (Kahn's algorithm: states without predecessors first)."""
    before: dict[State, int] = dict.fromkeys(steps, 0)
    for ways in steps.values():
        for after in ways:
            before[after] += 1
    free = [state for state, count in before.items() if not count]
    passed = 0
    while free:
        passed += 1
        for after in steps[free.pop()]:
            before[after] -= 1
            if not before[after]:
                free.append(after)
    return passed != len(steps)


def _enumerated(pair: Automaton, steps: _Steps, limit: int) -> Listing:
    members: list[str] = []
    any_casing = False
    waiting: list[tuple[State, str]] = [(pair.start, "")] if steps else []
    while waiting and len(members) < limit:
        state, text = waiting.pop()
        if pair.settles(state):
            members.append(text)
        for after, units in steps.get(state, {}).items():
            # NOTE: `moves` yields small letters first; all of these lead to the same members.
            any_casing = any_casing or len(units) > 1
            waiting.append((after, text + units[0]))
    return Listing(tuple(sorted(members)), not waiting, any_casing)


def _letters_first(unit: str) -> tuple[bool, bool, str]:
    return not unit.isalnum(), unit.isupper(), unit


def _spelled(came_from: dict[State, tuple[State, str]], start: State, end: State) -> str:
    units: list[str] = []
    while end != start:
        end, unit = came_from[end]
        units.append(unit)
    return "".join(reversed(units))
