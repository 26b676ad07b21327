"""Where the characters of a decoded scalar stand in the file.

A scalar is cut into pieces: runs that are written as they read, and places where one thing is
written for another (escapes, folded line breaks, indentation). Every piece is checked against the
decoded text, so that a wrong map cannot come out: then there is none.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from operator import itemgetter
from typing import TypeAlias

from oidc_enforcer.records import NamedTuple
from oidc_enforcer.source import Span
from oidc_enforcer.yaml_tree.characters import readable

#: The line breaks of YAML 1.1, which libyaml and YamlDotNet follow.
BREAKS = "\n\r\x85\u2028\u2029"
BREAK = f"(?:\r\n|[{BREAKS}])"

# NOTE: blanks before which nothing breaks are matched too, so that a run of them is read once.
_FOLD = rf"[ \t]*(?P<fold>{BREAK}(?:[ \t]*{BREAK})*)[ \t]*|[ \t]+"
_DOUBLE_QUOTED = (
    r"\\(?P<code>x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8})"
    rf"|\\{BREAK}(?P<joined>(?:[ \t]*{BREAK})*)[ \t]*|\\(?P<escape>.)|{_FOLD}"
)
_SPECIAL = {"": _FOLD, "'": rf"(?P<quote>'')|{_FOLD}", '"': _DOUBLE_QUOTED}
_LINE = rf"([^{BREAKS}]*)({BREAK}|\Z)"
#: A byte-order mark that begins a line counts as blank.
_PROPERTIES = rf"(?:&[0-9A-Za-z_-]+|![^ \t{BREAKS}]*|[ \t]+|[{BREAKS}]\ufeff?|#[^{BREAKS}]*)*"

#: YAML 1.1, 5.6. What is not listed (`\"`, `\\`, `\/`, `\ `) stands for itself.
_ESCAPES = dict(zip("0abtnvfreN_LP", "\0\a\b\t\n\v\f\r\x1b\x85\xa0\u2028\u2029", strict=True))

#: Some decoded text, and where it is written.
_Written: TypeAlias = tuple[str, int, int]


class Piece(NamedTuple):
    """The text from `at` to the next piece is written in `source[start:end]`."""

    at: int
    start: int
    end: int


def pieces(text: str, style: str, source: str, span: Span) -> list[Piece]:
    """The map of one scalar, with an empty piece at its end; empty where it cannot be followed."""
    if "\ufffd" in text:
        source = readable(source)
    if style in ("|", ">"):
        begin, written = span.start, _block(text, style, source, span.start)
    else:
        begin, end = span.start + len(style), span.end - len(style)
        written = _flow(style, source, begin, end)
    if not text:
        return [Piece(0, begin, begin)]
    found: list[Piece] = []
    at = 0
    for word, start, end in written:
        if not text.startswith(word, at):
            return []
        # The last line break of a block is outside of its span.
        found.append(Piece(at, min(start, span.end), min(end, span.end)))
        at += len(word)
        if at == len(text):
            break
    if at != len(text):
        return []
    end = found[-1].end
    found.append(Piece(at, end, end))
    return found


def source_span(found: list[Piece], start: int, end: int) -> Span | None:
    """Where `text[start:end]` is written; None outside of the map."""
    if not found or not 0 <= start <= end <= found[-1].at:
        return None
    first = _place(found, start, after=False)
    return Span(first, first if start == end else _place(found, end - 1, after=True))


def _place(found: list[Piece], at: int, *, after: bool) -> int:
    """The offset before or after one decoded character."""
    index = bisect_right(found, at, key=itemgetter(0)) - 1
    piece = found[index]
    length = piece.end - piece.start
    if index + 1 < len(found) and found[index + 1].at - piece.at == length:
        return piece.start + at - piece.at + after
    return piece.end if after else piece.start


def _flow(style: str, source: str, start: int, end: int) -> Iterator[_Written]:
    at = start
    for match in re.compile(_SPECIAL[style]).finditer(source, start, end):
        if match.lastgroup is None:
            continue
        if at < match.start():
            yield source[at : match.start()], at, match.start()
        word = _decoded(match.lastgroup, match[match.lastgroup])
        if word:
            yield word, match.start(), match.end()
        at = match.end()
    if at < end:
        yield source[at:end], at, end


def _decoded(kind: str, written: str) -> str:
    if kind == "code":
        return chr(int(written[1:], 16))
    if kind == "escape":
        return _ESCAPES.get(written, written)
    if kind == "quote":
        return "'"
    breaks = [_normal(each) for each in re.findall(BREAK, written)]
    if kind == "fold" and breaks[0] == "\n":
        return "".join(breaks[1:]) or " "
    return "".join(breaks)


def _normal(line_break: str) -> str:
    """NOTE: U+2028 and U+2029 are kept, every other line break reads as LF."""
    return line_break if line_break in "\u2028\u2029" else "\n"


def _block(text: str, style: str, source: str, start: int) -> Iterator[_Written]:
    """NOTE: reads on behind the scalar; the caller stops when it has what it looks for."""
    lines = re.compile(_LINE).finditer(source, start)
    next(lines)
    body = text.lstrip("\n\u2028\u2029")
    empty_lines = len(text) - len(body)
    indent = -1
    was_deeper = True
    gap: list[_Written] = []
    for line in lines:
        content, line_break = line.groups()
        spaces = len(content) - len(content.lstrip(" "))
        if indent < 0 and len(gap) == empty_lines and body:
            indent = spaces - (len(body) - len(body.lstrip(" ")))
        if 0 <= indent < len(content) and indent <= spaces:
            is_deeper = content[indent] in " \t"
            folds = style == ">" and not was_deeper and not is_deeper
            yield from _folded(gap) if folds else gap
            yield content[indent:], line.start() + indent, line.end(1)
            gap, was_deeper = [], is_deeper
        elif spaces < len(content):
            break
        gap.append((_normal(line_break), line.start(2), line.end(2)))
    yield from gap


def _folded(gap: list[_Written]) -> list[_Written]:
    """Line breaks between two lines of a folded block: one is a space, more lose their first."""
    if gap[0][0] != "\n":
        return gap
    return gap[1:] or [(" ", gap[0][1], gap[0][2])]


def behind_properties(source: str, at: int) -> int:
    """Where a node's own text begins behind its anchor and its tag."""
    if source[at : at + 1] not in ("&", "!"):
        return at
    match = re.compile(_PROPERTIES).match(source, at)
    return match.end() if match else at


def end_of_block(source: str, start: int, end: int) -> int:
    """The end of a block scalar's last line that is not blank."""
    end_of_text = start + len(source[start:end].rstrip(" \t" + BREAKS))
    while end_of_text < end and source[end_of_text] in " \t":
        end_of_text += 1
    return end_of_text
