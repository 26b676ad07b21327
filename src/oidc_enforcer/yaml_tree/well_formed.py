"""A quick look at files in which nothing is to be found: are they YAML that GitHub takes?

libyaml's parser without objects is four times as fast as a tree. What it does not tell (levels,
tags, aliases, a second document) is bounded from the bytes; where the bound is not good enough,
the answer is "look closer", never "fine".
"""

from __future__ import annotations

import re

from oidc_enforcer.yaml_tree.c_parser import library
from oidc_enforcer.yaml_tree.limits import GITHUB_DEPTH, GITHUB_EVENTS, HARMLESS_CHARACTERS

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
#: In UTF-8: U+0085, U+2028 and U+2029, which break lines, and a byte-order mark on its way.
_RARE = (b"\xc2\x85", b"\xe2\x80\xa8", b"\xe2\x80\xa9", _BYTE_ORDER_MARK)


def is_well_formed(data: bytes) -> bool:
    """Whether `parse` would find nothing but repeated keys and keys that are no scalars.

    False means only that this is not certain.
    """
    data = data.removeprefix(_BYTE_ORDER_MARK)
    if len(data) > HARMLESS_CHARACTERS or not (
        _has_plain_lines(data) and _has_no_properties(data) and _is_shallow(data)
    ):
        return False
    of = library()
    try:
        return of.CParser(data).raw_parse() <= GITHUB_EVENTS
    except of.YAMLError:
        return False


def _has_plain_lines(data: bytes) -> bool:
    """Lines end at LF, and the text is not UTF-16."""
    if not data.isascii() and (
        data.startswith((b"\xff", b"\xfe")) or any(each in data for each in _RARE)
    ):
        return False
    return b"\r" not in data or data.count(b"\r") == data.count(b"\r\n")


_BEFORE_NODES = (b":", b"-", b"?", b",", b"[", b"{", b"\n", b"\r")
#: In YAML, no collection begins here: this is part of a scalar, or the text is refused.
_EXPRESSIONS = (b"${{", b"${")
_NAMES = b"-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"


def _has_no_properties(data: bytes) -> bool:
    """No anchor, alias or tag: they begin where nodes do, the first two go on with a name."""
    for sign in (b"&", b"*", b"!"):
        if sign not in data:
            continue
        before, *parts = (b"\n" + data).split(sign)
        for part in parts:
            before = before.rstrip(b" \t")
            if (
                before.endswith(_BEFORE_NODES)
                and not before.endswith(_EXPRESSIONS)
                and (sign == b"!" or part[:1] in _NAMES)
            ):
                return False
            before = part
    return True


#: What lines begin with, as far as it can open a collection in block style.
_HEAD = re.compile(rb"\n[ ?:-]*")


def _is_shallow(data: bytes) -> bool:
    """One document with no more levels than GitHub takes, by an upper bound.

    Block style: three for each width of indentation. INVARIANT: a line opens no more than a list
    and a mapping in it; so of the collections that lines of one width opened, no more are open
    than a mapping, a list at the same column, and a mapping behind a dash. Flow style: one for
    each bracket that is not an expression's.
    """
    widths = set()
    for head in set(_HEAD.findall(b"\n" + data.removeprefix(b"---"))):
        indicators = head[1:].lstrip(b" ")
        widths.add(len(head) - len(indicators))
        # A list in a list on one line, a key or value with its indicator, a second document.
        is_list = indicators.startswith(b"- ")
        if (
            (is_list and indicators[2:].strip())
            or indicators.startswith((b"?", b":"))
            or head.startswith(b"\n---")
        ):
            return False
    levels = 3 * len(widths) + data.count(b"[") + data.count(b"{")
    if levels > GITHUB_DEPTH:
        for part in data.split(b"$")[1:]:
            if part[:1] == b"{":
                levels -= 2 if part[:2] == b"{{" else 1
    return levels <= GITHUB_DEPTH
