"""What a run needs to know of its repository and pull request, in as few questions as possible."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from oidc_enforcer.github import contents
from oidc_enforcer.github.connection import Connection, Data
from oidc_enforcer.github.refusals import Refused, Trouble
from oidc_enforcer.reporters.conversation import Posted
from oidc_enforcer.reporters.diff import Diff

#: GitHub lists no more files of a pull request.
MAX_FILES = 3000
#: Pages of comments looked through for our own; a hundred threads each.
_MAX_PAGES = 20
_BLOB = "... on Blob { oid byteSize isBinary isTruncated text }"
_THREADS = """reviewThreads(first: 100, after: $after) {
  pageInfo { hasNextPage endCursor }
  nodes { path line startLine comments(first: 1) {
    totalCount nodes {
      id fullDatabaseId viewerDidAuthor isMinimized body pullRequestReview { id } } } } }"""
_COMMENTS = """comments(last: 100, before: $before) {
  pageInfo { hasPreviousPage startCursor }
  nodes { id fullDatabaseId viewerDidAuthor isMinimized body } }"""
_MORE = f"""query(
  $owner: String!, $name: String!, $pull: Int!, $after: String, $before: String,
  $threads: Boolean!, $comments: Boolean!
) {{ repository(owner: $owner, name: $name) {{ pullRequest(number: $pull) {{
  ... @include(if: $threads) {{ {_THREADS} }}
  ... @include(if: $comments) {{ {_COMMENTS} }}
}} }} }}"""


class Survey(NamedTuple):
    """What one question brought: files by blob name and by expression, and what was posted.

    `head` is the pull request's commit at this moment, `default` that of the default branch's tip,
    empty where there is none. `texts` gives for each expression the file's bytes, None where there
    is no such file.
    """

    default_branch: str
    default: str
    blobs: Mapping[str, bytes]
    texts: Mapping[str, bytes | None]
    posted: tuple[Posted, ...]
    head: str = ""


class Question(NamedTuple):
    """What to ask. `expressions` name files of the repository (`HEAD:path`), `organisation` one of
    the owner's `.github` repository; `pull` is None where there is no pull request.
    """

    repository: str
    oids: Sequence[str] = ()
    expressions: Sequence[str] = ()
    organisation: str = ""
    pull: int | None = None


def survey(connection: Connection, asked: Question) -> Survey:
    """Asks for everything at once; raises `Refused` where the repository itself is refused."""
    owner, _, name = asked.repository.partition("/")
    first = list(asked.oids[: contents.BATCH])
    variables: dict[str, Any] = {"owner": owner, "name": name, "after": None, "before": None}
    variables |= {"pull": asked.pull or 0, "isPull": asked.pull is not None}
    variables |= {f"e{at}": one for at, one in enumerate(asked.expressions)}
    variables |= {"organisation": asked.organisation, "isOrg": bool(asked.organisation)}
    answer = connection.query(_document(asked, first), variables)
    node = answer.data.get("repository")
    if not isinstance(node, dict):
        raise _refusal(answer, asked.repository)
    blobs = contents.selected(connection, asked.repository, node, first)
    blobs |= contents.blobs(connection, asked.repository, asked.oids[contents.BATCH :])
    default = node.get("defaultBranchRef") or {}
    return Survey(
        str(default.get("name", "")),
        str((default.get("target") or {}).get("oid", "")),
        blobs,
        dict(_texts(connection, asked, answer, node)),
        tuple(_posted(connection, asked, node.get("pullRequest"))),
        str((node.get("pullRequest") or {}).get("headRefOid", "")),
    )


def _document(asked: Question, oids: Sequence[str]) -> str:
    expressions = " ".join(f"$e{at}: String!," for at in range(len(asked.expressions)))
    texts = " ".join(
        f"e{at}: object(expression: $e{at}) {{ {_BLOB} }}" for at in range(len(asked.expressions))
    )
    return f"""query(
  $owner: String!, $name: String!, $pull: Int!, $isPull: Boolean!, $after: String, $before: String,
  {expressions} $organisation: String!, $isOrg: Boolean!
) {{
  repository(owner: $owner, name: $name) {{
    defaultBranchRef {{ name target {{ oid }} }} {contents.selection(oids)} {texts}
    pullRequest(number: $pull) @include(if: $isPull) {{ headRefOid {_THREADS} {_COMMENTS} }}
  }}
  organisation: repository(owner: $owner, name: ".github") @include(if: $isOrg) {{
    file: object(expression: $organisation) {{ {_BLOB} }}
  }}
}}"""


def _refusal(answer: Data, repository: str) -> Refused:
    said = "; ".join(str(one.get("message", ""))[:200] for one in answer.errors)
    message = f"GitHub does not show {repository}: {said or 'no reason given'}"
    hint = "the token needs `contents: read` and `pull-requests: read` there"
    return Refused(Trouble.NOT_FOUND, message, hint)


def _texts(
    connection: Connection, asked: Question, answer: Data, node: Mapping[str, Any]
) -> Iterator[tuple[str, bytes | None]]:
    for at, expression in enumerate(asked.expressions):
        yield expression, _bytes(connection, asked.repository, node.get(f"e{at}"))
    if asked.organisation:
        owner = asked.repository.partition("/")[0]
        # NOTE: a private one and none at all look alike to the token of another repository.
        found = (answer.data.get("organisation") or {}).get("file")
        yield asked.organisation, _bytes(connection, f"{owner}/.github", found)


def _bytes(connection: Connection, repository: str, node: Any) -> bytes | None:
    if not isinstance(node, dict) or "oid" not in node:
        return None
    data = contents.exact(node)
    return contents.blob(connection, repository, str(node["oid"])) if data is None else data


# -- what was posted ----------------------------------------------------------------------------


def posted(connection: Connection, repository: str, pull: int) -> tuple[Posted, ...]:
    """The comments of a pull request, asked for again."""
    return tuple(_posted(connection, Question(repository, pull=pull), None))


def _posted(connection: Connection, asked: Question, first: Any) -> Iterator[Posted]:
    """The first page as it is at hand, then the others; a thread is its first comment."""
    if asked.pull is None:
        return
    page = first if isinstance(first, dict) else _page(connection, asked, None, None)
    for _ in range(_MAX_PAGES):
        threads, comments = page.get("reviewThreads") or {}, page.get("comments") or {}
        yield from (_thread(node) for node in threads.get("nodes") or () if _has_comment(node))
        yield from (_comment(node, 1, {}) for node in comments.get("nodes") or () if node)
        forth, back = threads.get("pageInfo") or {}, comments.get("pageInfo") or {}
        after = forth.get("endCursor") if forth.get("hasNextPage") else None
        before = back.get("startCursor") if back.get("hasPreviousPage") else None
        if after is None and before is None:
            return
        page = _page(connection, asked, after, before)


def _page(
    connection: Connection, asked: Question, after: str | None, before: str | None
) -> Mapping[str, Any]:
    owner, _, name = asked.repository.partition("/")
    is_first = after is None and before is None
    variables = {
        **{"owner": owner, "name": name, "pull": asked.pull, "after": after, "before": before},
        "threads": is_first or after is not None,
        "comments": is_first or before is not None,
    }
    answer = connection.query(_MORE, variables)
    page = (answer.data.get("repository") or {}).get("pullRequest")
    if not isinstance(page, dict):
        raise _refusal(answer, f"{asked.repository}#{asked.pull}")
    return page


def _has_comment(thread: Any) -> bool:
    return bool(thread and (thread.get("comments") or {}).get("nodes"))


def _thread(node: Mapping[str, Any]) -> Posted:
    comments = node["comments"]
    return _comment(comments["nodes"][0], int(comments.get("totalCount") or 1), node)


def _comment(node: Mapping[str, Any], count: int, thread: Mapping[str, Any]) -> Posted:
    return Posted(
        int(node["fullDatabaseId"]),
        str(node["id"]),
        str(thread.get("path") or ""),
        str(node.get("body") or ""),
        node.get("viewerDidAuthor") is True,
        count > 1,
        node.get("isMinimized") is True,
        thread.get("line"),
        thread.get("startLine"),
        str((node.get("pullRequestReview") or {}).get("id") or ""),
    )


# -- what it changes ----------------------------------------------------------------------------


def diff(connection: Connection, repository: str, pull: int) -> Diff:
    """The files of a pull request with what GitHub shows of them."""
    path = f"/repos/{repository}/pulls/{pull}/files"
    listed = list(connection.pages(path, most=MAX_FILES))
    patches = [(str(one["filename"]), one.get("patch")) for one in listed]
    return Diff.of(patches, is_whole=len(listed) < MAX_FILES)


def merge_base(connection: Connection, repository: str, base: str, head: str) -> str:
    """The commit at which a branch left its base."""
    path = f"/repos/{repository}/compare/{base}...{head}"
    told = connection.get(path, per_page="1")
    return str(told["merge_base_commit"]["sha"])
