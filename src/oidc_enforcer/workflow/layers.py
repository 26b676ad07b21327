"""Variables by scope, and what the scopes of a place show together."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

from oidc_enforcer.records import NamedTuple
from oidc_enforcer.source import SourceFile
from oidc_enforcer.workflow import object_stores
from oidc_enforcer.workflow.slots import Slot, of_variable
from oidc_enforcer.workflow.variables import NO_VARIABLES, Variables

#: Variables of one scope that are heard about whose keys these are; more of them say nothing new.
_MOST_TELLING = 100

#: The four layers of env, weakest first; a value may only read layers below its own.
_WORKFLOW, _JOB, WRITTEN, STEP, ALL = range(5)


class Layer:
    """The variables of one scope by name, the last where a name repeats; made at first use."""

    __slots__ = ("_file", "_given", "_slots", "_telling")

    def __init__(self, file: SourceFile, given: Variables) -> None:
        self._file = file
        self._given = given
        self._slots: dict[str, Slot] | None = {} if given is NO_VARIABLES else None
        self._telling: dict[str, Slot] | None = self._slots

    @classmethod
    def of_slots(cls, file: SourceFile, slots: Iterable[Slot]) -> Layer:
        """A layer of slots that are at hand: an action's inputs, a script's settings."""
        layer = cls(file, NO_VARIABLES)
        layer._slots = {slot.name: slot for slot in slots}
        layer._telling = None
        return layer

    @property
    def slots(self) -> dict[str, Slot]:
        """Every variable."""
        if self._slots is None:
            self._slots = {item.name: of_variable(self._file, item) for item in self._given.items}
        return self._slots

    @property
    def telling(self) -> dict[str, Slot]:
        """Those that may tell whose keys these are."""
        if self._telling is None:
            telling = ((name, slot) for name, slot in self.slots.items() if may_tell(name, slot))
            self._telling = dict(islice(telling, _MOST_TELLING))
        return self._telling


class View(NamedTuple):
    """Layers that are visible at one place, the strongest last."""

    layers: tuple[Layer, ...]

    def find(self, name: str) -> Slot | None:
        """The variable of this name in the strongest layer that has one."""
        for layer in reversed(self.layers):
            found = layer.slots.get(name)
            if found is not None:
                return found
        return None

    def under(self, layer: Layer) -> View:
        """The same with one more layer on top."""
        return View((*self.layers, layer))

    @property
    def telling(self) -> tuple[tuple[str, Slot], ...]:
        """The variables that may tell whose keys these are, but for those that others hide."""
        heard: dict[str, Slot] = {}
        for layer in self.layers:
            heard.update(layer.telling)
        return tuple((name, slot) for name, slot in heard.items() if self.find(name) is slot)


NOTHING_VISIBLE = View(())


def may_tell(name: str, slot: Slot) -> bool:
    """Whether a variable may say whose keys stand beside it: an endpoint, a region, a switch."""
    folded = name.lower()
    if "provider" in folded or "region" in folded or "endpoint" in folded:
        return True
    return object_stores.is_endpoint_name(name) or slot.value.strip() == "true"
