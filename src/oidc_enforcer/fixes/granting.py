"""Decides which jobs are given `id-token: write`, where that is written, and what stands beside it.

INVARIANT: a job keeps every permission that it was given by a block, and of the default whatever it
may use, or the fix says that it may not.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from oidc_enforcer import yaml_tree
from oidc_enforcer.fixes import permissions, token_needs
from oidc_enforcer.fixes.outline import Outline
from oidc_enforcer.fixes.permissions import GRANT
from oidc_enforcer.fixes.proposal import Draft, NoFix
from oidc_enforcer.workflow.model import Job, Permissions, Workflow
from oidc_enforcer.workflow.surroundings import Surroundings

#: What the token may do where the repository's default is "read": docs.github.com, "GITHUB_TOKEN
#: reference", restricted default access; `metadata: read` goes without saying.
_RESTRICTED: Mapping[str, str] = {"contents": "read", "packages": "read"}
#: How every doubt begins about what a new block takes away.
REPLACES_DEFAULT = "a `permissions` block replaces the default, and nobody knows "


class Grantor:
    """Draws up the permissions of jobs; `default` is `read` or `write`, "" where unknown.

    `asked` is what the blocks ask for that were written where none stood.
    """

    def __init__(self, draft: Draft, around: Surroundings, default: str) -> None:
        self.draft, self.around, self.default = draft, around, default
        self.asked: dict[str, str] = {}

    def grant(self, workflow: Workflow, outline: Outline, needing: Iterable[Job]) -> None:
        """Lets these jobs ask for a token."""
        lacking = [job for job in needing if not _may_ask(workflow, job)]
        for job in lacking:
            if job.permissions is not None:
                permissions.add(workflow.file, outline, job.node, job.permissions, self.draft)
        heirs = [job for job in workflow.jobs if job.permissions is None]
        rest = [job for job in lacking if job.permissions is None]
        if not rest:
            return
        top = _top(outline, workflow) if len(rest) == len(heirs) else None
        if workflow.permissions is None:
            self._new_blocks(workflow, rest, top)
        elif top is not None:
            permissions.add(workflow.file, outline, top, workflow.permissions, self.draft)
        else:
            for job in rest:
                permissions.own_block(workflow, job, workflow.permissions, self.draft)

    def _new_blocks(
        self, workflow: Workflow, rest: list[Job], top: yaml_tree.Mapping | None
    ) -> None:
        """For jobs that had what GitHub gives by default, or what their caller has."""
        file, had = workflow.file, self._had(workflow)
        if top is not None and len(workflow.jobs) == 1 and not workflow.only_called:
            permissions.new_block(
                file, top, self._needed(workflow, rest, had), self.draft, above="jobs"
            )
            return
        for job in rest:
            permissions.new_block(file, job.node, self._needed(workflow, [job], had), self.draft)

    def _needed(
        self, workflow: Workflow, jobs: list[Job], had: Mapping[str, str] | None
    ) -> dict[str, str]:
        """The scopes of a block for jobs that had none: what they use of what they had."""
        needs = token_needs.of_jobs(workflow, jobs, self.around)
        if had is None:
            for doubt in needs.doubts:
                self.draft.doubt(REPLACES_DEFAULT + doubt)
            scopes = needs.scopes
        elif needs.doubts:
            scopes = dict(had)
        else:
            scopes = {name: had[name] for name in needs.scopes if name in had}
        self.asked.update(union([self.asked, scopes]))
        return {**dict([GRANT]), **scopes}

    def _had(self, workflow: Workflow) -> Mapping[str, str] | None:
        """What the token of a job without any block may do, None where that is not known."""
        if not workflow.is_reusable:
            return self.by_default(workflow)
        answers = [self._of_call(caller, job) for caller, job in calls_of(workflow, self.around)]
        if not workflow.only_called:
            answers.append(self.by_default(workflow))
        told = answers[0] if answers else None
        return told if all(answer == told for answer in answers) else None

    def by_default(self, workflow: Workflow) -> Mapping[str, str] | None:
        """What GitHub gives where nothing is said, None where that is not known.

        NOTE: on `pull_request_target` the token may write whatever the default is.
        """
        known = self.default == "read" and "pull_request_target" not in workflow.triggers
        return _RESTRICTED if known else None

    def _of_call(self, caller: Workflow, job: Job) -> Mapping[str, str] | None:
        block = job.permissions or caller.permissions
        if block is None:
            return None if caller.is_reusable else self.by_default(caller)
        return permissions.scopes_or_none(block)


def calls_of(callee: Workflow, around: Surroundings) -> Iterator[tuple[Workflow, Job]]:
    """The jobs in sight that call a workflow, each with the file that it stands in."""
    path = callee.file.path
    for name in around.callers(path):
        caller = around.workflow_at(name)
        for job in caller.jobs if caller is not None else ():
            if caller is not None and job.uses and around.path_of(job.uses) == path:
                yield caller, job


def union(blocks: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """The scopes of all, each at its highest level."""
    found: dict[str, str] = {}
    for block in blocks:
        for name, level in block.items():
            if level == "write" or found.get(name) in (None, "none"):
                found[name] = level
    return found


def _may_ask(workflow: Workflow, job: Job) -> bool:
    block: Permissions | None = job.permissions or workflow.permissions
    return block is not None and block.grants_id_token


def _top(outline: Outline, workflow: Workflow) -> yaml_tree.Mapping:
    found = None
    for above in outline.above(workflow.jobs[0].node):
        found = above
    if not isinstance(found, yaml_tree.Mapping):
        raise NoFix("the workflow's top cannot be found")
    return found
