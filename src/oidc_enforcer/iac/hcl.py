"""Terraform source as blocks and expressions, by python-hcl2's grammar.

Of python-hcl2 only the parser is used: its tree keeps every place, its data would not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from oidc_enforcer.iac.values import MAX_DEPTH
from oidc_enforcer.source import SourceFile

if TYPE_CHECKING:
    from lark import Token, Tree

    Expression: TypeAlias = "Tree[Token] | Token"

#: Terraform files are a few kilobytes; beyond this, parsing one takes longer than it is worth.
MAX_LENGTH = 1_000_000


class HclError(Exception):
    """Text that is no Terraform source: what is wrong, and the offset where."""

    def __init__(self, message: str, offset: int) -> None:
        super().__init__(message)
        self.message = message
        self.offset = offset


class Attribute(NamedTuple):
    """`name = expression`. `offset` is where the name begins in `source`."""

    name: str
    expression: Expression
    offset: int
    source: SourceFile


class Block(NamedTuple):
    """`kind "label" … { … }`. `source` is its file."""

    kind: str
    labels: tuple[str, ...]
    body: Body
    offset: int
    source: SourceFile


class Body(NamedTuple):
    """What stands between braces, or in a file."""

    attributes: dict[str, Attribute]
    blocks: tuple[Block, ...]

    def of(self, *kinds: str) -> Iterator[Block]:
        """The blocks of these kinds."""
        return (block for block in self.blocks if block.kind in kinds)


@lru_cache(maxsize=1024)
def parse(source: SourceFile) -> Body:
    """The blocks of a file; raises HclError.

    Remembered, because a configuration is read again when a file that it refers to was found.
    """
    if len(source.text) > MAX_LENGTH:
        raise HclError(f"longer than {MAX_LENGTH:,} characters", 0)
    tree = _tree(source.text)
    return _body(tree.children[0], source, 0)


def parse_expression(text: str) -> Expression:
    """The expression that a text is; its places count from four characters before the text."""
    tree = _tree(f"_ = {text}\n")
    body = _body(tree.children[0], SourceFile("", text), 0)
    if body.blocks or list(body.attributes) != ["_"]:
        raise HclError("more than one expression", 0)
    return body.attributes["_"].expression


#: How many characters `parse_expression` puts in front.
EXPRESSION_SHIFT = 4


def _tree(text: str) -> Tree[Token]:
    from hcl2 import parses_to_tree
    from lark.exceptions import LarkError, UnexpectedInput

    try:
        return parses_to_tree(text)
    except UnexpectedInput as problem:
        offset = getattr(problem, "pos_in_stream", None)
        offset = len(text) if offset is None or offset < 0 else min(offset, len(text))
        line = text[text.rfind("\n", 0, offset) + 1 :].partition("\n")[0].strip()[:60]
        where = f"near `{line}`" if line else "at its end" if not text[offset:].strip() else "here"
        raise HclError(f"not Terraform syntax {where}", offset) from None
    except (LarkError, RecursionError) as problem:
        raise HclError(f"not Terraform syntax: {type(problem).__name__}", 0) from None


def _body(tree: Expression, source: SourceFile, depth: int) -> Body:
    if depth > MAX_DEPTH:
        raise HclError(f"blocks nested deeper than {MAX_DEPTH} levels", start(tree))
    attributes: dict[str, Attribute] = {}
    blocks: list[Block] = []
    for child in children(tree):
        kind = name_of(child)
        if kind == "attribute":
            first, *_, expression = children(child)
            name = text_of(first)
            if name in attributes:
                raise HclError(f"`{name}` is set twice", start(child))
            attributes[name] = Attribute(name, expression, start(child), source)
        elif kind == "block":
            first, *labels = (each for each in children(child) if _names_a_block(each))
            body = next(each for each in children(child) if name_of(each) == "body")
            words = tuple(_label(each) for each in labels)
            inner = _body(body, source, depth + 1)
            blocks.append(Block(text_of(first), words, inner, start(child), source))
    return Body(attributes, tuple(blocks))


def _names_a_block(tree: Expression) -> bool:
    return name_of(tree) in ("identifier", "keyword", "literal_value", "string")


def _label(tree: Expression) -> str:
    text = text_of(tree)
    return text[1:-1] if name_of(tree) == "string" else text


def children(tree: Expression) -> list[Expression]:
    """The parts of a tree; a token has none."""
    return getattr(tree, "children", [])


def name_of(tree: Expression) -> str:
    """The rule of a tree, or the type of a token."""
    return str(getattr(tree, "data", None) or getattr(tree, "type", ""))


def text_of(tree: Expression) -> str:
    """The text of all tokens in a tree, put together."""
    if not hasattr(tree, "children"):
        return str(tree)
    pending, words = [tree], []
    while pending:
        each = pending.pop()
        if hasattr(each, "children"):
            pending.extend(reversed(each.children))
        else:
            words.append(str(each))
    return "".join(words)


def start(tree: Expression) -> int:
    """The offset at which a tree or token begins."""
    at = tree.meta.start_pos if hasattr(tree, "children") else tree.start_pos  # type: ignore[union-attr]
    return at or 0


def parts(tree: Expression) -> list[Expression]:
    """The trees within a tree, without tokens, line breaks and comments."""
    return [
        each
        for each in children(tree)
        if hasattr(each, "children") and name_of(each) != "new_line_or_comment"
    ]


_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))", re.S)
_PLAIN = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\"}


def unescaped(text: str) -> str:
    """The characters of a quoted string; raises ValueError for an escape that HCL has not."""
    return _ESCAPE.sub(_character, text) if "\\" in text else text


def _character(found: re.Match[str]) -> str:
    digits = found[1] or found[2]
    if digits:
        return chr(int(digits, 16))
    if found[3] not in _PLAIN:
        raise ValueError(f"`{found[0]}` is no escape that Terraform has")
    return _PLAIN[found[3]]
