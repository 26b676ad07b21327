"""Reads how branches and environments are protected, and how a repository's subjects are made."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from oidc_enforcer.facts import Unavailable
from oidc_enforcer.github.connection import Connection, quoted
from oidc_enforcer.github.refusals import Refused, Trouble
from oidc_enforcer.protection import (
    Branch,
    Environment,
    Pins,
    Protection,
    Pushes,
    Subject,
    branch,
    environment,
    subject,
)

#: How GitHub says to administrators that a branch has no branch protection.
_NONE = "Branch not protected"
_RULE = """query($owner: String!, $name: String!, $ref: String!) {
  repository(owner: $owner, name: $name) {
    ref(qualifiedName: $ref) { refUpdateRule { requiredApprovingReviewCount } } } }"""
#: More environments and branches than these are not asked for one by one.
_MOST = 100


def protection(
    connection: Connection, repository: str, branches: Iterable[str], environments: Iterable[str]
) -> Protection:
    """What is known of these branches, the default one, and of these environments.

    A branch that an environment admits by its name is asked for too. Raises Refused where the
    repository itself cannot be read.
    """
    at = f"/repos/{repository}"
    default = str(connection.get(at)["default_branch"])
    known = Protection(default, {}, {}, default_token(connection, repository))
    return extended(connection, repository, known, Pins((default, *branches), tuple(environments)))


def extended(connection: Connection, repository: str, known: Protection, pins: Pins) -> Protection:
    """The same with further branches and environments; what is known is not asked for again."""
    at = f"/repos/{repository}"
    wanted = pins.unknown(known)
    environments = {
        name.lower(): _environment(connection, at, name) for name in wanted.environments[:_MOST]
    }
    names = dict.fromkeys(wanted.branches)
    for one in environments.values():
        if isinstance(one, Environment):
            names |= dict.fromkeys(n for n in one.branches or () if "*" not in n and "?" not in n)
    fresh = [name for name in names if name not in known.branches][:_MOST]
    return known._replace(
        branches={**known.branches, **{n: _branch(connection, at, n) for n in fresh}},
        environments={**known.environments, **environments},
    )


def oidc_subject(connection: Connection, repository: str) -> Subject | Unavailable:
    """How the repository's subjects are made."""
    found = _read(connection, f"/repos/{repository}/actions/oidc/customization/sub")
    if isinstance(found, Unavailable) or found is None:
        return found or Unavailable("GitHub knows no OIDC customisation of this repository")
    organisation: list[str] = []
    if not found.get("use_default", True) and not found.get("include_claim_keys"):
        owner = repository.partition("/")[0]
        theirs = _read(connection, f"/orgs/{quoted(owner)}/actions/oidc/customization/sub")
        if isinstance(theirs, Unavailable):
            return theirs
        organisation = list((theirs or {}).get("include_claim_keys", ()))
    return subject(found, organisation)


def _branch(connection: Connection, at: str, name: str) -> Branch:
    place = f"{at}/branches/{quoted(name)}"
    there = _read(connection, place)
    if there is None:
        return Branch(name, None)
    if isinstance(there, Unavailable):
        return Branch(name, there)
    try:
        rules = list(connection.pages(f"{at}/rules/branches/{quoted(name)}"))
    except Refused as problem:
        return Branch(name, Unavailable(problem.message))
    told = branch(name, rules, None)
    if not there.get("protected") or told.pushes is Pushes.REVIEWED:
        return told
    # NOTE: `protected` is also said of a branch that rulesets alone protect.
    return branch(name, rules, _classic(connection, at, name))


def _classic(connection: Connection, at: str, name: str) -> Mapping[str, Any] | Unavailable | None:
    """The branch protection, None where there is none. Only administrators are shown all of it."""
    try:
        found: Mapping[str, Any] = connection.get(f"{at}/branches/{quoted(name)}/protection")
    except Refused as problem:
        if problem.trouble is Trouble.NOT_FOUND and _NONE in problem.message:
            return None
        # NOTE: any other 404 is what GitHub says to who may not administer the repository.
        return _seen_by_all(connection, at, name) or Unavailable(problem.message)
    return found


def _seen_by_all(connection: Connection, at: str, name: str) -> Mapping[str, Any] | None:
    """As much of it as GitHub shows to others; None where that settles nothing.

    It is what holds for whoever asks, and somebody may be exempt: so only that an approval is
    needed is believed, and never that none is. (GraphQL, `Ref.refUpdateRule`)
    """
    _, _, owner, repository = at.split("/")
    variables = {"owner": owner, "name": repository, "ref": f"refs/heads/{name}"}
    try:
        node = connection.query(_RULE, variables).data.get("repository") or {}
    except Refused:
        return None
    rule = (node.get("ref") or {}).get("refUpdateRule") or {}
    needed = rule.get("requiredApprovingReviewCount") or 0
    reviews = {"required_approving_review_count": needed}
    return {"required_pull_request_reviews": reviews} if needed else None


def _environment(connection: Connection, at: str, name: str) -> Environment | Unavailable | None:
    place = f"{at}/environments/{quoted(name)}"
    found = _read(connection, place)
    if found is None or isinstance(found, Unavailable):
        return found
    policy = found.get("deployment_branch_policy") or {}
    branches: list[Mapping[str, Any]] | None = None
    try:
        if policy.get("custom_branch_policies"):
            listed = connection.pages(f"{place}/deployment-branch-policies", "branch_policies")
            branches = list(listed)
        elif policy.get("protected_branches"):
            branches = list(connection.pages(f"{at}/branches", most=_MOST, protected="true"))
    except Refused as problem:
        return Unavailable(problem.message)
    return environment(found, branches)


def default_token(connection: Connection, repository: str) -> str | Unavailable:
    """`read` or `write`: what a workflow's token may do where no `permissions` say it."""
    found = _read(connection, f"/repos/{repository}/actions/permissions/workflow")
    if found is None or isinstance(found, Unavailable):
        return found or Unavailable("GitHub knows no default permissions of this repository")
    return str(found.get("default_workflow_permissions", "read"))


def _read(connection: Connection, path: str) -> Mapping[str, Any] | Unavailable | None:
    """What is at a path, None where there is nothing."""
    try:
        found: Mapping[str, Any] = connection.get(path)
    except Refused as problem:
        if problem.trouble is Trouble.NOT_FOUND:
            return None
        return Unavailable(problem.message)
    return found
