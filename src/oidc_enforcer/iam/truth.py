"""Three-valued truth: None says that it cannot be told."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

Truth: TypeAlias = "bool | None"


def negate(truth: Truth) -> Truth:
    """The opposite; what cannot be told stays so."""
    return None if truth is None else not truth


def every(truths: Iterable[Truth]) -> Truth:
    """False if one is, else None if one is, else True."""
    result: Truth = True
    for truth in truths:
        if truth is False:
            return False
        if truth is None:
            result = None
    return result


def some(truths: Iterable[Truth]) -> Truth:
    """True if one is, else None if one is, else False."""
    result: Truth = False
    for truth in truths:
        if truth is True:
            return True
        if truth is None:
            result = None
    return result


def agreed(truths: Iterable[Truth]) -> Truth:
    """What all say, else None."""
    found = set(truths)
    return found.pop() if len(found) == 1 else None
