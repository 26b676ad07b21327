"""Whether a role lets in what a job presents, and why not."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from oidc_enforcer.arn import OidcProviderArn
from oidc_enforcer.iam import names
from oidc_enforcer.iam.explanation import Answer, answer
from oidc_enforcer.iam.issuers import GITHUB_COM, github_issuer
from oidc_enforcer.iam.patterns import StringSet
from oidc_enforcer.iam.presented import Asked, Presented
from oidc_enforcer.iam.question import Question
from oidc_enforcer.iam.searches import TooComplexError
from oidc_enforcer.iam.tokens import Hole, Word, joined
from oidc_enforcer.roles import JobUse, RoleReading

#: Where a policy says nothing of an account, any will do.
_SOME_ACCOUNT = "123456789012"


class Admission(enum.Enum):
    """What a job's tokens meet with."""

    SOME = "some token may get in"
    NONE = "none does"
    CUSTOMISED = "none of GitHub's own form does, and one of a customised form may"
    CASING = "the environment's name would in another casing, and GitHub may mint it so"
    UNSEEN = "what the job presents is not known"
    NO_TOKENS = "the job presents nothing: it never runs"
    TOO_COMPLEX = "it cannot be told"


class Refused(NamedTuple):
    """A token that the job presents, its event, and what the policy says to it."""

    event: str
    claims: Mapping[str, str]
    answer: Answer


def questions(subject: RoleReading) -> tuple[Question, ...]:
    """The policy asked for each issuer that it trusts."""
    return tuple(
        Question(subject.role.policy, subject.repository, part.provider, part.issuer)
        for part in subject.whole.parts
    )


def admission(subject: RoleReading, use: JobUse) -> Admission:
    """Whether any token of a use may get in."""
    asked = questions(subject)
    kinds = list(_presented(use))
    if not kinds:
        return Admission.UNSEEN if use.gaps else Admission.NO_TOKENS
    try:
        for kind in kinds:
            if any(Asked(question, kind).admitted() for question in asked):
                return Admission.SOME
        if subject.repository.template is None and any(
            Asked(question, _of_any_subject(kind)).admitted() and _wants_another(question)
            for question in asked
            for kind in kinds
        ):
            return Admission.CUSTOMISED
        recased = [_in_any_casing(kind) for kind in kinds]
        if any(Asked(question, kind).admitted() for kind in recased if kind for question in asked):
            return Admission.CASING
    except TooComplexError:
        return Admission.TOO_COMPLEX
    return Admission.UNSEEN if use.gaps else Admission.NONE


def refusal(subject: RoleReading, use: JobUse) -> Refused:
    """The most ordinary token of a use, and why it is refused."""
    asked = questions(subject)
    token, audience = min(use.tokens, key=lambda each: bool(each[0].unknown))
    question = asked[0] if asked else _any_question(subject)
    claims = Asked(question, token.presented.with_audience(audience)).example().claims
    provider = question.provider
    said = answer(
        subject.role.policy,
        claims,
        question.issuer,
        provider.account,
        partition=provider.partition,
    )
    return Refused(token.event, claims, said)


def _presented(use: JobUse) -> Iterator[Presented]:
    for subject, audience in use.tokens:
        if subject.presented.subjects:
            yield subject.presented.with_audience(audience)


def _in_any_casing(kind: Presented) -> Presented | None:
    """The same tokens with the environment's name in any casing; None where none of it is told.

    GitHub does not tell environments apart by casing, and no source says whose casing a token has:
    the environment's or the workflow's.
    """
    word = kind.claims.get("environment", ())
    if not any(isinstance(piece, str) for piece in word):
        return None
    pattern = "".join(piece if isinstance(piece, str) else "*" for piece in word)
    examples = (pattern,) if len(word) == 1 else ()
    words = names.within(names.ENVIRONMENT, StringSet.like_ignoring_case(pattern), *examples)
    return kind._replace(
        subjects=tuple(_with_hole(subject, word) for subject in kind.subjects),
        claims={**kind.claims, "environment": (Hole("environment"),)},
        languages={**kind.languages, "environment": words},
    )


def _with_hole(subject: Word, environment: Word) -> Word:
    """The subject with one hole for the environment's name behind `environment:`."""
    units, start = _units(subject), list("environment:")
    segment = start + _units(
        piece.replace(":", "%3A") if isinstance(piece, str) else piece._replace(encoded=True)
        for piece in environment
    )
    for at in range(len(units) - len(segment) + 1):
        if units[at : at + len(segment)] == segment:
            units[at : at + len(segment)] = [*start, Hole("environment", encoded=True)]
            break
    return joined(units)


def _units(word: Iterable[str | Hole]) -> list[str | Hole]:
    """Its characters and holes."""
    return [unit for piece in word for unit in (piece if isinstance(piece, str) else (piece,))]


def _of_any_subject(kind: Presented) -> Presented:
    return kind._replace(subjects=((Hole("customised subject"),),))


def _wants_another(question: Question) -> bool:
    """Whether the policy asks for a subject that GitHub's own form never begins like or lacks."""
    keys = ("repo:", "repo@")
    for statement in question.policy.statements:
        for condition in statement.conditions:
            if question.issuer.claim(condition.key) == "sub":
                for value in condition.values:
                    known = value.startswith(keys) and value.count(":") <= _MOST_COLONS
                    if not known:
                        return True
    return False


#: `repo:owner/name:ref:refs/heads/main`; a value's own colons are encoded.
_MOST_COLONS = 3


def _any_question(subject: RoleReading) -> Question:
    """The question for an issuer that the policy does not trust."""
    issuer = github_issuer(subject.repository.issuer or GITHUB_COM)
    assert issuer is not None, "a repository's issuer is one of GitHub's"
    arn = subject.arn
    account, partition = (arn.account, arn.partition) if arn else (_SOME_ACCOUNT, "aws")
    provider = OidcProviderArn(partition, account, issuer.name)
    return Question(subject.role.policy, subject.repository, provider, issuer)
