"""The actions that files call by `./…` and that are not among those to judge by themselves.

They lie in folders of dependencies, behind symbolic links, or where GitHub's list was cut short;
whoever could hide them there could hide what they are given.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from oidc_enforcer import files
from oidc_enforcer.github import contents
from oidc_enforcer.github.connection import Connection
from oidc_enforcer.github.contents import Listing
from oidc_enforcer.workflow.triage import local_calls

#: GitHub's limit on how deep reusable workflows and actions nest, and ours on links to links.
_MAX_DEPTH = 10
#: Names that are asked for one by one where the list is not whole.
_MAX_NAMES = 100
_NAMES = ("action.yml", "action.yaml")


def with_callees(
    connection: Connection, repository: str, listed: Listing, held: Mapping[str, bytes]
) -> dict[str, bytes]:
    """The files at hand, and those that they call one after the other."""
    reading = _Reading(connection, repository, listed)
    all_held = dict(held)
    for _ in range(_MAX_DEPTH):
        names = list(dict.fromkeys(_called(all_held)))
        fresh = {
            path: data
            for path, data in reading.bytes_of(
                [one for one in names if one not in all_held]
            ).items()
            if path not in all_held
        }
        if not fresh:
            break
        all_held.update(fresh)
    return all_held


def _called(held: Mapping[str, bytes]) -> Iterator[str]:
    for data in list(held.values()):
        for called in local_calls(data):
            if files.kind(called) is None:
                yield from (posixpath.join(called, name) for name in _NAMES)


class _Reading:
    def __init__(self, connection: Connection, repository: str, listed: Listing) -> None:
        self.connection = connection
        self.repository = repository
        self.listed = listed
        self.links: dict[str, str] = {}
        self.asked: set[str] = set()

    def bytes_of(self, names: Iterable[str]) -> dict[str, bytes]:
        """What stands at these paths, links followed; nothing where there is nothing."""
        wanted: dict[str, str] = {}
        unlisted = []
        for name in names:
            path = self._real(name)
            blob = self.listed.files.get(path) if path else None
            if blob and not blob.is_link and blob.size <= files.MAX_BYTES:
                wanted[name] = blob.oid
            elif path and blob is None and not self.listed.is_whole and path not in self.asked:
                unlisted.append(path)
        found = contents.blobs(self.connection, self.repository, wanted.values())
        there = {name: found[oid] for name, oid in wanted.items() if oid in found}
        return there | self._by_name(unlisted[: _MAX_NAMES - len(self.asked)])

    def _real(self, path: str) -> str:
        """The path behind symbolic links, empty where they leave the repository."""
        for _ in range(_MAX_DEPTH):
            link = next((one for one in _prefixes(path) if self._is_link(one)), "")
            if not link:
                return path
            target = posixpath.join(posixpath.dirname(link), self._target(link))
            path = posixpath.normpath(target + path[len(link) :])
            if path.startswith(("../", "/")) or path == "..":
                return ""
        return ""

    def _is_link(self, path: str) -> bool:
        blob = self.listed.files.get(path)
        return blob is not None and blob.is_link

    def _target(self, link: str) -> str:
        if link not in self.links:
            data = contents.blob(self.connection, self.repository, self.listed.files[link].oid)
            self.links[link] = data[:1000].decode("utf-8", "replace")
        return self.links[link]

    def _by_name(self, paths: list[str]) -> dict[str, bytes]:
        """Files that the list may have lost."""
        if not paths:
            return {}
        self.asked.update(paths)
        owner, _, name = self.repository.partition("/")
        holes = " ".join(f"$e{at}: String!" for at in range(len(paths)))
        fields = " ".join(
            f"e{at}: object(expression: $e{at}) {contents.FIELDS}" for at in range(len(paths))
        )
        document = (
            f"query($owner: String!, $name: String!, {holes})"
            f" {{ repository(owner: $owner, name: $name) {{ {fields} }} }}"
        )
        variables: dict[str, Any] = {"owner": owner, "name": name}
        variables |= {f"e{at}": f"{self.listed.commit}:{path}" for at, path in enumerate(paths)}
        node = self.connection.query(document, variables).data.get("repository") or {}
        found = {}
        for at, path in enumerate(paths):
            one = node.get(f"e{at}")
            if isinstance(one, dict) and "oid" in one:
                oid = str(one["oid"])
                told = contents.selected(self.connection, self.repository, {"b0": one}, [oid])
                found[path] = told[oid]
        return found


def _prefixes(path: str) -> Iterator[str]:
    """`a`, `a/b` and so on, the path itself last."""
    parts = path.split("/")
    for end in range(1, len(parts) + 1):
        yield "/".join(parts[:end])
