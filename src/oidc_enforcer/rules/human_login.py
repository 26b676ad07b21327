"""A person's login is scripted in CI.

`aws sso login`, saml2aws, aws-vault and their like are made for people: they open a browser, ask
for a password or a second factor, or read a keyring. A workflow that calls them runs on
somebody's session, or on somebody's password in a secret.

## Why it matters

CI then acts as that person, with all that the person may do, and stops when the person leaves,
changes the password or is asked for a second factor.

## Bad

```yaml
on: push
jobs:
  deploy:
    runs-on: ubuntu-latest
    steps:
      - run: |
          aws sso login --profile deploy --no-browser
          aws s3 sync site s3://example-bucket --profile deploy
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

Give the workflow a role of its own and let it assume that role by OIDC. People keep their login.
"""

from __future__ import annotations

from collections.abc import Iterator

from oidc_enforcer.facts import Facts
from oidc_enforcer.finding import Finding, Rule, Severity
from oidc_enforcer.rules.credential_findings import of_credential
from oidc_enforcer.workflow.credentials import Kind
from oidc_enforcer.workflow.reading import Reading

RULE = Rule("human-login", "a person's login is scripted in CI", Severity.WARNING)


def check(subject: Reading, facts: Facts) -> Iterator[Finding]:
    """One finding per login command."""
    for credential in subject.credentials():
        if credential.kind is not Kind.HUMAN:
            continue
        yield of_credential(
            RULE,
            credential,
            f"this is the {credential.source}, and a workflow has no person behind it; "
            "assume a role by OIDC",
            identity=(credential.step_label, credential.source),
        )
