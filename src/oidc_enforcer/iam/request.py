"""What a trust policy is asked about: who calls which action, with which request context."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import NamedTuple, TypeAlias

from oidc_enforcer.iam.context_keys import is_environmental

ASSUME_ROLE = "sts:AssumeRole"
ASSUME_ROLE_WITH_WEB_IDENTITY = "sts:AssumeRoleWithWebIdentity"
ASSUME_ROLE_WITH_SAML = "sts:AssumeRoleWithSAML"


class Unknown(enum.Enum):
    """A key that may be absent, or present with a value that nobody told us."""

    UNKNOWN = "unknown"


class Unsure(NamedTuple):
    """A key whose value is known if it is there at all."""

    value: str


#: None is an absent key, a tuple a multivalued one.
ContextValue: TypeAlias = "str | tuple[str, ...] | Unsure | Unknown | None"


class Caller(NamedTuple):
    """One principal, by the member of the `Principal` element that would name it."""

    kind: str
    value: str


class Request(NamedTuple):
    """One call to STS. The context's keys are in lower case."""

    action: str
    caller: Caller
    context: Mapping[str, ContextValue]

    def value(self, key: str) -> ContextValue:
        """A context key's value, whatever its casing.

        Keys that are not given are absent, but for those that describe the call's surroundings
        (its address, its time, its session name): these are unknown.
        """
        key = key.lower()
        if key in self.context:
            return self.context[key]
        return Unknown.UNKNOWN if is_environmental(key) else None
