"""GitHub's own descriptions of its API, out of the npm packages that `make test` puts beside us."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any, cast

from graphql import GraphQLSchema, build_schema
from jsonschema import Draft7Validator

_PACKAGES = Path(__file__).parent / "node_modules" / "@octokit"
_OPENAPI = _PACKAGES / "openapi" / "generated" / "api.github.com.json"
_GRAPHQL = _PACKAGES / "graphql-schema" / "schema.graphql"
_WEBHOOKS = _PACKAGES / "webhooks-examples" / "api.github.com" / "index.json"
_PAYLOADS = _PACKAGES / "webhooks-schemas" / "schema.json"


def missing() -> str:
    """Why there is nothing to hold a GitHub to; empty when there is."""
    if all(path.is_file() for path in (_OPENAPI, _GRAPHQL, _WEBHOOKS, _PAYLOADS)):
        return ""
    return "GitHub's API descriptions are not installed: `make descriptions` needs npm"


@cache
def openapi() -> dict[str, Any]:
    """The REST API (`@octokit/openapi`)."""
    return cast("dict[str, Any]", _load(_OPENAPI))


@cache
def graphql_schema() -> GraphQLSchema:
    """The GraphQL API (`@octokit/graphql-schema`).

    NOTE: GitHub's own document names one field twice, which only an unchecked build forgives.
    """
    text = _GRAPHQL.read_text("utf-8")
    return build_schema(text, assume_valid=True, assume_valid_sdl=True, no_location=True)


@cache
def webhooks() -> dict[str, list[dict[str, Any]]]:
    """Example payloads by event (`@octokit/webhooks-examples`)."""
    return {event["name"]: event["examples"] for event in _load(_WEBHOOKS)}


@cache
def payload_schema(name: str) -> Draft7Validator:
    """What GitHub's payload of an event has to look like (`@octokit/webhooks-schemas`)."""
    definitions = _load(_PAYLOADS)["definitions"]
    return Draft7Validator({"$ref": f"#/definitions/{name}", "definitions": definitions})


def _load(path: Path) -> Any:
    return json.loads(path.read_bytes())
