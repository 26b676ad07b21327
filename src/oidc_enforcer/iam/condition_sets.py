"""The values of one key that satisfy one condition, as an exact set or between two bounds.

Every condition is a set of values, and whether the key may be absent. Where IAM's behaviour is
unknown, or where a policy variable ties the key to another one, the set lies between LOWER (values
that surely satisfy the condition) and UPPER (values that may). For all others the two are equal.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator, Mapping
from math import floor
from typing import NamedTuple

from oidc_enforcer.iam import comparisons
from oidc_enforcer.iam.automata import Element, globs
from oidc_enforcer.iam.context_keys import is_environmental
from oidc_enforcer.iam.document import Condition
from oidc_enforcer.iam.issuers import Issuer
from oidc_enforcer.iam.operators import Comparison, Family, Operator, null_holds, operator
from oidc_enforcer.iam.patterns import DIGITS, EVERYTHING, NOTHING, StringSet, casings
from oidc_enforcer.iam.request import ContextValue, Unknown
from oidc_enforcer.iam.value_pattern import Part, Variable, Wildcard, parse, units


class Bound(enum.Enum):
    """Which values a set holds where not all is known: the sure ones, or the possible ones."""

    LOWER = "lower"
    UPPER = "upper"

    @property
    def other(self) -> Bound:
        """The bound of a complement."""
        return Bound.LOWER if self is Bound.UPPER else Bound.UPPER

    @property
    def doubtful(self) -> bool:
        """How this bound settles what cannot be told."""
        return self is Bound.UPPER


class Values(NamedTuple):
    """The values that one key may have; `absent`: or it may be missing."""

    strings: StringSet
    absent: bool

    def __invert__(self) -> Values:
        return Values(~self.strings, not self.absent)

    def meet(self, other: Values) -> Values:
        """The values in both."""
        return Values(self.strings & other.strings, self.absent and other.absent)

    def allows(self, value: str | None) -> bool:
        """Whether this value, or absence (None), is among them."""
        return self.absent if value is None else value in self.strings

    @property
    def is_nothing(self) -> bool:
        """Whether nothing, not even absence, is seen at once to be left."""
        return not self.absent and self.strings.is_nothing

    @property
    def is_everything(self) -> bool:
        """Whether any value and absence are seen at once to be allowed."""
        return self.absent and self.strings.is_everything


class Domain(NamedTuple):
    """What the request context of one issuer's tokens can hold.

    `claims` are the claims that reach the policy, `fixed` the keys whose value is the same for all
    callers (in lower case), `bound` claims whose value is known beforehand, for policy variables.
    """

    issuer: Issuer
    claims: frozenset[str]
    fixed: Mapping[str, str]
    bound: Mapping[str, str]

    def claim(self, key: str) -> str | None:
        """The claim behind a condition key, or None."""
        claim = self.issuer.claim(key)
        return claim if claim in self.claims else None

    def resolve(self, key: str) -> ContextValue:
        """What a policy variable stands for; unknown where it differs from token to token."""
        key = key.lower()
        if key in self.fixed:
            return self.fixed[key]
        claim = self.claim(key)
        if claim is not None:
            return self.bound.get(claim, Unknown.UNKNOWN)
        return Unknown.UNKNOWN if is_environmental(key) else None


def values_of(condition: Condition, domain: Domain, bound: Bound) -> Values | None:
    """The values of the condition's key that satisfy it; None where they form no such set.

    The latter are dates, addresses, numbers and binaries in keys that are no claims.
    """
    found = operator(condition.operator)
    if found is None:
        return Values(EVERYTHING if bound.doubtful else NOTHING, bound.doubtful)
    if found.family is Family.NULL:
        present = null_holds(condition.values, absent=False)
        absent = null_holds(condition.values, absent=True)
        return Values(EVERYTHING if present else NOTHING, absent)
    truth = found.on_absent_key(has_values=bool(condition.values))
    strings = _strings(found, condition, domain, bound)
    return None if strings is None else Values(strings, bound.doubtful if truth is None else truth)


class Doubt(NamedTuple):
    """Why a condition is not told exactly; `may_be_looser`: it may let in more than its bounds."""

    reason: str
    may_be_looser: bool = False


def doubt(condition: Condition, domain: Domain) -> Doubt | None:
    """Why the bounds of a condition may differ; None where they are equal."""
    found = operator(condition.operator)
    if found is None:
        return Doubt(f"`{condition.operator}` is no operator that we know")
    if found.family is Family.NULL:
        return None
    if not condition.values:
        reason = "what IAM makes of an empty list of values is not documented"
        return Doubt(reason, may_be_looser=True) if found.negated else None
    if found.family in (Family.STRING, Family.ARN):
        for key in sorted(_variables(condition)):
            if key != condition.key.lower() and isinstance(domain.resolve(key), Unknown):
                return Doubt(f"`${{{key}}}` differs from token to token")
    if found.family in (Family.STRING, Family.BOOL) or domain.claim(condition.key) is None:
        return None
    lower, upper = (values_of(condition, domain, bound) for bound in Bound)
    same = lower is upper or (lower and upper and lower.strings is upper.strings)
    return None if same else Doubt(f"`{condition.operator}` is not meant for text")


def _variables(condition: Condition) -> set[str]:
    return {
        part.key
        for value in condition.values
        for part in parse(value, variables=condition.variables)
        if isinstance(part, Variable)
    }


def _strings(
    found: Operator, condition: Condition, domain: Domain, bound: Bound
) -> StringSet | None:
    if not condition.values:
        return NOTHING
    match found.family:
        case Family.STRING:
            matched = _matched(found, condition, domain, bound.other if found.negated else bound)
            return ~matched if found.negated else matched
        case Family.BOOL:
            return _booleans(condition.values)
        case _:
            return _typed(found, condition, domain.claim(condition.key), bound)


def _matched(found: Operator, condition: Condition, domain: Domain, bound: Bound) -> StringSet:
    """The texts that match one of the values, before negation."""
    parsed = [parse(value, variables=condition.variables) for value in condition.values]
    if not any(isinstance(part, Variable) for parts in parsed for part in parts):
        return _constant(found.comparison, condition, parsed)
    patterns: list[tuple[Element, ...]] = []
    for parts in parsed:
        if parts == (Variable(condition.key.lower(), None),):
            return EVERYTHING  # compares the key with itself
        elements = _filled(parts, found.comparison, domain, bound)
        if elements is not None:
            patterns.append(elements)
    return StringSet(globs(patterns), None, tuple(patterns))


def _constant(
    comparison: Comparison, condition: Condition, parsed: list[tuple[Part, ...]]
) -> StringSet:
    if comparison is Comparison.LIKE:
        return StringSet.spelled_by(*parsed)  # type: ignore[arg-type]
    texts = [
        "".join(part.value if isinstance(part, Wildcard) else str(part) for part in parts)
        for parts in parsed
    ]
    if comparison is Comparison.EQUALS:
        return StringSet.of(*texts)
    return StringSet.ignoring_case(*texts)


def _filled(
    parts: tuple[Part, ...], comparison: Comparison, domain: Domain, bound: Bound
) -> tuple[Element, ...] | None:
    """A value with its variables filled in; None when it cannot match, or not surely."""
    elements: list[Element] = []
    for part in parts:
        if isinstance(part, Wildcard) and comparison is Comparison.LIKE:
            elements.append(part)
            continue
        if isinstance(part, Variable):
            value = domain.resolve(part.key)
            if isinstance(value, Unknown) and bound is Bound.UPPER:
                elements.append(Wildcard.ANY_RUN)
                continue
            text = part.default if value is None else value
            if not isinstance(text, str):
                return None
        else:
            text = part.value if isinstance(part, Wildcard) else part
        elements.extend(_spelled(text, comparison))
    return tuple(elements)


def _spelled(text: str, comparison: Comparison) -> Iterator[Element]:
    if comparison is Comparison.EQUALS_IGNORE_CASE:
        return map(casings, units(comparisons.lowered(text)))
    return iter(units(text))


def _booleans(values: tuple[str, ...]) -> StringSet:
    true = StringSet.ignoring_case("true")
    wanted = {comparisons.is_true(value) for value in values}
    return EVERYTHING if len(wanted) == 2 else true if True in wanted else ~true


#: They hold a `:` or a `/` and letters, so they are neither numbers nor dates, addresses or ARNs.
_PLAIN_TEXT = frozenset({"sub", "ref", "repository", "job_workflow_ref"})
#: Decimal digits without leading zeros.
_IDS = frozenset({"repository_id", "repository_owner_id", "actor_id", "enterprise_id"})


def _typed(
    found: Operator, condition: Condition, claim: str | None, bound: Bound
) -> StringSet | None:
    """Numbers, dates, addresses, ARNs and binaries, as far as a claim can be one."""
    if claim is None:
        return None
    unequal = found.family in (Family.NUMERIC, Family.DATE)
    if claim in _PLAIN_TEXT and found.family is not Family.BINARY:
        return EVERYTHING if unequal and found.negated else NOTHING
    if claim in _IDS and found.family in (Family.IP, Family.ARN):
        return NOTHING
    if claim in _IDS and found.family is Family.NUMERIC:
        ids = [_ids(found.comparison, value) for value in condition.values]
        if all(each is not None for each in ids):
            matched = NOTHING
            for each in ids:
                matched |= each or NOTHING
            return ~matched if found.negated else matched
    return EVERYTHING if bound.doubtful else NOTHING


def _ids(comparison: Comparison, wanted: str) -> StringSet | None:
    """The ids that compare so to a number; None when the policy's value is none."""
    number = comparisons.number(wanted)
    if number is None:
        return None
    whole = floor(number.max(-1).min(10**20))
    above = whole if whole == number else whole + 1
    match comparison:
        case Comparison.EQUALS:
            return StringSet.of(str(whole)) if whole == number else NOTHING
        case Comparison.LESS:
            return _below(above)
        case Comparison.AT_MOST:
            return _below(whole + 1)
        case Comparison.GREATER:
            return ~_below(whole + 1)
        case _:
            return ~_below(above)


def _below(limit: int) -> StringSet:
    """The decimal texts of 0 to `limit` - 1."""
    if limit <= 0:
        return NOTHING
    digit, first = frozenset(DIGITS), frozenset(DIGITS[1:])
    text = str(limit)
    patterns: list[tuple[Element, ...]] = [("0",)]
    patterns.extend((first, *(digit,) * length) for length in range(len(text) - 1))
    for index, each in enumerate(text):
        smaller = frozenset(DIGITS[1 if index == 0 else 0 : int(each)])
        if smaller:
            patterns.append((*text[:index], smaller, *(digit,) * (len(text) - index - 1)))
    return StringSet(globs(patterns), None, tuple(patterns))
