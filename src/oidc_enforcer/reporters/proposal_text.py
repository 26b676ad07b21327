"""The text of the pull request that moves a repository from stored keys to OIDC."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from oidc_enforcer.finding import Severity
from oidc_enforcer.fixes.aftercare import Aftercare
from oidc_enforcer.mending import Applied, Mended
from oidc_enforcer.report import FileReport
from oidc_enforcer.reporters import aftercare
from oidc_enforcer.reporters.escaping import prose
from oidc_enforcer.reporters.repair_text import as_given

TITLE = "Assume AWS roles by OIDC instead of stored keys"


def body(mended: Iterable[Mended], left: Aftercare) -> str:
    """Markdown: what changes, what AWS needs first, the check before and after, after-care."""
    return "".join(_body(list(mended), left))


def _body(mended: list[Mended], left: Aftercare) -> Iterator[str]:
    applied = [each for one in mended for each in one.applied]
    yield "Stored AWS keys go: the jobs assume a role by OIDC, with credentials that end.\n\n"
    first = [said for each in applied for said in each.fix.first]
    if first:
        yield "## First, in AWS and on GitHub\n\n"
        yield from _list(first)
        yield "\n`oidc-enforcer bootstrap` writes provider and role. Merge when they are there.\n\n"
    yield "## What changes\n\n"
    yield from _list(_told(one, each) for one in mended for each in one.applied)
    doubts = [doubt for each in applied for doubt in each.fix.doubts]
    if doubts:
        yield "\n## To be looked at\n\n"
        yield from _list(doubts)
    yield "\n## The check\n\n| | errors | warnings |\n|---|---|---|\n"
    yield _counts("before", [one.before for one in mended])
    yield _counts("after", [one.after for one in mended])
    yield "\n## After-care\n\n"
    yield from aftercare.render(left, say=prose)


def _told(file: Mended, one: Applied) -> str:
    line = as_given(file, one.finding).place.region.line
    return f"`{file.path}:{line}`: {one.fix.title}"


def _list(lines: Iterable[str]) -> Iterator[str]:
    """Each line once."""
    for line in dict.fromkeys(lines):
        yield f"- {prose(line)}\n"


def _counts(name: str, reports: Iterable[FileReport]) -> str:
    found = [finding.severity for report in reports for finding in report.findings]
    errors, warnings = found.count(Severity.ERROR), found.count(Severity.WARNING)
    return f"| {name} | {errors} | {warnings} |\n"
