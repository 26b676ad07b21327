"""Where a value comes from: followed through env, outputs, inputs and the matrix."""

from __future__ import annotations

import enum

from oidc_enforcer.records import NamedTuple
from oidc_enforcer.source import SourceFile, Span
from oidc_enforcer.workflow.slots import Slot


class Source(enum.Enum):
    """The kinds of places at which following a value ends."""

    SECRET = "secret"  # `secrets.X`
    VARIABLE = "variable"  # `vars.X`
    INPUT = "input"  # an input whose caller is not in sight
    LITERAL = "literal"
    STORE = "store"  # a long-lived value read from a secret store
    SESSION = "session"  # temporary credentials of a session: STS, OIDC, a login
    BROKER = "broker"  # short-lived credentials issued by a broker
    UNKNOWN = "unknown"

    # NOTE: of the member itself; by its name, as by default, takes five times as long.
    __hash__ = object.__hash__


class Origin(NamedTuple):
    """An end of the trail. `reference` may be shown (`secrets.X`); `text` is a literal and may not.

    `slot` is where the value enters: the entry or setting whose text holds the reference.
    `word` is the name that says what the value is: the secret's, the variable's, the input's.
    """

    source: Source
    reference: str
    slot: Slot
    word: str = ""
    text: str = ""

    @property
    def place(self) -> tuple[SourceFile, Span]:
        """The file and the span at which the value enters."""
        return self.slot.file, self.slot.span

    @property
    def is_stored(self) -> bool:
        """Whether the value lives in GitHub's secrets or variables."""
        return self.source in (Source.SECRET, Source.VARIABLE)


#: Everything that a value may come from; none where it is empty.
Origins = tuple[Origin, ...]
