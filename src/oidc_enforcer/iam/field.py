"""The accepted claims of one issuer in one world, and the questions put to them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple, TypeAlias

from oidc_enforcer.iam.claims import Cell
from oidc_enforcer.iam.contexts import ReachClass
from oidc_enforcer.iam.minting import Mint, Mints
from oidc_enforcer.iam.readings import Memory, Reader
from oidc_enforcer.iam.searches import Effort
from oidc_enforcer.iam.tokens import Minter, Workflow
from oidc_enforcer.iam.world import World

#: The accepted claims; they depend on the minter where a policy variable stands for his name.
Cells: TypeAlias = "Callable[[Minter], tuple[Cell, ...]]"


class Field:
    """A world and the claims accepted in it; what has been found out by walking is kept."""

    __slots__ = ("_memory", "_mints", "_reader", "cells", "effort", "world")

    def __init__(
        self, world: World, cells: Cells, effort: Effort, memory: Memory | None = None
    ) -> None:
        self.world = world
        self.cells = cells
        self.effort = effort
        self._memory = memory or Memory()
        self._reader = Reader(world, effort, self._memory)
        self._mints: dict[int, Mints] = {}

    def mints(self, minter: Minter) -> list[Mints]:
        """The mintable tokens of each cell."""
        return [self._of(cell) for cell in self.cells(minter)]

    def _of(self, cell: Cell) -> Mints:
        known = self._mints.get(id(cell))
        if known is None:
            known = self._mints[id(cell)] = Mints(cell, self._reader)
        return known

    def forget(self) -> None:
        """Lets go of what can be found out again; answers are kept by the thousand."""
        self._memory.forget()
        for mints in self._mints.values():
            mints.forget()

    def within(self, world: World) -> Field:
        """The same claims in another world."""
        if world is self.world:
            return self
        return Field(world, self.cells, self.effort, self._memory)


class Found(NamedTuple):
    """Tokens that get in, and the class that they make."""

    reach: ReachClass
    mints: Mints
    mint: Mint


def first(field: Field, minter: Minter, workflow: Workflow) -> tuple[Mints, Mint] | None:
    """Some token of this minter that gets in, in GitHub's own subject form if there is one."""
    for mints in field.mints(minter):
        for mint in mints.templated(minter, workflow):
            return mints, mint
    for mints in field.mints(minter):
        for mint in mints.customised(minter, workflow):
            return mints, mint
    return None


def calls(field: Field, minter: Minter, workflow: Workflow) -> Iterator[tuple[Mints, Mint]]:
    """Tokens of jobs whose workflow was called, where the policy looks at that."""
    for mints in field.mints(minter):
        for mint in _calls(mints, minter, workflow):
            yield mints, mint


def _calls(mints: Mints, minter: Minter, workflow: Workflow) -> Iterator[Mint]:
    by_claim = "job_workflow_ref" in mints.cell.values
    if by_claim:
        yield from mints.templated(minter, workflow)
    for mint in mints.customised(minter, workflow):
        if by_claim or "job_workflow_ref" in mint.template:
            yield mint
