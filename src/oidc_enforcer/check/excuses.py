"""What is excused, what may not be, and what there is to say about the exceptions themselves.

Imported only where a file or the configuration holds an exception, or findings are on record.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from functools import cache

from oidc_enforcer.comparison import Found
from oidc_enforcer.config.rings import names
from oidc_enforcer.facts import Facts
from oidc_enforcer.finding import Finding, Place, Skipped
from oidc_enforcer.report import FileReport, Suppressed
from oidc_enforcer.rules import NOT_EXCUSABLE, RULES, judging, severities
from oidc_enforcer.suppress import standing
from oidc_enforcer.suppress.comments import ignores
from oidc_enforcer.suppress.judged import Exceptions
from oidc_enforcer.workflow.reading import Reading


def excused(
    subject: Reading, facts: Facts, findings: list[Finding], skipped: Iterable[Skipped]
) -> tuple[list[Finding], list[Suppressed]]:
    """The findings of a file that stay, with those about its exceptions, and those excused."""
    file, parsed = subject.file, subject.parsed
    found = ignores(file, parsed.root, parsed.unread_from)
    comments = standing.of_comments(file, found, facts, _excusable())
    granted = standing.of_configuration(facts, _excusable())
    sifted = sift(findings, (*comments, *granted), subject.surroundings.root, facts, facts.granted)
    unsure = {one.place.region.line for one in skipped if one.place.file == file.path}
    stay, gone = _unrecorded(sifted, facts)
    stay += about(Exceptions(comments, sifted.needed, _told(facts), unsure), facts)
    return stay, gone


def excused_by_configuration(
    findings: Iterable[Finding], facts: Facts
) -> tuple[list[Finding], list[Suppressed]]:
    """The same of findings that belong to no file: no comment stands beside them, and they are of
    what GitHub stores, which no pull request changes.
    """
    granted = standing.of_configuration(facts, _excusable())
    return _unrecorded(sift(findings, granted, "", facts, None), facts)


def sift(
    findings: Iterable[Finding],
    standings: tuple[standing.Standing, ...],
    root: str,
    facts: Facts,
    granted: Found | None,
) -> standing.Sifted:
    """Applies exceptions to findings whose files lie below `root`."""
    repository = facts.repository.full_name if facts.repository else ""
    return standing.sift(findings, standings, root, repository, granted)


def _unrecorded(sifted: standing.Sifted, facts: Facts) -> tuple[list[Finding], list[Suppressed]]:
    if not facts.baseline:
        return sifted.stay, sifted.gone
    stay, recorded = standing.sift_recorded(sifted.stay, facts.baseline, facts.baseline_reason)
    return stay, sifted.gone + recorded


def of_configuration(
    facts: Facts, used: Collection[Place], *, is_whole: bool, is_everywhere: bool = False
) -> Iterator[FileReport]:
    """Reports on the files of the configuration, where there is something to say of them.

    `used` are the places of exceptions that have excused something; `is_whole` says whether a
    whole repository was looked at, without which none can be called unused. `is_everywhere`: all of
    an organisation were, and the entries are judged for all of them together.
    """
    standings = standing.of_configuration(facts, _excusable())
    ours = tuple(one for one in standings if is_everywhere or _is_meant(one, facts))
    told = _told(facts) if is_whole else frozenset[str]()
    findings = about(Exceptions(ours, used, told, is_everywhere=is_everywhere), facts)
    for module in judging("configuration"):
        findings += leveled(module.check(facts.refusals, facts), facts)
    for path in dict.fromkeys(finding.place.file for finding in findings):
        here = tuple(finding for finding in findings if finding.place.file == path)
        yield FileReport(path, here)


def used_by(report: FileReport) -> Iterator[Place]:
    """The places of exceptions that have excused something in a file, or are to."""
    yield from (one.granted for one in report.suppressed if one.granted is not None)
    for finding in report.findings:
        yield from (one.place for one in finding.related if one.message == standing.TOO_WIDE)


def break_glass(facts: Facts) -> Iterator[str]:
    """A sentence for each break-glass exception that is in force for this repository."""
    for one in standing.of_configuration(facts, _excusable()):
        if _is_meant(one, facts):
            yield from standing.approvals((one,))


def about(subject: Exceptions, facts: Facts) -> list[Finding]:
    """What the rules say of exceptions."""
    return [
        finding
        for module in judging("exceptions")
        for finding in leveled(module.check(subject, facts), facts)
    ]


def leveled(outcomes: Iterable[Finding | Skipped], facts: Facts) -> list[Finding]:
    """The findings at the severities that the configuration gives them, without those off.

    A finding that its rule itself calls milder than usual is not made worse than that.
    """
    wanted = facts.config.severities
    found: list[Finding] = []
    for outcome in outcomes:
        if not isinstance(outcome, Finding):
            continue
        if outcome.rule not in wanted:
            found.append(outcome)
            continue
        level = wanted[outcome.rule]
        if level is None:
            continue
        if outcome.severity < severities()[outcome.rule]:
            level = min(level, outcome.severity)
        found.append(outcome._replace(severity=level))
    return found


def _is_meant(one: standing.Standing, facts: Facts) -> bool:
    """Whether this repository is one that the entry is for: others say nothing about it here."""
    pattern = one.exemption.repository if one.exemption else ""
    if not pattern:
        return True
    return facts.repository is not None and names(pattern, facts.repository.full_name)


@cache
def _excusable() -> frozenset[str]:
    return frozenset(m.RULE.id for m in RULES if m.RULE.judges not in NOT_EXCUSABLE)


def _told(facts: Facts) -> frozenset[str]:
    """Rules that have been asked: those that need no more than the file, or what is at hand."""
    return frozenset(
        module.RULE.id
        for module in (*judging("workflow"), *judging("repository"))
        if not module.RULE.needs or getattr(facts, module.RULE.needs) is not None
    )
