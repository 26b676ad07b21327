"""Reads what GitHub has, and takes the steps of a plan, one by one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from oidc_enforcer.enforce.planning import Plan, Repository, Step, There, not_meant
from oidc_enforcer.enforce.ruleset import Wanted, Workflow
from oidc_enforcer.errors import UserError
from oidc_enforcer.github.connection import Connection, quoted
from oidc_enforcer.github.properties import properties
from oidc_enforcer.github.refusals import Refused
from oidc_enforcer.source import SourceFile


class Outcome(NamedTuple):
    """How far a plan came. `problem` is what stopped it, None when it was done."""

    done: tuple[Step, ...]
    left: tuple[Step, ...]
    problem: Refused | None = None


def workflow(connection: Connection, repository: str, path: str, ref: str) -> Workflow:
    """The workflow at the commit that a ref names now; raises Refused."""
    found = connection.get(f"/repos/{repository}")
    sha = str(connection.get(f"/repos/{repository}/commits/{quoted(ref)}")["sha"])
    return Workflow(repository, int(found["id"]), path, sha)


def text(connection: Connection, where: Workflow) -> SourceFile:
    """The workflow's text at that commit; raises Refused, UserError where it is no file."""
    from base64 import b64decode

    found = connection.get(f"/repos/{where.repository}/contents/{where.path}", ref=where.sha)
    if not isinstance(found, dict) or found.get("encoding") != "base64":
        raise UserError(f"`{where.path}` of `{where.repository}` is no file", "name the workflow")
    return SourceFile.decode(where.path, b64decode(str(found["content"])))


def there(
    connection: Connection, organisation: str, wanted: Wanted, marked: tuple[str, ...] = ()
) -> There:
    """What is there. Whether Actions are enabled is asked only where the rule is meant to hold."""
    ruleset = _ruleset(connection, organisation, wanted.name)
    repositories = []
    for one in _repositories(connection, organisation):
        is_meant = one.name in marked or not not_meant(wanted, one)
        if is_meant and not one.is_archived:
            one = one._replace(actions=_actions(connection, f"{organisation}/{one.name}"))
        repositories.append(one)
    return There(ruleset, tuple(repositories))


def _ruleset(connection: Connection, organisation: str, name: str) -> Mapping[str, Any] | None:
    path = f"/orgs/{quoted(organisation)}/rulesets"
    for one in connection.pages(path):
        if one.get("name") == name:
            found: Mapping[str, Any] = connection.get(f"{path}/{one['id']}")
            return found
    return None


def _repositories(connection: Connection, organisation: str) -> Iterator[Repository]:
    owner = quoted(organisation)
    known = {
        str(one["repository_name"]): properties(one.get("properties", ()))
        for one in connection.pages(f"/orgs/{owner}/properties/values")
    }
    for one in connection.pages(f"/orgs/{owner}/repos"):
        name = str(one["name"])
        yield Repository(
            name,
            str(one.get("visibility") or ("private" if one.get("private") else "public")),
            str(one.get("default_branch") or "main"),
            bool(one.get("archived")),
            known.get(name, {}),
        )


def _actions(connection: Connection, repository: str) -> bool | None:
    try:
        found = connection.get(f"/repos/{repository}/actions/permissions")
    except Refused as problem:
        if problem.is_for_the_user:
            return None
        raise
    return bool(found.get("enabled"))


def take(connection: Connection, organisation: str, plan: Plan) -> Outcome:
    """Takes the steps in order and stops at the first that GitHub refuses.

    What was done stays done; a plan made afterwards has only the rest.
    """
    for at, step in enumerate(plan.steps):
        try:
            _take(connection, organisation, step)
        except Refused as problem:
            return Outcome(plan.steps[:at], plan.steps[at:], problem)
    return Outcome(plan.steps, ())


def _take(connection: Connection, organisation: str, step: Step) -> None:
    path = f"/orgs/{quoted(organisation)}"
    match step.kind:
        case "mark":
            connection.write("PATCH", f"{path}/properties/values", step.body)
        case "create":
            connection.write("POST", f"{path}/rulesets", step.body)
        case "update":
            connection.write("PUT", f"{path}/rulesets/{step.id}", step.body)
        case _:
            raise ValueError(f"no step {step.kind}")
