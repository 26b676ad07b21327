"""A stored AWS key is older than the organisation allows.

`max-key-age` in the configuration says after how many days a key that is stored as a secret has to
be replaced. GitHub tells when each secret was last set; this rule compares the two, for secrets
that a workflow uses as an AWS key. It needs a token that may read the names of secrets (`secrets:
read`), which a workflow's own token never has; without one the report says that it could not tell.
Below the workflow stands what `gh api repos/acme/app/actions/secrets` prints; the day is 2026-11-22
and `max-key-age` is 90.

## Why it matters

Whoever has seen the key once, in a log, on a laptop or in a former job, still has it. The older it
is, the more people that are. That a secret was set again does not prove that the key is another
one, so what this rule says is the least that can be true.

## Bad

```yaml
on: push
jobs:
  deploy:
    runs-on: ubuntu-latest
    steps:
      - uses: aws-actions/configure-aws-credentials@v4
        with:
          aws-access-key-id: ${{ secrets.AWS_ACCESS_KEY_ID }}
          aws-secret-access-key: ${{ secrets.AWS_SECRET_ACCESS_KEY }}
          aws-region: eu-west-1
      - run: aws s3 sync site s3://example-bucket
```

```json
{"total_count": 2, "secrets": [
  {"name": "AWS_ACCESS_KEY_ID", "created_at": "2023-03-01T09:00:00Z",
   "updated_at": "2023-03-01T09:00:00Z"},
  {"name": "AWS_SECRET_ACCESS_KEY", "created_at": "2023-03-01T09:00:00Z",
   "updated_at": "2023-03-01T09:00:00Z"}
]}
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
      - run: aws s3 sync site s3://example-bucket
```

```json
{"total_count": 0, "secrets": []}
```

## Remediation

Use OIDC, then deactivate the key in IAM and delete the secret. Until then make a new key, store it,
and deactivate the old one.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from oidc_enforcer.facts import Facts
from oidc_enforcer.finding import Finding, Rule, Severity, Skipped
from oidc_enforcer.rules.credential_findings import of_credential, skipped
from oidc_enforcer.workflow.credentials import Credential, Kind
from oidc_enforcer.workflow.reading import Reading

if TYPE_CHECKING:  # only where GitHub was asked
    from oidc_enforcer.stored_secrets import Secrets

RULE = Rule(
    "unrotated-secret",
    "a stored AWS key is older than the policy allows",
    Severity.WARNING,
    needs="secrets",
)
_LONG_LIVED = frozenset({Kind.STATIC, Kind.STATIC_FALLBACK})


def check(subject: Reading, facts: Facts) -> Iterator[Finding | Skipped]:
    """One finding per credential of this file whose secret is too old."""
    if facts.secrets is None or facts.config.max_key_age is None:
        return
    for credential in subject.credentials():
        if credential.kind in _LONG_LIVED:
            yield from _of_credential(credential, facts.secrets, facts.config.max_key_age, facts)


def _of_credential(
    credential: Credential, stored: Secrets, most: int, facts: Facts
) -> Iterator[Finding | Skipped]:
    from oidc_enforcer.config.dates import days_between
    from oidc_enforcer.workflow.environments import written_environment

    environment = written_environment(credential.job) if credential.job else None
    if environment is None and any(map(stored.goes_by_environment, credential.secrets)):
        reason = "which environment's secret this is, only the run can tell"
        yield skipped(RULE, credential, reason)
        return
    # NOTE: a new key has two new halves, so the key is as old as its older half.
    halves = (stored.given(name, environment or "") for name in credential.secrets)
    found = min((one for one in halves if one), key=lambda one: one.updated, default=None)
    age = days_between(found.updated, facts.today) if found else 0
    if found is not None and age > most:
        yield of_credential(
            RULE,
            credential,
            f"the secret `{found.name}` of {found.whose} was last set {age} days ago"
            f" ({found.updated[:10]}), and a stored key may be {most} days old",
            identity=(found.name, credential.step_label),
        )
