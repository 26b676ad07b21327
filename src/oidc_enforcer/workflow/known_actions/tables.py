"""Tables of actions as text: rows, cells, and the row that a step's `uses` finds."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Protocol, TypeVar

from oidc_enforcer.workflow.uses_names import repository_name


class HasName(Protocol):
    """A row, known by the name of its action."""

    @property
    def name(self) -> str:
        """`owner/repo` or `owner/repo/path`; what ends in `*` stands for all that begin so."""
        ...


Row = TypeVar("Row", bound=HasName)
#: Rows by full name, and rows by the beginning of a name; no two beginnings fit one name.
Index = tuple[dict[str, Row], tuple[tuple[str, Row], ...]]


def index(rows: Iterable[Row]) -> Index[Row]:
    """The rows, to be found by `find`."""
    by_name = {row.name: row for row in rows}
    return by_name, tuple((name[:-1], by_name[name]) for name in by_name if name.endswith("*"))


def find(rows: Index[Row], name: str) -> Row | None:
    """The row of an action, by its full name before any beginning; None where there is none."""
    by_name, beginnings = rows
    found = by_name.get(name)
    if found is not None or not name:
        return found
    return next((row for beginning, row in beginnings if name.startswith(beginning)), None)


def cells(line: str) -> list[str]:
    """The cells of a row."""
    return [cell.strip() for cell in line.split("|")]


_LONGEST_NAME = 256  # characters


@lru_cache(maxsize=4096)
def action_name(uses: str) -> str:
    """`owner/repo` or `owner/repo/path` in lower case; "" for local actions and images."""
    text = uses.strip()
    if text[:1] in (".", "$"):
        return ""
    name = repository_name(text).lower()
    return "" if len(name) > _LONGEST_NAME or ":" in name or "$" in name else name
