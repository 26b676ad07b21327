"""Values as the type of their variable has them."""

from __future__ import annotations

from collections.abc import Sequence

from oidc_enforcer.iac import hcl
from oidc_enforcer.iac.hcl import Attribute
from oidc_enforcer.iac.hcl_evaluate import Frame, evaluate
from oidc_enforcer.iac.hcl_functions import to_set
from oidc_enforcer.iac.values import List, Object, Unknown, Value
from oidc_enforcer.source import SourceFile


def typed(value: Value, kind: Attribute | None) -> Value:
    """The value as its variable's type has it: sets in order, defaults of `optional` filled in."""
    return value if kind is None else _converted(value, kind.expression)


def _converted(value: Value, kind: hcl.Expression) -> Value:
    inner = hcl.parts(kind)
    if hcl.name_of(kind) in ("expr_term", "object_elem_key") and len(inner) == 1:
        return _converted(value, inner[0])
    if value is None or isinstance(value, Unknown) or hcl.name_of(kind) != "function_call":
        return value
    name, *rest = inner
    of = hcl.parts(rest[0])[0] if rest else None
    word = hcl.text_of(name)
    if of is None:
        return value
    if word == "object" and isinstance(value, dict):
        return _with_optionals(value, of)
    if word == "map" and isinstance(value, dict):
        return Object({key: _converted(each, of) for key, each in value.items()})
    if word in ("list", "set") and isinstance(value, list):
        made = List((_converted(each, of) for each in value), getattr(value, "sites", ()))
        has_gaps = any(isinstance(each, Unknown) for each in made)
        return to_set(made) if word == "set" and not has_gaps else made
    return value


def _with_optionals(value: dict[str, Value], kind: hcl.Expression) -> Object:
    """Source: Terraform documentation, "Type constraints", optional object type attributes."""
    tree = kind
    while hcl.name_of(tree) == "expr_term":
        tree = hcl.parts(tree)[0]
    made = Object(value, getattr(value, "sites", {}))
    for element in hcl.parts(tree):
        key, below = hcl.parts(element)
        name = hcl.text_of(key).strip('"')
        call = hcl.parts(below)[0] if hcl.parts(below) else below
        is_optional = (
            hcl.name_of(call) == "function_call" and hcl.text_of(hcl.parts(call)[0]) == "optional"
        )
        given = hcl.parts(hcl.parts(call)[1]) if is_optional else []
        if made.get(name) is None and is_optional:
            made[name] = _constant(given[1]) if len(given) > 1 else None
        elif name in made:
            made[name] = _converted(made[name], given[0] if is_optional else below)
    return made


def _constant(tree: hcl.Expression) -> Value:
    """The default of an `optional`, which may only be a constant."""
    return evaluate(tree, Frame(_Nothing(), SourceFile("the variable's type", "")))


class _Nothing:
    """A scope without names."""

    def root(self, name: str, steps: Sequence[str]) -> tuple[Value, int] | None:
        """No name means anything here."""
        return None

    def call(self, name: str, arguments: Sequence[Value]) -> Value | None:
        """No file may be read here."""
        return None

    def spend(self) -> bool:
        """A constant in the code costs no more than reading it did."""
        return True
