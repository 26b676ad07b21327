"""A workflow that GitHub would refuse, or that could not be judged.

The file does not parse as GitHub parses YAML, says something twice, or says something that no
workflow may say. What could be read is judged as usual; the rest is searched line by line for keys.
A file beyond our bounds (4 MiB characters, 100 levels, 250,000 YAML events) is not judged further.

## Why it matters

GitHub does not run a broken workflow, and what it should do is left undone until somebody repairs
it. What cannot be read cannot be checked either: one stray character may hide a key.

## Bad

```yaml
on: push
jobs:
  deploy:
    runs-on: ubuntu-latest
    permissions:
      id_token: write
    steps:
      - run: aws s3 ls
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
      - run: aws s3 ls
```

## Remediation

Correct the place that the message names. actionlint explains most of what GitHub's parser expects.
"""

from __future__ import annotations

from collections.abc import Iterator

from oidc_enforcer.facts import Facts
from oidc_enforcer.finding import Finding, Rule, Severity
from oidc_enforcer.workflow.reading import Reading

RULE = Rule("syntax", "a workflow GitHub would refuse", Severity.ERROR)

_MAX_FINDINGS = 100


def check(subject: Reading, facts: Facts) -> Iterator[Finding]:
    """One finding per problem that the parser reports."""
    for problem in subject.parsed.problems[:_MAX_FINDINGS]:
        yield RULE.finding(subject.file, problem.span, problem.message, identity=(problem.message,))
