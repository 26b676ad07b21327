"""Which slots of one scope hold the two halves of a credential, and its session token."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache

from oidc_enforcer.expression import Reference, template
from oidc_enforcer.records import NamedTuple
from oidc_enforcer.shell import Setting, Sink
from oidc_enforcer.workflow.credential_names import (
    CODECOMMIT,
    SES_SMTP,
    Evidence,
    Half,
    Named,
    read_name,
)
from oidc_enforcer.workflow.handed_over import has_login
from oidc_enforcer.workflow.key_literals import LiteralKind, literal_kind
from oidc_enforcer.workflow.layers import ALL
from oidc_enforcer.workflow.name_words import words
from oidc_enforcer.workflow.origins import Origin, Source
from oidc_enforcer.workflow.scene import Scene
from oidc_enforcer.workflow.slots import Slot


class Piece(NamedTuple):
    """A slot that holds a half of a credential, and where its value comes from.

    `is_renamed` says that not the slot's own name tells what it is, but that of what feeds it.
    """

    slot: Slot
    named: Named
    origins: tuple[Origin, ...]
    is_renamed: bool = False

    @property
    def says_aws(self) -> bool:
        """Whether its own name, a name that feeds it, or the key itself says that it is AWS's."""
        if self.named.evidence is Evidence.AWS:
            return True
        return any(_is_aws(origin) for origin in self.origins)


class Pair(NamedTuple):
    """A key id and its secret, with the session token beside them if there is one.

    Either half may be missing: then it reaches the job another way, or is not in sight. `whole` is
    a value that holds a complete credential: a credentials file, a Bedrock API key. `repeats` are
    pieces of the same scope that are fed by the same secrets once more.
    """

    key_id: Piece | None = None
    secret: Piece | None = None
    session_token: Piece | None = None
    whole: Piece | None = None
    repeats: tuple[Piece, ...] = ()

    def half(self, which: Half) -> Piece | None:
        """The piece that is this half, if there is one."""
        match which:
            case Half.ID:
                return self.key_id
            case Half.SECRET:
                return self.secret
            case Half.TOKEN:
                return self.session_token
        return self.whole

    def having(self, which: Half, found: Piece) -> Pair:
        """The pair with this piece as the half."""
        match which:
            case Half.ID:
                return self._replace(key_id=found)
            case Half.SECRET:
                return self._replace(secret=found)
            case Half.TOKEN:
                return self._replace(session_token=found)
        return self._replace(whole=found)

    @property
    def pieces(self) -> tuple[Piece, ...]:
        """The halves that are there, without the session token."""
        return tuple([p for p in (self.key_id, self.secret, self.whole) if p is not None])

    @property
    def first(self) -> Piece:
        """The piece that stands for the pair."""
        found = self.key_id or self.secret or self.whole
        assert found is not None
        return found

    @property
    def origins(self) -> tuple[Origin, ...]:
        """Where the halves come from."""
        found: tuple[Origin, ...] = ()
        for piece in (self.key_id, self.secret, self.whole):
            if piece is not None:
                found += piece.origins
        return found

    @property
    def is_complete(self) -> bool:
        """Whether nothing is missing to sign a request."""
        return self.whole is not None or (self.key_id is not None and self.secret is not None)

    @property
    def stem(self) -> str:
        """What the names of the pieces have before and after the words that say what they are."""
        return self.first.named.stem


#: Words that say that a value is no key, whatever the secret is called that feeds it.
_NOT_KEYS = ("role", "arn", "region", "bucket", "account")


def piece(slot: Slot, scene: Scene, level: int = ALL, named: Named | None = None) -> Piece | None:
    """The slot as a half of a credential, by its own name or by the name of what feeds it."""
    own = named or read_name(slot.name)
    if own is None and slot.setting is not None:
        own = _by_command(slot.setting) or _by_path(slot, scene)
        if own is None and slot.setting.sink is Sink.CONTENT:
            return None
    if own is not None:
        return Piece(slot, own, scene.resolve(slot, level))
    if not _may_be_fed(slot.name, slot.value):
        return None
    origins = scene.resolve(slot, level)
    fed = next((named for o in origins if (named := _word_of(o.word)) is not None), None)
    if fed is None:
        return None
    # NOTE: `FOO: ${{ env.AWS_ACCESS_KEY_ID }}` is a further use of a key that env already brings.
    direct = [o for o in origins if o.slot is slot and o.source is not Source.UNKNOWN]
    if not direct:
        return None
    # NOTE: in a value that holds more than the key, the rest is none of ours.
    keys = tuple(origin for origin in origins if _word_of(origin.word) is not None)
    return Piece(slot, fed, keys, is_renamed=True)


def may_be_half(name: str, value: str) -> bool:
    """Whether an entry may be a half, by its name or by what its value reads.

    INVARIANT: of an entry of which this is false, neither `piece` makes anything (unless told its
    reading) nor `logins.in_address`.
    """
    if len(name) + len(value) > _LONGEST_REMEMBERED:
        return _may_be_half(name, value)
    return _remembered(name, value)


def may_set_half(settings: Iterable[Setting]) -> bool:
    """Whether any setting of a script may be a half: by what `may_be_half` asks, or its command."""
    return any(
        may_be_half(setting.name, setting.value)
        or setting.sink is Sink.CONTENT
        or _by_command(setting) is not None
        for setting in settings
        if setting.value
    )


#: Longer entries rarely recur.
_LONGEST_REMEMBERED = 256


def _may_be_half(name: str, value: str) -> bool:
    return read_name(name) is not None or _may_be_fed(name, value) or has_login(value)


_remembered = lru_cache(maxsize=8192)(_may_be_half)


def _may_be_fed(name: str, value: str) -> bool:
    """Whether an entry of any name may be fed by a key."""
    if "${{" not in value or not (flows := template(value).flows):
        return False
    folded = name.lower()
    return not any(word in folded for word in _NOT_KEYS) and any(map(_may_be_key, flows))


#: Options of `serverless config credentials` and logins of CodeCommit: no word of AWS in them.
_BY_TARGET = {
    "serverless": ({"key": Half.ID, "secret": Half.SECRET}, ""),
    CODECOMMIT: ({"username": Half.ID, "password": Half.SECRET}, CODECOMMIT),
    SES_SMTP: ({"username": Half.ID, "password": Half.SECRET}, SES_SMTP),
}


def _by_command(setting: Setting) -> Named | None:
    """What a script's setting holds by what the script does with it."""
    if setting.sink is Sink.CREDENTIALS_FILE and not setting.name:
        return Named(Half.PAIR, f"file {setting.group}", Evidence.AWS)
    halves, stem = _BY_TARGET.get(setting.target, ({}, ""))
    half = halves.get(setting.name)
    return Named(half, stem, Evidence.AWS) if half is not None else None


_FILE_VARIABLES = ("AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE")


def _by_path(slot: Slot, scene: Scene) -> Named | None:
    """What a script writes as a whole to the file in which AWS's tools are told to look."""
    setting, deeds = slot.setting, slot.deeds
    if setting is None or setting.sink is not Sink.CONTENT or deeds is None:
        return None
    told = [s.value for s in deeds.script.settings if s.name in _FILE_VARIABLES]
    around = map(scene.visible().find, _FILE_VARIABLES)
    told += [found.value for found in around if found is not None]
    if setting.target not in told:
        return None
    return Named(Half.PAIR, f"file {setting.group}", Evidence.AWS)


def _may_be_key(flow: Reference) -> bool:
    """Whether the reference is called like a key, or has a name that only the matrix tells."""
    return bool(flow.index) or _word_of(flow.name or flow.hint) is not None


def _word_of(word: str) -> Named | None:
    named = read_name(word) if word else None
    if named is None or named.half is Half.TOKEN or named.evidence is not Evidence.AWS:
        return None
    return named


def _is_aws(origin: Origin) -> bool:
    if origin.source is Source.LITERAL:
        return literal_kind(origin.text) is LiteralKind.ACCESS_KEY_ID
    named = read_name(origin.word) if origin.word else None
    if named is not None:
        return named.evidence is Evidence.AWS
    return "aws" in words(origin.word)


def pair_up(pieces: Iterable[Piece]) -> Iterator[Pair]:
    """Groups the pieces of one scope by the rest of their names, in the order they stand.

    A second value for the same half begins a new pair: a script may set one pair per branch.
    """
    by_name: dict[tuple[str, Evidence], list[Piece]] = {}
    for found in pieces:
        # NOTE: an application's own `SECRET_KEY` has the empty stem of AWS's names, too.
        by_name.setdefault((found.named.stem, found.named.evidence), []).append(found)
    pairs = [*_join_strays([pair for found in by_name.values() for pair in _in_turn(found)])]
    yield from _without_repeats(pairs) if len(pairs) > 1 else pairs


def _in_turn(pieces: list[Piece]) -> list[Pair]:
    """Pairs among pieces of the same stem."""
    halves = {found.named.half for found in pieces}
    spell_id = {"id" in words(found.slot.name) for found in pieces if found.named.half is Half.ID}
    # NOTE: some call the secret `S3_ACCESS_KEY` where the id is `S3_ACCESS_KEY_ID`.
    is_short = Half.SECRET not in halves and len(spell_id) > 1
    done: list[Pair] = []
    current = Pair()
    for found in pieces:
        half = found.named.half
        if is_short and half is Half.ID and "id" not in words(found.slot.name):
            half = Half.SECRET
        if current.half(half) is not None:
            done.append(current)
            current = Pair()
        current = current.having(half, found)
    return [*done, current]


def _join_strays(found: list[Pair]) -> Iterator[Pair]:
    """Joins a lone id with a lone secret, and a lone session token with the only pair there is.

    Halves of a pair may be named after different things (`AWS_ACCESS_KEY_ID` beside
    `NODE_PRE_GYP_SECRETACCESSKEY`); where exactly one of each is left over they belong together.
    """
    ids = [p for p in found if p.key_id and not p.secret and not p.whole and _may_join(p.key_id)]
    secrets = [p for p in found if p.secret and not p.key_id and not p.whole]
    secrets = [p for p in secrets if p.secret and _may_join(p.secret)]
    if len(ids) == len(secrets) == 1:
        token = ids[0].session_token or secrets[0].session_token
        joined = Pair(ids[0].key_id, secrets[0].secret, token)
        found = [joined if p is ids[0] else p for p in found if p is not secrets[0]]
    keys = [p for p in found if p.pieces]
    tokens = [p for p in found if not p.pieces and p.session_token]
    if len(tokens) == 1 and len(keys) == 1 and keys[0].session_token is None:
        keys = [keys[0]._replace(session_token=tokens[0].session_token)]
    yield from keys


def _without_repeats(pairs: Iterable[Pair]) -> Iterable[Pair]:
    """Takes pairs of the same secrets together: one key under two names is one key."""
    found: dict[object, Pair] = {}
    for pair in pairs:
        fed = tuple(
            (piece.named.evidence, *(o.reference for o in piece.origins if o.is_stored))
            for piece in pair.pieces
        )
        key: object = fed if all(len(references) > 1 for references in fed) else id(pair)
        known = found.get(key)
        if known is None:
            found[key] = pair
        else:
            found[key] = known._replace(repeats=(*known.repeats, *pair.pieces))
    return found.values()


def _may_join(found: Piece) -> bool:
    """Whether a half may belong to one of another name: not an application's own `SECRET_KEY`."""
    if found.named.evidence is Evidence.OTHER:
        return False
    name = found.slot.name
    return found.says_aws or "access" in words(name) or not name.isupper()
