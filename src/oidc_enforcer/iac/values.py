"""Values of infrastructure code, which remember where they are written.

Plain Python stands for plain values: `str`, `bool`, `int`, `float`, `None`. Containers may hold
`Unknown` members, because nobody may ever ask for these.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple, TypeAlias

from oidc_enforcer.iam.json_text import Json, JsonError, Located, Number, pointer_token
from oidc_enforcer.iam.json_text import read as read_json
from oidc_enforcer.source import SourceFile

Value: TypeAlias = object
#: A policy nests five deep; code around it some more.
MAX_DEPTH = 64
MAX_TEXT = 1_000_000
MAX_ITEMS = 20_000


class Site(NamedTuple):
    """A place in a file."""

    source: SourceFile
    offset: int

    @property
    def line(self) -> int:
        """The line, from 1."""
        return self.source.text.count("\n", 0, self.offset) + 1

    def __str__(self) -> str:
        return f"{self.source.path}:{self.line}"


class Unknown(NamedTuple):
    """What the code alone does not tell, and why; `reason` names the expression and its line."""

    reason: str


class Object(dict[str, Value]):
    """A map or an object; `sites` tell where its members are written, as far as that is known."""

    __slots__ = ("sites",)

    def __init__(self, members: Mapping[str, Value], sites: Mapping[str, Site] | None = None):
        super().__init__(members)
        self.sites: Mapping[str, Site] = sites or {}


class List(list[Value]):
    """A list, tuple or set; `sites` are those of its items, or fewer."""

    __slots__ = ("sites",)

    def __init__(self, items: Iterable[Value], sites: Iterable[Site] = ()):
        super().__init__(items)
        self.sites: tuple[Site, ...] = tuple(sites)


class JsonText(str):
    """Text that was made from data, which is kept with its places."""

    data: Value

    @classmethod
    def of(cls, data: Value) -> JsonText | Unknown:
        """The text of data, as `jsonencode` writes it; Unknown when a part of it is."""
        missing = first_unknown(data)
        if missing is not None:
            return missing
        text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
        if len(text) > MAX_TEXT:
            return Unknown(f"a text of more than {MAX_TEXT:,} characters")
        made = cls(text)
        made.data = data
        return made


class Piece(NamedTuple):
    """A stretch of rendered text: `length` characters from `start` are those from `site` on.

    `length` 0: what is rendered from `start` on comes from an expression at `site`.
    """

    start: int
    length: int
    site: Site


class Rendered(str):
    """Text made from a template; `pieces` tell where its characters are written."""

    pieces: tuple[Piece, ...]

    @classmethod
    def of(cls, text: str, pieces: Iterable[Piece]) -> Rendered:
        """The text with its pieces, which are in order."""
        made = cls(text)
        made.pieces = tuple(pieces)
        return made

    def site(self, at: int) -> Site | None:
        """Where the character at an offset is written."""
        found: Piece | None = None
        for piece in self.pieces:
            if piece.start > at:
                break
            found = piece
        if found is None:
            return None
        within = min(at - found.start, max(found.length - 1, 0))
        return Site(found.site.source, found.site.offset + within)


def first_unknown(value: Value, depth: int = 0) -> Unknown | None:
    """The first part of a value that is not known."""
    if isinstance(value, Unknown):
        return value
    if depth > MAX_DEPTH:
        return Unknown(f"a value nested deeper than {MAX_DEPTH} levels")
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for part in parts:
        missing = first_unknown(part, depth + 1)
        if missing is not None:
            return missing
    return None


class Document(NamedTuple):
    """A policy as data, with the offset of every part of it in `source`."""

    located: Located
    source: SourceFile


def document(value: Value, home: Site) -> Document | Unknown:
    """The JSON document that a value stands for; parts without a place of their own are at `home`.

    The places are those of the file in which most of the document is written: where its statements
    are.
    """
    if isinstance(value, Unknown):
        return value
    if isinstance(value, JsonText):
        return _from_data(value.data, home)
    if isinstance(value, str):
        return _from_text(value, home)
    if isinstance(value, dict):
        return _from_data(value, home)
    return Unknown("the policy is no text")


def from_json(text: str) -> Value:
    """What `jsondecode` gives for a text that need not be plain JSON in every respect."""
    try:
        return _as_values(read_json(text).value)
    except JsonError as problem:
        return Unknown(f"not valid JSON: {problem.message}")


def _as_values(data: object) -> Value:
    if isinstance(data, dict):
        return Object({name: _as_values(each) for name, each in data.items()})
    if isinstance(data, list):
        return List(map(_as_values, data))
    if isinstance(data, Number):
        number = float(data)
        return int(data) if data.lstrip("-").isdigit() else number
    return data


def _from_text(text: str, home: Site) -> Document | Unknown:
    try:
        located = read_json(text)
    except JsonError as problem:
        site = text.site(problem.offset) if isinstance(text, Rendered) else None
        return Unknown(f"the policy is not valid JSON: {problem.message} ({site or home})")
    if not isinstance(text, Rendered):
        return Document(
            Located(located.value, _Places(home.offset), _Places(home.offset)), home.source
        )
    sites = [text.site(offset) for offset in located.offsets.values()]
    source = _most([site.source for site in sites if site], home.source)
    return Document(
        Located(
            located.value,
            _placed(text.site, located.offsets, source, home),
            _placed(text.site, located.names, source, home),
        ),
        source,
    )


def _placed(
    site_of: Callable[[int], Site | None], offsets: dict[str, int], source: SourceFile, home: Site
) -> _Places:
    places = _Places(home.offset if home.source is source else 0)
    for pointer, offset in offsets.items():
        site = site_of(offset)
        if site is not None and site.source is source:
            places[pointer] = site.offset
    return places


def _from_data(data: Value, home: Site) -> Document | Unknown:
    missing = first_unknown(data)
    if missing is not None:
        return missing
    sites: dict[str, Site] = {}
    _collect(data, "", sites)
    source = _most([site.source for site in sites.values()], home.source)
    places = _Places(home.offset if home.source is source else 0)
    for pointer, site in sites.items():
        if site.source is source:
            places[pointer] = site.offset
    if home.source is not source and sites:
        places.start = min(places.values())
    return Document(Located(_plain(data), places, places), source)


def _collect(data: Value, pointer: str, sites: dict[str, Site]) -> None:
    if isinstance(data, dict):
        known = data.sites if isinstance(data, Object) else {}
        for name, member in data.items():
            below = f"{pointer}/{pointer_token(str(name))}"
            if name in known:
                sites[below] = known[name]
            _collect(member, below, sites)
    elif isinstance(data, list):
        items = data.sites if isinstance(data, List) else ()
        for number, item in enumerate(data):
            below = f"{pointer}/{number}"
            if number < len(items):
                sites[below] = items[number]
            _collect(item, below, sites)


def _plain(data: Value) -> Json:
    """As `json_text.read` would give it: numbers as they are written."""
    if isinstance(data, dict):
        return {str(name): _plain(each) for name, each in data.items()}
    if isinstance(data, list):
        return [_plain(each) for each in data]
    if isinstance(data, bool) or data is None:
        return data
    if isinstance(data, int | float):
        return Number(json.dumps(data))
    return str(data)


def _most(sources: list[SourceFile], default: SourceFile) -> SourceFile:
    return max(sources, key=sources.count) if sources else default


class _Places(dict[str, int]):
    """Offsets by JSON pointer; what has none stands where its parent does."""

    def __init__(self, start: int) -> None:
        super().__init__()
        self.start = start

    def __missing__(self, pointer: str) -> int:
        return self[pointer.rpartition("/")[0]] if pointer else self.start
