"""Which half of whose credential a name announces; what its words mean is data."""

from __future__ import annotations

import enum
from functools import lru_cache

from oidc_enforcer.records import NamedTuple
from oidc_enforcer.workflow.name_words import (
    AWS_ITSELF,
    AWS_WORDS,
    STORES,
    SWITCHES,
    word_set,
    words,
)
from oidc_enforcer.workflow.object_stores import DECISIVE, product_in, provider_in


class Half(enum.Enum):
    """What a value is of a credential; a PAIR is a whole one: a credentials file, a Bedrock key."""

    ID = "key id"
    SECRET = "secret"
    TOKEN = "session token"
    PAIR = "whole credential"

    # NOTE: of the member itself; by its name, as by default, takes five times as long.
    __hash__ = object.__hash__


class Evidence(enum.Enum):
    """Whose credential the name alone says that it is; GENERIC names need other evidence."""

    AWS = "aws"
    GENERIC = "generic"
    OTHER = "other"

    # NOTE: of the member itself; by its name, as by default, takes five times as long.
    __hash__ = object.__hash__


class Named(NamedTuple):
    """A name's reading.

    `stem` is the rest of the name, lower case, words joined by `_`: halves of one pair share it.
    It is empty for AWS's own names. A whole credential's is never that of a pair of halves.
    `provider` names the store or product that the key belongs to where the evidence is OTHER.
    """

    half: Half
    stem: str
    evidence: Evidence
    provider: str = ""


#: Stems of pairs that are no access keys: a user and a password of an IAM user's for one service.
SES_SMTP, CODECOMMIT = "ses smtp", "codecommit"


#: Phrases that say by themselves which half a name is; the longest one that fits is taken.
_PHRASES = {
    ("access", "key", "id"): Half.ID,
    ("access", "key"): Half.ID,
    ("secret", "key", "id"): Half.ID,
    ("secret", "access", "key", "id"): Half.ID,  # the input of sellpy/s3-upload-action
    ("secret", "access", "key"): Half.SECRET,
    ("secret", "key"): Half.SECRET,
    ("access", "secret"): Half.SECRET,
    ("access", "key", "secret"): Half.SECRET,
    ("access", "secret", "key"): Half.SECRET,
    ("session", "token"): Half.TOKEN,
    ("security", "token"): Half.TOKEN,
    ("bearer", "token", "bedrock"): Half.PAIR,
    ("bedrock", "api", "key"): Half.PAIR,
}
#: Phrases that say it only directly after one of the words given; None: after any word.
_SHORT_PHRASES: dict[tuple[str, ...], tuple[Half, frozenset[str] | None]] = {
    ("key", "id"): (Half.ID, None),
    ("key", "secret"): (Half.SECRET, None),
    ("access", "id"): (Half.ID, None),
    ("secret", "access"): (Half.SECRET, AWS_ITSELF),
    ("key",): (Half.ID, AWS_ITSELF),
    ("secret",): (Half.SECRET, STORES),
    ("id",): (Half.ID, frozenset({"s3"})),
    ("usr",): (Half.ID, AWS_ITSELF),
    ("psw",): (Half.SECRET, AWS_ITSELF),
    ("ak",): (Half.ID, STORES),
    ("sk",): (Half.SECRET, STORES),
    ("token",): (Half.TOKEN, AWS_ITSELF),
    ("credentials",): (Half.PAIR, AWS_ITSELF),
    ("credential",): (Half.PAIR, AWS_ITSELF),
    ("creds",): (Half.PAIR, AWS_ITSELF),
}
#: Anywhere after the phrase: the value tells something *about* a key.
_ABOUT = word_set(
    """name names path paths file filename dir arn prefix pair pairs rotation rotate rotated days
    expiry expires expiration ttl duration created date version type count length size cmd flag
    enabled required exists check status url uri host endpoint region bucket policy param parameter
    description message alias regex pattern label format base ring vault manager pem provider
    profile helper fingerprint hash md5 sha256"""
)
#: Directly after a short phrase: `AWS_SECRET_ID`, `AWS_KEY_STORE` and the like are no keys.
_ELSEWHERE = word_set("id ids token secret store binding")
#: Directly before any phrase: kinds of key that are never an access key, not even AWS's own.
_OTHER_KEYS = word_set("ssh gpg pgp rsa kms cmk jwt")
#: Directly before a phrase without "access": keys that programs sign or encrypt with.
_OWN_KEYS = word_set(
    """signing sign encryption encrypt decryption age ed25519 ecdsa cosign minisign django flask
    rails laravel nextauth recaptcha captcha turnstile license keystore host master private
    public"""
)
#: The same, in names that do not say AWS: an application's keys to other services.
_APPLICATION_KEYS = word_set("api app client session cookie webhook hmac auth oauth stripe paypal")


class _Core(NamedTuple):
    """Where the phrase stands in the words of a name, and what it says."""

    start: int
    end: int
    half: Half


@lru_cache(maxsize=8192)
def read_name(name: str) -> Named | None:
    """Which half of which credential the name announces; None when it announces none."""
    parts = words(name)
    core = _core(parts)
    if core is None or parts[0] in SWITCHES or _is_about(core.half, parts[core.end :]):
        return None
    is_aws = not AWS_WORDS.isdisjoint(parts)
    phrase = parts[core.start : core.end]
    if core.start and _is_other_key(parts[core.start - 1], phrase, is_aws=is_aws):
        return None
    rest = parts[: core.start] + parts[core.end :]
    if core.half is Half.PAIR:
        return Named(core.half, _stem((*rest, *phrase)), Evidence.AWS)
    provider = provider_in(rest, is_aws=is_aws) or ("" if is_aws else product_in(rest))
    if provider:
        return Named(core.half, _stem(rest), Evidence.OTHER, provider)
    return Named(core.half, _stem(rest), Evidence.AWS if is_aws else Evidence.GENERIC)


def _core(parts: tuple[str, ...]) -> _Core | None:
    for start in range(len(parts) - 1):
        for length in (4, 3, 2):
            half = _PHRASES.get(parts[start : start + length])
            if half is not None:
                return _Core(start, min(start + length, len(parts)), half)
    for start in range(len(parts)):
        for length in (2, 1):
            short = _SHORT_PHRASES.get(parts[start : start + length])
            if short is not None and _stands_free(parts, start, start + length, short[1]):
                return _Core(start, min(start + length, len(parts)), short[0])
    return None


def _stands_free(
    parts: tuple[str, ...], start: int, end: int, anchors: frozenset[str] | None
) -> bool:
    """Whether the words around a short phrase let it mean a half of a key."""
    before = parts[start - 1] if start else ""
    is_store = anchors is STORES and before in DECISIVE
    if anchors is not None and before not in anchors and not is_store:
        return False
    after = parts[end] if end < len(parts) else ""
    return not after if parts[start:end] == ("id",) else after not in _ELSEWHERE


def _is_about(half: Half, after: tuple[str, ...]) -> bool:
    about = _ABOUT.intersection(after)
    # NOTE: AWS_CREDENTIALS_FILE is what people call a secret that holds the file's text.
    return bool(about) and not (half is Half.PAIR and about == {"file"})


def _is_other_key(before: str, phrase: tuple[str, ...], *, is_aws: bool) -> bool:
    if before in _OTHER_KEYS:
        return True
    if "access" in phrase:
        return False
    return before in _OWN_KEYS or (before in _APPLICATION_KEYS and not is_aws)


def _stem(rest: tuple[str, ...]) -> str:
    return "" if rest in (("aws",), ("amazon",)) else "_".join(rest)
