"""Workflows and actions of other repositories, once somebody has fetched them.

A key names one as a `uses:` does: `acme/shared/.github/workflows/deploy.yml@v2`. It is also the
path that people see, as no file of the judged repository has an `@` in such a place.
"""

from __future__ import annotations

from collections.abc import Iterator

from oidc_enforcer.records import NamedTuple
from oidc_enforcer.workflow.model import Action, Job, Step, Uses, UsesKind, Workflow
from oidc_enforcer.workflow.uses_names import is_elsewhere, local_path, repository_name

_WORKFLOW = "/.github/workflows/"


class Callee(NamedTuple):
    """A file of another repository at a ref; `path` is a workflow's file or an action's folder."""

    repository: str
    path: str
    ref: str

    @property
    def is_workflow(self) -> bool:
        """Whether a job calls it, and not a step."""
        return f"/{self.path}".startswith(_WORKFLOW)

    @property
    def key(self) -> str:
        """How it is looked up: GitHub ignores case in the names of owners and repositories."""
        return key_of(f"{self.repository}/{self.path}".rstrip("/"), self.ref)


def key_of(name: str, ref: str) -> str:
    """The key of a `uses:`."""
    return f"{name.lower()}@{ref}"


def named(key: str) -> Callee:
    """What a key stands for."""
    name, _, ref = key.partition("@")
    owner, repository, *path = name.split("/")
    return Callee(f"{owner}/{repository}", "/".join(path), ref)


def callee(uses: Uses) -> Callee | None:
    """What a `uses:` of another repository names; None where it has no ref or an open part."""
    text = uses.value.text.strip()
    if uses.kind is not UsesKind.REPOSITORY or not uses.ref or "${{" in text or is_elsewhere(text):
        return None
    # What has been moved to its own repository is only told by its name.
    name = uses.name if local_path(text) is not None else repository_name(text)
    parts = name.split("/")
    if len(parts) < 2 or not all(parts) or ".." in parts:
        return None
    return Callee("/".join(parts[:2]), "/".join(parts[2:]), uses.ref)


def is_out_of_place(uses: Uses) -> bool:
    """Whether its path leaves its repository, for where another action has been put."""
    return uses.kind is UsesKind.REPOSITORY and ".." in uses.name.split("/")


def callees(content: Workflow | Action) -> Iterator[Callee]:
    """What a file calls in other repositories."""
    yield from filter(None, map(callee, all_uses(content)))


def all_uses(content: Workflow | Action) -> Iterator[Uses]:
    """Every `uses:` of a file, those of its jobs first."""
    steps = content.steps if isinstance(content, Action) else ()
    if isinstance(content, Workflow):
        yield from (job.uses for job in content.jobs if job.uses is not None)
        steps = tuple(step for job in content.jobs for step in job.steps)
    yield from (step.uses for step in steps if step.uses is not None)


def at_home(content: Workflow | Action, where: Callee) -> Workflow | Action:
    """The same, its jobs' calls of `./…`, and its steps' of `$/…`, being calls of its own
    repository at the same ref.

    NOTE: a step's `./…` is left alone: it means the folder that the run has checked out.
    """
    if isinstance(content, Action):
        return content._replace(steps=_steps_at_home(content.steps, where))
    return content._replace(jobs=tuple(_at_home(job, where) for job in content.jobs))


def with_own_actions(content: Workflow, where: Callee) -> Workflow:
    """The same, its steps' uses of `$/…` being those of its own repository at the same ref."""
    jobs = (job._replace(steps=_steps_at_home(job.steps, where)) for job in content.jobs)
    return content._replace(jobs=tuple(jobs))


def _at_home(job: Job, where: Callee) -> Job:
    job = job._replace(steps=_steps_at_home(job.steps, where))
    uses = job.uses
    if uses is None or uses.kind is not UsesKind.LOCAL:
        return job
    return job._replace(uses=_moved(uses, where))


def _steps_at_home(steps: tuple[Step, ...], where: Callee) -> tuple[Step, ...]:
    if not any(step.uses and step.uses.value.text.startswith("$") for step in steps):
        return steps
    return tuple(
        step._replace(uses=_moved(step.uses, where))
        if step.uses and step.uses.kind is UsesKind.LOCAL and step.uses.value.text[0] == "$"
        else step
        for step in steps
    )


def _moved(uses: Uses, where: Callee) -> Uses:
    name = f"{where.repository}/{uses.name}"
    return Uses(UsesKind.REPOSITORY, repository_name(name), where.ref, uses.value)
