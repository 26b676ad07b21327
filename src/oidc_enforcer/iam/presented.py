"""Tokens that a job may present, told as words, and whether a policy lets them in.

What `reach` asks of all tokens that GitHub can mint is asked here of those of one job: whether any
of them gets in, and whether all do. Both answers come with a token.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from oidc_enforcer.iam.claims import ALL_CLAIMS, Cell, ClaimSet
from oidc_enforcer.iam.condition_sets import Bound
from oidc_enforcer.iam.issuers import Issuer
from oidc_enforcer.iam.question import Question, mappings
from oidc_enforcer.iam.readings import Limits, Memory, Reader
from oidc_enforcer.iam.searches import Effort, Words
from oidc_enforcer.iam.tokens import Hole, Minter, Word
from oidc_enforcer.iam.witness import ChosenNames, surroundings
from oidc_enforcer.iam.world import World

#: Steps that one question about one kind of token may take.
MAX_EFFORT = 100_000


class Presented(NamedTuple):
    """One kind of token. `subjects` are what its `sub` may be, `claims` the other claims.

    `languages` has the names of holes that are fewer here than GitHub allows. Of a claim in
    `optional` it is not known whether the token has it.
    """

    subjects: tuple[Word, ...]
    claims: Mapping[str, Word]
    languages: Mapping[str, Words] = {}
    optional: frozenset[str] = frozenset()

    def variants(self, cell: Cell) -> Iterator[Mapping[str, Word]]:
        """All claims of a token, for each way in which what the cell asks for may be."""
        asked = self.optional & cell.values.keys()
        for subject in self.subjects:
            words = {**self.claims, "sub": subject}
            yield words
            if asked:
                yield {claim: word for claim, word in words.items() if claim not in asked}

    def with_audience(self, audience: str | None) -> Presented:
        """The same tokens for one audience; None: for one that is not known."""
        word: Word = (Hole("aud"),) if audience is None else (audience,)
        return self._replace(claims={**self.claims, "aud": word})


class Token(NamedTuple):
    """One token, and the request's other keys with which it gets in or does not."""

    claims: Mapping[str, str]
    context: Mapping[str, str]


class Asked(NamedTuple):
    """A policy's issuer, and the tokens that are put to it."""

    question: Question
    presented: Presented

    def admitted(self) -> Token | None:
        """A token that may get in; None when surely none does. May raise TooComplexError."""
        return self._first(
            self.question.cells(Bound.UPPER, mapped=mapped)(Minter.OURS)
            for mapped in mappings(self.question)
        )

    def refused(self) -> Token | None:
        """A token that may be refused; None when surely all get in. May raise TooComplexError."""
        return self._first(
            (
                ALL_CLAIMS - ClaimSet(self.question.cells(Bound.LOWER, mapped=mapped)(Minter.OURS))
            ).cells
            for mapped in mappings(self.question)
        )

    def example(self) -> Token:
        """Some token of this kind, whatever the policy says to it."""
        found = self._first([ALL_CLAIMS.cells])
        assert found is not None, "a kind of token has a token"
        return found

    def _first(self, alternatives: Iterable[tuple[Cell, ...]]) -> Token | None:
        around, effort = self._world(), Effort(MAX_EFFORT)
        reader = Reader(around, effort, Memory())
        for cells in alternatives:
            for cell in cells:
                for words in self.presented.variants(cell):
                    for limits in _within(cell, words, reader):
                        return _token(self.question.issuer, cell, words, limits, reader)
        return None

    def _world(self) -> World:
        around = self.question.world()
        for hole, words in self.presented.languages.items():
            around = around.restricted(Minter.OURS, hole, words)
        return around


def _within(cell: Cell, words: Mapping[str, Word], reader: Reader) -> Iterator[Limits]:
    """The names with which these words lie in the cell."""
    ways: list[Limits] = [()]
    for key, allowed in cell.values.items():
        more: list[Limits] = []
        word = (Hole(key),) if ":" in key else words.get(key)
        if allowed.absent and (word is None or ":" in key):
            more.append(())
        elif word is not None:
            automaton = allowed.strings.automaton
            more += reader.accept(automaton, automaton.start, word, Minter.OURS)
        reader.effort.spend(len(ways) * len(more))
        ways = [way + others for way in ways for others in more]
    for limits in ways:
        if reader.can_be_met(Minter.OURS, limits):
            yield limits


def _token(
    issuer: Issuer, cell: Cell, words: Mapping[str, Word], limits: Limits, reader: Reader
) -> Token:
    chosen = ChosenNames(reader.world, Minter.OURS, limits, reader.effort)
    claims = {"iss": issuer.url}
    for claim, word in words.items():
        claims[claim] = spelled(word, chosen)
    context = {
        key: chosen[key]
        for key, allowed in cell.values.items()
        if ":" in key and not allowed.absent
    }
    return Token(claims, {**context, **surroundings(cell)})


def spelled(word: Word, chosen: ChosenNames) -> str:
    """The word with names in its holes."""
    pieces: list[str] = []
    for piece in word:
        if isinstance(piece, str):
            pieces.append(piece)
        else:
            name = chosen[piece.name]
            pieces.append(name.replace(":", "%3A") if piece.encoded else name)
    return "".join(pieces)
