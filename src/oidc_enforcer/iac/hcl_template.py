"""Templates that are not quoted: heredocs, and files that `templatefile` reads."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple


class Part(NamedTuple):
    """A `text`, or what stands between the braces of a `value` or a `directive`.

    `offset` counts from the template's start; `strips` tells of `~` at either end.
    """

    text: str
    offset: int
    kind: str = "text"
    strips: tuple[bool, bool] = (False, False)


class TemplateError(Exception):
    """A template that cannot be followed, and the offset where."""

    def __init__(self, message: str, offset: int) -> None:
        super().__init__(message)
        self.message = message
        self.offset = offset


_MARK = re.compile(r"\$\$\{|%%\{|\$\{|%\{")


def parts(template: str) -> Iterator[Part]:
    """The template's parts in order; raises TemplateError."""
    at = 0
    while (mark := _MARK.search(template, at)) is not None:
        if mark.start() > at:
            yield Part(template[at : mark.start()], at)
        if len(mark[0]) == 3:
            yield Part(mark[0][1:], mark.start())
            at = mark.end()
            continue
        end = _closing_brace(template, mark.end())
        inner = template[mark.end() : end]
        strips = inner.startswith("~"), inner.endswith("~")
        inner = inner[strips[0] : len(inner) - strips[1]]
        kind = "value" if mark[0] == "${" else "directive"
        yield Part(inner, mark.end() + strips[0], kind, strips)
        at = end + 1
    if at < len(template):
        yield Part(template[at:], at)


_TOKEN = re.compile(r'[{}"]|#[^\n]*|//[^\n]*|/\*.*?\*/', re.S)
_IN_QUOTES = re.compile(r'\\.|\$\$\{|\$\{|"', re.S)


def _closing_brace(template: str, at: int) -> int:
    """Where the brace closes that was opened before `at`; quotes and what they hold count."""
    #: Innermost last: `{` for braces, `"` for quotes.
    inside = ["{"]
    begin = at
    while inside:
        pattern = _IN_QUOTES if inside[-1] == '"' else _TOKEN
        found = pattern.search(template, at)
        if found is None:
            raise TemplateError("`${` is not closed", begin)
        at = found.end()
        mark = found[0]
        if inside[-1] == '"':
            if mark == '"':
                inside.pop()
            elif mark == "${":
                inside.append("{")
        elif mark == "}":
            inside.pop()
        elif mark in ("{", '"'):
            inside.append(mark)
    return at - 1


class Heredoc(NamedTuple):
    """A heredoc's template, and for each of its characters where it stands in the token."""

    text: str
    lines: tuple[tuple[int, int], ...]

    def offset(self, at: int) -> int:
        """Where a character of the template stands in the token."""
        first = (0, 0)
        for line in self.lines:
            if line[0] > at:
                break
            first = line
        return first[1] + at - first[0]


def heredoc(token: str) -> Heredoc:
    """Takes the marks off, and with `<<-` the common indent."""
    head, _, body = token.partition("\n")
    at = len(head) + 1
    lines = body.rstrip("\r\n").split("\n")[:-1]
    indents = [len(line) - len(line.lstrip(" \t")) for line in lines if line.strip()]
    common = min(indents, default=0) if head.startswith("<<-") else 0
    text, starts = [], []
    length = 0
    for line in lines:
        cut = min(common, len(line) - len(line.lstrip(" \t")))
        starts.append((length, at + cut))
        text.append(line[cut:] + "\n")
        length += len(text[-1])
        at += len(line) + 1
    return Heredoc("".join(text), tuple(starts))
