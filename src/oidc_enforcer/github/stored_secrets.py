"""Reads the names and dates of a repository's Actions secrets; GitHub tells nobody their values."""

from __future__ import annotations

from collections.abc import Iterator

from oidc_enforcer.github.connection import Connection, quoted
from oidc_enforcer.github.refusals import Refused, Trouble
from oidc_enforcer.report import Gap
from oidc_enforcer.stored_secrets import Keeper, Secret, Secrets, listed

#: Environments whose secrets are asked for, one by one, and secrets of one list.
_MOST_ENVIRONMENTS = 30
_MOST = 1000


def secrets(connection: Connection, repository: str) -> Secrets:
    """The repository's, its environments' and the organisation's; what was refused is a gap.

    One call where the token may not: what the first question says goes for the others too.
    """
    at = f"/repos/{repository}"
    gaps: list[Gap] = []
    found: list[Secret] = []
    try:
        found += _listed(connection, f"{at}/actions/secrets", Keeper.REPOSITORY)
    except Refused as problem:
        return Secrets(repository, (), (_gap(f"Actions secrets of {repository}", problem),))
    try:
        found += _listed(connection, f"{at}/actions/organization-secrets", Keeper.ORGANISATION)
    except Refused as problem:
        # NOTE: whoever may list the repository's may list these; a user's repository has none.
        if problem.trouble is not Trouble.NOT_FOUND:
            gaps.append(_gap(f"organisation secrets of {repository}", problem))
    try:
        found += _of_environments(connection, repository, gaps)
    except Refused as problem:
        gaps.append(_gap(f"environment secrets of {repository}", problem))
    return Secrets(repository, tuple(found), tuple(gaps))


def _of_environments(connection: Connection, repository: str, gaps: list[Gap]) -> Iterator[Secret]:
    at = f"/repos/{repository}/environments"
    names = [
        str(one.get("name", ""))
        for one in connection.pages(at, "environments", _MOST_ENVIRONMENTS + 1)
    ]
    for name in names[:_MOST_ENVIRONMENTS]:
        path = f"{at}/{quoted(name)}/secrets"
        yield from _listed(connection, path, Keeper.ENVIRONMENT, name)
    if len(names) > _MOST_ENVIRONMENTS:
        reason = f"more than {_MOST_ENVIRONMENTS} environments, the others are not asked for"
        gaps.append(Gap(f"environment secrets of {repository}", reason))


def _listed(
    connection: Connection, path: str, keeper: Keeper, environment: str = ""
) -> Iterator[Secret]:
    yield from listed(connection.pages(path, "secrets", _MOST), keeper, environment)


def _gap(what: str, problem: Refused) -> Gap:
    if problem.trouble in (Trouble.FORBIDDEN, Trouble.NOT_FOUND):
        permission = "environments: read" if what.startswith("environment") else "secrets: read"
        return Gap(
            what,
            f"the token may not read their names: that takes `{permission}`, which a workflow's own"
            " token never has, so an App's or a personal one",
        )
    return Gap(what, problem.message)
