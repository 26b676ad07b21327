"""REST that makes things: blobs, trees, commits, branches, and pull requests of them."""

from __future__ import annotations

import base64
from typing import Any

from tests.fakegithub.call import Call, Refused, Route, route
from tests.fakegithub.git import Blob, Commit
from tests.fakegithub.pulls import pull_facts

ROUTES: list[Route] = []
_GIT = "/repos/{owner}/{repo}/git"
_WRITE = "contents:write"


@route(ROUTES, "POST", f"{_GIT}/blobs", _WRITE, 201)
def _blob(call: Call) -> dict[str, Any]:
    content = call.body["content"]
    is_encoded = call.body.get("encoding") == "base64"
    data = base64.b64decode(content) if is_encoded else content.encode()
    sha = call.state.objects.blob(data)
    return {"sha": sha, "url": f"{call.base}/blobs/{sha}"}


@route(ROUTES, "POST", f"{_GIT}/trees", _WRITE, 201)
def _tree(call: Call) -> dict[str, Any]:
    objects = call.state.objects
    files: dict[str, bytes] = {}
    if base := call.body.get("base_tree"):
        for path, entry in objects.walk(base):
            found = objects.get(entry.sha)
            if isinstance(found, Blob):
                files[path] = found.data
    for one in call.body["tree"]:
        if one["path"].startswith(".github/workflows/"):
            call.need("workflows", "write")
        found = objects.get(one["sha"])
        if not isinstance(found, Blob):
            raise Refused(422, "tree.sha is not a valid blob")
        files[one["path"]] = found.data
    sha = objects.tree_of(objects.commit(files))
    return {"sha": sha, "url": f"{call.base}/trees/{sha}", "tree": [], "truncated": False}


@route(ROUTES, "POST", f"{_GIT}/commits", _WRITE, 201)
def _commit(call: Call) -> dict[str, Any]:
    objects, body = call.state.objects, call.body
    sha = objects.commit_of_tree(body["tree"], *body["parents"], message=body["message"])
    return {
        "sha": sha,
        "tree": {"sha": body["tree"]},
        "message": body["message"],
        "parents": [{"sha": parent} for parent in body["parents"]],
    }


@route(ROUTES, "POST", f"{_GIT}/refs", _WRITE, 201)
def _ref(call: Call) -> dict[str, Any]:
    name = call.body["ref"].removeprefix("refs/heads/")
    if name in call.repository.branches:
        raise Refused(422, "Reference already exists")
    return _point(call, name, call.body["sha"])


@route(ROUTES, "PATCH", f"{_GIT}/refs/{{ref}}", _WRITE)
def _move(call: Call) -> dict[str, Any]:
    name = call.path["ref"].removeprefix("heads/")
    known = call.repository.branches.get(name)
    if known is None:
        raise Refused(422, "Reference does not exist")
    made = call.state.objects.get(call.body["sha"])
    if not call.body.get("force") and isinstance(made, Commit) and known not in made.parents:
        raise Refused(422, "Update is not a fast forward")
    return _point(call, name, call.body["sha"])


def _point(call: Call, name: str, sha: str) -> dict[str, Any]:
    if not isinstance(call.state.objects.get(sha), Commit):
        raise Refused(422, "Object does not exist")
    call.repository.branches[name] = sha
    for pull in call.repository.pulls.values():
        if pull.head_ref == name and pull.state == "open":
            pull.head_sha = sha
    return {"ref": f"refs/heads/{name}", "object": {"type": "commit", "sha": sha}}


@route(ROUTES, "POST", "/repos/{owner}/{repo}/pulls", "pull_requests:write", 201)
def _open(call: Call) -> dict[str, Any]:
    repository, body = call.repository, call.body
    head = body["head"].rpartition(":")[2]
    if any(one.head_ref == head and one.state == "open" for one in repository.pulls.values()):
        raise Refused(422, "A pull request already exists", [{"resource": "PullRequest"}])
    pull = call.state.open_pull(repository.full_name, head, author=call.token.login)
    pull.title, pull.body = body["title"], body.get("body", "")
    return pull_facts(call, pull)


@route(ROUTES, "PATCH", "/repos/{owner}/{repo}/pulls/{pull_number}", "pull_requests:write")
def _edit(call: Call) -> dict[str, Any]:
    pull = call.pull
    pull.title = call.body.get("title", pull.title)
    pull.body = call.body.get("body", pull.body)
    return pull_facts(call, pull)
