"""Templates: quoted strings, heredocs and template files, with `${ … }` and `%{ … }` in them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple, TypedDict

from oidc_enforcer.iac import hcl, hcl_template
from oidc_enforcer.iac.hcl_evaluate import Frame, evaluate, pairs
from oidc_enforcer.iac.hcl_functions import boolean, text
from oidc_enforcer.iac.values import MAX_TEXT, Piece, Rendered, Site, Unknown, Value

if TYPE_CHECKING:
    from oidc_enforcer.iac.hcl import Expression


class Item(NamedTuple):
    """A part of a template: `text`, `value`, `if`, `else`, `endif`, `for` or `endfor`.

    `strips` are whether it takes the blanks before and behind it. `is_plain`: the text stands in
    the file as it is.
    """

    kind: str
    site: Site
    text: str = ""
    is_plain: bool = False
    expression: Expression | None = None
    frame: Frame | None = None
    names: tuple[str, ...] = ()
    strips: tuple[bool, bool] = (False, False)


def quoted(tree: Expression, frame: Frame) -> Value:
    """A quoted string; one that is nothing but an expression has the expression's own value."""
    items = [_of_tree(hcl.children(part)[0], frame) for part in hcl.parts(tree)]
    return _render(items)


def heredoc(tree: Expression, frame: Frame) -> Value:
    """A heredoc."""
    begin = frame.site(tree).offset
    document = hcl_template.heredoc(hcl.text_of(tree))
    return template(document.text, frame, lambda at: begin + document.offset(at))


def template(whole: str, frame: Frame, offset_of: Callable[[int], int]) -> Value:
    """A template that is not quoted; `offset_of` tells where a character stands in the file."""
    try:
        items = list(_of_text(whole, frame, offset_of))
    except (hcl_template.TemplateError, hcl.HclError) as problem:
        return Unknown(f"a template ({Site(frame.source, offset_of(0))}): {problem.message}")
    return _render(items)


# -- parts --------------------------------------------------------------------------------------

_DIRECTIVES = {
    "template_if_start": "if",
    "template_else": "else",
    "template_endif": "endif",
    "template_for_start": "for",
    "template_endfor": "endfor",
}


def _of_tree(part: Expression, frame: Frame) -> Item:
    rule, site = hcl.name_of(part), frame.site(part)
    if rule == "interpolation":
        return Item("value", site, expression=hcl.parts(part)[0], frame=frame)
    if rule not in _DIRECTIVES:
        word = str(part)
        plain = "\\" not in word
        return Item("text", site, hcl.unescaped(word[rule.startswith("ESCAPED") :]), plain)
    kind = _DIRECTIVES[rule]
    inner = hcl.parts(part)
    marks = [hcl.name_of(each) for each in hcl.children(part)]
    strips = (marks[1] == "STRIP_MARKER", marks[-2] == "STRIP_MARKER")
    expression = inner[-1] if kind in ("if", "for") else None
    names = tuple(map(hcl.text_of, inner[:-1])) if kind == "for" else ()
    return Item(kind, site, expression=expression, frame=frame, names=names, strips=strips)


_FOR = re.compile(r"\s*for\s+([\w-]+)\s*(?:,\s*([\w-]+)\s*)?in\s(.*)", re.S)
_IF = re.compile(r"\s*if\s(.*)", re.S)


def _of_text(whole: str, frame: Frame, offset_of: Callable[[int], int]) -> Iterator[Item]:
    for part in hcl_template.parts(whole):
        site = Site(frame.source, offset_of(part.offset))
        if part.kind == "text":
            at = part.offset
            for line in part.text.splitlines(keepends=True):
                yield Item("text", Site(frame.source, offset_of(at)), line, True)
                at += len(line)
        elif part.kind == "value":
            yield Item("value", site, **_parsed(part.text, 0, site, frame), strips=part.strips)
        else:
            yield _directive(part, site, frame)


def _directive(part: hcl_template.Part, site: Site, frame: Frame) -> Item:
    word = part.text.strip()
    if word in ("else", "endif", "endfor"):
        return Item(word, site, strips=part.strips)
    if found := _IF.fullmatch(part.text):
        given = _parsed(found[1], found.start(1), site, frame)
        return Item("if", site, **given, strips=part.strips)
    if found := _FOR.fullmatch(part.text):
        names = tuple(each for each in (found[1], found[2]) if each)
        given = _parsed(found[3], found.start(3), site, frame)
        return Item("for", site, **given, names=names, strips=part.strips)
    raise hcl_template.TemplateError(f"`%{{ {word[:40]} }}` is no directive", part.offset)


class _Parsed(TypedDict):
    expression: Expression
    frame: Frame


def _parsed(word: str, at: int, site: Site, frame: Frame) -> _Parsed:
    shift = site.offset + at - hcl.EXPRESSION_SHIFT
    return {"expression": hcl.parse_expression(word), "frame": frame._replace(shift=shift)}


# -- rendering ----------------------------------------------------------------------------------


class _Untold(Exception):  # noqa: N818 - not an error: the answer is Unknown
    def __init__(self, why: Unknown) -> None:
        super().__init__(why.reason)
        self.why = why


def _render(items: Sequence[Item]) -> Value:
    if len(items) == 1 and items[0].kind == "value":
        only = items[0]
        assert only.expression is not None
        assert only.frame is not None
        return evaluate(only.expression, only.frame)
    rendering = _Rendering(_stripped(items))
    try:
        end = rendering.run(0, {}, is_shown=True)
    except _Untold as problem:
        return problem.why
    if end != len(items):
        raise ValueError(f"a template's `{items[end].kind}` closes nothing")
    return Rendered.of("".join(rendering.words), rendering.pieces)


def _stripped(items: Sequence[Item]) -> list[Item]:
    """Takes away the blanks that `~` marks ask for."""
    found = list(items)
    for at, item in enumerate(items):
        if item.strips[0] and at and found[at - 1].kind == "text":
            before = found[at - 1]
            found[at - 1] = before._replace(text=before.text.rstrip())
        if item.strips[1] and at + 1 < len(found) and found[at + 1].kind == "text":
            behind = found[at + 1]
            found[at + 1] = behind._replace(text=behind.text.lstrip(), is_plain=False)
    return found


class _Rendering:
    def __init__(self, items: Sequence[Item]) -> None:
        self.items = items
        self.words: list[str] = []
        self.pieces: list[Piece] = []
        self.length = 0

    def run(self, at: int, names: Mapping[str, Value], *, is_shown: bool) -> int:
        """Renders until a directive closes or goes on with what is around; returns its place."""
        while at < len(self.items):
            item = self.items[at]
            if item.kind in ("else", "endif", "endfor"):
                return at
            if item.kind == "if":
                at = self._if(at, names, is_shown=is_shown)
            elif item.kind == "for":
                at = self._for(at, names, is_shown=is_shown)
            elif is_shown:
                self._put(item, names)
            at += 1
        return at

    def _if(self, at: int, names: Mapping[str, Value], *, is_shown: bool) -> int:
        holds = is_shown and boolean(self._value(self.items[at], names))
        end = self.run(at + 1, names, is_shown=is_shown and holds)
        if self._kind(end) == "else":
            end = self.run(end + 1, names, is_shown=is_shown and not holds)
        return self._closed(end, "endif")

    def _for(self, at: int, names: Mapping[str, Value], *, is_shown: bool) -> int:
        item = self.items[at]
        found = pairs(self._value(item, names)) if is_shown else ()
        for key, value in found:
            given = (key, value) if len(item.names) == 2 else (value,)
            inner = {**names, **dict(zip(item.names, given, strict=True))}
            self._closed(self.run(at + 1, inner, is_shown=True), "endfor")
        return self._closed(self.run(at + 1, names, is_shown=False), "endfor")

    def _kind(self, at: int) -> str:
        return self.items[at].kind if at < len(self.items) else "end"

    def _closed(self, at: int, kind: str) -> int:
        if self._kind(at) != kind:
            raise ValueError(f"a template's `{kind}` is missing")
        return at

    def _value(self, item: Item, names: Mapping[str, Value]) -> Value:
        assert item.expression is not None
        assert item.frame is not None
        value = evaluate(item.expression, item.frame.with_names(names))
        if isinstance(value, Unknown):
            raise _Untold(value)
        return value

    def _put(self, item: Item, names: Mapping[str, Value]) -> None:
        word = item.text if item.kind == "text" else text(self._value(item, names))
        self.pieces.append(Piece(self.length, len(word) if item.is_plain else 0, item.site))
        self.words.append(word)
        self.length += len(word)
        if self.length > MAX_TEXT:
            raise OverflowError(f"a text of more than {MAX_TEXT:,} characters")
