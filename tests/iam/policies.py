"""Short ways to write trust policies and to ask about them."""

from __future__ import annotations

from typing import Any

from oidc_enforcer.iam.document import TrustPolicy, from_data
from oidc_enforcer.iam.issuers import GITHUB_COM, Issuer, github_issuer
from oidc_enforcer.iam.reach import Reach, reach
from oidc_enforcer.iam.tokens import Repository

ACCOUNT = "123456789012"
APP = Repository("acme", "app", owner_id="1001", id="2001")


def provider(issuer: str = GITHUB_COM, partition: str = "aws", account: str = ACCOUNT) -> str:
    return f"arn:{partition}:iam::{account}:oidc-provider/{issuer}"


def issuer(name: str = GITHUB_COM) -> Issuer:
    found = github_issuer(name)
    assert found is not None
    return found


def keyed(condition: dict[str, dict[str, Any]], prefix: str = GITHUB_COM) -> dict[str, Any]:
    """The condition with the issuer's prefix before keys that have none."""
    return {
        operator: {key if ":" in key else f"{prefix}:{key}": each for key, each in keys.items()}
        for operator, keys in condition.items()
    }


def statement(
    condition: dict[str, dict[str, Any]], effect: str = "Allow", prefix: str = GITHUB_COM
) -> dict[str, Any]:
    return {
        "Effect": effect,
        "Principal": {"Federated": provider(prefix)},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": keyed(condition, prefix),
    }


def policy(*statements: dict[str, Any]) -> TrustPolicy:
    return from_data({"Version": "2012-10-17", "Statement": list(statements)})


def trusting(condition: dict[str, dict[str, Any]], prefix: str = GITHUB_COM) -> TrustPolicy:
    return policy(statement(condition, prefix=prefix))


def sub(*patterns: str) -> TrustPolicy:
    return trusting(
        {"StringLike": {"sub": list(patterns)}, "StringEquals": {"aud": "sts.amazonaws.com"}}
    )


def reach_of(condition: dict[str, dict[str, Any]], repository: Repository = APP) -> Reach:
    return reach(trusting(condition), repository)


def reasons(answer: Reach) -> tuple[str, ...]:
    """What GitHub leaves open of it."""
    return tuple(each.reason for each in answer.unsettled)


def words(answer: Reach) -> str:
    return f"{answer.reach.word} {answer.identity.word}"
