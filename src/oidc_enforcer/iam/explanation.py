"""Why a policy lets a token in, or does not: the statement, the condition, and the way out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from oidc_enforcer.iam.document import Effect, Statement, TrustPolicy
from oidc_enforcer.iam.evaluate import Decision, Explanation, Refusal, evaluate, explain
from oidc_enforcer.iam.issuers import Issuer
from oidc_enforcer.iam.remedies import remedy
from oidc_enforcer.iam.request import ContextValue, Unknown, Unsure
from oidc_enforcer.iam.web_identity import web_identity_request


class Cause(NamedTuple):
    """One thing that keeps an Allow statement from applying, or by which a Deny applies.

    `presented` and `wanted` are in words; `remedy` is one line that says what would be right.
    `refusal` is None for a Deny statement: what it says is `statement`.
    """

    statement: Statement
    presented: str
    wanted: str
    remedy: str
    refusal: Refusal | None = None

    @property
    def sentence(self) -> str:
        """The statement, the condition, the value wanted and the value presented, in a line."""
        name = named(self.statement)
        if self.refusal is None:
            return f"{name} denies it, whatever others allow"
        subject = f"{name}: {self._subject}"
        verb = "may want" if self.refusal.truth is None else "wants"
        return f"{subject} {verb} {self.wanted}, and {self.presented} was presented"

    @property
    def _subject(self) -> str:
        assert self.refusal is not None
        condition = self.refusal.condition
        if condition is None:
            return f"`{self.refusal.element}`"
        return f"`{condition.operator}` on `{condition.key}`"


class Answer(NamedTuple):
    """What a policy says to one token, and why.

    `matched_statements` made the decision. `causes` belong to the statements that refused, the one
    that comes nearest to letting the token in first; `missing` are keys whose value would decide.
    """

    claims: Mapping[str, str]
    decision: Decision
    matched_statements: tuple[int, ...]
    missing: tuple[str, ...]
    causes: tuple[Cause, ...]

    @property
    def nearest(self) -> tuple[Cause, ...]:
        """The causes of the statement that comes nearest."""
        if not self.causes:
            return ()
        number = self.causes[0].statement.number
        return tuple(cause for cause in self.causes if cause.statement.number == number)


def answer(
    policy: TrustPolicy,
    claims: Mapping[str, str],
    issuer: Issuer,
    account: str,
    *,
    partition: str = "aws",
    context: Mapping[str, ContextValue] | None = None,
    complete: bool = True,
) -> Answer:
    """What the policy of a role in this account says to a token, and why.

    With `complete=False` claims that are not given may have any value.
    """
    request = web_identity_request(
        claims, issuer, account, partition=partition, context=context, complete=complete
    )
    verdict = evaluate(policy, request)
    causes: list[Cause] = []
    if verdict.decision is Decision.EXPLICIT_DENY:
        causes += _denials(policy, verdict.matched_statements)
    elif verdict.decision is not Decision.ALLOWED:
        provider = request.caller.value
        for each in sorted(explain(policy, request), key=_distance):
            causes += _causes(each, claims, issuer, provider)
    return Answer(
        dict(claims),
        verdict.decision,
        verdict.matched_statements,
        verdict.missing_context_values,
        tuple(causes),
    )


def named(statement: Statement) -> str:
    """`statement 2`, with its `Sid` where it has one."""
    sid = f" (`{statement.sid}`)" if statement.sid else ""
    return f"statement {statement.number}{sid}"


def _denials(policy: TrustPolicy, numbers: tuple[int, ...]) -> Iterator[Cause]:
    for number in numbers:
        statement = policy.statements[number - 1]
        conditions = " and ".join(
            f"`{each.operator}` on `{each.key}`" for each in statement.conditions
        )
        held = f"{conditions} hold" if len(statement.conditions) > 1 else f"{conditions} holds"
        yield Cause(
            statement,
            "",
            "",
            f"{held}: narrow this Deny, or keep such tokens away"
            if statement.conditions
            else "it has no condition: take this Deny out, or keep such tokens away",
        )


def _causes(
    found: Explanation, claims: Mapping[str, str], issuer: Issuer, provider: str
) -> Iterator[Cause]:
    """What keeps an Allow from applying; what may make a Deny apply."""
    statement = found.statement
    if statement.effect is Effect.DENY and found.applies is not None:
        return
    for refusal in found.refusals:
        yield Cause(
            statement,
            told(refusal.presented),
            _wanted(refusal),
            remedy(refusal, claims, issuer, provider, denies=statement.effect is Effect.DENY),
            refusal,
        )


def _distance(found: Explanation) -> tuple[bool, int, int, int]:
    """How far a statement is from letting the token in: its caller first, then its conditions."""
    sure = [refusal for refusal in found.refusals if refusal.truth is False]
    about_caller = sum(refusal.condition is None for refusal in sure)
    return found.statement.effect is Effect.DENY, about_caller, len(sure), found.statement.number


def _wanted(refusal: Refusal) -> str:
    condition = refusal.condition
    if condition is None:
        return _listed(refusal.wanted)
    if condition.operator == "Null":
        absent = any(value.lower() == "true" for value in condition.values)
        return "it to be absent" if absent else "it to be there"
    if "Not" in condition.operator:
        return f"none of {_listed(refusal.wanted)}"
    return _listed(refusal.wanted)


def _listed(values: tuple[str, ...]) -> str:
    shown = [f"`{value}`" for value in values[:_MOST]]
    if len(values) > _MOST:
        shown.append(f"{len(values) - _MOST} more")
    return " or ".join(shown) or "no value at all"


_MOST = 6


def told(value: ContextValue) -> str:
    """A value of the request context, in words."""
    match value:
        case None | ():
            return "no value"
        case Unknown():
            return "a value that is not known"
        case Unsure(text):
            return f"`{text}`, if it is mapped there at all,"
        case str():
            return f"`{value}`"
        case _:
            return _listed(tuple(value))
