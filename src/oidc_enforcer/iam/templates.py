"""Which subject templates lead to an accepted subject, and with which names in it.

All scenes are searched at once: a way through the subject's automaton keeps the set of scenes in
which it exists, as the bits of an integer.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple, TypeAlias

from oidc_enforcer.iam.automata import DEAD, FULL, Automaton, Fringe, State
from oidc_enforcer.iam.readings import Limits, Reader
from oidc_enforcer.iam.stages import OPENINGS, Choice, Stage


class Way(NamedTuple):
    """A way through an automaton: where it has led, with which names, and in which scenes."""

    state: State
    limits: Limits
    scenes: int


#: The keys of a template, and a way through them.
Path: TypeAlias = "tuple[tuple[str, ...], Way]"


def through(
    reader: Reader, subject: Automaton, here: Stage, template: tuple[str, ...], scenes: int
) -> list[Way]:
    """The ways to an accepted subject of this template."""
    ways = [Way(subject.start, (), scenes)]
    for index, key in enumerate(template):
        colon = "" if index == 0 else ":"
        last = index == len(template) - 1
        ways = [
            longer
            for way in ways
            for choice in here.segments.get(key, ())
            if way.scenes & choice.scenes
            for longer in _continued(reader, subject, way, colon, choice, here, last=last)
        ]
    return ways


def _continued(
    reader: Reader,
    subject: Automaton,
    way: Way,
    before: str,
    choice: Choice,
    here: Stage,
    *,
    last: bool,
) -> Iterator[Way]:
    """The way through one more part of the subject; through its end, if it is the last."""
    scenes = way.scenes & choice.scenes
    if way.state == FULL:
        yield Way(FULL, way.limits, scenes)
        return
    state = subject.run(way.state, before)
    if last:
        for limits in reader.accept(subject, state, choice.word, here.minter):
            yield Way(FULL, way.limits + limits, scenes)
        return
    for after, limits in reader.read(subject, state, choice.word, here.minter):
        yield Way(after, way.limits + limits, scenes)


#: Holes of one template key alone, whose names make no difference to anybody's reach.
_FILLERS = frozenset(
    {
        *("actor", "actor_id", "workflow", "visibility", "runner", "truth", "called_commit"),
        *("head", "base", "run_id", "check_run_id", "branch_event", "tag_event"),
        *("enterprise", "property", "property_name"),
    }
)
#: Paths that are followed where they differ in their filling keys only. A template that needs more
#: than this many certain keys behind them could be missed.
_MAX_ALIKE = 8


class TemplateSearch:
    """Looks for all templates whose subject can be accepted, short ones first.

    Of the templates that lead to the same state, those that ask for more are left out, and of many
    that differ only in what fills a gap some stand for all. `limited` are the holes that other
    claims limit as well.
    """

    __slots__ = ("fillers", "here", "openings", "passed", "reader", "subject")

    def __init__(
        self,
        reader: Reader,
        subject: Automaton,
        here: Stage,
        openings: frozenset[str],
        limited: frozenset[str],
    ) -> None:
        self.reader = reader
        self.subject = subject
        self.here = here
        self.fillers = _FILLERS - limited
        self.openings = openings
        self.passed: dict[State, list[_Needs]] = {}

    def paths(self, scenes: int) -> Iterator[Path]:
        """The templates and the ways through them; between rounds each stands behind a colon."""
        frontier: list[Path] = [((), Way(self.subject.start, (), scenes))]
        while frontier:
            longer: list[Path] = []
            for keys, way in frontier:
                for key in self._next_keys(keys):
                    for choice in self.here.segments[key]:
                        if way.scenes & choice.scenes:
                            yield from self._ended(keys, way, key, choice)
                            longer += self._goes_on(keys, way, key, choice)
            frontier = []
            for path in longer:
                keys, way = path
                if way.state == FULL:
                    yield (*keys, _any_other(keys)), way
                elif self._exists(way) and not self._is_passed(path):
                    frontier.append(path)

    def _next_keys(self, keys: tuple[str, ...]) -> list[str]:
        segments = self.here.segments
        self.reader.effort.spend(len(segments))
        if not keys:
            return sorted(segments.keys() & self.openings, key=lambda key: (key == "context", key))
        return [key for key in segments if key not in keys]

    def _ended(self, keys: tuple[str, ...], way: Way, key: str, choice: Choice) -> Iterator[Path]:
        """The template that ends with this key."""
        scenes = way.scenes & choice.scenes
        minter = self.here.minter
        for limits in self.reader.accept(self.subject, way.state, choice.word, minter):
            yield (*keys, key), Way(FULL, way.limits + limits, scenes)

    def _goes_on(self, keys: tuple[str, ...], way: Way, key: str, choice: Choice) -> Iterator[Path]:
        """The templates that go on after this key."""
        scenes = way.scenes & choice.scenes
        word = (*choice.word, ":")
        for after, limits in self.reader.read(self.subject, way.state, word, self.here.minter):
            yield (*keys, key), Way(after, way.limits + limits, scenes)

    def _exists(self, way: Way) -> bool:
        return self.reader.can_be_met(self.here.minter, way.limits)

    def _is_passed(self, path: Path) -> bool:
        """Whether a path that asks for less has led here before; if not, this one is noted."""
        keys, way = path
        limits = frozenset(limit for limit in way.limits if limit[0] not in self.fillers)
        needs = _Needs(frozenset(keys), limits, way.scenes)
        before = self.passed.setdefault(way.state, [])
        self.reader.effort.spend(1 + len(before) // 8)
        alike = 0
        for other in before:
            if other.are_less_than(needs):
                alike += 1
                if alike == _MAX_ALIKE or other.keys <= needs.keys:
                    return True
        before.append(needs)
        return False


class _Needs(NamedTuple):
    """What a path through templates asks for."""

    keys: frozenset[str]
    limits: frozenset[tuple[str, Automaton]]
    scenes: int

    def are_less_than(self, other: _Needs) -> bool:
        """Whether this path asks for no more than the other, whatever keys it has used up."""
        return self.scenes | other.scenes == self.scenes and self.limits <= other.limits


def first_keys(subject: Automaton) -> frozenset[str]:
    """The template keys with which an accepted subject may begin, whatever follows."""
    units, others_lead_on = _NO_FRINGE
    if subject.start not in (DEAD, FULL):
        units, others_lead_on = subject.fringe(subject.start)
    return frozenset(
        key
        for key, text in OPENINGS
        if (others_lead_on or text[0] in units) and subject.run(subject.start, text) != DEAD
    )


_NO_FRINGE: Fringe = (frozenset(), True)


def _any_other(keys: tuple[str, ...]) -> str:
    """A key that every token has, to end a template whose rest does not matter."""
    return "context" if "context" not in keys else "actor" if "actor" not in keys else "sha"
