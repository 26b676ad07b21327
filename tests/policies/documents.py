"""A role and its policy, as AWS describes them."""

from __future__ import annotations

from typing import Any

ISSUER = "token.actions.githubusercontent.com"
ARN = "arn:aws:iam::123456789012:role/deploy"
PROVIDER = f"arn:aws:iam::123456789012:oidc-provider/{ISSUER}"
POLICY: dict[str, Any] = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Sid": "GitHub",
            "Effect": "Allow",
            "Principal": {"Federated": PROVIDER},
            "Action": "sts:AssumeRoleWithWebIdentity",
            "Condition": {
                "StringEquals": {f"{ISSUER}:aud": "sts.amazonaws.com"},
                "StringLike": {f"{ISSUER}:sub": ["repo:acme/app:*", "repo:acme/b%3Ac:*"]},
            },
        }
    ],
}


def role(name: str = "deploy", policy: Any = POLICY, account: str = "123456789012") -> Any:
    return {
        "Path": "/",
        "RoleName": name,
        "RoleId": "AROAEXAMPLE",
        "Arn": f"arn:aws:iam::{account}:role/{name}",
        "CreateDate": "2026-01-01T00:00:00+00:00",
        "AssumeRolePolicyDocument": policy,
    }
