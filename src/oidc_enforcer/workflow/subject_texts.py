"""How the tokens of a job are shown: subjects and claims with `*` where something stays open."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from oidc_enforcer.iam.automata import DEAD, FULL
from oidc_enforcer.iam.issuers import GITHUB_CLAIMS
from oidc_enforcer.iam.presented import Presented
from oidc_enforcer.iam.searches import Effort, TooComplexError, Words, listing
from oidc_enforcer.iam.tokens import Hole, Repository, Word
from oidc_enforcer.iam.value_pattern import characters

#: Names that are shown one by one; of more, what they begin with.
_MAX_LISTED = 20
#: The part of a pattern that is shown.
_MAX_PREFIX = 100


def subject_texts(kind: Presented, repository: Repository) -> tuple[str, ...]:
    """Every `sub` that these tokens may have, a pattern where there are too many.

    Where nobody has said whether subjects carry ids, only the form without them is shown.
    """
    shown = kind.subjects[:1] if repository.immutable_subject is None else kind.subjects
    found: dict[str, None] = {}
    for word in shown:
        found.update(dict.fromkeys(_texts(word, kind, repository)))
    return tuple(found)


def claim_texts(kind: Presented, repository: Repository) -> dict[str, str]:
    """What IAM sees of the token besides `sub` and `aud`, for claims about which anything is known.

    A claim that has several values is a pattern, or has them separated by `|`.
    """
    found: dict[str, str] = {}
    for claim in sorted(GITHUB_CLAIMS & kind.claims.keys() - kind.optional):
        texts = tuple(_texts(kind.claims[claim], kind, repository))
        if texts != ("*",):
            found[claim] = "|".join(texts)
    return found


def _texts(word: Word, kind: Presented, repository: Repository) -> Iterator[str]:
    """The word with each listed name in turn, and patterns for what is not listed."""
    known = _known(repository)
    texts = [""]
    chosen: list[Mapping[str, str]] = [{}]
    for piece in word:
        if isinstance(piece, str):
            texts = [text + piece for text in texts]
            continue
        more: list[str] = []
        taken: list[Mapping[str, str]] = []
        for text, names in zip(texts, chosen, strict=True):
            options = (names[piece.name],) if piece.name in names else _names(piece, kind, known)
            for name in options:
                more.append(text + (name.replace(":", "%3A") if piece.encoded else name))
                taken.append({**names, piece.name: name})
        texts, chosen = more, taken
    yield from texts


def _names(hole: Hole, kind: Presented, known: Mapping[str, str]) -> tuple[str, ...]:
    if hole.name in known:
        return (known[hole.name],)
    words = kind.languages.get(hole.name)
    if words is None:
        return ("*",)
    try:
        listed = listing(words.automaton, words, _MAX_LISTED + 1, Effort())
        if listed is not None and len(listed.members) <= _MAX_LISTED:
            return listed.members
        return (f"{_prefix(words)}*",)
    except TooComplexError:
        return ("*",)


def _prefix(words: Words) -> str:
    """What all of the names begin with."""
    automaton = words.automaton
    state, text = automaton.start, ""
    while state not in (DEAD, FULL) and not automaton.accepts(state) and len(text) < _MAX_PREFIX:
        told_apart, others_lead_on = automaton.fringe(state)
        ways = [unit for unit in told_apart if automaton.step(state, unit) != DEAD]
        if others_lead_on or len({unit.lower() for unit in ways}) != 1:
            break
        unit = max(ways)  # of two casings the small letter
        state, text = automaton.step(state, unit), text + unit
    return characters(text)


def _known(repository: Repository) -> dict[str, str]:
    names = {
        "owner": repository.owner,
        "repository": repository.name,
        "owner_id": repository.owner_id,
        "repository_id": repository.id,
        "enterprise_id": repository.enterprise_id,
        "enterprise": repository.enterprise,
    }
    return {hole: name for hole, name in names.items() if name is not None}
