"""JSON that remembers where each value stands and does not forgive a member given twice."""

from __future__ import annotations

import re
from json import JSONDecoder
from typing import NamedTuple, TypeAlias

#: A policy nests five deep; more than this is not a policy.
MAX_DEPTH = 32

Json: TypeAlias = "str | Number | bool | list[Json] | dict[str, Json] | None"


class Number(str):
    """A JSON number as it is written, because IAM compares what was written."""

    __slots__ = ()


class JsonError(Exception):
    """Text that is not the JSON we accept: what is wrong, and the offset where."""

    def __init__(self, message: str, pointer: str, offset: int) -> None:
        super().__init__(message)
        self.message = message
        self.pointer = pointer
        self.offset = offset


class Located(NamedTuple):
    """A JSON value, and by JSON pointer (RFC 6901) the offset of every value and member's name."""

    value: Json
    offsets: dict[str, int]
    names: dict[str, int]


def read(text: str, depth: int = MAX_DEPTH) -> Located:
    """Reads one JSON value; raises JsonError, also for duplicate members."""
    reader = _Reader(text, depth)
    value, end = reader.value(reader.skip(0), "", 0)
    end = reader.skip(end)
    if end != len(text):
        raise JsonError("unexpected text after the policy", "", end)
    return Located(value, reader.offsets, reader.names)


def read_at(text: str, offset: int, depth: int = MAX_DEPTH) -> Located:
    """Reads the JSON value at an offset, whatever follows; raises JsonError."""
    reader = _Reader(text, depth)
    value, _ = reader.value(offset, "", 0)
    return Located(value, reader.offsets, reader.names)


def pointer_token(name: str) -> str:
    """A member's name as a JSON pointer spells it."""
    return name.replace("~", "~0").replace("/", "~1")


_DECODER = JSONDecoder(parse_int=Number, parse_float=Number)
_SPACE = re.compile(r"[ \t\n\r]*")


class _Reader:
    __slots__ = ("most", "names", "offsets", "text")

    def __init__(self, text: str, most: int) -> None:
        self.text = text
        self.most = most
        self.offsets: dict[str, int] = {}
        self.names: dict[str, int] = {}

    def skip(self, at: int) -> int:
        found = _SPACE.match(self.text, at)
        return found.end() if found else at

    def value(self, at: int, pointer: str, depth: int) -> tuple[Json, int]:
        if depth > self.most:
            raise JsonError(f"nested deeper than {self.most} levels", pointer, at)
        self.offsets[pointer] = at
        start = self.text[at : at + 1]
        if start == "{":
            return self.members(at + 1, pointer, depth)
        if start == "[":
            return self.items(at + 1, pointer, depth)
        return self.scalar(at, pointer)

    def scalar(self, at: int, pointer: str) -> tuple[Json, int]:
        # NOTE: Python's decoder would also take NaN, Infinity and -Infinity.
        if not self.text[at : at + 1] or self.text[at] in "NI" or self.text[at : at + 2] == "-I":
            raise JsonError("expected a JSON value", pointer, at)
        try:
            value, end = _DECODER.raw_decode(self.text, at)
        except ValueError:
            raise JsonError("expected a JSON value", pointer, at) from None
        return value, end

    def members(self, at: int, pointer: str, depth: int) -> tuple[Json, int]:
        members: dict[str, Json] = {}
        at = self.skip(at)
        if self.text[at : at + 1] == "}":
            return members, at + 1
        while True:
            if self.text[at : at + 1] != '"':
                raise JsonError("expected a member's name in quotes", pointer, at)
            name, end = self.scalar(at, pointer)
            assert isinstance(name, str)
            if name in members:
                raise JsonError(f"`{name}` is given twice", pointer, at)
            place = f"{pointer}/{pointer_token(name)}"
            self.names[place] = at
            at = self.expect(":", self.skip(end), pointer)
            members[name], at = self.value(self.skip(at), place, depth + 1)
            at = self.skip(at)
            if self.text[at : at + 1] == "}":
                return members, at + 1
            at = self.skip(self.expect(",", at, pointer))

    def items(self, at: int, pointer: str, depth: int) -> tuple[Json, int]:
        items: list[Json] = []
        at = self.skip(at)
        if self.text[at : at + 1] == "]":
            return items, at + 1
        while True:
            item, at = self.value(at, f"{pointer}/{len(items)}", depth + 1)
            items.append(item)
            at = self.skip(at)
            if self.text[at : at + 1] == "]":
                return items, at + 1
            at = self.skip(self.expect(",", at, pointer))

    def expect(self, mark: str, at: int, pointer: str) -> int:
        if self.text[at : at + 1] != mark:
            raise JsonError(f"expected `{mark}`", pointer, at)
        return at + 1
