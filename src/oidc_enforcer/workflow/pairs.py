"""Which slots of one scope hold the two halves of a credential, and its session token."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from oidc_enforcer.expression import Reference
from oidc_enforcer.workflow.credential_names import Evidence, Half, Named, read_name
from oidc_enforcer.workflow.origins import Origin, Source
from oidc_enforcer.workflow.scene import ALL, Scene
from oidc_enforcer.workflow.slots import Slot


class Piece(NamedTuple):
    """A slot that holds a half of a credential, and where its value comes from."""

    slot: Slot
    named: Named
    origins: tuple[Origin, ...]


class Pair(NamedTuple):
    """A key id and its secret, with the session token beside them if there is one.

    Either half may be missing: then it reaches the job another way, or is not in sight. `whole` is
    a value that holds a complete credential: a credentials file, a Bedrock API key.
    """

    key_id: Piece | None = None
    secret: Piece | None = None
    session_token: Piece | None = None
    whole: Piece | None = None

    @property
    def pieces(self) -> tuple[Piece, ...]:
        """The halves that are there, without the session token."""
        return tuple(p for p in (self.key_id, self.secret, self.whole) if p is not None)

    @property
    def first(self) -> Piece:
        """The piece that stands for the pair."""
        return self.pieces[0]

    @property
    def origins(self) -> tuple[Origin, ...]:
        """Where the halves come from."""
        return tuple(origin for piece in self.pieces for origin in piece.origins)

    @property
    def is_complete(self) -> bool:
        """Whether nothing is missing to sign a request."""
        return self.whole is not None or (self.key_id is not None and self.secret is not None)

    @property
    def stem(self) -> str:
        """What the names of the pieces have before and after the words that say what they are."""
        return self.first.named.stem


_FIELD = {
    Half.ID: "key_id",
    Half.SECRET: "secret",
    Half.TOKEN: "session_token",
    Half.PAIR: "whole",
}
#: Words that say that a value is no key, whatever the secret is called that feeds it.
_NOT_KEYS = ("role", "arn", "region", "bucket", "account")


def piece(slot: Slot, scene: Scene, level: int = ALL, named: Named | None = None) -> Piece | None:
    """The slot as a half of a credential, by its own name or by the name of what feeds it."""
    own = named or read_name(slot.name)
    if own is not None:
        return Piece(slot, own, scene.resolve(slot, level))
    if not slot.template.flows or any(word in slot.name.lower() for word in _NOT_KEYS):
        return None
    if not any(_may_be_key(flow) for flow in slot.template.flows):
        return None
    origins = scene.resolve(slot, level)
    fed = next((named for o in origins if (named := _word_of(o.word)) is not None), None)
    if fed is None:
        return None
    # NOTE: `FOO: ${{ env.AWS_ACCESS_KEY_ID }}` is a further use of a key that env already brings.
    direct = [o for o in origins if o.slot is slot and o.source is not Source.UNKNOWN]
    return Piece(slot, fed, origins) if direct else None


def _may_be_key(flow: Reference) -> bool:
    """Whether the reference is called like a key, or has a name that only the matrix tells."""
    return bool(flow.index) or _word_of(flow.name or flow.hint) is not None


def _word_of(word: str) -> Named | None:
    named = read_name(word) if word else None
    if named is None or named.half is Half.TOKEN or named.evidence is not Evidence.AWS:
        return None
    return named


def pair_up(pieces: Iterable[Piece]) -> Iterator[Pair]:
    """Groups the pieces of one scope by the rest of their names, in the order they stand.

    A second value for the same half begins a new pair: a script may set one pair per branch.
    """
    open_pairs: dict[str, Pair] = {}
    done: list[Pair] = []
    for found in pieces:
        stem = found.named.stem.lower()
        field = _FIELD[found.named.half]
        current = open_pairs.get(stem, Pair())
        if getattr(current, field) is not None:
            done.append(current)
            current = Pair(session_token=None)
        open_pairs[stem] = current._replace(**{field: found})
    yield from _join_strays([*done, *open_pairs.values()])


def _join_strays(found: list[Pair]) -> Iterator[Pair]:
    """Joins a lone id with a lone secret, and a lone session token with the only pair there is.

    Halves of a pair may be named after different things (`AWS_ACCESS_KEY_ID` beside
    `NODE_PRE_GYP_SECRETACCESSKEY`); where exactly one of each is left over they belong together.
    """
    ids = [p for p in found if p.key_id and not p.secret and not p.whole]
    secrets = [p for p in found if p.secret and not p.key_id and not p.whole]
    if len(ids) == len(secrets) == 1:
        token = ids[0].session_token or secrets[0].session_token
        joined = Pair(ids[0].key_id, secrets[0].secret, token)
        found = [joined if p is ids[0] else p for p in found if p is not secrets[0]]
    keys = [p for p in found if p.pieces]
    tokens = [p for p in found if not p.pieces and p.session_token]
    if len(tokens) == 1 and len(keys) == 1 and keys[0].session_token is None:
        keys = [keys[0]._replace(session_token=tokens[0].session_token)]
    yield from keys
