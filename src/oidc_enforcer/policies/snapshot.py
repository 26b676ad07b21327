"""The snapshot: what was read of roles and providers, kept for runs that cannot or may not ask.

Its form is `schemas/trust-snapshot-1.json`. It holds trust policies, names and reasons, and no
credential: nothing of how AWS was reached is in it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import TypeGuard

from oidc_enforcer.arn import OidcProviderArn, RoleArn
from oidc_enforcer.errors import UserError
from oidc_enforcer.facts import Provider, Role, Unavailable
from oidc_enforcer.iam.writing import as_data
from oidc_enforcer.masking import redact
from oidc_enforcer.policies.entries import (
    Entry,
    Policies,
    from_document,
    sorted_entries,
    unavailable,
)
from oidc_enforcer.policies.written import Written
from oidc_enforcer.source import SourceFile

KIND = "oidc-enforcer trust snapshot"
VERSION = 1
#: Beyond so many days a reader is told, because roles change without the repository noticing.
STALE_DAYS = 14


def is_snapshot(data: object) -> TypeGuard[dict[str, object]]:
    """Whether the data says of itself that it is one."""
    return isinstance(data, dict) and data.get("kind") == KIND


def write(policies: Policies, taken: str, tool: str) -> str:
    """The snapshot's text. `taken` is the date, `tool` the version of this program."""
    accounts = {entry.arn.account for entry in policies.entries if entry.arn}
    accounts |= set(policies.providers)
    data = {
        "kind": KIND,
        "version": VERSION,
        "taken": taken,
        "tool": tool,
        "accounts": sorted(accounts),
        "roles": [_role(entry) for entry in sorted_entries(policies.entries)],
        "providers": {
            account: _providers(found) for account, found in sorted(policies.providers.items())
        },
        "unavailable": sorted({redact(gap.reason) for gap in policies.gaps}),
    }
    return json.dumps(data, indent=1, ensure_ascii=False) + "\n"


def read(data: Mapping[str, object], source: SourceFile, today: str = "") -> Policies:
    """What a snapshot holds; raises UserError when it is of another version or not whole."""
    path, written = source.path, Written(source, data, "policy")
    version = data.get("version")
    if version != str(VERSION):
        raise UserError(
            f"`{path}` is a snapshot of version {str(version)[:20]}, this program reads {VERSION}",
            "take the snapshot again with `oidc-enforcer trust snapshot`, or update this program",
        )
    taken = data.get("taken")
    day = _date(taken)
    roles, providers, gaps = data.get("roles"), data.get("providers"), data.get("unavailable")
    if day is None or not isinstance(roles, list) or not isinstance(providers, dict):
        raise _damaged(path, "`taken`, `roles` or `providers` is missing or of another form")
    if not isinstance(gaps, list):
        raise _damaged(path, "`unavailable` is missing or no list")
    origin = f"snapshot of {day.isoformat()} (`{path}`)"
    return Policies(
        tuple(_entry(each, origin, written) for each in roles),
        {str(account): _read_providers(found, path) for account, found in providers.items()},
        tuple(Unavailable(f"{gap} ({origin})") for gap in gaps),
        _age(path, day, today),
    )


def _role(entry: Entry) -> dict[str, object]:
    data: dict[str, object] = {"name": entry.name, "arn": str(entry.arn) if entry.arn else None}
    if isinstance(entry.found, Role):
        data["policy"] = as_data(entry.found.policy)
    else:
        data["unavailable"] = redact(entry.found.reason)
    return data


def _entry(data: object, origin: str, written: Written) -> Entry:
    path = written.source.path
    if not isinstance(data, dict) or not isinstance(data.get("name"), str):
        raise _damaged(path, "a role has no `name`")
    name, named = data["name"], data.get("arn")
    arn = RoleArn.parse(named) if isinstance(named, str) else None
    if named is not None and arn is None:
        raise _damaged(path, f"`arn` of the role `{name}` is no role's ARN")
    if ("policy" in data) is ("unavailable" in data):
        raise _damaged(path, f"the role `{name}` needs one of `policy` and `unavailable`")
    if "unavailable" in data:
        return unavailable(name, f"{data['unavailable']} ({origin})", origin, arn)
    return from_document(name, arn, data["policy"], origin, written=written)


def _providers(found: tuple[Provider, ...] | Unavailable) -> object:
    if isinstance(found, Unavailable):
        return {"unavailable": redact(found.reason)}
    return [{"arn": str(each.arn), "audiences": sorted(each.audiences)} for each in sorted(found)]


def _read_providers(data: object, path: str) -> tuple[Provider, ...] | Unavailable:
    if isinstance(data, dict) and isinstance(data.get("unavailable"), str):
        return Unavailable(data["unavailable"])
    if not isinstance(data, list):
        raise _damaged(path, "an account's `providers` are no list")
    return tuple(_provider(each, path) for each in data)


def _provider(data: object, path: str) -> Provider:
    members = data if isinstance(data, dict) else {}
    written, audiences = members.get("arn"), members.get("audiences")
    arn = OidcProviderArn.parse(written) if isinstance(written, str) else None
    if arn is None or not isinstance(audiences, list):
        raise _damaged(path, "a provider needs `arn` and `audiences`")
    return Provider(arn, tuple(str(each) for each in audiences))


def _age(path: str, taken: date, today: str) -> tuple[str, ...]:
    """Said always, so that nobody takes an old answer for today's."""
    now = _date(today)
    if now is None:
        return (f"`{path}` is a snapshot of {taken.isoformat()}",)
    days = (now - taken).days
    if days < 0:
        return (f"`{path}` says it was taken in the future, on {taken.isoformat()}",)
    when = f"`{path}` is a snapshot of {taken.isoformat()}, {days} day{'s'[: days != 1]} old"
    if days <= STALE_DAYS:
        return (when,)
    return (f"{when}: roles may have changed since, take it again with `trust snapshot`",)


def _date(text: object) -> date | None:
    try:
        return date.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None


def _damaged(path: str, what: str) -> UserError:
    return UserError(
        f"`{path}` is a damaged snapshot: {what}",
        "take it again with `oidc-enforcer trust snapshot`",
    )
