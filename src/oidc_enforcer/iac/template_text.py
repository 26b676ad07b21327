"""A CloudFormation template as values: YAML with its short forms, or JSON; every part in place."""

from __future__ import annotations

import re

from oidc_enforcer.iac.values import List, Object, Site, Value
from oidc_enforcer.iam.json_text import Json, JsonError, Located, Number, pointer_token
from oidc_enforcer.iam.json_text import read as read_json
from oidc_enforcer.source import SourceFile
from oidc_enforcer.yaml_tree import Mapping, Node, Scalar, Sequence, parse

_PLAIN_NAMES = frozenset({"Ref", "Condition"})
#: As deep as `yaml_tree` goes.
_MOST_DEPTH = 100
_YAML = "tag:yaml.org,2002:"


#: CloudFormation takes `[sts:AssumeRole, !Ref AWS::NoValue]`, as YAML 1.2 has it; libyaml takes no
#: colon there. Where a colon is part of a word, a character of the private use area is read
#: instead, which moves nothing, and turned back in every scalar.
_STAND_IN = "\ue000"
_COLON = re.compile(r"""(?<!["'\s]):(?=[^\s,\[\]{}"'])""")


class TemplateError(Exception):
    """A text that is no template: what is wrong, and the offset where."""

    def __init__(self, message: str, offset: int) -> None:
        super().__init__(message)
        self.message = message
        self.offset = offset


def read(source: SourceFile) -> Value:
    """The text as values, intrinsic functions in their long forms; raises TemplateError."""
    if source.text.lstrip()[:1] == "{":
        try:
            located = read_json(source.text, _MOST_DEPTH)
        except JsonError as problem:
            raise TemplateError(problem.message, problem.offset) from None
        return _from_json(located.value, "", located, source)
    tree = parse(SourceFile(source.path, _COLON.sub(_STAND_IN, source.text)))
    if tree.root is None or tree.unread_from is not None:
        last = tree.problems[-1] if tree.problems else None
        raise TemplateError(
            last.message if last else "nothing in it", last.span.start if last else 0
        )
    return _from_yaml(tree.root, source)


def _from_json(value: Json, pointer: str, located: Located, source: SourceFile) -> Value:
    if isinstance(value, dict):
        members: dict[str, Value] = {}
        sites: dict[str, Site] = {}
        for name, each in value.items():
            below = f"{pointer}/{pointer_token(name)}"
            members[name] = _from_json(each, below, located, source)
            sites[name] = Site(source, located.names[below])
        return Object(members, sites)
    if isinstance(value, list):
        return List(
            [_from_json(each, f"{pointer}/{at}", located, source) for at, each in enumerate(value)],
            [Site(source, located.offsets[f"{pointer}/{at}"]) for at in range(len(value))],
        )
    return str(value) if isinstance(value, Number) else value


def _from_yaml(node: Node, source: SourceFile) -> Value:
    plain = _untagged(node, source)
    tag = node.tag
    if tag is None or not tag.startswith("!") or tag == "!":
        return plain
    name = tag[1:]
    if name == "GetAtt" and isinstance(plain, str):
        plain = List(plain.split(".", 1))
    function = name if name in _PLAIN_NAMES else f"Fn::{name}"
    return Object({function: plain}, {function: Site(source, node.span.start)})


def _untagged(node: Node, source: SourceFile) -> Value:
    if isinstance(node, Scalar):
        return _scalar(node)
    if isinstance(node, Sequence):
        return List(
            [_from_yaml(item, source) for item in node.items],
            [Site(source, item.span.start) for item in node.items],
        )
    assert isinstance(node, Mapping)
    members: dict[str, Value] = {}
    sites: dict[str, Site] = {}
    for entry in node.entries:
        name = _word(entry.key)
        if name in members:
            raise TemplateError(f"`{name[:80]}` is given twice", entry.key.span.start)
        members[name] = _from_yaml(entry.value, source)
        sites[name] = Site(source, entry.key.span.start)
    return Object(members, sites)


def _scalar(node: Scalar) -> Value:
    if node.tag is not None and not node.tag.startswith(_YAML):
        return _word(node)
    if node.is_null:
        return None
    return _word(node) if node.boolean is None else node.boolean


def _word(node: Scalar) -> str:
    return node.text.replace(_STAND_IN, ":")
