"""Workflows and actions of other repositories, once somebody has fetched them.

A key names one as a `uses:` does: `acme/shared/.github/workflows/deploy.yml@v2`. It is also the
path that people see, as no file of the judged repository has an `@` in such a place.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from oidc_enforcer.workflow.model import Action, Job, Step, Uses, UsesKind, Workflow

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
    text = uses.value.text
    if uses.kind is not UsesKind.REPOSITORY or not uses.ref or "${{" in text:
        return None
    # A call of `./…` that has been moved to its own repository is only told by its name.
    name = uses.name if text.startswith("./") else text.strip().rpartition("@")[0]
    parts = name.rstrip("/").split("/")
    if len(parts) < 2 or not all(parts) or ".." in parts:
        return None
    return Callee("/".join(parts[:2]), "/".join(parts[2:]), uses.ref)


def callees(content: Workflow | Action) -> Iterator[Callee]:
    """What a file calls in other repositories."""
    steps: Iterator[Step]
    if isinstance(content, Workflow):
        jobs = (callee(job.uses) for job in content.jobs if job.uses is not None)
        yield from (found for found in jobs if found)
        steps = (step for job in content.jobs for step in job.steps)
    else:
        steps = iter(content.steps)
    for step in steps:
        found = callee(step.uses) if step.uses is not None else None
        if found:
            yield found


def at_home(content: Workflow | Action, where: Callee) -> Workflow | Action:
    """The same, its jobs' calls of `./…` being calls of its own repository at the same ref.

    NOTE: a step's `./…` is left alone: it means the folder that the run has checked out.
    """
    if isinstance(content, Action):
        return content
    return content._replace(jobs=tuple(_at_home(job, where) for job in content.jobs))


def _at_home(job: Job, where: Callee) -> Job:
    uses = job.uses
    if uses is None or uses.kind is not UsesKind.LOCAL:
        return job
    name = f"{where.repository}/{uses.name}"
    return job._replace(uses=Uses(UsesKind.REPOSITORY, name, where.ref, uses.value))
