"""A role as infrastructure code declares it."""

from __future__ import annotations

from typing import NamedTuple

from oidc_enforcer.arn import RoleArn
from oidc_enforcer.iac.values import Document, Site, Unknown, document
from oidc_enforcer.iam.document import PolicyError, TrustPolicy, from_located
from oidc_enforcer.source import SourceFile


class Declared(NamedTuple):
    """A role; `policy` is the reason why it could not be had where it is Unknown.

    `name` is the address in the code where the name is not told. `policy_file` is what the
    policy's places refer to. `assumed` are variables and parameters that were taken at their
    defaults, which whoever applies the code may set otherwise.
    """

    name: str
    address: str
    arn: RoleArn | None
    policy: TrustPolicy | Unknown
    policy_file: SourceFile | None
    origin: str
    assumed: tuple[str, ...] = ()


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
