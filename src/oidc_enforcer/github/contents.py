"""A repository's files at a commit: which there are, and the bytes of those that matter."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from oidc_enforcer import files
from oidc_enforcer.files import Found, Tree
from oidc_enforcer.files.names import is_action
from oidc_enforcer.github.connection import Connection, quoted
from oidc_enforcer.github.refusals import Refused, Trouble
from oidc_enforcer.report import Gap

#: Blobs asked for in one query; GitHub gives up after ten seconds.
BATCH = 100
#: Workflows and actions that are judged of one repository; nobody has as many.
MOST_FILES = 10_000
#: What is asked of a blob.
FIELDS = "{ ... on Blob { oid byteSize isBinary isTruncated text } }"
_LINK = "120000"
_FOLDER = """query($owner: String!, $name: String!, $at: String!) {
  repository(owner: $owner, name: $name) { at: object(expression: $at) {
    ... on Tree { entries { name type mode oid object { ... on Blob { byteSize } } } } } } }"""
_NOT_GIVEN = (
    f"more than {MOST_FILES:,} workflows and actions, or more that are large or no text than are"
    " asked for one by one"
)
_LOST = "not all actions that are called could be looked into: they are too many, or too large"
_IS_LINK = "a symbolic link is not followed"


class Blob(NamedTuple):
    """A file's name among Git's objects, its size, and whether it is a symbolic link."""

    oid: str
    size: int
    is_link: bool


class Listing(NamedTuple):
    """The files of a commit by path; GitHub cuts the list of a very large repository.

    `is_lost`: actions that are called were looked for, and the bound on that was reached.
    """

    files: Mapping[str, Blob]
    is_whole: bool = True
    commit: str = ""
    is_lost: bool = False


def listing(connection: Connection, repository: str, commit: str) -> Listing:
    """Every file of a commit; none of an empty repository.

    INVARIANT: whatever GitHub cuts from a long list, the workflows are not among it: else whoever
    adds many files could keep a workflow from being judged.
    """
    path = f"/repos/{repository}/git/trees/{quoted(commit)}"
    try:
        found = connection.get(path, recursive="1")
    except Refused as problem:
        if problem.trouble is Trouble.EMPTY:
            return Listing({})
        raise
    known = {
        str(one["path"]): Blob(str(one["sha"]), int(one.get("size") or 0), one["mode"] == _LINK)
        for one in found["tree"]
        if one["type"] == "blob"
    }
    if found.get("truncated"):
        known |= _workflows(connection, repository, commit)
    return Listing(known, not found.get("truncated"), commit)


def _workflows(connection: Connection, repository: str, commit: str) -> dict[str, Blob]:
    """The workflows' folder, asked for by itself."""
    owner, _, name = repository.partition("/")
    folder = ".github/workflows"
    variables = {"owner": owner, "name": name, "at": f"{commit}:{folder}"}
    answer = connection.query(_FOLDER, variables)
    node = answer.data.get("repository")
    if not isinstance(node, dict) or answer.errors:
        raise Refused(Trouble.UNREACHABLE, f"GitHub does not list `{folder}` of {repository}")
    return {
        f"{folder}/{one['name']}": Blob(
            str(one["oid"]), int(one["object"]["byteSize"]), one["mode"] == int(_LINK, 8)
        )
        for one in (node.get("at") or {}).get("entries") or ()
        if one.get("type") == "blob" and isinstance(one.get("object"), dict)
    }


def wanted(listed: Listing) -> dict[str, str]:
    """The names of the blobs to judge, by path, but for those that are too large or links.

    Workflows come first, and no more than `MOST_FILES` in all.
    """
    found = [
        (bool(kind), path, blob.oid)
        for path, blob in listed.files.items()
        if (kind := files.kind(path)) is not None and _refusal(path, blob, kind) is None
    ]
    return {path: oid for _, path, oid in sorted(found)[:MOST_FILES]}


def tree(listed: Listing, held: Mapping[str, bytes]) -> Tree:
    """What is to be judged, as if it were on disk; what is not at hand is a gap."""
    gaps: list[Gap] = []
    found = []
    for path, blob in listed.files.items():
        kind = files.kind(path)
        if kind is None:
            continue
        if why := _refusal(path, blob, kind):
            # NOTE: of what is called, links have been followed.
            gaps += () if path in held else (why,)
        elif blob.is_link and b"\n" not in held.get(path, b"\n"):
            gaps.append(Gap(path, _IS_LINK))
        elif path not in held:
            gaps.append(Gap(path, _NOT_GIVEN, fails=True))
        else:
            found.append(Found(path, kind))
    if not listed.is_whole:
        gaps.append(Gap("the repository's files", "GitHub's list of them was cut short"))
    if listed.is_lost:
        gaps.append(Gap("the repository's files", _LOST, fails=True))
    # Workflows first, as on disk.
    found.sort(key=lambda one: (bool(one.is_action), one.path))
    there = [Found(path, True) for path in listed.files if is_action(path.rpartition("/")[2])]
    gaps += files.undecided(there)
    return Tree("", tuple(found), tuple(gaps), held)


def _refusal(path: str, blob: Blob, kind: bool | None) -> Gap | None:
    """Why a file is not asked for; None where it is.

    A link's text is: nothing tells that GitHub does not take it for a workflow, where it is one.
    """
    if blob.is_link and kind is not False:
        return Gap(path, _IS_LINK)
    if blob.size > files.MAX_BYTES:
        return Gap(path, f"larger than {files.MAX_BYTES // 1024 // 1024} MiB", fails=True)
    return None


# -- bytes --------------------------------------------------------------------------------------


def selection(oids: Sequence[str]) -> str:
    """The part of a GraphQL query that asks for blobs, each under a name of its own."""
    assert all(re.fullmatch(r"[0-9a-f]{40,64}", oid) for oid in oids)
    return " ".join(f'b{at}: object(oid: "{oid}") {FIELDS}' for at, oid in enumerate(oids))


def selected(
    connection: Connection, repository: str, node: Mapping[str, Any], oids: Sequence[str]
) -> dict[str, bytes]:
    """The bytes behind a `selection`; what GraphQL cannot give whole is asked for by REST.

    That costs a call for each, so it is done for so many alone as nobody has.
    """
    found = {}
    for at, oid in enumerate(oids):
        data = exact(node.get(f"b{at}"))
        if data is not None:
            found[oid] = data
        elif connection.may_ask_for_one(repository):
            found[oid] = blob(connection, repository, oid)
    return found


def exact(node: Any) -> bytes | None:
    """A blob's bytes, None where its text is cut short, not text at all, or not whole."""
    if (
        not isinstance(node, dict)
        or node.get("isTruncated")
        or not isinstance(node.get("text"), str)
    ):
        return None
    data: bytes = node["text"].encode("utf-8", "replace")
    return data if len(data) == node.get("byteSize") else None


def blobs(connection: Connection, repository: str, oids: Iterable[str]) -> dict[str, bytes]:
    """The bytes of blobs, in as few questions as GitHub has time for."""
    found: dict[str, bytes] = {}
    for batch in _batches(list(dict.fromkeys(oids)), BATCH):
        found.update(_batch(connection, repository, batch))
    return found


def texts(connection: Connection, repository: str, wanted: Mapping[str, str]) -> dict[str, bytes]:
    """The bytes behind blobs that are named by path, as far as GitHub gives them."""
    return by_path(wanted, blobs(connection, repository, wanted.values()))


def by_path(wanted: Mapping[str, str], known: Mapping[str, bytes]) -> dict[str, bytes]:
    """What is at hand of blobs that are named by path."""
    return {path: known[oid] for path, oid in wanted.items() if oid in known}


def _batch(connection: Connection, repository: str, oids: Sequence[str]) -> dict[str, bytes]:
    owner, _, name = repository.partition("/")
    document = (
        "query($owner: String!, $name: String!) { repository(owner: $owner, name: $name) {"
        f" {selection(oids)} }} }}"
    )
    data = connection.query(document, {"owner": owner, "name": name}).data
    return selected(connection, repository, data.get("repository") or {}, oids)


def _batches(items: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]


def blob(connection: Connection, repository: str, oid: str) -> bytes:
    """One blob's bytes, up to GitHub's 100 MB."""
    told = connection.get(f"/repos/{repository}/git/blobs/{quoted(oid)}")
    if told.get("encoding") != "base64":
        raise Refused(Trouble.INVALID, f"GitHub gives the file {oid} in no known encoding")
    try:
        return base64.b64decode(told["content"])
    except (binascii.Error, KeyError) as problem:
        raise Refused(Trouble.INVALID, f"GitHub gives the file {oid} broken") from problem
