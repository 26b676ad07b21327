"""What AWS commands print: `get-role`, `list-roles`, `get-account-authorization-details`.

Source: IAM API reference, data types `Role` and `RoleDetail`. The API gives a trust policy as JSON
text with percent-encoding (RFC 3986); the AWS CLI and boto3 give it decoded.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from oidc_enforcer.arn import RoleArn
from oidc_enforcer.facts import Unavailable
from oidc_enforcer.iam.json_text import JsonError, read
from oidc_enforcer.policies.entries import Entry, Policies, from_document, unavailable
from oidc_enforcer.policies.written import Written
from oidc_enforcer.source import SourceFile

#: Members under which AWS commands list roles.
LISTS = ("RoleDetailList", "Roles")


def holds_roles(data: object) -> bool:
    """Whether the data is the output of one of the commands, or a part of it."""
    if isinstance(data, list):
        return bool(data) and all(_is_role(each) for each in data)
    if not isinstance(data, dict):
        return False
    return any(isinstance(data.get(name), list) for name in LISTS) or bool(_single(data))


def read_output(data: object, source: SourceFile) -> Policies:
    """The roles in what a command printed."""
    path, written = source.path, Written(source, data, "AssumeRolePolicyDocument")
    gaps: tuple[Unavailable, ...] = ()
    if isinstance(data, dict) and data.get("IsTruncated") is True:
        gaps = (
            Unavailable(f"`{path}` is one page of several: run the command without a page limit"),
        )
    return Policies(tuple(entry(each, path, written) for each in _listed(data)), gaps=gaps)


def entry(role: object, origin: str, written: Written | None = None) -> Entry:
    """One role, as the API describes it; `written` tells where its policy stands in a file."""
    if not isinstance(role, Mapping):
        return unavailable("a role", "it is not described as an object", origin)
    named = role.get("Arn")
    arn = RoleArn.parse(named) if isinstance(named, str) else None
    name = role.get("RoleName")
    name = name if isinstance(name, str) else arn.name if arn else "a role without a name"
    if named is not None and arn is None:
        return unavailable(name, "its `Arn` is no ARN of a role", origin)
    document = role.get("AssumeRolePolicyDocument")
    if isinstance(document, str):
        try:
            document = read(_percent_decoded(document)).value
        except JsonError as problem:
            return unavailable(name, f"its trust policy is no JSON: {problem.message}", origin, arn)
    missing = "it has no `AssumeRolePolicyDocument`"
    return from_document(name, arn, document, origin, missing=missing, written=written)


def _is_role(data: object) -> bool:
    return isinstance(data, dict) and "AssumeRolePolicyDocument" in data


def _single(data: Mapping[str, object]) -> object:
    """A role alone: by itself, under `Role` as `get-role` prints it, `role` as `bootstrap` does."""
    candidates = (data, data.get("Role"), data.get("role"))
    return next((each for each in candidates if _is_role(each)), None)


def _listed(data: object) -> Iterator[object]:
    if isinstance(data, list):
        yield from data
    elif isinstance(data, dict):
        single = _single(data)
        if single is not None:
            yield single
            return
        for name in LISTS:
            roles = data.get(name)
            if isinstance(roles, list):
                yield from roles


def _percent_decoded(text: str) -> str:
    """NOTE: a decoded policy may hold `%3A`, so only what is encoded as a whole is decoded."""
    if text.lstrip()[:1] == "{":
        return text
    decoded = re.sub(rb"%([0-9A-Fa-f]{2})", lambda found: bytes([int(found[1], 16)]), text.encode())
    return decoded.decode(errors="replace")
