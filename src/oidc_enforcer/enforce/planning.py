"""From what is wanted and what is there to the steps between them, and to what stays uncovered.

Pure. A plan is made from GitHub's present state every time, so that whatever stopped half way is
taken up by making a plan again: what is done is no longer in it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import ndiff
from fnmatch import fnmatchcase
from json import dumps
from typing import Any, NamedTuple

from oidc_enforcer.enforce.ruleset import ACTIVE, EVALUATE, Property, Wanted, like

#: GitHub sets properties of at most so many repositories in a call.
BATCH = 30
#: A private workflow cannot be required of whom it cannot be shown to.
_OPENNESS = {"private": 0, "internal": 1, "public": 2}


class Repository(NamedTuple):
    """What GitHub says of a repository. `actions` is None where it could not be read."""

    name: str
    visibility: str = "private"
    default_branch: str = "main"
    is_archived: bool = False
    properties: Mapping[str, tuple[str, ...]] = {}
    actions: bool | None = True


class There(NamedTuple):
    """What is there: the ruleset of the wanted name, None without one, and the repositories."""

    ruleset: Mapping[str, Any] | None
    repositories: tuple[Repository, ...]


class Step(NamedTuple):
    """One call: `create` or `update` the ruleset, or `mark` repositories with a property."""

    kind: str
    body: Mapping[str, Any]
    id: int = 0
    words: str = ""
    diff: tuple[str, ...] = ()


class Uncovered(NamedTuple):
    """A repository that the rule does not hold in, and why; `is_meant`: the targets mean it."""

    name: str
    reason: str
    is_meant: bool


class Plan(NamedTuple):
    """Steps in the order in which they are taken, and what there is to know besides."""

    steps: tuple[Step, ...]
    covered: tuple[str, ...]
    uncovered: tuple[Uncovered, ...]
    remarks: tuple[str, ...] = ()


def plan(wanted: Wanted, there: There, marked: tuple[str, ...] = ()) -> Plan:
    """What has to be done; `marked` are repositories that are to have the targets' properties."""
    steps = list(_marks(wanted, there, marked))
    after = _marked(there, wanted.targets.properties, marked)
    remarks: list[str] = []
    body = {**wanted.body, "enforcement": enforcement(wanted, there)}
    if wanted.enforcement == ACTIVE and there.ruleset is None:
        remarks.append(
            "a new ruleset begins in `evaluate`: look at its insights, then run this again for"
            " `active`"
        )
    if there.ruleset is None:
        diff = tuple(f"+ {line}" for line in _lines(body))
        steps.append(Step("create", body, 0, f"create the ruleset `{wanted.name}`", diff))
    else:
        found = like(body, there.ruleset)
        if found != body:
            diff = tuple(
                line for line in ndiff(_lines(found), _lines(body)) if not line.startswith("?")
            )
            number = int(there.ruleset["id"])
            steps.append(Step("update", body, number, f"update the ruleset `{wanted.name}`", diff))
    remarks += _bypassing(wanted)
    uncovered = tuple(_uncovered(wanted, after))
    without = {one.name for one in uncovered}
    covered = tuple(one.name for one in after.repositories if one.name not in without)
    return Plan(tuple(steps), covered, uncovered, tuple(remarks))


def enforcement(wanted: Wanted, there: There) -> str:
    """The mode that a plan leads to: a new ruleset begins by evaluating, an old one keeps its."""
    if there.ruleset is None:
        return EVALUATE
    return wanted.enforcement or str(there.ruleset.get("enforcement", EVALUATE))


def _marks(wanted: Wanted, there: There, marked: tuple[str, ...]) -> Iterator[Step]:
    properties = wanted.targets.properties
    known = {one.name: one for one in there.repositories}
    missing = [
        name
        for name in marked
        if name in known and not all(_has(known[name], each) for each in properties)
    ]
    for at in range(0, len(missing), BATCH):
        names = missing[at : at + BATCH]
        body = {
            "repository_names": names,
            "properties": [{"property_name": p.name, "value": p.value} for p in properties],
        }
        said = ", ".join(f"{one.name}={one.value}" for one in properties)
        diff = tuple(f"+ {name}: {said}" for name in names)
        yield Step("mark", body, 0, f"set {said} on {len(names)} repositories", diff)


def _marked(there: There, properties: tuple[Property, ...], marked: tuple[str, ...]) -> There:
    """What is there once the marks are set."""
    more = {one.name: (one.value,) for one in properties}
    return there._replace(
        repositories=tuple(
            one._replace(properties={**one.properties, **more}) if one.name in marked else one
            for one in there.repositories
        )
    )


def _uncovered(wanted: Wanted, there: There) -> Iterator[Uncovered]:
    source = wanted.workflow.repository.rpartition("/")[2]
    visibility = next(
        (one.visibility for one in there.repositories if one.name == source), "public"
    )
    for one in there.repositories:
        if reason := not_meant(wanted, one):
            yield Uncovered(one.name, reason, is_meant=False)
        elif reason := _not_held(wanted, one, visibility):
            yield Uncovered(one.name, reason, is_meant=True)


def not_meant(wanted: Wanted, one: Repository) -> str:
    """Why the targets do not mean a repository; empty where they do."""
    targets = wanted.targets
    for excluded in targets.except_properties:
        if _has(one, excluded):
            return f"its property {excluded.name}={excluded.value} excludes it"
    for included in targets.properties:
        if not _has(one, included):
            return f"its property {included.name} is not {included.value}"
    by_name = not (targets.properties or targets.except_properties)
    if by_name and not any(_matches(pattern, one.name) for pattern in targets.names):
        return "no name pattern means it"
    return ""


def _not_held(wanted: Wanted, one: Repository, visibility: str) -> str:
    """Why the rule has no effect in a repository that it is meant for."""
    branches = wanted.targets.branches
    if one.is_archived:
        return "it is archived: nothing can be merged there until it is unarchived"
    if one.actions is False:
        return "Actions are disabled there: the workflow cannot run, and pull requests would wait"
    if one.actions is None:
        return "whether Actions are enabled there could not be read"
    if _OPENNESS.get(visibility, 0) < _OPENNESS.get(one.visibility, 0):
        return f"it is {one.visibility}, and the workflow's repository is {visibility}"
    if "~DEFAULT_BRANCH" in branches or "~ALL" in branches:
        return ""
    names = [name.removeprefix("refs/heads/") for name in branches]
    if not any(fnmatchcase(one.default_branch, name) for name in names):
        return f"its default branch is `{one.default_branch}`, which no branch pattern means"
    return ""


def _bypassing(wanted: Wanted) -> Iterator[str]:
    words = {
        "always": "may push and merge past the rule",
        "pull_request": "may merge past the rule in a pull request",
        "exempt": "is not asked at all",
    }
    for one in wanted.bypass:
        who = one.kind if one.id is None else f"{one.kind} {one.id}"
        yield f"{who} {words[one.mode]}"


def drift(before: Mapping[str, Any], now: Plan, there: There) -> Iterator[str]:
    """What has changed since a record was written: the ruleset, and who is covered."""
    recorded = before.get("ruleset")
    if there.ruleset is None:
        yield "the ruleset is gone"
    elif isinstance(recorded, Mapping):
        found = like(recorded, there.ruleset)
        for line in ndiff(_lines(recorded), _lines(found)):
            if line.startswith(("+ ", "- ")):
                yield f"ruleset {line}"
    covered = set(before.get("covered", ()))
    reasons = {one.name: one.reason for one in now.uncovered}
    for name in sorted(covered - set(now.covered)):
        yield f"`{name}` is no longer covered: {reasons.get(name, 'it is gone')}"
    for name in sorted(set(now.covered) - covered):
        yield f"`{name}` is covered now"


def record(wanted: Wanted, done: Plan, there: There) -> dict[str, Any]:
    """What was applied to what was there, for `drift` to compare with."""
    body = {**wanted.body, "enforcement": enforcement(wanted, there)}
    return {"version": 1, "ruleset": body, "covered": sorted(done.covered)}


def _has(one: Repository, wanted: Property) -> bool:
    return wanted.value in one.properties.get(wanted.name, ())


def _matches(pattern: str, name: str) -> bool:
    return pattern == "~ALL" or fnmatchcase(name.lower(), pattern.lower())


def _lines(value: object) -> list[str]:
    return dumps(value, indent=2, sort_keys=True).splitlines()
