"""The effective `id-token` permission of a job, and how it came about."""

from __future__ import annotations

import enum
from collections.abc import Iterator

from oidc_enforcer.records import NamedTuple
from oidc_enforcer.source import SourceFile, Span
from oidc_enforcer.workflow.call_inputs import may_run
from oidc_enforcer.workflow.model import Job, Permissions, Workflow
from oidc_enforcer.workflow.surroundings import MAX_DEPTH, Surroundings

#: A workflow with more calls above it than these is called by too many to tell.
_MAX_CALLS = 2000


class IdToken(enum.Enum):
    """Whether a job may ask GitHub for an OIDC token."""

    WRITE = "write"
    NONE = "none"
    CALLER = "caller"  # the workflow runs only when called and says nothing itself
    UNKNOWN = "unknown"


class Grant(NamedTuple):
    """The answer for one job. `block` is the file's own `permissions:` for it, None without one.

    `by_caller` says that a caller in sight has decided, `is_explicit` that some block has, the
    file's own or a caller's: what a block leaves out, a called workflow may not ask for.
    """

    id_token: IdToken
    derivation: tuple[str, ...]
    block: Permissions | None
    by_caller: bool = False
    is_explicit: bool = False

    @property
    def reason(self) -> str:
        """How the answer came about, in words."""
        return ", ".join(self.derivation)


#: What an action's steps may do: its caller decides.
UNDECIDED = Grant(IdToken.CALLER, (), None)
_TOO_MANY = Grant(
    IdToken.UNKNOWN, ("too many callers to tell what they grant",), None, by_caller=True
)


class Passed(NamedTuple):
    """A call, and what its job may pass on. `is_called` says that its own callers limit that."""

    path: str
    job: str
    grant: Grant
    is_called: bool

    def beyond(self, way: tuple[str, ...]) -> Grant:
        """What it passes on, seen from the far end of the `way` that leads to it."""
        caller = f"called from job `{self.job}` of `{self.path}`"
        derivation = (*way, caller, *self.grant.derivation)
        return self.grant._replace(derivation=derivation, by_caller=True)


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
        return Grant(access, tuple(steps), block, is_explicit=True)
    if workflow.only_called:
        return Grant(IdToken.CALLER, ("no `permissions`: the caller decides",), None)
    default = "no `permissions`: the default token has no `id-token`"
    if workflow.is_reusable:
        event = next(name for name in workflow.triggers if name != "workflow_call")
        default = f"no `permissions`: started by `{event}`, the default token has no `id-token`"
    return Grant(IdToken.NONE, (default,), None)


def effective(workflow: Workflow, job: Job, surroundings: Surroundings) -> Grant:
    """The permission as far as this repository tells: the file's own, within its callers'.

    Where callers differ, the answer is the tightest of them: what is missing in one is missing. A
    caller without any block does not limit what a workflow of the same owner asks for itself.
    """
    own = own_grant(workflow, job)
    if own.id_token is IdToken.NONE or not workflow.only_called:
        return own
    ask = _passed_to_asking if own.id_token is IdToken.WRITE else _passed_to_silent
    passed = surroundings.once(ask, workflow)
    if passed is None:
        return own
    derivation = (*own.derivation, *passed.derivation)
    return passed._replace(derivation=derivation, block=own.block)


def _passed_to_silent(workflow: Workflow, surroundings: Surroundings) -> Grant | None:
    """What the callers pass on to jobs that say nothing, None without callers in sight."""
    return _tightest(workflow, surroundings, asks=False)


def _passed_to_asking(workflow: Workflow, surroundings: Surroundings) -> Grant | None:
    """The block of a caller that does not let jobs have the token they ask for, None if none."""
    return _tightest(workflow, surroundings, asks=True)


def _tightest(workflow: Workflow, surroundings: Surroundings, *, asks: bool) -> Grant | None:
    """The tightest of all callers, and of theirs where they leave it open; breadth first.

    `asks` says that a block on the way grants the token: above it, only blocks can withhold it.
    """
    loosest: dict[IdToken, Grant] = {}
    seen = {(workflow.file.path, asks)}
    front: list[tuple[str, bool, tuple[str, ...]]] = [(workflow.file.path, asks, ())]
    calls = 0
    for _ in range(MAX_DEPTH):
        beyond: list[tuple[str, bool, tuple[str, ...]]] = []
        for path, asked, way in front:
            found = list(_calls(path, surroundings))
            calls += len(found)
            if calls > _MAX_CALLS:
                return _TOO_MANY
            if way and not found and not asked:
                loosest.setdefault(IdToken.CALLER, Grant(IdToken.CALLER, way, None, by_caller=True))
            for passed in found:
                answer = passed.beyond(way)
                if answer.id_token is IdToken.NONE and (answer.is_explicit or not asked):
                    return answer
                if answer.id_token is IdToken.WRITE and not asked:
                    loosest.setdefault(IdToken.WRITE, answer)
                step = (passed.path, asked or answer.id_token is IdToken.WRITE)
                if passed.is_called and step not in seen:
                    seen.add(step)
                    beyond.append((*step, answer.derivation))
        front = beyond
    return loosest.get(IdToken.CALLER) or loosest.get(IdToken.WRITE)


def _calls(path: str, surroundings: Surroundings) -> Iterator[Passed]:
    for caller in surroundings.callers(path):
        passed = surroundings.once_at(_passed_by, caller)
        if passed is not None:
            yield from passed.get(path, ())


def _passed_by(workflow: Workflow, surroundings: Surroundings) -> dict[str, list[Passed]]:
    """What each call of a workflow of this repository passes on, by the path of the callee."""
    found: dict[str, list[Passed]] = {}
    for job in workflow.jobs:
        path = surroundings.path_of(job.uses) if job.uses else None
        if path is not None and may_run(job.condition):
            grant = own_grant(workflow, job)._replace(block=None)
            passed = Passed(workflow.file.path, job.id, grant, workflow.only_called)
            found.setdefault(path, []).append(passed)
    return found


def _said(file: SourceFile, block: Permissions) -> str:
    """`id-token: write` granted at line 4; or that a block leaves it out, and where."""
    if block.grants_id_token:
        return f"granted at line {_line(file, block.grant_span)}"
    return f"none by the block at line {_line(file, block.span)}"


def _line(file: SourceFile, span: Span) -> int:
    return file.region(span).line
