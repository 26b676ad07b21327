"""Roles whose code tells no account, once somebody else does."""

from __future__ import annotations

from oidc_enforcer.arn import UNTOLD_ACCOUNT, OidcProviderArn, RoleArn
from oidc_enforcer.facts import Role
from oidc_enforcer.iam.document import Statement


def in_account(role: Role, arn: RoleArn) -> Role:
    """The role as it is in the account of an ARN: where its code means its own account, that one.

    A role whose ARN is known is as it is.
    """
    if role.arn is not None:
        return role
    statements = tuple(_told(statement, arn) for statement in role.policy.statements)
    providers = tuple(each._replace(arn=_own(each.arn, arn)) for each in role.providers)
    policy = role.policy._replace(statements=statements)
    return role._replace(policy=policy, providers=providers)


def _own(provider: OidcProviderArn, arn: RoleArn) -> OidcProviderArn:
    if provider.account != UNTOLD_ACCOUNT:
        return provider
    partition = arn.partition if provider.partition == "aws" else provider.partition
    return provider._replace(account=arn.account, partition=partition)


def _told(statement: Statement, arn: RoleArn) -> Statement:
    return statement._replace(
        principals=tuple(
            each._replace(value=_text(each.value, arn)) for each in statement.principals
        ),
        conditions=tuple(
            each._replace(values=tuple(_text(value, arn) for value in each.values))
            for each in statement.conditions
        ),
    )


def _text(text: str, arn: RoleArn) -> str:
    """NOTE: a partition that no code tells was taken for the commercial one."""
    if UNTOLD_ACCOUNT not in text:
        return text
    own = f"arn:{arn.partition}:iam::{arn.account}:"
    return text.replace(f"arn:aws:iam::{UNTOLD_ACCOUNT}:", own).replace(UNTOLD_ACCOUNT, arn.account)
