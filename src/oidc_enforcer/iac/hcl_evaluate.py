"""Gives Terraform's expressions their values.

What a name stands for is asked of a `Scope`; everything else is decided here. An expression that
cannot be resolved is Unknown and says which one and where; one that Terraform itself would refuse
is Unknown too, as `try` and `can` must tell these apart, with `Refused`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, NamedTuple, Protocol

from oidc_enforcer.iac import hcl
from oidc_enforcer.iac.hcl_functions import items
from oidc_enforcer.iac.values import (
    MAX_DEPTH,
    MAX_ITEMS,
    Site,
    Unknown,
    Value,
)
from oidc_enforcer.source import SourceFile

if TYPE_CHECKING:
    from oidc_enforcer.iac.hcl import Attribute, Expression

#: Expressions evaluated for one configuration; real ones need some thousands.
MAX_STEPS = 400_000
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
        return unknown(tree, frame, "nested too deep")
    if not frame.scope.spend():
        return unknown(tree, frame, "there is too much to evaluate")
    rule = _rules().get(hcl.name_of(tree))
    if rule is None:
        return unknown(tree, frame, "this form is not followed")
    try:
        return rule(tree, frame._replace(depth=frame.depth + 1))
    except _REFUSALS as problem:
        return Refused(because(tree, frame, _told(problem)))
    except (NotImplementedError, OverflowError) as problem:
        return unknown(tree, frame, f"{problem} is not followed")


def _told(problem: Exception) -> str:
    if isinstance(problem, KeyError):
        return f"there is no `{str(problem.args[0])[:60]}`" if problem.args else "there is none"
    return str(problem) if str(problem) else "there is none"


def because(tree: Expression, frame: Frame, why: str) -> str:
    """Names an expression, its place, and what is the matter."""
    begin = frame.site(tree)
    end = getattr(getattr(tree, "meta", None), "end_pos", None)
    length = (end or 0) - hcl.start(tree)
    shown = " ".join(frame.source.text[begin.offset : begin.offset + max(length, 1)].split())
    shown = shown if len(shown) <= 80 else shown[:77] + "..."
    return f"`{shown}` ({begin}): {why}"


def unknown(tree: Expression, frame: Frame, why: str) -> Unknown:
    """That an expression is not told, and why."""
    return Unknown(because(tree, frame, why))


def worth(attribute: Attribute, frame: Frame) -> Value:
    """The value of an argument, which an override file may have set in place of the block's."""
    return evaluate(attribute.expression, frame._replace(source=attribute.source))


def template(whole: str, frame: Frame) -> Value:
    """What a file gives that is a template."""

    from oidc_enforcer.iac import hcl_text

    try:
        return hcl_text.template(whole, frame, int)
    except _REFUSALS as problem:
        return Refused(f"a template ({frame.source.path}): {_told(problem)}")


def pairs(collection: Value) -> list[tuple[Value, Value]]:
    """Keys and values as `for` and `for_each` walk them: maps by the order of their keys."""
    if isinstance(collection, dict):
        found: list[tuple[Value, Value]] = sorted(collection.items())
    else:
        found = list(enumerate(items(collection)))
    if len(found) > MAX_ITEMS:
        raise OverflowError(f"more than {MAX_ITEMS:,} elements")
    return found


@cache
def _rules() -> dict[str, Callable[[Expression, Frame], Value]]:
    """What gives each form of expression its value; these modules ask this one for its parts."""
    from oidc_enforcer.iac import hcl_literals, hcl_operators, hcl_references, hcl_text

    return {
        "attr_splat_expr_term": hcl_references.reference,
        "binary_op": hcl_operators.binary,
        "conditional": hcl_operators.conditional,
        "expr_term": hcl_literals.term_value,
        "float_lit": hcl_literals.number_value,
        "for_object_expr": hcl_literals.for_value,
        "for_tuple_expr": hcl_literals.for_value,
        "full_splat_expr_term": hcl_references.reference,
        "function_call": hcl_operators.call,
        "get_attr_expr_term": hcl_references.reference,
        "heredoc_template": hcl_text.heredoc,
        "heredoc_template_trim": hcl_text.heredoc,
        "identifier": hcl_references.reference,
        "index_expr_term": hcl_references.reference,
        "int_lit": hcl_literals.number_value,
        "literal_value": hcl_literals.literal_value,
        "object": hcl_literals.object_value,
        "string": hcl_text.quoted,
        "tuple": hcl_literals.tuple_value,
        "unary_op": hcl_operators.unary,
    }
