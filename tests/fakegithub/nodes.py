"""The nodes of GraphQL: what each field of the state is called there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from tests.fakegithub.call import Call, Refused
from tests.fakegithub.content import lookup
from tests.fakegithub.git import Blob, Commit, Entry, Tree
from tests.fakegithub.state import Comment, Environment, Pull, Repository, Review

Node = dict[str, Any]
#: GraphQL cuts a blob's text at exactly so many bytes.
TEXT_LIMIT = 512_000
_MODES = {"040000": 0o040000, "100644": 0o100644, "120000": 0o120000}


def root(call: Call) -> Node:
    """Queries and mutations."""
    limits = {"cost": 1, "remaining": 4999, "limit": 5000, "used": 1, "nodeCount": 1}
    return {
        "rateLimit": lambda **_: {**limits, "resetAt": "2026-11-02T09:00:00Z"},
        "viewer": lambda: {"login": _login(call.token.login)},
        "repository": lambda owner, name, **_: _repository(call, _find(call, owner, name)),
        "organization": lambda login: _organisation(call, login),
        "nodes": lambda ids: [_by_id(call, one) for one in ids],
        "minimizeComment": lambda input: _minimise(call, input),
        "resolveReviewThread": lambda input: _resolve_thread(call, input),
    }


def connection(items: Sequence[Any], make: Callable[[Any], Node]) -> Callable[..., Node]:
    """A list in pages; a cursor is a position."""

    def page(
        first: int | None = None,
        last: int | None = None,
        after: str | None = None,
        before: str | None = None,
        **_: Any,
    ) -> Node:
        if max(first or 0, last or 0) > 100 or (first is None) is (last is None):
            raise Refused(422, "give either `first` or `last`, of at most 100")
        start, end = int(after or 0), len(items) if before is None else int(before)
        low = start if last is None else max(start, end - last)
        high = end if first is None else min(end, low + first)
        return {
            "totalCount": len(items),
            "nodes": lambda: [make(one) for one in items[low:high]],
            "pageInfo": {
                "hasNextPage": high < len(items),
                "hasPreviousPage": low > 0,
                "startCursor": str(low),
                "endCursor": str(high),
            },
        }

    return page


def _find(call: Call, owner: str, name: str) -> Repository:
    found = call._replace(path={"owner": owner, "repo": name})
    try:
        return found.repository
    except Refused:
        said = f"Could not resolve to a Repository with the name '{owner}/{name}'."
        raise Refused(404, said) from None


def _repository(call: Call, of: Repository) -> Node:
    here = call._replace(path={"owner": of.owner.login, "repo": of.name})
    default = of.branches.get(of.default_branch)
    return {
        "__typename": "Repository",
        "id": f"R_{of.id}",
        "databaseId": of.id,
        "name": of.name,
        "nameWithOwner": of.full_name,
        "owner": {"__typename": of.owner.type, "login": of.owner.login, "databaseId": of.owner.id},
        "isArchived": of.archived,
        "isDisabled": False,
        "isEmpty": not of.branches,
        "isFork": of.parent is not None,
        "isPrivate": of.visibility != "public",
        "visibility": of.visibility.upper(),
        "pushedAt": "2026-11-02T08:00:00Z",
        "repositoryTopics": connection(
            of.topics,
            lambda name: {"topic": {"__typename": "Topic", "name": name}},
        ),
        "defaultBranchRef": default
        and {"name": of.default_branch, "target": {"__typename": "Commit", "oid": default}},
        "object": lambda expression=None, oid=None: _object(here, of, expression or oid),
        "ref": lambda qualifiedName: _ref(here, of, qualifiedName),  # noqa: N803
        "pullRequest": lambda number: _pull(here, of, number),
        "environments": connection(list(of.environments.values()), _environment),
    }


def _organisation(call: Call, login: str) -> Node:
    known = [
        one
        for one in call.state.repositories.values()
        if one.owner.login == login and call.may_see(one)
    ]
    if login not in call.state.owners:
        raise Refused(404, f"Could not resolve to an Organization with the login of '{login}'.")
    return {
        "login": login,
        "databaseId": call.state.owners[login].id,
        "repositories": lambda isArchived=None, **page: connection(  # noqa: N803
            [one for one in known if isArchived in (None, one.archived)],
            lambda one: _repository(call, one),
        )(**page),
    }


def _ref(call: Call, of: Repository, name: str) -> Node | None:
    """A branch, with what is shown of its protection to who does not administer it."""
    branch = name.removeprefix("refs/heads/")
    if branch not in of.branches:
        return None
    reviews = of.protection.get(branch, {}).get("required_pull_request_reviews") or {}
    shown = branch in of.protection and not call.token.may("administration", "read")
    count = reviews.get("required_approving_review_count")
    return {
        "name": branch,
        "refUpdateRule": {"requiredApprovingReviewCount": count} if shown else None,
    }


def _environment(of: Environment) -> Node:
    return {"name": of.name}


# -- Git's objects ------------------------------------------------------------------------------


def _object(call: Call, of: Repository, expression: str) -> Node | None:
    call.need("contents", "read")
    name, colon, path = expression.partition(":")
    try:
        sha = lookup(call, of, name)
    except Refused:
        return None
    if sha is None:
        return None
    if not colon:
        return _git_object(call, sha)
    entry = call.state.objects.at(sha, path)
    return entry and _git_object(call, entry.sha)


def _git_object(call: Call, sha: str) -> Node | None:
    found = call.state.objects.get(sha)
    match found:
        case Tree():
            entries = found.entries.items()
            listed = [_entry(call, name, entry) for name, entry in entries]
            return {"__typename": "Tree", "oid": sha, "entries": listed}
        case Blob():
            return {"__typename": "Blob", "oid": sha, **_blob(found)}
        case Commit():
            return {"__typename": "Commit", "oid": sha, "message": found.message}
        case _:
            return None


def _entry(call: Call, name: str, entry: Entry) -> Node:
    return {
        "name": name,
        "path": name,
        "type": entry.type,
        "mode": _MODES[entry.mode],
        "oid": entry.sha,
        "object": lambda: _git_object(call, entry.sha),
    }


def _blob(of: Blob) -> Node:
    text = None if of.is_binary else of.data[:TEXT_LIMIT].decode("utf-8", "replace")
    return {
        "byteSize": len(of.data),
        "isBinary": of.is_binary,
        "isTruncated": len(of.data) > TEXT_LIMIT,
        "text": text,
    }


# -- pull requests ------------------------------------------------------------------------------


def _pull(call: Call, of: Repository, number: int) -> Node:
    call.need("pull_requests", "read")
    pull = of.pulls.get(number)
    if pull is None:
        raise Refused(404, f"Could not resolve to a PullRequest with the number of {number}.")
    starts = [one for one in pull.review_comments if one.reply_to is None]
    return {
        "number": number,
        "state": pull.state.upper(),
        "isDraft": pull.draft,
        "headRefOid": pull.head_sha,
        "headRefName": pull.head_ref,
        "baseRefName": pull.base_ref,
        "baseRefOid": of.branches[pull.base_ref],
        "isCrossRepository": pull.head != of.full_name,
        "reviewThreads": connection(starts, lambda one: _thread(call, pull, one)),
        "comments": connection(pull.comments, lambda one: _comment(call, one, "IC")),
        "author": _author(pull.author),
    }


def _thread(call: Call, pull: Pull, start: Comment) -> Node:
    talk = [start, *(one for one in pull.review_comments if one.reply_to == start.id)]
    return {
        "id": f"PRRT_{start.id}",
        "isResolved": start.id in pull.resolved,
        "isOutdated": start.commit != pull.head_sha,
        "path": start.path,
        "line": start.line,
        "startLine": start.start_line,
        "subjectType": start.subject_type.upper(),
        "comments": connection(talk, lambda one: _comment(call, one, "PRRC")),
    }


def _comment(call: Call, of: Comment, kind: str) -> Node:
    return {
        "__typename": {"IC": "IssueComment", "PRRC": "PullRequestReviewComment"}[kind],
        "id": f"{kind}_{of.id}",
        "databaseId": of.id,
        "fullDatabaseId": str(of.id),
        "viewerDidAuthor": of.author == call.token.login,
        "isMinimized": bool(of.minimised),
        "minimizedReason": of.minimised.lower() or None,
        "body": of.body,
        "author": _author(of.author),
        "pullRequestReview": of.review and {"id": f"PRR_{of.review}"},
    }


def _review(of: Review) -> Node:
    return {
        "__typename": "PullRequestReview",
        "id": f"PRR_{of.id}",
        "isMinimized": bool(of.minimised),
        "body": of.body,
    }


def _login(name: str) -> str:
    return name.removesuffix("[bot]")


def _author(name: str) -> Node:
    """GraphQL says `github-actions` where REST says `github-actions[bot]`."""
    return {"__typename": "Bot" if name.endswith("[bot]") else "User", "login": _login(name)}


def _by_id(call: Call, name: str) -> Node | None:
    for one in call.state.repositories.values():
        if f"R_{one.id}" == name and call.may_see(one):
            return _repository(call, one)
    return None


# -- mutations ----------------------------------------------------------------------------------


def _minimise(call: Call, given: Node) -> Node:
    kind, _, number = given["subjectId"].partition("_")
    for repository in call.state.repositories.values():
        for pull in repository.pulls.values():
            for one in (*pull.review_comments, *pull.comments):
                if str(one.id) == number:
                    here = {"owner": repository.owner.login, "repo": repository.name}
                    call._replace(path=here).need("pull_requests", "write")
                    one.minimised = given["classifier"]
                    return {"minimizedComment": _comment(call, one, kind)}
            for review in pull.reviews:
                if given["subjectId"] == f"PRR_{review.id}":
                    here = {"owner": repository.owner.login, "repo": repository.name}
                    call._replace(path=here).need("pull_requests", "write")
                    review.minimised = given["classifier"]
                    return {"minimizedComment": _review(review)}
    raise Refused(404, f"Could not resolve to a node with the global id of '{given['subjectId']}'")


def _resolve_thread(call: Call, given: Node) -> Node:
    call.need("contents", "write")
    for repository in call.state.repositories.values():
        for pull in repository.pulls.values():
            for one in pull.review_comments:
                if f"PRRT_{one.id}" == given["threadId"]:
                    pull.resolved.add(one.id)
                    return {"thread": _thread(call, pull, one)}
    raise Refused(404, f"Could not resolve to a node with the global id of '{given['threadId']}'")
