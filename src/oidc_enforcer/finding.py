"""What the rules say: findings, skips, fixes, each with its place."""

from __future__ import annotations

import enum
import hashlib
from collections.abc import Mapping

from oidc_enforcer.records import NamedTuple
from oidc_enforcer.source import Edit, Region, SourceFile, Span


class Severity(enum.IntEnum):
    """How bad; ordered from the least to the worst."""

    NOTE = 1
    WARNING = 2
    ERROR = 3

    @property
    def word(self) -> str:
        """The level as SARIF and the command line spell it."""
        return self.name.lower()

    def fails(self, fail_on: str) -> bool:
        """Whether a finding this bad fails a run, by the setting: a severity's word or `never`."""
        return fail_on != "never" and self >= Severity[fail_on.upper()]


class Place(NamedTuple):
    """A span in a named file, with its lines and columns."""

    file: str
    span: Span
    region: Region

    @classmethod
    def of(cls, file: SourceFile, span: Span) -> Place:
        """The place of a span in a file."""
        return cls(file.path, span, file.region(span))


class Related(NamedTuple):
    """Another place that belongs to a finding, and what it has to do with it."""

    place: Place
    message: str


class Safety(enum.Enum):
    """Whether a fix may be applied without asking."""

    SAFE = "safe"
    UNSAFE = "unsafe"


class FileEdits(NamedTuple):
    """Edits of another file that a fix needs to be whole."""

    path: str
    edits: tuple[Edit, ...]
    regions: tuple[Region, ...] = ()


class Fix(NamedTuple):
    """Edits of the finding's own file that remove the finding, `elsewhere` those of others.

    `regions` says in lines and columns where each edit lies; `Rule.finding` fills it in. `first`
    are sentences about what must exist, in AWS above all, before the fixed workflow can work;
    `doubts` are the reasons for which the fix is not safe.
    """

    title: str
    edits: tuple[Edit, ...]
    safety: Safety
    regions: tuple[Region, ...] = ()
    first: tuple[str, ...] = ()
    elsewhere: tuple[FileEdits, ...] = ()
    doubts: tuple[str, ...] = ()


class PolicyOffer(NamedTuple):
    """The tightest trust policy for a role, proven, as IAM's JSON holds it; or `why_not`.

    `lets_in` are the runs that it lets in, as entries of `allowed`. `doubts` are what to look at
    before it takes the place of the policy in force.
    """

    role: str
    document: Mapping[str, object] | None = None
    lets_in: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()
    why_not: str = ""


class Finding(NamedTuple):
    """One thing wrong at one place; `step` counts from 1, `related` has the pair's other half.

    `unfixed` says why no fix is offered, where one was asked for.
    `is_old` says whether the base of the pull request has it too, None where nobody compared.
    `role` is the ARN of the role that it is about, its name where nothing tells the account, and
    `policy` the one that would be right, where one was asked for.
    `mark` and `evidence` are made of what it is and of all that it hangs on, where judgements are
    compared: never to be shown.
    `reaches` are the jobs in words, where it stands above them all; `job` is then the first.
    """

    rule: str
    severity: Severity
    place: Place
    message: str
    job: str | None = None
    step: int | None = None
    related: tuple[Related, ...] = ()
    fix: Fix | None = None
    fingerprint: str = ""
    unfixed: str = ""
    is_old: bool | None = None
    role: str = ""
    policy: PolicyOffer | None = None
    evidence: str = ""
    mark: str = ""
    reaches: str = ""


class Skipped(NamedTuple):
    """A rule that could not tell at this place, and why."""

    rule: str
    place: Place
    reason: str
    job: str | None = None
    step: int | None = None


class Rule(NamedTuple):
    """A rule's metadata. `id` names the bad pattern; its module's docstring is its page.

    `needs` is the field of Facts without which it says nothing, empty where the file is enough.
    """

    id: str
    summary: str
    severity: Severity
    judges: str = "workflow"
    needs: str = ""

    def finding(
        self,
        file: SourceFile,
        at: Span,
        message: str,
        *,
        severity: Severity | None = None,
        job: str | None = None,
        step: int | None = None,
        related: tuple[Related, ...] = (),
        fix: Fix | None = None,
        identity: tuple[str, ...] = (),
    ) -> Finding:
        """A finding of this rule.

        `identity` are the words that tell this finding from others of the same rule, file and job
        (the step's name, the sink, the reference read). Neither a line nor a literal's value may
        be among them, so that a fingerprint survives edits elsewhere and tells no secret.
        """
        if fix:
            fix = fix._replace(regions=tuple(file.region(edit.span) for edit in fix.edits))
        return Finding(
            self.id,
            self.severity if severity is None else severity,
            Place.of(file, at),
            message,
            job,
            step,
            related,
            fix,
            fingerprint(self.id, file.path, job or "", *identity),
        )

    def finding_at(
        self,
        place: Place,
        message: str,
        *,
        severity: Severity | None = None,
        identity: tuple[str, ...] = (),
    ) -> Finding:
        """A finding of this rule at a place whose file is not at hand."""
        level = self.severity if severity is None else severity
        mark = fingerprint(self.id, place.file, "", *identity)
        return Finding(self.id, level, place, message, fingerprint=mark)

    def skipped(
        self,
        file: SourceFile,
        at: Span,
        reason: str,
        *,
        job: str | None = None,
        step: int | None = None,
    ) -> Skipped:
        """This rule could not tell at this place."""
        return Skipped(self.id, Place.of(file, at), reason, job, step)


def fingerprint(*parts: str) -> str:
    """A stable identity: the first 24 hexadecimal digits of SHA-256 over the parts."""
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:24]
