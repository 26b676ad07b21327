"""Trust tied to names that somebody else can register later, not to immutable ids.

`repo:acme/app:…` is whoever owns the name `acme/app` when the token is minted. After the
organisation or the repository is renamed or deleted, somebody else can take the name. Ids are never
given away again. The examples are for the repository `acme/app` (id 2001) of the owner 1001.

## Why it matters

Roles outlive repositories. One that trusts a name which has become free can be assumed by the next
who registers it, and nothing in AWS changes when that happens.

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
        "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
        "token.actions.githubusercontent.com:sub": "repo:acme/app:ref:refs/heads/main"
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

Add a condition on `repository_id` (or on `repository_owner_id`, where all of an owner's
repositories may come in), or let GitHub mint immutable subjects and pin
`repo:acme@1001/app@2001:ref:refs/heads/main`. `gh api repos/acme/app --jq '.id, .owner.id'` prints
both ids.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from oidc_enforcer.facts import Facts
from oidc_enforcer.finding import Finding, Rule, Severity, Skipped

if TYPE_CHECKING:  # a run without policies does not pay for what judges them
    from oidc_enforcer.roles import RoleReading

RULE = Rule(
    "recyclable-trust",
    "trust tied to names that somebody else can register later, not to immutable ids",
    Severity.NOTE,
    "role",
)


def check(subject: RoleReading, facts: Facts) -> Iterator[Finding | Skipped]:
    """One note per role that is tied to names alone."""
    from oidc_enforcer.iam.identity import Identity

    if subject.whole.managed or subject.whole.identity is not Identity.NAME:
        return
    statement = subject.way_in()
    repository = subject.repository
    yield subject.finding(
        RULE,
        f"{subject.name} is tied to the name `{repository.full_name}`, which somebody else can"
        " register once it is free; add a condition on `repository_id`"
        + (f": {repository.id}" if repository.id else ""),
        at=statement.place if statement else None,
    )
