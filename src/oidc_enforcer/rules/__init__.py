"""The rules. A rule is one module: its docstring is its page, `RULE` and `check` are its code."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Protocol

from oidc_enforcer.facts import Facts
from oidc_enforcer.finding import Finding, Rule, Severity, Skipped
from oidc_enforcer.rules import (
    broad_trust,
    bypassed_oidc,
    disallowed_credentials,
    excess_id_token,
    expired_exception,
    hardcoded_access_key,
    human_login,
    incomplete_exception,
    loosened_setting,
    missing_audience,
    missing_id_token,
    missing_provider,
    orphaned_secret,
    outdated_credentials_action,
    overlong_exception,
    pull_request_trust,
    recyclable_trust,
    static_credentials,
    syntax,
    unassumable_role,
    unprotected_pin,
    unrotated_secret,
    unused_exception,
    vacuous_condition,
)


class RuleModule(Protocol):
    """What every module of this folder offers."""

    __doc__: str | None
    RULE: Rule

    def check(self, subject: Any, facts: Facts) -> Iterator[Finding | Skipped]:
        """Judges one subject, of the kind that `RULE.judges` says.

        `workflow`: a Reading of a workflow or action; `role`: a RoleReading; `repository`: the
        SecretReads of all its files; `exceptions`: the Exceptions of a file; `configuration`: the
        Refusals of its layers.
        """
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
    disallowed_credentials,
    unprotected_pin,
    unrotated_secret,
    orphaned_secret,
    broad_trust,
    pull_request_trust,
    unassumable_role,
    vacuous_condition,
    recyclable_trust,
    missing_audience,
    missing_provider,
    expired_exception,
    overlong_exception,
    incomplete_exception,
    unused_exception,
    loosened_setting,
)


def judging(what: str) -> tuple[RuleModule, ...]:
    """The rules that judge this kind of subject, in the order of the list."""
    return tuple(module for module in RULES if module.RULE.judges == what)


#: Exceptions may not excuse what is said of exceptions, nor of the configuration that grants them.
NOT_EXCUSABLE = frozenset({"exceptions", "configuration"})


@cache
def severities() -> Mapping[str, Severity]:
    """Every rule's id and its own severity."""
    return {module.RULE.id: module.RULE.severity for module in RULES}
