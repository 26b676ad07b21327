"""What the runner of a job may bring along."""

from __future__ import annotations

from collections.abc import Iterator

from oidc_enforcer.expression import UNKNOWN, evaluate, template
from oidc_enforcer.workflow.model import Job

#: How the labels begin that say that a runner is one's own: AWS CodeBuild's and RunsOn's among
#: them. A runner of a group is GitHub's or one's own, which no file tells.
_OWN_RUNNERS = ("self-hosted", "codebuild-", "runs-on=", "runs-on/", "group:")


def other_access(job: Job | None) -> str:
    """Why a job may have AWS access that no file shows: the role of its runner; "" if it cannot.

    GitHub's own runners hold no AWS role; CodeBuild's, RunsOn's and self-hosted ones may, and so
    may one that is chosen at run time.
    """
    if job is None:
        return "the runner is the caller's"
    for label in job.runs_on:
        if label.lower().startswith(_OWN_RUNNERS):
            return f"a runner labelled `{label}` may have a role of its own"
        if "${{" not in label:
            continue
        for name, is_label in _computed_labels(label, job):
            if not is_label:
                return f"`{name}` chooses the runner, which may have a role of its own"
            if name.lower().startswith(_OWN_RUNNERS):
                return f"a runner labelled `{name}` may have a role of its own"
    return ""


def _computed_labels(text: str, job: Job) -> Iterator[tuple[str, bool]]:
    """The labels that an expression may give, and what it reads where the file does not tell."""
    parsed = template(text)
    value = evaluate(parsed, lambda path: UNKNOWN)
    if isinstance(value, list):
        yield from ((item, True) for item in value if isinstance(item, str))
        return
    yield from ((constant, True) for constant in parsed.constants)
    for flow in parsed.flows:
        known = job.matrix.get(flow.name or "", ()) if flow.context == "matrix" else ()
        for label in known or ("${{",):
            yield (flow.dotted, False) if "${{" in label else (label, True)
