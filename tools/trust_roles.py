"""Writes an account of realistic roles, as `aws iam get-account-authorization-details` prints it.

`python tools/trust_roles.py COUNT > roles.json`. What the roles look like: two in five trust
GitHub, most of these by one repository's subject, some by lists, ids, claims, wildcards or with a
Deny statement; the others trust services, accounts, SAML and Identity Center.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any, TypeAlias

Data: TypeAlias = "dict[str, Any]"

ACCOUNT = "123456789012"
_SSO = f"arn:aws:iam::{ACCOUNT}:saml-provider/AWSSSO_0123456789abcdef_DO_NOT_DELETE"
GITHUB = "token.actions.githubusercontent.com"
_NAMES = ("api", "web", "infra", "billing", "search", "docs", "mobile", "ledger", "auth", "etl")


def account(count: int) -> Data:
    """The whole answer, for so many roles."""
    return {"RoleDetailList": [role(number) for number in range(count)]}


def role(number: int) -> Data:
    """One role; the same number gives the same role."""
    name = f"{_NAMES[number % len(_NAMES)]}-{number}"
    return {
        "Path": "/",
        "RoleName": name,
        "RoleId": f"AROA{number:016d}",
        "Arn": f"arn:aws:iam::{ACCOUNT}:role/{name}",
        "CreateDate": "2026-01-01T00:00:00+00:00",
        "AssumeRolePolicyDocument": {
            "Version": "2012-10-17",
            "Statement": _statements(number),
        },
        "InstanceProfileList": [],
        "RolePolicyList": [],
        "AttachedManagedPolicies": [],
        "Tags": [],
    }


def _statements(number: int) -> list[Data]:
    if number % 5 >= 2:
        return [_others(number)]
    shape = _SHAPES[number // 5 % len(_SHAPES)]
    repository = "app" if number % 50 == 0 else f"{_NAMES[number % len(_NAMES)]}-{number // 2}"
    found = [_trusting(shape(repository, str(2000 + number)))]
    if number % 11 == 0:
        deny = _trusting({"StringLike": {f"{GITHUB}:sub": "*:pull_request"}})
        found.append({**deny, "Effect": "Deny"})
    return found


def _trusting(condition: Data) -> Data:
    return {
        "Effect": "Allow",
        "Principal": {"Federated": f"arn:aws:iam::{ACCOUNT}:oidc-provider/{GITHUB}"},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": condition,
    }


def _sub(operator: str, *values: str, **claims: str) -> Data:
    equals = {f"{GITHUB}:aud": "sts.amazonaws.com"}
    equals.update({f"{GITHUB}:{claim}": value for claim, value in claims.items()})
    condition: Data = {"StringEquals": equals}
    subjects = list(values) if len(values) > 1 else values[0]
    condition.setdefault(operator, {})[f"{GITHUB}:sub"] = subjects
    return condition


_SHAPES: tuple[Callable[[str, str], Data], ...] = (
    lambda repo, _: _sub("StringLike", f"repo:acme/{repo}:*"),
    lambda repo, _: _sub("StringEquals", f"repo:acme/{repo}:ref:refs/heads/main"),
    lambda repo, _: _sub("StringEquals", f"repo:acme/{repo}:environment:production"),
    lambda repo, id_: _sub(
        "StringEquals",
        f"repo:acme/{repo}:ref:refs/heads/main",
        f"repo:acme@1001/{repo}@{id_}:ref:refs/heads/main",
    ),
    lambda repo, _: _sub(
        "StringLike", f"repo:acme/{repo}:ref:refs/heads/*", f"repo:acme/{repo}:ref:refs/tags/v*"
    ),
    lambda repo, id_: _sub("StringLike", f"repo:acme/{repo}:*", repository_id=id_),
    lambda _, __: _sub("StringLike", "repo:acme/*"),
    lambda repo, _: _sub("StringLike", f"repo:acme/{repo}*:ref:refs/heads/main"),
    lambda repo, _: _sub(
        "StringEquals", *(f"repo:acme/{repo}-{part}:pull_request" for part in ("a", "b", "c", "d"))
    ),
    lambda repo, _: _sub(
        "StringLike",
        f"repo:acme/{repo}:*",
        job_workflow_ref="acme/shared/.github/workflows/deploy.yml@refs/heads/main",
    ),
    lambda repo, _: _sub(
        "StringLike", *(f"repo:acme/{repo}{number}:environment:prod*" for number in range(12))
    ),
    lambda repo, _: _sub(
        "StringEquals", f"repo:acme/{repo}:environment:prod", ref="refs/heads/main"
    ),
)


def _others(number: int) -> Data:
    principal, action = _DOORS[number // 5 % len(_DOORS)]
    statement: Data = {"Effect": "Allow", "Principal": principal, "Action": action}
    if action == "sts:AssumeRoleWithSAML":
        statement["Condition"] = {
            "StringEquals": {"SAML:aud": "https://signin.aws.amazon.com/saml"}
        }
    return statement


_DOORS: tuple[tuple[Data, str], ...] = (
    ({"Service": "lambda.amazonaws.com"}, "sts:AssumeRole"),
    ({"Service": ["ec2.amazonaws.com", "ecs-tasks.amazonaws.com"]}, "sts:AssumeRole"),
    ({"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "sts:AssumeRole"),
    (
        {"Federated": _SSO},
        "sts:AssumeRoleWithSAML",
    ),
    ({"AWS": "arn:aws:iam::210987654321:role/ci"}, "sts:AssumeRole"),
)


def main() -> int:
    """Writes to standard output."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000
    json.dump(account(count), sys.stdout, indent=2)
    return 0


if __name__ == "__main__":
    sys.exit(main())
