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
    Subject,
    branch,
    environment,
    subject,
)

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
    classic: Mapping[str, Any] | Unavailable | None = None
    if there.get("protected"):
        # NOTE: `protected` is also said of a branch that rulesets alone protect: then nothing is
        # there, or it may not be read, and a rule that asks for approval has told enough.
        classic = _read(connection, f"{place}/protection")
    return branch(name, rules, classic)


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
