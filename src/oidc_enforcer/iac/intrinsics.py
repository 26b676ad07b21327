"""What CloudFormation's intrinsic functions give, as far as the template alone decides.

Source: AWS CloudFormation Template Reference, "Intrinsic function reference".
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from oidc_enforcer.iac.hcl_functions import items, text
from oidc_enforcer.iac.values import MAX_TEXT, List, Object, Unknown, Value

if TYPE_CHECKING:
    from oidc_enforcer.iac.template import Template


def as_object(value: Value) -> Object:
    """The value where it is an object, else an empty one."""
    return value if isinstance(value, Object) else Object({})


_SUB = re.compile(r"\$\{(!?)([^}]*)\}")


def _sub(template: Template, argument: Value) -> Value:
    values: dict[str, Value] = {}
    if isinstance(argument, list):
        pattern, given = argument
        values = {name: template.resolve(each) for name, each in as_object(given).items()}
    else:
        pattern = argument
    missing: list[Unknown] = []

    def one(found: re.Match[str]) -> str:
        if found[1]:
            return "${" + found[2] + "}"
        name = found[2].strip()
        value = values[name] if name in values else _sub_reference(template, name)
        if isinstance(value, Unknown):
            missing.append(Unknown(f"`${{{name}}}`: {value.reason}"))
            return ""
        return text(value)

    made = _SUB.sub(one, text(pattern))
    return missing[0] if missing else _bounded(made)


def _sub_reference(template: Template, name: str) -> Value:
    resource, dot, attribute = name.partition(".")
    return template.attribute(resource, attribute) if dot else template.named(name)


def _bounded(made: str) -> Value:
    return made if len(made) <= MAX_TEXT else Unknown("a text that is too long")


def _join(template: Template, argument: Value) -> Value:
    by, listed = items(argument)
    values = template.resolve(listed)
    if isinstance(values, Unknown):
        return values
    for each in items(values):
        if isinstance(each, Unknown):
            return each
    return _bounded(text(by).join(text(each) for each in items(values)))


def _select(template: Template, argument: Value) -> Value:
    index, listed = (template.resolve(each) for each in items(argument))
    for each in (index, listed):
        if isinstance(each, Unknown):
            return each
    return items(listed)[int(text(index))]


def _split(template: Template, argument: Value) -> Value:
    by, whole = (template.resolve(each) for each in items(argument))
    return whole if isinstance(whole, Unknown) else List(text(whole).split(text(by)))


def _find_in_map(template: Template, argument: Value) -> Value:
    keys = [template.resolve(each) for each in items(argument)]
    for each in keys:
        if isinstance(each, Unknown):
            return each
    found: Value = template.part("Mappings")
    for each in keys[:3]:
        found = as_object(found)[text(each)]
    return found


def _if(template: Template, argument: Value) -> Value:
    name, yes, no = items(argument)
    holds = template.holds(text(name))
    if isinstance(holds, Unknown):
        return holds
    return template.resolve(yes if holds else no)


def _equals(template: Template, argument: Value) -> Value:
    one, other = (template.resolve(each) for each in items(argument))
    for each in (one, other):
        if isinstance(each, Unknown):
            return each
    return text(one) == text(other) if not isinstance(one, list) else one == other


def _not(template: Template, argument: Value) -> Value:
    (value,) = (template.resolve(each) for each in items(argument))
    return value if isinstance(value, Unknown) else not value


def _every(decides: bool) -> Callable[[Template, Value], Value]:
    """`And` is decided by one that does not hold, `Or` by one that does."""

    def rule(template: Template, argument: Value) -> Value:
        values = [template.resolve(each) for each in items(argument)]
        if decides in [each for each in values if isinstance(each, bool)]:
            return decides
        missing = next((each for each in values if isinstance(each, Unknown)), None)
        return not decides if missing is None else missing

    return rule


def _get_att(template: Template, argument: Value) -> Value:
    name, attribute = (
        items(argument) if isinstance(argument, list) else text(argument).split(".", 1)
    )
    return template.attribute(text(name), text(attribute))


FUNCTIONS: dict[str, Callable[[Template, Value], Value]] = {
    "Condition": lambda template, name: template.holds(text(name)),
    "Fn::And": _every(decides=False),
    "Fn::Equals": _equals,
    "Fn::FindInMap": _find_in_map,
    "Fn::GetAtt": _get_att,
    "Fn::If": _if,
    "Fn::ImportValue": lambda template, name: Unknown("another stack exports it"),
    "Fn::Join": _join,
    "Fn::Not": _not,
    "Fn::Or": _every(decides=True),
    "Fn::Select": _select,
    "Fn::Split": _split,
    "Fn::Sub": _sub,
    "Ref": lambda template, name: template.named(text(name)),
}
