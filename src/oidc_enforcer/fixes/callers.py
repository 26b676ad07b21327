"""Lets the callers of a reusable workflow pass on what it asks for."""

from __future__ import annotations

from oidc_enforcer.fixes import permissions
from oidc_enforcer.fixes.outline import Outline
from oidc_enforcer.fixes.proposal import Draft
from oidc_enforcer.workflow.model import Workflow
from oidc_enforcer.workflow.surroundings import MAX_DEPTH, Surroundings


def grant(callee: Workflow, around: Surroundings, draft: Draft) -> None:
    """Adds `id-token: write` to every block of a caller in sight that leaves it out.

    GitHub does not start a run whose caller has a block that withholds what the callee asks for.
    """
    pending, seen = [callee.file.path], {callee.file.path}
    found = False
    for _ in range(MAX_DEPTH):
        beyond: list[str] = []
        for path in pending:
            for name in around.callers(path):
                caller = around.workflow_at(name)
                if caller is None:
                    continue
                found = _grant_in(caller, path, around, draft) or found
                if caller.is_reusable and name not in seen:
                    seen.add(name)
                    beyond.append(name)
        pending = beyond
    if not found:
        # NOTE: no doubt: like the role it must be there first, and without it nothing starts.
        draft.require(
            "grant `id-token: write` in whatever calls this workflow: no caller is in sight, and"
            " GitHub refuses to start one whose `permissions` leave it out"
        )


def _grant_in(caller: Workflow, path: str, around: Surroundings, draft: Draft) -> bool:
    jobs = [job for job in caller.jobs if job.uses and around.path_of(job.uses) == path]
    blocked = [job for job in jobs if (job.permissions or caller.permissions) is not None]
    for job in jobs:
        if job not in blocked:
            # NOTE: no edit: a block would take away what the called jobs have by default.
            draft.require(
                f"grant `id-token: write` to job `{job.id}` of `{caller.file.path}` where the"
                " repository's default token may only read: GitHub refuses its call otherwise"
            )
    if blocked:
        below = Draft(caller.file.path)
        permissions.grant(caller, Outline(caller.file, caller.root), blocked, below, around)
        for edit in below.edits():
            draft.edit(edit.span, edit.text, caller.file.path)
    return bool(jobs)
