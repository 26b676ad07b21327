"""Patterns of `*` and `?` in the configuration, in time that does not explode."""

from __future__ import annotations

from functools import lru_cache
from typing import cast


@lru_cache(maxsize=4096)  # the same exceptions meet the same paths, finding by finding
def matches(pattern: str, text: str) -> bool:
    """Whether the pattern fits the whole text; `*` is any text, `/` too, `?` one character."""
    if pattern in ("*", text):
        return True
    from oidc_enforcer.iam import value_pattern

    # Without variables a value has no other parts than a glob.
    glob = cast("value_pattern.Glob", value_pattern.parse(pattern, variables=False))
    return value_pattern.matches(glob, text)
