"""A trust condition that looks like a limit and is always true (or never true).

A condition is put to every token that GitHub can mint, whoever asks for it. One that all of them
satisfy limits nothing; one that none satisfies shuts everybody out, or in a Deny statement nobody.
AWS sees ten of GitHub's claims and no others: a condition on `repository_owner`, `event_name` or
`head_ref` is about a key that is never there. The examples are for the repository `acme/app` (id
2001) of the owner 1001.

## Why it matters

A reader of the policy believes that it is limited. With `…IfExists`, `ForAllValues:` or a negated
operator a key that is never there makes the condition true for everybody.

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
      },
      "StringEqualsIfExists": {
        "token.actions.githubusercontent.com:repository_owner": "acme"
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

Ask for a claim that AWS sees (`sub`, `repository_id`, `repository_owner_id`, `job_workflow_ref`,
`ref`, `environment`) with `StringEquals` or `StringLike`, or take the condition out.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from oidc_enforcer.facts import Facts
from oidc_enforcer.finding import Finding, Rule, Severity, Skipped

if TYPE_CHECKING:  # a run without policies does not pay for what judges them
    from oidc_enforcer.roles import RoleReading

RULE = Rule(
    "vacuous-condition",
    "a trust condition that looks like a limit and is always true (or never true)",
    Severity.ERROR,
    "role",
)


def check(subject: RoleReading, facts: Facts) -> Iterator[Finding | Skipped]:
    """One finding per condition."""
    from oidc_enforcer.iam.vacuity import vacuous_conditions, way_out

    if subject.whole.managed:
        return
    applying = (subject.statement(each.claims, each.context) for each in subject.whole.witnesses)
    numbers = frozenset(statement.number for statement in applying if statement)
    for found in vacuous_conditions(subject.role.policy, subject.repository, numbers):
        condition = found.condition
        holds = "every" if found.always else "no"
        follows = "so it limits nothing" if found.always else "so the statement never applies"
        yield subject.finding(
            RULE,
            f"{subject.name}, statement {found.statement}: `{condition.operator}` on"
            f" `{condition.key}` holds for {holds} token of GitHub's, {follows};"
            f" {way_out(found, subject.repository)}",
            at=condition.place,
            identity=(str(found.statement), condition.operator, condition.key),
        )
