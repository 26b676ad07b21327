"""What `bootstrap` is to make, whatever the form of the text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from oidc_enforcer.arn import UNTOLD_ACCOUNT, OidcProviderArn
from oidc_enforcer.iam.tightest import Suggestion
from oidc_enforcer.reporters.visible import visible

PLACEHOLDER = "ReplaceWithWhatTheRoleIsFor"
#: Denies everything, and names itself in the error that AWS answers with.
DENY_ALL: Mapping[str, Any] = {
    "Version": "2012-10-17",
    "Statement": [{"Sid": PLACEHOLDER, "Effect": "Deny", "Action": "*", "Resource": "*"}],
}


class Plan(NamedTuple):
    """What is to be made. `has_provider` is None where nobody has looked.

    `provider` has no account of its own where it is that of whoever applies the text. `variable`
    is to hold the role's ARN in the repository, `paths` are the workflows that it is for, if named.
    `is_in_doubt` where workflows take unsafe fixes to use it, `is_remote` without a checkout;
    `default_token` is what GitHub said of its token where the fixes stand on that.
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
    is_in_doubt: bool = False
    is_remote: bool = False
    default_token: str = ""

    @property
    def url(self) -> str:
        """The issuer's URL."""
        return f"https://{self.provider.issuer}"

    @property
    def is_portable(self) -> bool:
        """Whether the account is left open."""
        return self.provider.account == UNTOLD_ACCOUNT


def heading(plan: Plan) -> str:
    """Two lines of comment; names of environments may hold anything but a line's end here."""
    needs = visible(", ".join(plan.needs))
    return (
        f"# Lets GitHub Actions of {plan.repository} assume the role `{plan.role}`,\n"
        f"# and nobody else: {needs}.\n"
    )
