"""A trust policy, read from JSON text or from data that boto3 has parsed, with every place kept.

Source: IAM User Guide, "Grammar of the IAM JSON policy language".
"""

from __future__ import annotations

import enum
import re
from bisect import bisect_right
from functools import lru_cache
from typing import NamedTuple, TypeAlias

from oidc_enforcer.iam import value_pattern
from oidc_enforcer.iam.json_text import JsonError, Located, Number, pointer_token, read

#: IAM's own quota for a trust policy is 2,048 characters by default and 4,096 at most.
MAX_LENGTH = 100_000


class PolicyError(Exception):
    """A document that IAM would not store as a trust policy. Never to be taken for "no access".

    `pointer` is the JSON pointer of the faulty value; `line` and `column` count from 1 and are None
    where the policy did not come as text.
    """

    def __init__(
        self, message: str, pointer: str, line: int | None = None, column: int | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.pointer = pointer
        self.line = line
        self.column = column


class Effect(enum.Enum):
    """What a statement does where it applies."""

    ALLOW = "Allow"
    DENY = "Deny"


class Place(NamedTuple):
    """A line and a column of the policy's text, counted from 1."""

    line: int
    column: int


class Principal(NamedTuple):
    """One entry of the `Principal` element; `"*"` alone is read as `{"AWS": "*"}`."""

    kind: str
    value: str
    pointer: str


class Condition(NamedTuple):
    """One key under one operator. `variables`: whether `${…}` is one (`Version` 2012-10-17)."""

    operator: str
    key: str
    values: tuple[str, ...]
    pointer: str
    place: Place | None
    variables: bool


class Statement(NamedTuple):
    """One statement. `number` counts from 1; `not_action`: `actions` came as `NotAction`."""

    number: int
    sid: str
    effect: Effect
    principals: tuple[Principal, ...]
    actions: tuple[str, ...]
    not_action: bool
    conditions: tuple[Condition, ...]
    pointer: str
    place: Place | None


class TrustPolicy(NamedTuple):
    """A role's trust policy; `version` is 2008-10-17 where the document names none."""

    version: str
    statements: tuple[Statement, ...]


def parse(text: str) -> TrustPolicy:
    """The trust policy in a JSON text; raises PolicyError."""
    lines = _Lines(text)
    if len(text) > MAX_LENGTH:
        raise PolicyError(f"longer than {MAX_LENGTH:,} characters", "", 1, 1)
    try:
        located = read(text)
    except JsonError as problem:
        raise PolicyError(problem.message, problem.pointer, *lines.place(problem.offset)) from None
    return _Reader(located, lines).policy()


def from_data(data: object) -> TrustPolicy:
    """The trust policy in data as `json.loads` or boto3 gives it; raises PolicyError.

    Members that the text gave twice cannot be seen any more.
    """
    return _Reader(Located(data, {}, {}), None).policy()  # type: ignore[arg-type]


def from_located(located: Located, text: str) -> TrustPolicy:
    """The trust policy in data whose places are offsets in `text`; raises PolicyError."""
    return _Reader(located, _lines(text)).policy()


_Members: TypeAlias = "dict[str, object]"
_VERSIONS = ("2012-10-17", "2008-10-17")
_PRINCIPAL_KINDS = ("AWS", "Federated", "Service", "CanonicalUser")
_POLICY_ELEMENTS = frozenset({"Version", "Id", "Statement"})
_STATEMENT_ELEMENTS = frozenset({"Sid", "Effect", "Principal", "Action", "NotAction", "Condition"})
_NOT_IN_TRUST_POLICIES = {
    "NotPrincipal": "`NotPrincipal` is not allowed in a trust policy: name who may, in `Principal`",
    "Resource": "`Resource` is not allowed in a trust policy: the role is the resource",
    "NotResource": "`NotResource` is not allowed in a trust policy: the role is the resource",
}
_STRING_FAMILIES = ("String", "Arn")


class _Lines:
    """Line and column of an offset, counted from 1."""

    __slots__ = ("starts",)

    def __init__(self, text: str) -> None:
        self.starts = [0, *(found.end() for found in re.finditer("\n", text))]

    def place(self, offset: int) -> Place:
        line = bisect_right(self.starts, offset)
        return Place(line, offset - self.starts[line - 1] + 1)


@lru_cache(maxsize=2)  # a file may hold ten thousand policies
def _lines(text: str) -> _Lines:
    return _Lines(text)


class _Reader:
    """Turns JSON data into a TrustPolicy, or raises PolicyError at the first fault."""

    __slots__ = ("lines", "names", "offsets", "root", "variables")

    def __init__(self, located: Located, lines: _Lines | None) -> None:
        self.root: object = located.value
        self.offsets = located.offsets
        self.names = located.names
        self.lines = lines
        self.variables = False

    def place(self, pointer: str) -> Place | None:
        return self.lines.place(self.offsets[pointer]) if self.lines else None

    def error(self, message: str, pointer: str) -> PolicyError:
        return PolicyError(message, pointer, *(self.place(pointer) or (None, None)))

    def policy(self) -> TrustPolicy:
        members = self.members(self.root, "the policy", "")
        self.only(members, _POLICY_ELEMENTS, "")
        version = members.get("Version", "2008-10-17")
        if version not in _VERSIONS:
            raise self.error("`Version` must be 2012-10-17 or 2008-10-17", "/Version")
        self.variables = version == "2012-10-17"
        if "Statement" not in members:
            raise self.error("the policy has no `Statement`", "")
        listed = members["Statement"]
        if isinstance(listed, list):
            statements = tuple(
                self.statement(each, index + 1, f"/Statement/{index}")
                for index, each in enumerate(listed)
            )
        else:
            statements = (self.statement(listed, 1, "/Statement"),)
        if not statements:
            raise self.error("`Statement` lists no statement", "/Statement")
        return TrustPolicy(str(version), statements)

    def statement(self, data: object, number: int, pointer: str) -> Statement:
        members = self.members(data, "a statement", pointer)
        self.only(members, _STATEMENT_ELEMENTS, pointer)
        effect = members.get("Effect")
        if effect not in ("Allow", "Deny"):
            where = f"{pointer}/Effect" if "Effect" in members else pointer
            raise self.error("`Effect` must be Allow or Deny", where)
        if "Principal" not in members:
            raise self.error("the statement has no `Principal`", pointer)
        sid = members.get("Sid", "")
        if not isinstance(sid, str) or isinstance(sid, Number):
            raise self.error("`Sid` must be a string", f"{pointer}/Sid")
        actions, not_action = self.actions(members, pointer)
        return Statement(
            number,
            sid,
            Effect(effect),
            self.principals(members["Principal"], f"{pointer}/Principal"),
            actions,
            not_action,
            tuple(self.conditions(members.get("Condition", {}), f"{pointer}/Condition")),
            pointer,
            self.place(pointer),
        )

    def actions(self, members: _Members, pointer: str) -> tuple[tuple[str, ...], bool]:
        if ("Action" in members) is ("NotAction" in members):
            raise self.error("the statement needs one of `Action` and `NotAction`", pointer)
        name = "Action" if "Action" in members else "NotAction"
        actions = self.strings(members[name], name, f"{pointer}/{name}")
        for action in actions:
            if action != "*" and ":" not in action:
                raise self.error(
                    f"`{action}` is no action: write service:name, such as "
                    "sts:AssumeRoleWithWebIdentity",
                    f"{pointer}/{name}",
                )
        return actions, name == "NotAction"

    def principals(self, data: object, pointer: str) -> tuple[Principal, ...]:
        if data == "*":
            return (Principal("AWS", "*", pointer),)
        members = self.members(data, "`Principal`", pointer)
        found: list[Principal] = []
        for kind, values in members.items():
            where = f"{pointer}/{pointer_token(kind)}"
            if kind not in _PRINCIPAL_KINDS:
                known = ", ".join(_PRINCIPAL_KINDS)
                raise self.error(f"`{kind}` is no kind of principal: use one of {known}", where)
            found.extend(
                Principal(kind, value, where) for value in self.strings(values, kind, where)
            )
        if not found:
            raise self.error("`Principal` names nobody", pointer)
        return tuple(found)

    def conditions(self, data: object, pointer: str) -> list[Condition]:
        found: list[Condition] = []
        for operator, keys in self.members(data, "`Condition`", pointer).items():
            under = f"{pointer}/{pointer_token(operator)}"
            for key, values in self.members(keys, f"`{operator}`", under).items():
                where = f"{under}/{pointer_token(key)}"
                texts = self.values(values, operator, where)
                place = self.lines.place(self.names[where]) if self.lines else None
                found.append(Condition(operator, key, texts, where, place, self.variables))
        return found

    def values(self, data: object, operator: str, pointer: str) -> tuple[str, ...]:
        texts = tuple(
            self.scalar(each, pointer) for each in (data if isinstance(data, list) else [data])
        )
        if self.variables and any("${" in text for text in texts):
            self.check_variables(texts, operator, pointer)
        return texts

    def check_variables(self, texts: tuple[str, ...], operator: str, pointer: str) -> None:
        if not operator.rpartition(":")[2].startswith(_STRING_FAMILIES):
            raise self.error(f"`{operator}` takes no policy variables", pointer)
        for text in texts:
            try:
                value_pattern.parse(text, variables=True)
            except ValueError as problem:
                raise self.error(str(problem), pointer) from None

    def scalar(self, value: object, pointer: str) -> str:
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, (str, int, float)):
            return str(value)
        raise self.error("a condition's value must be a string, a number or a boolean", pointer)

    def strings(self, data: object, name: str, pointer: str) -> tuple[str, ...]:
        texts = tuple(data) if isinstance(data, list) else (data,)
        for text in texts:
            if not isinstance(text, str) or isinstance(text, Number) or not text:
                raise self.error(f"`{name}` must be a string or a list of strings", pointer)
        if not texts:
            raise self.error(f"`{name}` is empty", pointer)
        return texts

    def members(self, data: object, what: str, pointer: str) -> _Members:
        if not isinstance(data, dict):
            raise self.error(f"{what} must be an object", pointer)
        return data

    def only(self, members: _Members, known: frozenset[str], pointer: str) -> None:
        for name in members:
            if name not in known:
                fault = _NOT_IN_TRUST_POLICIES.get(
                    name, f"`{name}` is no element of a trust policy"
                )
                raise self.error(fault, f"{pointer}/{pointer_token(str(name))}")
