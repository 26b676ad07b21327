"""Lets the callers of a reusable workflow pass on what it asks for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from oidc_enforcer.fixes import permissions, token_needs
from oidc_enforcer.fixes.granting import Grantor, calls_of, union
from oidc_enforcer.fixes.outline import Outline
from oidc_enforcer.fixes.permissions import GRANT
from oidc_enforcer.workflow.model import Job, Workflow
from oidc_enforcer.workflow.surroundings import MAX_DEPTH


def grant(callee: Workflow, grantor: Grantor) -> None:
    """Adds `id-token: write` to every call in sight, and to the calls of its callers.

    GitHub does not start a run whose caller withholds what the callee asks for.
    """
    pending, seen = [callee], {callee.file.path}
    found = False
    for _ in range(MAX_DEPTH):
        beyond: list[Workflow] = []
        for called in pending:
            for caller, job in calls_of(called, grantor.around):
                found = True
                _grant_call(caller, job, called, grantor)
                if caller.is_reusable and caller.file.path not in seen:
                    seen.add(caller.file.path)
                    beyond.append(caller)
        pending = beyond
    if not found:
        # NOTE: no doubt: like the role it must be there first, and without it nothing starts.
        grantor.draft.require(
            "grant `id-token: write` in whatever calls this workflow: no caller is in sight, and"
            " GitHub refuses to start one whose `permissions` leave it out"
        )


def _grant_call(caller: Workflow, job: Job, called: Workflow, grantor: Grantor) -> None:
    block = job.permissions or caller.permissions
    if block is not None:
        grantor.grant(caller, Outline(caller.file, caller.root), [job])
        _compare(permissions.scopes_or_none(block), caller, job, grantor)
        return
    granted = grantor.by_default(caller) if not caller.is_reusable else None
    granted = granted or _asked(called, grantor)
    if granted is not None:
        permissions.new_block(caller.file, job.node, {**dict([GRANT]), **granted}, grantor.draft)
        return
    # NOTE: no edit: a block would take away what the called jobs have by default.
    grantor.draft.require(
        f"grant `id-token: write` to job `{job.id}` of `{caller.file.path}` where the"
        " repository's default token may only read: GitHub refuses its call otherwise"
    )


def _compare(
    granted: Mapping[str, str] | None, caller: Workflow, job: Job, grantor: Grantor
) -> None:
    """GitHub refuses a call that grants less than the called workflow asks for."""
    if granted is None:
        return
    for scope, level in grantor.asked.items():
        if granted.get(scope) not in (level, "write"):
            grantor.draft.doubt(
                f"job `{job.id}` of `{caller.file.path}` grants no `{scope}: {level}`, for which"
                " the called workflow asks now"
            )


def _asked(called: Workflow, grantor: Grantor) -> dict[str, str] | None:
    """All that the called jobs ask for or use, None where nobody knows what some use."""
    silent = [job for job in called.jobs if (job.permissions or called.permissions) is None]
    needs = token_needs.of_jobs(called, silent, grantor.around)
    written = _written(called.jobs, called)
    if needs.doubts or written is None:
        return None
    return union([needs.scopes if silent else {}, written, grantor.asked])


def _written(jobs: Iterable[Job], called: Workflow) -> dict[str, str] | None:
    found: list[Mapping[str, str]] = []
    for job in jobs:
        block = job.permissions or called.permissions
        told = permissions.scopes_or_none(block) if block is not None else {}
        if told is None:
            return None
        found.append(told)
    return union(found)
