"""Who gets in: the accepted claims of one issuer, asked for every kind of minter.

The questions are put from the loosest to the tightest. Each answer is a mint, which can be turned
into a token (`witness`); "nobody" is an answer about all tokens of that kind.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from itertools import islice
from typing import NamedTuple

from oidc_enforcer.iam import names
from oidc_enforcer.iam.compositions import intersection
from oidc_enforcer.iam.contexts import Contexts, ReachClass, contexts
from oidc_enforcer.iam.field import Field, Found, calls, first
from oidc_enforcer.iam.identity import Identity, identity_of
from oidc_enforcer.iam.issuers import Tenancy
from oidc_enforcer.iam.minting import Mint, Mints
from oidc_enforcer.iam.naming import is_named
from oidc_enforcer.iam.patterns import StringSet
from oidc_enforcer.iam.searches import Words, listing
from oidc_enforcer.iam.tokens import DEFAULT_TEMPLATE, Minter, Run, Workflow


class Survey(NamedTuple):
    """The loosest class, what ties it to the repository, examples per class, and our own runs."""

    reach: ReachClass
    identity: Identity
    found: tuple[Found, ...]
    own: tuple[Found, ...]
    contexts: Contexts
    field: Field


_FOREIGN = {
    Tenancy.EVERYBODY: ReachClass.ANY_ORG,
    Tenancy.ENTERPRISE: ReachClass.ENTERPRISE_WIDE,
    Tenancy.INSTANCE: ReachClass.INSTANCE_WIDE,
}
#: Callers of reusable workflows that are looked at one by one.
_MAX_CALLERS = 64


def survey(field: Field) -> Survey:
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
        some = list(ask(field))
        if all(_may_be_provider(each) for each in some):
            more = list(islice(_callers(field, minter), _MAX_CALLERS))
            callers += more
            field = _without_providers(field, more)
            some = list(ask(field)) if more and some else some
        found += some
    found = _one_per_class(found + callers)
    own = tuple(_own(field))
    runs = contexts([each.mint for each in own], field.effort)
    reach = max([runs.reach, *(each.reach for each in found)])
    return Survey(reach, identity_of(field, reach, callers), tuple(found), own, runs, field)


def _one_per_class(found: list[Found]) -> list[Found]:
    return list({each.reach: each for each in reversed(found)}.values())


def _may_be_provider(found: Found) -> bool:
    """Whether these tokens get in for the workflow file that they come from, and it is named."""
    by_file = "job_workflow_ref" in found.mint.template
    return (by_file or "job_workflow_ref" in found.mint.cell.values) and is_named(found)


def _strangers(field: Field) -> Iterator[Found]:
    some = first(field, Minter.STRANGER, Workflow.OWN)
    if some is not None:
        yield Found(_FOREIGN[field.world.issuer.tenancy], *some)


def _colleagues(field: Field) -> Iterator[Found]:
    if field.world.issuer.tenancy is Tenancy.EVERYBODY:
        some = first(field, Minter.COLLEAGUE, Workflow.OWN)
        if some is not None:
            yield Found(ReachClass.ENTERPRISE_WIDE, *some)


def _neighbours(field: Field) -> Iterator[Found]:
    """Other repositories of our owner.

    They make `repo-prefix` where all their names begin as ours does: with all of our name, or as a
    pattern says with the beginning of it.
    """
    some = first(field, Minter.NEIGHBOUR, Workflow.OWN)
    if some is None:
        return
    name = field.world.repository.name
    unlike = _first_neighbour(field, name[:1])
    if unlike is not None:
        yield Found(ReachClass.ORG_WIDE, *unlike)
        return
    longer = _first_neighbour(field, name)
    if longer is None or not is_named(Found(ReachClass.ORG_WIDE, *longer)):
        yield Found(ReachClass.REPO_PREFIX, *some)
    else:
        yield Found(ReachClass.ORG_WIDE, *longer)


def _first_neighbour(field: Field, start: str) -> tuple[Mints, Mint] | None:
    """A neighbour whose name does not begin so."""
    world = field.world
    others = _not_beginning_with(world.language(Minter.NEIGHBOUR, "repository"), start)
    smaller = world.restricted(Minter.NEIGHBOUR, "repository", others)
    return first(field.within(smaller), Minter.NEIGHBOUR, Workflow.OWN)


@lru_cache(maxsize=64)
def _not_beginning_with(words: Words, start: str) -> Words:
    return names.minus(words, StringSet.like(f"{start}*"))


def _callers(field: Field, minter: Minter) -> Iterator[Found]:
    """Repositories that get in by calling a workflow file which the policy names.

    A repository that the policy names as well is no more than itself.
    """
    workflows = [Workflow.CALLED]
    if field.world.repository.shares_workflows:
        workflows.append(Workflow.OURS_CALLED)
    named: dict[tuple[int, Workflow], bool] = {}
    for workflow in workflows:
        for mints, mint in calls(field, minter, workflow):
            found = Found(ReachClass.REUSABLE_WORKFLOW, mints, mint)
            cell = (id(mints.cell), workflow)
            if cell not in named:
                named[cell] = is_named(found)
            yield found._replace(reach=_class_of(field, minter)) if named[cell] else found


def _class_of(field: Field, minter: Minter) -> ReachClass:
    if minter is Minter.STRANGER:
        return _FOREIGN[field.world.issuer.tenancy]
    return ReachClass.ENTERPRISE_WIDE if minter is Minter.COLLEAGUE else ReachClass.ORG_WIDE


def _without_providers(field: Field, callers: list[Found]) -> Field:
    """The field without the owners of called workflows as strangers or neighbours of their own.

    Where everybody may come through a certain file, its repository comes through it as well: that
    is `reusable-workflow`, not one more class.
    """
    world = field.world
    owner = world.repository.owner.lower()
    providers = {
        name
        for found in callers
        if found.reach is ReachClass.REUSABLE_WORKFLOW
        for name in _providers(found)
    }
    split = [name.lower().partition("/") for name in sorted(providers)]
    owners = [theirs for theirs, _, _ in split if theirs != owner]
    repositories = [name for theirs, _, name in split if theirs == owner]
    for minter in (Minter.STRANGER, Minter.COLLEAGUE) if owners else ():
        fewer = names.minus(world.language(minter, "owner"), StringSet.ignoring_case(*owners))
        world = world.restricted(minter, "owner", fewer)
    if repositories:
        others = world.language(Minter.NEIGHBOUR, "repository")
        fewer = names.minus(others, StringSet.ignoring_case(*repositories))
        world = world.restricted(Minter.NEIGHBOUR, "repository", fewer)
    return field.within(world)


def _providers(found: Found) -> tuple[str, ...]:
    """The repositories of the called workflow, where the policy names them."""
    automata = found.mint.automata("provider")
    if not automata:
        return ()
    words = found.mints.world.language(found.mint.minter, "provider")
    listed = listing(intersection(automata), words, _MAX_CALLERS, found.mints.effort)
    return listed.members if listed else ()


def _own(field: Field) -> Iterator[Found]:
    """Our repository's tokens that get in.

    Where nobody told us its subject template it is GitHub's own; only a policy which that cannot
    satisfy is taken to be written for a customised one.
    """
    given = field.world.repository.template
    some = False
    for mints in field.mints(Minter.OURS):
        for workflow in _own_workflows(mints):
            for mint in mints.templated(Minter.OURS, workflow, given or DEFAULT_TEMPLATE):
                some = True
                yield Found(own_class(mint), mints, mint)
    if some or given:
        return
    for mints in field.mints(Minter.OURS):
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
