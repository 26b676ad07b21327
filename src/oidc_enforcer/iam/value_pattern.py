"""Condition values as IAM reads them: literal text, wildcards, escapes and policy variables.

Strings are compared by UTF-16 code unit, so that `?` needs two of it for a character outside the
basic plane (live captures of 2026-09-11, radkawar/stackd `iam/policy/wildcard.go`).
"""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple, TypeAlias


class Wildcard(enum.Enum):
    """`*` and `?` where the operator gives them a meaning."""

    ANY_RUN = "*"
    ANY_ONE = "?"


class Variable(NamedTuple):
    """`${key}` or `${key, 'default'}`; the key in lower case, as IAM compares it."""

    key: str
    default: str | None


#: One piece of a value; text is literal.
Part: TypeAlias = "str | Wildcard | Variable"
#: A value whose variables are filled in.
Glob: TypeAlias = "tuple[str | Wildcard, ...]"


@lru_cache(maxsize=1024)
def parse(text: str, *, variables: bool) -> tuple[Part, ...]:
    """The pieces of a value; raises ValueError where IAM refuses to store the policy.

    `variables` is true for `Version` 2012-10-17 alone. In 2008-10-17 `${*}` is the text `${`, any
    run, and the text `}`.
    """
    if not variables or "${" not in text:
        return glob(text)
    parts: list[Part] = []
    at = 0
    while (dollar := text.find("${", at)) >= 0:
        parts.extend(glob(text[at:dollar]))
        end = _closing_brace(text, dollar + 2)
        parts.append(_expression(text[dollar + 2 : end].strip()))
        at = end + 1
    parts.extend(glob(text[at:]))
    return tuple(parts)


@lru_cache(maxsize=1024)
def glob(text: str) -> Glob:
    """The pieces of text in which `*` and `?` are all that has a meaning."""
    if "*" not in text and "?" not in text:
        return (text,) if text else ()
    parts: list[str | Wildcard] = []
    at = 0
    for mark in _MARKS.finditer(text):
        if mark.start() > at:
            parts.append(text[at : mark.start()])
        parts.append(Wildcard(mark.group()))
        at = mark.end()
    if at < len(text):
        parts.append(text[at:])
    return tuple(parts)


def literal_text(parts: Iterable[str | Wildcard]) -> str:
    """The pieces as an operator without wildcards reads them: `*` and `?` are themselves."""
    return "".join([part.value if isinstance(part, Wildcard) else part for part in parts])


def units(text: str) -> str:
    """The text with characters outside the basic plane as surrogate pairs, one unit each."""
    if text.isascii() or max(text) <= "\uffff":
        return text
    return "".join([_surrogates(char) for char in text])


def characters(text: str) -> str:
    """The inverse of `units`."""
    if text.isascii():
        return text
    return text.encode("utf-16-be", "surrogatepass").decode("utf-16-be", "surrogatepass")


def matches(wanted: Glob, text: str) -> bool:
    """Whether the glob spells the whole text.

    The pieces between `*` are found from the left, each as early as it can be: finding one later
    never helps the pieces after it.
    """
    text = units(text)
    pieces = _pieces(wanted)
    first, last = pieces[0], pieces[-1]
    if len(pieces) == 1:
        return len(text) == len(first) and _fits(first, text, 0)
    end = len(text) - len(last)
    if end < len(first) or not _fits(first, text, 0) or not _fits(last, text, end):
        return False
    at = len(first)
    for piece in pieces[1:-1]:
        found = _find(piece, text, at, end)
        if found < 0:
            return False
        at = found + len(piece)
    return True


_MARKS = re.compile(r"[*?]")


def _closing_brace(text: str, at: int) -> int:
    quoted = False
    for index in range(at, len(text)):
        if text[index] == "'":
            quoted = not quoted
        elif text[index] == "}" and not quoted:
            return index
    raise ValueError("a policy variable is not closed")


_ESCAPES = frozenset("*?$")
_NOT_IN_KEYS = frozenset("${}'\"*?")


def _expression(body: str) -> Part:
    if body in _ESCAPES:
        return body
    name, comma, default = body.partition(",")
    name, default = name.strip(), default.strip()
    if not name or not _NOT_IN_KEYS.isdisjoint(name):
        raise ValueError(f"`${{{body}}}` names no policy variable")
    if not comma:
        return Variable(name.lower(), None)
    inner = default[1:-1]
    if len(default) < 2 or default[0] != "'" or default[-1] != "'" or "'" in inner:
        raise ValueError(f"the default in `${{{body}}}` must stand in single quotes")
    return Variable(name.lower(), inner)


def _surrogates(char: str) -> str:
    if char <= "\uffff":
        return char
    code = ord(char) - 0x10000
    return chr(0xD800 + (code >> 10)) + chr(0xDC00 + (code & 0x3FF))


#: A run of units between two `*`; None stands for `?`.
_Piece: TypeAlias = "str | tuple[str | None, ...]"


@lru_cache(maxsize=1024)
def _pieces(wanted: Glob) -> list[_Piece]:
    pieces: list[_Piece] = []
    piece: list[str | None] = []
    for part in wanted:
        if part is Wildcard.ANY_RUN:
            pieces.append(_piece(piece))
            piece = []
        elif part is Wildcard.ANY_ONE:
            piece.append(None)
        elif isinstance(part, str):
            piece.extend(units(part))
    pieces.append(_piece(piece))
    return pieces


def _piece(units_wanted: list[str | None]) -> _Piece:
    literal = [unit for unit in units_wanted if unit is not None]
    return "".join(literal) if len(literal) == len(units_wanted) else tuple(units_wanted)


def _fits(piece: _Piece, text: str, at: int) -> bool:
    if isinstance(piece, str):
        return text.startswith(piece, at)
    return all(
        wanted is None or wanted == unit
        for wanted, unit in zip(piece, text[at : at + len(piece)], strict=True)
    )


def _find(piece: _Piece, text: str, start: int, end: int) -> int:
    """Where the piece first stands within `text[start:end]`, or -1."""
    if isinstance(piece, str):
        return text.find(piece, start, end)
    masks, any_one = _bits(piece)
    goal = 1 << (len(piece) - 1)
    begun = 0  # bit i: the first i + 1 units of the piece end at the unit just read
    for at in range(start, end):
        begun = (begun << 1 | 1) & (masks.get(text[at], 0) | any_one)
        if begun & goal:
            return at + 1 - len(piece)
    return -1


@lru_cache(maxsize=1024)
def _bits(piece: tuple[str | None, ...]) -> tuple[dict[str, int], int]:
    masks: dict[str, int] = {}
    any_one = 0
    for index, unit in enumerate(piece):
        if unit is None:
            any_one |= 1 << index
        else:
            masks[unit] = masks.get(unit, 0) | 1 << index
    return masks, any_one
