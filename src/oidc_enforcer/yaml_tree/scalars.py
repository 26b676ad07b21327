"""Scalars, which libyaml's binding makes; what is not asked of every one is worked out at need."""

from __future__ import annotations

from oidc_enforcer.source import Span, span_of
from oidc_enforcer.yaml_tree import alignment
from oidc_enforcer.yaml_tree.core_schema import (
    BOOLEAN_TAG,
    FALSE_WORDS,
    NULL_TAG,
    NULL_WORDS,
    TRUE_WORDS,
)
from oidc_enforcer.yaml_tree.events import Mark


class Scalar:
    """A text value. Two scalars are the same only when they are one object.

    It is libyaml's event at once, hence the arguments. `style` is how it is written: `""` (plain),
    `'`, `"`, `|` or `>`; `tag` its explicit tag, in full.
    """

    __slots__ = ("_pieces", "_source", "anchor", "end_mark", "start_mark", "style", "tag", "text")

    _source: str
    _pieces: list[alignment.Piece]

    def __init__(
        self,
        anchor: str | None,
        tag: str | None,
        implicit: tuple[bool, bool],
        text: str,
        start: Mark,
        end: Mark,
        style: str,
    ) -> None:
        self.anchor = anchor
        self.tag = tag
        self.text = text
        self.start_mark = start
        self.end_mark = end
        self.style = style

    def __repr__(self) -> str:
        # NOTE: without the text, which may be a secret.
        return f"<{self.__class__.__name__} {tuple(self.span)}>"

    @property
    def span(self) -> Span:
        """The token with its quotes; a block scalar ends with its last line that is not blank."""
        start, end, source = self.start_mark.index, self.end_mark.index, self._source
        if not self.text and not self.style:
            return span_of((end, end))
        if source[start] in "&!":
            start = min(end, alignment.behind_properties(source, start))
        if self.style in ("|", ">"):
            end = alignment.end_of_block(source, start, end)
        return span_of((start, end))

    @property
    def is_null(self) -> bool:
        """Whether GitHub reads null, by the core schema of YAML 1.2."""
        return self.text in NULL_WORDS and not self.style and self.tag in (None, NULL_TAG)

    @property
    def boolean(self) -> bool | None:
        """What GitHub reads where it reads a boolean, by the core schema of YAML 1.2."""
        if self.style or self.tag not in (None, BOOLEAN_TAG):
            return None
        return True if self.text in TRUE_WORDS else False if self.text in FALSE_WORDS else None

    def source_span(self, source: str, start: int, end: int) -> Span:
        """Where the characters `[start, end)` of `text` are written in the file's text.

        An escape or a folded line break is covered as a whole. Falls back to `span` where the
        written form cannot be followed.
        """
        try:
            pieces = self._pieces
        except AttributeError:
            pieces = self._pieces = alignment.pieces(self.text, self.style, source, self.span)
        return alignment.source_span(pieces, start, end) or self.span


class Placed(Scalar):
    """A scalar that no event of its own tells of: an alias as a key, a value that is missing."""

    __slots__ = ("_place",)

    def __init__(
        self, text: str, span: Span, source: str, style: str = "", tag: str | None = None
    ) -> None:
        self.anchor = None
        self.tag = tag
        self.text = text
        self.style = style
        self._place = span
        self._source = source

    @property
    def span(self) -> Span:
        """Where it would stand."""
        return self._place
