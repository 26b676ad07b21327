"""Whether a workflow can be required without locking anybody out, told from its text."""

from __future__ import annotations

from collections.abc import Iterator

from oidc_enforcer.source import SourceFile
from oidc_enforcer.workflow.model import Workflow
from oidc_enforcer.workflow.parse import parse
from oidc_enforcer.yaml_tree import Mapping, texts

#: A required workflow that does not run for these leaves the merge button grey for ever.
NEEDED = ("pull_request", "merge_group")
_FILTERS = ("paths", "paths-ignore", "branches", "branches-ignore")
#: What a pull request's check has to run for; these are GitHub's default.
_TYPES = {"opened", "synchronize", "reopened"}


def problems(file: SourceFile) -> Iterator[str]:
    """What is wrong with it, one sentence each; nothing means that it always reports."""
    parsed = parse(file, is_action=False)
    for problem in parsed.problems:
        line = file.region(problem.span).line
        yield f"line {line}: {problem.message}"
    workflow = parsed.content
    if not isinstance(workflow, Workflow) or not isinstance(parsed.root, Mapping):
        return
    if not workflow.jobs:
        yield "it has no job"
    for event in NEEDED:
        if event not in workflow.triggers:
            yield f"it does not run on `{event}`: such a run would wait for it for ever"
    yield from _filters(parsed.root.mapping("on"))
    for job in workflow.jobs:
        if job.condition and "draft" in job.condition.text:
            yield f"job `{job.id}` looks at drafts: it has to report for them too"


def _filters(on: Mapping | None) -> Iterator[str]:
    """Filters of the event; GitHub ignores them here, so they promise what does not happen."""
    event = on.mapping("pull_request") if on else None
    if event is None:
        return
    for name in _FILTERS:
        if event.get(name) is not None:
            yield f"`{name}` of `pull_request` has no effect in a required workflow: remove it"
    types = event.get("types")
    if types is None:
        return
    if missing := sorted(_TYPES.difference(texts(types))):
        yield f"`types` of `pull_request` leaves out `{'`, `'.join(missing)}`"
