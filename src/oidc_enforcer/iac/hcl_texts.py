"""Terraform's functions on patterns and YAML, as far as they are as harmless here as there.

Terraform matches by RE2, in time linear in the text. Python's expressions are not, so only patterns
and texts so small that they cannot explode are tried; others are "not followed".
"""

from __future__ import annotations

import re

from oidc_enforcer.iac.values import List, Object, Value
from oidc_enforcer.source import SourceFile
from oidc_enforcer.yaml_tree import Mapping, Node, Scalar, Sequence, parse

_MOST_TEXT = 200
_MOST_PATTERN = 100
#: With as many, a search takes steps in the third power of the text's length at most; each part
#: that may be missing doubles them.
_MOST_REPEATS = 2
_MOST_OPTIONS = 3
#: What the engines do not read alike: look-around, names, classes of one of them alone.
_FOREIGN = re.compile(
    r"\(\?(?!:)|\\[^dwsDWSnt.^$*+?()\[\]{}|/@:_-]|\[\[|\[[^\]]*\$|[*+?}]\+|&&|--|~~|\|\|"
)
_REPEATS = re.compile(r"(?<!\\)(?:[*+]|\{)")
_OPTIONS = re.compile(r"(?<![\\(*+?}])\?")
_REPEATED_GROUP = re.compile(r"(?<!\\)\)[*+?{]")
_END = re.compile(r"(?<!\\)\$")


def regex(pattern: str, text: str) -> Value:
    """The first match, or its groups; raises ValueError where there is none."""
    found = _compiled(pattern, text).search(text)
    if found is None:
        raise ValueError("the pattern matches nothing")
    return _captured(found)


def regexall(pattern: str, text: str) -> List:
    """All matches, or their groups."""
    return List(_captured(found) for found in _compiled(pattern, text).finditer(text))


def replaced(text: str, pattern: str, by: str) -> str:
    """The text with every match of a pattern replaced; `$1` stands for a group."""
    if re.search(r"\$[^0-9]|\$$|\$[0-9]\w", by):
        raise NotImplementedError("a replacement with other than `$1`")
    template = re.sub(r"\$([0-9])", r"\\g<\1>", by.replace("\\", "\\\\"))
    return _compiled(pattern, text).sub(template, text)


def _compiled(pattern: str, text: str) -> re.Pattern[str]:
    if len(text) > _MOST_TEXT or len(pattern) > _MOST_PATTERN or "\n" in text:
        raise NotImplementedError("a regular expression on so long a text")
    if (
        _FOREIGN.search(pattern)
        or _REPEATED_GROUP.search(pattern)
        or len(_OPTIONS.findall(pattern)) > _MOST_OPTIONS
        or len(_REPEATS.findall(pattern)) > _MOST_REPEATS + pattern.startswith("^")
    ):
        raise NotImplementedError("a regular expression of this kind")
    try:
        return re.compile(_END.sub(r"\\Z", pattern), re.ASCII)
    except re.error:
        raise NotImplementedError("a regular expression of this kind") from None


def _captured(found: re.Match[str]) -> Value:
    groups = found.groups()
    return List(groups) if groups else found.group()


def yamldecode(text: str) -> Value:
    """The value of one document; raises ValueError for what is none."""
    tree = parse(SourceFile("yamldecode", str(text)))  # a plain text, as the C parser wants
    if tree.root is None or tree.unread_from is not None or tree.problems:
        raise ValueError("this is no YAML")
    return _value(tree.root)


def _value(node: Node) -> Value:
    if node.tag is not None:
        raise NotImplementedError("a tag in YAML")
    if isinstance(node, Sequence):
        return List(_value(item) for item in node.items)
    if isinstance(node, Mapping):
        members = {entry.key.text: _value(entry.value) for entry in node.entries}
        if len(members) != len(node.entries) or "<<" in members:
            raise NotImplementedError("a key that is given twice, or merges, in YAML")
        return Object(members)
    return _scalar(node)


def _scalar(node: Scalar) -> Value:
    """A scalar by YAML 1.2's core schema."""
    text = node.text
    if node.style:
        return text
    if text in ("", "~", "null", "Null", "NULL"):
        return None
    if text.lower() in ("true", "false") and (text.islower() or text.isupper() or text.istitle()):
        return text.lower() == "true"
    if re.fullmatch(r"[-+]?(?:0|[1-9][0-9]{0,15})", text):
        return int(text)
    if re.fullmatch(r"[-+]?[0-9._]+(?:e[-+]?[0-9]+)?|0[xob].+|[-+]?\.(?:inf|nan)", text, re.I):
        raise NotImplementedError("such a number in YAML")
    return text
