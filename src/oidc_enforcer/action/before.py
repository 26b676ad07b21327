"""What was there before: other commits of the repository, judged as the head is.

One comparison of whole judgements serves the exceptions, which count as far as the default branch
has them, and the scopes `new` and `changed`. It costs further calls, so it is made only where
a finding hangs on it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from oidc_enforcer import comparison, gather
from oidc_enforcer.action.runner import Run
from oidc_enforcer.errors import UserError
from oidc_enforcer.files import Tree
from oidc_enforcer.finding import Finding
from oidc_enforcer.github import callees, contents, local_callees, pull_request
from oidc_enforcer.github.callees import NOTHING, Fetched
from oidc_enforcer.github.connection import Connection
from oidc_enforcer.github.contents import Listing
from oidc_enforcer.github.elsewhere import Texts
from oidc_enforcer.github.pull_request import Survey
from oidc_enforcer.github.refusals import Refused
from oidc_enforcer.report import Report, numbered


class Commit(NamedTuple):
    """The commit that is judged, by which others are read more cheaply.

    `changed` are the files that the pull request shows, None where it does not show all of them.
    """

    connection: Connection
    repository: str
    listed: Listing
    held: Mapping[str, bytes]
    changed: frozenset[str] | None
    asking: Texts
    fetched: Fetched = NOTHING

    @property
    def tree(self) -> Tree:
        """Its files, with what they call elsewhere."""
        return callees.attached(contents.tree(self.listed, self.held), self.fetched)

    def followed(self) -> Commit:
        """The same with what its files call elsewhere; what another one called is at hand."""
        at = (self.connection, self.repository, self.listed, dict(self.held))
        listed, held, fetched = callees.follow(*at, self.changed, self.asking)
        return self._replace(listed=listed, held=held, fetched=fetched)

    def at(self, commit: str) -> Commit:
        """Another commit, whose files that are the same here are at hand already."""
        listed = contents.listing(self.connection, self.repository, commit)
        known = {
            self.listed.files[path].oid: data
            for path, data in self.held.items()
            # NOTE: what was reached through a link, or beyond a list cut short, is not in the list.
            if path in self.listed.files
        }
        wanted = contents.wanted(listed)
        missing = [oid for oid in wanted.values() if oid not in known]
        known |= contents.blobs(self.connection, self.repository, missing)
        held = contents.by_path(wanted, known)
        read = local_callees.with_callees(self.connection, self.repository, listed, held)
        return self._replace(listed=read[0], held=read[1]).followed()

    def differs(self, other: Commit, path: str) -> bool:
        """Whether a file is another one there; of one that a list may have lost it may be."""
        ours, theirs = self.listed, other.listed
        if path in ours.files or path in theirs.files:
            return ours.files.get(path) != theirs.files.get(path)
        return not (ours.is_whole and theirs.is_whole)


class Past:
    """Other commits, each judged once, by the same facts as the head."""

    def __init__(self, commit: Commit, found: Survey, options: gather.Options) -> None:
        self.commit = commit
        self.found = found
        self.options = options
        self._judged: dict[str, tuple[Commit, Report]] = {}

    def at(self, sha: str) -> tuple[Commit, Report]:
        """A commit, and what there is to say of it; raises `Refused` and UserError."""
        if sha not in self._judged:
            there = self.commit.at(sha)
            facts = self.options.facts._replace(pending_exceptions=())
            like = self.options._replace(
                facts=facts, fixes=None, excerpts=False, trees={".": there.tree}
            )
            self._judged[sha] = (there, gather.check_paths((".",), like))
        return self._judged[sha]

    def settled(self, report: Report) -> Report:
        """The report by the exceptions that count: at first all are taken as they are written."""
        default = self.found.default
        if self.commit.listed.commit == default or not any(
            file.suppressed for file in report.files
        ):
            return report
        granted = comparison.excused(self.at(default)[1]) if default else {}
        if comparison.is_all_excused(report, granted):
            return report
        facts = self.options.facts._replace(granted=granted)
        return gather.check_paths((".",), self.options._replace(facts=facts))


class Known(NamedTuple):
    """Keys (`report.numbered`) of findings: `old` are those that were there before, None where that
    was not asked or could not be told. `spared` are those that the scope lets pass.
    """

    old: frozenset[str] | None = None
    spared: frozenset[str] = frozenset()


NOT_COMPARED = Known()


def compared(past: Past, run: Run, scope: str, report: Report, notes: list[str]) -> Known:
    """What a scope takes into account; where it cannot be told every finding counts, and a note
    says so.
    """
    if scope == "all":
        return NOT_COMPARED
    if not any(file.findings for file in report.files):
        return Known(frozenset())
    if not run.base:
        notes.append(f"scope `{scope}`: there is no base to compare with, so every finding counts")
        return NOT_COMPARED
    try:
        return _compared(past, run, scope, report, notes)
    except (Refused, UserError) as problem:
        notes.append(f"scope `{scope}`: {problem.message}; every finding counts")
        return NOT_COMPARED


def _compared(past: Past, run: Run, scope: str, report: Report, notes: list[str]) -> Known:
    """What was there both where the branch began and at the tip of the default branch.

    NOTE: the first alone would let a branch bring back what was mended since, even one that leaves
    the file as it was in the end (by commits that are put on the tip one by one). And a base that
    is another branch may be anybody's.
    """
    commit, start, tip = past.commit, run.base, past.found.default
    if run.pull is not None:
        start = pull_request.merge_base(commit.connection, run.repository, start, run.head)
    there, then = past.at(start)
    began_with = old = comparison.old(report, then)
    if old and tip not in ("", start, run.head):
        old &= comparison.old(report, past.at(tip)[1])
    if old != began_with:
        notes.append(
            f"{len(began_with - old)} of the findings were there where this branch began, and are"
            " not on the default branch: bring the branch up to date"
        )
    return Known(old, old if scope == "new" else old - _touched(report, commit, there))


def _touched(report: Report, commit: Commit, there: Commit) -> frozenset[str]:
    """The keys of findings in which a file has a part that is another one there."""
    return frozenset(
        key
        for file in report.files
        for key, one in numbered(file.findings)
        if any(commit.differs(there, path) for path in _parts(one))
    )


def _parts(finding: Finding) -> Iterator[str]:
    """The files that have a part in a finding."""
    yield finding.place.file
    yield from (other.place.file for other in finding.related)
