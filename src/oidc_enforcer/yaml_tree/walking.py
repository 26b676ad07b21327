"""Questions about whole trees: every scalar, the texts of a list."""

from __future__ import annotations

from collections.abc import Iterator

from oidc_enforcer.yaml_tree.nodes import Mapping, Node, Sequence
from oidc_enforcer.yaml_tree.scalars import Scalar


def all_scalars(root: Node | None, *, keys: bool = False) -> Iterator[Scalar]:
    """Every scalar, each once: an alias is the node that its anchor names. `keys`: those, too."""
    pending: list[Node] = [] if root is None else [root]
    seen: set[int] = set()
    while pending:
        node = pending.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, Scalar):
            yield node
        elif isinstance(node, Mapping):
            if keys:
                yield from (entry.key for entry in node.entries)
            pending += (entry.value for entry in node.entries)
        elif isinstance(node, Sequence):
            pending += node.items


def texts(node: Node | None) -> tuple[str, ...]:
    """The texts of a list, or of the one scalar that stands for it."""
    items = node.items if isinstance(node, Sequence) else (node,)
    return tuple(item.text for item in items if isinstance(item, Scalar))
