"""A second parser and a second evaluator of expressions, written another way than the first."""

from __future__ import annotations

import json
import math
import re
from typing import Any

from oidc_enforcer.expression import UNKNOWN
from tests.expression.models import LEVELS, Model, Path, text_of

WORD = re.compile(r"[A-Za-z_][\w-]*")


class Reading:
    """Recursive descent over the documented grammar, a method for each level.

    Raises ValueError or IndexError where the grammar does not fit.
    """

    def __init__(self, tokens: list[str]) -> None:
        self.tokens = [*tokens, ""]

    def take(self, *expected: str) -> str:
        if expected and self.tokens[0] not in expected:
            raise ValueError(self.tokens[0])
        return self.tokens.pop(0)

    def word(self) -> str:
        if not WORD.fullmatch(self.tokens[0]):
            raise ValueError(self.tokens[0])
        return self.take()

    def whole(self) -> Model:
        model = self.level(1)
        self.take("")
        return model

    def level(self, number: int) -> Model:
        if number == 5:
            return self.unary()
        model = self.level(number + 1)
        while LEVELS.get(self.tokens[0]) == number:
            model = (self.take(), model, self.level(number + 1))
        return model

    def unary(self) -> Model:
        if self.tokens[0] == "!":
            self.take()
            return ("not", self.unary())
        constants = {"null": None, "true": True, "1": 1.0, "'s'": "s"}
        if self.tokens[0] in constants:
            return ("lit", constants[self.take()])
        model = self.primary()
        while self.tokens[0] in (".", "["):
            model = ("index", model, self.property() if self.take() == "." else self.key())
        return model

    def property(self) -> Model | None:
        return None if self.star() else ("lit", self.word())

    def key(self) -> Model | None:
        key = None if self.star() else self.level(1)
        self.take("]")
        return key

    def star(self) -> bool:
        return self.tokens[0] == "*" and bool(self.take())

    def primary(self) -> Model:
        if self.tokens[0] == "(":
            self.take()
            model = self.level(1)
            self.take(")")
            return model
        name = self.word()
        if self.tokens[0] != "(":
            return ("ref", (name.lower(),))
        self.take("(")
        arguments = [] if self.tokens[0] == ")" else [self.level(1)]
        while self.tokens[0] == ",":
            self.take()
            arguments.append(self.level(1))
        self.take(")")
        return ("call", name, tuple(arguments))


class Failed(Exception):  # noqa: N818
    """GitHub would fail the run."""


def number_of(value: object) -> float:
    if isinstance(value, list):
        return math.nan
    if not isinstance(value, str):
        return float(value or 0)  # type: ignore[arg-type]
    text = value.strip()
    if not text:
        return 0.0
    if text.startswith("0x"):
        return float(int(text, 16)) if re.fullmatch(r"0x[0-9a-fA-F]{1,7}", text) else math.nan
    if text in ("Infinity", "-Infinity") or re.fullmatch(r"[-+]?[\d.]+([eE][-+]?\d+)?", text, re.A):
        try:
            return float(text)
        except ValueError:
            return math.nan
    return math.nan


def upper(text: str) -> str:
    return "".join(char.upper() if len(char.upper()) == 1 else char for char in text)


def truthy(value: object) -> bool:
    return isinstance(value, list) or (value not in (None, False, 0, "") and value == value)


def ordered(left: object, right: object) -> int | None:
    """-1, 0 or 1; None where two values have no order."""
    if isinstance(left, list) or isinstance(right, list):
        return 0 if left is right else None
    if isinstance(left, str) and isinstance(right, str):
        left, right = upper(left), upper(right)
        return (left > right) - (left < right)
    one, two = number_of(left), number_of(right)
    return None if math.isnan(one) or math.isnan(two) else (one > two) - (one < two)


HOLDS = {"==": (0,), "!=": (-1, 1, None), "<": (-1,), "<=": (-1, 0), ">": (1,), ">=": (0, 1)}


class Run:
    """Evaluates models by the documentation's tables, with a value for every path."""

    def __init__(self, seed: list[object], hidden: int = 0) -> None:
        self.seed = seed
        self.hidden = hidden
        self.asked: set[Path] = set()

    def known(self, path: Path) -> object:
        self.asked.add(path)
        return self.seed[sum(map(len, path)) % len(self.seed)]

    def partly(self, path: Path) -> object:
        """As `known`, but some values are kept to itself."""
        return (
            UNKNOWN if self.hidden >> sum(map(len, path)) % len(self.seed) & 1 else self.known(path)
        )

    def value(self, model: Model) -> object:
        kind = model[0]
        if kind == "lit":
            return model[1]
        if kind in ("ref", "index"):
            path = self.place(model)
            return self.known(path) if path is not None else self.selected(model)
        if kind == "not":
            return not truthy(self.value(model[1]))
        if kind == "call":
            return self.called(model[1], [self.value(item) for item in model[2]])
        left = self.value(model[1])
        if kind in ("&&", "||"):
            return left if truthy(left) is (kind == "||") else self.value(model[2])
        return ordered(left, self.value(model[2])) in HOLDS[kind]

    def place(self, model: Model) -> Path | None:
        if model[0] == "ref":
            return tuple(model[1])
        base = self.place(model[1]) if model[0] == "index" and model[2] is not None else None
        key = None if base is None else self.value(model[2])
        return None if base is None or isinstance(key, list) else (*base, text_of(key))

    def selected(self, model: Model) -> object:
        """Every known value is a scalar, so `*` selects nothing, and nothing has a member."""
        base = self.value(model[1])
        if model[2] is not None:
            self.value(model[2])
        return [] if model[2] is None or isinstance(base, list) else None

    def called(self, name: str, given: list[Any]) -> object:
        if name == "case":
            if not isinstance(given[0], bool):
                raise Failed
            return given[1] if given[0] else given[2]
        if name == "format":
            return given[0].format(*map(text_of, given[1:]))
        if name == "toJSON":
            scalar = given[0]
            is_number = isinstance(scalar, float | int) and not isinstance(scalar, bool)
            return text_of(scalar) if is_number else json.dumps(scalar, ensure_ascii=False)
        if name == "join":
            return "" if isinstance(given[0], list) else text_of(given[0])
        if name == "always":
            return True
        if any(isinstance(item, list) for item in given):
            return False
        whole, part = (upper(text_of(item)) for item in given)
        tests = {"contains": part in whole, "startsWith": whole.startswith(part)}
        return tests.get(name, whole.endswith(part))
