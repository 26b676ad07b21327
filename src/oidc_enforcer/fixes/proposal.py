"""What a fix is made of while it is being drawn up, and what whoever asks for it may choose."""

from __future__ import annotations

from typing import NamedTuple

from oidc_enforcer.finding import FileEdits, Fix, Safety
from oidc_enforcer.source import Edit, Span


class Choices(NamedTuple):
    """What the user wants: `role` is `secrets.X`, `vars.X` or an ARN, `region` a region's name.

    Empty: worked out from the file.
    """

    role: str = ""
    region: str = ""


class NoFix(Exception):  # noqa: N818 - an answer, not an error
    """There is no edit of this shape; the reason is for people."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Draft:
    """The edits of one fix, file by file, with what must exist first and what is in doubt."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._edits: dict[str, dict[Edit, None]] = {}
        self.requires: dict[str, None] = {}
        self.doubts: dict[str, None] = {}

    def edit(self, span: Span, text: str, path: str = "") -> None:
        """Replaces a span; the same edit twice is one."""
        self._edits.setdefault(path or self.path, {})[Edit(span, text)] = None

    def edits(self, path: str = "") -> tuple[Edit, ...]:
        """The edits of a file, in order."""
        return _merged(self._edits.get(path or self.path, {}))

    def require(self, text: str) -> None:
        """Something that must exist before the edited file works."""
        self.requires[text] = None

    def doubt(self, text: str) -> None:
        """A reason why a person must look at the edits."""
        self.doubts[text] = None

    def adopt(self, other: Draft) -> None:
        """Takes over all that another draft says, of whatever files."""
        for path, edits in other._edits.items():
            self._edits.setdefault(path, {}).update(edits)
        self.requires.update(other.requires)
        self.doubts.update(other.doubts)

    def fix(self, title: str, *, never_safe: str = "") -> Fix:
        """The finished fix; any doubt makes it unsafe."""
        if never_safe:
            self.doubt(never_safe)
        elsewhere = tuple(
            FileEdits(path, _merged(found))
            for path, found in self._edits.items()
            if path != self.path
        )
        return Fix(
            title,
            self.edits(),
            Safety.UNSAFE if self.doubts else Safety.SAFE,
            elsewhere=elsewhere,
            first=tuple(self.requires),
            doubts=tuple(self.doubts),
        )


def _inserts(edit: Edit) -> bool:
    return edit.span.start == edit.span.end


def _merged(edits: dict[Edit, None]) -> tuple[Edit, ...]:
    """In order, without removals that lie inside of another removal."""
    found: list[Edit] = []
    # NOTE: what is put in where something else begins to go comes first.
    for edit in sorted(edits, key=lambda one: (one.span.start, not _inserts(one), -one.span.end)):
        if found and edit.span.end <= found[-1].span.end and edit.span.start < found[-1].span.end:
            if edit.text:
                raise NoFix("two changes of this fix meet at one place")
            continue
        found.append(edit)
    return tuple(found)
