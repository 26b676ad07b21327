"""The words of an expression, as GitHub's lexer cuts them.

Source: actions/runner, src/Sdk/Expressions/Tokens/LexicalAnalyzer.cs.
"""

from __future__ import annotations

import re

from oidc_enforcer.records import NamedTuple

#: Longer words may be (part of) a secret that somebody pasted, so no message repeats them.
LONGEST_QUOTED = 16

# Possessive throughout: no character is looked at twice, whatever the input.
_TOKEN = re.compile(
    r"""\s*+(?:
        (?P<name>[A-Za-z_][A-Za-z0-9_-]*+)
      | (?P<string>'[^']*+(?:''[^']*+)*+')
      | (?P<number>[-+0-9][^()\[\],!<>=&|\s]*+)
      | (?P<operator>&&|\|\||[=!<>]=|[!<>()\[\].,*])
    )""",
    re.VERBOSE,
)
_BLANK = re.compile(r"\s*+")
_WORD = re.compile(r"[^()\[\],.!<>=&|\s]++|.")

_MISTAKES = {
    "'": "string is not closed by `'`",
    '"': 'unexpected `"`; strings are written in single quotes',
    "&": "unexpected `&`; the operator is `&&`",
    "|": "unexpected `|`; the operator is `||`",
    "=": "unexpected `=`; equality is `==`",
}


class Refused(Exception):  # noqa: N818  # control flow inside this package, never an error outside
    """What GitHub's parser would stop at; caught where the parser is called."""

    def __init__(self, message: str, start: int, end: int) -> None:
        super().__init__(message)
        self.message = message
        self.start = start
        self.end = end


class Token(NamedTuple):
    """`kind` is `name`, `string`, `number` or `operator`; offsets are the whole text's."""

    kind: str
    text: str
    start: int
    end: int


def quoted(word: str) -> str:
    """A word in backticks, with a space before it; nothing when it is too long to repeat."""
    return f" `{word}`" if len(word) <= LONGEST_QUOTED else ""


def tokens(text: str, start: int, end: int) -> list[Token]:
    """All tokens of `text[start:end]`; raises Refused at a character no token begins with."""
    found: list[Token] = []
    match = _TOKEN.match(text, start, end)
    while match is not None:
        kind = match.lastgroup or ""
        first, start = match.span(kind)
        found.append(Token(kind, match[kind], first, start))
        match = _TOKEN.match(text, start, end)
    blank = _BLANK.match(text, start, end)
    rest = blank.end() if blank else start
    if rest < end:
        raise _refusal(text, rest, end)
    return found


def _refusal(text: str, start: int, end: int) -> Refused:
    mistake = _MISTAKES.get(text[start])
    if mistake is not None:
        return Refused(mistake, start, end if text[start] == "'" else start + 1)
    word = _WORD.match(text, start, end)
    last = word.end() if word else start + 1
    return Refused(f"unexpected{quoted(text[start:last]) or ' word'}", start, last)
