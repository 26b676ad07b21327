"""A file read to the end: its model, and the credentials of its jobs."""

from __future__ import annotations

from collections.abc import Iterator

from oidc_enforcer.records import NamedTuple
from oidc_enforcer.source import SourceFile
from oidc_enforcer.workflow import job_credentials
from oidc_enforcer.workflow.credentials import Credential, JobCredentials
from oidc_enforcer.workflow.elsewhere import named, with_own_actions
from oidc_enforcer.workflow.line_scan import StrayLine, stray_lines
from oidc_enforcer.workflow.model import Action, Workflow
from oidc_enforcer.workflow.parse import Parsed, parse
from oidc_enforcer.workflow.surroundings import Surroundings


class Reading(NamedTuple):
    """What the rules judge. `jobs` follows the workflow's jobs; an action has one entry.

    `stray` are credential-like lines of the part that could not be parsed.
    """

    parsed: Parsed
    jobs: tuple[JobCredentials, ...]
    stray: tuple[StrayLine, ...]
    surroundings: Surroundings

    @property
    def file(self) -> SourceFile:
        """The file that was read."""
        return self.parsed.file

    @property
    def workflow(self) -> Workflow | None:
        """The workflow, None when the file is an action or no workflow at all."""
        content = self.parsed.content
        return content if isinstance(content, Workflow) else None

    @property
    def action(self) -> Action | None:
        """The action, None when the file is a workflow or no action at all."""
        content = self.parsed.content
        return content if isinstance(content, Action) else None

    def credentials(self) -> Iterator[Credential]:
        """Each credential that enters in this file, once, in the order of the jobs."""
        seen: set[int] = set()
        for job in self.jobs:
            for credential in job.credentials:
                if credential.file is self.file and id(credential) not in seen:
                    seen.add(id(credential))
                    yield credential


def read(
    file: SourceFile,
    surroundings: Surroundings,
    *,
    is_action: bool | None = None,
    in_full: bool = False,
    is_elsewhere: bool = False,
) -> Reading:
    """Parses a file and follows its credentials; never raises on any text.

    `in_full` takes no short path where nothing can be found. `is_elsewhere`: its path is the key of
    a workflow of another repository.
    """
    parsed = parse(file, is_action=is_action)
    if is_elsewhere and isinstance(parsed.content, Workflow):
        own = with_own_actions(parsed.content, named(file.path))
        parsed = parsed._replace(content=own)
    jobs: tuple[JobCredentials, ...] = ()
    if isinstance(parsed.content, Workflow):
        jobs = job_credentials.of_workflow(parsed.content, surroundings, in_full=in_full)
    elif isinstance(parsed.content, Action):
        jobs = (job_credentials.of_action(parsed.content, surroundings, in_full=in_full),)
    stray = () if parsed.unread_from is None else tuple(_unread(parsed, jobs))
    return Reading(parsed, jobs, stray, surroundings)


def _unread(parsed: Parsed, jobs: tuple[JobCredentials, ...]) -> Iterator[StrayLine]:
    """What the line search adds: some text may be both in the tree and in the unread part."""
    assert parsed.unread_from is not None
    known = [
        span
        for job in jobs
        for credential in job.credentials
        if credential.file is parsed.file
        for span in (credential.at, *(spot.span for spot in credential.others))
    ]
    for stray in stray_lines(parsed.file, parsed.unread_from):
        if not any(s.start < stray.span.end and stray.span.start < s.end for s in known):
            yield stray
