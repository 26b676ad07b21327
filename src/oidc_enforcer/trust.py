"""What a role's trust policy lets in, and what it says to given tokens: judged, not yet told.

Pure: roles come in as values, and what could not be read comes in as `Unavailable` and goes out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from oidc_enforcer.arn import OidcProviderArn, RoleArn
from oidc_enforcer.facts import Role, Unavailable
from oidc_enforcer.finding import Finding, Skipped
from oidc_enforcer.iam.contexts import ReachClass
from oidc_enforcer.iam.document import Effect, Statement, TrustPolicy
from oidc_enforcer.iam.evaluate import Decision, applies
from oidc_enforcer.iam.explanation import Answer, answer
from oidc_enforcer.iam.issuers import GITHUB_COM, Issuer, Tenancy, github_issuer
from oidc_enforcer.iam.reach import Reach, reach
from oidc_enforcer.iam.remedies import implied
from oidc_enforcer.iam.tokens import Repository
from oidc_enforcer.iam.web_identity import web_identity_request
from oidc_enforcer.iam.witness import Witness
from oidc_enforcer.policies import Entry
from oidc_enforcer.report import Suppressed

#: Said in every report: what a trust policy alone cannot tell.
LIMITS = (
    "the trust policy alone is judged; resource control policies, the role's permissions"
    " and onward role chains are not"
)
#: Classes that name what gets in one by one.
PINNED = frozenset({ReachClass.BRANCH, ReachClass.TAG, ReachClass.ENVIRONMENT})
#: Where a policy says nothing of an account, any will do.
_SOME_ACCOUNT = "123456789012"


class Asked(NamedTuple):
    """A token that is put to every role. With `complete=False` other claims may have any value."""

    claims: Mapping[str, str]
    complete: bool


class Admission(NamedTuple):
    """A witness, and the Allow statements that let it in."""

    witness: Witness
    statements: tuple[Statement, ...]


class RoleReport(NamedTuple):
    """All that was found out about one role; `reach.parts` is left out of it."""

    role: Role
    reach: Reach
    admissions: tuple[Admission, ...]
    answers: tuple[Answer, ...] = ()
    findings: tuple[Finding, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    suppressed: tuple[Suppressed, ...] = ()

    @property
    def pinned(self) -> bool:
        """Whether listed branches, tags or environments get in, and surely nothing else."""
        return self.reach.reach in PINNED and not self.reach.undetermined

    @property
    def lets_github_in(self) -> bool:
        """Whether any token of GitHub may get in."""
        return self.reach.reach is not ReachClass.NEVER

    @property
    def is_anothers(self) -> bool:
        """Whether this is a role for other repositories alone, and so no business of ours."""
        return self.lets_github_in and not self.reach.admits and not self.reach.undetermined


class Unread(NamedTuple):
    """A role whose trust policy could not be had, or that `reason` keeps from being judged."""

    name: str
    origin: str
    reason: str
    arn: RoleArn | None = None


class TrustReport(NamedTuple):
    """What a run has to say about roles. `roles` is gone through once, role by role.

    `notes` are for people, `gaps` what may hold roles and could not be looked into.
    """

    repository: Repository
    roles: Iterable[RoleReport | Unread]
    notes: tuple[str, ...] = ()
    gaps: tuple[str, ...] = ()


def judge(
    entries: Iterable[Entry], repository: Repository, asked: tuple[Asked, ...] = ()
) -> Iterator[RoleReport | Unread]:
    """The report on each role, in order."""
    for name, arn, found, origin in entries:
        if isinstance(found, Unavailable):
            yield Unread(name, origin, found.reason, arn)
        else:
            yield report(found, repository, asked)


def report(role: Role, repository: Repository, asked: tuple[Asked, ...] = ()) -> RoleReport:
    """What one role lets in."""
    found = reach(role.policy, repository, role=role.arn)
    admissions = tuple(
        Admission(witness, _letting_in(role.policy, witness)) for witness in found.witnesses
    )
    answers = tuple(_answer(role, repository, each) for each in asked)
    return RoleReport(role, found._replace(parts=()), admissions, answers)


def _letting_in(policy: TrustPolicy, witness: Witness) -> tuple[Statement, ...]:
    """The Allow statements that apply to a witness."""
    found = []
    issuer = github_issuer(witness.claims["iss"].removeprefix("https://"))
    for statement in policy.statements:
        if statement.effect is Effect.ALLOW and issuer:
            for provider in _providers(statement, issuer):
                request = web_identity_request(
                    witness.claims,
                    issuer,
                    provider.account,
                    partition=provider.partition,
                    context=witness.context,
                )
                if applies(statement, request) is not False:
                    found.append(statement)
                    break
    return tuple(found)


def _providers(statement: Statement, issuer: Issuer) -> Iterator[OidcProviderArn]:
    for principal in statement.principals:
        provider = OidcProviderArn.parse(principal.value)
        if principal.kind == "Federated" and provider and provider.issuer == issuer.name:
            yield provider


def _answer(role: Role, repository: Repository, asked: Asked) -> Answer:
    issuer = _issuer(role.policy, repository, asked.claims)
    account, partition = _home(role, issuer)
    claims = asked.claims
    if not asked.complete:
        audience = "sts.amazonaws.com.cn" if partition == "aws-cn" else "sts.amazonaws.com"
        claims = {"aud": audience, **implied(claims)}
    found = answer(
        role.policy, claims, issuer, account, partition=partition, complete=asked.complete
    )
    return found._replace(claims=dict(asked.claims))


def _issuer(policy: TrustPolicy, repository: Repository, claims: Mapping[str, str]) -> Issuer:
    """Whose token it is: as it says, as the repository's are, else as the policy trusts."""
    told = claims.get("iss", "").removeprefix("https://") or repository.issuer
    if told:
        # Of anybody else's tokens IAM maps the ordinary claims alone, as of a server's own.
        return github_issuer(told) or Issuer(told, Tenancy.INSTANCE)
    for statement in policy.statements:
        for principal in statement.principals:
            provider = OidcProviderArn.parse(principal.value)
            if provider and (found := github_issuer(provider.issuer)):
                return found
    found = github_issuer(GITHUB_COM)
    assert found is not None
    return found


def _home(role: Role, issuer: Issuer) -> tuple[str, str]:
    """The account and partition of a role; without an ARN, those of the provider it trusts."""
    if role.arn is not None:
        return role.arn.account, role.arn.partition
    elsewhere = None
    for statement in role.policy.statements:
        for principal in statement.principals:
            provider = OidcProviderArn.parse(principal.value)
            if provider and provider.issuer == issuer.name:
                return provider.account, provider.partition
            elsewhere = elsewhere or provider
    return (elsewhere.account, elsewhere.partition) if elsewhere else (_SOME_ACCOUNT, "aws")


def verdict(answers: Iterable[Answer]) -> Decision:
    """The worst of several decisions: a denial, then what cannot be told."""
    found = {each.decision for each in answers}
    for worst in (Decision.EXPLICIT_DENY, Decision.IMPLICIT_DENY, Decision.UNDETERMINED):
        if worst in found:
            return worst
    return Decision.ALLOWED
