"""The actions that files call by `./…` and that are not among those to judge by themselves.

They lie in folders of dependencies, behind symbolic links, or where GitHub's list was cut short;
whoever could hide them there could hide what they are given.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping

from oidc_enforcer import files
from oidc_enforcer.files.names import ACTIONS, is_action
from oidc_enforcer.github import contents, folders
from oidc_enforcer.github.connection import Connection
from oidc_enforcer.github.contents import Listing
from oidc_enforcer.workflow.local_calls import local_calls
from oidc_enforcer.workflow.uses_names import alike, in_tree

#: How deep calls of calls are followed.
_MAX_DEPTH = 20
#: How many links Linux follows on one way.
_MAX_LINKS = 40
#: An absolute path into a runner's workspace, a folder in another of the same name.
_WORKSPACE = re.compile(r"/(?:.*?/)?([^/]+)/\1/(.+)")


def with_callees(
    connection: Connection,
    repository: str,
    listed: Listing,
    held: Mapping[str, bytes],
    others: Mapping[str, bytes] | None = None,
) -> tuple[Listing, dict[str, bytes]]:
    """The files at hand, and those that they, and `others`, call one after the other.

    Of a list that GitHub has cut short, what is called is looked for in the folders themselves.
    """
    reading = Reading(connection, repository, listed)
    all_held = dict(held)
    fresh = all_held if others is None else dict(others)
    for _ in range(_MAX_DEPTH):
        names = dict.fromkeys(name for name in _called(fresh) if name not in all_held)
        found = reading.bytes_of(names)
        found |= reading.uncovered(all_held)
        fresh = {path: data for path, data in found.items() if path not in all_held}
        if not fresh:
            break
        all_held.update(fresh)
        if len(all_held) > contents.MOST_FILES:
            return reading.listed._replace(is_lost=True), all_held
    return reading.listed, all_held


def _called(held: Mapping[str, bytes]) -> Iterator[str]:
    for path, data in list(held.items()):
        for called in local_calls(path, data):
            if files.kind(called) is None:
                yield from (posixpath.join(called, name) for name in ACTIONS)


class Reading:
    """Reads files of a commit by the paths that lead to them, through links and in any case.

    `listed` grows where GitHub's list was cut short.
    """

    def __init__(self, connection: Connection, repository: str, listed: Listing) -> None:
        self.connection = connection
        self.repository = repository
        self.listed = listed
        self._targets: dict[str, str] = {}
        self._links: dict[str, str] = {}
        self._actions: dict[str, str] = {}
        self._folders = folders.Folders(connection, repository, listed)
        self._index()

    def _index(self) -> None:
        """What can be found by another letter case, by what its spellings have in common."""
        for path, blob in self.listed.files.items():
            if blob.is_link:
                self._links.setdefault(alike(path), path)
            elif is_action(path.rpartition("/")[2]):
                self._actions.setdefault(alike(path), path)

    def bytes_of(self, names: Iterable[str]) -> dict[str, bytes]:
        """What stands at these paths, links followed; nothing where there is nothing."""
        names = list(names)
        wanted: dict[str, str] = {}
        for _ in range(_MAX_DEPTH):
            found = {name: self._real(name) for name in names if name not in wanted}
            there = {name: path for name, path in found.items() if path in self.listed.files}
            wanted |= {name: self.listed.files[path].oid for name, path in there.items()}
            missing = [path for name, path in found.items() if path and name not in there]
            if self.listed.is_whole or not self._looked_for(missing):
                break
        texts = contents.texts(self.connection, self.repository, wanted)
        # NOTE: Windows has a link's text where the link would be.
        lost = [name for name in names if name not in wanted and self._link_at(name)]
        return texts | {name: self._target(self._link_at(name)).encode() for name in lost}

    def uncovered(self, held: Mapping[str, bytes]) -> dict[str, bytes]:
        """The files to judge that folders turned out to hold beyond GitHub's list."""
        if self.listed.is_whole:
            return {}
        wanted = {p: oid for p, oid in contents.wanted(self.listed).items() if p not in held}
        return contents.texts(self.connection, self.repository, wanted)

    def _looked_for(self, paths: list[str]) -> bool:
        """Whether looking into the folders on the way to these paths has brought anything."""
        found = self._folders.on_the_way(paths)
        if self._folders.is_lost:
            self.listed = self.listed._replace(is_lost=True)
        fresh = {path: blob for path, blob in found.items() if path not in self.listed.files}
        if fresh:
            self.listed = self.listed._replace(files={**self.listed.files, **fresh})
            self._index()
        return bool(fresh)

    def _real(self, path: str) -> str:
        """The path of a file of bearable size behind links; empty where they leave the repository,
        and the path itself where there is no such file.
        """
        is_target = False
        for _ in range(_MAX_LINKS + 1):
            link = next((one for one in _prefixes(path) if self._link_at(one)), "")
            if not link:
                return self._spelled(path, is_target=is_target)
            target = posixpath.join(posixpath.dirname(link), self._target(self._link_at(link)))
            if inside := _WORKSPACE.fullmatch(target):
                target = inside[2]
            path, is_target = in_tree(posixpath.normpath(target + path[len(link) :])), True
            if path.startswith(("../", "/")) or path == "..":
                return ""
        return ""

    def _spelled(self, path: str, *, is_target: bool) -> str:
        """The path as the list spells it; what a link leads to may be called anything."""
        there = path if path in self.listed.files else self._actions.get(alike(path), path)
        if is_target and there not in self.listed.files:
            same = alike(path)
            there = next((one for one in self.listed.files if alike(one) == same), path)
        blob = self.listed.files.get(there)
        if blob is not None and blob.size > files.MAX_BYTES:
            self.listed = self.listed._replace(is_lost=True)
            return ""
        return there

    def _link_at(self, path: str) -> str:
        """The link at a path, in whatever case; empty for none."""
        blob = self.listed.files.get(path)
        if blob is not None:
            return path if blob.is_link else ""
        return self._links.get(alike(path), "") if self._links else ""

    def _target(self, link: str) -> str:
        if link not in self._targets:
            oid = self.listed.files[link].oid
            data = contents.blobs(self.connection, self.repository, [oid]).get(oid, b"")
            self._targets[link] = data.decode("utf-8", "replace")
        return self._targets[link]


def _prefixes(path: str) -> Iterator[str]:
    """`a`, `a/b` and so on, the path itself last."""
    parts = path.split("/")
    for end in range(1, len(parts) + 1):
        yield "/".join(parts[:end])
