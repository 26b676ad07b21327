"""An exception has ended.

A comment `# oidc-enforcer: ignore[…] until …`, or an entry of `exceptions` in the configuration,
names a day that is over. It excuses nothing any more. A day ends at 24:00 UTC.

## Why it matters

An exception is a promise to come back. One that outlives its date without anybody noticing has
become the rule.

## Bad

```yaml
on: push
jobs:
  deploy:
    runs-on: ubuntu-latest
    steps:
      # oidc-enforcer: ignore[human-login] until 2025-12-31 -- the vendor's tool has no OIDC yet
      - run: aws sso login --profile vendor --no-browser
```

## Good

```yaml
on: push
jobs:
  deploy:
    runs-on: ubuntu-latest
    steps:
      # oidc-enforcer: ignore[human-login] until 2026-12-31 -- the vendor's tool has no OIDC yet
      - run: aws sso login --profile vendor --no-browser
```

## Remediation

Do what the exception was waiting for and take it away; or, where that is still not possible, give
it a new end and say why.
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
    "expired-exception",
    "an exception that has ended",
    Severity.WARNING,
    judges="exceptions",
)


def check(subject: Exceptions, facts: Facts) -> Iterator[Finding]:
    """One finding per exception that has ended."""
    for standing in subject.standings:
        if standing.state is State.EXPIRED:
            yield RULE.finding_at(
                standing.place,
                f"this exception {standing.note} and excuses nothing any more; renew or remove it",
                identity=standing.identity,
            )
