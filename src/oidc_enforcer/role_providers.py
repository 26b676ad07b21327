"""Whose tokens a role's new policy is written for: the OIDC provider, and the form of subjects."""

from __future__ import annotations

from oidc_enforcer.arn import OidcProviderArn, RoleArn
from oidc_enforcer.facts import Role
from oidc_enforcer.iam.issuers import GITHUB_COM, github_issuer
from oidc_enforcer.iam.tightest import CannotSuggestError, Form
from oidc_enforcer.iam.tokens import Repository


def provider_for(role: Role, repository: Repository) -> OidcProviderArn:
    """The OIDC provider that the role trusts, else the one of its account; CannotSuggestError."""
    if found := trusted_provider(role, repository):
        return found
    if role.arn is None:
        raise CannotSuggestError("nothing tells the account of the role")
    issuer = repository.issuer or GITHUB_COM
    return OidcProviderArn(role.arn.partition, role.arn.account, issuer)


def trusted_provider(role: Role, repository: Repository) -> OidcProviderArn | None:
    """The first of GitHub's providers that a role trusts and the repository has tokens of.

    One of another account is none: STS looks a token's provider up in the role's own.
    """
    for statement in role.policy.statements:
        for principal in statement.principals:
            found = OidcProviderArn.parse(principal.value)
            if (
                found
                and github_issuer(found.issuer)
                and repository.issuer in (None, found.issuer)
                and (role.arn is None or _is_at_home(found, role.arn))
            ):
                return found
    return None


def _is_at_home(provider: OidcProviderArn, role: RoleArn) -> bool:
    return (provider.partition, provider.account) == (role.partition, role.account)


def form_for(repository: Repository) -> Form:
    """The form of the subjects that a repository mints; both where that is not known."""
    if repository.immutable_subject is not None:
        return Form.IMMUTABLE if repository.immutable_subject else Form.CLASSIC
    issuer = github_issuer(repository.issuer or GITHUB_COM)
    has_ids = repository.id and repository.owner_id and issuer and issuer.has_github_claims
    return Form.BOTH if has_ids else Form.CLASSIC
