"""A role is given, but the keys beside it win, so OIDC is never used.

`aws-actions/configure-aws-credentials` uses OIDC only when `aws-access-key-id` is empty. Where
both stand in one step, the IAM user's key is used to assume the role, and `id-token: write` does
nothing. `use-existing-credentials` with keys in the environment has the same effect.

## Why it matters

The step looks migrated and is not. The stored key is still needed, still permanent and still the
weakest way in, and nobody will notice when it leaks.

## Bad

```yaml
on: push
permissions:
  id-token: write
  contents: read
jobs:
  deploy:
    runs-on: ubuntu-latest
    steps:
      - uses: aws-actions/configure-aws-credentials@v4
        with:
          role-to-assume: arn:aws:iam::123456789012:role/deploy-site
          aws-access-key-id: ${{ secrets.AWS_ACCESS_KEY_ID }}
          aws-secret-access-key: ${{ secrets.AWS_SECRET_ACCESS_KEY }}
          aws-region: eu-west-1
```

## Good

```yaml
on: push
permissions:
  id-token: write
  contents: read
jobs:
  deploy:
    runs-on: ubuntu-latest
    steps:
      - uses: aws-actions/configure-aws-credentials@v4
        with:
          role-to-assume: arn:aws:iam::123456789012:role/deploy-site
          aws-region: eu-west-1
```

## Remediation

Remove the two key inputs. If the role's trust policy names the IAM user, let it name this
repository's branch or environment instead, and check that the job has `id-token: write`.
"""

from __future__ import annotations

from collections.abc import Iterator

from oidc_enforcer.facts import Facts
from oidc_enforcer.finding import Finding, Rule, Severity
from oidc_enforcer.rules.credential_findings import of_pair
from oidc_enforcer.workflow.permissions import IdToken
from oidc_enforcer.workflow.reading import Reading

RULE = Rule("bypassed-oidc", "keys beside a role win, so OIDC is never used", Severity.ERROR)


def check(subject: Reading, facts: Facts) -> Iterator[Finding]:
    """One finding per pair that stands beside a role; it replaces `static-credentials` there."""
    without_token = {
        found.job.id
        for found in subject.jobs
        if found.job is not None and found.grant.id_token is IdToken.NONE
    }
    for credential in subject.credentials():
        if not credential.bypasses or credential.is_literal:
            continue
        grant = ""
        if credential.job_id in without_token:
            grant = " and grant the job `id-token: write`"
        yield of_pair(
            RULE,
            credential,
            f"an IAM user's access key from {credential.source} wins over the role beside it, "
            f"so OIDC is never used; remove the keys{grant}",
        )
