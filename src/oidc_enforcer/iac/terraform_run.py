"""What one evaluation of a Terraform configuration works with and shares."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from oidc_enforcer.iac.hcl import Attribute, Block
from oidc_enforcer.iac.hcl_evaluate import MAX_STEPS, Refused
from oidc_enforcer.iac.values import Unknown, Value
from oidc_enforcer.source import SourceFile


class Folder(NamedTuple):
    """The source of one module. `values` are what its `.tfvars` files set."""

    path: str
    blocks: tuple[Block, ...]
    values: Mapping[str, Attribute]


class Files(NamedTuple):
    """What there is to read: source by folder, and other files by path.

    `missing` collects the folders and files that the code refers to and that are not there.
    """

    folders: Mapping[str, Folder]
    others: Mapping[str, SourceFile]
    missing: set[str]


class Run:
    """What one evaluation of a configuration shares: its budget, what it knows, what it assumed."""

    def __init__(self, files: Files) -> None:
        self.files = files
        self.steps = MAX_STEPS
        self.assumed: set[str] = set()
        self._known: dict[object, tuple[Value, frozenset[str]]] = {}
        self._open: set[object] = set()

    def once(self, key: object, make: Callable[[], Value]) -> Value:
        """The value under a key, made at first use; what refers to itself is refused."""
        if key in self._known:
            value, assumed = self._known[key]
            self.assumed |= assumed
            return value
        if key in self._open:
            return Refused("it refers to itself")
        self._open.add(key)
        before, self.assumed = self.assumed, set()
        try:
            value = make()
        except RecursionError:
            value = Unknown("too many values that refer to each other")
        self._open.discard(key)
        self._known[key] = value, frozenset(self.assumed)
        self.assumed |= before
        return value
