"""The text of the pull request that moves a repository from stored keys to OIDC."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from oidc_enforcer.finding import Severity
from oidc_enforcer.fixes.aftercare import Aftercare
from oidc_enforcer.mending import Applied, Mended
from oidc_enforcer.remedies import GRANT_RULES, PERMISSION_RULES
from oidc_enforcer.report import FileReport
from oidc_enforcer.reporters import aftercare
from oidc_enforcer.reporters.escaping import prose
from oidc_enforcer.reporters.repair_text import as_given, left_findings


class _Opening(NamedTuple):
    """What the pull request is called, and its first sentence."""

    title: str
    sentence: str


_KEYS = _Opening(
    "Assume AWS roles by OIDC instead of stored keys",
    "Stored AWS keys go: the jobs assume a role by OIDC, with credentials that end.",
)
_PERMISSIONS = _Opening(
    "Let only the jobs that assume AWS roles ask for OIDC tokens",
    "`permissions` change: jobs that assume a role by OIDC may ask for a token, others may not.",
)
_SETTINGS = _Opening(
    "Put right how jobs assume AWS roles by OIDC",
    "What the jobs need to assume their roles by OIDC changes.",
)


#: What is left may be long, and the text of a pull request has a limit.
_MOST_LEFT = 50


def title(mended: Iterable[Mended]) -> str:
    """What the pull request is called: by what it changes."""
    return _opening(each for one in mended for each in one.applied).title


def _opening(applied: Iterable[Applied]) -> _Opening:
    rules = {one.finding.rule for one in applied}
    if rules - GRANT_RULES:
        return _KEYS
    return _PERMISSIONS if rules <= PERMISSION_RULES else _SETTINGS


def body(mended: Iterable[Mended], left: Aftercare) -> str:
    """Markdown: what changes, what AWS needs first, the check before and after, after-care."""
    return "".join(_body(list(mended), left))


def _body(mended: list[Mended], left: Aftercare) -> Iterator[str]:
    applied = [each for one in mended for each in one.applied]
    yield f"{_opening(applied).sentence}\n\n"
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
    not_done = list(_not_done(mended))
    if not_done:
        yield "\n## What is left\n\n"
        yield from _list(not_done[:_MOST_LEFT])
        if len(not_done) > _MOST_LEFT:
            more = len(not_done) - _MOST_LEFT
            yield f"\nand {more} more, which `oidc-enforcer fix` tells.\n"
    yield "\n## The check\n\n| | errors | warnings |\n|---|---|---|\n"
    yield _counts("before", [one.before for one in mended])
    yield _counts("after", [one.after for one in mended])
    yield "\n## After-care\n\n"
    yield from aftercare.render(left, say=prose)


def _told(file: Mended, one: Applied) -> str:
    line = as_given(file, one.finding).place.region.line
    return f"`{file.path}:{line}`: {one.fix.title}"


def _not_done(mended: list[Mended]) -> Iterator[str]:
    """What was not applied, with its doubts, and what has no fix, by lines before it."""
    for one in left_findings(mended, written=False):
        place = f"`{one.place.file}:{one.place.region.line}`"
        if one.fix is not None:
            why = "; ".join(one.fix.doubts)
            yield f"{place}: not applied: {one.fix.title}{f' ({why})' if why else ''}"
        elif one.unfixed:
            yield f"{place}: no fix for {one.rule}: {one.unfixed}"


def _list(lines: Iterable[str]) -> Iterator[str]:
    """Each line once."""
    for line in dict.fromkeys(lines):
        yield f"- {prose(line)}\n"


def _counts(name: str, reports: Iterable[FileReport]) -> str:
    found = [finding.severity for report in reports for finding in report.findings]
    errors, warnings = found.count(Severity.ERROR), found.count(Severity.WARNING)
    return f"| {name} | {errors} | {warnings} |\n"
