"""A configuration tries to loosen what an earlier layer enforces.

The organisation's configuration, or the repository's, may `enforce` settings; a later layer may
tighten these and not loosen them. The enforced value stays in force; this says that somebody
expects another one.

## Why it matters

Whoever wrote the line believes that it holds. It is also what somebody writes who wants the check
to look away.

## Bad

```yaml
# the organisation's configuration has `fail-on: warning` and `enforce: [fail-on]`
fail-on: never
```

## Good

```yaml
fail-on: note
```

## Remediation

Take the setting out of the later configuration, or tighten it. `oidc-enforcer check --show-config`
says which layer each value came from and what is enforced; docs/configuration.md says what
"tighter" means for each setting.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from oidc_enforcer.facts import Facts
from oidc_enforcer.finding import Finding, Rule, Severity

if TYPE_CHECKING:  # a run without a configuration does not pay for reading any
    from oidc_enforcer.config.layers import Refusal

RULE = Rule(
    "loosened-setting",
    "a configuration that tries to loosen what an earlier layer enforces",
    Severity.WARNING,
    judges="configuration",
)


def check(subject: tuple[Refusal, ...], facts: Facts) -> Iterator[Finding]:
    """One finding per setting that was to be loosened in a file."""
    for refusal in subject:
        if refusal.place:
            identity = (refusal.layer, refusal.key)
            yield RULE.finding_at(refusal.place, refusal.message, identity=identity)
