"""Git's objects, named by their real SHA-1, and what lies between two commits."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from difflib import SequenceMatcher
from typing import NamedTuple

#: A patch of more lines than these is left out, as GitHub leaves out what is too big to show.
MAX_PATCH_LINES = 3000
_CONTEXT = 3


class Link(bytes):
    """The target of a symbolic link, where the bytes of a file might stand."""


class Blob(NamedTuple):
    """A file's bytes."""

    data: bytes

    @property
    def is_binary(self) -> bool:
        """As Git tells it: a NUL among the first 8,000 bytes."""
        return b"\0" in self.data[:8000]


class Entry(NamedTuple):
    """A line of a tree: `type` is `blob` or `tree`."""

    mode: str
    type: str
    sha: str


class Tree(NamedTuple):
    """A folder."""

    entries: Mapping[str, Entry]


class Commit(NamedTuple):
    """A commit; of several parents the first is the branch it was made on."""

    tree: str
    parents: tuple[str, ...]
    message: str


class Change(NamedTuple):
    """A file that differs between two trees; a `patch` is None where it is not shown."""

    path: str
    status: str
    sha: str
    additions: int
    deletions: int
    patch: str | None
    previous: str | None = None


class Objects:
    """All objects of all repositories: a fork's are reachable through its parent's name too."""

    def __init__(self) -> None:
        self._known: dict[str, Blob | Tree | Commit] = {}

    def get(self, sha: str) -> Blob | Tree | Commit | None:
        """The object of this name."""
        return self._known.get(sha)

    def blob(self, data: bytes) -> str:
        """Stores a file."""
        return self._store("blob", data, Blob(data))

    def commit(self, files: Mapping[str, bytes], *parents: str, message: str = "change") -> str:
        """Stores a commit of these files."""
        return self.commit_of_tree(self._tree(files), *parents, message=message)

    def commit_of_tree(self, tree: str, *parents: str, message: str = "change") -> str:
        """Stores a commit of a tree that is there."""
        lines = [f"tree {tree}", *(f"parent {parent}" for parent in parents), "", message]
        text = "\n".join(lines).encode()
        return self._store("commit", text, Commit(tree, parents, message))

    def _tree(self, files: Mapping[str, bytes]) -> str:
        folders: dict[str, dict[str, bytes]] = {}
        entries: dict[str, Entry] = {}
        for path, data in files.items():
            top, slash, rest = path.partition("/")
            if slash:
                folders.setdefault(top, {})[rest] = data
            else:
                mode = "120000" if isinstance(data, Link) else "100644"
                entries[top] = Entry(mode, "blob", self.blob(data))
        for name, below in folders.items():
            entries[name] = Entry("040000", "tree", self._tree(below))
        # Git sorts a folder as if its name ended in a slash.
        order = sorted(entries, key=lambda name: name + "/" * (entries[name].type == "tree"))
        listed = {name: entries[name] for name in order}
        text = b"".join(
            f"{entry.mode.lstrip('0')} {name}\0".encode() + bytes.fromhex(entry.sha)
            for name, entry in listed.items()
        )
        return self._store("tree", text, Tree(listed))

    def _store(self, kind: str, content: bytes, thing: Blob | Tree | Commit) -> str:
        sha = hashlib.sha1(f"{kind} {len(content)}\0".encode() + content).hexdigest()
        self._known[sha] = thing
        return sha

    # -- reading --------------------------------------------------------------------------------

    def tree_of(self, sha: str) -> str | None:
        """The tree that a commit or a tree names."""
        found = self.get(sha)
        if isinstance(found, Commit):
            return found.tree
        return sha if isinstance(found, Tree) else None

    def at(self, sha: str, path: str) -> Entry | None:
        """What stands at a path of a commit; the empty path is its root."""
        tree = self.tree_of(sha)
        if tree is None:
            return None
        entry = Entry("040000", "tree", tree)
        for name in filter(None, path.split("/")):
            folder = self.get(entry.sha)
            if not isinstance(folder, Tree) or name not in folder.entries:
                return None
            entry = folder.entries[name]
        return entry

    def walk(self, tree: str, prefix: str = "") -> Iterator[tuple[str, Entry]]:
        """Everything below a tree, folders before what they hold."""
        folder = self.get(tree)
        assert isinstance(folder, Tree)
        for name, entry in folder.entries.items():
            yield prefix + name, entry
            if entry.type == "tree":
                yield from self.walk(entry.sha, f"{prefix}{name}/")

    def files(self, sha: str) -> dict[str, bytes]:
        """Every file of a commit."""
        tree = self.tree_of(sha)
        walked = self.walk(tree) if tree else ()
        return {path: self._data(entry.sha) for path, entry in walked if entry.type == "blob"}

    def _data(self, sha: str) -> bytes:
        blob = self.get(sha)
        assert isinstance(blob, Blob)
        return blob.data

    def history(self, sha: str) -> Iterator[str]:
        """A commit and its ancestors, nearest first."""
        pending, seen = [sha], set()
        while pending:
            name = pending.pop(0)
            commit = self.get(name)
            if name not in seen and isinstance(commit, Commit):
                seen.add(name)
                yield name
                pending += commit.parents

    def merge_base(self, one: str, other: str) -> str:
        """The nearest commit that both come from."""
        ours = set(self.history(one))
        return next(sha for sha in self.history(other) if sha in ours)

    def changes(self, old: str, new: str) -> list[Change]:
        """What changed between two commits, by path; a file moved unchanged is a rename."""
        before, after = self._shas(old), self._shas(new)
        fresh = {sha for path, sha in after.items() if path not in before}
        gone = {sha: path for path, sha in before.items() if path not in after and sha in fresh}
        found = []
        for path in sorted({*before, *after}):
            was, now = before.get(path), after.get(path)
            if was == now or (now is None and was in gone):
                continue
            if was is None and now in gone:
                found.append(Change(path, "renamed", now, 0, 0, None, gone[now]))
                continue
            found.append(self._change(path, was, now))
        return found

    def _shas(self, commit: str) -> dict[str, str]:
        tree = self.tree_of(commit)
        walked = self.walk(tree) if tree else ()
        return {path: entry.sha for path, entry in walked if entry.type == "blob"}

    def _change(self, path: str, was: str | None, now: str | None) -> Change:
        status = "added" if was is None else "removed" if now is None else "modified"
        old, new = (b"" if sha is None else self._data(sha) for sha in (was, now))
        patch, additions, deletions = "", 0, 0
        if b"\0" not in old[:8000] + new[:8000]:
            patch = unified(old.decode("utf-8", "replace"), new.decode("utf-8", "replace"))
            lines = patch.splitlines()
            additions = sum(line.startswith("+") for line in lines)
            deletions = sum(line.startswith("-") for line in lines)
            if len(lines) > MAX_PATCH_LINES:
                patch = ""
        return Change(path, status, now or was or "", additions, deletions, patch or None)


def unified(old: str, new: str) -> str:
    """The hunks between two texts as GitHub shows them: no file names, no last line break."""
    before, after = _lines(old), _lines(new)
    rows: list[str] = []
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    for group in matcher.get_grouped_opcodes(_CONTEXT):
        (_, start, _, at, _), (_, _, end, _, to) = group[0], group[-1]
        rows.append(f"@@ -{_range(start, end)} +{_range(at, to)} @@")
        for tag, i, j, k, m in group:
            if tag == "equal":
                rows += [f" {line}" for line in before[i:j]]
                continue
            rows += [f"-{line}" for line in before[i:j]]
            rows += [f"+{line}" for line in after[k:m]]
    return "\n".join(rows)


def _lines(text: str) -> list[str]:
    lines = text.split("\n")
    if lines[-1]:
        lines[-1] += "\n\\ No newline at end of file"
    else:
        lines.pop()
    return lines


def _range(start: int, end: int) -> str:
    length = end - start
    return str(start + 1) if length == 1 else f"{start + bool(length)},{length}"
