"""The value of an expression when only some of what it reads is known.

Three-valued: what an unknown value cannot change is decided. `false && UNKNOWN` is false, and so
is the truth of `UNKNOWN && false`, although its value may be any falsy one; `UNKNOWN || 'x'` is
true in the same sense.
"""

from __future__ import annotations

from collections.abc import Callable

from oidc_enforcer.expression.functions import call, choose, concatenate
from oidc_enforcer.expression.tree import (
    Call,
    Comparison,
    Expression,
    Index,
    Literal,
    Logical,
    Node,
    Not,
    Reference,
    Template,
)
from oidc_enforcer.expression.values import (
    UNKNOWN,
    Unknown,
    as_string,
    equal,
    every_item,
    item,
    less,
    truth_of,
)
from oidc_enforcer.records import NamedTuple

#: Gives the value at a constant path (the context in lower case, other names as written): None
#: (null) where there is nothing, `UNKNOWN` where that cannot be said.
Lookup = Callable[[tuple[str, ...]], object]


def evaluate(what: Template | Expression, lookup: Lookup) -> object:
    """The result by GitHub's rules, or `UNKNOWN`; numbers are floats, arrays and objects JSON's.

    `always()` is true; `success()`, `failure()`, `cancelled()` and `hashFiles()` are unknown, as
    is everything GitHub would fail at. Text around expressions makes the result a string.
    """
    value = _result(what, lookup)
    return UNKNOWN if isinstance(value, Unknown) else value


def truth(what: Template | Expression, lookup: Lookup) -> bool | None:
    """Whether an `if:` holds as it is written, None when that is not known.

    The `success()` that GitHub adds to a condition without a status function is left to the
    caller: it depends on the run, not on the text.
    """
    return truth_of(_result(what, lookup))


def _result(what: Template | Expression, lookup: Lookup) -> object:
    if isinstance(what, Expression):
        return UNKNOWN if what.tree is None else value_of(what.tree, lookup)
    if len(what.parts) == 1:
        part = what.parts[0]
        return part if isinstance(part, str) else _result(part, lookup)
    return concatenate(
        part if isinstance(part, str) else _result(part, lookup) for part in what.parts
    )


def value_of(node: Node, lookup: Lookup) -> object:
    """The value of a tree, or one of `Unknown`."""
    match node:
        case Literal(value):
            return value
        case Reference():
            return lookup(tuple(name or "" for name in node.path))
        case Index():
            reached = _reached(node, lookup)
            return lookup(reached.path) if isinstance(reached, _Place) else reached
        case Not(operand):
            holds = truth_of(value_of(operand, lookup))
            return UNKNOWN if holds is None else not holds
        case Comparison(operator, left, right):
            return _compare(operator, value_of(left, lookup), value_of(right, lookup))
        case Logical(operator, operands):
            return _logical(operands, lookup, conjunction=operator == "&&")
        case Call("case", arguments):
            return choose([value_of(argument, lookup) for argument in arguments])
        case Call(function, arguments):
            return call(function, [value_of(argument, lookup) for argument in arguments])


def constant(node: Node) -> object:
    """The value that a tree has whatever it reads, or one of `Unknown`."""
    return value_of(node, lambda _: UNKNOWN)


def _logical(operands: tuple[Node, ...], lookup: Lookup, *, conjunction: bool) -> object:
    """The first operand that decides (falsy for `&&`, truthy for `||`), else the last one."""
    result: object = conjunction
    in_doubt = False
    for operand in operands:
        result = value_of(operand, lookup)
        holds = truth_of(result)
        if holds is (not conjunction):
            break
        in_doubt = in_doubt or holds is None
    if not in_doubt:
        return result
    # An operand that we do not know may be the result instead, but only with the same truth.
    if truth_of(result) is (not conjunction):
        return Unknown.FALSY if conjunction else Unknown.TRUTHY
    return UNKNOWN


def _compare(operator: str, left: object, right: object) -> object:
    if isinstance(left, Unknown) or isinstance(right, Unknown):
        return UNKNOWN
    if operator == "==":
        return equal(left, right)
    if operator == "!=":
        return not equal(left, right)
    if operator[0] == ">":
        left, right = right, left
    return less(left, right) or (operator[-1] == "=" and equal(left, right))


class _Place(NamedTuple):
    """A path that starts at a context and is not looked up yet."""

    path: tuple[str, ...]


def _reached(node: Node, lookup: Lookup) -> object:
    """A `_Place` while every key is known, else a value; every key is evaluated once."""
    if isinstance(node, Reference):
        return _Place(tuple(name or "" for name in node.path))
    if not isinstance(node, Index):
        return value_of(node, lookup)
    base = _reached(node.base, lookup)
    key = None if node.key is None else value_of(node.key, lookup)
    if isinstance(key, Unknown):
        return UNKNOWN
    if isinstance(base, _Place):
        if node.key is not None and not isinstance(key, list | dict):
            return _Place((*base.path, as_string(key)))
        base = lookup(base.path)
    if isinstance(base, Unknown):
        return UNKNOWN
    return every_item(base) if node.key is None else item(base, key)
