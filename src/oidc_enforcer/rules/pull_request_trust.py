"""A role accepts unreviewed pull requests.

The token of a run on `pull_request` says neither which branch nor which pull request it is for:
its subject ends in `:pull_request`. A policy that lets it in lets in the code of every pull request
of the repository. Pull requests from forks get no token, unless a private repository's settings
give them one. The examples are for the repository `acme/app` (id 2001) of the owner 1001.

## Why it matters

A pull request runs the workflow and the code that its author wrote, before anybody has looked at
it. Everybody who can push a branch can so use the role, whatever protects the default branch.

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
        "token.actions.githubusercontent.com:sub": [
          "repo:acme/app:ref:refs/heads/main",
          "repo:acme/app:pull_request"
        ]
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

Take `pull_request` out of the policy. Where pull requests need something of AWS (a plan, a test),
give them a role of their own that can only read, and say `pull-request` under `allowed` in the
configuration of the repository.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from oidc_enforcer.facts import Facts
from oidc_enforcer.finding import Finding, Rule, Severity, Skipped

if TYPE_CHECKING:  # a run without policies does not pay for what judges them
    from oidc_enforcer.roles import RoleReading

RULE = Rule("pull-request-trust", "a role accepts unreviewed pull requests", Severity.ERROR, "role")


def check(subject: RoleReading, facts: Facts) -> Iterator[Finding | Skipped]:
    """One finding per role."""
    from oidc_enforcer.iam.contexts import ReachClass
    from oidc_enforcer.roles import TOO_COMPLEX

    if subject.beyond.managed or subject.allowed.pull_requests:
        return
    found = subject.outsiders()
    if found is None:
        yield subject.skipped(RULE, TOO_COMPLEX)
        return
    pulls = [each for each in found if each.reach is ReachClass.PULL_REQUEST]
    if pulls and subject.beyond.undetermined:
        yield subject.skipped(RULE, "; ".join(subject.beyond.undetermined))
    elif pulls:
        by, place = subject.entry(pulls[0])
        yield subject.finding(
            RULE,
            f"{subject.name} accepts pull requests, whose code nobody has reviewed:"
            f" `{pulls[0].claims['sub']}` gets in{by}; take it out, or give pull requests a role of"
            " their own that can only read",
            at=place,
        )
    else:
        for doubt in subject.beyond.unsettled:
            if doubt.is_of_pull_requests:
                yield subject.skipped(RULE, doubt.reason)
