"""Which jobs count as users of AWS: every run that has access of its own, and none of them twice.

What a local action does is done by the job that uses it: an action is no job. A call hands its keys
over to the workflow that it calls: they are the call's, so that the called job counts only where it
has access besides. Where no caller is in sight, or one hands all secrets over by `inherit`, the
access is the called job's.
"""

from __future__ import annotations

from oidc_enforcer.workflow.credentials import Credential, JobCredentials
from oidc_enforcer.workflow.model import Workflow
from oidc_enforcer.workflow.surroundings import Surroundings

#: Callers beyond these are not asked what they hand over.
_MOST_CALLERS = 500


def is_counted(workflow: Workflow, found: JobCredentials, surroundings: Surroundings) -> bool:
    """Whether a job counts by itself, and not by the calls that lead to it."""
    if not workflow.only_called or not found.credentials:
        return True
    handed = surroundings.once(_handed_over, workflow)
    return not handed or not all(_comes_by(each, handed) for each in found.credentials)


def _comes_by(credential: Credential, handed: frozenset[str]) -> bool:
    if credential.pair is None:
        return False
    return all(origin.reference.lower() in handed for origin in credential.pair.origins)


def _handed_over(workflow: Workflow, surroundings: Surroundings) -> frozenset[str]:
    """`secrets.x` and `inputs.x` that every call in sight gives; empty without one."""
    common: frozenset[str] | None = None
    for path in surroundings.callers(workflow.file.path)[:_MOST_CALLERS]:
        caller = surroundings.workflow_at(path)
        for job in caller.jobs if caller is not None else ():
            if job.uses is None or surroundings.path_of(job.uses) != workflow.file.path:
                continue
            given = {f"secrets.{item.name.lower()}" for item in job.secrets}
            given |= {f"inputs.{item.name.lower()}" for item in job.inputs}
            common = frozenset(given) if common is None else common & given
    return common or frozenset()
