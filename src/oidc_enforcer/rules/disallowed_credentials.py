"""A job uses a class of credentials that the organisation does not allow.

Nothing is stored, and yet it is not what was agreed on: IAM Roles Anywhere, a broker such as Vault,
a runner's own role, where `allowed-credentials` in the configuration names other classes; or a role
in an account that `allowed-accounts` does not name. By default all of these are allowed, so this
rule finds nothing until somebody configures it.

## Why it matters

Each way to AWS has to be reviewed, watched and switched off in an emergency. An organisation that
has chosen one cannot do that for the others.

A pair that is stored with its session token (`stored-temporary`) is a note of `static-credentials`
by default. Whoever names the allowed classes forbids it by leaving it out: no file tells whether
the token is empty, and with an empty one the pair is a long-lived key.

## Bad

```yaml
# with `allowed-credentials: [oidc, temporary]`
on: push
jobs:
  deploy:
    runs-on: ubuntu-latest
    permissions:
      id-token: write
    steps:
      - uses: hashicorp/vault-action@v3
        with:
          url: https://vault.example.com
          method: jwt
          role: deploy
          secrets: |
            aws/creds/deploy access_key | AWS_ACCESS_KEY_ID ;
            aws/creds/deploy secret_key | AWS_SECRET_ACCESS_KEY
      - run: aws s3 sync site s3://example-bucket
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

## Remediation

Use an allowed class, or ask whoever keeps the organisation's configuration to allow this one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from oidc_enforcer.facts import Facts
from oidc_enforcer.finding import Finding, Rule, Severity, Skipped
from oidc_enforcer.report import ALLOWED_CLASSES
from oidc_enforcer.rules.credential_findings import of_credential, skipped
from oidc_enforcer.workflow.credentials import Credential, Kind
from oidc_enforcer.workflow.reading import Reading
from oidc_enforcer.workflow.slots import Slot

RULE = Rule(
    "disallowed-credentials",
    "a job uses a class of credentials that the organisation does not allow",
    Severity.ERROR,
)


def check(subject: Reading, facts: Facts) -> Iterator[Finding | Skipped]:
    """One finding per credential of a class that the defaults allow and the configuration not.

    Those that the defaults do not allow have rules of their own, but for what these call a note.
    One per role in another account.
    """
    if facts.config.allowed_accounts:
        for credential in subject.credentials():
            if credential.role is not None and credential.kind is Kind.OIDC:
                yield from _of_account(credential, credential.role, facts)
    for credential in subject.credentials():
        kind = credential.kind.value
        if not is_disallowed(credential.kind, facts):
            continue
        allowed = ", ".join(f"`{each}`" for each in sorted(facts.config.allowed_credentials))
        yield of_credential(
            RULE,
            credential,
            f"credentials of class `{kind}` ({credential.source}) are not allowed here;"
            f" allowed are {allowed or 'none'}",
            identity=(kind, credential.step_label, credential.source),
        )


_NAMED = ALLOWED_CLASSES | {Kind.STORED_TEMPORARY.value}


def is_disallowed(kind: Kind, facts: Facts) -> bool:
    """Whether somebody has named the allowed classes, and this one, no error elsewhere, is none."""
    allowed = facts.config.allowed_credentials
    return not allowed >= ALLOWED_CLASSES and kind.value not in allowed and kind.value in _NAMED


def _of_account(credential: Credential, role: Slot, facts: Facts) -> Iterator[Finding | Skipped]:
    """Whether a role is in an account that is allowed."""
    account = _account(role, facts)
    if account is None:
        reason = "in which account the role is that is assumed here, is not known"
        yield skipped(RULE, credential, reason)
    elif account not in facts.config.allowed_accounts:
        allowed = ", ".join(f"`{each}`" for each in facts.config.allowed_accounts)
        yield of_credential(
            RULE,
            credential,
            f"a role in account {account} is assumed, which is not allowed here; allowed are"
            f" {allowed}",
            identity=(account, credential.step_label),
        )


def _account(role: Slot, facts: Facts) -> str | None:
    """The account in the role's ARN, as far as it is written or the configuration tells it."""
    text = role.value.strip()
    for reference in role.template.flows:
        if len(role.template.parts) == 1:
            text = facts.config.stored.get(reference.dotted.lower(), "")
    found = re.match(r"arn:aws[a-z0-9-]*:iam::([0-9]{12}):role/", text)
    return found[1] if found else None
