"""Comments that ask for an exception: `# oidc-enforcer: ignore[rule] until 2027-01-31 -- reason`.

Only what YAML takes for a comment counts: what stands in a string, in a script, in another comment
or behind the point where the file could be read is text, and text of others may get there. A
comment speaks for its own line, or, alone on its line, for the next line that is no such comment;
where that line opens a block scalar (`run: |`), for the whole of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from oidc_enforcer import yaml_tree
from oidc_enforcer.config.dates import is_date
from oidc_enforcer.source import Ranges, SourceFile, Span
from oidc_enforcer.suppress import EXCEPTION_MARK
from oidc_enforcer.yaml_tree import Node

_MARK = re.compile(r"#+[ \t]*oidc-enforcer:")
_FORM = re.compile(
    r"#+[ \t]*oidc-enforcer:[ \t]*(?P<verb>\S*?)(?:\[(?P<rules>[^\]]*)\])?(?P<rest>\s.*|$)"
)
_UNTIL = re.compile(r"\s*until\s+(\S+)")
FORM = "`# oidc-enforcer: ignore[rule] until 2026-12-31 -- reason`"
#: More in one file are an attack on whoever reads it.
_MOST = 1000


class Ignore(NamedTuple):
    """A comment that asks for an exception.

    `line` is the line that it speaks for, `inside` the block scalar that opens there. `problem`
    says why it cannot count, however it is dated.
    """

    span: Span
    rules: tuple[str, ...]
    until: str
    reason: str
    line: int
    inside: Span | None = None
    problem: str = ""


def ignores(file: SourceFile, root: Node | None, unread_from: int | None) -> tuple[Ignore, ...]:
    """Every such comment of a file, whole or not; `root` and `unread_from` are its tree's."""
    if EXCEPTION_MARK not in file.text:
        return ()
    return tuple(_ignores(file, root, unread_from))


def _ignores(file: SourceFile, root: Node | None, unread_from: int | None) -> Iterator[Ignore]:
    text = file.text
    marks = [match.start() for match in _MARK.finditer(text)]
    if not marks or root is None:
        return
    scalars = Ranges(_scalars(root))
    blocks = {
        file.region(Span(start, start)).line: Span(start, end) for start, end in _blocks(root)
    }
    for start in marks[:_MOST]:
        line = file.region(Span(start, start)).line
        if unread_from is not None and start >= unread_from:
            continue
        if not _is_comment(file, start, line, scalars):
            continue
        words = file.line(line)[start - file.line_span(line).start :].rstrip()
        span = Span(start, start + len(words))
        target = _target(file, line, start)
        yield _parsed(words)._replace(span=span, line=target, inside=blocks.get(target))


def _is_comment(file: SourceFile, at: int, line: int, scalars: Ranges) -> bool:
    """Whether a comment begins here: after a blank or the line's start, and outside scalars."""
    begin = file.line_span(line).start
    before = file.text[begin:at]
    for found in re.finditer(r"(?:^|(?<=[ \t]))#", before + "#"):
        place = begin + found.start()
        if place not in scalars:
            return place == at
    return False


def _target(file: SourceFile, line: int, at: int) -> int:
    if file.text[file.line_span(line).start : at].strip():
        return line
    last = len(file.line_starts)
    line += 1
    while line < last and _MARK.match(file.line(line).lstrip()):
        line += 1
    return line


def _parsed(words: str) -> Ignore:
    """What the comment says; its place comes later."""
    found = _FORM.match(words)
    if found is None or found["verb"] != "ignore":
        return _incomplete((), "", "", f"this is no exception: write {FORM}")
    rules = tuple(dict.fromkeys(rule.strip() for rule in (found["rules"] or "").split(",")))
    rules = tuple(rule for rule in rules if rule)
    rest, dashes, reason = found["rest"].partition(" -- ")
    until = _UNTIL.fullmatch(rest.rstrip())
    date = until[1] if until else ""
    reason = " ".join(reason.split())
    problem = ""
    if not rules:
        problem = f"names no rule: write {FORM}"
    elif not date:
        problem = f"has no end: write {FORM}"
    elif not is_date(date):
        problem = f"ends on `{date}`, which is no day of the calendar: write {FORM}"
    elif not dashes or not reason:
        problem = f"gives no reason: write {FORM}"
    return _incomplete(rules, date, reason, problem)


def _incomplete(rules: tuple[str, ...], until: str, reason: str, problem: str) -> Ignore:
    return Ignore(Span(0, 0), rules, until, reason, 0, None, problem)


def _scalars(root: Node) -> Iterator[Span]:
    """Where text stands that is no comment; of a block scalar without its header line."""
    for node in yaml_tree.all_scalars(root, keys=True):
        start, end = node.span
        if node.style in ("|", ">"):
            newline = node._source.find("\n", start, end)
            start = end if newline < 0 else newline + 1
        if end > start:
            yield Span(start, end)


def _blocks(root: Node) -> Iterator[Span]:
    for node in yaml_tree.all_scalars(root, keys=True):
        if node.style in ("|", ">"):
            yield node.span
