"""How many instances `for_each` and `count` make, and what `each` and `count` are in each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from oidc_enforcer.iac.hcl_evaluate import pairs
from oidc_enforcer.iac.hcl_functions import text, to_set
from oidc_enforcer.iac.values import Object, Unknown, Value

MAX_INSTANCES = 2_000


def by_each(value: Value) -> Iterator[tuple[Value, Mapping[str, Value]]]:
    """The instances of `for_each`; what is not told makes one that stands for all."""
    if isinstance(value, Unknown):
        yield value, unknown_names(value)
        return
    collection = to_set(value) if isinstance(value, list) else value
    found = pairs(collection)
    if len(found) > MAX_INSTANCES:
        raise OverflowError(f"more than {MAX_INSTANCES:,} instances")
    for key, member in found:
        name = text(member) if isinstance(collection, list) else key
        yield name, {"each": Object({"key": name, "value": member})}


def by_count(value: Value) -> Iterator[tuple[Value, Mapping[str, Value]]]:
    """The instances of `count`."""
    if isinstance(value, Unknown):
        yield value, unknown_names(value)
        return
    # NOTE: `count = true` is refused by Terraform, `count = "1"` is not.
    number = int(text(value))
    if number > MAX_INSTANCES:
        raise OverflowError(f"more than {MAX_INSTANCES:,} instances")
    for index in range(number):
        yield index, {"count": Object({"index": index})}


def unknown_names(why: Unknown) -> Mapping[str, Value]:
    """`each` and `count` where it is not told what they are."""
    return {
        "each": Object({"key": why, "value": why}),
        "count": Object({"index": why}),
    }
