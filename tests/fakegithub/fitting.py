"""Makes whole answers out of facts: what a schema wants besides is filled in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.fakegithub import openapi

_SOME_TIME = "2026-11-02T08:00:00Z"
_UNSAID: Any = object()


def fitted(schema: Mapping[str, Any], facts: Any, base: str) -> Any:
    """The facts, and what the schema requires besides at its least; URLs begin with `base`."""
    return _Fitter(base).fit(schema, facts, ())


class _Fitter:
    def __init__(self, base: str) -> None:
        self.base = base

    def fit(self, schema: Mapping[str, Any], facts: Any, inside: tuple[str, ...]) -> Any:
        """`inside` are the references that lead here, so that none is followed for ever."""
        reference = schema.get("$ref", "")
        nullable = openapi.followed(schema).get("nullable", False)
        if facts is None or (facts is _UNSAID and nullable and reference in inside):
            return None
        if reference:
            schema, inside = openapi.followed(schema), (*inside, reference)
        if "allOf" in schema:
            schema = _joined(schema)
        for branching in ("oneOf", "anyOf"):
            if branching in schema and "properties" not in schema:
                return self._branch(schema[branching], facts, inside)
        return self._plain(schema, facts, inside)

    def _branch(self, branches: Any, facts: Any, inside: tuple[str, ...]) -> Any:
        """The first branch that the facts fit into."""
        for branch in branches:
            candidate = self.fit(branch, facts, inside)
            if not any(openapi.problems(candidate, branch, "")):
                return candidate
        return None if facts is _UNSAID else facts

    def _plain(self, schema: Mapping[str, Any], facts: Any, inside: tuple[str, ...]) -> Any:
        known = schema.get("properties", {})
        if isinstance(facts, Mapping) or (facts is _UNSAID and known):
            said: Mapping[str, Any] = {} if facts is _UNSAID else facts
            names = dict.fromkeys((*schema.get("required", ()), *said))
            return {
                name: self.fit(known.get(name, {}), said.get(name, _UNSAID), inside)
                for name in names
            }
        if isinstance(facts, list):
            return [self.fit(schema.get("items", {}), one, inside) for one in facts]
        return self._least(schema) if facts is _UNSAID else facts

    def _least(self, schema: Mapping[str, Any]) -> Any:
        if schema.get("nullable"):
            return None
        if "enum" in schema:
            return schema["enum"][0]
        match schema.get("type"):
            case "array":
                return []
            case "object":
                return {}
            case "boolean":
                return False
            case "integer" | "number":
                return schema.get("minimum", 0)
            case "string":
                return self._text(schema)
            case _:
                return None

    def _text(self, schema: Mapping[str, Any]) -> str:
        match schema.get("format"):
            case "uri":
                return f"{self.base}/"
            case "date-time":
                return _SOME_TIME
            case "email":
                return "nobody@example.com"
            case _:
                return "x" * int(schema.get("minLength", 0))


def _joined(schema: Mapping[str, Any]) -> dict[str, Any]:
    """One schema out of all that have to hold."""
    joined: dict[str, Any] = {key: value for key, value in schema.items() if key != "allOf"}
    for part in schema["allOf"]:
        part = openapi.followed(part)
        part = _joined(part) if "allOf" in part else part
        joined["properties"] = {**joined.get("properties", {}), **part.get("properties", {})}
        joined["required"] = [*joined.get("required", ()), *part.get("required", ())]
        for key, value in part.items():
            joined.setdefault(key, value)
    return joined
