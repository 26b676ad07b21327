"""How a file is laid out: line breaks, indentation, and how to write a value in its style."""

from __future__ import annotations

import re

from oidc_enforcer.source import SourceFile, Span
from oidc_enforcer.yaml_tree import Mapping, Node, Sequence

_PLAIN = re.compile(r"[A-Za-z0-9_./$][^\n]*")


def newline(file: SourceFile) -> str:
    """The file's line break: that of its first line."""
    at = file.text.find("\n")
    return "\r\n" if at > 0 and file.text[at - 1] == "\r" else "\n"


def line_start(text: str, offset: int) -> int:
    """Where the line of an offset begins."""
    return text.rfind("\n", 0, offset) + 1


def line_end(text: str, offset: int) -> int:
    """Where the line of an offset ends, its line break included."""
    at = text.find("\n", offset)
    return len(text) if at < 0 else at + 1


def before(text: str, offset: int) -> str:
    """What stands on the line before an offset."""
    return text[line_start(text, offset) : offset]


def is_first_on_line(text: str, offset: int) -> bool:
    """Whether nothing but blanks stands before an offset on its line."""
    return not before(text, offset).strip(" \t")


def indent_of(text: str, offset: int) -> str:
    """Blanks of the width at which an offset stands; tabs are kept."""
    lead = before(text, offset)
    return "".join(c if c == "\t" else " " for c in lead)


def is_flow(text: str, node: Node) -> bool:
    """Whether a mapping or a sequence is written in braces or brackets."""
    return text[node.span.start : node.span.start + 1] in ("{", "[")


def above_comments(text: str, start: int) -> int:
    """The start of the comment lines right above a line start, indented as it is or less.

    What is indented more belongs to what stands before.
    """
    width = len(text[start : line_end(text, start)]) - len(
        text[start : line_end(text, start)].lstrip(" \t")
    )
    while start > 0:
        upper = line_start(text, start - 1)
        line = text[upper:start]
        body = line.lstrip(" \t")
        if not body.startswith("#") or len(line) - len(body) > width:
            return start
        start = upper
    return start


def follows_blank(text: str, start: int) -> bool:
    """Whether the line before a line start is blank."""
    return start > 0 and not text[line_start(text, start - 1) : start].strip()


def step_in(text: str, mapping: Mapping) -> str:
    """The blanks by which nested mappings of this one are indented; two where none tells."""
    own = len(indent_of(text, mapping.span.start))
    for entry in mapping.entries:
        value = entry.value
        if not isinstance(value, Mapping) or not value.entries or is_flow(text, value):
            continue
        if not is_first_on_line(text, value.span.start):
            continue
        width = len(indent_of(text, value.span.start)) - own
        if 0 < width <= 8:
            return " " * width
    return "  "


def scalar(value: str, *, flow: bool = False) -> str:
    """The value as a YAML scalar, quoted only where it must be."""
    odd = ": " in value or " #" in value or value.endswith(":")
    if flow:
        odd = odd or any(c in value for c in "{}[],")
    if not odd and _PLAIN.fullmatch(value):
        return value
    if "'" not in value:
        return f"'{value}'"
    if '"' in value or "\\" in value:
        return "'" + value.replace("'", "''") + "'"
    return f'"{value}"'


def dash(text: str, items: Sequence, number: int) -> int:
    """The offset of the dash of an item, counted from 0; -1 where it cannot be told."""
    start = items.items[number].span.start
    found = re.search(r"-[ \t]+(?:[&!][^\s]*[ \t]+)*\Z", before(text, start))
    if found is not None:
        return line_start(text, start) + found.start()
    floor = items.items[number - 1].span.end if number else items.span.start
    alone = re.search(r"^[ \t]*(-)[ \t]*(?:#.*)?\r?\n\s*\Z", text[floor:start], re.MULTILINE)
    return -1 if alone is None else floor + alone.start(1)


def lines_of(text: str, span: Span) -> Span:
    """The whole lines that a span touches."""
    last = max(span.start, span.end - 1)
    return Span(line_start(text, span.start), line_end(text, last))
