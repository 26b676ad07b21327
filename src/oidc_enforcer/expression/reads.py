"""What an expression reads, and which of it can become its result."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

from oidc_enforcer.expression.evaluate import constant
from oidc_enforcer.expression.tree import (
    Call,
    Comparison,
    Index,
    Literal,
    Logical,
    Node,
    Not,
    Reference,
    children,
)
from oidc_enforcer.expression.values import Unknown, as_string, truth_of
from oidc_enforcer.records import NamedTuple

# Which values of a node may become (part of) the result, as a set of two. The left side of `&&`
# passes on falsy values alone, the left side of `||` truthy ones alone; a falsy value tells
# nothing, so a reference flows where its truthy values do.
_NONE, _TRUTHY, _FALSY, _ANY = 0, 1, 2, 3

_BUILDS_TEXT = frozenset(("format", "fromjson", "join", "tojson"))
_TELLS_NOTHING = frozenset(
    (
        "always",
        "cancelled",
        "contains",
        "endswith",
        "failure",
        "hashfiles",
        "startswith",
        "success",
    )
)


# Hundreds of references can share one index; these keep what is repeated for each of them, and
# what is computed at all, small.
_MOST_READS = 16
_LONGEST_HINT = 256
_LARGEST_CONSTANT = 16


class _Step(NamedTuple):
    """One index on the way from a reference outwards; `end` is 0 where it is not adjacent."""

    segment: str | None
    end: int
    words: str = ""
    reads: tuple[Reference, ...] = ()


class Reads:
    """Filled by `visit`: `flows` is a part of `reads`, `words` all constants that may flow.

    `constants` are those that may be the whole result.
    """

    __slots__ = ("constants", "flows", "reads", "words")

    def __init__(self) -> None:
        self.reads: list[Reference] = []
        self.flows: list[Reference] = []
        self.constants: list[str] = []
        self.words: list[str] = []

    def visit(
        self,
        node: Node,
        flow: int = _ANY,
        *,
        whole: bool = True,
        path: tuple[_Step, ...] = (),
        bag: tuple[_Step, ...] = (),
    ) -> None:
        """Adds a tree's share; `path` follows directly on it, `bag` on a function's result."""
        match node:
            case Reference():
                self._reference(node, flow, path, bag)
            case Literal(value):
                self._literal(value, flow, whole=whole and not path)
            case Index(base, key):
                step, reads = _step(key, node.end)
                self.visit(base, flow, whole=whole, path=(step, *path), bag=bag)
                self.reads.extend(reads)
            case Call():
                self._call(node, flow, whole=whole, path=path, bag=bag)
            case Not(operand):
                self.visit(operand, _NONE)
            case Comparison(_, left, right):
                self.visit(left, _NONE)
                self.visit(right, _NONE)
            case Logical(operator, operands):
                apart = _detached(path)
                for operand, passes in _passing(operator, operands, flow):
                    self.visit(operand, passes, whole=whole, path=apart, bag=bag)

    def _reference(
        self, node: Reference, flow: int, path: tuple[_Step, ...], bag: tuple[_Step, ...]
    ) -> None:
        if path or bag:
            node = Reference(
                node.path + tuple(step.segment for step in path),
                node.start,
                max([node.end, *(step.end for step in path)]),
                _hint(path, bag),
                _first(read for step in path + bag for read in step.reads),
            )
        self.reads.append(node)
        if flow & _TRUTHY:
            self.flows.append(node)

    def _literal(self, value: object, flow: int, *, whole: bool) -> None:
        if flow & (_TRUTHY if truth_of(value) else _FALSY):
            self.words.append(as_string(value))
            if whole:
                self.constants.append(as_string(value))

    def _call(
        self, node: Call, flow: int, *, whole: bool, path: tuple[_Step, ...], bag: tuple[_Step, ...]
    ) -> None:
        if node.function == "case":
            apart = _detached(path)
            holds: bool | None = None
            for at, argument in enumerate(node.arguments):
                if at % 2 == 0 and at < len(node.arguments) - 1:
                    flow = _NONE if holds else flow
                    holds = _constant_truth(argument)
                    self.visit(argument, _NONE)
                    continue
                passes = flow if holds is None or holds is bool(at % 2) else _NONE
                self.visit(argument, passes, whole=whole, path=apart, bag=bag)
            return
        if node.function in _TELLS_NOTHING or not flow & _TRUTHY:
            flow = _NONE
        before = len(self.reads)
        for argument in node.arguments:
            self.visit(argument, flow and _ANY, whole=False, bag=path + bag)
        if whole and flow and not path and len(self.reads) == before:
            self._folded(node)

    def _folded(self, node: Call) -> None:
        """`format('AKIA{0}', '…')` is as constant as a literal."""
        if node.function in _BUILDS_TEXT:
            text = _constant_text(node)
            if text is not None:
                self.constants.append(text)


def _step(key: Node | None, end: int) -> tuple[_Step, list[Reference]]:
    """An index, and everything that its key reads."""
    if key is None:
        return _Step(None, end), []
    inner = Reads()
    inner.visit(key)
    if not inner.reads:
        text = _constant_text(key)
        if text is not None:
            return _Step(text, end), []
    words = " ".join(filter(None, inner.words))[:_LONGEST_HINT]
    return _Step(None, end, words, _first(inner.reads)), inner.reads


def _constant_text(node: Node) -> str | None:
    """The text that a tree without references computes; None for a tree that nobody writes."""
    waiting = [node]
    for _ in range(_LARGEST_CONSTANT):
        if not waiting:
            value = constant(node)
            return None if isinstance(value, Unknown | list | dict) else as_string(value)
        waiting.extend(children(waiting.pop()))
    return None


def _passing(operator: str, operands: tuple[Node, ...], flow: int) -> Iterator[tuple[Node, int]]:
    """Which values of each operand may be the result, `flow` being those that are asked for.

    What stands behind a constant that decides is never looked at: `false && secrets.X`.
    """
    decisive = operator == "||"
    passed_on = flow & (_TRUTHY if decisive else _FALSY)
    for operand in operands[:-1]:
        holds = _constant_truth(operand)
        yield operand, _NONE if holds is (not decisive) else passed_on
        if holds is decisive:
            flow = passed_on = _NONE
    yield operands[-1], flow


def _constant_truth(node: Node) -> bool | None:
    """Whether a node is true whatever it reads; None where that depends, or nobody writes it."""
    if isinstance(node, Reference | Index):
        return None
    waiting: list[Node] = [node]
    for _ in range(_LARGEST_CONSTANT):
        if not waiting:
            return truth_of(constant(node))
        waiting.extend(children(waiting.pop()))
    return None


def _detached(path: tuple[_Step, ...]) -> tuple[_Step, ...]:
    """In `(a || b).x` both `a.x` and `b.x` are read, but neither is written there as one."""
    return tuple(step._replace(end=0) for step in path)


def _hint(path: tuple[_Step, ...], bag: tuple[_Step, ...]) -> str:
    words = [step.words for step in path + bag]
    words.append(".".join(step.segment for step in bag if step.segment))
    return " ".join(filter(None, words))[:_LONGEST_HINT]


def _first(reads: Iterable[Reference]) -> tuple[Reference, ...]:
    return tuple(islice(reads, _MOST_READS))
