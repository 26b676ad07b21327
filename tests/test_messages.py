"""What the user must change is said alike everywhere, and always with what would be right."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import oidc_enforcer

PACKAGE = Path(oidc_enforcer.__file__).parent


def text(node: ast.expr) -> str:
    """A text as it is written, `{}` for what is put into it."""
    match node:
        case ast.Constant(value=str(value)):
            return value
        case ast.JoinedStr(values=parts):
            return "".join(map(text, parts))
        case ast.BinOp(left=left, right=right):
            return text(left) + text(right)
        case _:
            return "{}"


def said() -> Iterator[tuple[str, list[str]]]:
    """Where each message for users stands, with its hint."""
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "UserError":
                where = f"{path.relative_to(PACKAGE)}:{node.lineno}"
                yield (
                    where,
                    [text(one) for one in (*node.args, *(key.value for key in node.keywords))],
                )


def is_capital(sentence: str) -> bool:
    """Whether it begins with a capital that is not of a name, such as AWS, GitHub or a variable."""
    word = sentence.partition(" ")[0]
    return word[:1].isupper() and not any(map(str.isupper, word[1:]))


SAID = list(said())


def test_there_are_messages() -> None:
    assert len(SAID) > 100


@pytest.mark.parametrize(("where", "words"), SAID, ids=[where for where, _ in SAID])
def test_a_message_is_no_sentence_and_has_a_hint(where: str, words: list[str]) -> None:
    assert len(words) == 2, "what would be right?"
    for each in words:
        assert each, where
        assert not is_capital(each)
        assert not each.rstrip("`'\" ").endswith((".", "!")), each
    assert not words[0].endswith("?")
