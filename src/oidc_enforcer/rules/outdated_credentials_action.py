"""A release of the credentials action that cannot use OIDC, or that GitHub no longer runs.

Early releases of `aws-actions/configure-aws-credentials` know nothing of OIDC, and releases built
for a Node.js version that GitHub has removed from its runners do not start.

## Why it matters

With a release that cannot use OIDC, access keys are the only way in. A release that no longer
starts breaks the deployment on a day that GitHub chooses.

## Bad

```yaml
on: push
jobs:
  deploy:
    runs-on: ubuntu-latest
    permissions:
      id-token: write
      contents: read
    steps:
      - uses: aws-actions/configure-aws-credentials@v1
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

Use a current major release, pinned by its commit's sha where your organisation pins actions.
"""

from __future__ import annotations

from collections.abc import Iterator

from oidc_enforcer.facts import Facts
from oidc_enforcer.finding import Finding, Rule, Severity
from oidc_enforcer.workflow import configure_aws
from oidc_enforcer.workflow.known_actions import LATEST_MAJOR, comment_behind, release_status
from oidc_enforcer.workflow.model import Step, Uses
from oidc_enforcer.workflow.reading import Reading

RULE = Rule(
    "outdated-credentials-action",
    "a release of the credentials action too old for OIDC or no longer run by GitHub",
    Severity.WARNING,
)


def check(subject: Reading, facts: Facts) -> Iterator[Finding]:
    """One finding per step that uses such a release."""
    workflow, action = subject.workflow, subject.action
    within = [(job.id, job.steps) for job in workflow.jobs] if workflow is not None else []
    for job, steps in [*within, *([(None, action.steps)] if action is not None else [])]:
        for step in steps:
            if step.uses is not None and step.uses.is_action(configure_aws.NAME):
                yield from _step(subject, step, step.uses, job)


def _step(subject: Reading, step: Step, uses: Uses, job: str | None) -> Iterator[Finding]:
    comment = comment_behind(subject.file.text, uses.value.span.end)
    status = release_status(uses.ref, comment)
    if status is None or not status.is_outdated:
        return
    why = "GitHub no longer runs it" if status.speaks_oidc else "it cannot use OIDC"
    yield RULE.finding(
        subject.file,
        uses.value.span,
        f"release `{uses.ref}` of `{uses.name}` is too old: {why}; use `@{LATEST_MAJOR}`",
        job=job,
        step=step.number,
        identity=(step.id or step.label, uses.ref),
    )
