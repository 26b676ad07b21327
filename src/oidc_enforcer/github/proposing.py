"""Puts changed files on a branch of our own and opens, or updates, one pull request for them."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from typing import Any, NamedTuple

from oidc_enforcer.github.connection import Connection, quoted
from oidc_enforcer.github.refusals import Refused, Trouble

#: The branch, and the line by which a commit on it is known to be ours.
BRANCH = "oidc-enforcer/keys-to-oidc"
MARK = "Made-by: oidc-enforcer"
_NEEDED = (
    "the token needs contents: write, pull requests: write and workflows: write (fine-grained or"
    " an App's), or the scopes `repo` and `workflow`; a run's own GITHUB_TOKEN may never change"
    " workflows"
)


class Change(NamedTuple):
    """A file's bytes as they were read, and as they should be."""

    before: bytes
    after: bytes


class Proposal(NamedTuple):
    """What is proposed to a repository's default branch."""

    repository: str
    title: str
    body: str
    files: Mapping[str, Change]


class Proposed(NamedTuple):
    """What came of it: `did` is `opened`, `updated` or `left as it is`."""

    number: int
    did: str


def propose(connection: Connection, proposal: Proposal) -> Proposed:
    """Opens the pull request or updates it; raises Refused, saying which permission is missing."""
    at = f"/repos/{proposal.repository}"
    base = str(connection.get(at)["default_branch"])
    head = connection.get(f"{at}/git/ref/heads/{quoted(base)}")["object"]["sha"]
    tree = connection.get(f"{at}/git/commits/{head}")["tree"]["sha"]
    modes = _modes(connection, at, tree, proposal)
    try:
        return _Writing(connection, at, proposal).all(base, head, tree, modes)
    except Refused as problem:
        if problem.trouble in (Trouble.FORBIDDEN, Trouble.NOT_FOUND):
            raise Refused(problem.trouble, problem.message, _NEEDED) from problem
        raise


def _modes(connection: Connection, at: str, tree: str, proposal: Proposal) -> dict[str, str]:
    """The files' modes; raises Refused where the branch has other texts than were mended."""
    listed = connection.get(f"{at}/git/trees/{tree}", recursive="1")["tree"]
    there = {one["path"]: one for one in listed}
    for path, change in proposal.files.items():
        if path not in there or there[path]["sha"] != _blob_name(change.before):
            raise Refused(
                Trouble.INVALID,
                f"`{path}` on GitHub is not the file that is here",
                "check out the newest commit of the default branch, without changes",
            )
    return {path: there[path]["mode"] for path in proposal.files}


def _blob_name(data: bytes) -> str:
    """How Git names a file."""
    return hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()


class _Writing:
    def __init__(self, connection: Connection, at: str, proposal: Proposal) -> None:
        self.connection, self.at, self.proposal = connection, at, proposal

    def all(self, base: str, head: str, tree: str, modes: Mapping[str, str]) -> Proposed:
        new = self._tree(tree, modes)
        moved = self._branch(head, new)
        return self._pull(base, moved=moved)

    def _write(self, method: str, path: str, body: Mapping[str, Any]) -> Any:
        return self.connection.write(method, f"{self.at}/{path}", body)

    def _tree(self, tree: str, modes: Mapping[str, str]) -> str:
        entries = []
        for path, change in self.proposal.files.items():
            content = base64.b64encode(change.after).decode()
            blob = self._write("POST", "git/blobs", {"content": content, "encoding": "base64"})
            mode = modes[path]
            entries.append({"path": path, "mode": mode, "type": "blob", "sha": blob["sha"]})
        made = self._write("POST", "git/trees", {"base_tree": tree, "tree": entries})
        return str(made["sha"])

    def _branch(self, head: str, tree: str) -> bool:
        """Puts the tree on our branch; False where it is there already."""
        known = self._ours()
        if known is not None and known == (tree, [head]):
            return False
        message = f"{self.proposal.title}\n\n{MARK}"
        body = {"message": message, "tree": tree, "parents": [head]}
        commit = self._write("POST", "git/commits", body)["sha"]
        if known is None:
            self._write("POST", "git/refs", {"ref": f"refs/heads/{BRANCH}", "sha": commit})
        else:
            place = f"git/refs/heads/{quoted(BRANCH)}"
            self._write("PATCH", place, {"sha": commit, "force": True})
        return True

    def _ours(self) -> tuple[str, list[str]] | None:
        """The commit on our branch, None without one; raises Refused when it is not ours."""
        try:
            found = self.connection.get(f"{self.at}/git/ref/heads/{quoted(BRANCH)}")
        except Refused as problem:
            if problem.trouble is Trouble.NOT_FOUND:
                return None
            raise
        commit = self.connection.get(f"{self.at}/git/commits/{found['object']['sha']}")
        if MARK not in commit["message"]:
            raise Refused(
                Trouble.INVALID,
                f"somebody has put a commit of their own on the branch `{BRANCH}`",
                "merge it, or delete the branch",
            )
        parents = [one["sha"] for one in commit["parents"]]
        return commit["tree"]["sha"], parents

    def _pull(self, base: str, *, moved: bool) -> Proposed:
        said = {"title": self.proposal.title, "body": self.proposal.body}
        for pull in self.connection.pages(f"{self.at}/pulls", state="open"):
            if pull["head"]["ref"] != BRANCH or pull["base"]["ref"] != base:
                continue
            if pull.get("head", {}).get("repo") is None:
                continue
            if moved or pull.get("body") != said["body"]:
                self._write("PATCH", f"pulls/{pull['number']}", said)
                return Proposed(int(pull["number"]), "updated")
            return Proposed(int(pull["number"]), "left as it is")
        made = self._write("POST", "pulls", {**said, "head": BRANCH, "base": base})
        return Proposed(int(made["number"]), "opened")
