"""The credentials found so far, each once, however often its keys are handed on."""

from __future__ import annotations

from oidc_enforcer.shell import OF_SCRIPT, Sink
from oidc_enforcer.workflow.credential_names import read_name
from oidc_enforcer.workflow.credentials import Credential, Kind, Spot
from oidc_enforcer.workflow.pairs import Pair
from oidc_enforcer.workflow.provider import Provider
from oidc_enforcer.workflow.slots import Slot

#: More places than these tell a reader nothing new.
_MAX_USES = 20
_DOUBTFUL = frozenset({Kind.UNKNOWN, Kind.PASS_THROUGH})
_KEY_VARIABLE = "AWS_ACCESS_KEY_ID"
_ENVIRONMENT = OF_SCRIPT | {Sink.GITHUB_ENV}
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

    def lose_token(self, number: int) -> None:
        """What takes the session token away from stored keys in the environment says it is none."""
        entry = self._entries[number]
        if entry.kind is not Kind.STORED_TEMPORARY or entry.pair is None:
            return
        token = entry.pair.session_token
        if token is None or (token.slot.setting and token.slot.setting.sink not in _ENVIRONMENT):
            return
        evidence = "the session token beside it is taken away before it is used"
        self._entries[number] = entry._replace(kind=Kind.STATIC, evidence=evidence)

    def take_for_aws(self, number: int) -> bool:
        """Whether a stored pair goes where AWS's tools look, and only a name says another store."""
        entry = self._entries[number]
        pair = entry.pair
        if entry.kind is not Kind.OTHER_PROVIDER or pair is None or _is_told(entry):
            return False
        of_aws = read_name(pair.first.slot.name) == read_name(_KEY_VARIABLE)
        if not of_aws or not any(origin.is_stored for origin in pair.origins):
            return False
        self._entries[number] = entry._replace(kind=Kind.STATIC, evidence="")
        return True

    def settle(self) -> None:
        """Lets each place of a pair know what the other places of the same secrets tell of it.

        A secret holds one key: one that is sent to another provider's endpoint here is no AWS key
        there, and one that is AWS's under the name of a variable is so under any other.
        """
        groups: dict[object, list[int]] = {}
        for number, entry in enumerate(self._entries):
            if entry.kind in _SETTLED and (key := _secrets_of(entry)) is not None:
                groups.setdefault(key, []).append(number)
        for numbers in groups.values():
            if len(numbers) > 1:
                self._settle(numbers)

    def _settle(self, numbers: list[int]) -> None:
        told = [self._entries[n] for n in numbers if _is_told(self._entries[n])]
        elsewhere = next((e for e in told if e.kind is Kind.OTHER_PROVIDER), None)
        if elsewhere is not None and not any(_is_of_aws(entry) for entry in told):
            for number in numbers:
                self._become(number, Kind.OTHER_PROVIDER, elsewhere.evidence)
        elif any(self._entries[n].kind is Kind.STATIC for n in numbers):
            for number in numbers:
                if self._entries[number].kind is Kind.UNKNOWN:
                    self._become(number, Kind.STATIC, "")

    def _become(self, number: int, kind: Kind, evidence: str) -> None:
        """A place that tells nothing by itself is judged by what others tell."""
        entry = self._entries[number]
        if not _is_told(entry):
            bypasses = entry.bypasses and kind is Kind.STATIC
            self._entries[number] = entry._replace(kind=kind, evidence=evidence, bypasses=bypasses)

    def _use(self, number: int, made: Credential) -> None:
        entry = self._entries[number]
        seen = {(spot.file, spot.span) for spot in entry.uses}
        fresh = tuple(s for s in made.uses if (s.file, s.span) not in seen)
        uses = (*entry.uses, *fresh)[:_MAX_USES]
        kind, evidence = entry.kind, entry.evidence
        if (kind in _DOUBTFUL and made.kind in _STORED) or _is_told_elsewhere(entry, made):
            kind, evidence = made.kind, made.evidence
        self._entries[number] = entry._replace(
            kind=kind,
            evidence=evidence,
            others=_halves(entry, made),
            uses=uses,
            leaves=entry.leaves or made.leaves,
        )

    def _remember(self, slot: Slot, number: int) -> None:
        self._by_place.setdefault(_key(slot), number)
        self._kept.append(slot)


#: Classes that the provider decides.
_SETTLED = frozenset({Kind.STATIC, Kind.UNKNOWN, Kind.OTHER_PROVIDER})


def _secrets_of(entry: Credential) -> object | None:
    """The stored values that a whole pair is fed by, and nothing else; where they may differ."""
    pair = entry.pair
    if pair is None or not pair.is_complete or not all(origin.is_stored for origin in pair.origins):
        return None
    if any(len(found.origins) != 1 for found in pair.pieces):
        return None
    at = entry.job.environment if entry.job is not None else None
    where = None if at is None else entry.file.text[at.span.start : at.span.end]
    return frozenset(origin.reference for origin in pair.origins), where


def _is_told_elsewhere(entry: Credential, use: Credential) -> bool:
    """Whether a pair that says nothing of its owner is used at another provider's endpoint."""
    if use.kind is not Kind.OTHER_PROVIDER or not _is_told(use):
        return False
    return entry.kind in _SETTLED and not _is_told(entry)


def _halves(entry: Credential, use: Credential) -> tuple[Spot, ...]:
    """The places of the pair's other half, one that only the use shows to belong to it as well."""
    if entry.pair is None or entry.pair.is_complete:
        return entry.others
    known = {(entry.file, entry.at), *((spot.file, spot.span) for spot in entry.others)}
    entering = (Spot(use.file, use.at, ""), *use.others)
    return (*entry.others, *(s for s in entering if (s.file, s.span) not in known))


def _is_told(entry: Credential) -> bool:
    return entry.whose is not None and entry.whose.is_told


def _is_of_aws(entry: Credential) -> bool:
    return entry.whose is not None and entry.whose.provider is Provider.AWS


def _key(slot: Slot) -> Key:
    return (id(slot.scalar), slot.start)
