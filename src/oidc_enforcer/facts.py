"""What the rules may know besides the file: gathered once, before anything is decided."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from oidc_enforcer import config

if TYPE_CHECKING:  # a run without policies does not pay for reading any
    from oidc_enforcer.arn import OidcProviderArn, RoleArn
    from oidc_enforcer.config import Config
    from oidc_enforcer.iam.document import TrustPolicy
    from oidc_enforcer.iam.tokens import Repository
    from oidc_enforcer.source import SourceFile


class Unavailable(NamedTuple):
    """A fact that could not be had, and why: never the same as "there is none"."""

    reason: str


class Role(NamedTuple):
    """An IAM role and its trust policy.

    `origin` says where it was read, for people: `live AWS`, `roles.json`, `main.tf:12`. `file` is
    the text that the policy's places refer to, None where it came as data. `arn` is None where
    infrastructure code does not tell the account; then `name` is all there is.
    """

    name: str
    arn: RoleArn | None
    policy: TrustPolicy
    origin: str
    file: SourceFile | None = None


class Provider(NamedTuple):
    """An OIDC identity provider of an account. `audiences` are its client ids."""

    arn: OidcProviderArn
    audiences: tuple[str, ...]


class Facts(NamedTuple):
    """Facts of a run. `today` is the date of the run as `YYYY-MM-DD`.

    `roles` are keyed by ARN (`str(RoleArn)`): a role that is not there was not asked for, one that
    is `Unavailable` was. `providers` are keyed by account id.
    """

    today: str = ""
    config: Config = config.DEFAULT
    repository: Repository | None = None
    roles: Mapping[str, Role | Unavailable] = {}
    providers: Mapping[str, tuple[Provider, ...] | Unavailable] = {}
