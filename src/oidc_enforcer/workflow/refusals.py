"""What GitHub's schema refuses in a workflow, as far as a reader of credentials must know it."""

from __future__ import annotations

from collections.abc import Iterator

from oidc_enforcer.source import Span
from oidc_enforcer.workflow.model import Job, Permissions, Workflow
from oidc_enforcer.yaml_tree import Mapping, Problem, Sequence, Trouble

#: docs.github.com, "Workflow syntax": the scopes of `permissions`, as of 2026-11.
_SCOPES = frozenset(
    """actions artifact-metadata attestations checks contents copilot-requests deployments
    discussions id-token issues models packages pages pull-requests repository-projects
    security-events statuses vulnerability-alerts""".split()
)


def of_workflow(root: Mapping, workflow: Workflow) -> Iterator[Problem]:
    """Missing keys, jobs without what they need, and permissions that GitHub does not know."""
    for key in ("on", "jobs"):
        if root.get(key) is None:
            yield _refused(Span(0, 0), f"a workflow needs `{key}` at its top level")
    yield from _of_permissions(workflow.permissions)
    yield from _misspelt(root)
    for job in workflow.jobs:
        yield from _of_permissions(job.permissions)
        yield from _misspelt(job.node)
    jobs = root.entry("jobs")
    if jobs is None:
        return
    if not isinstance(jobs.value, Mapping):
        yield _refused(jobs.key.span, "`jobs` must be a mapping of job ids to jobs")
        return
    for job in workflow.jobs:
        yield from _of_job(job)


def of_action(root: Mapping) -> Iterator[Problem]:
    """An action without `runs`."""
    if not isinstance(root.get("runs"), Mapping):
        yield _refused(Span(0, 0), "an action needs a `runs` mapping")


def misplaced(root: Mapping) -> Iterator[Problem]:
    """Jobs and steps that are of no shape that GitHub takes: what stands there nobody has read."""
    jobs, runs = root.get("jobs"), root.get("runs")
    if isinstance(runs, Mapping):
        yield from _of_steps(runs, "this action")
    for key, job in jobs.pairs if isinstance(jobs, Mapping) else ():
        if isinstance(job, Mapping):
            yield from _of_steps(job, f"job `{key.text}`")
        else:
            yield _refused(key.span, f"job `{key.text}` must be a mapping")


def _of_steps(owner: Mapping, said: str) -> Iterator[Problem]:
    steps = owner.entry("steps")
    if steps is None:
        return
    if not isinstance(steps.value, Sequence):
        yield _refused(steps.key.span, f"`steps` of {said} must be a list")
        return
    for number, step in enumerate(steps.value.items, 1):
        if not isinstance(step, Mapping):
            yield _refused(step.span, f"step {number} of {said} must be a mapping")


def of_no_mapping() -> Problem:
    """A file that is empty, a list or a word."""
    return _refused(Span(0, 0), "a workflow must be a mapping with `on` and `jobs`")


_MEANT = "permissions"


def _misspelt(node: Mapping) -> Iterator[Problem]:
    """A key that was meant to be `permissions`: GitHub refuses it, and nothing would be granted."""
    for key, _ in node.pairs:
        word = key.text
        if word == _MEANT or abs(len(word) - len(_MEANT)) > 1:
            continue
        if _is_nearly(word.lower(), _MEANT):
            yield _refused(key.span, f"`{word}` is no key here; did you mean `permissions`?")


def _is_nearly(word: str, wanted: str) -> bool:
    """Whether one letter was added, left out, changed or swapped with the next."""
    same = 0
    while same < min(len(word), len(wanted)) and word[same] == wanted[same]:
        same += 1
    rest, other = word[same:], wanted[same:]
    swapped = rest[1:2] + rest[:1] + rest[2:]
    return rest[1:] == other or rest == other[1:] or rest[1:] == other[1:] or swapped == other


def _refused(at: Span, message: str) -> Problem:
    return Problem(at, message, Trouble.REFUSED)


def _of_job(job: Job) -> Iterator[Problem]:
    has_uses = job.node.get("uses") is not None
    if has_uses and job.node.get("steps") is not None:
        yield _refused(job.key, f"job `{job.id}` has both `uses` and `steps`; choose one")
    if not has_uses and job.node.get("runs-on") is None:
        message = f"job `{job.id}` needs `runs-on`, or `uses` to call a workflow"
        yield _refused(job.key, message)


def _of_permissions(block: Permissions | None) -> Iterator[Problem]:
    if block is None:
        return
    if block.all is not None and block.all.text not in ("read-all", "write-all"):
        yield _refused(
            block.all.span,
            f"`{block.all.text}` is invalid for `permissions`; "
            "write `read-all`, `write-all`, `{}` or a mapping of scopes",
        )
    for name, value in block.scopes:
        if name.text not in _SCOPES:
            close = "; did you mean `id-token`?" if _is_nearly_id_token(name.text) else ""
            message = f"`{name.text}` is no permission that GitHub documents{close}"
            yield _refused(name.span, message)
            continue
        allowed = ("write", "none") if name.text == "id-token" else ("read", "write", "none")
        if value.text not in allowed:
            words = " or ".join(f"`{word}`" for word in allowed)
            yield _refused(
                value.span, f"`{value.text}` is invalid for `{name.text}`; write {words}"
            )


def _is_nearly_id_token(word: str) -> bool:
    return word.lower().replace("_", "").replace("-", "").rstrip("s") == "idtoken"
