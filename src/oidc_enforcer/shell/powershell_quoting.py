"""Quotes of PowerShell words: what the command gets, with its place."""

from __future__ import annotations

import re

from oidc_enforcer.shell.text import Text

_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "0": " "}


def add_single(
    text: Text, masked: str, plain: str, at: int, found: re.Match[str] | None, end: int
) -> int:
    """Adds a single-quoted string, or the line up to `end` when it is never closed."""
    at, stop = found.span(1) if found else (at + 1, end)
    while (quote := masked.find("''", at, stop)) >= 0:
        text.add(masked[at : quote + 1], plain[at : quote + 1], at, live=False)
        at = quote + 2
    text.add(masked[at:stop], plain[at:stop], at, live=False)
    return found.end() if found else end


def add_escape(text: Text, masked: str, plain: str, at: int, end: int) -> int:
    """Adds the character behind a backtick; a line end joins lines."""
    char = masked[at + 1 : at + 2] if at + 1 < end else ""
    if char and char not in "\r\n":
        plain_char = plain[at + 1]
        escaped = _ESCAPES.get(char)
        text.add(escaped or char, escaped or plain_char, at + 1, live=False)
    return min(at + 2, end)
