"""Judgement of a repository as a whole: what its stored secrets are for."""

from __future__ import annotations

from oidc_enforcer.check.excuses import excused_by_configuration, leveled
from oidc_enforcer.facts import Facts
from oidc_enforcer.finding import Finding, Skipped
from oidc_enforcer.report import FileReport
from oidc_enforcer.rules import judging
from oidc_enforcer.workflow.secret_reads import SecretReads


def judge(subject: SecretReads, facts: Facts) -> FileReport:
    """Runs the rules about repositories; what they say belongs to no file."""
    assert facts.secrets is not None, "somebody has asked"
    outcomes = [one for module in judging("repository") for one in module.check(subject, facts)]
    findings = leveled((one for one in outcomes if isinstance(one, Finding)), facts)
    skipped = tuple(
        one
        for one in outcomes
        if isinstance(one, Skipped) and facts.config.severities.get(one.rule, True)
    )
    findings, suppressed = excused_by_configuration(findings, facts)
    name = facts.secrets.place.file
    return FileReport(name, tuple(findings), skipped, tuple(suppressed))
