"""Regular expressions that cost nothing until they are used."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

Match = re.Match[str]


class Pattern:
    """A regular expression that is compiled at its first use.

    This package has eighty of them, a script needs a few, and most runs start with none.
    """

    match: Callable[..., Match | None]
    search: Callable[..., Match | None]
    finditer: Callable[..., Iterator[Match]]
    findall: Callable[..., list[Any]]
    sub: Callable[..., str]

    def __init__(self, source: str, flags: int = 0) -> None:
        self._source = source
        self._flags = flags

    def __getattr__(self, name: str) -> Any:
        # Reached only as long as the methods below are not there.
        if name not in ("match", "search", "finditer", "findall", "sub"):
            raise AttributeError(name)
        pattern = re.compile(self._source, self._flags)
        self.match, self.search = pattern.match, pattern.search
        self.finditer, self.findall = pattern.finditer, pattern.findall
        self.sub = pattern.sub
        return getattr(self, name)
