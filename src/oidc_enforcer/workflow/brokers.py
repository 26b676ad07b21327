"""Steps that fetch credentials: where their variables and outputs come from then."""

from __future__ import annotations

import re
from collections.abc import Iterator

from oidc_enforcer.workflow import logins, slots
from oidc_enforcer.workflow.credential_names import Evidence, Half, read_name
from oidc_enforcer.workflow.known_actions import BrokerKind, broker
from oidc_enforcer.workflow.model import Step
from oidc_enforcer.workflow.origins import Origin, Source
from oidc_enforcer.workflow.pairs import Piece
from oidc_enforcer.workflow.scene import Scene
from oidc_enforcer.workflow.slots import Slot
from oidc_enforcer.workflow.variables import Variables
from oidc_enforcer.yaml_tree import Scalar

_BROKER_SOURCES = {
    BrokerKind.BROKERED: Source.BROKER,
    BrokerKind.TEMPORARY: Source.SESSION,
    BrokerKind.EXTERNAL_STORE: Source.STORE,
}


def apply_broker(step: Step, scene: Scene) -> None:
    """Lets a step that fetches credentials fill the environment and its outputs."""
    assert step.uses is not None
    if step.uses.is_action("aws-actions/amazon-ecr-login"):
        _offer(step, scene, Source.SESSION)
        return
    found = broker(step.uses.value.text)
    if found is None:
        return
    # NOTE: what an unknown broker calls an AWS key is stored there, unless a token says otherwise.
    source = _BROKER_SOURCES.get(found.kind, Source.STORE)
    given = vault_pieces(scene, step.inputs, step)
    mapped = {p.slot.name: p.origins for pieces in given for p in pieces}
    for item in step.env:
        origins = scene.resolve(slots.of_variable(scene.file, item))
        if any(origin.source is Source.STORE for origin in origins):
            mapped[item.name] = origins
    for name, origins in mapped.items():
        scene.write(name, origins)
    _offer(step, scene, source, mapped)


def _offer(
    step: Step, scene: Scene, source: Source, mapped: dict[str, tuple[Origin, ...]] | None = None
) -> None:
    """Makes every output of the step come from `source`, but for those that `mapped` knows."""
    if not step.id or step.uses is None:
        return
    # NOTE: the closure keeps the file and not the scene, which would keep itself alive.
    file, value, known = scene.file, step.uses.value, mapped or {}
    # NOTE: each output gets a slot of its own, so that two of them are never taken for one value.
    made: dict[str, Slot] = {}

    def output(name: str) -> tuple[Origin, ...]:
        if name in known:
            return known[name]
        return (Origin(source, f"steps.{step.id}.outputs.{name}", _own(made, name), name),)

    def _own(slots_by_name: dict[str, Slot], name: str) -> Slot:
        offset = -1 - len(slots_by_name)
        fresh = Slot(name, "", file, value, offset, offset)
        return slots_by_name.setdefault(name, fresh)

    scene.outputs[step.id] = output


#: NOTE: of an unknown broker, what is named after an AWS key and is not dynamic is stored there.
_STORES = frozenset({BrokerKind.EXTERNAL_STORE, BrokerKind.UNKNOWN})


def vault_pieces(
    scene: Scene, inputs: Variables, step: Step | None = None, *, only_mapped: bool = False
) -> Iterator[list[Piece]]:
    """Halves named by lines: `path key | NAME;` of hashicorp/vault-action, `entry > NAME`, and
    Conjur's `path|NAME;`, Akeyless' `{"path": "NAME"}`.

    Paths of the AWS secrets engine (`aws/creds/…`, `aws/sts/…`) give short-lived credentials;
    every other path is a store of long-lived values. A `step` that reads a store says the names
    that it exports in ways of its own, which `only_mapped` leaves out. Also the logins of
    `registry-auth`.
    """
    found = broker(step.uses.value.text) if step is not None and step.uses else None
    is_store = found is not None and found.kind in _STORES
    for item in inputs:
        text = item.value.text
        if item.name.lower() == "registry-auth":
            yield from logins.in_list(scene, item.value)
            continue
        has_paths = "/" in text or ">" in text
        if not has_paths and (only_mapped or not is_store):
            continue
        if not any(map(text.lower().__contains__, _KEY_WORDS)):
            continue
        made = [*_mapped(scene, item.value, is_store=is_store)] if has_paths else []
        if not made and is_store and not only_mapped and "dynamic" not in item.name:
            made = [*_exported(scene, item.value)]
        if made:
            yield made


#: What is named or stored like a key has one of these.
_KEY_WORDS = ("access", "secret", "key")
#: `"path": "NAME"` of JSON.
_JSON_ENTRY = re.compile(
    r"\"([^\"\n]{1,200}/[^\"\n]{1,200})\"\s{0,9}:\s{0,9}\"([A-Za-z_]\w{1,80})\""
)


def _mapped(scene: Scene, scalar: Scalar, *, is_store: bool) -> Iterator[Piece]:
    if is_store and scalar.text.lstrip().startswith("{"):
        for found in _JSON_ENTRY.finditer(scalar.text):
            named = read_name(found[2])
            if named is not None:
                slot = Slot(found[2], "", scene.file, scalar, *found.span())
                yield Piece(slot, named, (Origin(Source.STORE, "", slot, found[2]),))
        return
    for start, end in logins.lines(scalar.text):
        for part in re.finditer(r"[^;]+", scalar.text[start:end]):
            at = start + part.start()
            made = _store_piece(scene, scalar, part[0], at, words=1 if is_store else 2)
            if made is not None:
                yield made


def _exported(scene: Scene, scalar: Scalar) -> Iterator[Piece]:
    """Names that are plainly those of AWS keys, and no part of a path."""
    for found in re.finditer(r"(?<![\w/.-])[A-Za-z_][\w-]{2,80}+(?![\w/.-])", scalar.text):
        named = read_name(found[0])
        if named is None or named.evidence is not Evidence.AWS or named.half is Half.PAIR:
            continue
        slot = Slot(found[0], "", scene.file, scalar, *found.span())
        yield Piece(slot, named, (Origin(Source.STORE, "", slot, found[0]),))


def _store_piece(
    scene: Scene, scalar: Scalar, line: str, start: int, *, words: int
) -> Piece | None:
    """What a line maps to a name; `words` are at least how many say which entry it is."""
    entry, arrow, target = line.partition(">")
    if not arrow:
        entry, _, target = line.rstrip(" ;").partition("|")
    alias, comma, behind = line.partition(",")
    if words == 1 and comma and "/" in behind and "/" not in alias:
        entry, target = behind, alias  # Secrets Manager's `NAME,entry`
    found = entry.split()
    if "${{" in entry or "=" in entry or not found:
        return None
    path, key = found[0], found[-1]
    # NOTE: an arrow needs no path: Bitwarden's entries are identifiers.
    is_entry = len(found) == 1 if arrow else words <= len(found) <= 2 and "/" in path
    if not is_entry or not (arrow or target or len(found) == 2):
        return None
    name = target.strip().removeprefix("env:") or key
    named = read_name(name) or read_name(key)
    if named is None:
        return None
    is_dynamic = "/creds/" in f"/{path}" or "/sts/" in f"/{path}"
    indent = len(line) - len(line.lstrip())
    slot = Slot(name, "", scene.file, scalar, start + indent, start + len(line))
    source = Source.BROKER if is_dynamic else Source.STORE
    evidence = Evidence.AWS if is_dynamic else named.evidence
    origin = Origin(source, "", slot, name)
    return Piece(slot, named._replace(evidence=evidence), (origin,))
