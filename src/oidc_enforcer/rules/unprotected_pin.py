"""A role is pinned to a branch or an environment that GitHub does not protect.

A trust policy that admits only `main`, or only the environment `production`, is as tight as what
GitHub lets onto that branch or into that environment. This rule looks at the other end of the pin:
the branch's rules and protection, the environment's reviewers and the branches that may deploy to
it. It needs facts from GitHub, so it speaks only where these were asked for.

## Why it matters

Whoever may push to the branch, or may create the environment by naming it in a workflow, gets the
role. In most organisations that is everybody with write access.

## Bad

```yaml
# the environment `production` lets every branch deploy
on: push
jobs:
  deploy:
    runs-on: ubuntu-latest
    environment: production
    permissions:
      id-token: write
      contents: read
    steps:
      - uses: aws-actions/configure-aws-credentials@v4
        with:
          role-to-assume: arn:aws:iam::123456789012:role/deploy-site
          aws-region: eu-west-1
      - run: aws s3 sync site s3://example-bucket
```

## Good

```yaml
# the environment `reviewed` admits `main` alone, and `main` takes approved pull requests
on: push
jobs:
  deploy:
    runs-on: ubuntu-latest
    environment: reviewed
    permissions:
      id-token: write
      contents: read
    steps:
      - uses: aws-actions/configure-aws-credentials@v4
        with:
          role-to-assume: arn:aws:iam::123456789012:role/deploy-site
          aws-region: eu-west-1
      - run: aws s3 sync site s3://example-bucket
```

## Remediation

For a branch: a ruleset that requires pull requests with an approval. For an environment: a
deployment branch policy that names the branch, and the branch protected; or required reviewers.
Create the environment before a workflow names it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from oidc_enforcer.facts import Facts, Unavailable
from oidc_enforcer.finding import Finding, Rule, Severity, Skipped
from oidc_enforcer.source import Span
from oidc_enforcer.workflow.credentials import Kind
from oidc_enforcer.workflow.reading import Reading

if TYPE_CHECKING:  # only where GitHub was asked
    from oidc_enforcer.protection import Protection

RULE = Rule(
    "unprotected-pin",
    "a role is pinned to a branch or an environment that GitHub does not protect",
    Severity.WARNING,
)


def check(subject: Reading, facts: Facts) -> Iterator[Finding | Skipped]:
    """One outcome for each environment, and for the branch, of jobs that assume a role by OIDC."""
    if facts.protection is None or subject.workflow is None:
        return
    from oidc_enforcer.workflow.environments import environment_name

    seen: set[str] = set()
    for found in subject.jobs:
        oidc = next((one for one in found.credentials if one.kind is Kind.OIDC), None)
        if oidc is None or oidc.file is not subject.file or found.job is None:
            continue
        name = environment_name(found.job)
        text = name.text.strip() if name is not None else ""
        if text.lower() in seen:
            continue
        seen.add(text.lower())
        if name is not None and "${{" in text:
            reason = "which environment this is only the run can tell"
            yield RULE.skipped(subject.file, name.span, reason, job=found.job.id)
        elif name is not None:
            yield from _environment(subject, name.span, text, facts.protection, found.job.id)
        else:
            for branch in _pinned(facts, facts.protection):
                yield from _branch(subject, oidc.at, branch, facts.protection, found.job.id)


def _pinned(facts: Facts, protection: Protection) -> Iterator[str]:
    """The branches that may use roles: those that the configuration names, else the default one."""
    allowed = facts.config.allowed
    if allowed is None:
        yield protection.default_branch
        return
    for entry in allowed:
        kind, _, name = entry.partition(":")
        if kind == "branch" and "*" not in name and "?" not in name:
            yield name


def _branch(
    subject: Reading, at: Span, name: str, protection: Protection, job: str
) -> Iterator[Finding | Skipped]:
    branch = protection.branches.get(name)
    if branch is None:
        return  # nobody asked
    if isinstance(branch.pushes, Unavailable):
        reason = f"how branch `{name}` is protected: {branch.pushes.reason}"
        yield RULE.skipped(subject.file, at, reason, job=job)
    elif weakness := protection.weakness(branch):
        severity = Severity.NOTE if weakness.is_slight else None
        identity = ("branch", name)
        yield RULE.finding(
            subject.file, at, weakness.words, severity=severity, job=job, identity=identity
        )


def _environment(
    subject: Reading, at: Span, name: str, protection: Protection, job: str
) -> Iterator[Finding | Skipped]:
    if name.lower() not in protection.environments:
        return  # nobody asked
    found = protection.environments[name.lower()]
    if isinstance(found, Unavailable):
        reason = f"how environment `{name}` is protected: {found.reason}"
        yield RULE.skipped(subject.file, at, reason, job=job)
    elif weakness := protection.environment_weakness(name, found):
        identity = ("environment", name.lower())
        yield RULE.finding(subject.file, at, weakness.words, job=job, identity=identity)
