"""A script's commands and words with their places, as far as taking some of them out needs it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple


class Change(NamedTuple):
    """Replaces `[start, end)` of the script by a text."""

    start: int
    end: int
    text: str


class Command(NamedTuple):
    """A stretch between `;`, `&&`, `||`, `|` and line ends, and the separator behind it."""

    start: int
    end: int
    separator: str
    next: int


HEREDOC = re.compile(r"<<-?\s*([\"']?)(\w+)\1")


def commands_of(text: str) -> Iterator[Command]:
    """The script's commands in order; a heredoc belongs to the command that it feeds."""
    start = at = 0
    quote = ""
    while at < len(text):
        c = text[at]
        if text.startswith("${{", at):
            close = text.find("}}", at)
            at = len(text) if close < 0 else close + 2
            continue
        if c in "\\`" and at + 1 < len(text) and quote != "'":
            at += 3 if text.startswith("\r\n", at + 1) else 2
            continue
        if quote:
            quote = "" if c == quote else quote
        elif c in "\"'":
            quote = c
        elif c == "#" and (at == 0 or text[at - 1] in " \t\n;"):
            at = line_end(text, at)
            continue
        elif c == "\n":
            end = _end_of_heredoc(text, start, at)
            yield Command(start, end, "\n", min(end + 1, len(text)))
            start = at = end + 1
            continue
        elif c in ";|" or text.startswith("&&", at):
            separator = text[at : at + 2] if text[at : at + 2] in ("&&", "||", ";;") else c
            yield Command(start, at, separator, at + len(separator))
            start = at = at + len(separator)
            continue
        at += 1
    if start < len(text):
        yield Command(start, len(text), "", len(text))


def line_end(text: str, at: int) -> int:
    """Where a line of the script ends, without its break."""
    end = text.find("\n", at)
    return len(text) if end < 0 else end


def _end_of_heredoc(text: str, start: int, at: int) -> int:
    """The end of the last line of a heredoc that begins on the line before `at`, else `at`."""
    found = HEREDOC.search(text, start, at)
    if found is None:
        return at
    close = re.compile(rf"^[ \t]*{re.escape(found[2])}[ \t]*$", re.MULTILINE).search(text, at)
    return at if close is None else close.end()


def lines_of(text: str, start: int, end: int) -> Iterator[Change]:
    """The lines of a stretch, each with its line break."""
    while start < end:
        close = text.find("\n", start, end)
        stop = end if close < 0 else close + 1
        yield Change(start, stop, "")
        start = stop


def words_of(text: str, start: int, end: int) -> Iterator[Change]:
    """The shell words of a command, with their quotes."""
    at, begin, quote = start, -1, ""
    while at < end:
        c = text[at]
        if text.startswith("${{", at):
            begin = at if begin < 0 else begin
            close = text.find("}}", at)
            at = end if close < 0 else close + 2
            continue
        if quote:
            quote = "" if c == quote else quote
        elif c in "\"'":
            quote = c
            begin = at if begin < 0 else begin
        elif c == "\\" and text[at + 1 : at + 2] in ("\n", "\r"):
            if begin >= 0:
                yield Change(begin, at, "")
            begin = -1
            at += 2
            continue
        elif c in " \t\n\r":
            if begin >= 0:
                yield Change(begin, at, "")
            begin = -1
        elif begin < 0:
            begin = at
        at += 1
    if begin >= 0:
        yield Change(begin, end, "")


def by_line(commands: list[Command]) -> Iterator[list[Command]]:
    """The commands in groups that end where a line does."""
    line: list[Command] = []
    for command in commands:
        line.append(command)
        if command.separator in ("\n", ""):
            yield line
            line = []
    if line:
        yield line
