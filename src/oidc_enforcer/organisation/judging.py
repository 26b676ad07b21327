"""Judges what the store holds, one repository after the other, and puts the reports together.

Each is judged as if it were alone, so that its findings have the fingerprints that its own runs
give them; then the paths of its files get its name before them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from oidc_enforcer import files, gather
from oidc_enforcer.facts import Facts
from oidc_enforcer.files import Found, Tree
from oidc_enforcer.finding import Finding, Place
from oidc_enforcer.gather.repository import reads_of
from oidc_enforcer.github import callees
from oidc_enforcer.github.callees import Fetched
from oidc_enforcer.github.organisations import Listed
from oidc_enforcer.organisation.store import Kept
from oidc_enforcer.report import FileReport, Tally, tally
from oidc_enforcer.workflow.elsewhere import named
from oidc_enforcer.workflow.secret_reads import SecretReads


class Judged(NamedTuple):
    """What was found out about a repository. `used` are the exceptions that excused something.

    `fails`: a finding is at or above what its own configuration fails on; `gaps`: something of it
    was not looked at.
    """

    name: str
    reports: tuple[FileReport, ...]
    tally: Tally
    files: int
    unrelated: int
    reads: SecretReads
    used: frozenset[Place]
    fails: bool
    has_gaps: bool


def judge(one: Listed, kept: Kept, facts: Facts, seen: set[str], hidden: frozenset[str]) -> Judged:
    """Judges a repository; of what several call only the first is told, by `seen`.

    `hidden` are files of the organisation's configuration, about which there is one report for all.
    """
    tree = _tree(kept)
    options = gather.Options(facts, trees={one.name: tree})
    report = callees.explained(gather.check_paths((one.name,), options), _fetched(kept))
    used = frozenset(
        each.granted for file in report.files for each in file.suppressed if each.granted
    )
    found = []
    for file in report.files:
        if file.file in hidden or file.file in seen:
            continue
        if file.file in tree.elsewhere:
            seen.add(file.file)
        found.append(_placed(file, one.name, tree))
    total = Tally()
    for file in found:
        total = total.plus(tally(file))
    own = [each for each in tree.files if each.path not in tree.elsewhere]
    fails = any(
        each.severity.fails(facts.config.fail_on) for file in found for each in file.findings
    )
    has_gaps = any(file.has_gap for file in found)
    return Judged(
        one.name,
        tuple(found),
        total,
        len(own),
        report.summary.unrelated_files,
        reads_of(tree),
        used,
        fails,
        has_gaps or bool(total.skipped),
    )


def _tree(kept: Kept) -> Tree:
    found = [
        Found(path, kind) for path in sorted(kept.held) if (kind := files.kind(path)) is not None
    ]
    found.sort(key=lambda each: (bool(each.is_action), each.path))
    own = Tree("", tuple(found), kept.gaps, kept.held)
    return callees.attached(own, _fetched(kept), kept.held)


def _fetched(kept: Kept) -> Fetched:
    texts = {key: (named(key), data) for key, data in kept.elsewhere.items()}
    return Fetched(texts, kept.unfetched)


def _placed(report: FileReport, repository: str, tree: Tree) -> FileReport:
    """The report with the repository's name before the paths of its files."""
    own = {*(tree.held or ()), *files.CONFIG_FILES}

    def there(path: str) -> str:
        is_ours = path in own or files.kind(path) is not None
        return f"{repository}/{path}" if is_ours else path

    def moved(place: Place) -> Place:
        return place._replace(file=there(place.file))

    def found(one: Finding) -> Finding:
        related = tuple(each._replace(place=moved(each.place)) for each in one.related)
        return one._replace(place=moved(one.place), related=related)

    return report._replace(
        file=there(report.file),
        findings=tuple(map(found, report.findings)),
        skipped=tuple(each._replace(place=moved(each.place)) for each in report.skipped),
        suppressed=tuple(
            each._replace(finding=found(each.finding), granted=each.granted and moved(each.granted))
            for each in report.suppressed
        ),
        coverage=tuple(gap._replace(what=there(gap.what)) for gap in report.coverage),
    )


def about_exceptions(
    facts: Facts, used: frozenset[Place], *, is_whole: bool
) -> Iterator[FileReport]:
    """What there is to say of the organisation's configuration, once for all repositories."""
    if facts.config.exceptions or facts.refusals:
        from oidc_enforcer.check.excuses import of_configuration

        yield from of_configuration(facts, used, is_whole=is_whole, is_everywhere=is_whole)
