"""Gives Terraform's expressions their values.

What a name stands for is asked of a `Scope`; everything else is decided here. An expression that
cannot be resolved is Unknown and says which one and where; one that Terraform itself would refuse
is Unknown too, as `try` and `can` must tell these apart, with `Refused`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple, Protocol

from oidc_enforcer.iac import hcl, hcl_template
from oidc_enforcer.iac.hcl_functions import FUNCTIONS, boolean, items, kind, text
from oidc_enforcer.iac.values import (
    MAX_DEPTH,
    MAX_ITEMS,
    MAX_TEXT,
    List,
    Object,
    Piece,
    Rendered,
    Site,
    Unknown,
    Value,
    first_unknown,
)
from oidc_enforcer.source import SourceFile

if TYPE_CHECKING:
    from oidc_enforcer.iac.hcl import Expression

#: Expressions evaluated for one configuration; real ones need some thousands.
MAX_STEPS = 400_000
#: Functions that only pass members on, so that one unknown member does not spoil the others.
_SHALLOW = frozenset(
    "coalescelist concat element jsonencode keys length lookup merge nonsensitive one reverse"
    " sensitive setproduct slice tolist tomap values zipmap".split()
)
_REFUSALS = (TypeError, ValueError, KeyError, IndexError, StopIteration, ZeroDivisionError)


class Refused(Unknown):
    """What Terraform would refuse: `try` goes on to its next argument."""


class Scope(Protocol):
    """What the names in an expression stand for."""

    def root(self, name: str, steps: Sequence[str]) -> tuple[Value, int] | None:
        """The value behind `name.step…`, and how many steps it took; None: no such name."""
        ...

    def call(self, name: str, arguments: Sequence[Value]) -> Value | None:
        """What a function that reads files gives; None when it is none of these."""
        ...

    def spend(self) -> bool:
        """Whether one more expression may be evaluated."""
        ...


class Frame(NamedTuple):
    """Where an expression stands: its file, and the names that `for`, `each` and the like give.

    `shift` is added to the places of a tree that was parsed from a part of the file.
    """

    scope: Scope
    source: SourceFile
    names: Mapping[str, Value] = {}
    shift: int = 0
    depth: int = 0

    def site(self, tree: Expression) -> Site:
        """Where an expression stands."""
        at = min(hcl.start(tree) + self.shift, len(self.source.text))
        return Site(self.source, at)

    def with_names(self, names: Mapping[str, Value]) -> Frame:
        """The same place with further names."""
        return self._replace(names={**self.names, **names})


def evaluate(tree: Expression, frame: Frame) -> Value:
    """The value of an expression; never raises for what the text may hold."""
    if frame.depth > MAX_DEPTH:
        return _unknown(tree, frame, "nested too deep")
    if not frame.scope.spend():
        return _unknown(tree, frame, "there is too much to evaluate")
    rule = _RULES.get(hcl.name_of(tree))
    if rule is None:
        return _unknown(tree, frame, "this form is not followed")
    try:
        return rule(tree, frame._replace(depth=frame.depth + 1))
    except _REFUSALS as problem:
        return Refused(_because(tree, frame, _told(problem)))
    except (NotImplementedError, OverflowError) as problem:
        return _unknown(tree, frame, f"{problem} is not followed")


def _told(problem: Exception) -> str:
    if isinstance(problem, KeyError):
        return f"there is no `{str(problem.args[0])[:60]}`" if problem.args else "there is none"
    return str(problem) if str(problem) else "there is none"


def _because(tree: Expression, frame: Frame, why: str) -> str:
    begin = frame.site(tree)
    end = getattr(getattr(tree, "meta", None), "end_pos", None)
    length = (end or 0) - hcl.start(tree)
    shown = " ".join(frame.source.text[begin.offset : begin.offset + max(length, 1)].split())
    shown = shown if len(shown) <= 80 else shown[:77] + "..."
    return f"`{shown}` ({begin}): {why}"


def _unknown(tree: Expression, frame: Frame, why: str) -> Unknown:
    return Unknown(_because(tree, frame, why))


# -- literals and templates ---------------------------------------------------------------------


def _term(tree: Expression, frame: Frame) -> Value:
    (inner,) = hcl.parts(tree)
    return evaluate(inner, frame)


def _literal(tree: Expression, frame: Frame) -> Value:
    return {"true": True, "false": False, "null": None}[hcl.text_of(tree)]


def _number(tree: Expression, frame: Frame) -> Value:
    word = hcl.text_of(tree)
    return int(word) if word.lstrip("-").isdigit() else float(word)


def _string(tree: Expression, frame: Frame) -> Value:
    inner = hcl.parts(tree)
    if (
        len(inner) == 1
        and (only := hcl.parts(inner[0]))
        and hcl.name_of(only[0]) == "interpolation"
    ):
        return evaluate(hcl.parts(only[0])[0], frame)
    made: list[tuple[Value, Site, bool]] = []
    for part in inner:
        child = hcl.children(part)[0]
        if hcl.name_of(child) == "interpolation":
            expression = hcl.parts(child)[0]
            made.append((evaluate(expression, frame), frame.site(child), False))
        elif hasattr(child, "children"):
            return _unknown(tree, frame, "`%{ … }` directives are not followed")
        else:
            word = str(child)
            escaped = hcl.name_of(child).startswith("ESCAPED")
            made.append((hcl.unescaped(word[escaped:]), frame.site(child), "\\" not in word))
    return _joined(made)


def _joined(parts: Sequence[tuple[Value, Site, bool]]) -> Value:
    """Templates' parts as one text that knows where its characters are written."""
    words: list[str] = []
    pieces: list[Piece] = []
    at = 0
    for value, site, is_literal in parts:
        if isinstance(value, Unknown):
            return value
        word = text(value)
        pieces.append(Piece(at, len(word) if is_literal else 0, site))
        words.append(word)
        at += len(word)
        if at > MAX_TEXT:
            raise OverflowError(f"a text of more than {MAX_TEXT:,} characters")
    return Rendered.of("".join(words), pieces)


def _heredoc(tree: Expression, frame: Frame) -> Value:
    begin = frame.site(tree).offset
    document = hcl_template.heredoc(hcl.text_of(tree))
    return template(document.text, frame, lambda at: begin + document.offset(at))


def template(template_text: str, frame: Frame, offset_of: Callable[[int], int]) -> Value:
    """A template that is not quoted; `offset_of` tells where a character stands in the file."""
    made: list[tuple[Value, Site, bool]] = []
    try:
        for part in hcl_template.parts(template_text):
            offset = offset_of(part.offset)
            site = Site(frame.source, offset)
            if not part.is_expression:
                made += _lines(part.text, part.offset, offset_of, frame.source)
                continue
            expression = hcl.parse_expression(part.text)
            inner = frame._replace(shift=offset - hcl.EXPRESSION_SHIFT)
            made.append((evaluate(expression, inner), site, False))
    except (hcl_template.TemplateError, hcl.HclError) as problem:
        return Unknown(f"a template ({Site(frame.source, offset_of(0))}): {problem.message}")
    return _joined(made)


def _lines(
    literal: str, at: int, offset_of: Callable[[int], int], source: SourceFile
) -> Iterator[tuple[Value, Site, bool]]:
    """A literal by its lines, as each may have lost its indent."""
    for line in literal.splitlines(keepends=True):
        yield line, Site(source, offset_of(at)), True
        at += len(line)


# -- containers ---------------------------------------------------------------------------------


def _tuple(tree: Expression, frame: Frame) -> Value:
    found = hcl.parts(tree)
    return List([evaluate(each, frame) for each in found], [frame.site(each) for each in found])


def _object(tree: Expression, frame: Frame) -> Value:
    members: dict[str, Value] = {}
    sites: dict[str, Site] = {}
    for element in hcl.parts(tree):
        key, value = hcl.parts(element)
        name = _key(key, frame)
        if isinstance(name, Unknown):
            return name
        members[text(name)] = evaluate(value, frame)
        sites[text(name)] = frame.site(key)
    return Object(members, sites)


def _key(tree: Expression, frame: Frame) -> Value:
    """A bare word is the key itself; in parentheses or quotes it is an expression."""
    (inner,) = hcl.parts(tree)
    if hcl.name_of(inner) == "keyword":
        return hcl.text_of(inner)
    plain = hcl.parts(inner)
    is_word = hcl.name_of(inner) == "expr_term" and len(hcl.children(inner)) == 1
    if is_word and hcl.name_of(plain[0]) in ("identifier", "literal_value", "int_lit"):
        return hcl.text_of(inner)
    return evaluate(inner, frame)


def _for(tree: Expression, frame: Frame) -> Value:
    intro, *rest = hcl.parts(tree)
    *names, over = hcl.parts(intro)
    condition = next((each for each in rest if hcl.name_of(each) == "for_cond"), None)
    results = [each for each in rest if each is not condition]
    collection = evaluate(over, frame)
    if isinstance(collection, Unknown):
        return collection
    made: list[tuple[Value, ...]] = []
    for key, value in pairs(collection):
        given = (key, value) if len(names) == 2 else (value,)
        words = map(hcl.text_of, names)
        inner = frame.with_names(dict(zip(words, given, strict=True)))
        if condition is not None:
            holds = evaluate(hcl.parts(condition)[0], inner)
            if isinstance(holds, Unknown):
                return holds
            if not boolean(holds):
                continue
        made.append(tuple(evaluate(each, inner) for each in results))
    is_grouped = any(hcl.name_of(each) == "ELLIPSIS" for each in hcl.children(tree))
    return _collected(made, is_object=len(results) == 2, is_grouped=is_grouped)


def _collected(made: list[tuple[Value, ...]], *, is_object: bool, is_grouped: bool) -> Value:
    if not is_object:
        return List(each[0] for each in made)
    members: dict[str, Value] = {}
    for key, value in made:
        if isinstance(key, Unknown):
            return key
        name = text(key)
        if is_grouped:
            group = members.setdefault(name, List([]))
            items(group).append(value)
        elif name in members:
            raise ValueError(f"two elements for the key `{name}`")
        else:
            members[name] = value
    return Object(members)


def pairs(collection: Value) -> list[tuple[Value, Value]]:
    """Keys and values as `for` and `for_each` walk them: maps by the order of their keys."""
    if isinstance(collection, dict):
        found: list[tuple[Value, Value]] = sorted(collection.items())
    else:
        found = list(enumerate(items(collection)))
    if len(found) > MAX_ITEMS:
        raise OverflowError(f"more than {MAX_ITEMS:,} elements")
    return found


# -- references ---------------------------------------------------------------------------------

_TRAVERSALS = {
    "get_attr_expr_term",
    "index_expr_term",
    "attr_splat_expr_term",
    "full_splat_expr_term",
}


def _reference(tree: Expression, frame: Frame) -> Value:
    """A name with its attributes, indexes and splats."""
    steps: list[Expression] = []
    base = tree
    while True:
        inner = hcl.parts(base)
        if hcl.name_of(base) in _TRAVERSALS:
            base, step = inner
            steps.insert(0, step)
        elif hcl.name_of(base) == "expr_term" and _is_chain(base, inner):
            base = inner[0]
        else:
            break
    if hcl.name_of(base) != "identifier":
        return _walk(evaluate(base, frame), steps, tree, frame)
    name = hcl.text_of(base)
    if name in frame.names:
        return _walk(frame.names[name], steps, tree, frame)
    found = frame.scope.root(name, list(_leading_attributes(steps)))
    if found is None:
        return Refused(_because(tree, frame, f"nothing here is called `{name}`"))
    value, taken = found
    if isinstance(value, Unknown):
        shown = _because(tree, frame, value.reason)
        return Refused(shown) if isinstance(value, Refused) else Unknown(shown)
    return _walk(value, steps[taken:], tree, frame)


def _is_chain(tree: Expression, inner: Sequence[Expression]) -> bool:
    names = (*_TRAVERSALS, "identifier")
    return len(hcl.children(tree)) == 1 and hcl.name_of(inner[0]) in names


def _leading_attributes(steps: Sequence[Expression]) -> Iterator[str]:
    for step in steps:
        if hcl.name_of(step) != "get_attr":
            return
        yield hcl.text_of(hcl.parts(step)[0])


def _walk(value: Value, steps: Sequence[Expression], tree: Expression, frame: Frame) -> Value:
    for number, step in enumerate(steps):
        if isinstance(value, Unknown):
            return value
        rule = hcl.name_of(step)
        if rule in ("attr_splat", "full_splat"):
            after = [*hcl.parts(step), *steps[number + 1 :]]
            if value is None:
                return List([])
            each = value if isinstance(value, list) else [value]
            return List(_walk(one, after, tree, frame) for one in each)
        value = _step(value, _index(step, frame))
    return value


def _index(step: Expression, frame: Frame) -> Value:
    rule = hcl.name_of(step)
    if rule == "braces_index":
        return evaluate(hcl.parts(step)[0], frame)
    if rule == "short_index":
        return int(hcl.text_of(step).lstrip("."))
    return hcl.text_of(hcl.parts(step)[0])


class HasAttributes(Protocol):
    """A resource or the like, whose attributes are worked out when they are asked for."""

    def attribute(self, name: str) -> Value:
        """The attribute's value, Unknown where the code does not tell."""
        ...


def _step(value: Value, index: Value) -> Value:
    if isinstance(index, Unknown):
        return index
    if isinstance(value, list):
        position = int(text(index))
        if position < 0:
            raise IndexError(f"there is no element {position}")
        if position >= len(value):
            raise IndexError(f"there is no element {position}, only {len(value)}")
        return value[position]
    if isinstance(value, dict):
        return value[text(index)]
    if hasattr(value, "attribute"):
        found: Value = value.attribute(text(index))
        return found
    raise TypeError(f"{kind(value)} has no `{text(index)}`")


# -- operators and calls ------------------------------------------------------------------------


def _conditional(tree: Expression, frame: Frame) -> Value:
    condition, yes, no = hcl.parts(tree)
    decided = evaluate(condition, frame)
    if isinstance(decided, Unknown):
        either = evaluate(yes, frame), evaluate(no, frame)
        same = first_unknown(List(either)) is None and either[0] == either[1]
        return either[0] if same else decided
    return evaluate(yes if boolean(decided) else no, frame)


def _unary(tree: Expression, frame: Frame) -> Value:
    value = evaluate(hcl.parts(tree)[-1], frame)
    if isinstance(value, Unknown):
        return value
    if hcl.text_of(tree).lstrip().startswith("!"):
        return not boolean(value)
    return -_numeric(value)


def _binary(tree: Expression, frame: Frame) -> Value:
    left_tree, term = hcl.parts(tree)
    sign, right_tree = hcl.parts(term)
    operator = hcl.text_of(sign).split()[-1]
    left, right = evaluate(left_tree, frame), evaluate(right_tree, frame)
    if operator in ("&&", "||"):
        return _logical(operator, left, right)
    missing = first_unknown(left) or first_unknown(right)
    if missing is not None:
        return missing
    if operator in ("==", "!="):
        same = left == right and isinstance(left, bool) is isinstance(right, bool)
        return same is (operator == "==")
    one, other = _numeric(left), _numeric(right)
    return _ARITHMETIC[operator](one, other)


def _logical(operator: str, left: Value, right: Value) -> Value:
    decides = operator == "||"
    known = [boolean(each) for each in (left, right) if not isinstance(each, Unknown)]
    if decides in known:
        return decides
    missing = next((each for each in (left, right) if isinstance(each, Unknown)), None)
    return not decides if missing is None else missing


def _numeric(value: Value) -> float:
    if isinstance(value, str):
        return float(value) if "." in value else int(value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    raise TypeError(f"{kind(value)} is no number")


_ARITHMETIC: dict[str, Callable[[float, float], Value]] = {
    "+": lambda one, other: one + other,
    "-": lambda one, other: one - other,
    "*": lambda one, other: one * other,
    "/": lambda one, other: one / other,
    "%": lambda one, other: one % other,
    "<": lambda one, other: one < other,
    ">": lambda one, other: one > other,
    "<=": lambda one, other: one <= other,
    ">=": lambda one, other: one >= other,
}


def _call(tree: Expression, frame: Frame) -> Value:
    named, *rest = hcl.parts(tree)
    name = hcl.text_of(named)
    given = hcl.parts(rest[-1]) if rest and hcl.name_of(rest[-1]) == "arguments" else []
    if name in ("try", "can"):
        return _attempt(name, given, frame)
    arguments = [evaluate(each, frame) for each in given]
    if rest and hcl.text_of(rest[-1]).endswith("..."):
        *firsts, last = arguments
        arguments = firsts + (items(last) if not isinstance(last, Unknown) else [last])
    for argument in arguments:
        missing = argument if isinstance(argument, Unknown) else None
        if name not in _SHALLOW and missing is None:
            missing = first_unknown(argument)
        if missing is not None:
            return missing
    read = frame.scope.call(name, arguments)
    if read is not None:
        return read
    function = FUNCTIONS.get(name)
    if function is None:
        return _unknown(tree, frame, f"the function `{name}` is not followed")
    return function(*arguments)


def _attempt(name: str, given: Sequence[Expression], frame: Frame) -> Value:
    value: Value = Refused("`try` without an argument")
    for each in given:
        value = evaluate(each, frame)
        if not isinstance(value, Refused):
            break
    if name == "can":
        is_open = isinstance(value, Unknown) and not isinstance(value, Refused)
        return value if is_open else not isinstance(value, Refused)
    return value


_RULES: dict[str, Callable[[Expression, Frame], Value]] = {
    "attr_splat_expr_term": _reference,
    "binary_op": _binary,
    "conditional": _conditional,
    "expr_term": _term,
    "float_lit": _number,
    "for_object_expr": _for,
    "for_tuple_expr": _for,
    "full_splat_expr_term": _reference,
    "function_call": _call,
    "get_attr_expr_term": _reference,
    "heredoc_template": _heredoc,
    "heredoc_template_trim": _heredoc,
    "identifier": _reference,
    "index_expr_term": _reference,
    "int_lit": _number,
    "literal_value": _literal,
    "object": _object,
    "string": _string,
    "tuple": _tuple,
    "unary_op": _unary,
}
