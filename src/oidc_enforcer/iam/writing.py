"""A trust policy as the JSON data that IAM stores."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from oidc_enforcer.iam.document import Principal, Statement, TrustPolicy

Data: TypeAlias = dict[str, object]


def as_data(policy: TrustPolicy) -> Data:
    """INVARIANT: reading it again gives the same policy, apart from its places."""
    return {
        "Version": policy.version,
        "Statement": [_statement(statement) for statement in policy.statements],
    }


def _statement(statement: Statement) -> Data:
    data: Data = {"Sid": statement.sid} if statement.sid else {}
    data["Effect"] = statement.effect.value
    data["Principal"] = _principals(statement.principals)
    data["NotAction" if statement.not_action else "Action"] = _scalar_or_list(statement.actions)
    condition: dict[str, Data] = {}
    for each in statement.conditions:
        condition.setdefault(each.operator, {})[each.key] = _scalar_or_list(each.values)
    if condition:
        data["Condition"] = condition
    return data


def _principals(principals: Sequence[Principal]) -> Data:
    by_kind: dict[str, list[str]] = {}
    for principal in principals:
        by_kind.setdefault(principal.kind, []).append(principal.value)
    return {kind: _scalar_or_list(values) for kind, values in by_kind.items()}


def _scalar_or_list(values: Sequence[str]) -> object:
    return values[0] if len(values) == 1 else list(values)
