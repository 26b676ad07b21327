"""Which condition keys a web-identity call can carry, besides the token's own claims.

Sources: AWS "Global condition context keys" and "IAM and AWS STS condition context keys"; what
stands in the context of a call with an OIDC token: live captures of 2026-09-11 (radkawar/stackd
`internal/services/sts/testdata/oidc`).
"""

from __future__ import annotations

from oidc_enforcer.arn import OidcProviderArn

#: Present or not, with whatever value, whoever calls: they say nothing about a repository.
_ENVIRONMENTAL = frozenset(
    {
        "aws:currenttime",
        "aws:epochtime",
        "aws:referer",
        "aws:requestedregion",
        "aws:securetransport",
        "aws:sourceip",
        "aws:sourcevpc",
        "aws:sourcevpcarn",
        "aws:sourcevpce",
        "aws:useragent",
        "aws:vpceaccount",
        "aws:vpceorgid",
        "aws:vpceorgpaths",
        "aws:vpcsourceip",
        "sts:durationseconds",
        "sts:rolesessionname",
        # Not observed for OIDC callers: whether the organisation of the provider's account shows.
        "aws:principalorgid",
        "aws:principalorgpaths",
        # The role's own side; the trust policy does not show it.
        "aws:resourceaccount",
        "aws:resourceorgid",
        "aws:resourceorgpaths",
    }
)
_ENVIRONMENTAL_PREFIXES = ("aws:resourcetag/", "iam:resourcetag/")


def is_environmental(key: str) -> bool:
    """Whether a key (in lower case) may be in the context, with a value nobody told us."""
    return key in _ENVIRONMENTAL or key.startswith(_ENVIRONMENTAL_PREFIXES)


def caller_context(provider: OidcProviderArn) -> dict[str, str]:
    """The keys that STS itself sets for a caller of this OIDC provider.

    `aws:PrincipalArn` and `aws:username` are absent. GitHub's tokens carry no
    `https://aws.amazon.com/roles`, so `sts:RoleAuthorizedByIdp` is false.
    """
    return {
        "aws:principalaccount": provider.account,
        "aws:principaltype": "User",
        "aws:userid": str(provider),
        "sts:roleauthorizedbyidp": "false",
    }
