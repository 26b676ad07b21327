"""No `aud` condition.

STS takes a token only if its audience is registered with the provider, so that a policy without a
condition on `aud` takes every audience that is registered there, now or later. The examples are for
the repository `acme/app` (id 2001) of the owner 1001.

## Why it matters

Any workflow can ask for any audience, so `aud` does not tell who asks. It tells what the token is
for: one that was minted for another service and has leaked from there should open no role.

## Bad

```json
{
  "Version": "2012-10-17",
  "Statement": [{
    "Effect": "Allow",
    "Principal": {
      "Federated":
        "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"
    },
    "Action": "sts:AssumeRoleWithWebIdentity",
    "Condition": {
      "StringEquals": {
        "token.actions.githubusercontent.com:sub": "repo:acme/app:ref:refs/heads/main",
        "token.actions.githubusercontent.com:repository_id": "2001"
      }
    }
  }]
}
```

## Good

```json
{
  "Version": "2012-10-17",
  "Statement": [{
    "Effect": "Allow",
    "Principal": {
      "Federated":
        "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"
    },
    "Action": "sts:AssumeRoleWithWebIdentity",
    "Condition": {
      "StringEquals": {
        "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
        "token.actions.githubusercontent.com:sub": "repo:acme/app:ref:refs/heads/main",
        "token.actions.githubusercontent.com:repository_id": "2001"
      }
    }
  }]
}
```

## Remediation

Add `"token.actions.githubusercontent.com:aud": "sts.amazonaws.com"` under `StringEquals`, or the
audience that the workflow asks for.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from oidc_enforcer.facts import Facts
from oidc_enforcer.finding import Finding, Rule, Severity, Skipped

if TYPE_CHECKING:  # a run without policies does not pay for what judges them
    from oidc_enforcer.roles import RoleReading

RULE = Rule("missing-audience", "no `aud` condition", Severity.NOTE, "role")


def check(subject: RoleReading, facts: Facts) -> Iterator[Finding | Skipped]:
    """One note per role."""
    if subject.whole.managed or not subject.whole.any_audience:
        return
    statement = subject.way_in()
    by = f"statement {statement.number}" if statement else "its policy"
    yield subject.finding(
        RULE,
        f"{subject.name} takes tokens for any audience: {by} has no condition on `aud`; ask for"
        " `sts.amazonaws.com`",
        at=statement.place if statement else None,
    )
