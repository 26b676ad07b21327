"""Applies proven fixes to a set of files, one after the other, until none is left to apply.

Two fixes of one file may touch the same lines, so each is worked out on what the one before left.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from oidc_enforcer import check, remedies
from oidc_enforcer.facts import Facts
from oidc_enforcer.finding import Finding, Fix, Safety
from oidc_enforcer.fixes.proposal import Choices
from oidc_enforcer.report import FileReport
from oidc_enforcer.source import Edit, SourceFile, apply_edits
from oidc_enforcer.workflow import reading
from oidc_enforcer.workflow.credentials import Kind
from oidc_enforcer.workflow.model import Action, Workflow
from oidc_enforcer.workflow.parse import parse
from oidc_enforcer.workflow.surroundings import Surroundings

#: More rounds than this for one file mean that fixes chase each other.
MAX_ROUNDS = 500
#: Why a file of another repository has no fix here.
ELSEWHERE = "it is in another repository: change it there first"


class Applied(NamedTuple):
    """A fix that was applied, and the finding that it removed."""

    finding: Finding
    fix: Fix


class Mended(NamedTuple):
    """What became of one file: what was applied, and the findings before and after.

    Findings of `after` have the fixes that were not wanted, or the reason for which there is none.
    """

    path: str
    before: FileReport
    after: FileReport
    applied: tuple[Applied, ...]
    #: The secrets and variables that fed keys before: `secrets.AWS_ACCESS_KEY_ID`.
    stored: frozenset[str] = frozenset()


class Bench:
    """Files on the bench: their texts as they are by now, and what stands around them."""

    def __init__(
        self,
        around: Surroundings,
        facts: Facts,
        choices: Choices,
        only: frozenset[str] | None = None,
    ) -> None:
        self.facts, self.choices = facts, choices
        #: The paths of the files that may be changed, None for all.
        self.only = only
        self.texts: dict[str, SourceFile] = {}
        self._base = around

    def mend(
        self,
        source: SourceFile,
        wanted: Callable[[Finding, Fix], bool],
        *,
        is_action: bool | None = None,
    ) -> Mended:
        """Applies every wanted fix of a file; fixes may change other files, too."""
        path = source.path
        self.texts.setdefault(path, source)
        before: FileReport | None = None
        stored: frozenset[str] = frozenset()
        applied: list[Applied] = []
        refused: dict[tuple[str, str], Finding] = {}
        for _ in range(MAX_ROUNDS):
            read = self._read(path, is_action)
            report = check.judge(read, self.facts, excerpts=False)
            if before is None:
                # NOTE: a fix of another file may have taken the keys out of this one already.
                as_given = self.texts[path] is source
                first = read if as_given else reading.read(source, self._base, is_action=is_action)
                before, stored = report, _stored(first)
            found = self._next(read, report, wanted, refused)
            if isinstance(found, FileReport):
                return Mended(path, before, found, tuple(applied), stored)
            assert found.fix is not None
            applied.append(Applied(found, found.fix))
            # NOTE: what could not be mended before may be now; what was not wanted is not now.
            refused = {key: one for key, one in refused.items() if one.fix is not None}
            self._apply(found.fix, path)
        raise RuntimeError(f"fixes of {path} do not come to an end")

    def judge_elsewhere(self, source: SourceFile, *, is_action: bool | None) -> FileReport:
        """The report on a file of another repository, called from the files as they are by now."""
        around = self._base.read_by(self._look)
        read = reading.read(source, around, is_action=is_action, is_elsewhere=True)
        report = check.judge(read, self.facts, excerpts=False)
        found = tuple(one._replace(fix=None, unfixed=ELSEWHERE) for one in report.findings)
        return report._replace(findings=found)

    def _read(self, path: str, is_action: bool | None) -> reading.Reading:
        around = self._base.read_by(self._look)
        return reading.read(self.texts[path], around, is_action=is_action)

    def _look(self, path: str) -> Workflow | Action | None:
        return parse(self.texts[path]).content if path in self.texts else self._base.at(path)

    def _next(
        self,
        read: reading.Reading,
        report: FileReport,
        wanted: Callable[[Finding, Fix], bool],
        refused: dict[tuple[str, str], Finding],
    ) -> Finding | FileReport:
        """The next finding to mend, or the report with what can be said of each fix."""
        seen: list[Finding] = []
        # NOTE: keys first, as a grant may have no use only until they are gone.
        for finding in sorted(report.findings, key=lambda one: one.rule in remedies.GRANT_RULES):
            key = (finding.rule, finding.fingerprint)
            if key in refused:
                seen.append(refused[key]._replace(place=finding.place))
                continue
            offered = remedies.offer(read, finding, report, self.facts, self.choices).finding
            offered = self._within(offered)
            if offered.fix is not None and wanted(offered, offered.fix):
                return offered
            seen.append(offered)
            refused[key] = offered
        seen.sort(key=lambda one: (one.place.span.start, -one.severity, one.rule))
        return report._replace(findings=tuple(seen))

    def _within(self, offered: Finding) -> Finding:
        """The finding without a fix that changes files that nobody named."""
        others = () if offered.fix is None or self.only is None else offered.fix.elsewhere
        beyond = [f"`{one.path}`" for one in others if one.path not in (self.only or ())]
        if not beyond:
            return offered
        why = f"its fix changes {' and '.join(beyond)} as well: name that, too, or the repository"
        return offered._replace(fix=None, unfixed=why)

    def _apply(self, fix: Fix, path: str) -> None:
        self._edit(path, fix.edits)
        for other in fix.elsewhere:
            if other.path not in self.texts:
                neighbour = self._base.at(other.path)
                assert neighbour is not None
                self.texts[other.path] = neighbour.file
            self._edit(other.path, other.edits)

    def _edit(self, path: str, edits: Iterable[Edit]) -> None:
        source = self.texts[path]
        self.texts[path] = SourceFile(path, apply_edits(source.text, edits), source.encoding)


_KEYS = frozenset({Kind.STATIC, Kind.STATIC_FALLBACK, Kind.STORED_TEMPORARY})


def _stored(read: reading.Reading) -> frozenset[str]:
    """Where GitHub keeps the keys that the file hands out."""
    pairs = (c.pair for c in read.credentials() if c.pair is not None and c.kind in _KEYS)
    origins = (
        origin
        for pair in pairs
        for piece in (*pair.pieces, *pair.repeats, pair.session_token)
        if piece is not None
        for origin in piece.origins
    )
    stored = frozenset(origin.reference for origin in origins if origin.is_stored)
    return stored - _callers_own(read)


def _callers_own(read: reading.Reading) -> frozenset[str]:
    """What a reusable workflow calls the secrets that callers hand over under names of their own.

    INVARIANT: GitHub may keep nothing by these names, so nobody is told to delete it.
    """
    content = read.parsed.content
    if not isinstance(content, Workflow) or not content.is_reusable:
        return frozenset()
    secrets = content.call.mapping("secrets") if content.call else None
    around, path = read.surroundings, content.file.path
    callers = (around.workflow_at(name) for name in around.callers(path))
    jobs = (job for caller in callers if caller for job in caller.jobs if job.uses)
    if secrets is None or any(
        job.inherits_secrets and around.path_of(job.uses) == path for job in jobs if job.uses
    ):
        return frozenset()
    return frozenset(f"secrets.{entry.key.text}" for entry in secrets.entries)


def safe(finding: Finding, fix: Fix) -> bool:
    """Wants the safe ones."""
    return fix.safety is Safety.SAFE


def every(finding: Finding, fix: Fix) -> bool:
    """Wants every fix, safe or not."""
    return True
