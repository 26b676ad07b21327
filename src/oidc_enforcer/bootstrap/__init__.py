"""Texts for a new adopter: the OIDC provider, the role with its tightest trust, the way to go on.

Every text makes the same three things: GitHub's provider unless the account has it, a role that
only the needed runs may assume, and a permissions policy that denies everything until somebody
writes what the role is for. It must fail loudly: a role that may do all is never noticed.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator

from oidc_enforcer.bootstrap.cloudformation import as_cloudformation
from oidc_enforcer.bootstrap.plan import DENY_ALL, PLACEHOLDER, Plan
from oidc_enforcer.bootstrap.script import as_script
from oidc_enforcer.bootstrap.terraform import as_terraform

__all__ = ["DENY_ALL", "TEXTS", "Plan", "as_json", "next_steps"]


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


def next_steps(plan: Plan, arn: str = "") -> Iterator[str]:
    """What is left to do once the texts are applied: permissions, the variable, the workflow."""
    said = arn or f"arn:{plan.provider.partition}:iam::ACCOUNT:role/{plan.role}"
    yield "then:"
    yield f"  1. write what the role is for in place of `{PLACEHOLDER}`: it may do nothing yet"
    yield f"  2. gh variable set {plan.variable} --repo {plan.repository} --body {said}"
    known = ["--default-workflow-permissions", plan.default_token] if plan.default_token else []
    unsafe = ["--unsafe"] if plan.is_in_doubt else []
    given = [
        "--role",
        f"vars.{plan.variable}",
        *known,
        "--write",
        *unsafe,
        "--aftercare",
        *plan.paths,
    ]
    where = f"in a checkout of {plan.repository}: " if plan.is_remote else ""
    yield f"  3. {where}oidc-enforcer fix {shlex.join(given)} > aftercare.md"
    if plan.is_in_doubt:
        yield "     and look at what it changed: some of these fixes are in doubt, and it says why"
    yield "  4. once the changed workflows have run: clear the old keys away as aftercare.md says"


TEXTS = {
    "terraform": as_terraform,
    "cloudformation": as_cloudformation,
    "cli": as_script,
    "json": as_json,
}
