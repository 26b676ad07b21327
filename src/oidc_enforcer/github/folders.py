"""The folders on the way to a path, where GitHub's list of all files was cut short."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from oidc_enforcer.github.connection import Connection
from oidc_enforcer.github.contents import Blob, Listing
from oidc_enforcer.workflow.uses_names import alike

#: Folders asked for in one question, and in a run; nobody keeps actions in as many.
_BATCH = 20
_MOST = 400
_LINK = int("120000", 8)
_ENTRIES = "{ ... on Tree { entries { name type mode oid object { ... on Blob { byteSize } } } } }"


class _Folder(NamedTuple):
    """What lies in a folder: files by name, and the names of the folders below it."""

    files: dict[str, Blob]
    below: tuple[str, ...]


class Folders:
    """Looks into folders of a commit, each once. `is_lost`: there were more than it may."""

    def __init__(self, connection: Connection, repository: str, listed: Listing) -> None:
        self._connection = connection
        self._repository = repository
        self._commit = listed.commit
        self._known: dict[str, _Folder] = {}
        self.is_lost = False

    def on_the_way(self, paths: Iterable[str]) -> dict[str, Blob]:
        """The files in every folder that leads to one of these, in whatever letter case."""
        found: dict[str, Blob] = {}
        pending = {("", path) for path in paths}
        while pending:
            self._look_into(sorted({folder for folder, _ in pending}))
            deeper: set[tuple[str, str]] = set()
            for folder, rest in pending:
                known = self._known.get(folder, _Folder({}, ()))
                found |= {_joined(folder, name): blob for name, blob in known.files.items()}
                first, _, others = rest.partition("/")
                same = alike(first)
                deeper |= {
                    (_joined(folder, name), others)
                    for name in known.below
                    if others and alike(name) == same
                }
            pending = deeper
        return found

    def _look_into(self, folders: Sequence[str]) -> None:
        fresh = [folder for folder in folders if folder not in self._known]
        room = max(0, _MOST - len(self._known))
        self.is_lost = self.is_lost or len(fresh) > room
        for start in range(0, min(len(fresh), room), _BATCH):
            self._ask(fresh[start : min(start + _BATCH, room)])

    def _ask(self, folders: Sequence[str]) -> None:
        owner, _, name = self._repository.partition("/")
        holes = " ".join(f"$e{at}: String!" for at in range(len(folders)))
        fields = " ".join(
            f"e{at}: object(expression: $e{at}) {_ENTRIES}" for at in range(len(folders))
        )
        document = (
            f"query($owner: String!, $name: String!, {holes})"
            f" {{ repository(owner: $owner, name: $name) {{ {fields} }} }}"
        )
        variables: dict[str, Any] = {"owner": owner, "name": name}
        variables |= {f"e{at}": f"{self._commit}:{path}" for at, path in enumerate(folders)}
        node = self._connection.query(document, variables).data.get("repository") or {}
        for at, folder in enumerate(folders):
            self._known[folder] = _folder(node.get(f"e{at}"))
            self.is_lost = self.is_lost or not isinstance(node.get(f"e{at}"), dict)


def _folder(node: Any) -> _Folder:
    entries = (node.get("entries") or ()) if isinstance(node, dict) else ()
    files = {
        str(one["name"]): Blob(
            str(one["oid"]), int(one["object"].get("byteSize") or 0), one["mode"] == _LINK
        )
        for one in entries
        if one.get("type") == "blob" and isinstance(one.get("object"), dict)
    }
    return _Folder(files, tuple(str(one["name"]) for one in entries if one.get("type") == "tree"))


def _joined(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else name
