"""Tries what each feature needs of GitHub, by reading alone, and says which permission is missing.

Source: GitHub "Permissions required for GitHub Apps", whose scopes are those of a workflow's token.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator
from typing import NamedTuple

from oidc_enforcer.github.connection import Connection, quoted
from oidc_enforcer.github.refusals import Refused, Trouble


class Answer(enum.Enum):
    """What became of a try."""

    WORKS = "works"
    MISSING = "missing"
    UNKNOWN = "unknown"


class Probe(NamedTuple):
    """Something to read. `feature` is what it is for, `needs` the permission or setting.

    `not_by_job`: a workflow's own token never has it.
    """

    feature: str
    needs: str
    path: str
    not_by_job: bool = False


class Tried(NamedTuple):
    """A probe and its answer; `why` is for people, empty where it works."""

    probe: Probe
    answer: Answer
    why: str = ""


def probes(repository: str, default_branch: str, *, has_organisation: bool) -> Iterator[Probe]:
    """All that features read, for one repository."""
    at, owner = f"/repos/{repository}", quoted(repository.partition("/")[0])
    branch = quoted(default_branch)
    yield Probe("judge workflows without a checkout", "contents: read", f"{at}/git/trees/{branch}")
    yield Probe("see what a pull request changes", "pull-requests: read", f"{at}/pulls")
    yield Probe(
        "judge how branches are protected", "metadata: read", f"{at}/rules/branches/{branch}"
    )
    yield Probe("judge how environments are protected", "actions: read", f"{at}/environments")
    yield Probe(
        "know how the repository's subjects are made",
        "actions: read",
        f"{at}/actions/oidc/customization/sub",
    )
    yield Probe(
        "know what a workflow's token may do by default",
        "administration: read",
        f"{at}/actions/permissions/workflow",
        not_by_job=True,
    )
    yield Probe(
        "find stored keys that are old, or that nothing reads",
        "secrets: read",
        f"{at}/actions/secrets",
        not_by_job=True,
    )
    if not has_organisation:
        return
    org = f"/orgs/{owner}"
    yield Probe(
        "require the check of every repository (`enforce`)",
        "organization administration: write",
        f"{org}/rulesets",
        not_by_job=True,
    )
    yield Probe(
        "roll out by custom property (`enforce`, rings)",
        "organization custom properties: read",
        f"{org}/properties/schema",
        not_by_job=True,
    )


class Repository(NamedTuple):
    """The repository as the token sees it."""

    default_branch: str
    has_organisation: bool


def repository(connection: Connection, full_name: str) -> Repository:
    """Raises `Refused` where the token does not see it at all."""
    found = connection.get(f"/repos/{full_name}")
    owner = found.get("owner") or {}
    return Repository(str(found["default_branch"]), owner.get("type") == "Organization")


#: Scopes of a classic token by which it may comment, with what its owner may.
_COMMENTS = ("repo", "public_repo")


def commenting(connection: Connection, full_name: str) -> Answer:
    """Whether a token may comment, as far as reading tells: that of a classic token says its
    scopes, any other only what an answer takes. Raises `Refused`.

    Source: GitHub "Scopes for OAuth apps", `X-OAuth-Scopes`.
    """
    path = f"/repos/{full_name}"
    told = connection.headers(path).get("x-oauth-scopes")
    if told is None:
        return Answer.UNKNOWN
    scopes = {scope.strip() for scope in told.split(",")}
    is_private = connection.get(path).get("private") is not False
    wanted = _COMMENTS[:1] if is_private else _COMMENTS
    return Answer.WORKS if scopes & set(wanted) else Answer.MISSING


def tried(connection: Connection, probe: Probe) -> Tried:
    """Reads one thing, and understands the refusal."""
    try:
        connection.headers(probe.path, **({"per_page": "1"} if _is_list(probe) else {}))
    except Refused as problem:
        if problem.trouble in (Trouble.UNREACHABLE, Trouble.LIMITED):
            return Tried(probe, Answer.UNKNOWN, problem.message)
        if problem.trouble is Trouble.EMPTY:
            return Tried(probe, Answer.WORKS)
        if problem.trouble in (Trouble.FORBIDDEN, Trouble.NOT_FOUND):
            return Tried(probe, Answer.MISSING, _remedy(probe))
        return Tried(probe, Answer.UNKNOWN, problem.message)
    return Tried(probe, Answer.WORKS)


def _remedy(probe: Probe) -> str:
    if probe.not_by_job:
        return f"`{probe.needs}`: a workflow's own token never has it; use a GitHub App or a PAT"
    return f"`{probe.needs}` under `permissions:` of the job, or of the App or PAT"


def _is_list(probe: Probe) -> bool:
    return probe.path.endswith(("/pulls", "/environments", "/secrets", "/rulesets"))
