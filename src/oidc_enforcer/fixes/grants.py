"""Grants what is missing, takes what is too much, raises what is too old."""

from __future__ import annotations

from oidc_enforcer.facts import Facts
from oidc_enforcer.finding import Finding, Fix
from oidc_enforcer.fixes import permissions, releases
from oidc_enforcer.fixes.granting import Grantor
from oidc_enforcer.fixes.outline import Outline
from oidc_enforcer.fixes.proposal import Draft, NoFix
from oidc_enforcer.fixes.roles import steps_of
from oidc_enforcer.workflow.model import Permissions, Workflow
from oidc_enforcer.workflow.reading import Reading


def propose(reading: Reading, finding: Finding, facts: Facts) -> Fix:
    """The fix for a finding about permissions or releases; raises NoFix."""
    content, root = reading.parsed.content, reading.parsed.root
    if content is None or root is None:
        raise NoFix("the file could not be read to its end")
    outline = Outline(content.file, root)
    draft = Draft(content.file.path)
    if finding.rule == "outdated-credentials-action":
        for step in steps_of(content):
            if step.uses is not None and step.uses.value.span == finding.place.span:
                releases.raise_release(content.file, step, draft)
        return draft.fix("raise the credentials action to a release that GitHub runs")
    if not isinstance(content, Workflow):
        raise NoFix("an action has no permissions of its own")
    if finding.rule == "missing-id-token":
        job = next((job for job in content.jobs if job.id == finding.job), None)
        if job is None:
            raise NoFix("the job cannot be found")
        grantor = Grantor(draft, reading.surroundings, facts.default_token)
        grantor.grant(content, outline, [job])
        return draft.fix(f"let job `{job.id}` ask for an OIDC token")
    return _excess(reading, content, outline, finding, draft)


def _excess(
    reading: Reading, workflow: Workflow, outline: Outline, finding: Finding, draft: Draft
) -> Fix:
    block = next((b for b in _blocks(workflow) if b.grant_span == finding.place.span), None)
    if block is None:
        raise NoFix("the block cannot be found")
    permissions.revoke(workflow, outline, block, draft)
    if block is workflow.permissions:
        for job, found in zip(workflow.jobs, reading.jobs, strict=True):
            if job.permissions is None and (job.uses is not None or found.uses_token is not False):
                permissions.own_block(workflow, job, block, draft)
    return draft.fix("grant `id-token: write` only to the jobs that use it")


def _blocks(workflow: Workflow) -> list[Permissions]:
    found = [workflow.permissions, *(job.permissions for job in workflow.jobs)]
    return [block for block in found if block is not None]
