"""An exception ends too far ahead.

The configuration says how long an exception may last (`max-exception-days`, and
`max-break-glass-hours` for break-glass). One that ends later does not count.

## Why it matters

An exception until 2099 is a rule switched off. The limit makes somebody look at it again.

## Bad

```yaml
on: push
jobs:
  deploy:
    runs-on: ubuntu-latest
    steps:
      # oidc-enforcer: ignore[human-login] until 2099-12-31 -- the vendor's tool has no OIDC yet
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

Choose an end within the limit, and renew the exception when it comes and the reason still holds.
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
    "overlong-exception",
    "an exception that ends later than the configuration allows",
    Severity.WARNING,
    judges="exceptions",
)


def check(subject: Exceptions, facts: Facts) -> Iterator[Finding]:
    """One finding per exception that is too long."""
    for standing in subject.standings:
        if standing.state is State.OVERLONG:
            yield RULE.finding_at(
                standing.place,
                f"this exception {standing.note}; it excuses nothing until it is shortened",
                identity=standing.identity,
            )
