"""No token that this job can present is accepted by its role.

What the job can present follows from its events, filters, conditions, environment and callers
(`oidc-enforcer subjects` prints it); what the role accepts follows from its trust policy. Where
the two have nothing in common, `AssumeRoleWithWebIdentity` is denied every time. Nothing is said
where some token may get in. The examples are for the repository `acme/app` (id 2001) of the owner
1001.

## Why it matters

The deployment fails with "Not authorized to perform sts:AssumeRoleWithWebIdentity", which does not
say what was refused. The usual repair in a hurry is a wildcard in the policy, or an access key.

## Bad

```yaml
on: {push: {branches: [main]}}
permissions: {id-token: write, contents: read}
jobs:
  deploy:
    runs-on: ubuntu-latest
    environment: production
    steps:
      - uses: aws-actions/configure-aws-credentials@v4
        with:
          role-to-assume: arn:aws:iam::123456789012:role/deploy
          aws-region: eu-west-1
```

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

```yaml
on: {push: {branches: [main]}}
permissions: {id-token: write, contents: read}
jobs:
  deploy:
    runs-on: ubuntu-latest
    environment: production
    steps:
      - uses: aws-actions/configure-aws-credentials@v4
        with:
          role-to-assume: arn:aws:iam::123456789012:role/deploy
          aws-region: eu-west-1
```

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
        "token.actions.githubusercontent.com:sub": "repo:acme/app:environment:production",
        "token.actions.githubusercontent.com:repository_id": "2001"
      }
    }
  }]
}
```

## Remediation

The message names the statement and the condition that refuse, what the job presents, what is
wanted, and the shortest way out. Change the policy or the job, whichever is not what you meant; do
not widen the policy by a wildcard.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from oidc_enforcer.facts import Facts
from oidc_enforcer.finding import Finding, Rule, Severity, Skipped

if TYPE_CHECKING:  # a run without policies does not pay for what judges them
    from oidc_enforcer.admission import Refused
    from oidc_enforcer.roles import JobUse, RoleReading

RULE = Rule(
    "unassumable-role",
    "no token that this job can present is accepted by its role",
    Severity.ERROR,
    "role",
)


def check(subject: RoleReading, facts: Facts) -> Iterator[Finding | Skipped]:
    """One finding per step whose tokens are all refused."""
    from oidc_enforcer.admission import Admission, admission
    from oidc_enforcer.roles import TOO_COMPLEX

    for use in subject.uses:
        match admission(subject, use):
            case Admission.NONE:
                yield _refused(subject, use)
            case Admission.CUSTOMISED:
                yield subject.skipped(
                    RULE,
                    "it wants a customised subject: say in the configuration what this"
                    " repository's `subject-template` is",
                    use=use,
                )
            case Admission.CASING:
                yield subject.skipped(
                    RULE,
                    "it names the job's environment in another casing, and GitHub does not say"
                    " which one its tokens have: write both alike",
                    use=use,
                )
            case Admission.UNSEEN:
                yield subject.skipped(RULE, "; ".join(use.gaps), use=use)
            case Admission.TOO_COMPLEX:
                yield subject.skipped(RULE, TOO_COMPLEX, use=use)


def _refused(subject: RoleReading, use: JobUse) -> Finding | Skipped:
    from oidc_enforcer.admission import refusal
    from oidc_enforcer.iam.searches import TooComplexError

    try:
        return _finding(subject, use, refusal(subject, use))
    except TooComplexError:
        return subject.skipped(RULE, "what the job presents is too complex to show", use=use)


def _finding(subject: RoleReading, use: JobUse, refused: Refused) -> Finding:
    on = f"on `{refused.event}` it presents `{refused.claims['sub']}`"
    causes = refused.answer.nearest
    if not causes:
        said = "no statement lets a GitHub token in: trust GitHub's provider in this account"
        return subject.finding(RULE, f"{_head(subject, use)}: {on}, and {said}", use=use)
    cause = causes[0]
    if cause.presented == f"`{refused.claims['sub']}`":
        said = f"on `{refused.event}`, {cause.sentence}"
    else:
        said = f"{on}, but {cause.sentence}"
    condition = cause.refusal.condition if cause.refusal else None
    place = condition.place if condition else cause.statement.place
    return subject.finding(
        RULE,
        f"{_head(subject, use)}: {said}; {cause.remedy}",
        at=place,
        use=use,
        identity=(use.job.id,),
    )


def _head(subject: RoleReading, use: JobUse) -> str:
    return f"no token that job `{use.job.id}` can present gets into {subject.name}"
