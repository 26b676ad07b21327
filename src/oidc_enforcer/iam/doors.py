"""Other ways into a role than a GitHub token: its other principals, and whether they are narrow.

What "narrow" takes, by kind: AWS "Logical access with SAML federation" (SAML:aud and something
about the user), "IAM Roles Anywhere trust model" (the trust anchor and a certificate attribute),
"Amazon Cognito identity pools role trust" (the pool, and that its user has signed in).
"""

from __future__ import annotations

import enum
from collections.abc import Iterator
from typing import NamedTuple

from oidc_enforcer.arn import OidcProviderArn, RoleArn
from oidc_enforcer.iam.document import Effect, Principal, Statement, TrustPolicy
from oidc_enforcer.iam.evaluate import action_matches
from oidc_enforcer.iam.issuers import github_issuer
from oidc_enforcer.iam.operators import Family, Quantifier, operator
from oidc_enforcer.iam.request import (
    ASSUME_ROLE,
    ASSUME_ROLE_WITH_SAML,
    ASSUME_ROLE_WITH_WEB_IDENTITY,
)
from oidc_enforcer.iam.value_pattern import glob, matches


class DoorKind(enum.Enum):
    """Who comes in by a door."""

    ANYONE = "every AWS account"
    ACCOUNT = "an AWS account"
    USER = "an IAM user"
    ROLE = "an IAM role"
    OTHER_AWS = "another AWS principal"
    SERVICE = "an AWS service"
    ROLES_ANYWHERE = "IAM Roles Anywhere"
    SAML = "a SAML provider"
    COGNITO = "a Cognito identity pool"
    OIDC = "another identity provider"
    GITHUB = "another GitHub issuer"
    CANONICAL_USER = "an S3 canonical user"


class Door(NamedTuple):
    """One principal that an Allow statement lets in.

    `gaps` say what its conditions leave open; a door without gaps is as narrow as its kind can be.
    """

    kind: DoorKind
    principal: str
    statement: int
    pointer: str
    gaps: tuple[str, ...]


def doors(policy: TrustPolicy, role: RoleArn | None = None) -> tuple[Door, ...]:
    """Every door but that of GitHub's tokens, in the policy's order."""
    return tuple(
        door
        for statement in policy.statements
        if statement.effect is Effect.ALLOW
        for principal in statement.principals
        if (door := _door(statement, principal, role)) is not None
    )


def is_identity_center_role(role: RoleArn, policy: TrustPolicy) -> bool:
    """Whether IAM Identity Center made this role and keeps it: nobody else can change it.

    Its name and path are reserved, and it trusts the provider that Identity Center made.
    """
    return (
        role.path.startswith("/aws-reserved/sso.amazonaws.com/")
        and role.name.startswith("AWSReservedSSO_")
        and all(
            principal.kind == "Federated"
            and ":saml-provider/AWSSSO_" in principal.value
            and principal.value.endswith("_DO_NOT_DELETE")
            for statement in policy.statements
            for principal in statement.principals
        )
    )


def _door(statement: Statement, principal: Principal, role: RoleArn | None) -> Door | None:
    found = _kind(principal)
    if found is None:
        return None
    kind, action = found
    if not action_matches(statement, action):
        return None
    gaps = tuple(_gaps(kind, statement, principal, role))
    return Door(kind, principal.value, statement.number, principal.pointer, gaps)


def _kind(principal: Principal) -> tuple[DoorKind, str] | None:
    """The kind of a principal and the action by which it comes in; None for GitHub's issuers."""
    value = principal.value
    match principal.kind:
        case "AWS":
            return _aws_kind(value), ASSUME_ROLE
        case "Service":
            anywhere = value == "rolesanywhere.amazonaws.com"
            return DoorKind.ROLES_ANYWHERE if anywhere else DoorKind.SERVICE, ASSUME_ROLE
        case "CanonicalUser":
            return DoorKind.CANONICAL_USER, ASSUME_ROLE
        case _:
            return _federated_kind(value)


def _aws_kind(value: str) -> DoorKind:
    if value == "*":
        return DoorKind.ANYONE
    resource = value.rpartition(":")[2]
    if value.isdigit() or resource == "root":
        return DoorKind.ACCOUNT
    if resource.startswith("user/") or value.startswith("AIDA"):
        return DoorKind.USER
    if resource.startswith(("role/", "assumed-role/")) or value.startswith("AROA"):
        return DoorKind.ROLE
    return DoorKind.OTHER_AWS


def _federated_kind(value: str) -> tuple[DoorKind, str] | None:
    if ":saml-provider/" in value:
        return DoorKind.SAML, ASSUME_ROLE_WITH_SAML
    if value == "cognito-identity.amazonaws.com":
        return DoorKind.COGNITO, ASSUME_ROLE_WITH_WEB_IDENTITY
    provider = OidcProviderArn.parse(value)
    if provider and github_issuer(provider.issuer):
        return None
    return DoorKind.OIDC, ASSUME_ROLE_WITH_WEB_IDENTITY


def _gaps(
    kind: DoorKind, statement: Statement, principal: Principal, role: RoleArn | None
) -> Iterator[str]:
    asked = _restricted_keys(statement)
    match kind:
        case DoorKind.ANYONE:
            if not asked:
                yield "nothing limits which account"
        case DoorKind.ACCOUNT:
            if role is not None and role.account not in principal.value and not asked:
                yield "an account other than the role's own, without a condition"
        case DoorKind.SAML:
            yield from _saml_gaps(asked)
        case DoorKind.ROLES_ANYWHERE:
            yield from _roles_anywhere_gaps(asked)
        case DoorKind.COGNITO:
            yield from _cognito_gaps(statement, asked)
        case DoorKind.OIDC:
            if not any(key.endswith(":sub") for key in asked):
                yield "nothing limits which subject of the identity provider"
        case _:
            return


def _saml_gaps(asked: set[str]) -> Iterator[str]:
    # NOTE: `SAML:aud` is the assertion's recipient. STS takes any, so only the role checks it.
    if not asked:
        yield "no condition at all"
        return
    if "saml:aud" not in asked:
        yield "`SAML:aud` is not asked for"
    if not any(key.startswith("saml:") and key != "saml:aud" for key in asked):
        yield "nothing limits which user or group"
    if "saml:sub" in asked and "saml:sub_type" not in asked:
        yield "`SAML:sub` without `SAML:sub_type`: a transient subject differs each time"


def _roles_anywhere_gaps(asked: set[str]) -> Iterator[str]:
    if not asked & {"aws:sourcearn", "aws:sourceaccount"}:
        yield "any trust anchor of any account (no `aws:SourceArn`)"
    elif "aws:sourcearn" not in asked:
        yield "any trust anchor of the account (no `aws:SourceArn`)"
    certificate = ("aws:principaltag/x509", "sts:sourceidentity")
    if not any(key.startswith(certificate) for key in asked):
        yield "any certificate of the trust anchor (no `aws:PrincipalTag/x509…`)"


def _cognito_gaps(statement: Statement, asked: set[str]) -> Iterator[str]:
    if "cognito-identity.amazonaws.com:aud" not in asked:
        yield "any identity pool (no `cognito-identity.amazonaws.com:aud`)"
    amr = [
        value
        for condition in statement.conditions
        if condition.key.lower() == "cognito-identity.amazonaws.com:amr"
        for value in condition.values
    ]
    if not amr:
        yield "signed in or not (no `cognito-identity.amazonaws.com:amr`)"
    elif any(matches(glob(value), "unauthenticated") for value in amr):
        yield "callers who have not signed in (`unauthenticated`)"


def _restricted_keys(statement: Statement) -> set[str]:
    """The keys (in lower case) that some positive condition limits and requires to be there."""
    return {
        condition.key.lower()
        for condition in statement.conditions
        if (found := operator(condition.operator)) is not None
        and found.family is not Family.NULL
        and not found.negated
        and not found.if_exists
        and found.quantifier is not Quantifier.ALL
        and condition.values
        and not all(value.strip("*") == "" for value in condition.values)
    }
