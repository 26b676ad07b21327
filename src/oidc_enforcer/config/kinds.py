"""The kinds of values that settings have: how each is read, and its JSON Schema."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, Protocol, TypeAlias

from oidc_enforcer.errors import UserError
from oidc_enforcer.finding import Severity
from oidc_enforcer.source import SourceFile
from oidc_enforcer.yaml_tree import Entry, Node, Scalar, Sequence
from oidc_enforcer.yaml_tree import Mapping as YamlMapping

Schema: TypeAlias = "dict[str, Any]"

#: More would be a mistake, or an attack on whoever compares them.
MOST_ITEMS = 1000
MOST_CHARACTERS = 300


class Reader(NamedTuple):
    """Where values are read from; `rules` gives every rule's id and default severity.

    `where` is what messages begin with for what stands in no file.
    """

    file: SourceFile
    rules: Mapping[str, Severity]
    where: str = ""

    def refusal(self, node: Node | Entry, message: str, hint: str = "") -> UserError:
        """The error that says where in the file what is wrong."""
        if self.where:
            return UserError(self.where + message, hint)
        region = self.file.region(node.span)
        where = f"{self.file.path}:{region.line}:{region.column}"
        return UserError(f"{where}: {message}", hint)

    def scalar(self, node: Node, what: str) -> Scalar:
        """The node if it is one value that is not null."""
        if not isinstance(node, Scalar) or node.is_null:
            raise self.refusal(node, f"`{what}` must be one value")
        return node

    def mapping(self, node: Node, what: str) -> YamlMapping:
        """The node if it is a mapping."""
        if not isinstance(node, YamlMapping):
            raise self.refusal(node, f"`{what}` must be a mapping")
        if len(node.values) > MOST_ITEMS:
            raise self.refusal(node, f"`{what}` has more than {MOST_ITEMS} entries")
        return node

    def items(self, node: Node, what: str) -> list[Node]:
        """The items of a list; one value alone is a list of one."""
        if isinstance(node, Sequence):
            if len(node.items) > MOST_ITEMS:
                raise self.refusal(node, f"`{what}` has more than {MOST_ITEMS} entries")
            return node.items
        return [self.scalar(node, what)]

    def text(self, node: Node, what: str, most: int = MOST_CHARACTERS) -> str:
        """One value of bounded length, on one line where it is short."""
        text = self.scalar(node, what).text.strip()
        if len(text) > most:
            raise self.refusal(node, f"`{what}` has more than {most} characters")
        return text

    def known(self, entry: Entry, what: str, keys: tuple[str, ...]) -> None:
        """Refuses a key that is not among `keys`, with the nearest one."""
        if entry.key.text not in keys:
            message = f"unknown {what} `{entry.key.text}`"
            raise self.refusal(entry.key, message, nearest(entry.key.text, keys))


class Kind(Protocol):
    """A kind of value."""

    def read(self, node: Node, key: str, reader: Reader) -> object:
        """The value that is written; raises UserError."""
        ...

    def schema(self, rules: Mapping[str, Severity]) -> Schema:
        """Its JSON Schema."""
        ...


def nearest(word: str, choices: tuple[str, ...]) -> str:
    """`did you mean …?` when something is near, else what there is."""
    from difflib import get_close_matches

    if near := get_close_matches(word.lower().replace("_", "-"), choices, 1, 0.5):
        return f"did you mean `{near[0]}`?"
    *most, last = [f"`{choice}`" for choice in sorted(choices)]
    return f"choose {', '.join(most)} or {last}" if most else f"choose {last}"


class Word(NamedTuple):
    """One of some words."""

    words: tuple[str, ...]

    def read(self, node: Node, key: str, reader: Reader) -> object:
        """The word."""
        text = reader.text(node, key)
        if text not in self.words:
            message = f"`{key}` cannot be `{text}`"
            raise reader.refusal(node, message, nearest(text, self.words))
        return text

    def schema(self, rules: Mapping[str, Severity]) -> Schema:
        """An enumeration."""
        return {"enum": list(self.words)}


class Flag(NamedTuple):
    """Yes or no."""

    def read(self, node: Node, key: str, reader: Reader) -> object:
        """The boolean that YAML 1.2 reads."""
        value = reader.scalar(node, key).boolean
        if value is None:
            raise reader.refusal(node, f"`{key}` must be true or false", "without quotes")
        return value

    def schema(self, rules: Mapping[str, Severity]) -> Schema:
        """A boolean."""
        return {"type": "boolean"}


class Whole(NamedTuple):
    """A whole number within bounds."""

    least: int
    most: int

    def read(self, node: Node, key: str, reader: Reader) -> object:
        """The number, written in decimal digits."""
        scalar = reader.scalar(node, key)
        wanted = f"a whole number from {self.least} to {self.most}"
        if scalar.style or not re.fullmatch(r"[0-9]{1,9}", scalar.text, re.ASCII):
            raise reader.refusal(node, f"`{key}` must be {wanted}")
        if not self.least <= int(scalar.text) <= self.most:
            raise reader.refusal(node, f"`{key}` cannot be {int(scalar.text)}: choose {wanted}")
        return int(scalar.text)

    def schema(self, rules: Mapping[str, Severity]) -> Schema:
        """An integer with its bounds."""
        return {"type": "integer", "minimum": self.least, "maximum": self.most}


class Text(NamedTuple):
    """Free text for people."""

    most: int

    def read(self, node: Node, key: str, reader: Reader) -> object:
        """The text without blanks around it."""
        return reader.text(node, key, self.most)

    def schema(self, rules: Mapping[str, Severity]) -> Schema:
        """A string."""
        return {"type": "string", "maxLength": self.most}


class Shape(NamedTuple):
    """What a piece of text looks like: a pattern, and how to say it."""

    pattern: str
    words: str
    is_number: bool = False

    def fits(self, text: str) -> bool:
        """Whether the text, as a whole, has the shape."""
        return len(text) <= MOST_CHARACTERS and re.fullmatch(self.pattern, text) is not None

    def schema(self) -> Schema:
        """A string with a pattern; anchored, as JSON Schema searches."""
        text: Schema = {
            "type": "string",
            "pattern": f"^(?:{self.pattern})$",
            "maxLength": MOST_CHARACTERS,
            "description": self.words,
        }
        if not self.is_number:
            return text
        # An editor takes 12 digits for a number where the loader takes them for text.
        return {"anyOf": [text, {"type": "integer", "minimum": 10**11, "maximum": 10**12 - 1}]}


class Shaped(NamedTuple):
    """A text that has a shape."""

    shape: Shape

    def read(self, node: Node, key: str, reader: Reader) -> object:
        """The text."""
        text = reader.text(node, key)
        if not self.shape.fits(text):
            message = f"`{key}` cannot be `{text}`"
            raise reader.refusal(node, message, f"write {self.shape.words}")
        return text

    def schema(self, rules: Mapping[str, Severity]) -> Schema:
        """A string with a pattern."""
        return self.shape.schema()


class Words(NamedTuple):
    """A list whose items have a shape. `make` turns the items into the value."""

    shape: Shape
    make: Callable[[tuple[str, ...]], object] = tuple
    choices: tuple[str, ...] = ()

    def read(self, node: Node, key: str, reader: Reader) -> object:
        """The items without repeats."""
        found: dict[str, None] = {}
        for item in reader.items(node, key):
            text = reader.text(item, key)
            if self.choices and text not in self.choices:
                message = f"`{key}` cannot hold `{text}`"
                raise reader.refusal(item, message, nearest(text, self.choices))
            if not self.shape.fits(text):
                raise reader.refusal(
                    item, f"`{key}` cannot hold `{text}`", f"write {self.shape.words}"
                )
            found[text] = None
        return self.make(tuple(found))

    def schema(self, rules: Mapping[str, Severity]) -> Schema:
        """A list of strings, or one alone."""
        item = {"enum": list(self.choices)} if self.choices else self.shape.schema()
        return {"anyOf": [item, {"type": "array", "items": item, "maxItems": MOST_ITEMS}]}


class Levels(NamedTuple):
    """A severity, or `off`, for each rule named."""

    def read(self, node: Node, key: str, reader: Reader) -> object:
        """By rule; None where it is off."""
        found: dict[str, Severity | None] = {}
        for entry in reader.mapping(node, key).entries:
            reader.known(entry, "rule", tuple(reader.rules))
            word = Word((*LEVELS, "off")).read(entry.value, f"{key}.{entry.key.text}", reader)
            found[entry.key.text] = LEVELS.get(str(word))
        return found

    def schema(self, rules: Mapping[str, Severity]) -> Schema:
        """An object whose keys are the rules."""
        level = {"enum": [*LEVELS, "off"]}
        return {
            "type": "object",
            "properties": dict.fromkeys(rules, level),
            "additionalProperties": False,
        }


LEVELS = {level.word: level for level in reversed(Severity)}


class Roles(NamedTuple):
    """The role behind each reference."""

    key: Shape
    arn: Shape

    def read(self, node: Node, key: str, reader: Reader) -> object:
        """By reference."""
        found: dict[str, str] = {}
        for entry in reader.mapping(node, key).entries:
            if not self.key.fits(entry.key.text):
                message = f"`{key}` cannot name `{entry.key.text}`"
                raise reader.refusal(entry.key, message, f"write {self.key.words}")
            text = reader.text(entry.value, f"{key}.{entry.key.text}")
            if not self.arn.fits(text):
                message = f"`{key}.{entry.key.text}` is no role"
                raise reader.refusal(entry.value, message, f"write {self.arn.words}")
            found[entry.key.text] = text
        return found

    def schema(self, rules: Mapping[str, Severity]) -> Schema:
        """An object with patterns on both sides."""
        return {
            "type": "object",
            "propertyNames": {"pattern": f"^(?:{self.key.pattern})$"},
            "additionalProperties": self.arn.schema(),
            "maxProperties": MOST_ITEMS,
        }
