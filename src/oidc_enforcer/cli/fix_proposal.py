"""`fix --pull-request`: proposes the changes to the repository on GitHub."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from oidc_enforcer import files
from oidc_enforcer.cli import repository_options
from oidc_enforcer.cli.commands import Arguments
from oidc_enforcer.errors import UserError

if TYPE_CHECKING:
    from oidc_enforcer.fixes.aftercare import Aftercare
    from oidc_enforcer.repairs import Repairs


def refuse(arguments: Arguments, paths: Sequence[str]) -> None:
    """Says before the work what would fail after it; raises UserError."""
    repository_options.full_name(arguments.one(repository_options.REPO.flag))
    if len(paths) != 1 or not os.path.isdir(paths[0]):
        raise UserError("a pull request is of one repository", "name its folder alone")
    if not _token():
        raise UserError("no token", "set GITHUB_TOKEN or GH_TOKEN to one that may change workflows")


def _token() -> str:
    return os.environ.get("GITHUB_TOKEN") or os.environ.get("GH_TOKEN") or ""


def propose(arguments: Arguments, done: Repairs, left: Aftercare) -> bool:
    """Opens or updates the pull request, and says which; False where GitHub could not be reached.

    Raises UserError where GitHub refuses and somebody has to change something.
    """
    from oidc_enforcer.github.connection import Connection, Server
    from oidc_enforcer.github.proposing import Change, Proposal
    from oidc_enforcer.github.proposing import propose as send
    from oidc_enforcer.github.refusals import Refused
    from oidc_enforcer.reporters import proposal_text
    from oidc_enforcer.reporters.visible import shown

    if not done.changed:
        print("nothing to propose: no fix applies", file=sys.stderr)
        return True
    root = files.find((arguments.given or (".",))[0]).root
    changes = {
        one.path.removeprefix(root): Change(
            one.before.encode(one.before.text), one.before.encode(one.after.text)
        )
        for one in done.changed
    }
    name = arguments.one(repository_options.REPO.flag)
    text = proposal_text.body(done.mended, left)
    try:
        connection = Connection(_token(), Server.of(os.environ))
        found = send(connection, Proposal(name, proposal_text.TITLE, text, changes))
    except Refused as problem:
        if not problem.is_of_the_moment:
            raise UserError(problem.message, problem.hint or "see the message") from None
        print(f"oidc-enforcer: {shown(problem.message)}", file=sys.stderr)
        return False
    print(f"pull request {name}#{found.number}: {found.did}")
    return True
