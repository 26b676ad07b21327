"""The credentials found so far, each once, however often its keys are handed on."""

from __future__ import annotations

from oidc_enforcer.workflow.credentials import Credential, Kind
from oidc_enforcer.workflow.pairs import Pair
from oidc_enforcer.workflow.slots import Slot

#: More places than these tell a reader nothing new.
_MAX_USES = 20
_DOUBTFUL = frozenset({Kind.UNKNOWN, Kind.PASS_THROUGH})
_STORED = frozenset({Kind.STATIC, Kind.STATIC_FALLBACK, Kind.EXTERNAL_STORE})

Key = tuple[int, int]


class Ledger:
    """Credentials by number. A pair is known by the places at which its values enter."""

    def __init__(self) -> None:
        self._entries: list[Credential] = []
        self._by_place: dict[Key, int] = {}
        # NOTE: places are told apart by object identity, so the slots must stay alive.
        self._kept: list[Slot] = []

    def credential(self, number: int) -> Credential:
        """The credential as it is known by now."""
        return self._entries[number]

    def add(self, made: Credential) -> int:
        """Adds access that has no pair, such as a role assumed by OIDC."""
        self._entries.append(made)
        return len(self._entries) - 1

    def record(self, pair: Pair, made: Credential) -> int:
        """Adds a pair, or finds the one of which this is a further use; returns its number."""
        own = [_key(piece.slot) for piece in pair.pieces]
        entries = [_key(origin.slot) for origin in pair.origins]
        is_derived = bool(entries) and not set(own) & set(entries)
        places = entries if is_derived else own
        known = next((self._by_place[key] for key in places if key in self._by_place), None)
        if known is None:
            known = self.add(made)
        elif is_derived:
            self._use(known, made)
        for piece in pair.pieces:
            self._by_place[_key(piece.slot)] = known
            self._kept.append(piece.slot)
        for origin in pair.origins:
            self._remember(origin.slot, known)
        return known

    def find(self, slot: Slot) -> int | None:
        """The number of the pair that this slot is part of."""
        return self._by_place.get(_key(slot))

    def note_role(self, number: int, role: Slot | None, *, bypasses: bool, fallback: bool) -> None:
        """A role is given beside the keys: they win over OIDC, or may be empty and let it pass."""
        entry = self._entries[number]
        if role is None or entry.kind not in _STORED | _DOUBTFUL:
            return
        kind = entry.kind
        if fallback and kind in (Kind.STATIC, Kind.PASS_THROUGH):
            kind = Kind.STATIC_FALLBACK
        self._entries[number] = entry._replace(
            kind=kind, role=role, bypasses=entry.bypasses or bypasses, assumes_role=not fallback
        )

    def _use(self, number: int, made: Credential) -> None:
        entry = self._entries[number]
        seen = {(spot.file, spot.span) for spot in entry.uses}
        fresh = tuple(s for s in made.uses if (s.file, s.span) not in seen)
        uses = (*entry.uses, *fresh)[:_MAX_USES]
        kind, evidence = entry.kind, entry.evidence
        if kind in _DOUBTFUL and made.kind in _STORED:
            kind, evidence = made.kind, made.evidence
        self._entries[number] = entry._replace(
            kind=kind, evidence=evidence, uses=uses, leaves=entry.leaves or made.leaves
        )

    def _remember(self, slot: Slot, number: int) -> None:
        self._by_place.setdefault(_key(slot), number)
        self._kept.append(slot)


def _key(slot: Slot) -> Key:
    return (id(slot.scalar), slot.start)
