"""Which of the tokens that GitHub can mint lie in a cell of accepted claims.

The conditions of a cell speak of whole claims. Here they are drawn down to the holes. What comes
out is a list of *mints*: a scene and, for each hole that is not free, the automata that its name
must satisfy. Their union is exactly the mintable part of the cell.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from oidc_enforcer.iam.automata import FULL, Automaton, without
from oidc_enforcer.iam.claims import Cell
from oidc_enforcer.iam.readings import Limits, Reader
from oidc_enforcer.iam.searches import Effort
from oidc_enforcer.iam.stages import Stage, stage
from oidc_enforcer.iam.templates import TemplateSearch, Way, first_keys, through
from oidc_enforcer.iam.tokens import DEFAULT_TEMPLATE, Minter, Scene, Workflow
from oidc_enforcer.iam.world import World


class Mint(NamedTuple):
    """The tokens of one scene and subject template whose holes keep within the limits."""

    minter: Minter
    scene: Scene
    template: tuple[str, ...]
    limits: Limits
    cell: Cell

    def automata(self, hole: str) -> list[Automaton]:
        """What limits a hole; nothing does where the list is empty."""
        return [automaton for name, automaton in self.limits if name == hole]


class Mints:
    """The mintable tokens of one cell, asked for by minter and template."""

    __slots__ = ("_free", "_openings", "_others_known", "cell", "reader")

    def __init__(self, cell: Cell, reader: Reader) -> None:
        self.cell = cell
        self.reader = reader
        self._openings: frozenset[str] | None = None
        self._free: Limits | None = _UNASKED
        self._others_known: dict[tuple[Minter, Workflow], list[tuple[Limits, int]]] = {}

    def forget(self) -> None:
        """Lets go of what can be found out again."""
        self._others_known.clear()
        self.reader.forget()

    @property
    def world(self) -> World:
        """Who there is."""
        return self.reader.world

    @property
    def effort(self) -> Effort:
        """What is left of the bound."""
        return self.reader.effort

    def templated(
        self, minter: Minter, workflow: Workflow, template: tuple[str, ...] = DEFAULT_TEMPLATE
    ) -> Iterator[Mint]:
        """The tokens of all scenes whose subject has this template."""
        here = self._stage(minter, workflow)
        scenes = self._possible(here)
        if not scenes:
            return
        sub = self._sub()
        ways = [Way(FULL, (), scenes & here.with_keys(template))]
        if sub is not None:
            ways = through(self.reader, sub, here, template, scenes)
        for way in ways:
            yield from self._joined(here, template, way)

    def customised(self, minter: Minter, workflow: Workflow) -> Iterator[Mint]:
        """Tokens whose subject some template of their repository makes fit."""
        sub = self._sub()
        if sub is None:
            yield from self.templated(minter, workflow)
            return
        here = self._stage(minter, workflow)
        scenes = self._possible(here)
        if self._openings is None:
            self._openings = first_keys(sub)
        if scenes and self._openings:
            limited = frozenset(hole for way, _ in self._others(here) for hole, _ in way)
            search = TemplateSearch(self.reader, sub, here, self._openings, limited)
            for template, way in search.paths(scenes):
                yield from self._joined(here, template, way)

    def _sub(self) -> Automaton | None:
        allowed = self.cell.values.get("sub")
        return None if allowed is None else allowed.strings.automaton

    def _stage(self, minter: Minter, workflow: Workflow) -> Stage:
        world = self.world
        return stage(minter, workflow, world.forms(minter), world.memberships(minter))

    def _joined(self, here: Stage, template: tuple[str, ...], subject: Way) -> Iterator[Mint]:
        """The tokens whose subject and other claims go together."""
        for limits, scenes in self._others(here):
            both = scenes & subject.scenes
            together = subject.limits + limits
            if both and (not subject.limits or self.reader.can_be_met(here.minter, together)):
                for scene in here.distinct(both):
                    yield Mint(here.minter, scene, template, together, self.cell)

    def _possible(self, here: Stage) -> int:
        """The scenes in which the other claims leave anything."""
        possible = 0
        for _, scenes in self._others(here):
            possible |= scenes
        return possible

    def _others(self, here: Stage) -> list[tuple[Limits, int]]:
        """How all claims but the subject can have allowed values, and in which scenes.

        The subject's template does not matter to them, so this is found out first and once.
        """
        known = self._others_known.get((here.minter, here.workflow))
        if known is None:
            known = list(self._find_others(here))
            self._others_known[here.minter, here.workflow] = known
        return known

    def _find_others(self, here: Stage) -> Iterator[tuple[Limits, int]]:
        free = self._free_limits()
        ways: list[tuple[Limits, int]] = [] if free is None else [(free, here.all_scenes)]
        told_apart = [key for key in self.cell.values if key != "sub" and not _is_free(key)]
        for key in told_apart:
            more = list(self._claimed(here, key))
            self.effort.spend(len(ways) * len(more))
            ways = [
                (limits + others, scenes & theirs)
                for limits, scenes in ways
                for others, theirs in more
                if scenes & theirs
            ]
        for limits, scenes in ways:
            if not told_apart or self.reader.can_be_met(here.minter, limits):
                yield limits, scenes

    def _free_limits(self) -> Limits | None:
        """What limits keys that any caller fills as he likes; None where nothing is left for one.

        Whoever asks, the answer is the same, so it is found out once.
        """
        if self._free is _UNASKED:
            limits: list[tuple[str, Automaton]] = []
            for key, allowed in self.cell.values.items():
                if _is_free(key) and not (":" in key and allowed.absent):
                    limits.append((key, allowed.strings.automaton))
            met = self.reader.can_be_met(Minter.STRANGER, tuple(limits))
            self._free = tuple(limits) if met else None
        return self._free

    def _claimed(self, here: Stage, key: str) -> Iterator[tuple[Limits, int]]:
        """How a claim can have an allowed value, and in which scenes."""
        allowed = self.cell.values[key]
        automaton = allowed.strings.automaton
        elsewhere = here.all_scenes
        for choice in here.claims.get(key, ()):
            elsewhere &= ~choice.scenes
            for limits in self.reader.accept(automaton, automaton.start, choice.word, here.minter):
                yield limits, choice.scenes
        if allowed.absent and elsewhere:
            yield (), elsewhere


#: Not `None`, which says that nothing is left.
_UNASKED: Limits = (("", without("")),)


def _is_free(key: str) -> bool:
    """Whether any caller gives the key what value he likes: the audience, and what is no claim."""
    return key == "aud" or ":" in key
