"""Which of the tokens that GitHub can mint lie in a cell of accepted claims.

The conditions of a cell speak of whole claims. Here they are drawn down to the holes: an automaton
that reads `repo:`, then some name, then `/`, passes through certain states; the names that take it
from one to the next are again an exact language. What comes out is a list of *mints*: a scene and,
for each hole that is not free, the automata that its name must satisfy. Their union is exactly the
mintable part of the cell.

All scenes are searched at once: a way through the automaton keeps the set of scenes in which it
exists, as the bits of an integer.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple, TypeAlias

from oidc_enforcer.iam.automata import DEAD, FULL, Automaton, Fringe, State
from oidc_enforcer.iam.claims import Cell
from oidc_enforcer.iam.compositions import between, encoded, intersection
from oidc_enforcer.iam.searches import Effort, Words, ends, shortest
from oidc_enforcer.iam.tokens import (
    DEFAULT_TEMPLATE,
    OPENINGS,
    Choice,
    Hole,
    Minter,
    Scene,
    Stage,
    Word,
    Workflow,
    World,
    stage,
)

#: What the name in a hole must satisfy; a hole may occur more than once.
Limits: TypeAlias = "tuple[tuple[str, Automaton], ...]"


class Mint(NamedTuple):
    """The tokens of one scene and subject template whose holes keep within the limits."""

    scene: Scene
    template: tuple[str, ...]
    limits: Limits
    cell: Cell

    def automata(self, hole: str) -> list[Automaton]:
        """What limits a hole; nothing does where the list is empty."""
        return [automaton for name, automaton in self.limits if name == hole]


class Way(NamedTuple):
    """A way through an automaton: where it has led, with which names, and in which scenes."""

    state: State
    limits: Limits
    scenes: int


class Mints:
    """The mintable tokens of one cell, asked for by minter and template."""

    __slots__ = (
        *("_between", "_encoded", "_ends", "_first_keys", "_known_others", "_read"),
        *("cell", "effort", "world"),
    )

    def __init__(self, world: World, cell: Cell, effort: Effort) -> None:
        self.world = world
        self.cell = cell
        self.effort = effort
        self._first_keys: frozenset[str] | None = None
        self._read: dict[tuple[int, State, Word, Minter], list[tuple[State, Limits]]] = {}
        self._between: dict[tuple[int, State, frozenset[State] | None], Automaton] = {}
        self._encoded: dict[int, Automaton] = {}
        self._ends: dict[tuple[int, State, int], list[State]] = {}
        self._known_others: dict[Minter, dict[Workflow, list[tuple[Limits, int]]]] = {}

    def templated(
        self, minter: Minter, workflow: Workflow, template: tuple[str, ...] = DEFAULT_TEMPLATE
    ) -> Iterator[Mint]:
        """The tokens of all scenes whose subject has this template."""
        here = self._stage(minter, workflow)
        if not self._others(here):
            return
        for way in self._subjects(here, template):
            yield from self._joined(here, template, way)

    def customised(self, minter: Minter, workflow: Workflow) -> Iterator[Mint]:
        """Tokens whose subject some template of their repository makes fit.

        Of the templates that lead to the same state, those that ask for more are left out.
        """
        if "sub" not in self.cell.values:
            yield from self.templated(minter, workflow)
            return
        here = self._stage(minter, workflow)
        if not self._others(here):
            return
        for template, way in self._templates(here):
            yield from self._joined(here, template, way)

    def _stage(self, minter: Minter, workflow: Workflow) -> Stage:
        return stage(
            self.world.repository,
            minter,
            workflow,
            ids_in_subjects=self.world.issuer.has_github_claims,
        )

    def _possible(self, here: Stage) -> int:
        """The scenes in which the other claims leave anything."""
        possible = 0
        for _, scenes in self._others(here):
            possible |= scenes
        return possible

    # Subjects of a known template.

    def _subjects(self, here: Stage, template: tuple[str, ...]) -> Iterator[Way]:
        """The ways to an accepted subject."""
        start = self._sub.start if "sub" in self.cell.values else FULL
        ways = [Way(start, (), self._possible(here))]
        for index, key in enumerate(template):
            last = index == len(template) - 1
            colon = "" if index == 0 else ":"
            ways = [
                longer
                for way in ways
                for choice in here.segments.get(key, ())
                if way.scenes & choice.scenes
                for longer in self._continued(way, colon, choice, here.minter, last=last)
            ]
        yield from ways

    @property
    def _sub(self) -> Automaton:
        return self.cell.values["sub"].strings.automaton

    def _continued(
        self, way: Way, before: str, choice: Choice, minter: Minter, *, last: bool
    ) -> Iterator[Way]:
        """The way through one more part of the subject; through its end, if it is the last."""
        scenes = way.scenes & choice.scenes
        if way.state == FULL:
            yield Way(FULL, way.limits, scenes)
            return
        state = self._sub.run(way.state, before)
        if last:
            for limits in self.accept(self._sub, state, choice.word, minter):
                yield Way(FULL, way.limits + limits, scenes)
            return
        for after, limits in self.read(self._sub, state, choice.word, minter):
            yield Way(after, way.limits + limits, scenes)

    # Subjects of any template.

    def _templates(self, here: Stage) -> Iterator[_Path]:
        """Templates, short ones first, whose subject can be accepted, and how.

        Between rounds each way stands behind a colon.
        """
        frontier: list[_Path] = [((), Way(self._sub.start, (), self._possible(here)))]
        passed: dict[State, list[_Needs]] = {}
        while frontier:
            longer: list[_Path] = []
            for keys, way in frontier:
                for key in self._next_keys(here, keys):
                    for choice in here.segments[key]:
                        if way.scenes & choice.scenes:
                            yield from self._ended(keys, way, key, choice, here.minter)
                            longer += self._goes_on(keys, way, key, choice, here.minter)
            frontier = []
            for path in longer:
                if path[1].state == FULL:
                    yield (*path[0], _any_other(path[0])), path[1]
                elif not self._is_passed(passed, path):
                    frontier.append(path)

    def _is_passed(self, passed: dict[State, list[_Needs]], path: _Path) -> bool:
        """Whether a path that asks for less has led here before; if not, this one is noted."""
        keys, way = path
        needs = _Needs(frozenset(keys), frozenset(way.limits), way.scenes)
        before = passed.setdefault(way.state, [])
        self.effort.spend(1 + len(before) // 4)
        if any(other.are_less_than(needs) for other in before):
            return True
        before.append(needs)
        return False

    def _next_keys(self, here: Stage, keys: tuple[str, ...]) -> list[str]:
        self.effort.spend(len(here.segments))
        if not keys:
            return sorted(here.segments.keys() & self._openings())
        return [key for key in here.segments if key not in keys]

    def _ended(
        self, keys: tuple[str, ...], way: Way, key: str, choice: Choice, minter: Minter
    ) -> Iterator[_Path]:
        """The template that ends with this key."""
        for limits in self.accept(self._sub, way.state, choice.word, minter):
            yield (*keys, key), Way(FULL, way.limits + limits, way.scenes & choice.scenes)

    def _goes_on(
        self, keys: tuple[str, ...], way: Way, key: str, choice: Choice, minter: Minter
    ) -> Iterator[_Path]:
        """The templates that go on after this key."""
        for after, limits in self.read(self._sub, way.state, (*choice.word, ":"), minter):
            yield (*keys, key), Way(after, way.limits + limits, way.scenes & choice.scenes)

    def _openings(self) -> frozenset[str]:
        """The template keys with which an accepted subject may begin, whatever follows."""
        if self._first_keys is None:
            sub = self._sub
            units, others_lead_on = _NO_FRINGE
            if sub.start not in (DEAD, FULL):
                units, others_lead_on = sub.fringe(sub.start)
            self._first_keys = frozenset(
                key
                for key, text in OPENINGS
                if (others_lead_on or text[0] in units) and sub.run(sub.start, text) != DEAD
            )
        return self._first_keys

    # The other claims.

    def _others(self, here: Stage) -> list[tuple[Limits, int]]:
        """How all claims but the subject can have allowed values, and in which scenes.

        The subject's template does not matter to them, so this is found out first and once.
        """
        known = self._known_others.get(here.minter, {}).get(here.workflow)
        if known is None:
            known = list(self._find_others(here))
            self._known_others.setdefault(here.minter, {})[here.workflow] = known
        return known

    def _find_others(self, here: Stage) -> Iterator[tuple[Limits, int]]:
        ways: list[tuple[Limits, int]] = [((), here.all_scenes)]
        for key in self.cell.values:
            if key == "sub":
                continue
            more = list(self._claimed(here, key))
            self.effort.spend(len(ways) * len(more))
            ways = [
                (limits + others, scenes & theirs)
                for limits, scenes in ways
                for others, theirs in more
                if scenes & theirs
            ]
        for limits, scenes in ways:
            if self.can_be_met(here.minter, limits):
                yield limits, scenes

    def _joined(self, here: Stage, template: tuple[str, ...], subject: Way) -> Iterator[Mint]:
        """The tokens whose subject and other claims go together."""
        for limits, scenes in self._others(here):
            both = scenes & subject.scenes
            if both and self._go_together(here.minter, subject.limits, limits):
                for scene in here.distinct(both):
                    yield Mint(scene, template, subject.limits + limits, self.cell)

    def _go_together(self, minter: Minter, subject: Limits, others: Limits) -> bool:
        """Whether the names that the subject needs exist, also where other claims need them."""
        return not subject or self.can_be_met(minter, subject + others)

    def _claimed(self, here: Stage, key: str) -> Iterator[tuple[Limits, int]]:
        """How a claim, or another key of the request, can have an allowed value, and where."""
        allowed = self.cell.values[key]
        automaton = allowed.strings.automaton
        if ":" in key:
            if allowed.absent:
                yield (), here.all_scenes
                return
            for limits in self.accept(automaton, automaton.start, (Hole(key),), here.minter):
                yield limits, here.all_scenes
            return
        elsewhere = here.all_scenes
        for choice in here.claims.get(key, ()):
            elsewhere &= ~choice.scenes
            for limits in self.accept(automaton, automaton.start, choice.word, here.minter):
                yield limits, choice.scenes
        if allowed.absent and elsewhere:
            yield (), elsewhere

    def can_be_met(self, minter: Minter, limits: Limits) -> bool:
        """Whether there is a name for every limited hole."""
        by_hole: dict[str, list[Automaton]] = {}
        for hole, automaton in limits:
            by_hole.setdefault(hole, []).append(automaton)
        return all(
            self._member(minter, hole, automata) is not None for hole, automata in by_hole.items()
        )

    def _member(self, minter: Minter, hole: str, automata: Iterable[Automaton]) -> str | None:
        words = self.world.language(minter, hole)
        joint = intersection((words.automaton, *automata))
        return shortest(joint, words.alphabet, words.max_length, self.effort)

    # Words against automata.

    def read(
        self, automaton: Automaton, start: State, word: Word, minter: Minter
    ) -> list[tuple[State, Limits]]:
        """Where the automaton can stand after the word, and with which names."""
        question = (id(automaton), start, word, minter)
        known = self._read.get(question)
        if known is None:
            known = self._read[question] = list(self._reading(automaton, start, word, minter))
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
        for after, before in groups.items():
            limit = (piece.name, self._names_between(reader, start, frozenset(before)))
            for state, limits in self._reading(automaton, after, rest, minter):
                yield state, (limit, *limits)

    def accept(
        self, automaton: Automaton, start: State, word: Word, minter: Minter
    ) -> Iterator[Limits]:
        """The limits under which the automaton, from a state, accepts the word."""
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

    def _ends_of(self, reader: Automaton, start: State, words: Words) -> Iterable[State]:
        question = (id(reader), start, id(words.automaton))
        known = self._ends.get(question)
        if known is None:
            known = self._ends[question] = list(ends(reader, start, words, self.effort))
        return known

    def _names_between(
        self, reader: Automaton, start: State, ends: frozenset[State] | None = None
    ) -> Automaton:
        """The names that lead from a state to others; one object each, so that limits compare."""
        question = (id(reader), start, ends)
        known = self._between.get(question)
        if known is None:
            known = self._between[question] = between(reader, start, ends)
        return known

    def _reader(self, automaton: Automaton, hole: Hole) -> Automaton:
        if not hole.encoded:
            return automaton
        known = self._encoded.get(id(automaton))
        if known is None:
            known = self._encoded[id(automaton)] = encoded(automaton)
        return known


class _Needs(NamedTuple):
    """What a path through templates asks for."""

    keys: frozenset[str]
    limits: frozenset[tuple[str, Automaton]]
    scenes: int

    def are_less_than(self, other: _Needs) -> bool:
        """Whether every token of the other path is one of this path as well."""
        return (
            self.scenes | other.scenes == self.scenes
            and self.keys <= other.keys
            and self.limits <= other.limits
        )


_NO_FRINGE: Fringe = (frozenset(), True)
#: The first keys of a template, and a way through them.
_Path: TypeAlias = "tuple[tuple[str, ...], Way]"


def _any_other(keys: tuple[str, ...]) -> str:
    """A key that every token has, to end a template whose rest does not matter."""
    return "context" if "context" not in keys else "actor" if "actor" not in keys else "sha"
