"""Names with their attributes, indexes and splats."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from oidc_enforcer.iac import hcl
from oidc_enforcer.iac.hcl_evaluate import Frame, Refused, because, evaluate
from oidc_enforcer.iac.hcl_functions import kind, text
from oidc_enforcer.iac.values import List, Unknown, Value

if TYPE_CHECKING:
    from oidc_enforcer.iac.hcl import Expression


_TRAVERSALS = {
    "get_attr_expr_term",
    "index_expr_term",
    "attr_splat_expr_term",
    "full_splat_expr_term",
}


def reference(tree: Expression, frame: Frame) -> Value:
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
        return Refused(because(tree, frame, f"nothing here is called `{name}`"))
    value, taken = found
    if isinstance(value, Unknown):
        shown = because(tree, frame, value.reason)
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
