"""An exception does not say what it has to.

An exception names its rules, its last day and its reason: `# oidc-enforcer: ignore[rule] until
2026-12-31 -- reason`, on the line that it excuses or on the line above. One that leaves something
out, or that the configuration does not allow, excuses nothing.

## Why it matters

Whoever reads it in half a year has nothing but these words: what may stay, until when, and why.

## Bad

```yaml
on: push
jobs:
  deploy:
    runs-on: ubuntu-latest
    steps:
      # oidc-enforcer: ignore[human-login]
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

Write all three. The rules of exceptions themselves cannot be excused.
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
    "incomplete-exception",
    "an exception without a rule, an end or a reason",
    Severity.WARNING,
    judges="exceptions",
)


def check(subject: Exceptions, facts: Facts) -> Iterator[Finding]:
    """One finding per exception that is not whole."""
    for standing in subject.standings:
        if standing.state is State.INCOMPLETE:
            yield RULE.finding_at(
                standing.place,
                f"this exception {standing.note}; it excuses nothing",
                identity=standing.identity,
            )
