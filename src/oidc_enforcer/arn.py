"""Amazon Resource Names that this project speaks of, in every AWS partition."""

from __future__ import annotations

import re
from functools import cache

from oidc_enforcer.records import NamedTuple

#: What stands for the account in infrastructure code that does not tell it, read or written.
UNTOLD_ACCOUNT = "000000000000"


class RoleArn(NamedTuple):
    """An IAM role. `path` begins and ends with a slash, as IAM writes it."""

    partition: str
    account: str
    path: str
    name: str

    def __str__(self) -> str:
        return f"arn:{self.partition}:iam::{self.account}:role{self.path}{self.name}"

    @classmethod
    def parse(cls, text: str) -> RoleArn | None:
        """The role that `text` names, or None when it is no role's ARN."""
        found = _role().fullmatch(text)
        return cls(found[1], found[2], found[3], found[4]) if found else None


class OidcProviderArn(NamedTuple):
    """An IAM OIDC identity provider. `issuer` is the issuer's URL without `https://`."""

    partition: str
    account: str
    issuer: str

    def __str__(self) -> str:
        return f"arn:{self.partition}:iam::{self.account}:oidc-provider/{self.issuer}"

    @classmethod
    def parse(cls, text: str) -> OidcProviderArn | None:
        """The provider that `text` names, or None when it is no OIDC provider's ARN."""
        found = _oidc_provider().fullmatch(text)
        return cls(found[1], found[2], found[3]) if found else None


#: `aws`, `aws-cn`, `aws-us-gov`, the isolated partitions and those still to come.
_PARTITION = r"(aws(?:-[a-z0-9]+){0,4})"


@cache
def _role() -> re.Pattern[str]:
    return re.compile(
        rf"arn:{_PARTITION}:iam::([0-9]{{12}}):role(/(?:[\x21-\x7e]{{1,510}}/)?)([\w+=,.@-]{{1,64}})",
        re.ASCII,
    )


@cache
def _oidc_provider() -> re.Pattern[str]:
    return re.compile(rf"arn:{_PARTITION}:iam::([0-9]{{12}}):oidc-provider/([^\s?#]{{1,255}})")
