"""What `fix` has to say: what was done, what must exist first, and what is left."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from oidc_enforcer.finding import Finding, Fix, Safety
from oidc_enforcer.fixes.granting import REPLACES_DEFAULT
from oidc_enforcer.mending import Applied, Mended
from oidc_enforcer.reporters.visible import shown


def summary(mended: Iterable[Mended], *, written: bool, unsafe: bool) -> Iterator[str]:
    """What was done or would be, what it stands on, and what is left, for people."""
    files = list(mended)
    applied = [one for file in files for one in file.applied]
    verb = "applied" if written else "would apply"
    for file in files:
        given = [(as_given(file, one.finding), one.fix) for one in file.applied]
        for finding, fix in sorted(given, key=lambda pair: pair[0].place.span.start):
            yield f"{_place(finding)}: {verb}: {shown(fix.title)}\n"
            yield from _doubts(fix)
    yield from _first(applied)
    yield from left(files, written=written)
    waiting = [one for file in files for one in file.after.findings if one.fix is not None]
    yield _closing(len(applied), waiting, written=written, unsafe=unsafe)


def left(files: Iterable[Mended], *, written: bool) -> Iterator[str]:
    """What was not applied and why, and what has no fix."""
    found = left_findings(files, written=written)
    waiting = [one for one in found if one.fix is not None]
    for finding in waiting:
        assert finding.fix is not None
        yield f"{_place(finding)}: not applied: {shown(finding.fix.title)}\n"
        yield from _doubts(finding.fix)
    for finding in (one for one in found if one.unfixed):
        yield f"{_place(finding)}: no fix for {finding.rule}: {shown(finding.unfixed)}\n"
    yield from _settled_by_default(waiting)


def left_findings(files: Iterable[Mended], *, written: bool) -> list[Finding]:
    """What is found after all fixes; what is not written has the lines of the file as it is."""
    return [
        one if written else as_given(file, one) for file in files for one in file.after.findings
    ]


def as_given(file: Mended, finding: Finding) -> Finding:
    """The finding at its place before any fix moved it, as far as that is told."""
    key = (finding.rule, finding.fingerprint)
    found = [one for one in file.before.findings if (one.rule, one.fingerprint) == key]
    return finding._replace(place=found[0].place) if len(found) == 1 else finding


def _first(applied: Iterable[Applied]) -> Iterator[str]:
    said = dict.fromkeys(first for one in applied for first in one.fix.first)
    if said:
        yield "before this can work:\n"
        yield from (f"  - {shown(first)}\n" for first in said)
        if any(first.startswith(("create a role", "let this repository")) for first in said):
            yield "    (`oidc-enforcer bootstrap --repo OWNER/NAME` writes the role)\n"


def _doubts(fix: Fix) -> Iterator[str]:
    yield from (f"    look at it: {shown(doubt)}\n" for doubt in fix.doubts)


def _settled_by_default(waiting: Iterable[Finding]) -> Iterator[str]:
    """What would settle the doubts that hang on nothing but what GitHub's token had before."""
    fixes = [one.fix for one in waiting if one.fix is not None]
    if any(fix.doubts and all(map(_is_of_default, fix.doubts)) for fix in fixes):
        yield (
            "note: where the repository's default for GitHub's token is to read only,"
            " `--default-workflow-permissions read` settles what `permissions` take away\n"
        )


def _is_of_default(doubt: str) -> bool:
    return doubt.startswith(REPLACES_DEFAULT)


def _closing(count: int, waiting: list[Finding], *, written: bool, unsafe: bool) -> str:
    what = f"{count} {'fix' if count == 1 else 'fixes'}"
    done = f"applied {what}" if written else f"{what} to apply"
    needs_look = sum(1 for one in waiting if one.fix and one.fix.safety is Safety.UNSAFE)
    more = f", {needs_look} more with --unsafe" if needs_look and not unsafe else ""
    how = "; --write applies" if count and not written else ""
    return f"{done}{more}{how}\n"


def question(finding: Finding, fix: Fix) -> Iterator[str]:
    """A fix, as somebody is asked about it."""
    yield f"\n{_place(finding)}: {shown(finding.message)}\n"
    yield f"  {fix.safety.value}: {shown(fix.title)}\n"
    yield from _doubts(fix)
    yield from (f"    first: {shown(first)}\n" for first in fix.first)


def _place(finding: Finding) -> str:
    return f"{shown(finding.place.file)}:{finding.place.region.line}"
