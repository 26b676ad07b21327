"""Judgement: rules over a file that has been read, pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from oidc_enforcer.comparison import INCOMPARABLE
from oidc_enforcer.facts import Facts, Role
from oidc_enforcer.finding import Finding, Skipped
from oidc_enforcer.masking import mask_line
from oidc_enforcer.report import (
    NOT_FETCHED,
    CredentialUse,
    FileReport,
    Gap,
    JobReport,
    Suppressed,
    TokenReport,
)
from oidc_enforcer.rules import judging
from oidc_enforcer.source import SourceFile
from oidc_enforcer.suppress import EXCEPTION_MARK
from oidc_enforcer.workflow.budget import TOO_MANY, UNREADABLE
from oidc_enforcer.workflow.counting import is_counted
from oidc_enforcer.workflow.credentials import JobCredentials
from oidc_enforcer.workflow.model import Job, UsesKind, Workflow
from oidc_enforcer.workflow.origins import Source
from oidc_enforcer.workflow.permissions import IdToken
from oidc_enforcer.workflow.reading import Reading
from oidc_enforcer.workflow.variables import NO_VARIABLES
from oidc_enforcer.yaml_tree import Trouble

_OF_WORKFLOWS = judging("workflow")
#: A file with more findings than these is reported as cut short.
MAX_FINDINGS = 1000
#: A source line longer than this is shown only around the finding, by the reporter.
_MAX_LINE = 5000


def judge(subject: Reading, facts: Facts, *, excerpts: bool = True) -> FileReport:
    """Runs every rule over a file; without `excerpts` the report has no lines of its text."""
    findings, skipped = _outcomes(subject, facts)
    if facts.compares and findings:
        from oidc_enforcer.check.evidence import with_evidence

        findings = with_evidence(subject, findings)
    suppressed: list[Suppressed] = []
    if _has_exceptions(subject.file, facts):
        from oidc_enforcer.check.excuses import excused

        findings, suppressed = excused(subject, facts, findings, skipped)
    findings.sort(key=_order)
    gaps = list(_gaps(subject))
    if len(findings) > MAX_FINDINGS:
        gaps.append(
            Gap(subject.file.path, f"more than {MAX_FINDINGS} findings, the rest is not shown")
        )
        # INVARIANT: what is cut is never worse than what stays, so that no flood hides an error.
        findings = sorted(findings, key=lambda one: -one.severity)[:MAX_FINDINGS]
        # And nobody knows of what was cut whether another judgement had it.
        findings = [one._replace(evidence=INCOMPARABLE) for one in findings]
        findings.sort(key=_order)
    return FileReport(
        subject.file.path,
        tuple(findings),
        tuple(skipped),
        tuple(suppressed),
        tuple(_jobs(subject, facts)),
        tuple(gaps),
        _lines(subject, [*findings, *(one.finding for one in suppressed)], skipped)
        if excerpts
        else {},
    )


def _outcomes(subject: Reading, facts: Facts) -> tuple[list[Finding], list[Skipped]]:
    findings: list[Finding] = []
    skipped: list[Skipped] = []
    for module in _OF_WORKFLOWS:
        for outcome in module.check(subject, facts):
            if isinstance(outcome, Finding):
                findings.append(outcome)
            else:
                skipped.append(outcome)
    if facts.judges_roles and facts.repository is not None:
        from oidc_enforcer.check.trust import of_jobs

        for outcome in of_jobs(subject, facts):
            if isinstance(outcome, Finding):
                findings.append(outcome)
            else:
                skipped.append(outcome)
    if subject.workflow is not None and subject.workflow.env is not NO_VARIABLES:
        from oidc_enforcer.check.reached import with_jobs

        findings = with_jobs(subject, findings)
    return _leveled(findings, skipped, facts)


def _leveled(
    findings: list[Finding], skipped: list[Skipped], facts: Facts
) -> tuple[list[Finding], list[Skipped]]:
    """The same by the configuration's severities."""
    if facts.config.severities:
        from oidc_enforcer.check.excuses import leveled

        findings = leveled(findings, facts)
        skipped = [one for one in skipped if facts.config.severities.get(one.rule, True)]
    return findings, skipped


def judge_role(role: Role, facts: Facts) -> tuple[list[Finding], list[Skipped]]:
    """Runs the rules about roles over one role, whoever assumes it; the repository is known."""
    from oidc_enforcer.check.trust import of_role
    from oidc_enforcer.roles import role_reading

    outcomes = list(of_role(role_reading(role, facts), facts))
    findings = [each for each in outcomes if isinstance(each, Finding)]
    return _leveled(findings, [each for each in outcomes if isinstance(each, Skipped)], facts)


def _has_exceptions(file: SourceFile, facts: Facts) -> bool:
    """Whether there is anything to excuse by; most files and most runs have nothing."""
    return (
        bool(facts.config.exceptions or facts.pending_exceptions or facts.baseline)
        or EXCEPTION_MARK in file.text
    )


def _order(finding: Finding) -> tuple[int, int, str]:
    return (finding.place.span.start, -finding.severity, finding.rule)


def _gaps(subject: Reading) -> Iterator[Gap]:
    seen: set[str] = set()
    for job in subject.jobs:
        for what, reason in job.unresolved:
            if what not in seen:
                seen.add(what)
                yield Gap(what, reason, fails=reason in (TOO_MANY, UNREADABLE))
        uses = job.job.uses if job.job else None
        if uses is None or uses.value.text in seen:
            continue
        seen.add(uses.value.text)
        if subject.surroundings.workflow(uses) is not None:
            continue
        if uses.kind is UsesKind.REPOSITORY:
            yield Gap(uses.value.text, NOT_FETCHED)
        else:
            yield Gap(uses.value.text, "no such workflow in this repository")
    for problem in subject.parsed.problems:
        if problem.trouble is Trouble.BEYOND:
            yield Gap(subject.file.path, problem.message)


def _jobs(subject: Reading, facts: Facts) -> Iterator[JobReport]:
    workflow, file = subject.workflow, subject.file
    if workflow is None:
        action = subject.action
        if action is not None and subject.jobs[0].credentials:
            uses = tuple(_uses(file, subject.jobs[0]))
            line = file.line_number(action.span.start)
            yield JobReport(action.name or file.path, line, uses, "caller", (), counted=False)
        return
    for job, found in zip(workflow.jobs, subject.jobs, strict=True):
        report = JobReport(
            job.id,
            file.line_number(job.key.start),
            tuple(_uses(file, found)),
            found.grant.id_token.value,
            found.grant.derivation,
            counted=is_counted(workflow, found, subject.surroundings),
        )
        if facts.repository is not None and found.grant.id_token is not IdToken.NONE:
            report = _with_tokens(report, subject, workflow, job, facts)
        yield report


def _with_tokens(
    report: JobReport, subject: Reading, workflow: Workflow, job: Job, facts: Facts
) -> JobReport:
    """The report with the tokens that the job can present, the repository being known."""
    from oidc_enforcer.workflow.subject_texts import claim_texts, subject_texts
    from oidc_enforcer.workflow.subjects import of_job

    repository = facts.repository
    assert repository is not None
    subjects, gaps = of_job(workflow, job, subject.surroundings, repository, facts.config.stored)
    tokens = tuple(
        TokenReport(
            each.event,
            each.called_by,
            subject_texts(each.presented, repository),
            claim_texts(each.presented, repository),
            each.unknown,
        )
        for each in subjects
    )
    texts = dict.fromkeys(text for token in tokens for text in token.subjects)
    return report._replace(subjects=tuple(texts), tokens=tokens, token_gaps=gaps)


def _uses(file: SourceFile, found: JobCredentials) -> Iterator[CredentialUse]:
    for credential in found.credentials:
        line = credential.file.line_number(credential.at.start)
        source = credential.source
        if credential.file is not file:
            source = f"{source} in {credential.file.path}"
        role = credential.role.value.strip() if credential.role is not None else ""
        yield CredentialUse(credential.kind.value, line, credential.step_number, source, role)


def _lines(
    subject: Reading, findings: Iterable[Finding], skipped: Iterable[Skipped]
) -> dict[int, str]:
    """The lines that outcomes point at in this file, secrets masked."""
    file = subject.file
    wanted: set[int] = set()
    for finding in findings:
        wanted.add(finding.place.region.line)
        for other in finding.related:
            if other.place.file == file.path:
                wanted.add(other.place.region.line)
    wanted.update(outcome.place.region.line for outcome in skipped)
    if not wanted:
        return {}
    known = frozenset(_literals(subject))
    return {number: _masked(file.line(number)[:_MAX_LINE], known) for number in sorted(wanted)}


_SHORTEST_LITERAL = 6  # characters; shorter ones are words of any line


def _literals(subject: Reading) -> Iterator[str]:
    """The literals that are halves of keys, whatever they look like and whatever names them."""
    for credential in subject.credentials():
        pair = credential.pair
        for origin in pair.origins if pair is not None else ():
            if origin.source is Source.LITERAL and len(origin.text) >= _SHORTEST_LITERAL:
                yield origin.text


def _masked(line: str, known: frozenset[str]) -> str:
    spans = [found.span() for text in known for found in re.finditer(re.escape(text), line)]
    return mask_line(line, spans)
