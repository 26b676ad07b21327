"""A role as the rules judge it: its reach, the runs that are allowed, what findings to make of it.

A role is judged as the jobs of a file assume it (findings then stand at `role-to-assume`), or for
itself (they stand in its policy).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

from oidc_enforcer.arn import RoleArn
from oidc_enforcer.facts import Facts, Role
from oidc_enforcer.finding import Finding, Place, Related, Rule, Severity, Skipped
from oidc_enforcer.iam.allowed import Allowed, outside
from oidc_enforcer.iam.document import Place as PolicyPlace
from oidc_enforcer.iam.document import Statement, TrustPolicy
from oidc_enforcer.iam.evaluate import evaluate
from oidc_enforcer.iam.patterns import StringSet
from oidc_enforcer.iam.reach import Reach, reach
from oidc_enforcer.iam.searches import TooComplexError
from oidc_enforcer.iam.tokens import Repository
from oidc_enforcer.iam.web_identity import web_identity_request
from oidc_enforcer.iam.witness import Witness
from oidc_enforcer.source import Region, SourceFile, Span
from oidc_enforcer.workflow.model import Job
from oidc_enforcer.workflow.subjects import Subject

#: Why a rule cannot tell of a policy that is beyond all bounds.
TOO_COMPLEX = "its trust policy is too complex to decide what gets in"


class JobUse(NamedTuple):
    """A step that assumes a role, with the tokens that it can present and their audiences.

    `gaps` says why there may be tokens of other kinds.
    """

    file: SourceFile
    job: Job
    at: Span
    step: int | None
    tokens: tuple[tuple[Subject, str | None], ...]
    gaps: tuple[str, ...]


class RoleReading(NamedTuple):
    """A role, and the steps of one file that assume it; none where it is judged for itself.

    `whole` is its reach, `beyond` the same without what workflow files may that the configuration
    allows. `allowed` are the runs that may use it, `allowed_in_words` say so.
    """

    role: Role
    arn: RoleArn | None
    repository: Repository
    whole: Reach
    beyond: Reach
    allowed: Allowed
    allowed_in_words: str
    open_environments: bool = False
    uses: tuple[JobUse, ...] = ()

    @property
    def name(self) -> str:
        """The role as messages name it."""
        return f"role `{self.arn.name if self.arn else self.role.name}`"

    def statement(self, claims: Mapping[str, str], context: Mapping[str, str]) -> Statement | None:
        """The Allow statement that lets a token in, as far as one surely does."""
        for part in self.whole.parts:
            account, partition = part.provider.account, part.provider.partition
            if part.issuer.url == claims["iss"]:
                request = web_identity_request(
                    claims, part.issuer, account, partition=partition, context=context
                )
                for number in evaluate(self.role.policy, request).matched_statements:
                    return self.role.policy.statements[number - 1]
        return None

    def way_in(self) -> Statement | None:
        """The statement that lets the loosest of the shown tokens in, as far as one surely does."""
        witness = next(iter(self.whole.witnesses), None)
        return self.statement(witness.claims, witness.context) if witness else None

    def outsiders(self) -> tuple[Witness, ...] | None:
        """Tokens that get in and are not allowed to; None where that is too complex to decide."""
        try:
            return outside(self.beyond, self.allowed)
        except TooComplexError:
            return None

    def entry(self, witness: Witness) -> tuple[str, PolicyPlace | None]:
        """By which statement a token gets in, as messages say it, and where that stands."""
        statement = self.statement(witness.claims, witness.context)
        return (f" (statement {statement.number})", statement.place) if statement else ("", None)

    def finding(
        self,
        rule: Rule,
        message: str,
        *,
        at: PolicyPlace | None = None,
        use: JobUse | None = None,
        severity: Severity | None = None,
        identity: tuple[str, ...] = (),
    ) -> Finding:
        """A finding at a step that assumes the role, the policy's place being related to it.

        Where nothing assumes it the finding stands in the policy. `at` is where in the policy.
        """
        use = use or next(iter(self.uses), None)
        named = (str(self.arn or self.role.name), *identity)
        if use is None:
            file = self.role.file or SourceFile(self.role.origin, "")
            found = rule.finding(file, _span(file, at), message, severity=severity, identity=named)
            found = found._replace(role=named[0])
            return found if self.role.file else found._replace(place=_nowhere(self.role.origin))
        found = rule.finding(
            use.file,
            use.at,
            message,
            severity=severity,
            job=use.job.id,
            step=use.step,
            related=self._in_policy(at),
            identity=named,
        )
        return found._replace(role=named[0])

    def skipped(self, rule: Rule, reason: str, *, use: JobUse | None = None) -> Skipped:
        """A rule that cannot tell."""
        use = use or next(iter(self.uses), None)
        if use is None:
            return Skipped(rule.id, _nowhere(self.role.origin), f"{self.name}: {reason}")
        where = f"{self.name}: {reason}"
        return rule.skipped(use.file, use.at, where, job=use.job.id, step=use.step)

    def _in_policy(self, at: PolicyPlace | None) -> tuple[Related, ...]:
        file = self.role.file
        if file is None:
            return ()
        return (Related(Place.of(file, _span(file, at)), "its trust policy"),)


def role_reading(
    role: Role,
    facts: Facts,
    *,
    arn: RoleArn | None = None,
    uses: tuple[JobUse, ...] = (),
    whole: Reach | None = None,
) -> RoleReading:
    """A role as the rules judge it; the repository must be known. `whole`: its reach, if it is."""
    repository = facts.repository
    assert repository is not None, "a role is judged for a repository"
    arn = arn or role.arn
    allowed, words = allowed_runs(facts)
    entries = tuple(entry for entry in facts.config.allowed or () if entry.startswith("workflow:"))
    whole = whole or _reach(role.policy, repository, arn, ())
    beyond = _reach(role.policy, repository, arn, entries) if entries else whole
    return RoleReading(role, arn, repository, whole, beyond, allowed, words, _is_open(facts), uses)


@lru_cache(maxsize=512)
def _reach(
    policy: TrustPolicy, repository: Repository, arn: RoleArn | None, entries: tuple[str, ...]
) -> Reach:
    if entries:
        files = Allowed.parse(entries).workflows
        repository = repository._replace(excused_workflows=files)
    return reach(policy, repository, role=arn)


def allowed_runs(facts: Facts) -> tuple[Allowed, str]:
    """The runs that may use a role, and the same in words.

    Unless the configuration says: the default branch and the environments that workflows name.
    """
    entries = facts.config.allowed
    if entries is not None and not _says_files_alone(facts):
        return Allowed.parse(entries), ", ".join(f"`{entry}`" for entry in entries) or "nothing"
    repository = facts.repository
    branch = repository.default_branch if repository else "main"
    environments = sorted(facts.environments or ())
    allowed = Allowed(StringSet.of(branch), environments=StringSet.ignoring_case(*environments))
    words = [f"branch `{branch}`", *(f"environment `{name}`" for name in environments[:5])]
    more = len(environments) - 5
    return allowed, " and ".join([", ".join(words[:-1]), words[-1]] if words[1:] else words) + (
        f" and {more} more environments" if more > 0 else ""
    )


def _is_open(facts: Facts) -> bool:
    """Whether environments may be allowed whose names are not known."""
    unknown = facts.open_environments or facts.environments is None
    return unknown and (facts.config.allowed is None or _says_files_alone(facts))


def _says_files_alone(facts: Facts) -> bool:
    """Whether the configuration allows workflow files and says nothing of branches and the like."""
    entries = facts.config.allowed or ()
    return bool(entries) and all(entry.startswith("workflow:") for entry in entries)


def _span(file: SourceFile, at: PolicyPlace | None) -> Span:
    """A place of a policy in its file; the file's beginning where there is none."""
    if at is None or at.line > len(file.line_starts):
        return Span(0, 0)
    start = file.line_starts[at.line - 1] + at.column - 1
    limit = min(start + _MOST_MARKED, len(file.text))
    end = file.text.find("\n", start, limit)
    return Span(start, limit if end < 0 else end)


#: Characters of a line that a finding marks.
_MOST_MARKED = 400


def _nowhere(origin: str) -> Place:
    return Place(origin, Span(0, 0), Region(1, 1, 1, 1))
