"""Who gets in: the accepted claims of one issuer, asked for every kind of minter.

The questions are put from the loosest to the tightest. Each answer is a mint, which can be turned
into a token (`witness`); "nobody" is an answer about all tokens of that kind.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterator
from functools import lru_cache
from itertools import islice
from typing import NamedTuple, TypeAlias

from oidc_enforcer.iam import names
from oidc_enforcer.iam.claims import Cell
from oidc_enforcer.iam.contexts import Contexts, ReachClass, contexts
from oidc_enforcer.iam.issuers import Tenancy
from oidc_enforcer.iam.minting import Mint, Mints
from oidc_enforcer.iam.patterns import StringSet
from oidc_enforcer.iam.searches import Effort, Words, listing
from oidc_enforcer.iam.tokens import DEFAULT_TEMPLATE, Minter, Run, Workflow, World
from oidc_enforcer.iam.automata import Intersection


class Identity(enum.IntEnum):
    """What ties a policy to the repository; ordered, a weaker tie is greater."""

    ID = 0
    OWNER_ID = 1
    ISSUER = 2
    NAME = 3
    NONE = 4

    @property
    def word(self) -> str:
        """The tie as the documentation spells it: `owner-id`."""
        return self.name.lower().replace("_", "-")


class Found(NamedTuple):
    """Tokens that get in, and the class that they make."""

    reach: ReachClass
    mints: Mints
    mint: Mint


class Survey(NamedTuple):
    """The loosest class, what ties it to the repository, examples per class, and our own runs."""

    reach: ReachClass
    identity: Identity
    found: tuple[Found, ...]
    own: tuple[Found, ...]
    contexts: Contexts


#: The accepted claims; they depend on the minter where a policy variable stands for his name.
Cells: TypeAlias = "Callable[[Minter], tuple[Cell, ...]]"

_FOREIGN = {
    Tenancy.EVERYBODY: ReachClass.ANY_ORG,
    Tenancy.ENTERPRISE: ReachClass.ENTERPRISE_WIDE,
    Tenancy.INSTANCE: ReachClass.INSTANCE_WIDE,
}
#: Callers of reusable workflows that are looked at one by one.
_MAX_CALLERS = 64


def survey(world: World, cells: Cells, effort: Effort) -> Survey:
    """Asks for every kind of minter who gets in."""
    found: list[Found] = []
    callers: list[Found] = []
    for minter, ask in (
        (Minter.STRANGER, _strangers),
        (Minter.COLLEAGUE, _colleagues),
        (Minter.NEIGHBOUR, _neighbours),
    ):
        if minter is Minter.COLLEAGUE and found:
            continue
        some = list(ask(world, cells, effort))
        if all(_is_named(each, effort) for each in some):
            more = list(islice(_callers(world, cells, minter, effort), _MAX_CALLERS))
            callers += more
            world = _without_providers(world, more, effort)
            some = list(ask(world, cells, effort)) if more and some else some
        found += some
    found += callers[:1]
    own = tuple(_own(world, cells, effort))
    runs = contexts([each.mint for each in own], effort)
    reach = max([runs.reach(effort), *(each.reach for each in found)])
    return Survey(
        reach, _identity(world, cells, reach, callers, effort), tuple(found), own, runs
    )


def _is_named(found: Found, effort: Effort) -> bool:
    """Whether the policy names the minter's repository, rather than a pattern or nothing."""
    minter = found.mint.scene.minter
    hole = "repository" if minter is Minter.NEIGHBOUR else "owner"
    automata = found.mint.automata(hole)
    words = found.mints.world.language(minter, hole)
    return bool(automata) and listing(Intersection(automata), words, 1, effort) is not None


def first(
    world: World, cells: Cells, minter: Minter, workflow: Workflow, effort: Effort
) -> tuple[Mints, Mint] | None:
    """Some token of this minter that gets in, in GitHub's own subject form if there is one."""
    fields = [Mints(world, cell, effort) for cell in cells(minter)]
    for mints in fields:
        for mint in mints.templated(minter, workflow):
            return mints, mint
    for mints in fields:
        for mint in mints.customised(minter, workflow):
            return mints, mint
    return None


def _strangers(world: World, cells: Cells, effort: Effort) -> Iterator[Found]:
    some = first(world, cells, Minter.STRANGER, Workflow.OWN, effort)
    if some is not None:
        yield Found(_FOREIGN[world.issuer.tenancy], *some)


def _colleagues(world: World, cells: Cells, effort: Effort) -> Iterator[Found]:
    if world.issuer.tenancy is Tenancy.EVERYBODY:
        some = first(world, cells, Minter.COLLEAGUE, Workflow.OWN, effort)
        if some is not None and some[1].scene.enterprise:
            yield Found(ReachClass.ENTERPRISE_WIDE, *some)


def _neighbours(world: World, cells: Cells, effort: Effort) -> Iterator[Found]:
    """Other repositories of our owner.

    They make `repo-prefix` where all their names begin as ours does: with all of our name, or as a
    pattern says with the beginning of it.
    """
    some = first(world, cells, Minter.NEIGHBOUR, Workflow.OWN, effort)
    if some is None:
        return
    name = world.repository.name
    unlike = _first_neighbour(world, cells, name[:1], effort)
    if unlike is not None:
        yield Found(ReachClass.ORG_WIDE, *unlike)
        return
    longer = _first_neighbour(world, cells, name, effort)
    if longer is None or _is_pattern(some, effort):
        yield Found(ReachClass.REPO_PREFIX, *some)
    else:
        yield Found(ReachClass.ORG_WIDE, *longer)


def _first_neighbour(
    world: World, cells: Cells, start: str, effort: Effort
) -> tuple[Mints, Mint] | None:
    """A neighbour whose name does not begin so."""
    others = _not_beginning_with(world.language(Minter.NEIGHBOUR, "repository"), start)
    smaller = world.restricted(Minter.NEIGHBOUR, "repository", others)
    return first(smaller, cells, Minter.NEIGHBOUR, Workflow.OWN, effort)


@lru_cache(maxsize=64)
def _not_beginning_with(words: Words, start: str) -> Words:
    return names.without(words, StringSet.like(f"{start}*"))


def _is_pattern(some: tuple[Mints, Mint], effort: Effort) -> bool:
    """Whether the names of these neighbours are not listed one by one."""
    mints, mint = some
    automata = mint.automata("repository")
    if not automata:
        return True
    words = mints.world.language(Minter.NEIGHBOUR, "repository")
    return listing(Intersection(automata), words, 1, effort) is None


def _callers(world: World, cells: Cells, minter: Minter, effort: Effort) -> Iterator[Found]:
    """Other repositories that get in by calling a workflow file which the policy names."""
    workflows = [Workflow.CALLED]
    if world.repository.shares_workflows:
        workflows.append(Workflow.OURS_CALLED)
    for workflow in workflows:
        for mints, mint in calls(world, cells, minter, workflow, effort):
            yield Found(ReachClass.REUSABLE_WORKFLOW, mints, mint)


def calls(
    world: World, cells: Cells, minter: Minter, workflow: Workflow, effort: Effort
) -> Iterator[tuple[Mints, Mint]]:
    """Tokens of jobs whose workflow was called, where the policy looks at that."""
    for cell in cells(minter):
        mints = Mints(world, cell, effort)
        if "job_workflow_ref" in cell.values:
            for mint in mints.templated(minter, workflow):
                yield mints, mint
        for mint in mints.customised(minter, workflow):
            if "job_workflow_ref" in cell.values or "job_workflow_ref" in mint.template:
                yield mints, mint


def _without_providers(world: World, callers: list[Found], effort: Effort) -> World:
    """The world without the owners of called workflows as strangers or neighbours of their own.

    Where everybody may come through a certain file, its repository comes through it as well: that
    is `reusable-workflow`, not one more class.
    """
    own = world.repository.owner.lower()
    owners: set[str] = set()
    repositories: set[str] = set()
    for found in callers:
        automata = found.mint.automata("provider")
        words = world.language(found.mint.scene.minter, "provider")
        listed = listing(Intersection(automata), words, _MAX_CALLERS, effort) if automata else None
        for full_name in listed.members if listed else ():
            owner, _, name = full_name.partition("/")
            (repositories if owner.lower() == own else owners).add(
                name if owner.lower() == own else owner
            )
    if owners:
        others = world.language(Minter.STRANGER, "owner")
        fewer = names.without(others, StringSet.ignoring_case(*sorted(owners)))
        for minter in (Minter.STRANGER, Minter.COLLEAGUE):
            world = world.restricted(minter, "owner", fewer)
    if repositories:
        others = world.language(Minter.NEIGHBOUR, "repository")
        fewer = names.without(others, StringSet.ignoring_case(*sorted(repositories)))
        world = world.restricted(Minter.NEIGHBOUR, "repository", fewer)
    return world


def _own(world: World, cells: Cells, effort: Effort) -> Iterator[Found]:
    """Our repository's tokens that get in.

    Where nobody told us its subject template it is GitHub's own; only a policy which that cannot
    satisfy is taken to be written for a customised one.
    """
    fields = [Mints(world, cell, effort) for cell in cells(Minter.OURS)]
    template = world.repository.template or DEFAULT_TEMPLATE
    some = False
    for mints in fields:
        for workflow in _own_workflows(mints):
            for mint in mints.templated(Minter.OURS, workflow, template):
                some = True
                yield Found(own_class(mint), mints, mint)
    if some or world.repository.template:
        return
    for mints in fields:
        for workflow in (Workflow.OWN, Workflow.CALLED):
            for mint in mints.customised(Minter.OURS, workflow):
                yield Found(own_class(mint), mints, mint)


def _own_workflows(mints: Mints) -> tuple[Workflow, ...]:
    if "job_workflow_ref" not in mints.cell.values:
        return (Workflow.OWN,)
    if mints.world.repository.shares_workflows:
        return (Workflow.OWN, Workflow.CALLED, Workflow.OURS_CALLED)
    return (Workflow.OWN, Workflow.CALLED)


def own_class(mint: Mint) -> ReachClass:
    """The kind of context of one token of ours, as if it were the only one of its kind."""
    if mint.scene.environment:
        return ReachClass.ENVIRONMENT
    if mint.scene.run is Run.PULL_REQUEST:
        return ReachClass.PULL_REQUEST
    return ReachClass.BRANCH if mint.scene.run is Run.BRANCH else ReachClass.TAG


def _identity(
    world: World, cells: Cells, reach: ReachClass, callers: list[Found], effort: Effort
) -> Identity:
    """What ties the policy to the repository, by asking which impostors would get in.

    A squatter has the owner's name and not its id; a successor has the owner and the repository's
    name, and not its id.
    """
    if reach is ReachClass.NEVER:
        return Identity.NONE
    private = world.issuer.tenancy is not Tenancy.EVERYBODY
    foreign = reach >= ReachClass.ANY_ORG or any(
        found.mint.scene.minter is Minter.STRANGER for found in callers
    )
    if foreign:
        return Identity.ISSUER if private else Identity.NONE
    if _gets_in(world, cells, Minter.SQUATTER, effort):
        return Identity.ISSUER if private else Identity.NAME
    if reach >= ReachClass.INSTANCE_WIDE:
        return Identity.ISSUER if private else Identity.ID
    return Identity.OWNER_ID if _gets_in(world, cells, Minter.SUCCESSOR, effort) else Identity.ID


def _gets_in(world: World, cells: Cells, minter: Minter, effort: Effort) -> bool:
    if first(world, cells, minter, Workflow.OWN, effort):
        return True
    return any(True for _ in calls(world, cells, minter, Workflow.CALLED, effort))
