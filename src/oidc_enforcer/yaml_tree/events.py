"""libyaml's events around collections and documents, and aliases: as light as they can be made.

Its binding calls these classes itself; of what it tells, only what `reading` uses is kept.
"""

from __future__ import annotations

from typing import Protocol


class Mark(Protocol):
    """A place as libyaml tells it; `index` counts characters."""

    @property
    def index(self) -> int:
        """The offset in the text."""


class Start:
    """libyaml's event at the beginning of a collection."""

    __slots__ = ("anchor", "end_mark", "start_mark", "tag")

    def __init__(
        self,
        anchor: str | None,
        tag: str | None,
        implicit: bool,
        start: Mark,
        end: Mark,
        flow: bool,
    ) -> None:
        self.anchor = anchor
        self.tag = tag
        self.start_mark = start
        self.end_mark = end


class MappingStart(Start):
    """The beginning of a mapping."""

    __slots__ = ()


class SequenceStart(Start):
    """The beginning of a sequence."""

    __slots__ = ()


class End:
    """libyaml's event at the end of a collection."""

    __slots__ = ("end_mark", "start_mark")

    def __init__(self, start: Mark, end: Mark) -> None:
        self.start_mark = start
        self.end_mark = end


class MappingEnd(End):
    """The end of a mapping."""

    __slots__ = ()


class SequenceEnd(End):
    """The end of a sequence."""

    __slots__ = ()


class Frame:
    """libyaml's event at the beginning or the end of the stream or of a document."""

    __slots__ = ("end_mark", "start_mark")

    def __init__(self, start: Mark, end: Mark, *properties: object) -> None:
        self.start_mark = start
        self.end_mark = end


class DocumentStart(Frame):
    """The beginning of a document."""

    __slots__ = ()


class Alias:
    """libyaml's event for an alias; `anchor` is what it stands for."""

    __slots__ = ("anchor", "end_mark", "start_mark")

    def __init__(self, anchor: str, start: Mark, end: Mark) -> None:
        self.anchor = anchor
        self.start_mark = start
        self.end_mark = end
