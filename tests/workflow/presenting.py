"""Small repositories, and the tokens that their jobs present."""

from __future__ import annotations

from collections.abc import Mapping

from oidc_enforcer.iam.tokens import Repository
from oidc_enforcer.source import SourceFile
from oidc_enforcer.workflow import subjects
from oidc_enforcer.workflow.model import Action, Workflow
from oidc_enforcer.workflow.parse import parse
from oidc_enforcer.workflow.subject_texts import subject_texts
from oidc_enforcer.workflow.subjects import Subjects
from oidc_enforcer.workflow.surroundings import Surroundings

FOLDER = ".github/workflows/"
APP = Repository("acme", "app", "1001", "2001", immutable_subject=False)


def sources_of(files: Mapping[str, str]) -> dict[str, SourceFile]:
    """Files by their path; workflows are given by their short name, actions by their path."""
    named = {name if "/" in name else f"{FOLDER}{name}.yml": text for name, text in files.items()}
    return {path: SourceFile(path, text) for path, text in named.items()}


def surroundings(files: Mapping[str, str]) -> Surroundings:
    """What stands around files of a repository: each other."""
    sources = sources_of(files)

    def neighbour(path: str) -> Workflow | Action | None:
        return parse(sources[path]).content if path in sources else None

    callers = {
        path: tuple(other for other, one in sources.items() if f"./{path}" in one.text)
        for path in sources
    }
    return Surroundings(neighbour, callers)


def present(
    files: Mapping[str, str] | str,
    job: str = "deploy",
    repository: Repository = APP,
    stored: Mapping[str, str] | None = None,
) -> Subjects:
    """What a job of the first file presents."""
    files = {"deploy": files} if isinstance(files, str) else files
    around = surroundings(files)
    workflow = around.workflow_at(f"{FOLDER}{next(iter(files))}.yml")
    assert workflow is not None
    [found] = [each for each in workflow.jobs if each.id == job]
    return subjects.of_job(workflow, found, around, repository, stored or {})


def texts(found: Subjects, repository: Repository = APP) -> list[str]:
    """The subjects without the repository, each once, in order."""
    seen = dict.fromkeys(
        text.removeprefix("repo:acme/app:")
        for each in found.subjects
        for text in subject_texts(each.presented, repository)
    )
    return list(seen)


def workflow(on: str, job: str = "runs-on: ubuntu-latest") -> str:
    """A workflow of one job, `deploy`."""
    body = "\n".join(f"    {line}" for line in job.splitlines())
    return f"on: {on}\npermissions: {{id-token: write}}\njobs:\n  deploy:\n{body}\n"
