"""What stands around a file in its repository: the workflows and actions it calls, its callers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar, cast

from oidc_enforcer.workflow.elsewhere import key_of
from oidc_enforcer.workflow.model import Action, Uses, UsesKind, Workflow
from oidc_enforcer.workflow.uses_names import in_tree

#: GitHub's limit on nested reusable workflows is ten levels; composites nest at most ten deep too.
MAX_DEPTH = 10
#: Parsed neighbours kept in memory; more are read again when asked for.
_MAX_KNOWN = 500

_Answer = TypeVar("_Answer")


class Surroundings:
    """Looks up local callees and callers by path from the repository's root.

    `read` returns what a path holds or None; `callers_of` maps a workflow's path to the paths of
    the workflows that mention it. `root` is what stands before a path of the repository in the
    paths that the user knows. `elsewhere` has what was fetched of other repositories, by the key
    of a `uses:`. `is_broken` tells what of both, once read, could not be read to its end.
    """

    def __init__(
        self,
        read: Callable[[str], Workflow | Action | None] = lambda path: None,
        callers_of: Mapping[str, tuple[str, ...]] | None = None,
        root: str = "",
        elsewhere: Callable[[str], Workflow | Action | None] = lambda key: None,
        is_broken: Callable[[str], bool] = lambda path: False,
    ) -> None:
        self._is_broken = is_broken
        self._read = read
        self._elsewhere = elsewhere
        self._root = root
        self._callers_of = callers_of or {}
        self._known: dict[str, Workflow | Action | None] = {}
        self._answers: dict[tuple[object, str], object] = {}

    def _get(self, path: str) -> Workflow | Action | None:
        if path not in self._known:
            if len(self._known) >= _MAX_KNOWN:
                self._known.clear()
            self._known[path] = self._read(path)
        return self._known[path]

    @property
    def root(self) -> str:
        """What stands before a path of the repository in the paths that the user knows."""
        return self._root

    def _foreign(self, uses: Uses) -> Workflow | Action | None:
        return self._elsewhere(key_of(uses.name, uses.ref)) if uses.ref else None

    def path_of(self, uses: Uses) -> str | None:
        """Where a local `uses:` points, None when it is not local."""
        if uses.kind is not UsesKind.LOCAL:
            return None
        return self._root + in_tree(uses.name)

    def action(self, uses: Uses) -> Action | None:
        """The action that a step uses, or None when it is missing or was not fetched."""
        if uses.kind is UsesKind.REPOSITORY:
            known = self._foreign(uses)
            return known if isinstance(known, Action) else None
        for path in self._places(uses):
            found = self._get(path)
            if isinstance(found, Action):
                return found
        return None

    def _places(self, uses: Uses) -> tuple[str, ...]:
        """Where a local action may stand."""
        folder = self.path_of(uses)
        if folder is None:
            return ()
        start = folder if folder == self._root else f"{folder}/"
        return (f"{start}action.yml", f"{start}action.yaml")

    def is_unreadable(self, uses: Uses) -> bool:
        """Whether the action, which was looked up, is there and could not be read to its end."""
        if uses.kind is UsesKind.REPOSITORY:
            return self._is_broken(key_of(uses.name, uses.ref))
        return any(map(self._is_broken, self._places(uses)))

    def workflow(self, uses: Uses) -> Workflow | None:
        """The reusable workflow that a job calls, or None when it is missing or not fetched."""
        if uses.kind is UsesKind.REPOSITORY:
            known = self._foreign(uses)
            return known if isinstance(known, Workflow) else None
        path = self.path_of(uses)
        return None if path is None else self.workflow_at(path)

    def workflow_at(self, path: str) -> Workflow | None:
        """The workflow at a path that the user knows, or None."""
        found = self._get(path)
        return found if isinstance(found, Workflow) else None

    def at(self, path: str) -> Workflow | Action | None:
        """Whatever workflow or action stands at a path that the user knows."""
        return self._get(path)

    def read_by(self, read: Callable[[str], Workflow | Action | None]) -> Surroundings:
        """The same callers and root, with another way to look up what a path holds."""
        return Surroundings(read, self._callers_of, self._root, self._elsewhere, self._is_broken)

    def callers(self, path: str) -> tuple[str, ...]:
        """The paths of the files that may call the workflow at `path`."""
        return self._callers_of.get(path, ())

    def once(self, ask: Callable[[Workflow, Surroundings], _Answer], about: Workflow) -> _Answer:
        """What `ask` says about a workflow, asked once however many files call it.

        INVARIANT: answers are small and hold no tree, as they are kept for the whole run.
        """
        key = (ask, about.file.path)
        if key not in self._answers:
            self._answers[key] = ask(about, self)
        return cast("_Answer", self._answers[key])

    def once_at(
        self, ask: Callable[[Workflow, Surroundings], _Answer], path: str
    ) -> _Answer | None:
        """The same about the workflow at a path, None when there is none; read only to ask."""
        if (ask, path) in self._answers:
            return cast("_Answer", self._answers[ask, path])
        about = self.workflow_at(path)
        return None if about is None else self.once(ask, about)
