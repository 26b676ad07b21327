"""Terraform's functions on known values, as far as trust policies are made with them.

Source: Terraform documentation, "Built-in functions". A function that is not here makes its call
Unknown. `TypeError` and the like mean that Terraform would refuse the call.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from itertools import chain

from oidc_enforcer.iac import hcl_texts
from oidc_enforcer.iac.values import (
    MAX_ITEMS,
    MAX_TEXT,
    JsonText,
    List,
    Object,
    Site,
    Unknown,
    Value,
    from_json,
)


def text(value: Value) -> str:
    """A value as a template shows it; raises TypeError for what has no text."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return _number(value)
    raise TypeError(f"{kind(value)} is no text")


def kind(value: Value) -> str:
    """What sort of value this is, for people."""
    if value is None:
        return "null"
    return "a map" if isinstance(value, dict) else "a list" if isinstance(value, list) else "a text"


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) else json.dumps(value)


def items(value: Value) -> list[Value]:
    """The items of a list or set; raises TypeError."""
    if isinstance(value, list):
        return value
    raise TypeError(f"{kind(value)} is no list")


def members(value: Value) -> dict[str, Value]:
    """The members of a map or object; raises TypeError."""
    if isinstance(value, dict):
        return value
    raise TypeError(f"{kind(value)} is no map")


def boolean(value: Value) -> bool:
    """A condition; Terraform takes the texts `true` and `false` too."""
    if isinstance(value, bool):
        return value
    if value in ("true", "false"):
        return value == "true"
    raise TypeError(f"{kind(value)} is no condition")


def bounded(value: str) -> str:
    """The text, unless it has grown beyond all reason."""
    if len(value) > MAX_TEXT:
        raise OverflowError(f"a text of more than {MAX_TEXT:,} characters")
    return value


def _format(spec: Value, *arguments: Value) -> str:
    rest = list(arguments)

    def one(found: re.Match[str]) -> str:
        if found[0] == "%%":
            return "%"
        value = rest.pop(0)
        if found[1] == "q":
            return json.dumps(text(value), ensure_ascii=False)
        if found[1] == "d":
            return str(int(text(value)))
        return json.dumps(value) if found[1] == "v" and isinstance(value, list) else text(value)

    pattern = re.compile(r"%(?:%|([sdvq]))")
    template = text(spec)
    if "%" in pattern.sub("", template):
        raise NotImplementedError("a verb of `format` other than %s, %d, %v and %q")
    made = pattern.sub(one, template)
    if rest:
        raise TypeError("too many arguments for `format`")
    return bounded(made)


def _formatlist(spec: Value, *arguments: Value) -> List:
    count = max((len(each) for each in arguments if isinstance(each, list)), default=1)
    columns = [each if isinstance(each, list) else [each] * count for each in arguments]
    return List(_format(spec, *row) for row in zip(*columns, strict=True))


def _flat(value: Value) -> Iterable[Value]:
    for each in items(value):
        if isinstance(each, list):
            yield from _flat(each)
        else:
            yield each


def _unique(values: Iterable[Value]) -> list[Value]:
    found: list[Value] = []
    for each in values:
        if not any(each == other and type(each) is type(other) for other in found):
            found.append(each)
    return found


def to_set(value: Value) -> List:
    """A set of texts is walked in the order of its texts."""
    values = _unique(items(value))
    if all(isinstance(each, str) for each in values):
        return List(sorted(map(text, values)))
    return List(values)


def _merge(*maps: Value) -> Object:
    merged = Object({})
    sites: dict[str, Site] = {}
    for each in maps:
        if each is None:
            continue
        merged.update(members(each))
        sites.update(each.sites if isinstance(each, Object) else {})
    merged.sites = sites
    return merged


def _concat(*lists: Value) -> List:
    whole = all(isinstance(each, List) and len(each.sites) == len(each) for each in lists)
    sites = chain.from_iterable(each.sites for each in lists if isinstance(each, List))
    return List(chain.from_iterable(map(items, lists)), sites if whole else ())


def _replace(where: Value, what: Value, by: Value) -> str:
    pattern, made = text(what), text(where)
    if len(pattern) > 1 and pattern[0] == pattern[-1] == "/":
        return bounded(hcl_texts.replaced(made, pattern[1:-1], text(by)))
    return bounded(made.replace(pattern, text(by)))


def _lookup(where: Value, key: Value, *default: Value) -> Value:
    found = members(where)
    name = text(key)
    if name in found or not default:
        return found[name]
    return default[0]


def _coalesce(*values: Value) -> Value:
    return next(each for each in values if each not in (None, ""))


def _one(value: Value) -> Value:
    values = items(value)
    if len(values) > 1:
        raise ValueError("`one` of more than one")
    return values[0] if values else None


def _length(value: Value) -> int:
    return len(value if isinstance(value, dict | list) else text(value))


def _element(value: Value, index: Value) -> Value:
    values = items(value)
    return values[int(text(index)) % len(values)]


def _values(value: Value) -> List:
    return List(each for _, each in sorted(members(value).items()))


def _zipmap(keys: Value, values: Value) -> Object:
    return Object(dict(zip(map(text, items(keys)), items(values), strict=True)))


def _setproduct(*lists: Value) -> List:
    rows: list[list[Value]] = [[]]
    for each in lists:
        rows = [[*row, item] for row in rows for item in items(each)]
        if len(rows) > MAX_ITEMS:
            raise OverflowError("a list that is too long")
    return List(map(List, rows))


def _slice(value: Value, begin: Value, end: Value) -> List:
    return List(items(value)[int(text(begin)) : int(text(end))])


def _range(*bounds: Value) -> List:
    numbers = [int(text(each)) for each in bounds]
    start, limit = (0, numbers[0]) if len(numbers) == 1 else (numbers[0], numbers[1])
    step = numbers[2] if len(numbers) > 2 else 1 if limit >= start else -1
    found = range(start, limit, step)
    if len(found) > MAX_ITEMS:
        raise OverflowError("a list that is too long")
    return List(found)


def _substr(value: Value, at: Value, length: Value) -> str:
    begin, count = int(text(at)), int(text(length))
    if begin < 0:
        raise NotImplementedError("`substr` from the end")
    return text(value)[begin:] if count < 0 else text(value)[begin : begin + count]


def _strings(change: Callable[[str], str]) -> Callable[..., Value]:
    return lambda value: change(text(value))


FUNCTIONS: dict[str, Callable[..., Value | Unknown]] = {
    "abspath": _strings(str),
    "alltrue": lambda value: all(map(boolean, items(value))),
    "anytrue": lambda value: any(map(boolean, items(value))),
    "chomp": _strings(lambda value: value.rstrip("\r\n")),
    "coalesce": _coalesce,
    "coalescelist": lambda *lists: next(each for each in lists if items(each)),
    "compact": lambda value: List(each for each in items(value) if each not in (None, "")),
    "concat": _concat,
    "contains": lambda value, item: item in items(value),
    "distinct": lambda value: List(_unique(items(value))),
    "element": _element,
    "endswith": lambda value, end: text(value).endswith(text(end)),
    "flatten": lambda value: List(_flat(value)),
    "format": _format,
    "formatlist": _formatlist,
    "join": lambda by, *lists: bounded(
        text(by).join(text(each) for one in lists for each in items(one))
    ),
    "jsondecode": lambda value: (
        value.data if isinstance(value, JsonText) else from_json(text(value))
    ),
    "jsonencode": JsonText.of,
    "keys": lambda value: List(sorted(members(value))),
    "length": _length,
    "lookup": _lookup,
    "lower": _strings(str.lower),
    "merge": _merge,
    "nonsensitive": lambda value: value,
    "one": _one,
    "range": _range,
    "regex": lambda pattern, value: hcl_texts.regex(text(pattern), text(value)),
    "regexall": lambda pattern, value: hcl_texts.regexall(text(pattern), text(value)),
    "replace": _replace,
    "reverse": lambda value: List(reversed(items(value))),
    "sensitive": lambda value: value,
    "setintersection": lambda first, *others: to_set(
        List(each for each in items(first) if all(each in items(other) for other in others))
    ),
    "setproduct": _setproduct,
    "setsubtract": lambda first, second: to_set(
        List(each for each in items(first) if each not in items(second))
    ),
    "setunion": lambda *sets: to_set(_concat(*sets)),
    "slice": _slice,
    "sort": lambda value: List(sorted(map(text, items(value)))),
    "split": lambda by, value: List(text(value).split(text(by))),
    "strcontains": lambda value, part: text(part) in text(value),
    "startswith": lambda value, start: text(value).startswith(text(start)),
    "substr": _substr,
    "title": _strings(lambda value: re.sub(r"\b[a-z]", lambda found: found[0].upper(), value)),
    "tobool": boolean,
    "tolist": lambda value: value if isinstance(value, List) else List(items(value)),
    "tomap": lambda value: value if isinstance(value, Object) else Object(members(value)),
    "toset": to_set,
    "tostring": lambda value: None if value is None else text(value),
    "trim": lambda value, chars: text(value).strip(text(chars)),
    "trimprefix": lambda value, start: text(value).removeprefix(text(start)),
    "trimspace": _strings(str.strip),
    "trimsuffix": lambda value, end: text(value).removesuffix(text(end)),
    "upper": _strings(str.upper),
    "values": _values,
    "yamldecode": lambda value: hcl_texts.yamldecode(text(value)),
    "zipmap": _zipmap,
}
