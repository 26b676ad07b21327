"""A job assumes a role by OIDC and cannot mint a token.

The job (or the workflow, where the job says nothing) must grant `id-token: write`. A job's
`permissions` replaces the workflow's as a whole. A called workflow gets what its caller grants: a
caller whose block leaves `id-token` out makes GitHub refuse the run.

## Why it matters

The deployment fails with "Credentials could not be loaded" or, when a called workflow asks for more
than its caller has, does not start at all. The usual repair in a hurry is to put access keys back.

## Bad

```yaml
on: push
permissions:
  id-token: write
jobs:
  deploy:
    runs-on: ubuntu-latest
    permissions:
      contents: read
    steps:
      - uses: aws-actions/configure-aws-credentials@v4
        with:
          role-to-assume: arn:aws:iam::123456789012:role/deploy-site
          aws-region: eu-west-1
```

## Good

```yaml
on: push
jobs:
  deploy:
    runs-on: ubuntu-latest
    permissions:
      id-token: write
      contents: read
    steps:
      - uses: aws-actions/configure-aws-credentials@v4
        with:
          role-to-assume: arn:aws:iam::123456789012:role/deploy-site
          aws-region: eu-west-1
```

## Remediation

Add `id-token: write` to the job's `permissions`. A block lists everything that the job may do, so
keep (or add) `contents: read` for the checkout. For a called workflow, the calling job needs it
too.
"""

from __future__ import annotations

from collections.abc import Iterator

from oidc_enforcer.facts import Facts
from oidc_enforcer.finding import Finding, Place, Related, Rule, Severity, Skipped
from oidc_enforcer.workflow import job_credentials
from oidc_enforcer.workflow.credentials import JobCredentials, TokenUse
from oidc_enforcer.workflow.model import Job, Workflow
from oidc_enforcer.workflow.permissions import Grant, IdToken, own_grant
from oidc_enforcer.workflow.reading import Reading
from oidc_enforcer.workflow.surroundings import MAX_DEPTH, Surroundings

RULE = Rule(
    "missing-id-token", "a job assumes a role by OIDC and cannot mint a token", Severity.ERROR
)


def check(subject: Reading, facts: Facts) -> Iterator[Finding | Skipped]:
    """One finding per job: at its first use of the token, or at its call of a workflow."""
    workflow = subject.workflow
    if workflow is None:
        return
    for job, credentials in zip(workflow.jobs, subject.jobs, strict=True):
        grant = credentials.grant
        if grant.id_token is not IdToken.NONE or grant.by_caller:
            continue
        if job.uses is not None:
            yield from _call(workflow, job, grant, subject.surroundings)
        else:
            yield from _own_steps(workflow, job, credentials, grant)


def _own_steps(
    workflow: Workflow, job: Job, credentials: JobCredentials, grant: Grant
) -> Iterator[Finding | Skipped]:
    sure = [use for use in credentials.token_uses if not use.doubt]
    for use in credentials.token_uses:
        if use.doubt and not sure:
            reason = f"the step {use.what} without `id-token: write`, but {use.doubt}"
            yield RULE.skipped(workflow.file, use.at, reason, job=job.id, step=_index(use))
    if not sure:
        return
    use = sure[0]
    yield RULE.finding(
        workflow.file,
        use.at,
        f"the step {use.what}, but job `{job.id}` has no `id-token: write`: "
        f"{', '.join(grant.derivation)}; add it to the job's `permissions`",
        job=job.id,
        step=_index(use),
        related=_block(workflow, grant),
        identity=(use.what,),
    )


def _call(
    workflow: Workflow, job: Job, grant: Grant, surroundings: Surroundings
) -> Iterator[Finding]:
    assert job.uses is not None
    callee = surroundings.workflow(job.uses)
    need = _needed_by(callee, grant, surroundings) if callee else None
    if callee is None or need is None:
        return
    inner, what = need
    refused = "the called job gets no token"
    if own_grant(callee, inner).id_token is IdToken.WRITE:
        refused = "GitHub refuses to start the run"
    yield RULE.finding(
        workflow.file,
        job.uses.value.span,
        f"job `{inner.id}` of `{callee.file.path}` {what}, but this call passes no "
        f"`id-token: write` on ({', '.join(grant.derivation)}): {refused}; grant it to the "
        "calling job",
        job=job.id,
        related=(
            Related(Place.of(callee.file, inner.key), "the job that needs the token"),
            *_block(workflow, grant),
        ),
        identity=(job.uses.name,),
    )


def _needed_by(
    callee: Workflow, grant: Grant, surroundings: Surroundings, depth: int = 0
) -> tuple[Job, str] | None:
    """The first job of the callee (or of what it calls) that this grant leaves without a token.

    A callee's own block asks for the token; within one owner a caller that says nothing does not
    limit it, an explicit block does. A callee that says nothing gets what the caller passes on.
    """
    found = job_credentials.of_workflow(callee, surroundings)
    for job, credentials in zip(callee.jobs, found, strict=True):
        own = own_grant(callee, job)
        if own.id_token is IdToken.WRITE and grant.block is not None:
            return job, "asks for `id-token: write`"
        if own.id_token is IdToken.CALLER and any(not u.doubt for u in credentials.token_uses):
            return job, next(u.what for u in credentials.token_uses if not u.doubt)
        inner = surroundings.workflow(job.uses) if job.uses else None
        if inner is not None and depth < MAX_DEPTH and own.id_token is IdToken.CALLER:
            deeper = _needed_by(inner, grant, surroundings, depth + 1)
            if deeper is not None:
                return deeper
    return None


def _block(workflow: Workflow, grant: Grant) -> tuple[Related, ...]:
    if grant.block is None:
        return ()
    place = Place.of(workflow.file, grant.block.span)
    return (Related(place, "this block leaves `id-token` out"),)


def _index(use: TokenUse) -> int | None:
    return use.step.number if use.step else None
