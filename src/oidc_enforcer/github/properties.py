"""Custom properties of repositories: a property has one value, several or none."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any


def properties(listed: Iterable[Mapping[str, Any]]) -> dict[str, tuple[str, ...]]:
    """The values of each property by its name."""
    return {str(one["property_name"]): _values(one.get("value")) for one in listed}


def _values(value: object) -> tuple[str, ...]:
    if isinstance(value, list):
        return tuple(map(str, value))
    return () if value is None else (str(value),)
