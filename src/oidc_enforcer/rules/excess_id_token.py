"""`id-token: write` is granted to jobs that do not use it.

A job that may ask for an OIDC token can become whatever any role, registry or cloud trusts it to
be. The grant belongs on the job that logs in, and nowhere else. A job with a step that is not
known well enough to tell is not judged.

## Why it matters

Every step of the job can ask for the token: a compromised action in a test job that was granted it
at the workflow's top can deploy.

## Bad

```yaml
on: push
permissions:
  id-token: write
  contents: read
jobs:
  test:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - run: echo tested
  deploy:
    runs-on: ubuntu-latest
    steps:
      - uses: aws-actions/configure-aws-credentials@v4
        with:
          role-to-assume: arn:aws:iam::123456789012:role/deploy-site
          aws-region: eu-west-1
```

## Good

```yaml
on: push
permissions:
  contents: read
jobs:
  test:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - run: echo tested
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

Move `id-token: write` from the workflow to the job that assumes the role, or remove it where no job
does.
"""

from __future__ import annotations

from collections.abc import Iterator

from oidc_enforcer.facts import Facts
from oidc_enforcer.finding import Finding, Rule, Severity, Skipped
from oidc_enforcer.workflow import callees
from oidc_enforcer.workflow.credentials import JobCredentials
from oidc_enforcer.workflow.model import Job, Permissions
from oidc_enforcer.workflow.permissions import IdToken
from oidc_enforcer.workflow.reading import Reading
from oidc_enforcer.workflow.surroundings import Surroundings

RULE = Rule(
    "excess-id-token", "`id-token: write` is granted to jobs that do not use it", Severity.WARNING
)

Judged = tuple[Job, bool | None]


def check(subject: Reading, facts: Facts) -> Iterator[Finding | Skipped]:
    """One finding per grant, naming the jobs that could do without it."""
    workflow = subject.workflow
    if workflow is None:
        return
    by_block: dict[Permissions, list[Judged]] = {}
    for job, credentials in zip(workflow.jobs, subject.jobs, strict=True):
        grant = credentials.grant
        if grant.block is not None and grant.id_token is IdToken.WRITE:
            uses_token = _uses_token(job, credentials, subject.surroundings)
            by_block.setdefault(grant.block, []).append((job, uses_token))
    for block, jobs in by_block.items():
        yield from _judge(subject, block, jobs)


def _uses_token(job: Job, credentials: JobCredentials, surroundings: Surroundings) -> bool | None:
    """Whether the job, or the workflow that it calls, has use for the token; None for unknown."""
    if job.uses is None:
        return credentials.uses_token
    callee = surroundings.workflow(job.uses)
    return callees.uses_token(callee, surroundings) if callee else None


def _judge(subject: Reading, block: Permissions, jobs: list[Judged]) -> Iterator[Finding | Skipped]:
    idle = [job.id for job, uses_token in jobs if uses_token is False]
    unknown = [job for job, uses_token in jobs if uses_token is None]
    only = jobs[0][0].id if len(jobs) == 1 else None
    if idle:
        never = "never does" if len(idle) == 1 else "never do"
        yield RULE.finding(
            subject.file,
            block.grant_span,
            f"{_named(idle)} may ask for an OIDC token and {never}; "
            "grant `id-token: write` only to the job that needs it",
            job=only,
            identity=tuple(sorted(idle)),
        )
    if unknown and len(unknown) + len(idle) == len(jobs):
        called = all(job.uses is not None for job in unknown)
        what = "what it calls" if called and only else "what they call" if called else "a step"
        reason = (
            f"{_named([job.id for job in unknown])}: "
            f"{what} is not known well enough to tell whether it uses the token"
        )
        yield RULE.skipped(subject.file, block.grant_span, reason, job=only)


def _named(jobs: list[str]) -> str:
    shown = ", ".join(f"`{job}`" for job in jobs[:5])
    more = f" and {len(jobs) - 5} more" if len(jobs) > 5 else ""
    return f"{'job' if len(jobs) == 1 else 'jobs'} {shown}{more}"
