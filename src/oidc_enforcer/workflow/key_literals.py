"""What a literal value is: a key that AWS could have issued, or a dummy."""

from __future__ import annotations

import enum


class LiteralKind(enum.Enum):
    """What a literal value is; whatever AWS could not have issued is a dummy."""

    EMPTY = "empty"
    DUMMY = "dummy"
    ACCESS_KEY_ID = "access key id"
    TEMPORARY_KEY_ID = "temporary access key id"
    SECRET_LIKE = "secret access key"
    BEDROCK = "Bedrock API key"

    # NOTE: of the member itself; by its name, as by default, takes five times as long.
    __hash__ = object.__hash__


_LONGEST_KEY = 2048  # characters
_ID_CHARACTERS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")
_SECRET_CHARACTERS = _ID_CHARACTERS | frozenset("abcdefghijklmnopqrstuvwxyz+/")
_ID_LENGTH = 20
_SECRET_LENGTH = 40
_SHORTEST_BEDROCK = 80
#: Key ids are drawn at random: these do not come up, and neither do three characters only.
_MADE_UP = ("EXAMPLE", "XXXX", "0000", "1234567", "ABCDEFG")
_FEWEST_ID_CHARACTERS = 4
_FEWEST_SECRET_CHARACTERS = 18  # of 40 random ones about 30 differ


def literal_kind(value: str) -> LiteralKind:
    """What a literal without references is: only what AWS could have issued is more than a dummy.

    IAM's "IAM identifiers" documents the prefixes `AKIA` (access key) and `ASIA` (temporary);
    Bedrock's long-term API keys begin with `ABSK`. Lengths are those of the keys that AWS issues.
    """
    text = value[:_LONGEST_KEY].strip().strip("\"'")
    if not text:
        return LiteralKind.EMPTY
    prefix = text[:4]
    if prefix in ("AKIA", "ASIA") and _is_issued_id(text):
        return LiteralKind.ACCESS_KEY_ID if prefix == "AKIA" else LiteralKind.TEMPORARY_KEY_ID
    if prefix == "ABSK" and len(text) >= _SHORTEST_BEDROCK:
        is_key = _SECRET_CHARACTERS.issuperset(text.rstrip("="))
        return LiteralKind.BEDROCK if is_key else LiteralKind.DUMMY
    return LiteralKind.SECRET_LIKE if _is_issued_secret(text) else LiteralKind.DUMMY


def _is_issued_id(text: str) -> bool:
    return (
        len(text) == _ID_LENGTH
        and _ID_CHARACTERS.issuperset(text)
        and len(set(text[4:])) >= _FEWEST_ID_CHARACTERS
        and not any(word in text for word in _MADE_UP)
    )


def _is_issued_secret(text: str) -> bool:
    return (
        len(text) == _SECRET_LENGTH
        and _SECRET_CHARACTERS.issuperset(text)
        and len(set(text)) >= _FEWEST_SECRET_CHARACTERS
        and "EXAMPLE" not in text.upper()
        # A commit's SHA has no capitals, a made-up sentence no digits.
        and any(c.isupper() for c in text)
        and any(c.islower() for c in text)
        and not text.isalpha()
    )
