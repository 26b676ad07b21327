"""Conditions that look like a limit and are none, and such that no token satisfies.

A condition is judged alone, over all tokens of the issuer that GitHub can mint, whoever asks for
them and whatever template their subject has. Conditions on what is no claim are never vacuous here
unless IAM's context says so: the time of a call does limit it.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from itertools import product
from typing import NamedTuple

from oidc_enforcer.arn import OidcProviderArn
from oidc_enforcer.iam.claims import ALL_CLAIMS, Cell, ClaimSet, condition_cell
from oidc_enforcer.iam.condition_sets import Bound
from oidc_enforcer.iam.document import Condition, Statement, TrustPolicy
from oidc_enforcer.iam.evaluate import action_matches
from oidc_enforcer.iam.field import Field, first
from oidc_enforcer.iam.issuers import Issuer, github_issuer
from oidc_enforcer.iam.operators import holds
from oidc_enforcer.iam.request import ASSUME_ROLE_WITH_WEB_IDENTITY, Caller
from oidc_enforcer.iam.searches import Effort, TooComplexError
from oidc_enforcer.iam.tokens import Minter, Repository, Workflow
from oidc_enforcer.iam.web_identity import domain, maps_github_claims, web_identity_request
from oidc_enforcer.iam.world import world


class Vacuity(NamedTuple):
    """A condition that every token satisfies (`always`), or none.

    `seen`: it asks for a claim that IAM sees of some issuer here.
    """

    statement: int
    condition: Condition
    always: bool
    seen: bool = True


def vacuous_conditions(
    policy: TrustPolicy, repository: Repository, applying: frozenset[int] = frozenset()
) -> tuple[Vacuity, ...]:
    """The vacuous conditions of all statements that speak of GitHub's tokens, in order.

    What is too complex to decide is not reported. `applying` are statements of which it is known
    that they apply to some token.
    """
    return tuple(
        Vacuity(statement.number, condition, always, _is_seen(statement, condition))
        for statement in policy.statements
        for condition in statement.conditions
        if not (statement.number in applying and _refuses_strangers(statement, condition))
        if (always := _verdict(statement, condition, repository)) is not None
    )


def way_out(found: Vacuity, repository: Repository) -> str:
    """What would be a limit, in a line."""
    condition, name = found.condition, repository.full_name
    operator, values = condition.operator, condition.values
    if not found.seen:
        return "ask for a claim that AWS sees, or take it out"
    if "arn" in operator.lower():
        return "claims are no ARNs: use `StringLike`"
    if "like" not in operator.lower() and any("*" in value or "?" in value for value in values):
        like = "StringNotLike" if "not" in operator.lower() else "StringLike"
        return f"`{operator}` takes `*` and `?` as they stand: use `{like}`"
    if found.always:
        return "name the values that may get in, or take it out"
    if any(name.lower() in value.lower() and name not in value for value in values):
        return f"casing counts, and GitHub writes `{name}`: write it so"
    return "write a value that GitHub mints, or take it out"


def _refuses_strangers(statement: Statement, condition: Condition) -> bool:
    """Whether one of two plain tokens of nobody in particular fails a condition: then not all pass.

    That is seen in no time, and true of nearly every condition.
    """
    for provider, issuer in _providers(statement):
        for audience in ("sts.amazonaws.com", "https://github.com/quokka"):
            claims = {**_NOBODY, "aud": audience}
            request = web_identity_request(
                claims, issuer, provider.account, partition=provider.partition
            )
            if holds(condition, request) is False:
                return True
        return False
    return False


_NOBODY = {
    "sub": "repo:quokka/quokka:ref:refs/heads/quokka",
    "actor": "quokka",
    "actor_id": "7131",
    "job_workflow_ref": "quokka/quokka/.github/workflows/quokka.yml@refs/heads/quokka",
    "ref": "refs/heads/quokka",
    "repository": "quokka/quokka",
    "repository_id": "7132",
    "repository_owner_id": "7133",
    "workflow": "quokka",
}


def _verdict(statement: Statement, condition: Condition, repository: Repository) -> bool | None:
    """True, False, or None where it depends on the token or on the issuer."""
    if not action_matches(statement, ASSUME_ROLE_WITH_WEB_IDENTITY):
        return None
    bare = condition._replace(pointer="", place=None)  # the same condition stands in many policies
    try:
        found = {
            _for_issuer(bare, repository, provider, issuer)
            for provider, issuer in _providers(statement)
        }
    except TooComplexError:
        return None
    return found.pop() if len(found) == 1 else None


def _providers(statement: Statement) -> Iterator[tuple[OidcProviderArn, Issuer]]:
    for principal in statement.principals:
        provider = OidcProviderArn.parse(principal.value)
        issuer = github_issuer(provider.issuer) if provider else None
        if provider and issuer and principal.kind == "Federated":
            yield provider, issuer


def _is_seen(statement: Statement, condition: Condition) -> bool:
    return any(issuer.claim(condition.key) for _, issuer in _providers(statement))


@lru_cache(maxsize=4096)
def _for_issuer(
    condition: Condition, repository: Repository, provider: OidcProviderArn, issuer: Issuer
) -> bool | None:
    mapped = maps_github_claims(issuer, provider.partition) is not False
    here = domain(provider, issuer, mapped=mapped)
    caller = Caller("Federated", str(provider))
    field = _Everybody(repository, issuer)
    possible = condition_cell(condition, caller, here, Bound.UPPER)
    if possible is None or not field.some_token(ClaimSet((possible,))):
        return False
    sure = condition_cell(condition, caller, here, Bound.LOWER)
    if sure is not None and not field.some_token(ALL_CLAIMS - ClaimSet((sure,))):
        return True
    return None


class _Everybody(NamedTuple):
    repository: Repository
    issuer: Issuer

    def some_token(self, claims: ClaimSet) -> bool:
        """Whether GitHub can mint a token with such claims, for whomever."""
        cells: tuple[Cell, ...] = claims.cells
        around = world(self.repository, self.issuer, frozenset())
        field = Field(around, lambda _: cells, Effort())
        minters = (Minter.OURS, Minter.NEIGHBOUR, Minter.STRANGER)
        workflows = (Workflow.OWN, Workflow.CALLED)
        return any(first(field, *each) for each in product(minters, workflows))
