"""The plain meaning of a trust policy for one request.

Source: IAM User Guide, "Policy evaluation logic": an explicit deny wins over any allow, and what no
statement allows is denied. A caller with a token has no identity policy and no boundary; resource
control policies may still deny and cannot be seen in the trust policy.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator
from typing import NamedTuple

from oidc_enforcer.iam.document import Condition, Effect, Place, Statement, TrustPolicy
from oidc_enforcer.iam.operators import holds
from oidc_enforcer.iam.request import ContextValue, Request, Unknown
from oidc_enforcer.iam.truth import Truth, every
from oidc_enforcer.iam.value_pattern import glob, matches


class Decision(enum.Enum):
    """IAM's words, and one for what cannot be told."""

    ALLOWED = "allowed"
    EXPLICIT_DENY = "explicitDeny"
    IMPLICIT_DENY = "implicitDeny"
    UNDETERMINED = "undetermined"


class Verdict(NamedTuple):
    """A decision, the numbers of the statements that made it, and the keys that were missed."""

    decision: Decision
    matched_statements: tuple[int, ...]
    missing_context_values: tuple[str, ...]


class Refusal(NamedTuple):
    """Why a statement does not apply, or cannot be said to.

    `element` is `Action`, `Principal` or `Condition`. `presented` is what the request brought,
    `wanted` what the policy asks for; `truth` is False, or None where it cannot be told.
    """

    element: str
    pointer: str
    place: Place | None
    presented: ContextValue
    wanted: tuple[str, ...]
    truth: Truth
    condition: Condition | None = None


class Explanation(NamedTuple):
    """What one statement says to a request; it applies where there are no refusals."""

    statement: Statement
    applies: Truth
    refusals: tuple[Refusal, ...]


def evaluate(policy: TrustPolicy, request: Request) -> Verdict:
    """Whether the trust policy lets the request in; `undetermined` only where it matters."""
    truths = [applies(statement, request) for statement in policy.statements]
    denied = _those(policy, truths, Effect.DENY)
    allowed = _those(policy, truths, Effect.ALLOW)
    if denied[True]:
        return Verdict(Decision.EXPLICIT_DENY, denied[True], ())
    if allowed[True] and not denied[None]:
        return Verdict(Decision.ALLOWED, allowed[True], ())
    if not allowed[True] and not allowed[None]:
        return Verdict(Decision.IMPLICIT_DENY, (), ())
    missed = _missed_keys(policy, allowed[None] + denied[None], request)
    return Verdict(Decision.UNDETERMINED, allowed[True], missed)


def explain(policy: TrustPolicy, request: Request) -> tuple[Explanation, ...]:
    """For every statement, whether it applies and everything that keeps it from it."""
    explanations: list[Explanation] = []
    for statement in policy.statements:
        refusals = tuple(_refusals(statement, request))
        truth = every(refusal.truth for refusal in refusals)
        explanations.append(Explanation(statement, truth, refusals))
    return tuple(explanations)


def applies(statement: Statement, request: Request) -> Truth:
    """Whether action, principal and every condition match."""
    if not action_matches(statement, request.action):
        return False
    principal = principal_matches(statement, request)
    if principal is False:
        return False
    result: Truth = principal
    for condition in statement.conditions:
        truth = holds(condition, request)
        if truth is False:
            return False
        if truth is None:
            result = None
    return result


def action_matches(statement: Statement, action: str) -> bool:
    """`Action` and `NotAction`; case does not count, `*` and `?` are wildcards."""
    wanted = action.lower()
    found = any(matches(glob(each.lower()), wanted) for each in statement.actions)
    return found is not statement.not_action


def principal_matches(statement: Statement, request: Request) -> Truth:
    """Whether the caller is named, exactly: principals know no wildcards but a lone `*`.

    `{"AWS": "*"}` does not let in callers with a token (live captures of 2026-09-11). Whether it
    denies them has not been tested by anybody, so in a Deny statement it cannot be told.
    """
    kind, value = request.caller
    result: Truth = False
    for principal in statement.principals:
        if principal.kind == kind and principal.value == value:
            return True
        if principal.kind == "AWS" and principal.value == "*":
            if kind == "AWS":
                return True
            if statement.effect is Effect.DENY:
                result = None
    return result


def _those(
    policy: TrustPolicy, truths: list[Truth], effect: Effect
) -> dict[Truth, tuple[int, ...]]:
    return {
        wanted: tuple(
            statement.number
            for statement, truth in zip(policy.statements, truths, strict=True)
            if statement.effect is effect and truth is wanted
        )
        for wanted in (True, None)
    }


def _missed_keys(
    policy: TrustPolicy, numbers: tuple[int, ...], request: Request
) -> tuple[str, ...]:
    missed = {
        condition.key: None
        for number in numbers
        for condition in policy.statements[number - 1].conditions
        if holds(condition, request) is None and isinstance(request.value(condition.key), Unknown)
    }
    return tuple(missed)


def _refusals(statement: Statement, request: Request) -> Iterator[Refusal]:
    here, place = statement.pointer, statement.place
    if not action_matches(statement, request.action):
        element = "NotAction" if statement.not_action else "Action"
        told, wanted = request.action, statement.actions
        yield Refusal("Action", f"{here}/{element}", place, told, wanted, False)
    truth = principal_matches(statement, request)
    if truth is not True:
        told = request.caller.value
        wanted = tuple(each.value for each in statement.principals)
        yield Refusal("Principal", f"{here}/Principal", place, told, wanted, truth)
    for condition in statement.conditions:
        truth = holds(condition, request)
        if truth is not True:
            yield Refusal(
                "Condition",
                condition.pointer,
                condition.place,
                request.value(condition.key),
                condition.values,
                truth,
                condition,
            )
