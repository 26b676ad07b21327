"""A concrete token for a mint: names in all holes, and what else the request must carry."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from oidc_enforcer.iam import comparisons
from oidc_enforcer.iam.claims import Cell, Other
from oidc_enforcer.iam.compositions import intersection
from oidc_enforcer.iam.contexts import ReachClass
from oidc_enforcer.iam.minting import Mint, Mints
from oidc_enforcer.iam.operators import Family, holds, operator
from oidc_enforcer.iam.readings import Limits
from oidc_enforcer.iam.request import ASSUME_ROLE_WITH_WEB_IDENTITY, Caller, Request
from oidc_enforcer.iam.searches import Effort, shortest
from oidc_enforcer.iam.tokens import Minter, token
from oidc_enforcer.iam.value_pattern import characters, units
from oidc_enforcer.iam.world import World


class Witness(NamedTuple):
    """A token that gets in, the class that it shows, and the subject template that it needs.

    `context` are the request's other keys that the policy asks for.
    """

    reach: ReachClass
    claims: Mapping[str, str]
    context: Mapping[str, str]
    template: tuple[str, ...]


def witness(reach: ReachClass, mints: Mints, mint: Mint) -> Witness:
    """The most human token of a mint."""
    world = mints.world
    chosen = ChosenNames(world, mint.minter, mint.limits, mints.effort)
    claims = token(world.issuer, mint.scene, mint.template, chosen.__getitem__)
    context = {
        key: chosen[key]
        for key, allowed in mint.cell.values.items()
        if ":" in key and not allowed.absent
    }
    return Witness(reach, claims, {**context, **surroundings(mint.cell)}, mint.template)


class ChosenNames:
    """The names chosen for the holes of a minter's words, each at its first use."""

    def __init__(self, world: World, minter: Minter, limits: Limits, effort: Effort) -> None:
        self.world = world
        self.minter = minter
        self.limits = limits
        self.effort = effort
        self.chosen = dict(world.fixed[minter])

    def __getitem__(self, hole: str) -> str:
        if hole not in self.chosen:
            self.chosen[hole] = self._choose(hole)
        return self.chosen[hole]

    def _choose(self, hole: str) -> str:
        words = self.world.language(self.minter, hole)
        limits = [automaton for name, automaton in self.limits if name == hole]
        if not limits and words.examples:
            return words.examples[0]
        joint = intersection((words.automaton, *limits))
        for example in words.examples:
            if joint.settles(joint.run(joint.start, units(example))):
                return example
        found = shortest(joint, words.alphabet, words.max_length, self.effort)
        assert found is not None, "a mint's limits can be met"
        return characters(found)


def surroundings(cell: Cell) -> dict[str, str]:
    """Values of dates, addresses and numbers that come out as the cell wants; best effort."""
    by_key: dict[str, list[Other]] = {}
    for other in cell.others:
        by_key.setdefault(other.condition.key.lower(), []).append(other)
    found: dict[str, str] = {}
    for key, others in by_key.items():
        for value in _candidates(others):
            if _satisfies(key, value, others, cell):
                found[key] = value
                break
    return found


def _satisfies(key: str, value: str, others: Iterable[Other], cell: Cell) -> bool:
    if key in cell.values and not cell.values[key].allows(value):
        return False
    request = Request(ASSUME_ROLE_WITH_WEB_IDENTITY, Caller("Federated", ""), {key: value})
    return all(holds(condition, request) is wanted for condition, wanted in others)


def _candidates(others: Iterable[Other]) -> Iterator[str]:
    """Values that the policy names, their neighbours, then some that are far from all."""
    families = set()
    for condition, _ in others:
        found = operator(condition.operator)
        families.add(found.family if found else None)
        for value in condition.values:
            yield value.partition("/")[0]
            number, moment = comparisons.number(value), comparisons.date(value)
            if number is not None:
                yield from (str(number - 1), str(number + 1))
            elif moment is not None:
                yield from (str(int(moment.timestamp()) - 1), str(int(moment.timestamp()) + 1))
    if Family.IP in families:
        yield from ("203.0.113.7", "198.51.100.7", "2001:db8::7")
    if Family.DATE in families:
        yield from ("2026-01-01T00:00:00Z", "1999-01-01T00:00:00Z", "2999-01-01T00:00:00Z")
    yield from ("1", "0", "1000000000", "")
