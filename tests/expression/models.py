"""Expressions as plain models, drawn at random, printed and compared.

The model is a tree of plain tuples: `("lit", value)`, `("ref", path)`, `("index", base, key)` with
key None for `*`, `("call", name, arguments)`, `("not", x)`, `(operator, left, right)`.
"""

from __future__ import annotations

import json
import math
from typing import Any

from hypothesis import strategies as st

from oidc_enforcer.expression import Reference
from oidc_enforcer.expression.tree import Call, Comparison, Index, Literal, Logical, Node, Not

Model = tuple[Any, ...]
Path = tuple[str, ...]

LEVELS = {"||": 1, "&&": 2, "==": 3, "!=": 3, "<": 4, "<=": 4, ">": 4, ">=": 4}

words = st.sampled_from(["", "a", "A", "ab", "it's", "}}", "1", "0x1", "secrets.Z", "ß", "{0}"])
numbers = st.sampled_from([0.0, -1.0, 1.0, 0.5, 255.0, 1e20, math.nan, math.inf])
others = st.one_of(st.booleans(), st.none())
references = st.builds(
    lambda name, rest: ("ref", (name, *rest)),
    st.sampled_from(["secrets", "env", "inputs", "github"]),
    st.lists(st.sampled_from(["X", "Y", "true", "a-b", "_1"]), max_size=3).map(tuple),
)


def called(inner: st.SearchStrategy[Model]) -> st.SearchStrategy[Model]:
    def call(name: str, *arguments: st.SearchStrategy[Model]) -> st.SearchStrategy[Model]:
        return st.tuples(st.just("call"), st.just(name), st.tuples(*arguments))

    pattern = st.sampled_from(["{0}", "a{0}{1}", "{{{1}}}"]).map(lambda text: ("lit", text))
    test = st.one_of(st.tuples(st.sampled_from(["==", "<"]), inner, inner), st.just(("lit", True)))
    two = st.sampled_from(["contains", "startsWith", "endsWith", "join"])
    return st.one_of(
        two.flatmap(lambda name: call(name, inner, inner)),
        call("format", pattern, inner, inner),
        call("toJSON", inner),
        call("case", test, inner, inner),
        call("always"),
    )


def nodes(inner: st.SearchStrategy[Model]) -> st.SearchStrategy[Model]:
    return st.one_of(callless(inner), called(inner))


def callless(inner: st.SearchStrategy[Model]) -> st.SearchStrategy[Model]:
    """What is made of others by no function, but for an index of what nothing else can index."""
    base = st.one_of(references, inner.map(indexable))
    logical = st.tuples(st.sampled_from(["&&", "||"]), inner, inner)
    return st.one_of(
        st.tuples(st.just("not"), inner),
        st.tuples(st.sampled_from(sorted(LEVELS)), inner, inner),
        logical,
        logical,
        st.tuples(st.just("index"), base, st.none() | inner),
    )


def indexable(model: Model) -> Model:
    """GitHub's grammar has no index after a literal or an operator without parentheses."""
    return model if model[0] in ("ref", "index", "call") else ("call", "toJSON", (model,))


def trees(*literals: st.SearchStrategy[Any], calls: bool = True) -> st.SearchStrategy[Model]:
    literal = st.tuples(st.just("lit"), st.one_of(*literals))
    leaves = st.one_of(literal, references, references)
    return st.recursive(leaves, nodes if calls else callless, max_leaves=12)


models = trees(words, numbers, others)
functionless = trees(words, numbers, others, calls=False)
values = st.one_of(words, numbers, others, st.integers(-3, 300))
seeds = st.lists(values, min_size=7, max_size=7)


def printed(model: Model, level: int = 0, space: str = " ") -> str:
    """With as few parentheses as the grammar allows."""
    kind = model[0]
    if kind == "lit":
        return literal(model[1])
    if kind == "ref":
        return ".".join(model[1])
    if kind == "call":
        return f"{model[1]}({','.join(printed(item, 0, space) for item in model[2])})"
    if kind == "index":
        key = "*" if model[2] is None else printed(model[2], 0, space)
        return f"{printed(model[1], 9, space)}[{space}{key}]"
    if kind == "not":
        return f"!{printed(model[1], 5, space)}"
    own = LEVELS[kind]
    text = f"{printed(model[1], own, space)}{space}{kind}{space}{printed(model[2], own + 1, space)}"
    return f"({text})" if own < level else text


def literal(value: object) -> str:
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    if isinstance(value, float):
        return {"nan": "NaN", "inf": "Infinity"}.get(repr(value), f"{value:g}")
    return json.dumps(value)


def normal(model: Model) -> Model:
    """Runs of one logical operator flat, constant keys part of the path, as the real tree."""
    kind = model[0]
    if kind == "lit":
        return tagged(model[1])
    if kind == "ref":
        return model
    if kind == "not":
        return ("not", normal(model[1]))
    if kind == "call":
        return ("call", model[1].lower(), tuple(map(normal, model[2])))
    if kind == "index":
        base, key = normal(model[1]), model[2]
        if base[0] == "ref" and key is not None and key[0] == "lit":
            return ("ref", (*base[1], text_of(key[1])))
        return ("index", base, None if key is None else normal(key))
    left, right = normal(model[1]), normal(model[2])
    if kind not in ("&&", "||"):
        return (kind, left, right)
    sides = (side[1] if side[0] == kind else (side,) for side in (left, right))
    return (kind, tuple(item for side in sides for item in side))


def text_of(value: object) -> str:
    if isinstance(value, list):
        return "Array"
    if isinstance(value, str):
        return value
    if isinstance(value, bool) or value is None:
        return "" if value is None else str(value).lower()
    named = {"nan": "NaN", "inf": "Infinity"}
    return named.get(str(value)) or f"{value:.15G}"


def tagged(value: object) -> Model:
    """A value that equals only its like: not 1 and True, but NaN and NaN."""
    return ("value", type(value).__name__, repr(value))


def shape(node: Node) -> Model:
    match node:
        case Literal(value):
            return tagged(value)
        case Index(base, key):
            return ("index", shape(base), None if key is None else shape(key))
        case Call(name, arguments):
            return ("call", name, tuple(map(shape, arguments)))
        case Not(operand):
            return ("not", shape(operand))
        case Comparison(operator, left, right):
            return (operator, shape(left), shape(right))
        case Logical(operator, operands):
            return (operator, tuple(map(shape, operands)))
        case Reference(path):
            return ("ref", path)
