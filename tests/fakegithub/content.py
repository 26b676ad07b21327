"""REST over repositories and what lies in them: contents, trees, blobs, commits, branches."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

from tests.fakegithub import people
from tests.fakegithub.call import Call, Refused, Route, route
from tests.fakegithub.git import Blob, Change, Commit, Entry, Tree
from tests.fakegithub.state import Repository

ROUTES: list[Route] = []
_REPOSITORY = "/repos/{owner}/{repo}"
#: The contents API gives no text of files above this; blobs go up to a hundred times as much.
_CONTENTS_LIMIT = 1_000_000
#: GitHub cuts a recursive list after so many entries (docs: "Get a tree").
TREE_LIMIT = 100_000


@route(ROUTES, "GET", _REPOSITORY)
def _repository(call: Call) -> dict[str, Any]:
    return people.repository(call.repository, call.base)


@route(ROUTES, "GET", "/repos/{owner}/{repo}/branches", "contents:read")
def _branches(call: Call) -> list[dict[str, Any]]:
    repository, wanted = call.repository, call.query.get("protected")
    return [
        {"name": name, "commit": {"sha": sha}, "protected": name in repository.protection}
        for name, sha in repository.branches.items()
        if wanted is None or (wanted == "true") == (name in repository.protection)
    ]


@route(ROUTES, "GET", "/repos/{owner}/{repo}/branches/{branch}", "contents:read")
def _branch(call: Call) -> dict[str, Any]:
    repository, name = call.repository, call.path["branch"]
    if name not in repository.branches:
        raise Refused(404, "Branch not found")
    sha = repository.branches[name]
    protected = name in repository.protection
    return {"name": name, "commit": _commit_facts(call, sha), "protected": protected}


@route(ROUTES, "GET", "/repos/{owner}/{repo}/commits/{ref}", "contents:read")
def _commit(call: Call) -> dict[str, Any]:
    return _commit_facts(call, resolve(call, call.path["ref"]))


@route(ROUTES, "GET", "/repos/{owner}/{repo}/git/commits/{commit_sha}", "contents:read")
def _git_commit(call: Call) -> dict[str, Any]:
    found = call.state.objects.get(call.path["commit_sha"])
    if not isinstance(found, Commit):
        raise Refused(404, "Not Found")
    return {
        "sha": call.path["commit_sha"],
        "tree": {"sha": found.tree},
        "message": found.message,
        "parents": [{"sha": parent} for parent in found.parents],
    }


@route(ROUTES, "GET", "/repos/{owner}/{repo}/git/ref/{ref}", "contents:read")
def _ref(call: Call) -> dict[str, Any]:
    kind, _, name = call.path["ref"].partition("/")
    known = {"heads": call.repository.branches, "tags": call.repository.tags}.get(kind, {})
    if name not in known:
        raise Refused(404, "Not Found")
    return {"ref": f"refs/{call.path['ref']}", "object": {"type": "commit", "sha": known[name]}}


@route(ROUTES, "GET", "/repos/{owner}/{repo}/git/trees/{tree_sha}", "contents:read")
def _tree(call: Call) -> dict[str, Any]:
    objects = call.state.objects
    sha = objects.tree_of(resolve(call, call.path["tree_sha"]))
    if sha is None:
        raise Refused(404, "Not Found")
    if call.query.get("recursive"):
        walked = list(objects.walk(sha))
    else:
        folder = objects.get(sha)
        assert isinstance(folder, Tree)
        walked = list(folder.entries.items())
    return {
        "sha": sha,
        "tree": [_entry(call, path, entry) for path, entry in walked[:TREE_LIMIT]],
        "truncated": len(walked) > TREE_LIMIT,
    }


def _entry(call: Call, path: str, entry: Entry) -> dict[str, Any]:
    blob = call.state.objects.get(entry.sha)
    size = {"size": len(blob.data)} if isinstance(blob, Blob) else {}
    return {"path": path, "mode": entry.mode, "type": entry.type, "sha": entry.sha, **size}


@route(ROUTES, "GET", "/repos/{owner}/{repo}/git/blobs/{file_sha}", "contents:read")
def _blob(call: Call) -> dict[str, Any]:
    found = call.state.objects.get(call.path["file_sha"])
    if not isinstance(found, Blob):
        raise Refused(404, "Not Found")
    return {
        "sha": call.path["file_sha"],
        "size": len(found.data),
        "encoding": "base64",
        "content": base64.encodebytes(found.data).decode(),
    }


@route(ROUTES, "GET", "/repos/{owner}/{repo}/contents/{path}", "contents:read")
def _contents(call: Call) -> Any:
    sha = resolve(call, call.query.get("ref") or call.repository.default_branch)
    path = call.path["path"].strip("/")
    entry = call.state.objects.at(sha, path)
    if entry is None:
        raise Refused(404, "Not Found")
    folder = call.state.objects.get(entry.sha)
    if isinstance(folder, Tree):
        inside = folder.entries.items()
        return [_content(call, f"{path}/{name}".strip("/"), one) for name, one in inside]
    found = _content(call, path, entry)
    assert isinstance(folder, Blob)
    if len(folder.data) > _CONTENTS_LIMIT:
        return {**found, "encoding": "none", "content": ""}
    text = base64.encodebytes(folder.data).decode()
    return {**found, "encoding": "base64", "content": text}


def _content(call: Call, path: str, entry: Entry) -> dict[str, Any]:
    blob = call.state.objects.get(entry.sha)
    kind = "file" if entry.type == "blob" else "dir"
    return {
        "type": kind,
        "name": path.rpartition("/")[2],
        "path": path,
        "sha": entry.sha,
        "size": len(blob.data) if isinstance(blob, Blob) else 0,
        "url": f"{call.base}/repos/{call.repository.full_name}/contents/{path}",
    }


@route(ROUTES, "GET", "/repos/{owner}/{repo}/compare/{basehead}", "contents:read")
def _compare(call: Call) -> dict[str, Any]:
    old, _, new = call.path["basehead"].partition("...")
    base, head = resolve(call, old), resolve(call, new)
    objects = call.state.objects
    start = objects.merge_base(base, head)
    ahead = [sha for sha in objects.history(head) if sha not in set(objects.history(base))]
    return {
        "status": "ahead" if ahead else "identical",
        "ahead_by": len(ahead),
        "total_commits": len(ahead),
        "base_commit": _commit_facts(call, base),
        "merge_base_commit": _commit_facts(call, start),
        "commits": [_commit_facts(call, sha) for sha in reversed(ahead)],
        "files": [changed(call, one) for one in objects.changes(start, head)[:300]],
    }


def changed(call: Call, change: Change) -> dict[str, Any]:
    """A changed file, as a comparison or a pull request lists it."""
    more = {"patch": change.patch} if change.patch is not None else {}
    if change.previous:
        more["previous_filename"] = change.previous
    return {
        "sha": change.sha,
        "filename": change.path,
        "status": change.status,
        "additions": change.additions,
        "deletions": change.deletions,
        "changes": change.additions + change.deletions,
        **more,
    }


def resolve(call: Call, name: str) -> str:
    """The commit or tree that a branch, tag, pull request or SHA names."""
    found = lookup(call, call.repository, name)
    if found is None:
        raise Refused(404, f"No commit found for the ref {name}")
    return found


def lookup(call: Call, repository: Repository, name: str) -> str | None:
    """The same, or None; `HEAD` is the default branch."""
    if name == "HEAD":
        name = repository.default_branch
    if not repository.branches:
        raise Refused(409, "Git Repository is empty.")
    short = name.removeprefix("refs/").removeprefix("heads/").removeprefix("tags/")
    for known in (repository.branches, repository.tags, dict(_pull_refs(repository))):
        if short in known:
            return known[short]
    return name if call.state.objects.get(name) else None


def _pull_refs(repository: Repository) -> Iterator[tuple[str, str]]:
    for number, pull in repository.pulls.items():
        yield f"pull/{number}/head", pull.head_sha


def _commit_facts(call: Call, sha: str) -> dict[str, Any]:
    found = call.state.objects.get(sha)
    if not isinstance(found, Commit):
        raise Refused(422, f"No commit found for SHA: {sha}")
    return {
        "sha": sha,
        "commit": {"message": found.message, "tree": {"sha": found.tree}},
        "parents": [{"sha": parent} for parent in found.parents],
    }
