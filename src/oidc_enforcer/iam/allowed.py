"""Whether a policy stays within the runs that are allowed, and a token that does not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from oidc_enforcer.iam.automata import Automaton
from oidc_enforcer.iam.compositions import complement
from oidc_enforcer.iam.contexts import ReachClass
from oidc_enforcer.iam.field import Found
from oidc_enforcer.iam.issuer_reach import MAX_EFFORT, IssuerReach
from oidc_enforcer.iam.patterns import NOTHING, StringSet
from oidc_enforcer.iam.reach import Reach
from oidc_enforcer.iam.tokens import Run
from oidc_enforcer.iam.witness import Witness, witness


class Allowed(NamedTuple):
    """The runs of a repository that may use a role.

    `workflows` are files, as `job_workflow_ref` names them, whose jobs may use it in whichever
    repository of our owner they run. `reach` leaves them out for a repository that has them as
    `excused_workflows`.
    """

    branches: StringSet = NOTHING
    tags: StringSet = NOTHING
    environments: StringSet = NOTHING
    pull_requests: bool = False
    workflows: StringSet = NOTHING

    @classmethod
    def parse(cls, entries: Iterable[str]) -> Allowed:
        """Entries as in the configuration: `branch:main`, `tag:v*`, `environment:production`.

        `*` and `?` are wildcards; environments match in any casing, as on GitHub. `pull-request`
        stands for itself; `workflow:owner/name/.github/workflows/file.yml@refs/heads/main` for the
        jobs of a workflow file in all repositories of our owner. Raises ValueError for anything
        else.
        """
        patterns: dict[str, list[str]] = {
            "branch": [],
            "tag": [],
            "environment": [],
            "workflow": [],
        }
        pull_requests = False
        for entry in entries:
            kind, colon, pattern = entry.partition(":")
            if entry == "pull-request":
                pull_requests = True
            elif colon and pattern and kind in patterns:
                patterns[kind].append(pattern)
            else:
                raise ValueError(
                    f"`{entry}` must be `branch:…`, `tag:…`, `environment:…`, `workflow:…` or"
                    " `pull-request`"
                )
        return cls(
            StringSet.like(*patterns["branch"]),
            StringSet.like(*patterns["tag"]),
            StringSet.like_ignoring_case(*patterns["environment"]),
            pull_requests,
            StringSet.like(*patterns["workflow"]),
        )


def outside(reach: Reach, allowed: Allowed) -> tuple[Witness, ...]:
    """Tokens that get in and should not, one per class, loosest first; none if all is within.

    A job in an environment is within if its environment is allowed or its ref is. Everything from
    other repositories is outside. Where `reach.undetermined` gives reasons, these tokens may get
    in. May raise TooComplexError.
    """
    found: dict[ReachClass, Witness] = {}
    for part in reach.parts:
        for each in _outside(part, allowed):
            found.setdefault(each.reach, each)
    return tuple(sorted(found.values(), key=lambda each: -each.reach))


def _outside(part: IssuerReach, allowed: Allowed) -> Iterator[Witness]:
    for each in part.witnesses:
        if each.reach > ReachClass.REPO_WIDE:
            yield each
    for found in part.own:
        found.mints.effort.left = MAX_EFFORT
        limits = _limits_outside(found, allowed)
        if limits is None:
            continue
        narrowed = found.mint._replace(limits=found.mint.limits + limits)
        if found.mints.reader.can_be_met(narrowed.minter, narrowed.limits):
            yield witness(found.reach, found.mints, narrowed)


def _limits_outside(found: Found, allowed: Allowed) -> tuple[tuple[str, Automaton], ...] | None:
    """What makes a token of ours one that is not allowed; None if all of its kind are."""
    scene = found.mint.scene
    refs = {Run.BRANCH: allowed.branches, Run.TAG: allowed.tags}.get(scene.run)
    limits: list[tuple[str, Automaton]] = []
    if refs is not None:
        limits.append((scene.run.value, complement(refs.automaton)))
    elif allowed.pull_requests:
        return None
    if scene.environment:
        limits.append(("environment", complement(allowed.environments.automaton)))
    return tuple(limits)
