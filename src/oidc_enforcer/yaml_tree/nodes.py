"""The nodes of a tree.

`reading` makes the collections by assigning to their slots. What is not asked of every node
(entries, spans) is worked out on demand.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import TypeAlias

from oidc_enforcer.records import NamedTuple
from oidc_enforcer.source import Span, span_of
from oidc_enforcer.yaml_tree import alignment
from oidc_enforcer.yaml_tree.characters import ordinal_fold
from oidc_enforcer.yaml_tree.events import Alias, End, Start
from oidc_enforcer.yaml_tree.scalars import Scalar


class Entry(NamedTuple):
    """A key and its value."""

    key: Scalar
    value: Node

    @property
    def span(self) -> Span:
        """From the key to the end of the value, as written here."""
        return span_of((self.key.span.start, self.value.span.end))


class _AliasEntry(Entry):
    """An entry whose value is an alias; the span of the value itself is at its anchor.

    NOTE: a subclass, so that every entry is a pair, and only these few pay for a third part.
    """

    alias_end: int

    @property
    def span(self) -> Span:
        return span_of((self.key.span.start, self.alias_end))


class Mapping:
    """Keys and values in the order of the file; all of them, also where keys repeat."""

    __slots__ = (
        "_aliases",
        "_end",
        "_entries",
        "_index",
        "_keys",
        "_repeats",
        "_source",
        "_span",
        "_start",
        "values",
    )

    def __init__(self, entries: list[Entry], span: Span) -> None:
        self._entries: list[Entry] | None = entries
        self._span: Span | None = span
        self._index: dict[str, Node] | None = None
        self.values: list[Node] = [entry.value for entry in entries]
        # From here on, what the parser leaves instead of the above.
        self._source = ""
        self._start: Start | None = None
        self._end: End | None = None
        #: The first of each key, by its upper case. INVARIANT: they and the repeats are together
        #: as many as the values.
        self._keys: dict[str, Scalar] = {}
        #: By place in `values`: keys that were there before, and values that are aliases.
        self._repeats: dict[int, Scalar] | None = None
        self._aliases: dict[int, Alias] | None = None

    def __repr__(self) -> str:
        return f"<{self.__class__.__name__} {tuple(self.span)}>"

    @property
    def pairs(self) -> Iterable[tuple[Scalar, Node]]:
        """Every key with its value, for whoever does not ask for their place."""
        if self._repeats or self._entries is not None:
            return self.entries
        return zip(self._keys.values(), self.values, strict=False)

    @property
    def entries(self) -> list[Entry]:
        """Every key with its value."""
        if self._entries is None:
            if self._repeats or self._aliases:
                self._entries = list(self._odd_entries(self._repeats or {}, self._aliases or {}))
            else:
                self._entries = list(map(_entry, zip(self._keys.values(), self.values)))  # noqa: B905
        return self._entries

    def _odd_entries(
        self, repeats: dict[int, Scalar], aliases: dict[int, Alias]
    ) -> Iterator[Entry]:
        firsts = iter(self._keys.values())
        for at, value in enumerate(self.values):
            key = repeats[at] if at in repeats else next(firsts)
            if at not in aliases:
                yield Entry(key, value)
                continue
            entry = _AliasEntry(key, value)
            entry.alias_end = aliases[at].end_mark.index
            yield entry

    @property
    def tag(self) -> str | None:
        """Its explicit tag, in full."""
        return None if self._start is None else self._start.tag

    @property
    def span(self) -> Span:
        """From the first key to the end of the last value, or between the braces, with them."""
        if self._span is None:
            first = next(iter(self._keys.values()), None)
            start = first.span.start if first else None
            self._span = _span(self, self.values, start)
        return self._span

    def get(self, key: str) -> Node | None:
        """The value of a key, the first where it repeats."""
        if self._index is None:
            if self._entries is not None or self._repeats:
                self._index = {entry.key.text: entry.value for entry in reversed(self.entries)}
            else:
                self._index = {key.text: value for key, value in self.pairs}
        return self._index.get(key)

    def entry(self, key: str) -> Entry | None:
        """The first entry of a key."""
        if self.get(key) is None:
            return None
        return next((entry for entry in self.entries if entry.key.text == key), None)

    def entry_ignoring_case(self, key: str) -> Entry | None:
        """The first entry whose key is the same to GitHub, which ignores case in many places."""
        folded = ordinal_fold(key)
        entries = self.entries
        return next((entry for entry in entries if ordinal_fold(entry.key.text) == folded), None)

    def scalar(self, key: str) -> Scalar | None:
        """The value of a key if it is a scalar."""
        value = self.get(key)
        return value if isinstance(value, Scalar) else None

    def mapping(self, key: str) -> Mapping | None:
        """The value of a key if it is a mapping."""
        value = self.get(key)
        return value if isinstance(value, Mapping) else None

    def sequence(self, key: str) -> Sequence | None:
        """The value of a key if it is a sequence."""
        value = self.get(key)
        return value if isinstance(value, Sequence) else None


class Sequence:
    """Items in the order of the file."""

    __slots__ = ("_aliases", "_end", "_source", "_span", "_start", "items")

    def __init__(self, items: list[Node], span: Span) -> None:
        self.items = items
        self._span: Span | None = span
        # From here on, what the parser leaves instead of the span; see Mapping.
        self._source = ""
        self._start: Start | None = None
        self._end: End | None = None
        self._aliases: dict[int, Alias] | None = None

    def __repr__(self) -> str:
        return f"<{self.__class__.__name__} {tuple(self.span)}>"

    @property
    def tag(self) -> str | None:
        """Its explicit tag, in full."""
        return None if self._start is None else self._start.tag

    @property
    def span(self) -> Span:
        """From the first dash to the end of the last item, or between the brackets, with them."""
        if self._span is None:
            self._span = _span(self, self.items, None)
        return self._span


Node: TypeAlias = Scalar | Mapping | Sequence


#: Makes an entry of a pair, past the constructor.
_entry: Callable[[tuple[Scalar, Node]], Entry] = partial(tuple.__new__, Entry)


def _span(node: Mapping | Sequence, values: list[Node], first_key: int | None) -> Span:
    """NOTE: libyaml ends a block collection where the next token begins, we at its last value."""
    assert node._start is not None
    start = alignment.behind_properties(node._source, node._start.start_mark.index)
    end = start if first_key is None else first_key
    if values:
        alias = (node._aliases or {}).get(len(values) - 1)
        end = alias.end_mark.index if alias else values[-1].span.end
    # A pair inside of `[]` is a flow mapping without braces: it begins with its key.
    if start == first_key or node._source[start : start + 1] not in ("[", "{"):
        return span_of((start if first_key is None else first_key, end))
    return Span(start, node._end.end_mark.index if node._end else end)
