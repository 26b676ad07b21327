"""Short ways to read roles out of Terraform code."""

from __future__ import annotations

from typing import Any

from oidc_enforcer.facts import Role
from oidc_enforcer.iam.writing import as_data
from oidc_enforcer.policies import Policies, load_terraform
from oidc_enforcer.source import SourceFile

HOST = "token.actions.githubusercontent.com"
PROVIDER = f"arn:aws:iam::000000000000:oidc-provider/{HOST}"

#: What most repositories have beside the role.
AROUND = """
data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}
resource "aws_iam_openid_connect_provider" "github" {
  url             = "https://token.actions.githubusercontent.com"
  client_id_list  = ["sts.amazonaws.com"]
  thumbprint_list = ["ffffffffffffffffffffffffffffffffffffffff"]
}
"""


def read(files: dict[str, str] | str, root: str = "", only: str = "") -> Policies:
    named = {"main.tf": files} if isinstance(files, str) else files
    sources = {path: SourceFile(path, text) for path, text in named.items()}
    return load_terraform(sources, root, only)


def answers(found: Policies) -> dict[str, Any]:
    """By the role's name: its policy as data, or the reason why there is none."""
    return {
        entry.name: as_data(entry.found.policy)
        if isinstance(entry.found, Role)
        else entry.found.reason
        for entry in found.entries
    }


def subjects(found: Policies) -> dict[str, Any]:
    """By the role's name: what its policy says of `sub`, or the reason."""
    return {
        name: answer
        if isinstance(answer, str)
        else [
            value
            for statement in answer["Statement"]
            for keys in statement.get("Condition", {}).values()
            for key, value in keys.items()
            if key == f"{HOST}:sub"
        ]
        for name, answer in answers(found).items()
    }


def with_subject(expression: str, before: str = "") -> str:
    """A role whose condition on `sub` is an expression of Terraform, on line 1 of the file."""
    return (
        'resource "aws_iam_role" "r" { assume_role_policy = jsonencode({ Version = "2012-10-17",'
        ' Statement = [{ Effect = "Allow", Action = "sts:AssumeRoleWithWebIdentity",'
        f' Principal = {{ Federated = "{PROVIDER}" }}, Condition = {{ StringLike = {{'
        f' "{HOST}:sub" = {expression} }} }} }}] }}) }}\n' + before
    )


def subject(expression: str, before: str = "") -> Any:
    """What Terraform's expression is worth as a `sub`, or the reason why it is not told."""
    (answer,) = subjects(read(with_subject(expression, before))).values()
    return answer if isinstance(answer, str) else answer[0]


def trust(sub: Any, provider: str = PROVIDER, operator: str = "StringLike") -> dict[str, Any]:
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Federated": provider},
                "Action": "sts:AssumeRoleWithWebIdentity",
                "Condition": {
                    operator: {f"{HOST}:sub": sub},
                    "StringEquals": {f"{HOST}:aud": "sts.amazonaws.com"},
                },
            }
        ],
    }
