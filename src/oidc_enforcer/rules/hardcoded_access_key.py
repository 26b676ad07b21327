"""An AWS access key is written in the file.

The key's id (`AKIA…`), its secret, or a Bedrock API key (`ABSK…`) stands in the workflow itself.
Examples from AWS's documentation and the stand-ins that MinIO or LocalStack accept are not keys and
are not reported.

## Why it matters

Everybody who can read the repository has the key, and so has its history: a later commit that
removes the line does not take the key back. Keys in public repositories are found and used within
minutes.

## Bad

```yaml
on: push
jobs:
  deploy:
    runs-on: ubuntu-latest
    env:
      AWS_ACCESS_KEY_ID: AKIAQ3EGRZ7WTNVKX5UM
      AWS_SECRET_ACCESS_KEY: ${{ secrets.AWS_SECRET_ACCESS_KEY }}
    steps:
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

1. Deactivate the key in IAM now; do not wait for the workflow to be changed.
2. Look in CloudTrail for what it was used for.
3. Let the job assume a role by OIDC. Do not move the key into a secret: it is already known.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from oidc_enforcer.facts import Facts
from oidc_enforcer.finding import Finding, Rule, Severity
from oidc_enforcer.rules.credential_findings import of_pair
from oidc_enforcer.source import Span
from oidc_enforcer.workflow.credentials import Credential
from oidc_enforcer.workflow.key_literals import LiteralKind, literal_kind
from oidc_enforcer.workflow.reading import Reading

RULE = Rule("hardcoded-access-key", "an AWS access key is written in the file", Severity.ERROR)

_LONG_LIVED = re.compile(
    r"(?<![A-Za-z0-9])(?:AKIA[A-Z0-9]{16}(?![A-Za-z0-9])|ABSK[A-Za-z0-9+/=]{40,})"
)
#: More than a report keeps of one file, so that it says that there are more.
_MAX_FINDINGS = 1001
_REMEDY = (
    "deactivate this key in IAM now, the history keeps it even when the line goes; "
    "then assume a role by OIDC"
)


def check(subject: Reading, facts: Facts) -> Iterator[Finding]:
    """Literal halves of pairs first, then every other key id in the text, comments as notes."""
    reported: list[Span] = []
    for credential in subject.credentials():
        if not credential.is_literal:
            continue
        reported += [credential.at, *(spot.span for spot in credential.others)]
        yield _of_pair(credential)
    text = subject.file.text
    if "AKIA" not in text and "ABSK" not in text:
        return
    left = {True: _MAX_FINDINGS, False: _MAX_FINDINGS}
    for span in _key_ids(text, reported):
        in_comment = _is_comment(subject, span)
        # NOTE: comments have a bound of their own, so that none of them hides a key in use.
        left[in_comment] -= 1
        if left[in_comment] < 0:
            continue
        where = "in a comment" if in_comment else "in the file"
        yield RULE.finding(
            subject.file,
            span,
            f"the id of an AWS access key stands {where}; {_REMEDY}",
            severity=Severity.NOTE if in_comment else None,
            identity=("comment" if in_comment else "text",),
        )


def _key_ids(text: str, reported: list[Span]) -> Iterator[Span]:
    """Where else in the text an id stands, or a key of Bedrock's."""
    for match in _LONG_LIVED.finditer(text):
        span = Span(*match.span())
        if any(known.start <= span.start < known.end for known in reported):
            continue
        if literal_kind(match.group()) in (LiteralKind.ACCESS_KEY_ID, LiteralKind.BEDROCK):
            yield span


def _of_pair(credential: Credential) -> Finding:
    message = f"`{credential.sink}` holds an AWS access key in plain text; {_REMEDY}"
    return of_pair(RULE, credential, message)


def _is_comment(subject: Reading, span: Span) -> bool:
    line = subject.file.region(span).line
    before = subject.file.text[subject.file.line_starts[line - 1] : span.start]
    # NOTE: a `#` behind a quote may stand in a string; then the key counts in full.
    return before.lstrip().startswith("#") or (" #" in before and not {'"', "'"} & set(before))
