"""Texts for a new adopter: the OIDC provider, the role with its tightest trust, the way to go on.

Every text makes the same three things: GitHub's provider unless the account has it, a role that
only the needed runs may assume, and a permissions policy that denies everything until somebody
writes what the role is for. It must fail loudly: a role that may do all is never noticed.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from oidc_enforcer.arn import OidcProviderArn
from oidc_enforcer.iam.tightest import Suggestion
from oidc_enforcer.reporters import policy_text
from oidc_enforcer.reporters.visible import visible

#: Stands for the account where a text leaves it to whoever applies it.
ANY_ACCOUNT = "000000000000"
PLACEHOLDER = "ReplaceWithWhatTheRoleIsFor"
#: Denies everything, and names itself in the error that AWS answers with.
DENY_ALL: Mapping[str, Any] = {
    "Version": "2012-10-17",
    "Statement": [{"Sid": PLACEHOLDER, "Effect": "Deny", "Action": "*", "Resource": "*"}],
}


class Plan(NamedTuple):
    """What is to be made. `has_provider` is None where nobody has looked.

    `provider` has `ANY_ACCOUNT` where the account is that of whoever applies the text. `variable`
    is to hold the role's ARN in the repository, `paths` are the workflows that it is for, if named.
    """

    repository: str
    role: str
    provider: OidcProviderArn
    audience: str
    trust: Suggestion
    needs: tuple[str, ...]
    has_provider: bool | None = None
    variable: str = "AWS_ROLE_ARN"
    paths: tuple[str, ...] = ()

    @property
    def url(self) -> str:
        """The issuer's URL."""
        return f"https://{self.provider.issuer}"

    @property
    def is_portable(self) -> bool:
        """Whether the account is left open."""
        return self.provider.account == ANY_ACCOUNT


def as_json(plan: Plan) -> str:
    """The documents by what AWS calls them."""
    documents = {
        "provider": {"Url": plan.url, "ClientIDList": [plan.audience]},
        "role": {
            "RoleName": plan.role,
            "AssumeRolePolicyDocument": plan.trust.document,
            "PermissionsPolicy": DENY_ALL,
        },
    }
    return json.dumps(documents, indent=2, ensure_ascii=False) + "\n"


def _heading(plan: Plan) -> str:
    """Two lines of comment; names of environments may hold anything but a line's end here."""
    needs = visible(", ".join(plan.needs))
    return (
        f"# Lets GitHub Actions of {plan.repository} assume the role `{plan.role}`,\n"
        f"# and nobody else: {needs}.\n"
    )


# -- Terraform -------------------------------------------------------------------------------------


def as_terraform(plan: Plan) -> str:
    """One file, to be applied as it is."""
    trust = policy_text.as_terraform(plan.trust.document, "github_actions")
    trust = trust.replace(json.dumps(str(plan.provider)), "local.github_provider")
    return "\n".join([*_terraform_provider(plan), trust, *_terraform_role(plan)])


def _terraform_provider(plan: Plan) -> Iterator[str]:
    default = "false" if plan.has_provider else "true"
    url, audience = json.dumps(plan.url), json.dumps(plan.audience)
    yield (
        f"{_heading(plan)}\n"
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


# -- CloudFormation --------------------------------------------------------------------------------


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


# -- AWS CLI ---------------------------------------------------------------------------------------


def as_script(plan: Plan) -> str:
    """A bash script for the AWS CLI; a second run changes nothing."""
    trust = json.dumps(plan.trust.document, indent=2, ensure_ascii=False)
    trust = trust.replace(str(plan.provider), "@PROVIDER@")
    return (
        "#!/usr/bin/env bash\n"
        f"{_heading(plan)}"
        "set -euo pipefail\n\n"
        "# IAM has no regions, but the CLI asks for one.\n"
        'export AWS_DEFAULT_REGION="${AWS_DEFAULT_REGION:-${AWS_REGION:-us-east-1}}"\n\n'
        f"role={_quoted(plan.role)}\n"
        f"issuer={_quoted(plan.provider.issuer)}\n"
        f"audience={_quoted(plan.audience)}\n"
        + _script_account(plan)
        + 'provider="arn:$partition:iam::$account:oidc-provider/$issuer"\n\n'
        "trust=$(cat <<'POLICY'\n"
        f"{trust}\n"
        "POLICY\n"
        ")\n"
        "trust=${trust//@PROVIDER@/$provider}\n\n"
        "# Denies everything, loudly, until it says what the role is for.\n"
        "permissions=$(cat <<'POLICY'\n"
        f"{json.dumps(DENY_ALL, indent=2)}\n"
        "POLICY\n"
        ")\n\n" + _SCRIPT_BODY
    )


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


def _script_account(plan: Plan) -> str:
    asked = (
        "caller=$(aws sts get-caller-identity --query Arn --output text)\n"
        'partition=$(cut -d: -f2 <<<"$caller")\n'
        'account=$(cut -d: -f5 <<<"$caller")\n'
    )
    if plan.is_portable:
        return asked
    return asked + (
        f'if [ "$account" != {plan.provider.account} ]; then\n'
        f'  echo "these credentials are for account $account, not {plan.provider.account}" >&2\n'
        "  exit 1\n"
        "fi\n"
    )


_SCRIPT_BODY = """\
if known=$(aws iam get-open-id-connect-provider --open-id-connect-provider-arn "$provider" \\
    --query ClientIDList --output text 2>/dev/null); then
  if ! grep -qwF -- "$audience" <<<"$known"; then
    aws iam add-client-id-to-open-id-connect-provider \\
      --open-id-connect-provider-arn "$provider" --client-id "$audience"
  fi
else
  aws iam create-open-id-connect-provider \\
    --url "https://$issuer" --client-id-list "$audience" >/dev/null
fi

if aws iam get-role --role-name "$role" >/dev/null 2>&1; then
  if [ "${REPLACE_TRUST:-}" = yes ]; then
    aws iam update-assume-role-policy --role-name "$role" --policy-document "$trust"
  else
    echo "the role $role is there: its trust stays as it is without REPLACE_TRUST=yes" >&2
  fi
else
  aws iam create-role --role-name "$role" --max-session-duration 3600 \\
    --assume-role-policy-document "$trust" >/dev/null
  aws iam put-role-policy --role-name "$role" --policy-name permissions \\
    --policy-document "$permissions"
fi

aws iam get-role --role-name "$role" --query Role.Arn --output text
"""


# -- what else there is to say ---------------------------------------------------------------------


def next_steps(plan: Plan, arn: str = "") -> Iterator[str]:
    """What is left to do once the texts are applied: permissions, the variable, the workflow."""
    said = arn or f"arn:{plan.provider.partition}:iam::ACCOUNT:role/{plan.role}"
    yield "then:"
    yield f"  1. write what the role is for in place of `{PLACEHOLDER}`: it may do nothing yet"
    yield f"  2. gh variable set {plan.variable} --repo {plan.repository} --body {said}"
    fix = shlex.join(["--role", f"vars.{plan.variable}", "--write", "--aftercare", *plan.paths])
    yield f"  3. oidc-enforcer fix {fix} > aftercare.md"
    yield "  4. once the changed workflows have run: clear the old keys away as aftercare.md says"


TEXTS = {
    "terraform": as_terraform,
    "cloudformation": as_cloudformation,
    "cli": as_script,
    "json": as_json,
}
