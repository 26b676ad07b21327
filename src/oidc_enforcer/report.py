"""What a run has to say: one report, from which every format prints."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from operator import add
from typing import overload

from oidc_enforcer.finding import Finding, Place, Severity, Skipped
from oidc_enforcer.records import NamedTuple


class CredentialUse(NamedTuple):
    """A credential in force in a job: its class, where it comes in, and from what.

    `step` counts from 1, None for the job itself; `source` names the reference read (`secrets.X`),
    never a value. `role` is the role that OIDC assumes, as it is written.
    """

    kind: str
    line: int
    step: int | None
    source: str
    role: str = ""


class TokenReport(NamedTuple):
    """A kind of OIDC token that a job can present, open parts written as `*`.

    `event` starts the run, `called_by` are the calls that lead to the job, outermost first.
    `claims` are those that IAM sees besides `sub` and `aud`. `unknown` says what no file tells.
    """

    event: str
    called_by: tuple[str, ...]
    subjects: tuple[str, ...]
    claims: Mapping[str, str]
    unknown: tuple[str, ...]


class JobReport(NamedTuple):
    """A job of a workflow, or the steps of a composite action (`job` is then its name).

    `id_token` is `write`, `none`, `caller` (decided by whoever calls this workflow) or `unknown`.
    `tokens` are there when the repository is known; `subjects` are theirs, each once.
    `token_gaps` says why there may be tokens of other kinds. Only jobs that are `counted` are in
    the figures: not those whose access is another's, as `workflow.counting` tells.
    """

    job: str
    line: int
    credentials: tuple[CredentialUse, ...]
    id_token: str
    derivation: tuple[str, ...]
    subjects: tuple[str, ...] = ()
    tokens: tuple[TokenReport, ...] = ()
    token_gaps: tuple[str, ...] = ()
    counted: bool = True


class Suppressed(NamedTuple):
    """A finding that was excused: `by` is `inline`, `policy`, `break-glass` or `baseline`.

    `granted` is where the exception stands. `is_new`: the pull request brings the finding, and the
    exception was there before it.
    """

    finding: Finding
    by: str
    reason: str
    until: str
    granted: Place | None = None
    is_new: bool = False


#: Why a local action is a gap.
NOT_THERE = "no such action in this repository"
#: Why a reusable workflow of another repository is a gap.
NOT_FETCHED = "a workflow of another repository, not fetched"


class Gap(NamedTuple):
    """Something that was not looked at, and why.

    `is_chosen`: because the configuration says so. `fails`: by what nobody's files do by accident,
    such as reaching a bound of ours; such a run is not clean, whether it is strict or not.
    """

    what: str
    reason: str
    is_chosen: bool = False
    fails: bool = False


class Unavailable(NamedTuple):
    """A fact that could not be had, and why: never the same as "there is none"."""

    reason: str


class Digest(NamedTuple):
    """What the JSON format says of a file: the entries of its lists, as they are to be written."""

    findings: str
    skipped: str
    jobs: str
    coverage: str


class FileReport(NamedTuple):
    """All that was found out about one file.

    `lines` holds the source lines that the findings point at, secrets already masked by `*` of
    equal width, so that nothing downstream needs the file's text. Where there is a `digest`, it
    stands for findings, skips and jobs, which are left out.
    """

    file: str
    findings: tuple[Finding, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    suppressed: tuple[Suppressed, ...] = ()
    jobs: tuple[JobReport, ...] = ()
    coverage: tuple[Gap, ...] = ()
    lines: Mapping[int, str] = {}
    digest: Digest | None = None

    @property
    def has_gap(self) -> bool:
        """Whether something was not looked at that the configuration does not leave out."""
        return any(not gap.is_chosen for gap in self.coverage)


def numbered(findings: Iterable[Finding]) -> Iterator[tuple[str, Finding]]:
    """Findings of one file under keys of their own: what else is equal is numbered from the second.

    Two steps may be alike in everything that a fingerprint holds, so that one more of them is one
    more key.
    """
    seen: dict[str, int] = {}
    for finding in findings:
        number = seen[finding.fingerprint] = seen.get(finding.fingerprint, 0) + 1
        yield finding.fingerprint if number == 1 else f"{finding.fingerprint}.{number}", finding


class Summary(NamedTuple):
    """The counts of a run. `adoption` is None when no job uses AWS.

    `keyless_jobs` are neither by OIDC nor with anything that the default configuration forbids.
    """

    files: int
    unrelated_files: int
    errors: int
    warnings: int
    notes: int
    skipped: int
    suppressed: int
    aws_jobs: int
    oidc_jobs: int
    static_jobs: int
    adoption: float | None
    keyless_jobs: int = 0


class Report(NamedTuple):
    """A whole run. `files` may be read from disk while iterating: go through it, do not copy it.

    `judges_jobs` says that workflows were judged, so that no job means that there is none.
    `unseen` counts the gaps for which the run is not clean, strict or not.
    """

    files: Sequence[FileReport]
    summary: Summary
    context: Mapping[str, str] = {}
    judges_jobs: bool = True
    unseen: int = 0


class Chain(Sequence[FileReport]):
    """Several sequences of reports, one behind the other, without copying them."""

    def __init__(self, parts: Sequence[Sequence[FileReport]]) -> None:
        self._parts = parts

    def __len__(self) -> int:
        return sum(len(part) for part in self._parts)

    @overload
    def __getitem__(self, index: int) -> FileReport: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[FileReport]: ...
    def __getitem__(self, index: int | slice) -> FileReport | Sequence[FileReport]:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        if index < 0:
            index += len(self)
        for part in self._parts:
            if index < len(part):
                return part[index]
            index -= len(part)
        raise IndexError(index)

    def __iter__(self) -> Iterator[FileReport]:
        for part in self._parts:
            yield from part


#: Classes that count as stored, long-lived AWS access in the figures.
STORED_CLASSES = frozenset({"static", "static-fallback", "external-store"})
#: Classes that are AWS access at all; `other-provider` and `dummy` are not.
AWS_CLASSES = STORED_CLASSES | {
    "temporary",
    "oidc",
    "brokered",
    "stored-temporary",
    "human",
    "roles-anywhere",
    "ambient",
    "pass-through",
}
#: Classes that the default configuration allows: nothing long-lived is stored.
ALLOWED_CLASSES = frozenset(
    {"temporary", "oidc", "brokered", "roles-anywhere", "ambient", "other-provider", "dummy"}
)


class Tally(NamedTuple):
    """Counts over some reports, which add up."""

    errors: int = 0
    warnings: int = 0
    notes: int = 0
    skipped: int = 0
    suppressed: int = 0
    aws_jobs: int = 0
    oidc_jobs: int = 0
    static_jobs: int = 0
    allowed_jobs: int = 0
    unseen: int = 0
    keyless_jobs: int = 0

    def plus(self, other: Tally) -> Tally:
        """The counts of both."""
        return Tally._make(map(add, self, other))

    def summary(self, *, files: int, unrelated_files: int) -> Summary:
        """The counts of a run over `files`, of which `unrelated_files` hold no AWS text."""
        adoption = round(self.allowed_jobs / self.aws_jobs, 4) if self.aws_jobs else None
        return Summary(files, unrelated_files, *self[:-3], adoption, self.keyless_jobs)


def tally(report: FileReport) -> Tally:
    """Counts what one report holds."""
    counts = [0] * 4
    for finding in report.findings:
        counts[finding.severity] += 1
    aws = oidc = static = allowed = keyless = 0
    for job in report.jobs:
        kinds = {use.kind for use in job.credentials} & AWS_CLASSES
        if kinds and job.counted:
            aws += 1
            oidc += "oidc" in kinds
            static += bool(kinds & STORED_CLASSES)
            allowed += kinds <= ALLOWED_CLASSES
            keyless += kinds <= ALLOWED_CLASSES and "oidc" not in kinds
    return Tally(
        counts[Severity.ERROR],
        counts[Severity.WARNING],
        counts[Severity.NOTE],
        len(report.skipped),
        len(report.suppressed),
        aws,
        oidc,
        static,
        allowed,
        sum(gap.fails for gap in report.coverage),
        keyless,
    )


def summarise(
    reports: Iterable[FileReport], *, files: int = 0, unrelated_files: int = 0
) -> Summary:
    """Counts what the reports hold; a report may also stand for a folder that was not read."""
    total = Tally()
    for report in reports:
        total = total.plus(tally(report))
    return total.summary(files=files, unrelated_files=unrelated_files)
