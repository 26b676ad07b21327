"""The provider and the role by calls of the AWS CLI."""

from __future__ import annotations

import json

from oidc_enforcer.bootstrap.plan import DENY_ALL, Plan, heading


def as_script(plan: Plan) -> str:
    """A bash script for the AWS CLI; a second run changes nothing."""
    trust = json.dumps(plan.trust.document, indent=2, ensure_ascii=False)
    trust = trust.replace(str(plan.provider), "@PROVIDER@")
    return (
        "#!/usr/bin/env bash\n"
        f"{heading(plan)}"
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
