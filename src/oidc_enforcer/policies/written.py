"""Where trust policies stand in a large JSON file that was read without places."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property

from oidc_enforcer.iam.json_text import JsonError, Located, read_at
from oidc_enforcer.source import SourceFile

#: Texts of so many characters have lines of so many on average, or no places are told.
_LONG, _LONGEST_LINE = 100_000, 1_000


class Written:
    """The objects that stand under members of one name in a file, and where. `data` is its value.

    The objects of the data, in their order, are those of the text in its order.
    """

    def __init__(self, source: SourceFile, data: object, member: str) -> None:
        self.source = source
        self._data = data
        self._member = member

    def where(self, document: object) -> Located | None:
        """The document with its places; it must be the very object. None where that fails."""
        offset = self._offsets.get(id(document))
        if offset is None:
            return None
        try:
            located = read_at(self.source.text, offset)
        except JsonError:
            return None
        return located if located.value == document else None

    @cached_property
    def _offsets(self) -> dict[int, int]:
        text = self.source.text
        if len(text) > _LONG and text.count("\n") < len(text) // _LONGEST_LINE:
            return {}  # a place in a line of megabytes helps nobody, and costs a lot to show
        pattern = rf'(?<!\\)"{self._member}"\s*:\s*(?=\{{)'
        offsets = [found.end() for found in re.finditer(pattern, text)]
        documents = list(self._documents())
        if len(offsets) != len(documents):
            return {}  # the name stands in some text as well
        return dict(zip(map(id, documents), offsets, strict=True))

    def _documents(self) -> Iterator[object]:
        waiting: list[object] = [self._data]
        while waiting:
            value = waiting.pop()
            if isinstance(value, _Found):
                yield value.document
            elif isinstance(value, list):
                waiting.extend(reversed(value))
            elif isinstance(value, dict):
                for name, each in reversed(value.items()):
                    waiting.append(each)
                    if name == self._member and isinstance(each, dict):
                        waiting.append(_Found(each))


class _Found:
    __slots__ = ("document",)

    def __init__(self, document: object) -> None:
        self.document = document
