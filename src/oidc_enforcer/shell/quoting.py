"""Quotes of POSIX words: what the program gets, with its place.

In each function `masked` and `plain` are the script, `at` and `end` places in it.
"""

from __future__ import annotations

import re

from oidc_enforcer.shell.patterns import Pattern
from oidc_enforcer.shell.text import Text

_DOUBLE_ESCAPE = Pattern(r'\\(["\\`$]|\r?\n)')
_PIECE = Pattern(r"'([^']*+)'|\"((?:[^\"\\]++|\\.)*+)\"|\\(\r?\n)|\\(.)|([^'\"\\]++|.)", re.DOTALL)
SINGLE_QUOTED = Pattern(r"'[^']*+'")
_SINGLE, _DOUBLE, _JOINED_LINE, _ESCAPED, _PLAIN = range(1, 6)


def dequoted(masked: str, plain: str, start: int, end: int) -> Text:
    """The word at `[start, end)`, which has no substitutions in it."""
    text = Text()
    for match in _PIECE.finditer(masked, start, end):
        kind = match.lastindex or 0
        a, b = match.span(kind)
        if kind == _DOUBLE:
            add_double(text, masked, plain, a, b)
        elif kind != _JOINED_LINE:
            text.add(masked[a:b], plain[a:b], a, live=kind == _PLAIN)
    return text


def add_double(text: Text, masked: str, plain: str, at: int, end: int) -> None:
    """Adds what stands between double quotes."""
    for match in _DOUBLE_ESCAPE.finditer(masked, at, end):
        text.add(masked[at : match.start()], plain[at : match.start()], at)
        at = match.end()
        if match[1][-1] != "\n":
            text.add(match[1], match[1], match.start(1), live=False)
    text.add(masked[at:end], plain[at:end], at)


def add_single(text: Text, masked: str, plain: str, at: int, end: int) -> int:
    """Adds what stands behind a single quote; returns the place behind the closing one."""
    close = masked.find("'", at, end)
    stop = line_end(masked, at, end) if close < 0 else close
    text.add(masked[at:stop], plain[at:stop], at, live=False)
    return stop + (close >= 0)


def add_backslash(text: Text, masked: str, plain: str, at: int, end: int) -> int:
    """Adds the character behind a backslash, unless it is a line end, which joins lines."""
    if masked.startswith("\r\n", at + 1):
        return min(at + 3, end)
    if at + 1 < end and masked[at + 1] != "\n":
        text.add(masked[at + 1], plain[at + 1], at + 1, live=False)
    return min(at + 2, end)


def line_end(masked: str, at: int, end: int) -> int:
    """Where the line of `at` ends, at most at `end`."""
    found = masked.find("\n", at, end)
    return end if found < 0 else found


def add_nested(text: Text, masked: str, plain: str, at: int, end: int, inner_end: int) -> None:
    """Adds a substitution as it is written at `[at, end)`; its commands end at `inner_end`."""
    masked, plain = masked[at:end], plain[at:end]
    opening = 1 if masked[0] == "`" else 2
    length = text.length
    done = 0
    for match in SINGLE_QUOTED.finditer(masked):
        a, b = match.span()
        text.add(masked[done:a], plain[done:a], at + done)
        text.add(masked[a:b], plain[a:b], at + a, live=False)
        done = b
    text.add(masked[done:], plain[done:], at + done)
    text.substitutions.append((length + opening, length + inner_end - at))
