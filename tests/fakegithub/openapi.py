"""Holds requests and answers to GitHub's OpenAPI description."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, NamedTuple, cast

from jsonschema import Draft4Validator
from jsonschema.validators import extend
from openapi_schema_validator import OAS30Validator, oas30_format_checker
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT4

from tests.fakegithub import descriptions

_DOCUMENT = "github"

# NOTE: OAS30Validator judges by discriminator first, and refuses what every branch accepts.
_Validator = extend(  # type: ignore[no-untyped-call]
    OAS30Validator,
    {name: Draft4Validator.VALIDATORS[name] for name in ("oneOf", "anyOf", "allOf")},
)


class Operation(NamedTuple):
    """An operation of the description: how it is called, and what it takes and gives."""

    method: str
    template: str
    parameters: tuple[Mapping[str, Any], ...]
    described: Mapping[str, Any]

    @property
    def pattern(self) -> re.Pattern[str]:
        """What its paths look like; some parameters may hold slashes."""
        many = {one["name"] for one in self.parameters if one.get("x-multi-segment")}
        parts = re.split(r"\{(\w+)\}", self.template)
        for at in range(1, len(parts), 2):
            parts[at] = f"(?P<{parts[at]}>{'.+' if parts[at] in many else '[^/]+'})"
        return re.compile("".join(parts))

    def schema(self, status: int) -> Mapping[str, Any] | None:
        """The schema of an answer's body, None where it has none or nobody describes it."""
        answer = self.described["responses"].get(str(status))
        content = followed(answer or {}).get("content", {})
        return cast("Mapping[str, Any]", content["application/json"]["schema"]) if content else None


@cache
def operation(method: str, template: str) -> Operation:
    """The operation that a path's template and a method name."""
    path = descriptions.openapi()["paths"][template]
    described = path[method.lower()]
    listed = (*path.get("parameters", ()), *described.get("parameters", ()))
    return Operation(method, template, tuple(map(followed, listed)), described)


def request_problems(
    called: Operation, query: Mapping[str, str], body: object | None
) -> Iterator[str]:
    """What GitHub's description has against a request."""
    for one in called.parameters:
        if one["in"] == "query" and one["name"] in query:
            value = _typed(query[one["name"]], one["schema"])
            yield from problems(value, one["schema"], f"?{one['name']}")
    known = {one["name"] for one in called.parameters if one["in"] == "query"}
    yield from (f"?{name} is not described" for name in query.keys() - known)
    wanted = followed(called.described.get("requestBody", {}))
    if wanted and body is not None:
        yield from problems(body, wanted["content"]["application/json"]["schema"], "body")
    elif wanted.get("required"):
        yield "there is no body"
    elif body is not None and not wanted:
        yield "a body where none belongs"


def response_problems(called: Operation, status: int, body: object | None) -> Iterator[str]:
    """What GitHub's description has against an answer."""
    schema = called.schema(status)
    if schema is not None:
        yield from problems(body, schema, f"answer {status}")
    elif status < 300 and body is not None:
        yield f"answer {status} is not described"


def problems(value: object, schema: Mapping[str, Any], what: str) -> Iterator[str]:
    """What a schema has against a value; `what` is what the value is, for people."""
    for error in _validator(_whole(schema)).iter_errors(value):
        place = "/".join(map(str, error.absolute_path))
        yield f"{what} {place}: {error.message[:300]}"


def followed(described: Mapping[str, Any]) -> Mapping[str, Any]:
    """What a reference of the document stands for; anything else as it is."""
    while "$ref" in described:
        described = _at(described["$ref"])
    return described


@cache
def _at(reference: str) -> Mapping[str, Any]:
    node: Any = descriptions.openapi()
    for part in reference.partition("#/")[2].split("/"):
        node = node[part.replace("~1", "/").replace("~0", "~")]
    return cast("Mapping[str, Any]", node)


def _whole(node: Any) -> Any:
    """A schema of the document, its references made such that they hold outside of it too."""
    if isinstance(node, dict):
        return {
            key: f"{_DOCUMENT}{value}" if key == "$ref" else _whole(value)
            for key, value in node.items()
        }
    return [_whole(item) for item in node] if isinstance(node, list) else node


@cache
def _registry() -> Registry[Any]:
    document: Resource[Any] = DRAFT4.create_resource(descriptions.openapi())
    registry: Registry[Any] = Registry()
    return cast("Registry[Any]", registry.with_resource(_DOCUMENT, document))


def _validator(schema: Mapping[str, Any]) -> Any:
    return _Validator(schema, registry=_registry(), format_checker=oas30_format_checker)


def _typed(text: str, schema: Mapping[str, Any]) -> object:
    """A query's text as the value that it stands for."""
    match followed(schema).get("type"):
        case "integer" if re.fullmatch(r"-?\d+", text):
            return int(text)
        case "boolean" if text in ("true", "false"):
            return text == "true"
        case _:
            return text
