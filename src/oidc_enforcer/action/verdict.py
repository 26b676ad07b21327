"""Which findings count, and what that makes of the step."""

from __future__ import annotations

from collections.abc import Iterator

from oidc_enforcer.action.judging import Judged
from oidc_enforcer.action.runner import Run
from oidc_enforcer.cli import CLEAN, FINDINGS, UNVERIFIED, delivery
from oidc_enforcer.config import Ring
from oidc_enforcer.finding import Finding, Severity
from oidc_enforcer.report import numbered
from oidc_enforcer.rules import RULES

#: The rings in which nothing fails; `mode: audit` is the first.
_BEFORE_BLOCKING = frozenset({Ring.OBSERVE.word, Ring.WARN.word})
CONCLUSIONS = {CLEAN: "success", FINDINGS: "failure", UNVERIFIED: "unverified"}


def status(judged: Judged, run: Run) -> int:
    """The exit code. In audit, and in the rings before `block-new`, nothing fails by itself."""
    config = judged.config
    found = list(_counting(judged))
    summary = judged.report.summary._replace(
        errors=sum(one.severity is Severity.ERROR for one in found),
        warnings=sum(one.severity is Severity.WARNING for one in found),
        notes=sum(one.severity is Severity.NOTE for one in found),
        skipped=_unverified(judged, run),
    )
    counted = judged.report._replace(summary=summary)
    if _only_reports(judged):
        return CLEAN
    if judged.is_offline and config.on_github_error == "fail":
        return UNVERIFIED
    if judged.has_aws_failed and config.on_aws_error == "fail":
        return UNVERIFIED
    return delivery.verdict(counted, fail_on=config.fail_on, strict=config.strict)


def _only_reports(judged: Judged) -> bool:
    """Whether the ring lets nothing fail, not even doubt, and no input has tightened that."""
    config, ring = judged.config, judged.report.context.get("ring")
    return ring in _BEFORE_BLOCKING and config.fail_on == "never" and not config.strict


def sentence(judged: Judged, status: int) -> str:
    """Why the step ends so, where the figures do not tell it; else empty."""
    config, summary = judged.config, judged.report.summary
    if status == UNVERIFIED:
        return f"this check fails, because {_doubt(judged)}"
    if status == FINDINGS and not summary.errors:
        return f"this check fails, because `fail-on` is `{config.fail_on}`"
    if status != CLEAN or not summary.errors + summary.warnings + summary.notes:
        return ""
    if config.fail_on != "never":
        return f"none of the findings fails this check: {_let_off(judged)}"
    why = "`mode` is `audit`" if config.mode == "audit" else "`fail-on` is `never`"
    if config.rings and _only_reports(judged):
        why = f"the ring is `{judged.report.context['ring']}`"
    return f"the findings are reported and fail nothing: {why}"


def _let_off(judged: Judged) -> str:
    """Why findings fail nothing: they are too slight, or not those that the scope is about."""
    findings = (one for file in judged.report.files for one in file.findings)
    if not any(one.severity.fails(judged.config.fail_on) for one in findings):
        return f"`fail-on` is `{judged.config.fail_on}`"
    if judged.config.scope == "new":
        return "those that could were there before"
    return "those that could have no part in a file that is changed"


def _doubt(judged: Judged) -> str:
    if judged.is_offline:
        return "GitHub could not be asked, and `on-github-error` is `fail`"
    if judged.has_aws_failed and judged.config.on_aws_error == "fail":
        return "AWS could not be asked, and `on-aws-error` is `fail`"
    if judged.report.unseen:
        return delivery.UNSEEN
    return "something could not be verified, and `strict` is set"


def _counting(judged: Judged) -> Iterator[Finding]:
    """The findings that the scope lets fail."""
    for file in judged.report.files:
        for key, finding in numbered(file.findings):
            if key not in judged.known.spared:
                yield finding


def new_findings(judged: Judged) -> str:
    """How many findings the base does not have; empty where it was not compared."""
    old = judged.known.old
    if old is None:
        return ""
    keys = (key for file in judged.report.files for key, _ in numbered(file.findings))
    return str(sum(key not in old for key in keys))


def _unverified(judged: Judged, run: Run) -> int:
    """What was skipped. Forks and Dependabot get no OIDC token, which is not theirs to change."""
    if not run.is_untrusted:
        return judged.report.summary.skipped
    about_roles = {module.RULE.id for module in RULES if module.RULE.judges == "role"}
    skipped = (one for file in judged.report.files for one in file.skipped)
    return sum(one.rule not in about_roles for one in skipped)
