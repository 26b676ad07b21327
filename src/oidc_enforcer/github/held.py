"""A whole repository as GitHub holds it at a commit, read without a checkout."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from oidc_enforcer.files import ORGANISATION_FILE, Tree
from oidc_enforcer.github import contents, local_callees
from oidc_enforcer.github.connection import Connection, quoted
from oidc_enforcer.github.refusals import Refused, Trouble


class Held(NamedTuple):
    """The workflows and actions of a commit; `texts` are further files that were asked for."""

    tree: Tree
    texts: Mapping[str, bytes]


def at_commit(
    connection: Connection, repository: str, commit: str, also: Iterable[str] = ()
) -> Held:
    """What a commit (a branch names its tip) has to judge, local callees included.

    `also` are paths of other files, which are left out where there are none. Raises Refused.
    """
    listed = contents.listing(connection, repository, commit)
    wanted = contents.wanted(listed)
    others = {path: listed.files[path].oid for path in also if path in listed.files}
    found = contents.blobs(connection, repository, (*wanted.values(), *others.values()))
    held = contents.by_path(wanted, found)
    listed, held = local_callees.with_callees(connection, repository, listed, held)
    return Held(contents.tree(listed, held), contents.by_path(others, found))


def organisation_file(connection: Connection, owner: str) -> bytes | None:
    """The organisation's configuration, None where this token is shown none; raises Refused."""
    path = f"/repos/{quoted(owner)}/.github/contents/{ORGANISATION_FILE}"
    try:
        found = connection.get(path)
    except Refused as problem:
        if problem.trouble is Trouble.NOT_FOUND:
            return None
        raise
    try:
        return base64.b64decode(str(found["content"]))
    except (binascii.Error, KeyError, TypeError, ValueError) as problem:
        message = f"GitHub gives `{ORGANISATION_FILE}` of {owner}/.github in no known form"
        raise Refused(Trouble.INVALID, message) from problem


def missing_configuration(owner: str) -> Refused:
    """Why nothing can be verified where the organisation's configuration is required."""
    return Refused(
        Trouble.UNREACHABLE,
        f"the organisation's configuration is required, and there is no `{ORGANISATION_FILE}`"
        f" in {owner}/.github that this token may read",
        "write it there, and let every repository of the organisation read that one",
    )
