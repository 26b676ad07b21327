"""What the workflows that a job calls do with the `id-token` permission, and what theirs do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from oidc_enforcer.records import NamedTuple
from oidc_enforcer.source import Region, SourceFile, Span
from oidc_enforcer.workflow.call_inputs import Inputs, inputs_of, may_run
from oidc_enforcer.workflow.credentials import JobCredentials, TokenUse
from oidc_enforcer.workflow.job_credentials import of_workflow, token_uses
from oidc_enforcer.workflow.model import Job, Permissions, Step, Workflow
from oidc_enforcer.workflow.permissions import IdToken
from oidc_enforcer.workflow.scene import Scene
from oidc_enforcer.workflow.surroundings import MAX_DEPTH, Surroundings
from oidc_enforcer.yaml_tree import Scalar

#: Calls that are followed from one job before we say that we cannot tell.
_MAX_CALLS = 200


class Need(NamedTuple):
    """What lacks the token in a called workflow: a job of it, or the whole file (`job` is "").

    `is_refused` says that it asks for the permission, so that GitHub does not start the run. A
    `what` of "" stands for calls too many to follow.
    """

    path: str
    job: str
    span: Span
    region: Region
    what: str
    is_refused: bool

    @property
    def name(self) -> str:
        """The job, or the file, as messages name it."""
        return f"job `{self.job}` of `{self.path}`" if self.job else f"`{self.path}`"


class _Use(NamedTuple):
    what: str
    when: Scalar | None
    is_by_inputs: bool


class Called(NamedTuple):
    """A call: the scene and the job that it is made in, and what it gives to the inputs."""

    scene: Scene
    job: Job
    inputs: Inputs


class _Summary(NamedTuple):
    """A job's certain uses of the token, and whether it uses one at all: None for unknown."""

    uses: tuple[_Use, ...]
    uses_token: bool | None


def first_need(
    callee: Workflow, caller: Workflow, call: Job, surroundings: Surroundings, *, is_limited: bool
) -> Need | None:
    """The first thing that a call which passes no `id-token` on leaves without.

    `is_limited` says that a block withholds it: what asks for it then is refused, even a job that
    its `if:` skips (actions/runner, WorkflowTemplateConverter.cs, ConvertToReferencedWorkflow).
    Without a block a workflow of the same owner gets what it asks for, and nothing else.
    """
    search = _Search(surroundings, is_limited=is_limited)
    scene = Scene(caller.file, caller, call, surroundings)
    by = Called(scene, call, inputs_of(callee, call))
    return next(search.needs(callee, by, runs=True), None)


class _Search:
    def __init__(self, surroundings: Surroundings, *, is_limited: bool) -> None:
        self.surroundings = surroundings
        self.is_limited = is_limited
        self.calls = 0

    def needs(self, callee: Workflow, by: Called, *, runs: bool, depth: int = 0) -> Iterator[Need]:
        """What lacks the token in a workflow and below it; `runs` says that an `if:` lets it."""
        self.calls += 1
        if self.calls > _MAX_CALLS:
            yield _need(callee.file, "", Span(0, 0), "")
        elif callee.is_reusable and depth < MAX_DEPTH:
            if self.is_limited:
                yield from _refused(callee)
            if callee.permissions is None:
                yield from self._of_jobs(callee, by, runs=runs, depth=depth)

    def _of_jobs(self, callee: Workflow, by: Called, *, runs: bool, depth: int) -> Iterator[Need]:
        summaries = self.surroundings.once(_summaries, callee)
        for job, summary in zip(callee.jobs, summaries, strict=False):
            if job.permissions is not None:
                continue
            job_runs = runs and may_run(job.condition, by.inputs)
            inner = self.surroundings.workflow(job.uses) if job.uses else None
            if inner is not None:
                scene = by.scene.called(callee, job, by.job)
                below = Called(scene, job, inputs_of(inner, job, by.inputs))
                yield from self.needs(inner, below, runs=job_runs, depth=depth + 1)
            elif job_runs and callee.only_called:
                uses = [use for use in summary.uses if may_run(use.when, by.inputs)]
                if any(use.is_by_inputs for use in uses):
                    # NOTE: an input that is not given may be a role that nobody assumes.
                    scene = by.scene.called(callee, job, by.job)
                    uses = list(_certain(token_uses(scene, callee, job)))
                    uses = [use for use in uses if may_run(use.when, by.inputs)]
                yield from (_need(callee.file, job.id, job.key, use.what) for use in uses)


def _refused(callee: Workflow) -> Iterator[Need]:
    """The file's own block and its jobs' that ask for the token; each is compared by itself."""
    blocks: list[tuple[str, Permissions | None]] = [("", callee.permissions)]
    blocks += ((job.id, job.permissions) for job in callee.jobs)
    for job, block in blocks:
        if block is not None and block.grants_id_token:
            what = "asks for `id-token: write`"
            yield _need(callee.file, job, block.grant_span, what)._replace(is_refused=True)


def _need(file: SourceFile, job: str, span: Span, what: str) -> Need:
    return Need(file.path, job, span, file.region(span), what, is_refused=False)


def uses_token(callee: Workflow, surroundings: Surroundings) -> bool | None:
    """Whether a called workflow has use for the permission that its caller passes on.

    One that asks for it does, as GitHub refuses the call without. None when that is not known.
    """
    return _uses_token(callee, surroundings, {}, 0)


def _uses_token(
    callee: Workflow, surroundings: Surroundings, answers: dict[str, bool | None], depth: int
) -> bool | None:
    """`answers` holds what is known by path, None for what is unknown or still being asked."""
    path = callee.file.path
    if path in answers:
        return answers[path]
    answers[path] = None
    if depth < MAX_DEPTH and len(answers) <= _MAX_CALLS:
        answers[path] = _ask_jobs(callee, surroundings, answers, depth)
    return answers[path]


def _ask_jobs(
    callee: Workflow, surroundings: Surroundings, answers: dict[str, bool | None], depth: int
) -> bool | None:
    if next(_refused(callee), None) is not None:
        return True
    answer: bool | None = False
    summaries = surroundings.once(_summaries, callee)
    for job, summary in zip(callee.jobs, summaries, strict=False):
        found = summary.uses_token
        if job.uses is not None:
            inner = surroundings.workflow(job.uses)
            found = _uses_token(inner, surroundings, answers, depth + 1) if inner else None
        if found:
            # NOTE: also where its own block keeps the token from it: once mended, it needs both.
            return True
        if found is None and job.permissions is None and callee.permissions is None:
            answer = None
    return answer


def _summaries(callee: Workflow, surroundings: Surroundings) -> tuple[_Summary, ...]:
    found = of_workflow(callee, surroundings)
    return tuple(map(_summary, found))


def _summary(found: JobCredentials) -> _Summary:
    answer = found.uses_token
    if not answer and found.grant.id_token is IdToken.NONE:
        # NOTE: steps are looked at less closely where the file itself lets none of them ask.
        answer = None
    return _Summary(tuple(_certain(found.token_uses)), answer)


def _certain(found: Iterable[TokenUse]) -> Iterator[_Use]:
    for use in found:
        if not use.doubt:
            when = use.step.condition if use.step else None
            yield _Use(use.what, when, _is_by_inputs(use.step))


def _is_by_inputs(step: Step | None) -> bool:
    """Whether what the step does depends on an input of its workflow, its `if:` aside."""
    given = (*step.inputs, *step.env) if step else ()
    return any("inputs" in item.value.text for item in given)
