"""An exception excuses nothing.

Nothing that it names is found where it stands. A comment is reported at once, and so is an entry of
a configuration. One that says with `added` when that was may wait 14 days, as it may be merged
before what it is meant for. An organisation's entry for several repositories is not judged: one of
them does not tell what the others need.

## Why it matters

It would excuse the next key that somebody puts in its place, and nobody would hear of it.

## Bad

```yaml
on: push
jobs:
  deploy:
    runs-on: ubuntu-latest
    steps:
      # oidc-enforcer: ignore[human-login] until 2026-12-31 -- the vendor's tool has no OIDC yet
      - run: npm test
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

Take it away.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from oidc_enforcer.facts import Facts
from oidc_enforcer.finding import Finding, Rule, Severity
from oidc_enforcer.suppress import State

if TYPE_CHECKING:  # most files hold no exception, and no run pays for reading them before one does
    from oidc_enforcer.suppress.judged import Exceptions

RULE = Rule(
    "unused-exception",
    "an exception that nothing needs",
    Severity.WARNING,
    judges="exceptions",
)


def check(subject: Exceptions, facts: Facts) -> Iterator[Finding]:
    """One finding per exception in force that has excused nothing and could have."""
    from oidc_enforcer.suppress.standing import is_stale

    for standing in subject.standings:
        if standing.state is not State.ACTIVE or standing.place in subject.used:
            continue
        if subject.can_tell(standing) and is_stale(standing, facts.today):
            yield RULE.finding_at(
                standing.place,
                "nothing needs this exception any more; remove it",
                identity=standing.identity,
            )
