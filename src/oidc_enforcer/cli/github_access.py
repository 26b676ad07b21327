"""How commands reach GitHub: by a token of the environment; and what they make of a refusal."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING

from oidc_enforcer.cli import UNVERIFIED, console
from oidc_enforcer.errors import UserError

if TYPE_CHECKING:
    from oidc_enforcer.github.connection import Connection
    from oidc_enforcer.github.refusals import Refused


def token(needed: str) -> str:
    """The token that the environment has; raises UserError, which says what is `needed`."""
    found = os.environ.get("GITHUB_TOKEN") or os.environ.get("GH_TOKEN")
    if not found:
        raise UserError("no token", f"put {needed} into GITHUB_TOKEN or GH_TOKEN")
    return found


def connection(needed: str) -> Connection:
    """A connection by that token, to the GitHub that the environment names; raises UserError."""
    from oidc_enforcer.github.connection import Connection, Server

    return Connection(token(needed), Server.of(os.environ))


def asking(needed: str, work: Callable[[Connection], int]) -> int:
    """The exit code of what `work` does by a connection, or of GitHub's refusal (`refused`).

    `needed` says which token it takes.
    """
    from oidc_enforcer.github.refusals import Refused

    asked = connection(needed)
    try:
        return work(asked)
    except Refused as problem:
        return refused(problem)


def refused(problem: Refused) -> int:
    """Says what GitHub did not do, for exit code 3; UserError where somebody has to change it."""
    if not problem.is_of_the_moment:
        raise UserError(problem.message, problem.hint) from problem
    console.complain(problem.message, problem.hint)
    return UNVERIFIED
