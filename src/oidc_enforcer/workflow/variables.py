"""Named values of a workflow: the entries of `env`, `with`, `secrets` and `outputs`."""

from __future__ import annotations

from collections.abc import Iterator

from oidc_enforcer import yaml_tree
from oidc_enforcer.expression import Template, template
from oidc_enforcer.records import NamedTuple
from oidc_enforcer.source import Span


class Variable(NamedTuple):
    """A named value, and the entry of the file that gives it."""

    name: str
    value: yaml_tree.Scalar
    entry: yaml_tree.Entry

    @property
    def span(self) -> Span:
        """From the name to the end of the value."""
        return self.entry.span

    @property
    def template(self) -> Template:
        """The value as text and expressions."""
        return template(self.value.text)


class Variables:
    """A mapping of names to values in file order, or one expression that makes such a mapping.

    `inner` names the key under which a mapping holds its value. NOTE: most are never asked for
    their items, so these are made at first use.
    """

    __slots__ = ("_by_name", "_folded", "_inner", "_items", "_node", "expression")

    def __init__(
        self,
        node: yaml_tree.Mapping | None = None,
        inner: str = "",
        expression: yaml_tree.Scalar | None = None,
    ) -> None:
        self._node = node
        self._inner = inner
        self._items: tuple[Variable, ...] | None = () if node is None else None
        self._by_name: dict[str, Variable] | None = None
        self._folded: str | None = None
        self.expression = expression

    @property
    def items(self) -> tuple[Variable, ...]:
        """Every entry that has a text, or one below the inner key."""
        if self._items is None:
            self._items = tuple(self._made())
        return self._items

    def _made(self) -> Iterator[Variable]:
        assert self._node is not None
        for entry in self._node.entries:
            value = entry.value
            if self._inner and isinstance(value, yaml_tree.Mapping):
                value = value.get(self._inner) or value
            if isinstance(value, yaml_tree.Scalar):
                yield Variable(entry.key.text, value, entry)

    @property
    def folded(self) -> str:
        """All names and texts in lower case: what is not in here is in none of them."""
        if self._folded is None:
            pairs = () if self._node is None else self._node.pairs
            if self._inner or self._items is not None:
                said = [f"{item.name}:{item.value.text}" for item in self.items]
            else:
                said = [f"{k.text}:{v.text}" for k, v in pairs if isinstance(v, yaml_tree.Scalar)]
            self._folded = "\n".join(said).lower()
        return self._folded

    def __iter__(self) -> Iterator[Variable]:
        return iter(self.items)

    def get(self, name: str) -> Variable | None:
        """The variable of this name; action inputs and secrets do not distinguish case."""
        if self._by_name is None:
            # NOTE: the first of a name counts, hence backwards.
            self._by_name = {item.name.lower(): item for item in reversed(self.items)}
        return self._by_name.get(name.lower())

    def text(self, name: str) -> str:
        """The value's text, or "" where there is none."""
        found = self.get(name)
        return found.value.text if found else ""


NO_VARIABLES = Variables()
