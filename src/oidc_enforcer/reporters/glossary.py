"""What words of a comment mean to whoever meets them there for the first time."""

from __future__ import annotations

from collections.abc import Iterator, Set

from oidc_enforcer.rules import judging

#: Rules whose every remedy is a role that GitHub's token opens.
NEED_ROLE = frozenset({"static-credentials", "hardcoded-access-key", "human-login"})
ROLE_FIRST = (
    "The AWS account needs GitHub as an identity provider and a role that trusts this repository;"
    " whoever runs the account makes both once (`oidc-enforcer bootstrap` writes them)."
)
WHO_MAKES_ROLES = (
    "Whoever runs the AWS account can make it; `oidc-enforcer bootstrap` writes what it takes."
)
_OIDC = (
    "OIDC in one sentence: GitHub tells AWS which repository and branch a job runs for, and AWS"
    " lends the job a role for an hour, so that no key is stored anywhere."
)
_ABOUT_OIDC = NEED_ROLE | {"bypassed-oidc", "missing-id-token", "excess-id-token"}
_TRUST = (
    "A trust policy in one sentence: AWS's list of who may use the role; GitHub tells AWS which"
    " repository, branch, pull request or environment a job runs for, and the list picks among"
    " them."
)
_ABOUT_TRUST = frozenset(module.RULE.id for module in judging("role"))


def explained(rules: Set[str]) -> Iterator[str]:
    """A sentence for each thing that findings of these rules are about."""
    if rules & _ABOUT_OIDC:
        yield _OIDC
    if rules & _ABOUT_TRUST:
        yield _TRUST
