"""What a trust policy lets in, over every token that GitHub can mint.

The answer is exact where IAM's and GitHub's behaviour is known: the policy becomes a set of claims
(`claims`), GitHub's tokens a family of words (`tokens`), and what both have in common is asked for,
from strangers down to our own branches (`survey`). Every class comes with a token as its witness.
What cannot be told is a value: `undetermined` where the policy leaves it open, `unsettled` where
GitHub's behaviour is not documented and the reach could turn out looser.

Only the trust policy is judged: no resource control policies, no permissions, no role chains.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import chain
from typing import NamedTuple, TypeVar

from oidc_enforcer.arn import OidcProviderArn, RoleArn
from oidc_enforcer.iam.contexts import Admitted, ReachClass
from oidc_enforcer.iam.document import Effect, TrustPolicy
from oidc_enforcer.iam.doors import Door, DoorKind, doors, is_identity_center_role
from oidc_enforcer.iam.identity import Identity
from oidc_enforcer.iam.issuer_reach import MAX_EFFORT, IssuerReach, Unsettled, issuer_reach
from oidc_enforcer.iam.issuers import Issuer, github_issuer
from oidc_enforcer.iam.tokens import Repository
from oidc_enforcer.iam.witness import Witness

#: Providers of one policy that are judged; it is room for a few that IAM gives to a policy.
_MOST_ISSUERS = 16
_Each = TypeVar("_Each")


class Reach(NamedTuple):
    """How far a policy reaches for one repository.

    `reach` is the loosest class; where `undetermined` gives reasons it is the loosest possible.
    `witnesses` show one token per class that is let in, loosest first. `admits` names the runs of
    our own repository, `audiences` the `aud` values let in (None where they are not listed;
    `any_audience`: nothing limits them). `other_doors` come before any Deny statement. `managed`:
    an IAM Identity Center role, which nobody else can change. `parts` are the answers by issuer.
    """

    reach: ReachClass
    identity: Identity
    witnesses: tuple[Witness, ...]
    admits: tuple[Admitted, ...]
    audiences: tuple[str, ...] | None
    any_audience: bool
    other_doors: tuple[Door, ...]
    undetermined: tuple[str, ...]
    unsettled: tuple[Unsettled, ...]
    managed: bool
    parts: tuple[IssuerReach, ...]

    @property
    def lists_environments(self) -> bool:
        """Whether the environments that get in, if any, are listed one by one."""
        return all(part.contexts.lists_environments for part in self.parts)


@lru_cache(maxsize=8)  # the rules ask about one role, one after the other
def reach(
    policy: TrustPolicy,
    repository: Repository,
    *,
    role: RoleArn | None = None,
    account: str | None = None,
    partition: str | None = None,
) -> Reach:
    """How far a policy reaches for a repository.

    STS looks a token's provider up in the role's own account and partition; `role`, or `account`
    and `partition`, say which these are. Without them any provider is taken to be in place.
    """
    if role is not None:
        account, partition = role.account, role.partition
    trusted = [
        (provider, issuer)
        for provider, issuer in _trusted_issuers(policy)
        if account in (None, provider.account) and partition in (None, provider.partition)
    ]
    effort = MAX_EFFORT // max(1, len(trusted))
    answers = [
        issuer_reach(policy, repository, *each, effort=effort if number < _MOST_ISSUERS else 0)
        for number, each in enumerate(trusted)
    ]
    parts = tuple(part for part in answers if repository.may_get_tokens_of(part.issuer))
    foreign = [part for part in answers if not repository.may_get_tokens_of(part.issuer)]
    live = [part for part in parts if part.reach is not ReachClass.NEVER]
    witnesses = chain.from_iterable(part.witnesses for part in parts)
    listed = [part.audiences for part in live if part.audiences is not None]
    return Reach(
        max((part.reach for part in parts), default=ReachClass.NEVER),
        max((part.identity for part in live), default=Identity.NONE),
        tuple(sorted(witnesses, key=lambda each: -each.reach)),
        _distinct(part.admits for part in parts),
        _distinct(listed) if len(listed) == len(live) else None,
        any(part.any_audience for part in live),
        (*doors(policy, role), *_github_doors(policy, foreign)),
        _distinct(part.undetermined for part in answers),
        _distinct(part.unsettled for part in parts),
        role is not None and is_identity_center_role(role, policy),
        parts,
    )


def _distinct(groups: Iterable[tuple[_Each, ...]]) -> tuple[_Each, ...]:
    return tuple(dict.fromkeys(chain.from_iterable(groups)))


def _github_doors(policy: TrustPolicy, foreign: list[IssuerReach]) -> Iterator[Door]:
    """Tokens of GitHub issuers that are not our repository's."""
    reaching = {
        str(part.provider): part.issuer.url
        for part in foreign
        if part.reach is not ReachClass.NEVER
    }
    for statement in policy.statements:
        for principal in statement.principals:
            url = reaching.pop(principal.value, None)
            if url is not None:
                gaps = (f"tokens of {url}, which are not this repository's",)
                yield Door(
                    DoorKind.GITHUB, principal.value, statement.number, principal.pointer, gaps
                )


def _trusted_issuers(policy: TrustPolicy) -> Iterator[tuple[OidcProviderArn, Issuer]]:
    """The providers of GitHub's issuers that some Allow statement names."""
    seen: set[str] = set()
    for statement in policy.statements:
        for principal in statement.principals:
            if statement.effect is not Effect.ALLOW or principal.value in seen:
                continue
            seen.add(principal.value)
            provider = OidcProviderArn.parse(principal.value)
            issuer = github_issuer(provider.issuer) if provider else None
            if provider and issuer and principal.kind == "Federated":
                yield provider, issuer
