"""REST over pull requests: their files, reviews, comments on lines, and the comments beneath."""

from __future__ import annotations

from typing import Any

from tests.fakegithub import people
from tests.fakegithub.anchors import refuse_bad_anchor
from tests.fakegithub.call import Call, Refused, Route, route
from tests.fakegithub.content import changed
from tests.fakegithub.git import Change
from tests.fakegithub.state import Comment, Pull, Repository, Review

ROUTES: list[Route] = []
#: GitHub lists no more files of a pull request, and takes no longer text.
MAX_FILES = 3000
MAX_BODY = 65_536
_EVENTS = {"COMMENT": "COMMENTED", "REQUEST_CHANGES": "CHANGES_REQUESTED", "APPROVE": "APPROVED"}
_PULL = "/repos/{owner}/{repo}/pulls/{pull_number}"
_LINE_COMMENT = "/repos/{owner}/{repo}/pulls/comments/{comment_id}"
_COMMENT = "/repos/{owner}/{repo}/issues/comments/{comment_id}"
_READ, _WRITE = "pull_requests:read", "pull_requests:write"
_ISSUE_READ, _ISSUE_WRITE = f"issues:read|{_READ}", f"issues:write|{_WRITE}"


def changes(call: Call, pull: Pull) -> list[Change]:
    """The files of a pull request, from where its branch left the base."""
    objects, base = call.state.objects, call.repository.branches[pull.base_ref]
    return objects.changes(objects.merge_base(base, pull.head_sha), pull.head_sha)


@route(ROUTES, "GET", "/repos/{owner}/{repo}/pulls", _READ)
def _list(call: Call) -> list[dict[str, Any]]:
    pulls = call.repository.pulls.values()
    wanted = call.query.get("state", "open")
    return [pull_facts(call, one) for one in pulls if wanted in ("all", one.state)]


@route(ROUTES, "GET", _PULL, _READ)
def _one(call: Call) -> dict[str, Any]:
    return pull_facts(call, call.pull)


def pull_facts(call: Call, pull: Pull) -> dict[str, Any]:
    """A pull request, as it looks wherever one is shown."""
    repository = call.repository
    head = call.state.repositories.get(pull.head or "")
    return {
        "number": pull.number,
        "state": pull.state,
        "draft": pull.draft,
        "title": pull.title,
        "body": pull.body,
        "user": people.user(pull.author, call.base),
        "url": f"{call.base}/repos/{repository.full_name}/pulls/{pull.number}",
        "issue_url": f"{call.base}/repos/{repository.full_name}/issues/{pull.number}",
        "head": _side(call, head, pull.head_ref, pull.head_sha),
        "base": _side(call, repository, pull.base_ref, repository.branches[pull.base_ref]),
    }


def _side(call: Call, repository: Repository | None, ref: str, sha: str) -> dict[str, Any]:
    shown = repository and people.repository(repository, call.base)
    return {"ref": ref, "sha": sha, "label": ref, "repo": shown}


@route(ROUTES, "GET", f"{_PULL}/files", _READ)
def _files(call: Call) -> list[dict[str, Any]]:
    return [changed(call, one) for one in changes(call, call.pull)[:MAX_FILES]]


@route(ROUTES, "GET", f"{_PULL}/reviews", _READ)
def _reviews(call: Call) -> list[dict[str, Any]]:
    return [_review_facts(call, one) for one in call.pull.reviews]


@route(ROUTES, "POST", f"{_PULL}/reviews", _WRITE)
def _review(call: Call) -> dict[str, Any]:
    pull, body = call.pull, call.body
    event = body.get("event", "PENDING")
    if event in ("COMMENT", "REQUEST_CHANGES") and not (body.get("body") or body.get("comments")):
        raise Refused(422, "Unprocessable Entity", ["Body can't be blank"])
    if event != "COMMENT" and pull.author == call.token.login:
        said = "Can not request changes on your own pull request"
        raise Refused(422, "Unprocessable Entity", [said])
    _refuse_long(body.get("body") or "", in_words=True)
    files = {change.path: change for change in changes(call, pull)}
    given = body.get("comments") or []
    for one in given:
        _refuse_long(one["body"], in_words=True)
        refuse_bad_anchor(files.get(one["path"]), one, in_words=True)
    commit = body.get("commit_id") or pull.head_sha
    number = next(call.state.numbers)
    review = Review(number, call.token.login, body.get("body") or "", event, commit)
    pull.reviews.append(review)
    pull.review_comments += [_comment(call, one, commit, review.id) for one in given]
    return _review_facts(call, review)


def _review_facts(call: Call, review: Review) -> dict[str, Any]:
    return {
        "id": review.id,
        "node_id": f"PRR_{review.id}",
        "user": people.user(review.author, call.base),
        "body": review.body,
        "state": _EVENTS.get(review.event, "PENDING"),
        "commit_id": review.commit,
    }


@route(ROUTES, "GET", f"{_PULL}/comments", _READ)
def _line_comments(call: Call) -> list[dict[str, Any]]:
    return [_line_facts(call, call.pull, one) for one in call.pull.review_comments]


@route(ROUTES, "POST", f"{_PULL}/comments", _WRITE, 201)
def _line_comment(call: Call) -> dict[str, Any]:
    pull, body = call.pull, call.body
    _refuse_long(body["body"])
    files = {change.path: change for change in changes(call, pull)}
    if not call.state.objects.get(body["commit_id"]):
        raise Refused(422, "Validation Failed", [_invalid("commit_id", "is not part of the pull")])
    if body.get("subject_type") != "file" or body["path"] not in files:
        refuse_bad_anchor(files.get(body["path"]), body)
    made = _comment(call, body, body["commit_id"], None)
    pull.review_comments.append(made)
    return _line_facts(call, pull, made)


@route(ROUTES, "POST", f"{_PULL}/comments/{{comment_id}}/replies", _WRITE, 201)
def _reply(call: Call) -> dict[str, Any]:
    to = _found(call.pull.review_comments, call)
    made = Comment(
        next(call.state.numbers), call.token.login, call.body["body"], to.path, reply_to=to.id
    )
    call.pull.review_comments.append(made)
    return _line_facts(call, call.pull, made)


@route(ROUTES, "GET", _LINE_COMMENT, _READ)
def _line_comment_again(call: Call) -> dict[str, Any]:
    return _line_facts(call, *_anywhere(call, "review_comments"))


@route(ROUTES, "PATCH", _LINE_COMMENT, _WRITE)
def _edit_line_comment(call: Call) -> dict[str, Any]:
    pull, comment = _anywhere(call, "review_comments")
    _refuse_long(call.body["body"])
    comment.body = call.body["body"]
    return _line_facts(call, pull, comment)


@route(ROUTES, "DELETE", _LINE_COMMENT, _WRITE, 204)
def _delete_line_comment(call: Call) -> None:
    pull, comment = _anywhere(call, "review_comments")
    pull.review_comments.remove(comment)


@route(ROUTES, "GET", "/repos/{owner}/{repo}/issues/{issue_number}/comments", _ISSUE_READ)
def _comments(call: Call) -> list[dict[str, Any]]:
    return [_comment_facts(call, one) for one in call.pull.comments]


@route(ROUTES, "POST", "/repos/{owner}/{repo}/issues/{issue_number}/comments", _ISSUE_WRITE, 201)
def _new_comment(call: Call) -> dict[str, Any]:
    _refuse_long(call.body["body"])
    made = Comment(next(call.state.numbers), call.token.login, call.body["body"])
    call.pull.comments.append(made)
    return _comment_facts(call, made)


@route(ROUTES, "GET", _COMMENT, _ISSUE_READ)
def _comment_again(call: Call) -> dict[str, Any]:
    return _comment_facts(call, _anywhere(call, "comments")[1])


@route(ROUTES, "PATCH", _COMMENT, _ISSUE_WRITE)
def _edit_comment(call: Call) -> dict[str, Any]:
    _refuse_long(call.body["body"])
    comment = _anywhere(call, "comments")[1]
    comment.body = call.body["body"]
    return _comment_facts(call, comment)


@route(ROUTES, "DELETE", _COMMENT, _ISSUE_WRITE, 204)
def _delete_comment(call: Call) -> None:
    pull, comment = _anywhere(call, "comments")
    pull.comments.remove(comment)


def _anywhere(call: Call, kind: str) -> tuple[Pull, Comment]:
    for pull in call.repository.pulls.values():
        for comment in getattr(pull, kind):
            if str(comment.id) == call.path["comment_id"]:
                return pull, comment
    raise Refused(404, "Not Found")


def _found(comments: list[Comment], call: Call) -> Comment:
    for comment in comments:
        if str(comment.id) == call.path["comment_id"]:
            return comment
    raise Refused(404, "Not Found")


def _comment(call: Call, body: dict[str, Any], commit: str, review: int | None) -> Comment:
    return Comment(
        id=next(call.state.numbers),
        author=call.token.login,
        body=body["body"],
        path=body["path"],
        line=body.get("line"),
        start_line=body.get("start_line"),
        side=body.get("side", "RIGHT"),
        subject_type=body.get("subject_type", "line"),
        commit=commit,
        review=review,
    )


def _line_facts(call: Call, pull: Pull, comment: Comment) -> dict[str, Any]:
    line = {} if comment.line is None else {"line": comment.line, "side": comment.side}
    start = {} if comment.start_line is None else {"start_line": comment.start_line}
    reply = {} if comment.reply_to is None else {"in_reply_to_id": comment.reply_to}
    return {
        "id": comment.id,
        "node_id": f"PRRC_{comment.id}",
        "url": f"{call.base}/repos/{call.repository.full_name}/pulls/comments/{comment.id}",
        "user": people.user(comment.author, call.base),
        "body": comment.body,
        "path": comment.path,
        "commit_id": comment.commit or pull.head_sha,
        "pull_request_review_id": comment.review,
        "subject_type": comment.subject_type,
        **line,
        **start,
        **reply,
    }


def _comment_facts(call: Call, comment: Comment) -> dict[str, Any]:
    return {
        "id": comment.id,
        "node_id": f"IC_{comment.id}",
        "url": f"{call.base}/repos/{call.repository.full_name}/issues/comments/{comment.id}",
        "user": people.user(comment.author, call.base),
        "body": comment.body,
    }


def _refuse_long(text: str, *, in_words: bool = False) -> None:
    if len(text) > MAX_BODY:
        said = f"is too long (maximum is {MAX_BODY} characters)"
        error = f"Body {said}" if in_words else _invalid("body", f"body {said}")
        raise Refused(422, "Unprocessable Entity" if in_words else "Validation Failed", [error])


def _invalid(field: str, message: str) -> dict[str, str]:
    return {
        "resource": "PullRequestReviewComment",
        "code": "custom",
        "field": field,
        "message": message,
    }
