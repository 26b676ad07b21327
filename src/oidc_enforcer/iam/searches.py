"""What can be asked of an automaton by walking it, within a bound of effort."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from oidc_enforcer.iam.automata import DEAD, FULL, Automaton, Between, Intersection, State


class TooComplex(Exception):
    """The bound of effort was reached: the answer is unknown, not no."""


class Effort:
    """How many steps a question may still take."""

    __slots__ = ("left",)

    def __init__(self, steps: int = 200_000) -> None:
        self.left = steps

    def spend(self, steps: int) -> None:
        """Takes steps off; raises TooComplex when none are left."""
        self.left -= steps
        if self.left < 0:
            raise TooComplex


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


def moves(automaton: Automaton, state: State, alphabet: str) -> Iterator[str]:
    """Units that between them reach every state that can be reached in one step."""
    told_apart, others_lead_on = automaton.fringe(state)
    yield from sorted(told_apart, key=_letters_first)
    if not others_lead_on:
        return
    for unit in alphabet:
        if unit not in told_apart:
            yield unit
            return


def shortest(
    automaton: Automaton, alphabet: str, max_length: int, effort: Effort
) -> str | None:
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
                if after == DEAD or after == start or after in came_from:
                    continue
                came_from[after] = (state, unit)
                if automaton.settles(after):
                    return _spelled(came_from, start, after)
                reached.append(after)
        if not reached:
            return None
        frontier = reached
    return None


def ends(
    automaton: Automaton, state: State, words: Words, effort: Effort
) -> dict[State, None]:
    """Every state in which the automaton can be after reading a word, in a stable order."""
    if state == FULL:
        return {FULL: None}
    pair = Intersection((Between(automaton, state), words.automaton))
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


def _letters_first(unit: str) -> tuple[bool, bool, str]:
    return not unit.isalnum(), unit.isupper(), unit


def _spelled(came_from: dict[State, tuple[State, str]], start: State, end: State) -> str:
    units: list[str] = []
    while end != start:
        end, unit = came_from[end]
        units.append(unit)
    return "".join(reversed(units))
