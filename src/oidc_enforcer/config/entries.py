"""Lists of entries in the configuration: exceptions and rings."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from oidc_enforcer.config import Exemption, Ring, RingGroup
from oidc_enforcer.config.dates import is_date, is_moment
from oidc_enforcer.config.kinds import MOST_CHARACTERS, MOST_ITEMS, Reader, Schema, Word, nearest
from oidc_enforcer.finding import Place, Severity
from oidc_enforcer.yaml_tree import Entry, Node, Sequence
from oidc_enforcer.yaml_tree import Mapping as YamlMapping

RINGS = {ring.word: ring for ring in Ring}
DATE = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
MOMENT = rf"{DATE}T[0-9]{{2}}:[0-9]{{2}}Z"
_TEXT: Schema = {"type": "string", "minLength": 1, "maxLength": MOST_CHARACTERS}
_DATE: Schema = {"type": "string", "pattern": f"^{DATE}$", "description": "a date, YYYY-MM-DD"}

EXCEPTION_KEYS: dict[str, str] = {
    "rule": "the rule that it is an exception from; only break-glass may leave it out",
    "repository": "a pattern of `owner/name`; left out: every repository that reads this file",
    "path": "a pattern of the file's path; left out: every file",
    "job": "the job's id; left out: every job",
    "owner": "who sees to it that it ends",
    "ticket": "where the work is tracked",
    "reason": "why; without one the exception does not count",
    "added": "the date on which it was added; it may then wait 14 days for what it is meant for,"
    " without being reported as one that nothing needs",
    "until": "the last day, inclusive, to 24:00 UTC; for break-glass a time, `2027-01-31T18:00Z`",
    "approver": "who allowed it: makes it break-glass, which lasts hours and is shown loudly",
}
RING_KEYS: dict[str, str] = {
    "name": "what reports call the group",
    "repositories": "patterns of `owner/name`, or of the name alone where they hold no slash",
    "topic": "a topic that the repository has",
    "property": "custom properties that the repository has, each with its value",
    "ring": "the ring that holds from the beginning",
    "then": "the rings that follow, each `from` a date",
}


class Exceptions(NamedTuple):
    """Exceptions that the configuration grants."""

    def read(self, node: Node, key: str, reader: Reader) -> object:
        """The entries, each with its place."""
        return tuple(_exemption(item, reader) for item in _entries(node, key, reader))

    def schema(self, rules: Mapping[str, Severity]) -> Schema:
        """A list of objects."""
        properties: Schema = {
            name: {**_TEXT, "description": words} for name, words in EXCEPTION_KEYS.items()
        }
        properties["rule"] = {"enum": list(rules), "description": EXCEPTION_KEYS["rule"]}
        properties["added"] = {**_DATE, "description": EXCEPTION_KEYS["added"]}
        until = {"type": "string", "pattern": f"^(?:{DATE}|{MOMENT})$"}
        properties["until"] = {**until, "description": EXCEPTION_KEYS["until"]}
        entry = {
            "type": "object",
            "properties": properties,
            "required": ["until", "reason"],
            "anyOf": [{"required": ["rule"]}, {"required": ["approver"]}],
            "additionalProperties": False,
        }
        return {"type": "array", "items": entry, "maxItems": MOST_ITEMS}


class Rings(NamedTuple):
    """Groups of repositories and the ring of each, by date."""

    def read(self, node: Node, key: str, reader: Reader) -> object:
        """One plan, as layers put plans beside each other."""
        groups = tuple(_group(item, reader) for item in _entries(node, key, reader))
        return (groups,) if groups else ()

    def schema(self, rules: Mapping[str, Severity]) -> Schema:
        """A list of objects."""
        ring = {"enum": list(RINGS)}
        step = {
            "type": "object",
            "properties": {"ring": ring, "from": _DATE},
            "required": ["ring", "from"],
            "additionalProperties": False,
        }
        pattern = {"anyOf": [_TEXT, {"type": "array", "items": _TEXT, "maxItems": MOST_ITEMS}]}
        kinds: Schema = {
            "name": _TEXT,
            "repositories": pattern,
            "topic": _TEXT,
            "property": {"type": "object", "additionalProperties": _TEXT},
            "ring": ring,
            "then": {"type": "array", "items": step, "maxItems": len(RINGS)},
        }
        properties = {name: {**kinds[name], "description": RING_KEYS[name]} for name in kinds}
        entry = {
            "type": "object",
            "properties": properties,
            "required": ["ring"],
            "additionalProperties": False,
        }
        return {"type": "array", "items": entry, "maxItems": MOST_ITEMS}


def _entries(node: Node, key: str, reader: Reader) -> list[YamlMapping]:
    if not isinstance(node, Sequence):
        raise reader.refusal(node, f"`{key}` must be a list")
    return [reader.mapping(item, key) for item in reader.items(node, key)]


def _exemption(node: YamlMapping, reader: Reader) -> Exemption:
    values: dict[str, str] = {}
    for entry in node.entries:
        reader.known(entry, "key of an exception", tuple(EXCEPTION_KEYS))
        values[entry.key.text] = _text(entry, "exceptions", reader)
    if "rule" not in values and "approver" not in values:
        raise reader.refusal(
            node, "an exception must name its `rule`", "only break-glass with an `approver` may not"
        )
    rule = node.get("rule")
    if rule is not None and values["rule"] not in reader.rules:
        message = f"unknown rule `{values['rule']}`"
        raise reader.refusal(rule, message, nearest(values["rule"], tuple(reader.rules)))
    for name, fits, example in (
        ("added", is_date, "2026-12-31"),
        ("until", is_moment if "approver" in values else is_date, ""),
    ):
        at = node.get(name)
        if at is not None and not fits(values[name]):
            right = example or ("2026-12-31T18:00Z" if "approver" in values else "2026-12-31")
            raise reader.refusal(at, f"`{name}` cannot be `{values[name]}`", f"write `{right}`")
    place = Place.of(reader.file, node.span)
    values.setdefault("rule", "")
    return Exemption(**values, place=place)


def _group(node: YamlMapping, reader: Reader) -> RingGroup:
    values: dict[str, Node] = {}
    for entry in node.entries:
        reader.known(entry, "key of a ring", tuple(RING_KEYS))
        values[entry.key.text] = entry.value
        if entry.key.text in ("name", "topic"):
            _text(entry, "rings", reader)
    if "ring" not in values:
        raise reader.refusal(node, "a group of `rings` must name its `ring`")
    ring = _ring(values["ring"], reader)
    patterns = (
        reader.items(values["repositories"], "repositories") if "repositories" in values else ()
    )
    return RingGroup(
        ring,
        _steps(values["then"], ring, reader) if "then" in values else (),
        tuple(_filled(pattern, "repositories", reader) for pattern in patterns),
        reader.text(values["topic"], "topic") if "topic" in values else "",
        _properties(values["property"], reader) if "property" in values else (),
        reader.text(values["name"], "name") if "name" in values else "",
    )


def _ring(node: Node, reader: Reader) -> Ring:
    return RINGS[str(Word(tuple(RINGS)).read(node, "ring", reader))]


def _properties(node: Node, reader: Reader) -> tuple[tuple[str, str], ...]:
    entries = reader.mapping(node, "property").entries
    return tuple((entry.key.text, _text(entry, "property", reader)) for entry in entries)


def _steps(node: Node, ring: Ring, reader: Reader) -> tuple[tuple[str, Ring], ...]:
    """The steps, which go forward in time and up in tightness: a roll-out has one direction."""
    found: list[tuple[str, Ring]] = []
    before, date_before = ring, ""
    for item in _entries(node, "then", reader):
        for entry in item.entries:
            reader.known(entry, "key of a step", ("ring", "from"))
        at, since = item.get("ring"), item.get("from")
        if at is None or since is None:
            raise reader.refusal(item, "a step of `then` must have a `ring` and a `from`")
        date, step = reader.text(since, "from"), _ring(at, reader)
        if not is_date(date):
            raise reader.refusal(since, f"`from` cannot be `{date}`", "write `2026-12-31`")
        if date <= date_before:
            raise reader.refusal(since, f"`{date}` does not come after `{date_before}`")
        if step <= before:
            raise reader.refusal(at, f"`{step.word}` is not tighter than `{before.word}` before it")
        found.append((date, step))
        before, date_before = step, date
    return tuple(found)


def _text(entry: Entry, what: str, reader: Reader) -> str:
    return _filled(entry.value, f"{what}: {entry.key.text}", reader)


def _filled(node: Node, what: str, reader: Reader) -> str:
    text = reader.text(node, what)
    if not text:
        raise reader.refusal(node, f"`{what}` is empty", "write it, or leave the key out")
    return re.sub(r"\s+", " ", text)
