"""The provider and the role as a CloudFormation template."""

from __future__ import annotations

import json

from oidc_enforcer.bootstrap.plan import PLACEHOLDER, Plan
from oidc_enforcer.reporters import policy_text


def as_cloudformation(plan: Plan) -> str:
    """A whole template; it needs `CAPABILITY_NAMED_IAM`."""
    role = policy_text.as_cloudformation(plan.trust.document, "GitHubActionsRole", here=True)
    if not plan.is_portable:
        role = policy_text.as_cloudformation(plan.trust.document, "GitHubActionsRole")
    default = "false" if plan.has_provider else "true"
    return (
        "AWSTemplateFormatVersion: '2010-09-09'\n"
        f"Description: Lets GitHub Actions of {plan.repository} assume a role, and nobody else\n"
        "Parameters:\n"
        "  CreateGitHubProvider:\n"
        "    Description: Whether to make GitHub's OIDC provider; an account has one at most\n"
        "    Type: String\n"
        "    AllowedValues: ['true', 'false']\n"
        f"    Default: '{default}'\n"
        "Conditions:\n"
        "  MakesProvider: !Equals [!Ref CreateGitHubProvider, 'true']\n"
        "Resources:\n"
        "  GitHubProvider:\n"
        "    Type: AWS::IAM::OIDCProvider\n"
        "    Condition: MakesProvider\n"
        "    Properties:\n"
        f"      Url: {plan.url}\n"
        "      ClientIdList:\n"
        f"        - {json.dumps(plan.audience)}\n" + _indented(role) + _cloudformation_rest(plan)
    )


def _indented(text: str) -> str:
    return "".join(f"  {line}\n" for line in text.splitlines())


def _cloudformation_rest(plan: Plan) -> str:
    return (
        f"      RoleName: {json.dumps(plan.role)}\n"
        "      MaxSessionDuration: 3600\n"
        "      Policies:\n"
        "        # Denies everything, loudly, until it says what the role is for.\n"
        "        - PolicyName: permissions\n"
        "          PolicyDocument:\n"
        "            Version: '2012-10-17'\n"
        "            Statement:\n"
        f"              - Sid: {PLACEHOLDER}\n"
        "                Effect: Deny\n"
        "                Action: '*'\n"
        "                Resource: '*'\n"
        "Outputs:\n"
        "  RoleArn:\n"
        f"    Description: For the repository's variable {plan.variable}\n"
        "    Value: !GetAtt GitHubActionsRole.Arn\n"
    )
