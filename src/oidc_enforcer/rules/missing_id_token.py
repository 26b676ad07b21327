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
too. `oidc-enforcer fix` shows these edits as a diff; `--write` makes them.
"""

from __future__ import annotations

from collections.abc import Iterator

from oidc_enforcer.facts import Facts
from oidc_enforcer.finding import Finding, Place, Related, Rule, Severity, Skipped
from oidc_enforcer.workflow.call_inputs import may_run
from oidc_enforcer.workflow.callees import Need, first_need
from oidc_enforcer.workflow.credentials import JobCredentials
from oidc_enforcer.workflow.model import Job, Workflow
from oidc_enforcer.workflow.permissions import Grant, IdToken
from oidc_enforcer.workflow.reading import Reading
from oidc_enforcer.workflow.surroundings import Surroundings

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
        if not may_run(job.condition):
            continue
        if grant.id_token is IdToken.UNKNOWN:
            yield from _undecided(workflow, job, credentials)
        elif grant.id_token is not IdToken.NONE or grant.by_caller:
            continue
        elif job.uses is not None:
            yield from _call(workflow, job, grant, subject.surroundings)
        else:
            yield from _own_steps(workflow, job, credentials)


def _own_steps(
    workflow: Workflow, job: Job, credentials: JobCredentials
) -> Iterator[Finding | Skipped]:
    uses = list(credentials.running_uses())
    sure = [use for use in uses if not use.doubt]
    if not sure:
        for use in uses:
            reason = f"the step {use.what} without `id-token: write`, but {use.doubt}"
            yield RULE.skipped(workflow.file, use.at, reason, job=job.id, step=use.step_number)
        return
    use, grant = sure[0], credentials.grant
    remedy = "add it to the job's `permissions`"
    if grant.block is None:
        remedy = "give the job `permissions: {id-token: write, contents: read}`"
    yield RULE.finding(
        workflow.file,
        use.at,
        f"the step {use.what}, but job `{job.id}` has no `id-token: write`: "
        f"{grant.reason}; {remedy}",
        job=job.id,
        step=use.step_number,
        related=_block(workflow, grant),
        identity=(use.what,),
    )


def _undecided(workflow: Workflow, job: Job, credentials: JobCredentials) -> Iterator[Skipped]:
    for use in credentials.running_uses():
        reason = f"the step {use.what}: {credentials.grant.derivation[-1]}"
        yield RULE.skipped(workflow.file, use.at, reason, job=job.id, step=use.step_number)


def _call(
    workflow: Workflow, job: Job, grant: Grant, surroundings: Surroundings
) -> Iterator[Finding | Skipped]:
    assert job.uses is not None
    callee = surroundings.workflow(job.uses)
    if callee is None:
        return
    need = first_need(callee, workflow, job, surroundings, is_limited=grant.is_explicit)
    if need is None:
        return
    at = job.uses.value.span
    if not need.what:
        reason = f"job `{job.id}` leads to more calls of workflows than are followed"
        yield RULE.skipped(workflow.file, at, reason, job=job.id)
        return
    yield RULE.finding(
        workflow.file,
        at,
        f"{need.name} {need.what}, but this call passes no `id-token: write` on "
        f"({grant.reason}): {_consequence(need)}; grant it to the calling job",
        job=job.id,
        related=(_there(need), *_block(workflow, grant)),
        identity=(job.uses.name,),
    )


def _consequence(need: Need) -> str:
    return "GitHub refuses to start the run" if need.is_refused else "the called job gets no token"


def _there(need: Need) -> Related:
    said = "asked for here" if need.is_refused else "the job that needs the token"
    return Related(Place(need.path, need.span, need.region), said)


def _block(workflow: Workflow, grant: Grant) -> tuple[Related, ...]:
    if grant.block is None:
        return ()
    place = Place.of(workflow.file, grant.block.span)
    return (Related(place, "this block leaves `id-token` out"),)
