"""How IAM compares one text of the request with one of the policy, by type.

Readers answer None for text that is not of their type.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from oidc_enforcer.iam.value_pattern import Glob, Wildcard, matches

if TYPE_CHECKING:
    from datetime import datetime
    from decimal import Decimal
    from ipaddress import IPv4Address, IPv6Address


def lowered(text: str) -> str:
    """The text as IAM compares it without case: lower-cased, not case-folded.

    Characters outside the basic plane keep their case (live captures of 2026-09-11,
    radkawar/stackd `iam/policy/condition_strings.go`).
    """
    low = text.lower()
    if text.isascii() or max(text) <= "\uffff":
        return low
    kept = iter([char for char in text if char > "\uffff"])
    return "".join([next(kept, char) if char > "\uffff" else char for char in low])


def is_true(text: str) -> bool:
    """`Bool`: any text that is not `true` is false (live captures of 2026-09-11)."""
    return text.lower() == "true"


@lru_cache(maxsize=256)
def number(text: str) -> Decimal | None:
    """A decimal number with optional sign, fraction and exponent."""
    if len(text) > 100 or not _number().fullmatch(text):
        return None
    from decimal import Decimal  # the only user, and rarely one

    return Decimal(text)


@lru_cache(maxsize=256)
def date(text: str) -> datetime | None:
    """An ISO 8601 date or date and time, or seconds since 1970; UTC unless it says otherwise."""
    from datetime import UTC, datetime, timedelta  # the only user, and rarely one

    seconds = number(text)
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    try:
        if _year().fullmatch(text):
            return datetime(int(text[:4]), int(text[5:7] or 1), 1, tzinfo=UTC)
        if seconds is not None:
            return epoch + timedelta(seconds=float(seconds))
        parsed = datetime.fromisoformat(text) if len(text) < 64 else None
    except (ValueError, OverflowError):
        return None
    return parsed.replace(tzinfo=UTC) if parsed and parsed.tzinfo is None else parsed


@lru_cache(maxsize=256)
def address(text: str) -> IPv4Address | IPv6Address | None:
    """An IP address; an IPv4 address in IPv6 clothes is an IPv4 address."""
    from ipaddress import IPv6Address, ip_address  # the only user, and rarely one

    try:
        parsed = ip_address(text)
    except ValueError:
        return None
    if isinstance(parsed, IPv6Address) and parsed.ipv4_mapped:
        return parsed.ipv4_mapped
    return parsed


def in_network(text: str, network: str) -> bool | None:
    """Whether an address lies in a CIDR range; None when `network` is none."""
    from ipaddress import ip_network  # the only user, and rarely one

    where = address(text)
    try:
        return where is not None and where in ip_network(network, strict=False)
    except (ValueError, TypeError):
        return None


def binary_equals(text: str, wanted: str) -> bool | None:
    """Whether two texts are base64 of the same bytes; None when `wanted` is no base64."""
    from base64 import b64decode  # the only user, and rarely one

    try:
        bytes_wanted = b64decode(wanted, validate=True)
    except ValueError:
        return None
    try:
        return b64decode(text, validate=True) == bytes_wanted
    except ValueError:
        return False


def is_arn(text: str) -> bool:
    """Six parts, the first of them `arn`."""
    return text.startswith("arn:") and text.count(":") >= 5


def arn_matches(glob: Glob, text: str) -> bool | None:
    """Whether an ARN matches part by part; None when the pattern has not six parts.

    `*` crosses `:` in the sixth part alone; a lone `*` matches every ARN.
    """
    if glob == (Wildcard.ANY_RUN,):
        return True
    wanted = arn_parts(glob)
    if len(wanted) != 6:
        return None
    return all(matches(part, value) for part, value in zip(wanted, text.split(":", 5), strict=True))


def arn_parts(glob: Glob) -> list[Glob]:
    """The pattern cut at its first five literal colons."""
    parts: list[list[str | Wildcard]] = [[]]
    for piece in glob:
        if isinstance(piece, Wildcard):
            parts[-1].append(piece)
            continue
        first, *others = piece.split(":", 6 - len(parts))
        parts[-1].append(first)
        parts.extend([other] for other in others)
    return [tuple(piece for piece in part if piece != "") for part in parts]


@cache
def _number() -> re.Pattern[str]:
    return re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,6})?")


@cache
def _year() -> re.Pattern[str]:
    return re.compile(r"[0-9]{4}(?:-[0-9]{2})?")
