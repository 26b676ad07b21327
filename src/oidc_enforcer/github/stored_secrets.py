"""Reads the names and dates of a repository's Actions secrets; GitHub tells nobody their values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from oidc_enforcer.github.connection import Connection, quoted
from oidc_enforcer.github.refusals import Refused, Trouble
from oidc_enforcer.report import Gap
from oidc_enforcer.stored_secrets import Keeper, Secret, Secrets, listed, looks_like_a_key

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


def own(connection: Connection, repository: str, environments: Iterable[str] | None) -> Secrets:
    """The repository's and those of the environments named; what was refused is a gap.

    `environments` None: not all are known. Raises Refused where GitHub cannot be asked now.
    """
    gaps: list[Gap] = []
    found: list[Secret] = []
    asked = [(f"Actions secrets of {repository}", f"/repos/{repository}/actions/secrets", "")]
    for name in environments or ():
        path = f"/repos/{repository}/environments/{quoted(name)}/secrets"
        asked.append((f"environment secrets of {repository}", path, name))
    for what, path, name in asked:
        try:
            keeper = Keeper.ENVIRONMENT if name else Keeper.REPOSITORY
            found += _listed(connection, path, keeper, name)
        except Refused as problem:
            if problem.is_of_the_moment:
                raise
            gaps.append(_gap(what, problem))
    if environments is None:
        reason = f"more than {_MOST_ENVIRONMENTS} environments, which are not asked for"
        gaps.append(Gap(f"environment secrets of {repository}", reason))
    return Secrets(repository, tuple(found), tuple(dict.fromkeys(gaps)))


class Shared(NamedTuple):
    """A secret of an organisation, and the full names of the repositories that may read it.

    `repositories` is None for all of a kind: `visibility` says which, `all` or `private`.
    """

    secret: Secret
    visibility: str
    repositories: frozenset[str] | None = None


def of_organisation(connection: Connection, organisation: str) -> Iterator[Shared]:
    """Its secrets that look like halves of AWS keys; raises Refused."""
    at = f"/orgs/{quoted(organisation)}/actions/secrets"
    for item in connection.pages(at, "secrets", _MOST):
        for one in listed([item], Keeper.ORGANISATION):
            visibility = str(item.get("visibility") or "")
            if not looks_like_a_key(one.name):
                continue
            chosen = None
            if visibility not in ("all", "private"):
                place = f"{at}/{quoted(one.name)}/repositories"
                pages = connection.pages(place, "repositories")
                chosen = frozenset(str(each.get("full_name", "")).lower() for each in pages)
            yield Shared(one, visibility, chosen)


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
