"""Words with holes, read by an automaton: which names in the holes lead where.

An automaton that reads `repo:`, then some name, then `/`, passes through certain states; the names
that take it from one to the next are again an exact language.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeAlias

from oidc_enforcer.iam.automata import DEAD, FULL, Automaton, State
from oidc_enforcer.iam.compositions import between, encoded, intersection
from oidc_enforcer.iam.searches import Effort, Words, ends, listing, shortest
from oidc_enforcer.iam.tokens import Hole, Minter, Word
from oidc_enforcer.iam.value_pattern import units
from oidc_enforcer.iam.world import World

#: What the names in holes must satisfy; a hole may occur more than once.
Limits: TypeAlias = "tuple[tuple[str, Automaton], ...]"


class Memory:
    """What has been found out about automata and languages, in whatever world."""

    __slots__ = ("between", "encoded", "ends", "listed", "names")

    def __init__(self) -> None:
        self.between: dict[tuple[Automaton, State, frozenset[State] | None], Automaton] = {}
        self.encoded: dict[Automaton, Automaton] = {}
        self.ends: dict[tuple[Automaton, State, Automaton], list[State]] = {}
        #: Whether a language has a word that all of some automata accept.
        self.names: dict[tuple[Automaton, ...], bool] = {}
        #: Whether the words of a language that all of some automata accept are spelled out.
        self.listed: dict[tuple[Automaton, ...], bool] = {}

    def forget(self) -> None:
        """Lets go of it all."""
        for known in (self.between, self.encoded, self.ends, self.names, self.listed):
            known.clear()


class Reader:
    """Reads words within a world, and remembers what it has read."""

    __slots__ = ("_memory", "_read", "effort", "world")

    def __init__(self, world: World, effort: Effort, memory: Memory) -> None:
        self.world = world
        self.effort = effort
        self._memory = memory
        self._read: dict[tuple[Automaton, State, Word, Minter], list[tuple[State, Limits]]] = {}

    def forget(self) -> None:
        """Lets go of what can be read again."""
        self._read.clear()

    def read(
        self, automaton: Automaton, start: State, word: Word, minter: Minter
    ) -> list[tuple[State, Limits]]:
        """Where the automaton can stand after the word, and with which names."""
        question = (automaton, start, word, minter)
        known = self._read.get(question)
        if known is None:
            bound = self.world.word(minter, word)
            known = self._read[question] = list(self._reading(automaton, start, bound, minter))
        return known

    def accept(
        self, automaton: Automaton, start: State, word: Word, minter: Minter
    ) -> Iterator[Limits]:
        """The limits under which the automaton, from a state, accepts the word."""
        word = self.world.word(minter, word)
        last = word[-1] if word else ""
        if isinstance(last, str):
            for state, limits in self.read(automaton, start, word, minter):
                if automaton.settles(state):
                    yield limits
            return
        reader = self._reader(automaton, last)
        words = self.world.language(minter, last.name)
        for state, limits in self.read(automaton, start, word[:-1], minter):
            if state == FULL:
                yield limits
            elif any(automaton.settles(end) for end in self._ends_of(reader, state, words)):
                yield (*limits, (last.name, self._names_between(reader, state)))

    def can_be_met(self, minter: Minter, limits: Limits) -> bool:
        """Whether there is a name for every limited hole."""
        by_hole: dict[str, list[Automaton]] = {}
        for hole, automaton in limits:
            by_hole.setdefault(hole, []).append(automaton)
        return all(self._has_name(minter, hole, each) for hole, each in by_hole.items())

    def is_listed(self, minter: Minter, hole: str, automata: Iterable[Automaton]) -> bool:
        """Whether the names that all of these accept are spelled out one by one."""
        words = self.world.language(minter, hole)
        question = (words.automaton, *automata)
        known = self._memory.listed.get(question)
        if known is None:
            found = listing(intersection(question[1:]), words, 1, self.effort)
            known = self._memory.listed[question] = found is not None
        return known

    def _has_name(self, minter: Minter, hole: str, automata: Iterable[Automaton]) -> bool:
        words = self.world.language(minter, hole)
        question = (words.automaton, *automata)
        known = self._memory.names.get(question)
        if known is None:
            joint = intersection(question)
            known = self._memory.names[question] = (
                any(joint.settles(joint.run(joint.start, units(word))) for word in words.examples)
                or shortest(joint, words.alphabet, words.max_length, self.effort) is not None
            )
        return known

    def _reading(
        self, automaton: Automaton, start: State, word: Word, minter: Minter
    ) -> Iterator[tuple[State, Limits]]:
        if start in (DEAD, FULL) or not word:
            if start != DEAD:
                yield start, ()
            return
        piece, rest = word[0], word[1:]
        if isinstance(piece, str):
            yield from self._reading(automaton, automaton.run(start, piece), rest, minter)
            return
        # The text behind a hole is read at once, because it rules out most ways through the hole.
        following = rest[0] if rest and isinstance(rest[0], str) else ""
        rest = rest[1:] if following else rest
        reader = self._reader(automaton, piece)
        groups: dict[State, list[State]] = {}
        for end in self._ends_of(reader, start, self.world.language(minter, piece.name)):
            after = automaton.run(end, following)
            if after != DEAD:
                groups.setdefault(after, []).append(end)
        self.effort.spend(2 * len(groups))
        for after, before in groups.items():
            limit = (piece.name, self._names_between(reader, start, frozenset(before)))
            for state, limits in self._reading(automaton, after, rest, minter):
                yield state, (limit, *limits)

    def _ends_of(self, reader: Automaton, start: State, words: Words) -> Iterable[State]:
        question = (reader, start, words.automaton)
        known = self._memory.ends.get(question)
        if known is None:
            known = self._memory.ends[question] = list(ends(reader, start, words, self.effort))
        return known

    def _names_between(
        self, reader: Automaton, start: State, ends: frozenset[State] | None = None
    ) -> Automaton:
        """The names that lead from a state to others; one object each, so that limits compare."""
        question = (reader, start, ends)
        known = self._memory.between.get(question)
        if known is None:
            known = self._memory.between[question] = between(reader, start, ends)
        return known

    def _reader(self, automaton: Automaton, hole: Hole) -> Automaton:
        if not (hole.encoded and self.world.encodes_colons):
            return automaton
        known = self._memory.encoded.get(automaton)
        if known is None:
            known = self._memory.encoded[automaton] = encoded(automaton)
        return known
