"""A role as infrastructure code declares it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from oidc_enforcer.arn import OidcProviderArn, RoleArn
from oidc_enforcer.iac.values import Document, Site, Unknown, document
from oidc_enforcer.iam.document import PolicyError, TrustPolicy, from_located
from oidc_enforcer.source import SourceFile


class DeclaredProvider(NamedTuple):
    """An OIDC provider that is there once the code is applied, and its audiences.

    `assumed` are variables and parameters that were taken at their defaults.
    """

    arn: OidcProviderArn
    audiences: tuple[str, ...]
    assumed: frozenset[str] = frozenset()


class Declared(NamedTuple):
    """A role; `policy` is the reason why it could not be had where it is Unknown.

    `name` is the address in the code where the name is not told. `policy_file` is what the
    policy's places refer to. `assumed` are variables and parameters that were taken at their
    defaults, which whoever applies the code may set otherwise. `providers` are those that its
    policy trusts and that the same code makes in its account.
    """

    name: str
    address: str
    arn: RoleArn | None
    policy: TrustPolicy | Unknown
    policy_file: SourceFile | None
    origin: str
    assumed: tuple[str, ...] = ()
    providers: tuple[DeclaredProvider, ...] = ()

    def beside(self, made: Iterable[DeclaredProvider]) -> Declared:
        """The role with those of the providers that its policy trusts."""
        if isinstance(self.policy, Unknown):
            return self
        trusted = {each.value for one in self.policy.statements for each in one.principals}
        providers = tuple(each for each in made if str(each.arn) in trusted)
        assumed = {*self.assumed, *(name for each in providers for name in each.assumed)}
        return self._replace(providers=providers, assumed=tuple(sorted(assumed)))


def read_policy(value: object, home: Site) -> tuple[TrustPolicy | Unknown, SourceFile | None]:
    """The trust policy that a value stands for, and the file of its places."""
    found = document(value, home)
    if not isinstance(found, Document):
        return found, None
    try:
        return from_located(found.located, found.source.text), found.source
    except PolicyError as problem:
        place = f"line {problem.line} of " if problem.line else ""
        return Unknown(
            f"not a trust policy that IAM would store: {problem.message}"
            f" ({place}{found.source.path})"
        ), None
