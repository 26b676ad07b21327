"""The provider and the role as one Terraform file."""

from __future__ import annotations

import json
from collections.abc import Iterator

from oidc_enforcer.bootstrap.plan import PLACEHOLDER, Plan, heading
from oidc_enforcer.reporters import policy_text


def as_terraform(plan: Plan) -> str:
    """One file, to be applied as it is."""
    trust = policy_text.as_terraform(plan.trust.document, "github_actions")
    trust = trust.replace(json.dumps(str(plan.provider)), "local.github_provider")
    return "\n".join([*_terraform_provider(plan), trust, *_terraform_role(plan)])


def _terraform_provider(plan: Plan) -> Iterator[str]:
    default = "false" if plan.has_provider else "true"
    url, audience = json.dumps(plan.url), json.dumps(plan.audience)
    yield (
        f"{heading(plan)}\n"
        'variable "create_github_provider" {\n'
        '  description = "Whether to make GitHub\'s OIDC provider; an account has one at most"\n'
        "  type        = bool\n"
        f"  default     = {default}\n"
        "}\n\n"
        'resource "aws_iam_openid_connect_provider" "github" {\n'
        "  count          = var.create_github_provider ? 1 : 0\n"
        f"  url            = {url}\n"
        f"  client_id_list = [{audience}]\n"
        "}\n\n"
        'data "aws_iam_openid_connect_provider" "github" {\n'
        "  count = var.create_github_provider ? 0 : 1\n"
        f"  url   = {url}\n"
        "}\n\n"
        "locals {\n"
        "  github_provider = one(concat(\n"
        "    aws_iam_openid_connect_provider.github[*].arn,\n"
        "    data.aws_iam_openid_connect_provider.github[*].arn,\n"
        "  ))\n"
        "}\n"
    )


def _terraform_role(plan: Plan) -> Iterator[str]:
    yield (
        'resource "aws_iam_role" "github_actions" {\n'
        f"  name                 = {json.dumps(plan.role)}\n"
        "  assume_role_policy   = data.aws_iam_policy_document.github_actions.json\n"
        "  max_session_duration = 3600\n"
        "}\n\n"
        "# Denies everything, loudly, until it says what the role is for.\n"
        'resource "aws_iam_role_policy" "permissions" {\n'
        '  name = "permissions"\n'
        "  role = aws_iam_role.github_actions.name\n"
        "  policy = jsonencode({\n"
        '    Version = "2012-10-17"\n'
        "    Statement = [{\n"
        f'      Sid      = "{PLACEHOLDER}"\n'
        '      Effect   = "Deny"\n'
        '      Action   = "*"\n'
        '      Resource = "*"\n'
        "    }]\n"
        "  })\n"
        "}\n\n"
        'output "role_arn" {\n'
        f'  description = "For the repository\'s variable {plan.variable}"\n'
        "  value       = aws_iam_role.github_actions.arn\n"
        "}\n"
    )
