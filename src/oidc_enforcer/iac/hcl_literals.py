"""Literals, lists and objects, and the loops that make them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from oidc_enforcer.iac import hcl
from oidc_enforcer.iac.hcl_evaluate import Frame, evaluate, pairs
from oidc_enforcer.iac.hcl_functions import boolean, items, text
from oidc_enforcer.iac.values import List, Object, Site, Unknown, Value

if TYPE_CHECKING:
    from oidc_enforcer.iac.hcl import Expression


def term_value(tree: Expression, frame: Frame) -> Value:
    """What stands in parentheses, or alone."""
    (inner,) = hcl.parts(tree)
    return evaluate(inner, frame)


def literal_value(tree: Expression, frame: Frame) -> Value:
    """`true`, `false` or `null`."""
    return {"true": True, "false": False, "null": None}[hcl.text_of(tree)]


def number_value(tree: Expression, frame: Frame) -> Value:
    """A number."""
    word = hcl.text_of(tree)
    return int(word) if word.lstrip("-").isdigit() else float(word)


def tuple_value(tree: Expression, frame: Frame) -> Value:
    """A list, with the places of its items."""
    found = hcl.parts(tree)
    return List([evaluate(each, frame) for each in found], [frame.site(each) for each in found])


def object_value(tree: Expression, frame: Frame) -> Value:
    """An object, with the places of its members."""
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


def for_value(tree: Expression, frame: Frame) -> Value:
    """A `for` expression that makes a list or an object."""
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
