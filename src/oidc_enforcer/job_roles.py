"""The roles that a file's jobs assume: what has to be known of them, and each as rules judge it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from oidc_enforcer.arn import RoleArn
from oidc_enforcer.facts import Facts, Role, Unavailable
from oidc_enforcer.finding import Rule, Skipped
from oidc_enforcer.iam.tokens import Hole, Repository
from oidc_enforcer.policies.accounts import in_account
from oidc_enforcer.roles import JobUse, RoleReading, role_reading
from oidc_enforcer.workflow.assumed_roles import asked_by
from oidc_enforcer.workflow.credentials import TokenUse
from oidc_enforcer.workflow.model import Job, Workflow
from oidc_enforcer.workflow.permissions import IdToken
from oidc_enforcer.workflow.reading import Reading
from oidc_enforcer.workflow.subjects import Subject, of_job, told
from oidc_enforcer.workflow.surroundings import Surroundings


class Unresolved(NamedTuple):
    """A step that assumes a role whose trust policy is not at hand, and why."""

    use: JobUse
    arn: RoleArn | None
    reason: str

    def skipped(self, rule: Rule) -> Skipped:
        """A rule that cannot tell for want of the policy."""
        role = f"role `{self.arn}`" if self.arn else "the role that is assumed here"
        reason = f"{role} is not judged: {self.reason}"
        use = self.use
        return rule.skipped(use.file, use.at, reason, job=use.job.id, step=use.step)


class Needs(NamedTuple):
    """What the jobs of some files need to be known: the roles that they assume.

    `environments` are those that they name, `open_environments`: some name is not known.
    """

    roles: frozenset[RoleArn] = frozenset()
    environments: frozenset[str] = frozenset()
    open_environments: bool = False

    def plus(self, other: Needs) -> Needs:
        """What both need."""
        return Needs(
            self.roles | other.roles,
            self.environments | other.environments,
            self.open_environments or other.open_environments,
        )


def needs(subject: Reading, facts: Facts) -> Needs:
    """What has to be known to judge the roles that a file's jobs assume."""
    repository, workflow = facts.repository, subject.workflow
    if repository is None or workflow is None:
        return Needs()
    arns = {arn for _, arn, _ in _uses(subject, workflow, repository, facts) if arn is not None}
    found = Needs(frozenset(arns))
    for job in workflow.jobs:
        named = _environments(workflow, job, subject.surroundings, repository, facts)
        found = found.plus(named)
    return found


def _environments(
    workflow: Workflow, job: Job, around: Surroundings, repository: Repository, facts: Facts
) -> Needs:
    names: set[str] = set()
    is_open = False
    for subject in of_job(workflow, job, around, repository, facts.config.stored).subjects:
        word = subject.presented.claims.get("environment")
        if word is None:
            continue
        if any(isinstance(piece, Hole) for piece in word):
            is_open = True
        else:
            names.add("".join(piece for piece in word if isinstance(piece, str)))
    return Needs(frozenset(), frozenset(names), is_open)


def of_reading(subject: Reading, facts: Facts) -> Iterator[RoleReading | Unresolved]:
    """The roles that a file's jobs assume, each once, and those that are not at hand."""
    repository, workflow = facts.repository, subject.workflow
    if repository is None or workflow is None:
        return
    by_role: dict[RoleArn, list[JobUse]] = {}
    for use, arn, reason in _uses(subject, workflow, repository, facts):
        if arn is None:
            yield Unresolved(use, None, reason)
        else:
            by_role.setdefault(arn, []).append(use)
    if facts.environments is None and by_role:
        named = needs(subject, facts)
        facts = facts._replace(
            environments=named.environments, open_environments=named.open_environments
        )
    for arn, uses in by_role.items():
        found = at_hand(arn, facts)
        if isinstance(found, Unavailable):
            yield Unresolved(uses[0], arn, found.reason)
        else:
            yield role_reading(found, facts, arn=arn, uses=tuple(uses))


def at_hand(arn: RoleArn, facts: Facts) -> Role | Unavailable:
    """The role of this ARN; by its name alone where a source does not tell the account."""
    found = facts.roles.get(str(arn)) or facts.roles.get(arn.name)
    if found is None:
        return Unavailable("its trust policy is in none of the sources that were given")
    return in_account(found, arn) if isinstance(found, Role) else found


def _uses(
    subject: Reading, workflow: Workflow, repository: Repository, facts: Facts
) -> Iterator[tuple[JobUse, RoleArn | None, str]]:
    """Every step that assumes a role by OIDC, once for each role that it may be."""
    stored = facts.config.stored
    for job, found in zip(workflow.jobs, subject.jobs, strict=True):
        if found.grant.id_token is IdToken.NONE:
            continue  # it gets no token at all, which is a finding of its own
        for use in found.token_uses:
            if use.role is not None:
                yield from _of_use(subject, workflow, job, use, repository, stored)
            elif not use.is_request_alone:
                here = JobUse(workflow.file, job, use.at, use.step_number, (), ())
                which = "which that is, or with whose token, is not read out of it"
                yield here, None, f"the step {use.what}, and {which}"


def _of_use(
    subject: Reading,
    workflow: Workflow,
    job: Job,
    use: TokenUse,
    repository: Repository,
    stored: Mapping[str, str],
) -> Iterator[tuple[JobUse, RoleArn | None, str]]:
    assert use.role is not None
    around = subject.surroundings
    place = asked_by(use, use.role, around)
    asked, gaps = told(workflow, job, around, repository, place, stored)
    grouped: dict[tuple[RoleArn | None, str], list[tuple[Subject, str | None]]] = {}
    for token, (arn, reason, audience) in asked:
        grouped.setdefault((arn, reason), []).append((token, audience))
    if not asked and gaps:
        # Nobody in sight calls it, or too much does; the role may be written here all the same.
        grouped.setdefault(_written(use, gaps), [])
    number = use.step_number
    for (arn, reason), tokens in grouped.items():
        yield JobUse(workflow.file, job, use.at, number, tuple(tokens), gaps), arn, reason


def _written(use: TokenUse, gaps: tuple[str, ...]) -> tuple[RoleArn | None, str]:
    text = use.role.value.strip() if use.role is not None else ""
    arn = RoleArn.parse(text)
    return arn, "" if arn else f"which role it is, is not known: {'; '.join(gaps)}"
