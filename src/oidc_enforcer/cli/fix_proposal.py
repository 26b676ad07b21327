"""`fix --pull-request`: proposes the changes to the repository on GitHub."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from oidc_enforcer import files
from oidc_enforcer.cli import CLEAN, console, github_access, repository_options
from oidc_enforcer.cli.commands import Arguments
from oidc_enforcer.errors import UserError

if TYPE_CHECKING:
    from oidc_enforcer.fixes.aftercare import Aftercare
    from oidc_enforcer.github.connection import Connection
    from oidc_enforcer.repairs import Repairs

#: The token that it takes.
_TOKEN = "one that may change workflows"


def refuse(arguments: Arguments, paths: Sequence[str]) -> None:
    """Says before the work what would fail after it; raises UserError."""
    repository_options.full_name(arguments.one(repository_options.REPO.flag))
    if len(paths) != 1 or not os.path.isdir(paths[0]):
        raise UserError("a pull request is of one repository", "name its folder alone")
    github_access.token(_TOKEN)


def propose(arguments: Arguments, done: Repairs, left: Aftercare) -> int:
    """Opens or updates the pull request, and says which; the exit code is 3 where it cannot."""
    from oidc_enforcer.github.proposing import Change, Proposal
    from oidc_enforcer.github.proposing import propose as send
    from oidc_enforcer.reporters import proposal_text, repair_text

    not_done = [line.rstrip("\n") for line in repair_text.left(done.judged, written=False)]
    if not done.changed:
        console.remark("nothing to propose: no fix applies", *not_done)
        return CLEAN
    root = files.find((arguments.given or (".",))[0]).root
    changes = {
        one.path.removeprefix(root): Change(
            one.before.encode(one.before.text), one.before.encode(one.after.text)
        )
        for one in done.changed
    }
    name = arguments.one(repository_options.REPO.flag)
    title, body = proposal_text.title(done.mended), proposal_text.body(done.judged, left)
    proposal = Proposal(name, title, body, changes)

    def work(connection: Connection) -> int:
        found = send(connection, proposal)
        console.tell([f"pull request {name}#{found.number}: {found.did}"])
        console.remark(*not_done)
        return CLEAN

    return github_access.asking(_TOKEN, work)
