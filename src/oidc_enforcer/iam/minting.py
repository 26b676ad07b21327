"""Which of the tokens that GitHub can mint lie in a cell of accepted claims.

The conditions of a cell speak of whole claims. Here they are drawn down to the holes: an automaton
that reads `repo:`, then some name, then `/`, passes through certain states; the names that take it
from one to the next are again an exact language. What comes out is a list of *mints*: a scene and,
for each hole that is not free, the automata that its name must satisfy. Their union is exactly the
mintable part of the cell.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import product
from typing import NamedTuple, TypeAlias

from oidc_enforcer.iam.automata import (
    DEAD,
    FULL,
    Automaton,
    Between,
    Encoded,
    Intersection,
    State,
)
from oidc_enforcer.iam.claims import Cell
from oidc_enforcer.iam.searches import Effort, ends, shortest
from oidc_enforcer.iam.tokens import (
    DEFAULT_TEMPLATE,
    Hole,
    Minter,
    Run,
    Scene,
    Word,
    Workflow,
    World,
    claims,
    segments,
)

#: What the name in a hole must satisfy, hole by hole; a hole may occur more than once.
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


class Mints:
    """The mintable tokens of one cell, asked for by minter and template."""

    __slots__ = ("_alive", "_heads", "cell", "effort", "world")

    def __init__(self, world: World, cell: Cell, effort: Effort) -> None:
        self.world = world
        self.cell = cell
        self.effort = effort
        self._heads: dict[tuple[Minter, bool, str], list[tuple[State, Limits]]] = {}
        self._alive: dict[str, bool] = {}

    def templated(
        self, minter: Minter, workflow: Workflow, template: tuple[str, ...] = DEFAULT_TEMPLATE
    ) -> Iterator[Mint]:
        """The tokens of all scenes whose subject has this template."""
        for scene in self._scenes(minter, workflow, custom=template != DEFAULT_TEMPLATE):
            if self._is_lost(scene, template[0]):
                continue
            for subject in self._subjects(scene, template):
                yield from self._with_other_claims(scene, template, subject)

    def customised(self, minter: Minter, workflow: Workflow) -> Iterator[Mint]:
        """Tokens whose subject some template of their repository makes fit.

        Of the templates that lead through the same states, those that ask for more are left out.
        """
        for scene in self._scenes(minter, workflow, custom=True):
            for template, subject in self._templates(scene):
                yield from self._with_other_claims(scene, template, subject)

    def _scenes(self, minter: Minter, workflow: Workflow, *, custom: bool) -> Iterator[Scene]:
        """The scenes that the cell's conditions can tell apart."""
        asked = self.cell.values
        by_ref = custom or "ref" in asked or "job_workflow_ref" in asked
        memberships = (False, True) if custom or "enterprise_id" in asked else (False,)
        for immutable in self._forms(minter):
            for enterprise, run in product(memberships, Run):
                yield Scene(minter, run, False, workflow, immutable, enterprise)
                if by_ref or run is Run.BRANCH:
                    yield Scene(minter, run, True, workflow, immutable, enterprise)

    def _forms(self, minter: Minter) -> tuple[bool, ...]:
        """Whether subjects carry ids; GHES has none that do."""
        if not self.world.issuer.has_github_claims:
            return (False,)
        known = self.world.repository.immutable_subject
        return (False, True) if known is None or minter is not Minter.OURS else (known,)

    def _is_lost(self, scene: Scene, key: str) -> bool:
        """Whether no subject can begin so; asked first, because most policies end here."""
        return "sub" in self.cell.values and not self._head(scene, key)

    def _head(self, scene: Scene, key: str) -> list[tuple[State, Limits]]:
        """Where the subject's automaton stands after the first segment."""
        sub = self.cell.values["sub"].strings.automaton
        word = segments(self.world.repository, scene).get(key)
        if word is None:
            return []
        if key != "repo":
            return list(self._read(sub, sub.start, word, scene.minter))
        known = self._heads.get((scene.minter, scene.immutable, key))
        if known is None:
            known = list(self._read(sub, sub.start, word, scene.minter))
            self._heads[scene.minter, scene.immutable, key] = known
        return known

    def _subjects(self, scene: Scene, template: tuple[str, ...]) -> Iterator[Limits]:
        """The limits under which the subject is accepted."""
        if "sub" not in self.cell.values:
            yield ()
            return
        sub = self.cell.values["sub"].strings.automaton
        parts = segments(self.world.repository, scene)
        if any(key not in parts for key in template):
            return
        rest: list[str | Hole] = []
        for key in template[1:]:
            rest += (":", *parts[key])
        for state, limits in self._head(scene, template[0]):
            for more in self._accept(sub, state, _joined(rest), scene.minter):
                yield limits + more

    def _with_other_claims(
        self, scene: Scene, template: tuple[str, ...], subject: Limits
    ) -> Iterator[Mint]:
        alternatives: list[list[Limits]] = [[subject]]
        words = claims(self.world.repository, scene)
        for key, allowed in self.cell.values.items():
            if key == "sub":
                continue
            word = words.get(key) if ":" not in key else (Hole(key),)
            ways: list[Limits] = []
            if word is not None:
                automaton = allowed.strings.automaton
                ways = list(self._accept(automaton, automaton.start, word, scene.minter))
            if allowed.absent and (word is None or ":" in key):
                ways = [()]
            if not ways:
                return
            alternatives.append(ways)
        for choice in product(*alternatives):
            limits = sum(choice, ())
            if self._can_be_met(scene.minter, limits):
                yield Mint(scene, template, limits, self.cell)

    def _can_be_met(self, minter: Minter, limits: Limits) -> bool:
        by_hole: dict[str, list[Automaton]] = {}
        for hole, automaton in limits:
            by_hole.setdefault(hole, []).append(automaton)
        return all(
            self.member(minter, hole, automata) is not None for hole, automata in by_hole.items()
        )

    def member(self, minter: Minter, hole: str, automata: Iterable[Automaton]) -> str | None:
        """A shortest name for a hole that satisfies all of the automata."""
        words = self.world.language(minter, hole)
        joint = Intersection((words.automaton, *automata))
        return shortest(joint, words.alphabet, words.max_length, self.effort)

    def _read(
        self, automaton: Automaton, start: State, word: Word, minter: Minter
    ) -> Iterator[tuple[State, Limits]]:
        """Where the automaton can stand after the word, and with which names."""
        if start in (DEAD, FULL) or not word:
            if start != DEAD:
                yield start, ()
            return
        piece, rest = word[0], word[1:]
        if isinstance(piece, str):
            yield from self._read(automaton, automaton.run(start, piece), rest, minter)
            return
        # The text behind a hole is read at once, because it rules out most ways through the hole.
        following = rest[0] if rest and isinstance(rest[0], str) else ""
        reader = Encoded(automaton) if piece.encoded else automaton
        groups: dict[State, list[State]] = {}
        for end in ends(reader, start, self.world.language(minter, piece.name), self.effort):
            after = automaton.run(end, following)
            if after != DEAD:
                groups.setdefault(after, []).append(end)
        for after, before in groups.items():
            limit = (piece.name, Between(reader, start, frozenset(before)))
            for state, limits in self._read(automaton, after, rest[1:] if following else rest, minter):
                yield state, (limit, *limits)

    def _accept(
        self, automaton: Automaton, start: State, word: Word, minter: Minter
    ) -> Iterator[Limits]:
        """The limits under which the automaton, from a state, accepts the word."""
        last = word[-1] if word else ""
        if isinstance(last, str):
            for state, limits in self._read(automaton, start, word, minter):
                if automaton.settles(state):
                    yield limits
            return
        for state, limits in self._read(automaton, start, word[:-1], minter):
            if state == FULL:
                yield limits
                continue
            reader = Encoded(automaton) if last.encoded else automaton
            yield (*limits, (last.name, Between(reader, state)))

    def _templates(self, scene: Scene) -> Iterator[tuple[tuple[str, ...], Limits]]:
        """Templates, short ones first, whose subject in this scene can be accepted."""
        allowed = self.cell.values.get("sub")
        if allowed is None:
            yield DEFAULT_TEMPLATE, ()
            return
        sub = allowed.strings.automaton
        parts = segments(self.world.repository, scene)
        frontier: list[_Path] = [_Path((), sub.start, ())]
        passed: dict[State, list[_Path]] = {}
        while frontier:
            longer: list[_Path] = []
            for path in frontier:
                for key in parts:
                    if key in path.keys or (not path.keys and not self._may_begin(key, scene)):
                        continue
                    self.effort.spend(1)
                    for step in self._extended(sub, path, key, parts[key], scene):
                        if sub.settles(step.state):
                            yield step.keys, step.limits
                        if step.state != FULL and not _is_passed(passed, step):
                            longer.append(step)
            frontier = longer

    def _extended(
        self, sub: Automaton, path: _Path, key: str, part: Word, scene: Scene
    ) -> Iterator[_Path]:
        keys = (*path.keys, key)
        if not path.keys:
            for state, limits in self._head(scene, key):
                yield _Path(keys, state, limits)
            return
        before = sub.run(path.state, ":")
        for state, limits in self._read(sub, before, part, scene.minter):
            yield _Path(keys, state, path.limits + limits)

    def _may_begin(self, key: str, scene: Scene) -> bool:
        """Whether an accepted subject may begin with this key, whatever follows."""
        if key in ("repo", "context"):
            return bool(self._head(scene, key))
        known = self._alive.get(key)
        if known is None:
            sub = self.cell.values["sub"].strings.automaton
            start = f"{key}:" if not key.endswith("_") else key
            known = self._alive[key] = sub.run(sub.start, start) != DEAD
        return known


class _Path(NamedTuple):
    """The first keys of a template, where they lead, and the names that it takes."""

    keys: tuple[str, ...]
    state: State
    limits: Limits


def _is_passed(passed: dict[State, list[_Path]], path: _Path) -> bool:
    """Whether a path that asks for less has led here before; if not, this one is noted."""
    before = passed.setdefault(path.state, [])
    keys, limits = set(path.keys), set(path.limits)
    for other in before:
        if keys.issuperset(other.keys) and limits.issuperset(other.limits):
            return True
    before.append(path)
    return False


def _joined(pieces: Iterable[str | Hole]) -> Word:
    """The word with neighbouring texts made one."""
    word: list[str | Hole] = []
    for piece in pieces:
        if isinstance(piece, str) and word and isinstance(word[-1], str):
            word[-1] += piece
        else:
            word.append(piece)
    return tuple(word)
