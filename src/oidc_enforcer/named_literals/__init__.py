"""Finds literals that are given to something whose name says that it is a secret.

`NAME: value`, `NAME=value`, `--name value`, `aws configure set name value`, `f('NAME', 'value')`,
`<name>value</name>`: in YAML, shells, ini files, JSON, JavaScript and Python alike. No grammar is
followed, only the line; so where a value ends is a guess, and the guess errs to the longer side.

INVARIANT: every character is looked at a bounded number of times, whatever the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from oidc_enforcer.named_literals import patterns
from oidc_enforcer.records import NamedTuple

#: What makes a name suspicious; `author` is not `auth`, `authorization` is.
SMELL = re.compile(
    r"secret|passw|passphrase|pwd|token|key|cred|auth(?!ors?(?![a-z]))|private", re.I
)

_NAME_CHARACTERS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-")
#: Names that tell where or how, not what: `--password-stdin`, `SECRET_ARN`, `token_url`.
_HARMLESS_ENDINGS = (
    *("id-token", "stdin", "file", "path", "arn", "url", "endpoint", "region"),
    *("duration", "ttl", "version", "type", "format"),
)
#: Values that are settings (`id-token: write` is what this program is about) or schemes.
_SETTINGS = frozenset(
    {"true", "false", "null", "~", "yes", "no", "on", "off", "none", "read", "write", "inherit"}
    | {"required", "optional", "-", "|", ">", "|-", ">-", "|+", ">+", "Bearer", "Basic"}
)
#: What can begin an assignment, or else the name is only mentioned. The end of the text is none.
_ASSIGNING = frozenset("\"'] \t:=+(>\\")
_CLOSINGS = {"${{": "}}", "${": "}", "$(": ")", "`": "`"}


class _Place(NamedTuple):
    """Where on its line a name stands: inside which quotes, since where, and after a `{`."""

    quote: str = ""
    quoted_at: int = -1
    in_flow: bool = False


class _Value(NamedTuple):
    """What is given to a name: the text from `start` to `end`, and how it was given."""

    start: int
    end: int
    assignment: str


def named_literals(text: str, *, prose: bool = False) -> Iterator[tuple[int, int]]:
    """Spans of the literals; in prose a value is one word, and an English word is none."""
    at, walked, place = 0, 0, _Place()
    while smell := SMELL.search(text, at):
        end = at = _name_end(text, smell.end())
        if text[end : end + 1] not in _ASSIGNING:
            continue
        start = _name_start(text, smell.start(), walked)
        assignment = _assignment(text, start, end)
        if not assignment:
            continue
        newline = text.rfind("\n", walked, start) + 1
        if newline:
            walked, place = newline, _Place()
        walked, place = start, _walk(text, walked, start, place)
        value = _value(text, start, end + len(assignment), assignment, place, prose=prose)
        if value is None or (prose and not _is_telling(text[start:end], text, value)):
            continue
        yield from literals(text, value.start, value.end)
        # A value is not looked into again, or masking twice would see other quotes there.
        is_quoted = text[value.start - 1] in "'\""
        place = _walk(text, walked, value.start - is_quoted, place)
        at = walked = min(value.end + is_quoted, len(text))


def literals(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Spans of a value that are neither references, nor settings, nor mere punctuation."""
    value = text[start:end].strip()
    if patterns.whole_reference().fullmatch(value):
        return
    at = start
    while reference := patterns.references().search(text, at, end):
        name = reference[0]
        closing = _CLOSINGS.get(name)
        stop = reference.end()
        if closing:
            stop = text.find(closing, stop, end) + len(closing)
            if stop < len(closing):
                break
        yield from _chunk(text, at, reference.start())
        if closing:
            yield from _inside(text, name, reference.end(), stop - len(closing))
        at = stop
    yield from _chunk(text, at, end)


def _chunk(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    chunk = text[start:end]
    word = chunk.strip()
    if not word or word in _SETTINGS:
        return
    if len(word) < 4 and "*" not in word and not any(map(str.isalnum, word)):
        return
    at = start + len(chunk) - len(chunk.lstrip())
    yield at, at + len(word)


def _inside(text: str, opening: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Literals inside a reference: `|| 'fallback'`, `${X:-fallback}`, `$(login --password …)`."""
    if opening == "${{":
        for match in patterns.fallback().finditer(text, start, end):
            yield match.span(1)
    elif opening == "${":
        default = patterns.default().match(text, start, end)
        if default:
            yield from _chunk(text, default.end(), end)
    else:
        inner = text[start:end]
        for first, last in named_literals(inner):
            yield start + first, start + last


def _name_start(text: str, start: int, first: int) -> int:
    first = max(first, start - patterns.NAME_LENGTH)
    while start > first and text[start - 1] in _NAME_CHARACTERS:
        start -= 1
    return start


def _name_end(text: str, end: int) -> int:
    match = patterns.name_rest().match(text, end)
    return match.end() if match else end


def _walk(text: str, at: int, until: int, place: _Place) -> _Place:
    """The place after walking on along the line."""
    quote, quoted_at, in_flow = place
    for match in patterns.quotes_and_braces().finditer(text, at, until):
        char = match[0]
        if char == "{":
            in_flow = True
        elif char == quote:
            quote = ""
        elif not quote:
            quote, quoted_at = char, match.end()
    return _Place(quote, quoted_at, in_flow)


def _value(
    text: str, name: int, at: int, assignment: str, place: _Place, *, prose: bool
) -> _Value | None:
    line_end = text.find("\n", at)
    line_end = len(text) if line_end < 0 else line_end
    if at >= line_end or (text[at] in "{[" and assignment != "="):
        return None
    if text[at] in "'\"":
        return _Value(at + 1, _quote_end(text, at + 1, line_end, text[at]), assignment)
    stops = patterns.stops(_way_to_end(name, assignment, place, prose=prose), place.quote)
    return _Value(at, _end(stops, text, at, line_end), assignment)


def _assignment(text: str, start: int, end: int) -> str:
    """What stands between a name and its value; empty when it gets none here."""
    match = patterns.assignments().match(text, end)
    if not match or text[start:end].lower().endswith(_HARMLESS_ENDINGS):
        return ""
    before = text[max(0, start - 16) : start]
    token = match[0]
    if token == ">":
        return token if before.endswith("<") else ""
    if token == "::":
        return token if before.endswith("=") else ""
    if token[1:2] == ",":
        return token if before[:-1].endswith("(") else ""
    if token.isspace():
        is_flag = text[start] == "-" or before.endswith(_SETTERS)
        return token if is_flag and text[match.end() : match.end() + 1] != "-" else ""
    return token


_SETTERS = ("-", " set ", "setx ", "setenv ", "configure set ")


def _way_to_end(name: int, assignment: str, place: _Place, *, prose: bool) -> str:
    """Which characters end an unquoted value, given how and where it stands."""
    if prose:
        return "word"
    if assignment == ">":
        return "tag"
    if place.quote and (place.quoted_at == name or assignment[-1] in " \t"):
        return "quote"
    if assignment.isspace() or not assignment[-1].isspace():
        return "blank"
    return "flow" if place.in_flow else "comment"


def _end(stops: re.Pattern[str], text: str, at: int, end: int) -> int:
    """Where the value ends: at the first stop that is not inside a reference."""
    while match := stops.search(text, at, end):
        if not match["reference"]:
            return match.start()
        closing = text.find(_CLOSINGS[match[0]], match.end(), end)
        if closing < 0:
            return end
        at = closing + len(_CLOSINGS[match[0]])
    return end


def _quote_end(text: str, at: int, end: int, quote: str) -> int:
    """The closing quote; a doubled or escaped one does not close."""
    if text.startswith(quote, at) and not text.startswith(quote, at + 1):
        return at
    for match in patterns.quote_steps(quote).finditer(text, at, end):
        if match[0] == quote:
            return match.start()
    return end


def _is_telling(name: str, text: str, value: _Value) -> bool:
    """In prose, `key: use a role` is no assignment and `API_KEY: hunter2` is one."""
    if "=" in value.assignment or any(quote in value.assignment for quote in "'\"<"):
        return True
    if "_" in name or name.isupper() or not (name.islower() or name[1:].islower()):
        return True
    return not patterns.english_word().fullmatch(text, value.start, value.end)
