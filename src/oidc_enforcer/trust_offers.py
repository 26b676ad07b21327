"""Offers with each finding about a role the tightest trust policy, proven: what it would be after.

A policy is offered when it lets in every run that the workflows need, and the finding is gone once
the role is judged by it; else it is said why there is none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from oidc_enforcer import check
from oidc_enforcer.arn import OidcProviderArn, RoleArn
from oidc_enforcer.facts import Facts, Role
from oidc_enforcer.finding import Finding, PolicyOffer
from oidc_enforcer.iam.contexts import ReachClass
from oidc_enforcer.iam.document import Effect, Statement
from oidc_enforcer.iam.reach import reach
from oidc_enforcer.iam.tightest import (
    CannotSuggestError,
    Form,
    Suggestion,
    Wanted,
    parse_needs,
    tightest,
)
from oidc_enforcer.iam.tokens import Repository
from oidc_enforcer.job_roles import at_hand
from oidc_enforcer.needed_runs import needed_runs
from oidc_enforcer.report import CredentialUse, FileReport, JobReport, Report
from oidc_enforcer.role_providers import form_for, provider_for

#: The rules whose findings another trust policy mends.
_MENDED = frozenset(
    {
        "broad-trust",
        "missing-audience",
        "pull-request-trust",
        "recyclable-trust",
        "unassumable-role",
        "vacuous-condition",
    }
)
#: Roles of one run for which a policy is drawn up; each takes some tenths of a second at worst.
_MOST = 20
_TOO_MANY = "a run draws up policies for no more than 20 roles"
_REFERENCE = re.compile(r"\$\{\{\s*((?:vars|secrets)\.\w+)\s*\}\}")


class _Proposal(NamedTuple):
    """An offer, and the rules that would still have something to say of it, or could not tell."""

    offer: PolicyOffer
    left: frozenset[str] = frozenset()


def offered(report: Report, facts: Facts) -> Report:
    """The report, each finding about a role with a policy that mends it or why there is none."""
    if facts.repository is None or not any(map(_is_about_a_role, report.files)):
        return report
    offering = _Offering([_resolved(file, facts.config.stored) for file in report.files], facts)
    files = []
    for file in report.files:
        findings = tuple(offering.with_policy(file, one) for one in file.findings)
        files.append(file._replace(findings=findings))
    return report._replace(files=tuple(files))


def _is_about_a_role(file: FileReport) -> bool:
    return any(one.rule in _MENDED and one.role for one in file.findings)


def _resolved(file: FileReport, stored: Mapping[str, str]) -> FileReport:
    """The file with the roles that the configuration tells in the place of their references."""

    def use(one: CredentialUse) -> CredentialUse:
        found = _REFERENCE.fullmatch(one.role)
        return one._replace(role=stored.get(found[1].lower(), one.role)) if found else one

    jobs = (
        job._replace(credentials=tuple(use(one) for one in job.credentials)) for job in file.jobs
    )
    return file._replace(jobs=tuple(jobs))


class _Offering:
    """Draws up one policy for each role, when a finding first asks for it."""

    def __init__(self, files: Sequence[FileReport], facts: Facts) -> None:
        self.files = files
        self.facts = facts
        self.drawn: dict[str, _Proposal | None] = {}

    def with_policy(self, file: FileReport, finding: Finding) -> Finding:
        """The finding with what mends it."""
        if finding.rule not in _MENDED or not finding.role:
            return finding
        if finding.role not in self.drawn:
            self.drawn[finding.role] = self._proposal(finding.role)
        found = self.drawn[finding.role]
        if found is None:
            return finding
        if found.offer.document is not None and not self._mends(found, file, finding):
            why = "the policy for the runs that are told would not mend this"
            return finding._replace(policy=found.offer._replace(document=None, why_not=why))
        return finding._replace(policy=found.offer)

    def _proposal(self, name: str) -> _Proposal | None:
        arn = RoleArn.parse(name)
        role = at_hand(arn, self.facts) if arn else None
        if not isinstance(role, Role):
            return None
        if len(self.drawn) >= _MOST:
            return _Proposal(PolicyOffer(role.name, why_not=_TOO_MANY))
        return _draw_up(role, self.files, self.facts)

    def _mends(self, found: _Proposal, file: FileReport, finding: Finding) -> bool:
        if finding.rule != "unassumable-role":
            return finding.rule not in found.left
        jobs = tuple(job for job in self._jobs(file.file) if job.job == finding.job)
        needed = _needs([FileReport(file.file, jobs=jobs)], self.facts, found.offer.role)
        return bool(needed) and set(needed) <= set(found.offer.lets_in)

    def _jobs(self, path: str) -> tuple[JobReport, ...]:
        return next((file.jobs for file in self.files if file.file == path), ())


def _draw_up(role: Role, files: Sequence[FileReport], facts: Facts) -> _Proposal:
    repository = facts.repository
    assert repository is not None
    entries = _needs(files, facts, role.name)
    offer = PolicyOffer(role.name, lets_in=entries)
    if not entries:
        why = "no run that may use the role is told by the workflows"
        return _Proposal(offer._replace(why_not=why))
    if odd := [entry for entry in entries if _is_odd(entry)]:
        why = f"`{odd[0]}` has a sign that a trust policy takes for a wildcard"
        return _Proposal(offer._replace(why_not=why))
    try:
        provider = provider_for(role, repository)
        wanted = Wanted(
            repository,
            provider,
            parse_needs(entries),
            form_for(repository._replace(issuer=provider.issuer)),
        )
        found = tightest(wanted)
    except (CannotSuggestError, ValueError) as problem:
        return _Proposal(offer._replace(why_not=str(problem)))
    left, unlisted = _left(role, found, entries, facts)
    doubts = (
        *_doubts(role, repository, provider),
        *_about(files, role, repository, entries, unlisted),
    )
    return _Proposal(offer._replace(document=found.document, doubts=doubts), left)


def _is_odd(entry: str) -> bool:
    """Whether a name may not be taken as it stands: only branches and tags are patterns."""
    kind, _, name = entry.partition(":")
    return kind == "environment" and any(sign in name for sign in "*?")


def _needs(files: Iterable[FileReport], facts: Facts, role: str) -> tuple[str, ...]:
    """The runs that need the role; pull requests only where the configuration lets them."""
    assert facts.repository is not None
    files = list(files)
    entries = needed_runs(files, facts.repository, role).entries
    if "pull-request" in (facts.config.allowed or ()) and any(
        token.claims.get("ref", "").startswith("refs/pull/")
        for job in _jobs(files, role)
        for token in job.tokens
        if "environment" not in token.claims
    ):
        entries = (*entries, "pull-request")
    return entries


def _jobs(files: Iterable[FileReport], role: str) -> Iterator[JobReport]:
    """The jobs that may assume the role: those that name no other."""
    for job in (job for file in files for job in file.jobs):
        assumed = [RoleArn.parse(use.role) for use in job.credentials if use.kind == "oidc"]
        if any(arn is None or arn.name == role for arn in assumed):
            yield job


def _left(
    role: Role, found: Suggestion, entries: tuple[str, ...], facts: Facts
) -> tuple[frozenset[str], tuple[str, ...]]:
    """The rules that the new policy does not satisfy, once the runs that it is for are allowed.

    Also those of its runs that nothing allows yet: they would have to be.
    """
    environments = frozenset(
        entry.removeprefix("environment:") for entry in entries if entry.startswith("environment:")
    )
    after = facts._replace(environments=environments, open_environments=False, protection=None)
    new = role._replace(policy=found.policy, file=None)
    left = _judged(new, after)
    if "broad-trust" not in left:
        return left, ()
    default = facts.repository.default_branch if facts.repository else "main"
    listed = facts.config.allowed
    known = (f"branch:{default}", *(each for each in entries if each.startswith("environment:")))
    allowed = known if listed is None else listed
    config = facts.config._replace(allowed=(*allowed, *entries))
    unlisted = tuple(entry for entry in entries if entry not in allowed)
    return _judged(new, after._replace(config=config)), unlisted


def _judged(role: Role, facts: Facts) -> frozenset[str]:
    findings, skipped = check.judge_role(role, facts)
    return frozenset((*(one.rule for one in findings), *(one.rule for one in skipped)))


def _doubts(role: Role, repository: Repository, provider: OidcProviderArn) -> Iterator[str]:
    """Whom the new policy would shut out besides those that should not get in."""
    if reach(role.policy, repository, role=role.arn).reach > ReachClass.REPO_WIDE:
        yield (
            "other repositories that use this role today lose it: give each of them a role of its"
            " own"
        )
    others = [one.number for one in role.policy.statements if not _is_of(one, provider)]
    if others:
        which = "statement" if len(others) == 1 else "statements"
        numbers = ", ".join(map(str, others[:10])) + (", …" if others[10:] else "")
        yield (
            f"{which} {numbers} of the policy in force say something else, too, and do not stand"
            " here: keep what is still needed of them"
        )


def _is_of(statement: Statement, provider: OidcProviderArn) -> bool:
    """Whether a statement only lets in tokens of the provider, which the new policy does too."""
    named = {principal.value for principal in statement.principals}
    return statement.effect is Effect.ALLOW and named == {str(provider)}


def _about(
    files: Sequence[FileReport],
    role: Role,
    repository: Repository,
    entries: tuple[str, ...],
    unlisted: tuple[str, ...],
) -> Iterator[str]:
    """What the new policy takes for granted about the runs, which are `entries`."""
    tokens = [token for job in _jobs(files, role.name) for token in job.tokens]
    free = [token.claims.get("ref", "") for token in tokens if "environment" not in token.claims]
    if any(ref == "refs/heads/*" for ref in free):
        branch = repository.default_branch
        yield f"of jobs that run on any branch, those on `{branch}` alone are let in"
    if "pull-request" not in entries and any(ref.startswith("refs/pull/") for ref in free):
        yield (
            "jobs on pull requests are shut out: give them a role of their own that can only read,"
            " or say `pull-request` under `allowed` in the configuration"
        )
    if any(job.token_gaps for job in _jobs(files, role.name)) or any(one.unknown for one in tokens):
        yield (
            "not every run could be told from the workflows (`oidc-enforcer subjects` lists them):"
            " one that is missing here loses the role"
        )
    if unlisted:
        named = ", ".join(f"`{entry}`" for entry in unlisted[:5]) + (", …" if unlisted[5:] else "")
        yield f"the workflows need {named}, which the configuration's `allowed` has to list, too"
    if form_for(repository) is Form.BOTH:
        yield (
            "GitHub writes `sub` with numbers for newer repositories and without for older ones:"
            " the policy has both forms, and the one that yours does not use may go"
        )
