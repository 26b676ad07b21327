"""Expression text to tree, by GitHub's own method: two stacks, so depth costs no recursion.

Source: actions/runner, src/Sdk/Expressions/ExpressionParser.cs and ExpressionConstants.cs.
"""

from __future__ import annotations

import math

from oidc_enforcer.expression.names import CONTEXTS, FUNCTIONS, KEYWORDS, MANY
from oidc_enforcer.expression.tokens import Refused, Token, quoted, tokens
from oidc_enforcer.expression.tree import (
    Call,
    Comparison,
    ExpressionProblem,
    Index,
    Literal,
    Logical,
    Node,
    Not,
    Reference,
    children,
)
from oidc_enforcer.expression.values import as_string, number_of
from oidc_enforcer.records import NamedTuple

MAX_LENGTH = 21_000
MAX_DEPTH = 50

_BRACKET, _OR, _AND, _NOT = 0, 5, 6, 16
_PRECEDENCE = {"||": _OR, "&&": _AND, "==": 10, "!=": 10, "<": 11, "<=": 11, ">": 11, ">=": 11}

_KNOWN_CONTEXTS = "known are " + ", ".join(f"`{name}`" for name in sorted(CONTEXTS))
_KNOWN_FUNCTIONS = "known are " + ", ".join(f"`{name}`" for name, *_ in FUNCTIONS.values())


class _Operator(NamedTuple):
    """`base` is how many operands there were when a bracket opened; `f(` opens a call's."""

    symbol: str
    precedence: int
    token: Token
    base: int = 0


def parse(text: str, start: int, end: int) -> tuple[Node | None, list[ExpressionProblem]]:
    """The tree of `text[start:end]`, None when GitHub's grammar has none, and what is wrong.

    The text must not be blank.
    An unknown name or a wrong number of arguments is a problem, but does not spoil the tree.
    """
    if end - start > MAX_LENGTH and len(text[start:end].strip()) > MAX_LENGTH:
        message = f"expression is longer than {MAX_LENGTH} characters"
        return None, [ExpressionProblem(start, end, message)]
    try:
        words = tokens(text, start, end)
        parser = _Parser(words, end)
        tree = parser.parse()
        if len(words) >= MAX_DEPTH and _depth(tree) > MAX_DEPTH:
            raise Refused(f"expression is nested deeper than {MAX_DEPTH}", start, end)
    except Refused as refused:
        return None, [ExpressionProblem(refused.start, refused.end, refused.message)]
    return tree, parser.problems


def _depth(tree: Node) -> int:
    """As GitHub counts: each index is a level, a group is none."""
    deepest = 0
    waiting = [(tree, 1)]
    while waiting:
        node, depth = waiting.pop()
        if isinstance(node, Reference):
            depth += len(node.path) - 1
        deepest = max(deepest, depth)
        waiting.extend((child, depth + 1) for child in children(node))
    return deepest


class _Parser:
    __slots__ = ("_at", "_end", "_operands", "_operators", "_tokens", "problems")

    def __init__(self, words: list[Token], end: int) -> None:
        self.problems: list[ExpressionProblem] = []
        self._tokens = words
        self._end = end
        self._at = 0
        self._operands: list[Node] = []
        self._operators: list[_Operator] = []

    def parse(self) -> Node:
        expecting_operand = True
        while self._at < len(self._tokens):
            token = self._tokens[self._at]
            self._at += 1
            read = self._operand if expecting_operand else self._operator
            expecting_operand = read(token)
        if expecting_operand:
            raise Refused("expression ends too early", self._tokens[-1].start, self._end)
        self._reduce(_BRACKET)
        if self._operators:
            opening = self._operators[-1]
            bracket = opening.symbol[-1]
            message = f"`{bracket}` is not closed by `{']' if bracket == '[' else ')'}`"
            raise Refused(message, opening.token.start, self._end)
        return self._operands[0]

    # Both return whether an operand has to follow.

    def _operand(self, token: Token) -> bool:
        if token.kind == "name":
            return self._name(token)
        if token.kind == "string":
            self._operands.append(Literal(token.text[1:-1].replace("''", "'")))
            return False
        if token.kind == "number" or token.text == ".":
            self._number(token)
            return False
        if token.text == "!":
            self._operators.append(_Operator("!", _NOT, token))
            return True
        if token.text == "(":
            self._open("(", token)
            return True
        raise _unexpected(token)

    def _operator(self, token: Token) -> bool:
        symbol = token.text
        if token.kind == "operator":
            if symbol in _PRECEDENCE:
                self._infix(token)
                return True
            if symbol in (".", "["):
                return self._dereference(token)
            if symbol == ",":
                self._bracket(token, "f(")
                return True
            if symbol in (")", "]"):
                self._close(token)
                return False
        raise _unexpected(token)

    def _infix(self, token: Token) -> None:
        precedence = _PRECEDENCE[token.text]
        # A run of `&&` or of `||` waits and is applied at once; comparisons associate leftwards.
        self._reduce(precedence if precedence <= _AND else precedence - 1)
        self._operators.append(_Operator(token.text, precedence, token))

    def _name(self, token: Token) -> bool:
        word = token.text
        if word in KEYWORDS:
            self._operands.append(Literal(KEYWORDS[word]))
            return False
        if self._next_is("("):
            return self._function(token)
        context = word.lower()
        if context not in CONTEXTS:
            self._complain(token, f"unknown context{quoted(word)}; {_KNOWN_CONTEXTS}")
        self._operands.append(Reference((context,), token.start, token.end))
        return False

    def _function(self, token: Token) -> bool:
        if token.text.lower() not in FUNCTIONS:
            self._complain(token, f"unknown function{quoted(token.text)}; {_KNOWN_FUNCTIONS}")
        self._at += 1
        if self._next_is(")"):
            self._at += 1
            self._call(token, ())
            return False
        self._open("f(", token)
        return True

    def _number(self, token: Token) -> None:
        word = token.text
        if word == "." and self._at < len(self._tokens):
            fraction = self._tokens[self._at]
            if fraction.start == token.end and fraction.text[0].isdigit():
                self._at += 1
                word += fraction.text
        value = number_of(word)
        if math.isnan(value):
            raise _unexpected(token)
        self._operands.append(Literal(value))

    def _dereference(self, token: Token) -> bool:
        before = self._tokens[self._at - 2]
        if isinstance(self._operands[-1], Literal) and before.text != ")":
            raise _unexpected(token)
        if self._at == len(self._tokens):
            raise Refused("expression ends too early", token.start, self._end)
        key = self._tokens[self._at]
        if token.text == "[":
            star = key.text == "*" and self._next_is("]", ahead=1)
            if not star:
                self._open("[", token)
                return True
            self._at += 1
            key = self._tokens[self._at]
        elif key.kind != "name" and key.text != "*":
            raise _unexpected(key)
        self._at += 1
        self._index(None if key.text in ("*", "]") else Literal(key.text), key.end)
        return False

    def _index(self, key: Node | None, end: int) -> None:
        base = self._operands.pop()
        if not isinstance(base, Reference) or not isinstance(key, Literal):
            self._operands.append(Index(base, key, end))
            return
        if len(base.path) >= MAX_DEPTH:
            raise Refused(f"expression is nested deeper than {MAX_DEPTH}", base.start, end)
        self._operands.append(Reference((*base.path, as_string(key.value)), base.start, end))

    def _close(self, token: Token) -> None:
        opening = self._bracket(token, *(("[",) if token.text == "]" else ("(", "f(")))
        self._operators.pop()
        if opening.symbol == "[":
            self._index(self._operands.pop(), token.end)
        if opening.symbol == "f(":
            arguments = tuple(self._operands[opening.base :])
            del self._operands[opening.base :]
            self._call(opening.token, arguments)

    def _call(self, token: Token, arguments: tuple[Node, ...]) -> None:
        name = token.text.lower()
        given = len(arguments)
        _, least, most = FUNCTIONS.get(name, (name, 0, MANY))
        if not least <= given <= most:
            expected = str(least) if least == most else f"{least} to {most}"
            self._complain(token, f"`{token.text}` takes {expected} arguments, not {given}")
        elif name == "case" and given % 2 == 0:
            self._complain(token, "`case` takes pairs of a condition and a value, then a default")
        self._operands.append(Call(name, arguments))

    def _open(self, symbol: str, token: Token) -> None:
        self._operators.append(_Operator(symbol, _BRACKET, token, len(self._operands)))

    def _bracket(self, token: Token, *symbols: str) -> _Operator:
        """The innermost open bracket, once all that stands in it is one operand."""
        self._reduce(_BRACKET)
        if not self._operators or self._operators[-1].symbol not in symbols:
            raise _unexpected(token)
        return self._operators[-1]

    def _reduce(self, limit: int) -> None:
        """Applies the operators on top that bind more tightly than the limit."""
        operators, operands = self._operators, self._operands
        while operators and operators[-1].precedence > limit:
            symbol = operators.pop().symbol
            if symbol == "!":
                operands.append(Not(operands.pop()))
                continue
            if symbol in ("&&", "||"):
                self._apply_run(symbol)
                continue
            right = operands.pop()
            operands.append(Comparison(symbol, operands.pop(), right))

    def _apply_run(self, symbol: str) -> None:
        """`a && b && c` becomes one node, so a long chain is neither deep nor quadratic."""
        count = 2
        while self._operators and self._operators[-1].symbol == symbol:
            self._operators.pop()
            count += 1
        flat: list[Node] = []
        for operand in self._operands[-count:]:
            if isinstance(operand, Logical) and operand.operator == symbol:
                flat.extend(operand.operands)
            else:
                flat.append(operand)
        self._operands[-count:] = [Logical(symbol, tuple(flat))]

    def _next_is(self, text: str, *, ahead: int = 0) -> bool:
        at = self._at + ahead
        return at < len(self._tokens) and self._tokens[at].text == text

    def _complain(self, token: Token, message: str) -> None:
        self.problems.append(ExpressionProblem(token.start, token.end, message))


def _unexpected(token: Token) -> Refused:
    # A string may be a secret, whatever its length.
    word = " string" if token.kind == "string" else quoted(token.text) or f" {token.kind}"
    return Refused(f"unexpected{word}", token.start, token.end)
