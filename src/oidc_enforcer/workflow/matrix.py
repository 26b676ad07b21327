"""The combinations of a job's matrix, where they are written down."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice, product
from typing import TypeAlias

from oidc_enforcer import yaml_tree
from oidc_enforcer.expression import UNKNOWN
from oidc_enforcer.workflow.model import Job

#: Values of one combination by name; an object's members stand under `name.member`.
Row: TypeAlias = Mapping[str, object]
#: GitHub starts at most so many jobs of one matrix ("Workflow syntax", `strategy.matrix`).
_MAX_ROWS = 256
_NOTHING: Row = {}


def rows(job: Job) -> tuple[Row, ...] | None:
    """Every combination; one without values for a job without matrix, None where they are made.

    Source: GitHub "Running variations of jobs": `exclude` takes away whatever agrees with it,
    `include` adds to the combinations that it does not contradict, and else is one of its own.
    """
    strategy = job.node.get("strategy")
    if strategy is None:
        return (_NOTHING,)
    matrix = strategy.get("matrix") if isinstance(strategy, yaml_tree.Mapping) else None
    if matrix is None and isinstance(strategy, yaml_tree.Mapping):
        return (_NOTHING,)
    if not isinstance(matrix, yaml_tree.Mapping):
        return None
    lists: dict[str, list[Row]] = {}
    for entry in matrix.entries:
        if not isinstance(entry.value, yaml_tree.Sequence):
            return None
        lists[entry.key.text] = [_named(entry.key.text, item) for item in entry.value.items]
    include, exclude = lists.pop("include", []), lists.pop("exclude", [])
    found = list(islice(_products(list(lists.values())), _MAX_ROWS + 1)) if lists else []
    if len(found) > _MAX_ROWS or len(include) > _MAX_ROWS:
        return None
    excluded = [_bare(row, "exclude.") for row in exclude]
    kept = [row for row in found if not any(row.items() >= out.items() for out in excluded)]
    return tuple(_included(kept, [_bare(row, "include.") for row in include])) or (_NOTHING,)


def _products(lists: list[list[Row]]) -> Iterator[Row]:
    for some in product(*lists):
        yield {name: value for row in some for name, value in row.items()}


def _included(found: list[Row], include: list[Row]) -> list[Row]:
    originals, rows = found, [dict(row) for row in found]
    alone: list[dict[str, object]] = []
    for more in include:
        joined = False
        for original, row in zip(originals, rows, strict=True):
            if all(original.get(name, value) == value for name, value in more.items()):
                row.update(more)
                joined = True
        if not joined:
            alone.append(dict(more))
    return [*rows, *alone]


def _named(name: str, node: yaml_tree.Node) -> Row:
    """What one item of a list gives to names; what is no text is not known."""
    if isinstance(node, yaml_tree.Scalar):
        return {name: UNKNOWN if "${{" in node.text else _value(node)}
    if isinstance(node, yaml_tree.Mapping):
        found: dict[str, object] = {}
        for entry in node.entries:
            found.update(_named(f"{name}.{entry.key.text}", entry.value))
        return found
    return {name: UNKNOWN}


def _value(node: yaml_tree.Scalar) -> object:
    """The scalar as an expression sees it: words for truth are such, numbers compare as texts."""
    truth = node.boolean
    return node.text if truth is None else truth


def _bare(row: Row, prefix: str) -> Row:
    return {name.removeprefix(prefix): value for name, value in row.items()}
