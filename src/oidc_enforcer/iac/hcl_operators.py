"""Operators, conditionals and calls."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from oidc_enforcer.iac import hcl
from oidc_enforcer.iac.hcl_evaluate import Frame, Refused, evaluate, unknown
from oidc_enforcer.iac.hcl_functions import FUNCTIONS, boolean, items, kind
from oidc_enforcer.iac.values import List, Unknown, Value, first_unknown

if TYPE_CHECKING:
    from oidc_enforcer.iac.hcl import Expression

#: Functions that only pass members on, so that one unknown member does not spoil the others.
_SHALLOW = frozenset(
    "coalescelist concat element jsonencode keys length lookup merge nonsensitive one reverse"
    " sensitive setproduct slice tolist tomap values zipmap".split()
)


def conditional(tree: Expression, frame: Frame) -> Value:
    """`condition ? yes : no`; an open condition does not matter where both are the same."""
    condition, yes, no = hcl.parts(tree)
    decided = evaluate(condition, frame)
    if isinstance(decided, Unknown):
        either = evaluate(yes, frame), evaluate(no, frame)
        same = first_unknown(List(either)) is None and either[0] == either[1]
        return either[0] if same else decided
    return evaluate(yes if boolean(decided) else no, frame)


def unary(tree: Expression, frame: Frame) -> Value:
    """`-` and `!`."""
    value = evaluate(hcl.parts(tree)[-1], frame)
    if isinstance(value, Unknown):
        return value
    if hcl.text_of(tree).lstrip().startswith("!"):
        return not boolean(value)
    return -_numeric(value)


def binary(tree: Expression, frame: Frame) -> Value:
    """Arithmetic, comparison and logic."""
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


def call(tree: Expression, frame: Frame) -> Value:
    """A function call."""
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
        return unknown(tree, frame, f"the function `{name}` is not followed")
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
