"""Every IAM condition operator, as a table, and whether a condition holds in a request.

Sources: IAM User Guide, "Condition operators", "Set operators for multivalued context keys" and
"Policy variables"; where the guide is silent, live captures of 2026-09-11 (radkawar/stackd),
named at each place.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import NamedTuple, TypeAlias

from oidc_enforcer.iam import comparisons
from oidc_enforcer.iam.document import Condition
from oidc_enforcer.iam.request import ContextValue, Request, Unknown, Unsure
from oidc_enforcer.iam.truth import Truth, agreed, every, negate, some
from oidc_enforcer.iam.value_pattern import Glob, Variable, Wildcard, literal_text, matches, parse


class Family(enum.Enum):
    """The type as which an operator reads both sides."""

    STRING = "String"
    ARN = "Arn"
    NUMERIC = "Numeric"
    DATE = "Date"
    BOOL = "Bool"
    BINARY = "Binary"
    IP = "Ip"
    NULL = "Null"


class Comparison(enum.Enum):
    """What an operator asks, before negation."""

    EQUALS = "equals"
    EQUALS_IGNORE_CASE = "equals, in any casing"
    LIKE = "is like"
    LESS = "is less than"
    AT_MOST = "is at most"
    GREATER = "is greater than"
    AT_LEAST = "is at least"


class Quantifier(enum.Enum):
    """How a condition reads a multivalued key."""

    ONE = ""
    ALL = "ForAllValues"
    ANY = "ForAnyValue"


class Operator(NamedTuple):
    """`[ForAllValues:|ForAnyValue:]Base[IfExists]`."""

    family: Family
    comparison: Comparison
    negated: bool = False
    if_exists: bool = False
    quantifier: Quantifier = Quantifier.ONE

    def on_absent_key(self, *, has_values: bool) -> Truth:
        """Whether the condition holds when the request lacks the key.

        `ForAnyValue` with `IfExists` is false: two implementations agree, one after live captures
        (radkawar/stackd, cloud-copilot/iam-simulate). With an empty list of values they differ on
        negated operators.
        """
        if self.quantifier is Quantifier.ALL:
            return True
        if self.quantifier is Quantifier.ANY:
            return False
        if self.if_exists:
            return True
        return self.negated and (True if has_values else None)


_BASES: dict[str, Operator] = {
    "StringEquals": Operator(Family.STRING, Comparison.EQUALS),
    "StringNotEquals": Operator(Family.STRING, Comparison.EQUALS, negated=True),
    "StringEqualsIgnoreCase": Operator(Family.STRING, Comparison.EQUALS_IGNORE_CASE),
    "StringNotEqualsIgnoreCase": Operator(
        Family.STRING, Comparison.EQUALS_IGNORE_CASE, negated=True
    ),
    "StringLike": Operator(Family.STRING, Comparison.LIKE),
    "StringNotLike": Operator(Family.STRING, Comparison.LIKE, negated=True),
    # `ArnEquals` and `ArnLike` behave identically.
    "ArnEquals": Operator(Family.ARN, Comparison.LIKE),
    "ArnLike": Operator(Family.ARN, Comparison.LIKE),
    "ArnNotEquals": Operator(Family.ARN, Comparison.LIKE, negated=True),
    "ArnNotLike": Operator(Family.ARN, Comparison.LIKE, negated=True),
    "NumericEquals": Operator(Family.NUMERIC, Comparison.EQUALS),
    "NumericNotEquals": Operator(Family.NUMERIC, Comparison.EQUALS, negated=True),
    "NumericLessThan": Operator(Family.NUMERIC, Comparison.LESS),
    "NumericLessThanEquals": Operator(Family.NUMERIC, Comparison.AT_MOST),
    "NumericGreaterThan": Operator(Family.NUMERIC, Comparison.GREATER),
    "NumericGreaterThanEquals": Operator(Family.NUMERIC, Comparison.AT_LEAST),
    "DateEquals": Operator(Family.DATE, Comparison.EQUALS),
    "DateNotEquals": Operator(Family.DATE, Comparison.EQUALS, negated=True),
    "DateLessThan": Operator(Family.DATE, Comparison.LESS),
    "DateLessThanEquals": Operator(Family.DATE, Comparison.AT_MOST),
    "DateGreaterThan": Operator(Family.DATE, Comparison.GREATER),
    "DateGreaterThanEquals": Operator(Family.DATE, Comparison.AT_LEAST),
    "Bool": Operator(Family.BOOL, Comparison.EQUALS),
    "BinaryEquals": Operator(Family.BINARY, Comparison.EQUALS),
    "IpAddress": Operator(Family.IP, Comparison.LIKE),
    "NotIpAddress": Operator(Family.IP, Comparison.LIKE, negated=True),
}
_NULL = Operator(Family.NULL, Comparison.EQUALS)


@lru_cache(maxsize=512)
def operator(name: str) -> Operator | None:
    """The operator of this name, or None for one that we do not know.

    Nothing documents whether IAM minds the casing of operators, so another casing is unknown.
    """
    if name == "Null":
        return _NULL
    prefix, colon, base = name.rpartition(":")
    if colon and prefix not in ("ForAllValues", "ForAnyValue"):
        return None
    found = _BASES.get(base.removesuffix("IfExists"))
    if found is None:
        return None
    return found._replace(
        if_exists=base.endswith("IfExists"), quantifier=Quantifier(prefix if colon else "")
    )


def holds(condition: Condition, request: Request) -> Truth:
    """Whether a condition holds; None when the request or our knowledge does not say."""
    found = operator(condition.operator)
    value = request.value(condition.key)
    if found is None or isinstance(value, Unknown):
        return None
    if isinstance(value, Unsure):
        return agreed(_holds(found, condition, each, request) for each in (value.value, None))
    return _holds(found, condition, value, request)


def _holds(op: Operator, condition: Condition, value: ContextValue, request: Request) -> Truth:
    if op.family is Family.NULL:
        return null_holds(condition.values, absent=value is None)
    if value is None or value == ():
        return op.on_absent_key(has_values=bool(condition.values))
    if isinstance(value, str):
        return value_holds(op, condition, value, request)
    if op.quantifier is Quantifier.ONE:
        # Live captures of 2026-09-11: a multivalued key never matches a single-valued operator,
        # negated and `IfExists` included.
        return False
    assert isinstance(value, tuple)
    combine = every if op.quantifier is Quantifier.ALL else some
    return combine([value_holds(op, condition, each, request) for each in value])


def null_holds(values: Sequence[str], *, absent: bool) -> bool:
    """`Null`: a value of `true` asks for absence, any other for presence."""
    return any(comparisons.is_true(value) is absent for value in values)


#: What a policy variable stands for in this request.
Resolve: TypeAlias = "Callable[[str], ContextValue]"


def value_holds(op: Operator, condition: Condition, text: str, request: Request) -> Truth:
    """Whether one value of the request satisfies the condition's values, negation included.

    The values of a negated operator are joined by NOR. Text that is not of the operator's type
    equals nothing, except that addresses and ARNs then also fail the negated operator; and an
    empty list matches nothing, negated or not (live captures of 2026-09-11).
    """
    if not condition.values or not _readable(op.family, text):
        return bool(condition.values) and op.negated and op.family in _UNREADABLE_IS_UNEQUAL
    matched = some(
        value_matches(op, value, text, request.value, variables=condition.variables)
        for value in condition.values
    )
    return negate(matched) if op.negated else matched


def value_matches(
    op: Operator, wanted: str, text: str, resolve: Resolve, *, variables: bool
) -> Truth:
    """Whether one value of the policy matches one of the request, before negation."""
    if op.family not in (Family.STRING, Family.ARN):
        return _COMPARE[op.family](op.comparison, text, wanted)
    glob = fill(wanted, resolve, variables=variables)
    if glob is None or isinstance(glob, Unknown):
        return None if glob else False
    if op.family is Family.ARN:
        return comparisons.arn_matches(glob, text)
    if op.comparison is Comparison.LIKE:
        return matches(glob, text)
    if op.comparison is Comparison.EQUALS:
        return literal_text(glob) == text
    return comparisons.lowered(literal_text(glob)) == comparisons.lowered(text)


def fill(wanted: str, resolve: Resolve, *, variables: bool) -> Glob | Unknown | None:
    """A value with its variables filled in; None when one of them has no value.

    A variable's text is literal, whatever stands in it.
    """
    glob: list[str | Wildcard] = []
    for part in parse(wanted, variables=variables):
        if not isinstance(part, Variable):
            glob.append(part)
            continue
        value = resolve(part.key)
        if isinstance(value, (Unknown, Unsure)):
            return Unknown.UNKNOWN
        text = part.default if value is None or value == () else value
        if not isinstance(text, str):
            return None
        glob.append(text)
    return tuple(glob)


_UNREADABLE_IS_UNEQUAL = frozenset({Family.NUMERIC, Family.DATE})


def _readable(family: Family, text: str) -> bool:
    match family:
        case Family.NUMERIC:
            return comparisons.number(text) is not None
        case Family.DATE:
            return comparisons.date(text) is not None
        case Family.IP:
            return comparisons.address(text) is not None
        case Family.ARN:
            return comparisons.is_arn(text)
        case _:
            return True


def _compare_numbers(comparison: Comparison, text: str, wanted: str) -> Truth:
    left, right = comparisons.number(text), comparisons.number(wanted)
    if left is None or right is None:
        return None
    return _in_order(comparison, (left > right) - (left < right))


def _compare_dates(comparison: Comparison, text: str, wanted: str) -> Truth:
    left, right = comparisons.date(text), comparisons.date(wanted)
    if left is None or right is None:
        return None
    return _in_order(comparison, (left > right) - (left < right))


def _in_order(comparison: Comparison, order: int) -> bool:
    match comparison:
        case Comparison.LESS:
            return order < 0
        case Comparison.AT_MOST:
            return order <= 0
        case Comparison.GREATER:
            return order > 0
        case Comparison.AT_LEAST:
            return order >= 0
        case _:
            return order == 0


_COMPARE: dict[Family, Callable[[Comparison, str, str], Truth]] = {
    Family.NUMERIC: _compare_numbers,
    Family.DATE: _compare_dates,
    Family.BOOL: lambda _, text, wanted: comparisons.is_true(text) == comparisons.is_true(wanted),
    Family.BINARY: lambda _, text, wanted: comparisons.binary_equals(text, wanted),
    Family.IP: lambda _, text, wanted: comparisons.in_network(text, wanted),
}
