"""What stands around a file in its repository: the workflows and actions it calls, its callers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from oidc_enforcer.workflow.model import Action, Job, Uses, UsesKind, Workflow

#: GitHub's limit on nested reusable workflows is ten levels; composites nest at most ten deep too.
MAX_DEPTH = 10
#: Parsed neighbours kept in memory; more are read again when asked for.
_MAX_KNOWN = 500


class Call(NamedTuple):
    """A job that calls a reusable workflow."""

    workflow: Workflow
    job: Job


class Surroundings:
    """Looks up local callees and callers by path from the repository's root.

    `read` returns what a path holds or None; `callers_of` maps a workflow's path to the paths of
    the workflows that mention it. `root` is what stands
    before a path of the repository in the paths that the user knows.
    """

    def __init__(
        self,
        read: Callable[[str], Workflow | Action | None] = lambda path: None,
        callers_of: Mapping[str, tuple[str, ...]] | None = None,
        root: str = "",
    ) -> None:
        self._read = read
        self._root = root
        self._callers_of = callers_of or {}
        self._known: dict[str, Workflow | Action | None] = {}

    def _get(self, path: str) -> Workflow | Action | None:
        if path not in self._known:
            if len(self._known) >= _MAX_KNOWN:
                self._known.clear()
            self._known[path] = self._read(path)
        return self._known[path]

    def action(self, uses: Uses) -> Action | None:
        """The local action that a step uses, or None when it is elsewhere or missing."""
        if uses.kind is not UsesKind.LOCAL:
            return None
        for name in ("action.yml", "action.yaml"):
            found = self._get(self._root + (f"{uses.name}/{name}" if uses.name else name))
            if isinstance(found, Action):
                return found
        return None

    def workflow(self, uses: Uses) -> Workflow | None:
        """The local reusable workflow that a job calls, or None."""
        found = self._get(self._root + uses.name) if uses.kind is UsesKind.LOCAL else None
        return found if isinstance(found, Workflow) else None

    def calls(self, workflow: Workflow) -> tuple[Call, ...]:
        """The jobs of this repository that call the workflow."""
        path = workflow.file.path
        found: list[Call] = []
        for caller_path in self._callers_of.get(path, ()):
            caller = self._get(caller_path)
            if not isinstance(caller, Workflow):
                continue
            for job in caller.jobs:
                uses = job.uses
                if uses and uses.kind is UsesKind.LOCAL and self._root + uses.name == path:
                    found.append(Call(caller, job))
        return tuple(found)
