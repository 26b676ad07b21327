"""GitHub's token issuers, and which claims of their tokens IAM lets a trust policy see."""

from __future__ import annotations

import enum
from functools import lru_cache
from typing import NamedTuple

GITHUB_COM = "token.actions.githubusercontent.com"

#: Every OIDC provider. Source: AWS "Available keys for AWS OIDC federation", read 2026-09.
DEFAULT_CLAIMS = frozenset({"sub", "aud", "amr", "email", "oaud"})
#: GitHub's issuers but GHES, since 2026-02. Source: that page and the service reference of STS.
GITHUB_CLAIMS = frozenset(
    {
        "actor",
        "actor_id",
        "enterprise_id",
        "environment",
        "job_workflow_ref",
        "ref",
        "repository",
        "repository_id",
        "repository_owner_id",
        "workflow",
    }
)


class Tenancy(enum.Enum):
    """Who can obtain a token of an issuer."""

    EVERYBODY = "everybody"
    ENTERPRISE = "one enterprise"
    INSTANCE = "one GitHub Enterprise Server"


class Issuer(NamedTuple):
    """A GitHub issuer. `name` is its URL without `https://`, as in a provider's ARN."""

    name: str
    tenancy: Tenancy

    @property
    def url(self) -> str:
        """The token's `iss`."""
        return f"https://{self.name}"

    @property
    def has_github_claims(self) -> bool:
        """Whether IAM sees GitHub's own claims, beyond what it sees of any OIDC token."""
        return self.tenancy is not Tenancy.INSTANCE

    @property
    def slug(self) -> str | None:
        """The enterprise's slug behind github.com's issuer, in small letters."""
        host, slash, path = self.name.partition("/")
        return path.lower() if slash and host == GITHUB_COM else None

    def key(self, claim: str) -> str:
        """The condition key of a claim, in lower case."""
        return f"{self.name.lower()}:{claim}"

    def claim(self, key: str) -> str | None:
        """The claim of which a condition key speaks, or None if IAM sets no such key."""
        prefix, colon, claim = key.lower().rpartition(":")
        if not colon or prefix != self.name.lower():
            return None
        if claim in DEFAULT_CLAIMS or (claim in GITHUB_CLAIMS and self.has_github_claims):
            return claim
        return None


def of_server(server: str) -> str:
    """The name of the issuer of a GitHub, by the URL that people open."""
    host = server.partition("://")[2].partition("/")[0].lower()
    if host in ("", "github.com"):
        return GITHUB_COM
    if host.endswith(".ghe.com"):
        return f"token.actions.{host}"
    return f"{host}/_services/token"


def of_api(api: str) -> str | None:
    """The same by the URL of the REST API; None for github.com's, which has more than one."""
    host, _, path = api.partition("://")[2].partition("/")
    if path.strip("/") == "api/v3":
        return of_server(f"https://{host}")
    return of_server(f"https://{host[4:]}") if host.lower().endswith(".ghe.com") else None


@lru_cache(maxsize=1024)
def github_issuer(name: str) -> Issuer | None:
    """The GitHub issuer of this name (a URL without `https://`), or None.

    Source: GitHub "OpenID Connect reference": github.com, with an enterprise's slug behind it when
    the enterprise wants so, `token.actions.SUBDOMAIN.ghe.com`, and `HOSTNAME/_services/token`.
    """
    host, slash, path = name.partition("/")
    if host == GITHUB_COM:
        if not slash:
            return Issuer(name, Tenancy.EVERYBODY)
        return Issuer(name, Tenancy.ENTERPRISE) if path and "/" not in path else None
    if host.startswith("token.actions.") and host.endswith(".ghe.com"):
        subdomain = host[len("token.actions.") : -len(".ghe.com")]
        plain = subdomain != "" and "." not in subdomain and "/" not in path
        return Issuer(name, Tenancy.ENTERPRISE) if plain and bool(slash) == bool(path) else None
    if host and path == "_services/token":
        return Issuer(name, Tenancy.INSTANCE)
    return None
