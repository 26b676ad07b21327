"""`trust` as a report like any other, for the formats that people keep or that GitHub takes in."""

from __future__ import annotations

from collections.abc import Iterable

from oidc_enforcer.facts import Role
from oidc_enforcer.finding import Finding
from oidc_enforcer.masking import mask_line
from oidc_enforcer.report import FileReport, Gap, Report, summarise
from oidc_enforcer.reporters import trust_words
from oidc_enforcer.trust import LIMITS, RoleReport, TrustReport, Unread

_SOURCES = "trust policies"


def as_report(found: TrustReport, today: str) -> Report:
    """Each role as a part of the file that it was read from; what it lets in is in the context."""
    files: dict[str, FileReport] = {}
    context = {"repository": found.repository.full_name, "date": today}
    unread: list[Gap] = []
    for role in found.roles:
        if isinstance(role, Unread):
            unread.append(Gap(role.name, role.reason))
            continue
        part = _part(role)
        files[part.file] = _joined(files.get(part.file, FileReport(part.file)), part)
        name = f"role {role.role.arn or role.role.name} ({role.role.origin})"
        context[name] = _proof(role, found)
    gaps = (*unread, *(Gap(_SOURCES, reason) for reason in found.gaps))
    reports = (*files.values(), *((FileReport(_SOURCES, coverage=gaps),) if gaps else ()))
    if found.notes:
        context["notes"] = "; ".join(found.notes)
    context["limits of the proof"] = LIMITS
    return Report(reports, summarise(reports, files=len(files)), context, judges_jobs=False)


def _proof(found: RoleReport, whole: TrustReport) -> str:
    reach = trust_words.reach(found, whole.repository)
    witnesses = ", ".join(one.witness.claims.get("sub", "") for one in found.admissions)
    said = f"{reach}; identity {trust_words.identity(found)}"
    return f"{said}; witnesses: {witnesses}" if witnesses else said


def _part(found: RoleReport) -> FileReport:
    role = found.role
    path = role.file.path if role.file else role.origin
    excused = [one.finding for one in found.suppressed]
    return FileReport(
        path,
        found.findings,
        found.skipped,
        found.suppressed,
        lines=_lines(role, (*found.findings, *excused)),
    )


def _lines(role: Role, findings: Iterable[Finding]) -> dict[int, str]:
    if role.file is None:
        return {}
    numbers = sorted({finding.place.region.line for finding in findings})
    return {number: mask_line(role.file.line(number)) for number in numbers}


def _joined(one: FileReport, two: FileReport) -> FileReport:
    return one._replace(
        findings=one.findings + two.findings,
        skipped=one.skipped + two.skipped,
        suppressed=one.suppressed + two.suppressed,
        coverage=one.coverage + two.coverage,
        lines={**one.lines, **two.lines},
    )
