"""What GitHub's functions return, for values that may be unknown.

Source: actions/runner, src/Sdk/Expressions/Sdk/Functions. Where GitHub would fail the run (a
format string without its argument, text that is not JSON) the result is unknown.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable, Sequence

from oidc_enforcer.expression.values import (
    UNKNOWN,
    Unknown,
    as_string,
    equal,
    folded,
)

# Longer results are not worth knowing; without a limit fifty nested calls could double a text
# fifty times.
_LONGEST = 100_000


def concatenate(pieces: Iterable[object]) -> object:
    """Their text in one, truthy at least as soon as one piece cannot be empty."""
    known: list[str] = []
    doubt, empty = False, True
    for piece in pieces:
        if isinstance(piece, Unknown):
            doubt = True
            empty = empty and piece is not Unknown.TRUTHY
            continue
        text = as_string(piece)
        empty = empty and not text
        known.append(text)
    if doubt:
        return UNKNOWN if empty else Unknown.TRUTHY
    return "".join(known)


def call(name: str, arguments: Sequence[object]) -> object:
    """The result of any function but `case`, which chooses; unknown for one we do not know."""
    function = _FUNCTIONS.get(name)
    if function is None:
        return UNKNOWN
    if name != "format" and any(isinstance(argument, Unknown) for argument in arguments):
        return UNKNOWN
    try:
        result = function(*arguments)
    except (TypeError, ValueError, RecursionError):  # wrong count, not JSON, nested too deep
        return UNKNOWN
    return UNKNOWN if isinstance(result, str) and len(result) > _LONGEST else result


def choose(arguments: Sequence[object]) -> object:
    """`case`: the value behind the first true condition; GitHub accepts only booleans there."""
    for condition, value in zip(arguments[:-1:2], arguments[1::2], strict=False):
        if not isinstance(condition, bool):
            return UNKNOWN
        if condition:
            return value
    return arguments[-1] if len(arguments) % 2 else UNKNOWN


@functools.cache
def _placeholder() -> re.Pattern[str]:
    return re.compile(r"\{\{|\}\}|\{([0-9]{1,9})\}|[{}]")


def _format(pattern: object, *arguments: object) -> object:
    if isinstance(pattern, Unknown):
        return UNKNOWN
    text = as_string(pattern)
    pieces: list[object] = []
    at = length = 0
    for match in _placeholder().finditer(text):
        pieces.append(text[at : match.start()])
        at = match.end()
        if match[1] is None and len(match[0]) == 1:
            return UNKNOWN
        piece: object = match[0][0]
        if match[1] is not None:
            if int(match[1]) >= len(arguments):
                return UNKNOWN
            piece = arguments[int(match[1])]
        length += len(piece) if isinstance(piece, str) else 0
        if length > _LONGEST:
            return UNKNOWN
        pieces.append(piece)
    return concatenate([*pieces, text[at:]])


def _join(items: object, separator: object = ",") -> object:
    if not isinstance(items, list):
        return "" if isinstance(items, dict) else as_string(items)
    between = "," if isinstance(separator, list | dict) else as_string(separator)
    return UNKNOWN if len(items) * len(between) > _LONGEST else between.join(map(as_string, items))


def _contains(where: object, what: object) -> object:
    if isinstance(where, list):
        return any(equal(what, member) for member in where)
    return _texts(where, what, lambda text, part: part in text)


def _texts(left: object, right: object, test: Callable[[str, str], bool]) -> bool:
    if isinstance(left, list | dict) or isinstance(right, list | dict):
        return False
    return test(folded(as_string(left)), folded(as_string(right)))


def _from_json(text: object) -> object:
    import json  # rarely needed, and start-up counts

    return json.loads(as_string(text), parse_int=float)


def _to_json(value: object, margin: str = "\n") -> object:
    if isinstance(value, str):
        import json  # as above

        return json.dumps(value, ensure_ascii=False)
    if value is None:
        return "null"
    if not isinstance(value, list | dict):
        return as_string(value)
    inner = margin + "  "
    if isinstance(value, dict):
        lines = [f"{_to_json(name)}: {_to_json(member, inner)}" for name, member in value.items()]
        return f"{{{inner}{f',{inner}'.join(lines)}{margin}}}" if lines else "{}"
    lines = [str(_to_json(member, inner)) for member in value]
    return f"[{inner}{f',{inner}'.join(lines)}{margin}]" if lines else "[]"


_FUNCTIONS: dict[str, Callable[..., object]] = {
    "always": lambda: True,
    "contains": _contains,
    "endswith": lambda left, right: _texts(left, right, str.endswith),
    "format": _format,
    "fromjson": _from_json,
    "join": _join,
    "startswith": lambda left, right: _texts(left, right, str.startswith),
    "tojson": _to_json,
}
