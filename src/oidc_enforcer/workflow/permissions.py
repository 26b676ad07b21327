"""The effective `id-token` permission of a job, and how it came about."""

from __future__ import annotations

import enum
from collections.abc import Iterator
from typing import NamedTuple

from oidc_enforcer.source import SourceFile, Span
from oidc_enforcer.workflow.model import Job, Permissions, Workflow
from oidc_enforcer.workflow.surroundings import MAX_DEPTH, Call, Surroundings


class IdToken(enum.Enum):
    """Whether a job may ask GitHub for an OIDC token."""

    WRITE = "write"
    NONE = "none"
    CALLER = "caller"  # the workflow runs only when called and says nothing itself
    UNKNOWN = "unknown"


class Grant(NamedTuple):
    """The answer for one job. `block` is the `permissions:` that decided, None when none did.

    `by_caller` says that the file itself leaves it open and that a caller in sight has decided.
    """

    id_token: IdToken
    derivation: tuple[str, ...]
    block: Permissions | None
    by_caller: bool = False


#: What an action's steps may do: its caller decides.
UNDECIDED = Grant(IdToken.CALLER, (), None)


class Limit(NamedTuple):
    """What a caller of this repository passes on to the jobs of a workflow it calls."""

    call: Call
    grant: Grant


def own_grant(workflow: Workflow, job: Job) -> Grant:
    """The permission that the file itself gives.

    A job's block replaces the workflow's as a whole: scopes it does not name become none. Without
    any block the default token never holds `id-token` (docs.github.com, "Use GITHUB_TOKEN for
    authentication in workflows").
    """
    steps: list[str] = []
    if workflow.permissions is not None:
        steps.append(_said(workflow.file, workflow.permissions))
    if job.permissions is not None:
        said = _said(workflow.file, job.permissions)
        steps.append(f"replaced: {said}" if steps else said)
    block = job.permissions or workflow.permissions
    if block is not None:
        access = IdToken.WRITE if block.grants_id_token else IdToken.NONE
        return Grant(access, tuple(steps), block)
    if workflow.only_called:
        return Grant(IdToken.CALLER, ("no `permissions`: the caller decides",), None)
    return Grant(IdToken.NONE, ("no `permissions`: the default token has no `id-token`",), None)


def effective(workflow: Workflow, job: Job, surroundings: Surroundings) -> Grant:
    """The permission as far as this repository tells: the file's own, within its callers'.

    Where callers differ, the answer is the tightest of them: what is missing in one is missing.
    """
    own = own_grant(workflow, job)
    if own.id_token is not IdToken.CALLER:
        return own
    limits = list(caller_limits(workflow, surroundings))
    if not limits:
        return own
    tightest = next((x for x in limits if x.grant.id_token is IdToken.NONE), limits[0])
    caller = tightest.call
    via = f"called from job `{caller.job.id}` of `{caller.workflow.file.path}`"
    derivation = (*own.derivation, via, *tightest.grant.derivation)
    return Grant(tightest.grant.id_token, derivation, None, by_caller=True)


def caller_limits(
    workflow: Workflow, surroundings: Surroundings, depth: int = 0
) -> Iterator[Limit]:
    """What each local call of the workflow passes on, through callers of callers."""
    if depth >= MAX_DEPTH:
        return
    for call in surroundings.calls(workflow):
        grant = own_grant(call.workflow, call.job)
        if grant.id_token is not IdToken.CALLER:
            yield Limit(call, grant)
            continue
        outer = list(caller_limits(call.workflow, surroundings, depth + 1))
        yield from (Limit(call, limit.grant) for limit in outer)
        if not outer:
            yield Limit(call, grant)


def _said(file: SourceFile, block: Permissions) -> str:
    """`id-token: write` granted at line 4; or that a block leaves it out, and where."""
    if block.grants_id_token:
        return f"granted at line {_line(file, block.grant_span)}"
    return f"none by the block at line {_line(file, block.span)}"


def _line(file: SourceFile, span: Span) -> int:
    return file.region(span).line
