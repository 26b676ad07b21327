"""On which refs an `if:` holds, and which value an expression has on which of them.

Exact where the expression asks for the ref, its name, its kind or the event in the ways that
people do; where it asks for anything else it may hold on every ref and need not on any.
"""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

from oidc_enforcer.expression import UNKNOWN, Expression, Lookup, Template
from oidc_enforcer.expression.evaluate import value_of
from oidc_enforcer.expression.tree import Call, Comparison, Literal, Logical, Node, Not, Reference
from oidc_enforcer.expression.values import Unknown, as_string, truth_of
from oidc_enforcer.iam.patterns import EVERYTHING, NOTHING, StringSet

#: A value (or one of `Unknown`), and the refs on which it may be the value.
Case: TypeAlias = "tuple[object, StringSet]"


class Bounds(NamedTuple):
    """The refs on which something surely holds, and those on which it may."""

    surely: StringSet
    possibly: StringSet

    def __and__(self, other: Bounds) -> Bounds:
        return Bounds(self.surely & other.surely, self.possibly & other.possibly)

    def __or__(self, other: Bounds) -> Bounds:
        return Bounds(self.surely | other.surely, self.possibly | other.possibly)

    def __invert__(self) -> Bounds:
        return Bounds(~self.possibly, ~self.surely)


_ALWAYS = Bounds(EVERYTHING, EVERYTHING)
_NEVER = Bounds(NOTHING, NOTHING)
_PERHAPS = Bounds(NOTHING, EVERYTHING)
#: Where a run's ref stands, in full and behind its prefix.
REF = ("github", "ref")
REF_NAME = ("github", "ref_name")


class Guard(NamedTuple):
    """How one occasion reads expressions; `prefix` is how all of its refs begin."""

    prefix: str
    lookup: Lookup

    def holds(self, what: Template) -> Bounds:
        """Where an `if:` holds as it is written."""
        first = what.parts[0]
        if len(what.parts) == 1 and isinstance(first, Expression):
            return _PERHAPS if first.tree is None else self._where(first.tree)
        return _ALWAYS  # text, and as such true

    def cases(self, node: Node) -> list[Case]:
        """Every value that an expression may have; the refs of two cases may overlap."""
        if not isinstance(node, Logical):
            return [(value_of(node, self.lookup), EVERYTHING)]
        conjunction = node.operator == "&&"
        found: list[Case] = []
        left = EVERYTHING
        for operand in node.operands[:-1]:
            where = self._where(operand)
            decided = ~where if conjunction else where
            for value, refs in self.cases(operand):
                if truth_of(value) is not conjunction:
                    found.append((value, refs & left & decided.possibly))
            left = left & (~decided).possibly
        found += [(value, refs & left) for value, refs in self.cases(node.operands[-1])]
        return [case for case in found if not case[1].is_nothing]

    def _where(self, node: Node) -> Bounds:
        match node:
            case Not(operand):
                return ~self._where(operand)
            case Logical(operator, operands):
                conjunction = operator == "&&"
                found = _ALWAYS if conjunction else _NEVER
                for operand in operands:
                    part = self._where(operand)
                    found = found & part if conjunction else found | part
                return found
            case Comparison("==" | "!=" as operator, left, right):
                same = self._test("==", left, right) or self._test("==", right, left)
                if same is not None:
                    return same if operator == "==" else ~same
            case Call("contains" | "startswith" | "endswith" as function, (where, what)):
                found_in = self._test(function, where, what) or self._listed(function, where, what)
                if found_in is not None:
                    return found_in
        holds = truth_of(value_of(node, self.lookup))
        return _PERHAPS if holds is None else _ALWAYS if holds else _NEVER

    def _test(self, test: str, tested: Node, against: Node) -> Bounds | None:
        """A test of the ref against a known text; None where it is no such test."""
        path = constant_path(tested)
        if path not in (REF, REF_NAME):
            return None
        text = value_of(against, self.lookup)
        if isinstance(text, Unknown | list | dict | float | bool) or text is None:
            return None
        return _bounds(test, as_string(text), self.prefix if path == REF_NAME else "")

    def _listed(self, function: str, where: Node, what: Node) -> Bounds | None:
        """`contains(fromJSON('["refs/heads/main"]'), github.ref)`."""
        listed = value_of(where, self.lookup)
        if function != "contains" or not isinstance(listed, list):
            return None
        found: Bounds | None = _NEVER
        for member in listed:
            same = self._test("==", what, Literal(member)) if isinstance(member, str) else None
            found = found | same if found is not None and same is not None else None
        return found


def constant_path(node: Node) -> tuple[str, ...]:
    """Where a reference points, in lower case; nowhere for what is no reference."""
    return tuple((name or "").lower() for name in node.path) if isinstance(node, Reference) else ()


def _bounds(test: str, text: str, prefix: str) -> Bounds | None:
    """The refs whose part behind the prefix passes a test against a text, in any casing."""
    if not text.isascii():
        return None  # GitHub and IAM do not fold all letters alike
    if test == "==":
        refs = StringSet.ignoring_case(prefix + text)
    elif "*" in text or "?" in text:
        return _NEVER if text else None  # no ref holds either
    else:
        start, end = ("" if test == "startswith" else "*"), ("" if test == "endswith" else "*")
        refs = StringSet.like_ignoring_case(f"{prefix}{start}{text}{end}")
    return Bounds(refs, refs)


def values(what: Template, guard: Guard) -> list[Case]:
    """Every value that a template may have; `UNKNOWN` for text around what is not known."""
    first = what.parts[0]
    if len(what.parts) == 1:
        if isinstance(first, str):
            return [(first, EVERYTHING)]
        return [(UNKNOWN, EVERYTHING)] if first.tree is None else guard.cases(first.tree)
    found: list[Case] = [("", EVERYTHING)]
    for part in what.parts:
        tree = None if isinstance(part, str) else part.tree
        more: list[Case] = [(part if isinstance(part, str) else UNKNOWN, EVERYTHING)]
        more = more if tree is None else guard.cases(tree)
        found = [
            (_joined(before, value), refs & theirs)
            for before, refs in found
            for value, theirs in more
        ]
        if len(found) > _MAX_CASES:
            return [(UNKNOWN, EVERYTHING)]
    return found


_MAX_CASES = 64


def _joined(before: object, value: object) -> object:
    if isinstance(before, Unknown) or isinstance(value, Unknown):
        return UNKNOWN
    return as_string(before) + as_string(value)
