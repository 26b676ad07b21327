"""`aws_iam_policy_document`: the policy that the data source writes from its blocks.

Source: the AWS provider's documentation of the data source, and what its release 5.100 writes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from oidc_enforcer.iac import hcl
from oidc_enforcer.iac.hcl_evaluate import Frame, pairs, worth
from oidc_enforcer.iac.hcl_functions import items, text
from oidc_enforcer.iac.values import JsonText, List, Object, Site, Unknown, Value, first_unknown
from oidc_enforcer.iac.values import from_json as json_value

if TYPE_CHECKING:
    from oidc_enforcer.iac.hcl import Block, Body
    from oidc_enforcer.iac.terraform_modules import Instance

_SOURCES = (("source_json", False), ("source_policy_documents", True))
_OVERRIDES = (("override_json", False), ("override_policy_documents", True))


class _Unresolved(Exception):  # noqa: N818 - not an error: the answer is Unknown
    def __init__(self, why: Unknown) -> None:
        super().__init__(why.reason)
        self.why = why


class _Placed(NamedTuple):
    """A block to be read, in the frame in which its expressions stand."""

    body: Body
    frame: Frame
    site: Site


def policy_document(instance: Instance) -> Value:
    """The policy as data, with the places of its statements and conditions, or Unknown."""
    try:
        return _document(instance)
    except _Unresolved as problem:
        return problem.why
    except (TypeError, ValueError, KeyError, OverflowError) as problem:
        return Unknown(f"`{instance.address}` ({instance.site()}): {problem}")


def _document(instance: Instance) -> Object:
    top = _Placed(instance.block.body, instance.frame, instance.site())
    version = _optional(top, "version")
    merged: list[tuple[Value, Site]] = []
    versions = []
    for name, is_list in _SOURCES:
        versions += _merge_given(merged, top, name, is_list=is_list)
    own: list[tuple[Value, Site]] = [
        (_statement(each), each.site) for each in _blocks(top, "statement")
    ]
    _merge(merged, own)
    versions.append("2012-10-17" if version is None else text(version))
    for name, is_list in _OVERRIDES:
        versions += _merge_given(merged, top, name, is_list=is_list)
    statements = List([each for each, _ in merged], [site for _, site in merged])
    return Object({"Version": max(versions), "Statement": statements}, {"Statement": top.site})


def _merge_given(
    merged: list[tuple[Value, Site]], top: _Placed, name: str, *, is_list: bool
) -> list[str]:
    """Merges the documents that an argument gives; returns their versions."""
    value = _optional(top, name)
    if value is None:
        return []
    versions = []
    for each in items(value) if is_list else [value]:
        if not text(each).strip():
            continue
        data = each.data if isinstance(each, JsonText) else json_value(text(each))
        if isinstance(data, Unknown):
            raise _Unresolved(data)
        if not isinstance(data, dict) or "Statement" not in data:
            raise ValueError(f"`{name}` gives what is no policy")
        versions.append(text(data.get("Version", "2008-10-17")))
        listed = data["Statement"] if isinstance(data["Statement"], list) else [data["Statement"]]
        sites = listed.sites if isinstance(listed, List) else ()
        _merge(
            merged,
            [(each, sites[at] if at < len(sites) else top.site) for at, each in enumerate(listed)],
        )
    return versions


def _merge(into: list[tuple[Value, Site]], more: Sequence[tuple[Value, Site]]) -> None:
    """A statement replaces the one that has its `Sid`, if it has any."""
    for statement, site in more:
        sid = statement.get("Sid") if isinstance(statement, dict) else None
        for at, (known, _) in enumerate(into):
            if sid and isinstance(known, dict) and known.get("Sid") == sid:
                into[at] = statement, site
                break
        else:
            into.append((statement, site))


def _statement(block: _Placed) -> Object:
    members: dict[str, Value] = {}
    sites: dict[str, Site] = {}
    sid = _optional(block, "sid")
    if sid:
        members["Sid"] = text(sid)
    effect = _optional(block, "effect")
    members["Effect"] = "Allow" if effect is None else text(effect)
    for element, name in _ELEMENTS.items():
        value = _optional(block, name)
        if value is not None:
            members[element] = _texts(value)
            sites[element] = block.site
    for element, name in (("Principal", "principals"), ("NotPrincipal", "not_principals")):
        found = list(_blocks(block, name))
        if found:
            members[element] = _principals(found)
            sites[element] = found[0].site
    conditions = list(_blocks(block, "condition"))
    if conditions:
        members["Condition"] = _conditions(conditions)
        sites["Condition"] = conditions[0].site
    return Object(members, sites)


_ELEMENTS = {
    "Action": "actions",
    "NotAction": "not_actions",
    "Resource": "resources",
    "NotResource": "not_resources",
}


def _principals(blocks: list[_Placed]) -> Value:
    kinds: dict[str, Value] = {}
    sites: dict[str, Site] = {}
    for block in blocks:
        kind = text(_required(block, "type"))
        listed = items(kinds.setdefault(kind, List([])))
        listed.extend(_texts(_required(block, "identifiers")))
        sites.setdefault(kind, block.site)
    if list(kinds) == ["*"] and kinds["*"] == ["*"]:
        return "*"
    return Object(kinds, sites)


def _conditions(blocks: list[_Placed]) -> Object:
    """Blocks of one test and one variable list their values together."""
    operators: dict[str, Value] = {}
    sites: dict[str, Site] = {}
    for block in blocks:
        operator, key = text(_required(block, "test")), text(_required(block, "variable"))
        keys = operators.setdefault(operator, Object({}, {}))
        assert isinstance(keys, Object)
        items(keys.setdefault(key, List([]))).extend(_texts(_required(block, "values")))
        keys.sites = {key: block.site, **keys.sites}
        sites.setdefault(operator, block.site)
    return Object(operators, sites)


def _texts(value: Value) -> List:
    # NOTE: `&{…}` keeps a policy variable from being taken for Terraform's own `${…}`.
    return List(text(each).replace("&{", "${") for each in items(value))


def _required(block: _Placed, name: str) -> Value:
    value = _optional(block, name)
    if value is None:
        raise ValueError(f"a block without `{name}` (line {block.site.line})")
    return value


def _optional(block: _Placed, name: str) -> Value:
    attribute = block.body.attributes.get(name)
    if attribute is None:
        return None
    value = worth(attribute, block.frame)
    missing = first_unknown(value)
    if missing is not None:
        raise _Unresolved(missing)
    return value


def _blocks(top: _Placed, kind: str) -> Iterator[_Placed]:
    """The nested blocks of a kind, those that `dynamic` makes among them, in the code's order."""
    for block in top.body.blocks:
        site = Site(block.source, block.offset)
        if block.kind == kind:
            yield _Placed(block.body, top.frame, site)
        elif block.kind == "dynamic" and block.labels == (kind,):
            yield from _dynamic(block, top.frame, site)


def _dynamic(block: Block, frame: Frame, site: Site) -> Iterator[_Placed]:
    attributes = block.body.attributes
    if "for_each" not in attributes:
        raise ValueError(f"a dynamic block without `for_each` (line {site.line})")
    collection = worth(attributes["for_each"], frame)
    if isinstance(collection, Unknown):
        raise _Unresolved(collection)
    named = attributes.get("iterator")
    name = hcl.text_of(named.expression) if named else block.labels[0]
    for key, value in pairs(collection):
        inner = frame.with_names({name: Object({"key": key, "value": value})})
        for content in block.body.of("content"):
            yield _Placed(content.body, inner, site)
