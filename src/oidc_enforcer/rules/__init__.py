"""The rules. A rule is one module: its docstring is its page, `RULE` and `check` are its code."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Protocol

from oidc_enforcer.facts import Facts
from oidc_enforcer.finding import Finding, Rule, Severity, Skipped
from oidc_enforcer.rules import (
    bypassed_oidc,
    excess_id_token,
    hardcoded_access_key,
    human_login,
    missing_id_token,
    outdated_credentials_action,
    static_credentials,
    syntax,
)
from oidc_enforcer.workflow.reading import Reading


class RuleModule(Protocol):
    """What every module of this folder offers."""

    __doc__: str | None
    RULE: Rule

    def check(self, subject: Reading, facts: Facts) -> Iterator[Finding | Skipped]:
        """Judges one file."""
        ...


RULES: tuple[RuleModule, ...] = (
    static_credentials,
    hardcoded_access_key,
    bypassed_oidc,
    missing_id_token,
    excess_id_token,
    human_login,
    outdated_credentials_action,
    syntax,
)


def severities() -> Mapping[str, Severity]:
    """Every rule's id and its own severity."""
    return {module.RULE.id: module.RULE.severity for module in RULES}
