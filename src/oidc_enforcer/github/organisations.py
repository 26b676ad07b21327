"""Reads an organisation: its repositories, and the workflows of many of them in one question."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from oidc_enforcer import files
from oidc_enforcer.files import CONFIG_FILES
from oidc_enforcer.github import contents, local_callees
from oidc_enforcer.github.connection import Connection
from oidc_enforcer.github.contents import Blob, Listing
from oidc_enforcer.github.refusals import Refused, Trouble
from oidc_enforcer.report import Gap
from oidc_enforcer.workflow.triage import local_calls

#: Repositories whose files are asked for at once; GitHub gives up after ten seconds.
BATCH = 25
#: Repositories of one page of the list, and the fewest where GitHub gives up on more.
_PAGE, _LEAST_PAGE = 100, 10
#: Environments of one repository whose names are asked for.
MOST_ENVIRONMENTS = 30
_LINK = 0o120000
_WORKFLOWS, _ACTIONS = ".github/workflows", ".github/actions"
_LIST = """query($login: String!, $first: Int!, $after: String) {
  organization(login: $login) { databaseId login repositories(first: $first, after: $after) {
    pageInfo { hasNextPage endCursor }
    nodes { id databaseId nameWithOwner isArchived isDisabled isEmpty visibility
      repositoryTopics(first: 20) { nodes { topic { name } } }
      defaultBranchRef { name target { oid } } } } } }"""
_TEXT = "oid byteSize isBinary isTruncated text"
_ENTRY = "name type mode oid"
_READ = f"""query($ids: [ID!]!) {{ nodes(ids: $ids) {{ ... on Repository {{
  nameWithOwner defaultBranchRef {{ target {{ oid }} }}
  environments(first: {MOST_ENVIRONMENTS}) {{ totalCount nodes {{ name }} }}
  workflows: object(expression: "HEAD:{_WORKFLOWS}") {{
    ... on Tree {{ entries {{ {_ENTRY} object {{ ... on Blob {{ {_TEXT} }} }} }} }} }}
  actions: object(expression: "HEAD:{_ACTIONS}") {{
    ... on Tree {{ entries {{ name object {{
      ... on Tree {{ entries {{ {_ENTRY} object {{ ... on Blob {{ byteSize }} }} }} }} }} }} }} }}
  f0: object(expression: "HEAD:action.yml") {{ ... on Blob {{ {_TEXT} }} }}
  f1: object(expression: "HEAD:action.yaml") {{ ... on Blob {{ {_TEXT} }} }}
  f2: object(expression: "HEAD:{CONFIG_FILES[0]}") {{ ... on Blob {{ {_TEXT} }} }}
  f3: object(expression: "HEAD:{CONFIG_FILES[1]}") {{ ... on Blob {{ {_TEXT} }} }}
}} }} }}"""
_SINGLE = (*files.ACTIONS, *CONFIG_FILES)


class Listed(NamedTuple):
    """A repository of an organisation as its list has it; `commit` is "" where there is none."""

    node: str
    id: str
    name: str
    branch: str
    commit: str
    visibility: str
    topics: tuple[str, ...]
    owner_id: str
    is_archived: bool = False
    is_disabled: bool = False


class Taken(NamedTuple):
    """The files of a repository's default branch at `commit`, by path; `gaps` say what is missing.

    `environments` are None where GitHub did not tell all of them.
    """

    commit: str
    held: Mapping[str, bytes]
    gaps: tuple[Gap, ...] = ()
    environments: tuple[str, ...] | None = ()


def repositories(connection: Connection, organisation: str) -> Iterator[Listed]:
    """All that the token is shown, a hundred for each call; raises Refused."""
    after, size = None, _PAGE
    while True:
        try:
            answer = connection.query(_LIST, {"login": organisation, "first": size, "after": after})
        except Refused as problem:
            if problem.trouble is not Trouble.UNREACHABLE or size <= _LEAST_PAGE:
                raise
            size = max(_LEAST_PAGE, size // 2)
            continue
        found = answer.data.get("organization")
        if not isinstance(found, dict):
            raise _refusal(organisation, answer.errors)
        page = found["repositories"]
        yield from (_listed(node, found) for node in page["nodes"] if node)
        if answer.errors or any(node is None for node in page["nodes"]):
            # NOTE: a repository that is left out would look as if it were not there.
            raise _refusal(organisation, answer.errors)
        if not page["pageInfo"]["hasNextPage"]:
            return
        after = page["pageInfo"]["endCursor"]


def _refusal(organisation: str, errors: Sequence[Mapping[str, Any]]) -> Refused:
    said = "; ".join(str(one.get("message", ""))[:200] for one in errors)
    is_gone = any(one.get("type") == "NOT_FOUND" for one in errors)
    message = f"GitHub does not list the repositories of {organisation}: {said or 'no reason'}"
    hint = "check the name: this takes an organisation, and a token that sees its repositories"
    return Refused(Trouble.NOT_FOUND if is_gone else Trouble.UNREACHABLE, message, hint)


def _listed(node: Mapping[str, Any], owner: Mapping[str, Any]) -> Listed:
    default = node.get("defaultBranchRef") or {}
    topics = (node.get("repositoryTopics") or {}).get("nodes") or ()
    return Listed(
        str(node["id"]),
        str(node["databaseId"]),
        str(node["nameWithOwner"]),
        str(default.get("name") or "main"),
        str((default.get("target") or {}).get("oid") or ""),
        str(node.get("visibility") or "").lower(),
        tuple(str(one["topic"]["name"]) for one in topics if one),
        str(owner.get("databaseId") or ""),
        node.get("isArchived") is True,
        node.get("isDisabled") is True,
    )


class Unread(NamedTuple):
    """A repository that GitHub does not show, and what it refused; None: it shows the others."""

    gap: Gap
    problem: Refused | None = None


def read(
    connection: Connection, batch: Sequence[Listed]
) -> list[tuple[Listed, Taken | Unread]] | None:
    """The files of each; None where GitHub does not answer for all, and fewer are to be asked for.

    Of a single one that is never so. Raises Refused where waiting would take too long.
    """
    nodes: Sequence[Any] = ()
    hidden: Mapping[int, str] = {}
    why, refusal = "GitHub gave no reason", None
    try:
        answer = connection.query(_READ, {"ids": [one.node for one in batch]})
        nodes = answer.data.get("nodes") or ()
        why = "; ".join(str(one.get("message", ""))[:200] for one in answer.errors) or why
        if any(not isinstance(one.get("path"), list) for one in answer.errors):
            # NOTE: nobody can tell whose files are null for that reason.
            nodes = ()
        hidden = _hidden(answer.errors)
    except Refused as problem:
        if problem.trouble is not Trouble.UNREACHABLE:
            raise
        why, refusal = problem.message, problem
    if len(nodes) == len(batch) and all(isinstance(node, dict) and node for node in nodes):
        return [
            (one, _taken(connection, one, node, hidden.get(at)))
            for at, (one, node) in enumerate(zip(batch, nodes, strict=True))
        ]
    if len(batch) > 1:
        return None
    return [(batch[0], Unread(Gap(batch[0].name, f"not read: {why}"), refusal))]


def _hidden(errors: Sequence[Mapping[str, Any]]) -> dict[int, str]:
    """Why files are not shown, by the place of their repository: they are null, as if not there."""
    found = {}
    for error in errors:
        match error.get("path"):
            case ["nodes", int(at), *within] if within[:1] != ["environments"]:
                found[at] = str(error.get("message", ""))[:200]
    return found


def _taken(
    connection: Connection, one: Listed, node: Mapping[str, Any], hidden: str | None
) -> Taken | Unread:
    if hidden is not None:
        return Unread(Gap(one.name, f"not read: {hidden}"))
    try:
        return _whole(connection, one, node)
    except Refused as problem:
        if problem.trouble is Trouble.LIMITED:
            raise
        refusal = problem if problem.is_of_the_moment else None
        return Unread(Gap(one.name, f"not read: {problem.message}"), refusal)


def _whole(connection: Connection, one: Listed, node: Mapping[str, Any]) -> Taken:
    known: dict[str, Blob] = {}
    held: dict[str, bytes] = {}
    given = list(_given(node))
    for path, blob, text in given:
        known[path] = blob
        if text is not None and not blob.is_link and blob.size <= files.MAX_BYTES:
            held |= _bytes(connection, one.name, path, text)
    missing = {
        path: oid for path, oid in contents.wanted(Listing(known)).items() if path not in held
    }
    held |= contents.texts(connection, one.name, missing)
    commit = str(((node.get("defaultBranchRef") or {}).get("target") or {}).get("oid") or "")
    is_lost = False
    if _calls_unseen(held):
        # NOTE: nothing has listed the other folders, so what is called there is asked for by name.
        part = Listing(known, is_whole=False, commit=commit)
        part, held = local_callees.with_callees(connection, one.name, part, held)
        known = {**known, **part.files}
        is_lost = part.is_lost
    gaps = contents.tree(Listing(known, is_lost=is_lost), held).gaps
    environments = node.get("environments") or {}
    names = tuple(str(each["name"]) for each in environments.get("nodes") or () if each)
    is_all = environments.get("totalCount") == len(names)
    return Taken(commit, held, gaps, names if is_all else None)


def _given(node: Mapping[str, Any]) -> Iterator[tuple[str, Blob, Mapping[str, Any] | None]]:
    """Each file's path, its place among Git's objects, and its text where that was asked for."""
    for entry in (node.get("workflows") or {}).get("entries") or ():
        path = f"{_WORKFLOWS}/{entry['name']}"
        if entry.get("type") == "blob" and files.kind(path) is not None:
            yield path, _blob(entry), entry["object"]
    for folder in (node.get("actions") or {}).get("entries") or ():
        for entry in (folder.get("object") or {}).get("entries") or ():
            path = f"{_ACTIONS}/{folder['name']}/{entry['name']}"
            if entry.get("type") == "blob" and files.kind(path) is not None:
                yield path, _blob(entry), None
    for at, path in enumerate(_SINGLE):
        text = node.get(f"f{at}")
        if isinstance(text, dict) and "oid" in text:
            # NOTE: its mode is not told; a link's text is a path, which is no YAML mapping.
            yield path, Blob(str(text["oid"]), int(text.get("byteSize") or 0), False), text


def _blob(entry: Mapping[str, Any]) -> Blob:
    size = (entry.get("object") or {}).get("byteSize") or 0
    return Blob(str(entry["oid"]), int(size), entry.get("mode") == _LINK)


def _bytes(
    connection: Connection, repository: str, path: str, text: Mapping[str, Any]
) -> dict[str, bytes]:
    oid = str(text["oid"])
    found = contents.selected(connection, repository, {"b0": text}, [oid])
    return {path: found[oid]} if oid in found else {}


def _calls_unseen(held: Mapping[str, bytes]) -> bool:
    """Whether a folder is called that none of the files at hand lies in."""
    folders = {path.rpartition("/")[0] for path in held}
    called = (name.rstrip("/") for data in held.values() for name in local_calls(data))
    return any(files.kind(name) is None and name not in folders for name in called)
