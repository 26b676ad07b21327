"""Judgement of roles: as a file's jobs assume them, or each for itself."""

from __future__ import annotations

from collections.abc import Iterator

from oidc_enforcer.facts import Facts
from oidc_enforcer.finding import Finding, Skipped
from oidc_enforcer.job_roles import Unresolved, of_reading
from oidc_enforcer.roles import RoleReading
from oidc_enforcer.rules import broad_trust, judging
from oidc_enforcer.workflow.reading import Reading

_OF_ROLES = judging("role")


def of_jobs(subject: Reading, facts: Facts) -> Iterator[Finding | Skipped]:
    """What the rules say of the roles that a file's jobs assume, and which are not at hand."""
    for found in of_reading(subject, facts):
        if isinstance(found, Unresolved):
            yield found.skipped(broad_trust.RULE)
        else:
            yield from of_role(found, facts)


def of_role(subject: RoleReading, facts: Facts) -> Iterator[Finding | Skipped]:
    """What the rules say of one role."""
    for module in _OF_ROLES:
        yield from module.check(subject, facts)
