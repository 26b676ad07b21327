"""The request that STS puts to a trust policy when somebody comes with a GitHub token."""

from __future__ import annotations

from collections.abc import Mapping

from oidc_enforcer.arn import OidcProviderArn
from oidc_enforcer.iam.condition_sets import Domain
from oidc_enforcer.iam.context_keys import caller_context
from oidc_enforcer.iam.issuers import DEFAULT_CLAIMS, GITHUB_CLAIMS, Issuer, Tenancy
from oidc_enforcer.iam.request import (
    ASSUME_ROLE_WITH_WEB_IDENTITY,
    Caller,
    ContextValue,
    Request,
    Unknown,
    Unsure,
)

#: Claims that GitHub's tokens never carry, though IAM would map them.
_NEVER_MINTED = frozenset({"amr", "email", "oaud"})


def web_identity_request(
    claims: Mapping[str, str],
    issuer: Issuer,
    account: str,
    *,
    partition: str = "aws",
    context: Mapping[str, ContextValue] | None = None,
    complete: bool = True,
) -> Request:
    """What STS asks the trust policy of a role in this account about a token.

    STS looks the provider up in the role's own account and partition. Claims that IAM does not map
    never reach the policy. With `complete=False` claims that are not given may have any value, as
    when somebody asks about a subject alone. `context` adds keys that are not claims.
    """
    provider = OidcProviderArn(partition, account, issuer.name)
    values: dict[str, ContextValue] = dict(caller_context(provider))
    for claim in DEFAULT_CLAIMS - _NEVER_MINTED:
        if claim in claims or not complete:
            values[issuer.key(claim)] = claims.get(claim, Unknown.UNKNOWN)
    if issuer.has_github_claims:
        for claim in GITHUB_CLAIMS:
            if claim in claims or not complete:
                value = claims.get(claim, Unknown.UNKNOWN)
                values[issuer.key(claim)] = _as_mapped(value, partition)
    for key, each in (context or {}).items():
        values[key.lower()] = each
    return Request(ASSUME_ROLE_WITH_WEB_IDENTITY, Caller("Federated", str(provider)), values)


def domain(
    provider: OidcProviderArn,
    issuer: Issuer,
    *,
    mapped: bool,
    known: Mapping[str, str] | None = None,
) -> Domain:
    """What the context of an issuer's tokens can hold; `mapped`: GitHub's own claims as well."""
    claims = (DEFAULT_CLAIMS - _NEVER_MINTED) | (GITHUB_CLAIMS if mapped else frozenset())
    return Domain(issuer, claims, caller_context(provider), known or {})


def maps_github_claims(issuer: Issuer, partition: str) -> bool | None:
    """Whether IAM lets the policy see GitHub's own claims; None where nobody has said so.

    They were announced for the commercial regions (AWS What's New, 2026-01).
    """
    if issuer.tenancy is Tenancy.INSTANCE:
        return False
    return True if partition == "aws" else None


def _as_mapped(value: str | Unknown, partition: str) -> ContextValue:
    if isinstance(value, Unknown) or partition == "aws":
        return value
    return Unsure(value)
