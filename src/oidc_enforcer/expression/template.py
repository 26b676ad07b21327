"""A YAML value's text to a `Template`: where its expressions are, and what they read.

Source: actions/runner, src/Sdk/WorkflowParser/ObjectTemplating/TemplateReader.cs.
"""

from __future__ import annotations

import functools
import re

from oidc_enforcer.expression.names import CONTEXTS
from oidc_enforcer.expression.parse import MAX_DEPTH, MAX_LENGTH, parse
from oidc_enforcer.expression.reads import Reads
from oidc_enforcer.expression.tree import (
    Expression,
    ExpressionProblem,
    Literal,
    Part,
    Reference,
    Template,
)

_OPEN = "${{"
# Longer texts rarely recur, and would make the caches' size in bytes unbounded.
_LONGEST_CACHED = 512

# A quote opens or closes a string, wherever it stands; `''` inside one does both.
_CLOSE = re.compile(r"[^'}]*+(?:(?:'[^']*+'|\}(?!\}))[^'}]*+)*+\}\}")
# Nine in ten expressions of real workflows: a constant path.
_PATH = re.compile(r"\$\{\{\s*+([A-Za-z_][A-Za-z0-9_-]*+(?:\.[A-Za-z_][A-Za-z0-9_-]*+)*+)\s*+\}\}")


def template(text: str) -> Template:
    """Splits a value into text and expressions; never raises, whatever the text.

    What GitHub would refuse stands in `problems`; of a broken expression, every context path
    that can still be made out counts as read and as flowing.
    """
    if _OPEN not in text:
        # Nearly every value comes by here, and this is a third faster than `Template(…)`.
        return tuple.__new__(Template, (text, (text,), (), (), (), (text,)))
    return (_template if len(text) > _LONGEST_CACHED else _cached_template)(text)


def condition(text: str) -> Template:
    """An `if:`, which is one expression when it has no `${{`; a blank one is true.

    NOTE: with text around a `${{ … }}` it is a string, and as such true: GitHub does the same.
    """
    if _OPEN in text:
        return template(text)
    return (_condition if len(text) > _LONGEST_CACHED else _cached_condition)(text)


def end_of_expression(text: str, start: int) -> int:
    """The offset after the `}}` that closes the `${{` at `start`, -1 if nothing does.

    After -1 GitHub gives the whole text up, so no later `${{` in it need be asked about.
    """
    match = _CLOSE.match(text, start + len(_OPEN))
    return match.end() if match else -1


def _template(text: str) -> Template:
    parts: list[Part] = []
    problems: list[ExpressionProblem] = []
    at = 0
    start = text.find(_OPEN)
    while start >= 0:
        if start > at:
            parts.append(text[at:start])
        expression = _path(text, start) or _braced(text, start, problems)
        parts.append(expression)
        at = expression.end
        start = text.find(_OPEN, at)
    if at < len(text):
        parts.append(text[at:])
    if len(parts) > 1:
        problems.extend(_too_long(text, parts))
    return _assembled(text, parts, problems)


def _condition(text: str) -> Template:
    if not text.strip():
        blank = Expression(text, 0, len(text), Literal(True), (), (), ())
        return Template(text, (blank,), (), (), (), ())
    problems: list[ExpressionProblem] = []
    return _assembled(text, [_parsed(text, 0, len(text), problems)], problems)


_cached_template = functools.lru_cache(maxsize=4096)(_template)
_cached_condition = functools.lru_cache(maxsize=2048)(_condition)


def _path(text: str, start: int) -> Expression | None:
    """The expression at `start` when it is a constant path; equals what `_braced` gives."""
    match = _PATH.match(text, start)
    if match is None:
        return None
    first, last = match.span(1)
    context, *names = match[1].split(".")
    context = context.lower()
    if context not in CONTEXTS or len(names) >= MAX_DEPTH or last - first > MAX_LENGTH:
        return None
    reference = Reference((context, *names), first, last)
    reads = (reference,)
    return Expression(match[0], start, match.end(), reference, reads, reads, ())


def _braced(text: str, start: int, problems: list[ExpressionProblem]) -> Expression:
    end = end_of_expression(text, start)
    if end < 0:
        message = "`${{` is not closed by `}}`"
        problems.append(ExpressionProblem(start, start + len(_OPEN), message))
        return _broken(text, start, len(text))
    if not text[start + len(_OPEN) : end - len("}}")].strip():
        message = "expected an expression between `${{` and `}}`"
        problems.append(ExpressionProblem(start, end, message))
        return _broken(text, start, end)
    return _parsed(text, start, end, problems, delimited=True)


def _parsed(
    text: str,
    start: int,
    end: int,
    problems: list[ExpressionProblem],
    *,
    delimited: bool = False,
) -> Expression:
    inner = (start + len(_OPEN), end - len("}}")) if delimited else (start, end)
    tree, found = parse(text, *inner)
    problems.extend(found)
    if tree is None:
        return _broken(text, start, end)
    seen = Reads()
    seen.visit(tree)
    reads, flows = tuple(seen.reads), tuple(seen.flows)
    return Expression(text[start:end], start, end, tree, reads, flows, tuple(seen.constants))


def _assembled(text: str, parts: list[Part], problems: list[ExpressionProblem]) -> Template:
    first = parts[0]
    if len(parts) == 1 and isinstance(first, Expression):
        return Template(text, (first,), tuple(problems), first.reads, first.flows, first.constants)
    reads: list[Reference] = []
    flows: list[Reference] = []
    for part in parts:
        if isinstance(part, Expression):
            reads.extend(part.reads)
            flows.extend(part.flows)
    return Template(text, tuple(parts), tuple(problems), tuple(reads), tuple(flows), ())


def _too_long(text: str, parts: list[Part]) -> list[ExpressionProblem]:
    """GitHub turns text with expressions into one call of `format`, and limits its length."""
    if 2 * len(text) <= MAX_LENGTH - 1000:
        return []
    length = len("format('')")
    number = 0
    for part in parts:
        if isinstance(part, str):
            length += len(part) + sum(map(part.count, "'{}"))
            continue
        length += len(f"{{{number}}}, ") + len(part.source[3:-2].strip())
        number += 1
    if length <= MAX_LENGTH:
        return []
    message = f"text with expressions is longer than {MAX_LENGTH} characters"
    return [ExpressionProblem(0, len(text), message)]


@functools.cache
def _readable() -> re.Pattern[str]:
    return re.compile(
        rf"(?<![A-Za-z0-9_-])(?P<context>{'|'.join(sorted(CONTEXTS))})(?![A-Za-z0-9_-])"
        r"(?P<path>(?:\.(?:[A-Za-z_][A-Za-z0-9_-]*+|\*)|\[\s*+(?:'[^']*+'|[0-9]++|\*)\s*+\])*+)"
        r"(?:(?=\[(?P<computed>[^\[\]]{0,256}+))|)",
        re.IGNORECASE | re.ASCII,
    )


@functools.cache
def _name() -> re.Pattern[str]:
    return re.compile(r"'([^']*+)'|([A-Za-z0-9_-]++)|\*")


@functools.cache
def _words() -> re.Pattern[str]:
    return re.compile(r"""['"]([^'"]++)['"]""")


def _broken(text: str, start: int, end: int) -> Expression:
    """What can be made out of text that GitHub refuses; quotes are ignored, as they may be why."""
    reads: list[Reference] = []
    for match in _readable().finditer(text, start, end):
        names: list[str | None] = [match["context"].lower()]
        names.extend(name[1] or name[2] for name in _name().finditer(match["path"]))
        hint = ""
        if match["computed"] is not None:
            names.append(None)
            hint = " ".join(_words().findall(match["computed"]))
        last = max(match.end(), match.end("computed"))
        reads.append(Reference(tuple(names), match.start(), last, hint))
    found = tuple(reads)
    return Expression(text[start:end], start, end, None, found, found, ())
