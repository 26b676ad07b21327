"""GitHub's values: kinds, truth, numbers, strings and loose comparison.

A value is None, a bool, a number, a str, a list (array) or a dict (object). Source:
actions/runner, src/Sdk/Expressions/EvaluationResult.cs and Sdk/ExpressionUtility.cs.
"""

from __future__ import annotations

import enum
import functools
import math
import re


class Unknown(enum.Enum):
    """A value that is not known; of two of the three at least its truth is.

    `UNKNOWN || 'x'` is `TRUTHY`: whatever the left side is, the result is not false.
    """

    UNKNOWN = "unknown"
    TRUTHY = "unknown but truthy"
    FALSY = "unknown but falsy"


UNKNOWN = Unknown.UNKNOWN


class Filtered(list[object]):
    """What `*` selects; a further index applies to each of its items."""


@functools.cache
def _decimal() -> re.Pattern[str]:
    return re.compile(r"[-+]?(?:[0-9]++\.?[0-9]*+|\.[0-9]++)(?:[eE][-+]?[0-9]++)?")


@functools.cache
def _prefixed() -> re.Pattern[str]:
    return re.compile(r"0x([0-9a-fA-F]++)|0o([0-7]++)")


_WORDS = {"": 0.0, "Infinity": math.inf, "-Infinity": -math.inf}


def number_of(text: str) -> float:
    """The number that a text reads as, NaN when it is none; hexadecimal and octal have 32 bits."""
    text = text.strip()
    if text in _WORDS:
        return _WORDS[text]
    if _decimal().fullmatch(text):
        return float(text)
    match = _prefixed().fullmatch(text)
    if match is None:
        return math.nan
    digits, base = (match[1], 16) if match[1] else (match[2], 8)
    significant = digits.lstrip("0")
    value = int(significant or "0", base) if len(significant) <= 11 else 1 << 32
    if value >> 32:
        return math.nan
    return float(value - (1 << 32) if value >> 31 else value)


def as_number(value: object) -> float:
    """As JavaScript's `Number()` would, but NaN for arrays and objects."""
    if value is None:
        return 0.0
    if isinstance(value, str):
        return number_of(value)
    if not isinstance(value, bool | int | float):
        return math.nan
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def as_string(value: object) -> str:
    """The text that a value becomes inside other text."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, int | float):
        return "Object" if isinstance(value, dict) else "Array"
    number = as_number(value)
    if not math.isfinite(number):
        return "NaN" if math.isnan(number) else "Infinity" if number > 0 else "-Infinity"
    # .NET's "G15"; the runner prints a negative zero without its sign.
    return format(number, ".15g").replace("e", "E") if number else "0"


def truth_of(value: object) -> bool | None:
    """Whether a value is truthy; None when that is not known."""
    if isinstance(value, Unknown):
        return None if value is UNKNOWN else value is Unknown.TRUTHY
    if isinstance(value, list | dict):
        return True
    return bool(value) and value == value  # NaN is falsy


def folded(text: str) -> str:
    """Upper case, one character for one, so that prefixes and order stay meaningful.

    NOTE: .NET's OrdinalIgnoreCase maps no letter outside ASCII into ASCII (not U+0131, not U+017F).
    """
    if text.isascii():
        return text.upper()
    return "".join(
        upper if len(upper := char.upper()) == 1 and (char < "\x80" or upper >= "\x80") else char
        for char in text
    )


def equal(left: object, right: object) -> bool:
    """GitHub's `==`: strings ignore case, unlike kinds meet as numbers, collections by identity."""
    if isinstance(left, list | dict) or isinstance(right, list | dict):
        return left is right
    if isinstance(left, str) and isinstance(right, str):
        return folded(left) == folded(right)
    return as_number(left) == as_number(right)


def less(left: object, right: object) -> bool:
    """GitHub's `<`: false whenever the two cannot be ordered."""
    if isinstance(left, list | dict) or isinstance(right, list | dict):
        return False
    if isinstance(left, str) and isinstance(right, str):
        return folded(left) < folded(right)
    return as_number(left) < as_number(right)


def item(collection: object, key: object) -> object:
    """`collection[key]`; None (null) where there is nothing."""
    if isinstance(collection, Filtered):
        return Filtered(value for inner in collection for value in _found(inner, key))
    return next(iter(_found(collection, key)), None)


def every_item(collection: object) -> Filtered:
    """`collection.*`, one level further for what an earlier `*` selected."""
    if isinstance(collection, Filtered):
        return Filtered(value for inner in collection for value in _members(inner))
    return Filtered(_members(collection))


def _members(collection: object) -> list[object]:
    if isinstance(collection, dict):
        return list(collection.values())
    return collection if isinstance(collection, list) else []


def _found(collection: object, key: object) -> list[object]:
    """The member at a key, as a list of one or none, since null is a member too."""
    if isinstance(key, list | dict):
        return []
    if isinstance(collection, dict):
        wanted = folded(as_string(key))
        return [value for name, value in collection.items() if folded(name) == wanted][-1:]
    at = as_number(key)
    if not isinstance(collection, list) or not 0 <= at < len(collection):
        return []
    return [collection[int(at)]]
