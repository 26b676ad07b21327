"""GraphQL: documents are checked by GitHub's schema and executed for real over the state."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from graphql import (
    GraphQLError,
    GraphQLResolveInfo,
    execute_sync,
    parse,
    validate,
)

from tests.fakegithub import descriptions, nodes
from tests.fakegithub.call import Call, Refused


def answer(call: Call, complaints: list[str]) -> dict[str, Any]:
    """What GitHub answers to a document: always with status 200."""
    text = call.body.get("query", "")
    try:
        document = parse(text)
    except GraphQLError as problem:
        complaints.append(f"GraphQL: {problem.message}")
        return _refusal([problem])
    schema = descriptions.graphql_schema()
    if errors := validate(schema, document):
        complaints += [f"GraphQL: {problem.message}" for problem in errors]
        return _refusal(errors)
    done = execute_sync(
        schema,
        document,
        root_value=nodes.root(call),
        variable_values=call.body.get("variables") or {},
        field_resolver=_resolve,
    )
    told: dict[str, Any] = {"data": done.data}
    for error in done.errors or ():
        if not isinstance(error.original_error, Refused):
            raise error.original_error or error
    if done.errors:
        told["errors"] = [_error(problem) for problem in done.errors]
    return told


def _refusal(errors: Iterable[GraphQLError]) -> dict[str, Any]:
    return {"errors": [{"message": problem.message} for problem in errors]}


def _error(problem: GraphQLError) -> dict[str, Any]:
    cause = problem.original_error
    kind = {403: "FORBIDDEN", 404: "NOT_FOUND"}.get(getattr(cause, "status", 0), "SERVICE_ERROR")
    return {"type": kind, "path": problem.path, "message": problem.message}


def _resolve(source: Any, info: GraphQLResolveInfo[Any], **arguments: Any) -> Any:
    """A field of a node. One that nobody has written here must not look empty."""
    assert isinstance(source, Mapping)
    if info.field_name not in source:
        where = f"{info.parent_type.name}.{info.field_name}"
        raise NotImplementedError(f"the GitHub on loopback does not know {where}")
    value = source[info.field_name]
    return value(**arguments) if isinstance(value, Callable) else value  # type: ignore[arg-type]
