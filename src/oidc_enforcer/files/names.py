"""Which file of a tree a path means to a runner that ignores letter case."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from oidc_enforcer.workflow.uses_names import alike

if TYPE_CHECKING:
    from oidc_enforcer.files import Tree

ACTIONS = ("action.yml", "action.yaml")


def is_action(name: str) -> bool:
    """Whether a file of this name is an action, to some runner at least."""
    return name in ACTIONS or (len(name) <= len(ACTIONS[-1]) and name.lower() in ACTIONS)


def clashes(paths: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Actions of which some runners find one and some another, by the same path.

    NOTE: `action.yml` beside `action.yaml` is none: every runner takes the first.
    """
    by_folder: dict[str, list[str]] = {}
    for path in paths:
        by_folder.setdefault(alike(path.rpartition("/")[0]), []).append(path)
    for same in by_folder.values():
        first = same[0].rpartition("/")[0]
        for path in same if len(same) > 1 else ():
            folder, _, name = path.rpartition("/")
            if folder != first or name not in ACTIONS:
                yield path, next(one for one in same if one != path)


class Names:
    """The files of a tree by the paths that lead to them on any runner."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._held: dict[str, str] | None = None
        self._listed: dict[str, dict[str, list[str]]] = {}

    def real(self, path: str) -> str | None:
        """The file at a path; an action also by another case or slashes. None for none."""
        if self._tree.holds(path):
            return path
        name = path.replace("\\", "/").rpartition("/")[2]
        return next(self._alike(path), None) if is_action(name) else None

    def _alike(self, path: str) -> Iterator[str]:
        if self._tree.held is not None:
            if self._held is None:
                self._held = {alike(one): one for one in sorted(self._tree.held, reverse=True)}
            found = self._held.get(alike(path))
            return iter(() if found is None else (found,))
        root = self._tree.root
        parts = alike(path.removeprefix(root)).split("/")
        below = self._below(root.rstrip("/") or ".", parts)
        return (one for one in below if self._tree.holds(one))

    def _below(self, folder: str, parts: list[str]) -> Iterator[str]:
        """The paths below a folder that are spelled like these parts."""
        for name in self._names(folder).get(parts[0], ()):
            path = name if folder == "." else f"{folder}/{name}"
            if len(parts) == 1:
                yield path
            elif os.path.isdir(path):
                yield from self._below(path, parts[1:])

    def _names(self, folder: str) -> dict[str, list[str]]:
        if folder not in self._listed:
            known: dict[str, list[str]] = {}
            try:
                for name in sorted(os.listdir(folder)):
                    known.setdefault(alike(name), []).append(name)
            except OSError:
                pass  # what cannot be listed is named where the tree is looked through
            self._listed[folder] = known
        return self._listed[folder]
