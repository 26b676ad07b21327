"""Which workflows and actions of other repositories are fetched, and what becomes of them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import NamedTuple

from oidc_enforcer.files import Found, Tree
from oidc_enforcer.files.names import ACTIONS
from oidc_enforcer.github.connection import Connection
from oidc_enforcer.github.contents import Listing
from oidc_enforcer.github.elsewhere import Texts
from oidc_enforcer.github.local_callees import with_callees
from oidc_enforcer.report import NOT_FETCHED, Gap, Report
from oidc_enforcer.source import SourceFile
from oidc_enforcer.workflow.elsewhere import (
    Callee,
    all_uses,
    at_home,
    callees,
    is_out_of_place,
    key_of,
)
from oidc_enforcer.workflow.known_actions import known_action
from oidc_enforcer.workflow.local_calls import local_calls, may_give_secrets
from oidc_enforcer.workflow.model import Action, Workflow
from oidc_enforcer.workflow.parse import parse
from oidc_enforcer.workflow.triage import is_related
from oidc_enforcer.workflow.uses_names import is_elsewhere

#: Files fetched for one run, and how many calls one behind the other are followed. Nobody's files
#: call as many; what is beyond keeps the run from being clean.
MOST = 1000
DEPTH = 10
_MANY = "more than {:,} workflows and actions of other repositories are called; not all are fetched"
#: Owners whose actions are known by name; their text would say nothing new.
_WELL_KNOWN = frozenset({"actions", "aws-actions", "github", "docker", "hashicorp"})


class Fetched(NamedTuple):
    """Texts by key, of those that are there; gaps say which are not, and why."""

    texts: Mapping[str, tuple[Callee, bytes]]
    gaps: tuple[Gap, ...]


NOTHING = Fetched({}, ())


def fetch(
    connection: Connection,
    held: Mapping[str, bytes],
    changed: Collection[str] | None = None,
    asking: Texts | None = None,
) -> Fetched:
    """Follows what the files call, level by level, each callee once, within bounds.

    Workflows are followed from any file, actions from those that may use AWS, and from those that
    are `changed` (None: from all) and may hand on a secret, whatever else they say. `asking`
    remembers what was asked for others. Raises `Refused` where GitHub says nothing for the moment.
    """
    texts: dict[str, tuple[Callee, bytes]] = {}
    gaps: dict[str, Gap] = {}
    asking = asking or Texts(connection)
    pending = list(_called(held, _reached(held, changed)))
    for _ in range(DEPTH):
        level = {one.key: one for one in pending if one.key not in texts and one.key not in gaps}
        room = MOST - len(texts)
        if len(level) > room:
            gaps[""] = Gap(list(level)[room], _MANY.format(MOST), fails=True)
        for key, found in asking.of(list(level.values())[:room]).items():
            if isinstance(found, Gap):
                gaps[key] = found
            else:
                texts[key] = (level[key], found)
        pending = [called for key in level if key in texts for called in _called_by(*texts[key])]
    for path, data in [*held.items(), *((key, text) for key, (_, text) in texts.items())]:
        gaps |= {gap.what: gap for gap in _astray(path, data)}
    for one in pending:
        if one.key not in texts:
            said = f"called more than {DEPTH} levels deep"
            gaps.setdefault(one.key, Gap(one.key, said, fails=True))
    return Fetched({k: one for k, one in texts.items() if _tells(*one)}, tuple(gaps.values()))


def follow(
    connection: Connection,
    repository: str,
    listed: Listing,
    held: dict[str, bytes],
    changed: Collection[str] | None,
    asking: Texts,
) -> tuple[Listing, dict[str, bytes], Fetched]:
    """What `fetch` gives, and the files of this repository that what was fetched calls in turn."""
    fetched = fetch(connection, held, changed, asking)
    for _ in range(DEPTH):
        texts = {key: text for key, (_, text) in fetched.texts.items()}
        listed, more = with_callees(connection, repository, listed, held, texts)
        if more.keys() == held.keys():
            break
        changed = None if changed is None else {*changed, *(more.keys() - held.keys())}
        held, fetched = more, fetch(connection, more, changed, asking)
    return listed, held, fetched


def attached(tree: Tree, fetched: Fetched, held: Mapping[str, bytes] | None = None) -> Tree:
    """The tree with what its files call elsewhere: workflows are judged, actions looked into.

    `held` are the files' bytes, where the tree itself does not hold them.
    """
    reached: dict[str, bytes] = {}
    at_hand = held or tree.held or {}
    pending = list(_called(at_hand, at_hand)) if fetched.texts else []
    while pending:
        one = pending.pop()
        if one.key in fetched.texts and one.key not in reached:
            known, data = fetched.texts[one.key]
            reached[one.key] = data
            pending += _called_by(known, data)
    called = (Found(key, False) for key in reached if fetched.texts[key][0].is_workflow)
    # NOTE: of a workflow that is not there the judgement says so itself, and `explained` why.
    gaps = [gap for gap in fetched.gaps if gap.fails or "/.github/workflows/" not in gap.what]
    gaps += (Gap(key, _SHADOWED, fails=True) for key in reached if tree.holds(tree.root + key))
    return tree._replace(files=(*tree.files, *called), gaps=(*tree.gaps, *gaps), elsewhere=reached)


_SHADOWED = "a file of this repository has the path by which one of another repository is called"


def explained(report: Report, fetched: Fetched) -> Report:
    """The report, saying of each workflow that is not there why it could not be fetched."""
    why = {gap.what: gap.reason.removeprefix("not fetched") for gap in fetched.gaps}
    if not why:
        return report
    files = (
        file._replace(coverage=tuple(_explained(gap, why) for gap in file.coverage))
        for file in report.files
    )
    return report._replace(files=tuple(files))


def _explained(gap: Gap, why: Mapping[str, str]) -> Gap:
    name, _, ref = gap.what.rpartition("@")
    reason = why.get(key_of(name, ref), "")
    return gap._replace(reason=gap.reason + reason) if gap.reason == NOT_FETCHED else gap


_USES = re.compile(rb"uses", re.IGNORECASE)


def _reached(held: Mapping[str, bytes], changed: Collection[str] | None) -> Collection[str]:
    """The changed files, and those that they call: what is handed to one may be handed on."""
    if changed is None:
        return held
    reached = {path for path in held if path in changed}
    pending = sorted(reached)
    while pending:
        path = pending.pop()
        called = (one for one in local_calls(path, held[path]))
        paths = {place for one in called for place in (one, *(f"{one}/{name}" for name in ACTIONS))}
        fresh = sorted(
            path for path in (place.lstrip("/") for place in paths) if path in held.keys() - reached
        )
        reached.update(fresh)
        pending += fresh
    return reached


def _called(held: Mapping[str, bytes], reached: Collection[str]) -> Iterator[Callee]:
    """Workflows that any file calls, and actions of files that may use AWS or hand on a secret."""
    for path, data in held.items():
        if _USES.search(data) is None and b"\0" not in data:
            continue
        content = parse(SourceFile.decode(path, data)).content
        if not isinstance(content, Workflow | Action):
            continue
        gives = path in reached and (isinstance(content, Action) or may_give_secrets(data))
        matters = gives or is_related(data)
        yield from (one for one in _worth_it(callees(content)) if matters or one.is_workflow)


def _called_by(where: Callee, data: bytes) -> Iterator[Callee]:
    content = parse(SourceFile.decode(where.key, data), is_action=not where.is_workflow).content
    if isinstance(content, Workflow | Action):
        yield from _worth_it(callees(at_home(content, where)))


def _tells(one: Callee, data: bytes) -> bool:
    """Whether there is more to an action than a program, into which nobody looks."""
    if one.is_workflow:
        return True
    content = parse(SourceFile.decode(one.key, data), is_action=True).content
    if not isinstance(content, Action) or content.using == "composite":
        return True
    return bool(content.env.items or content.arguments)


_ADDRESS = re.compile(rb"uses['\"]?\s*:\s*['\"]?https?:", re.IGNORECASE)


def _astray(path: str, data: bytes) -> Iterator[Gap]:
    """Actions of other servers, and by a path out of their repository: what lies there another
    action has brought.
    """
    if _ADDRESS.search(data) is None and (b".." not in data or _USES.search(data) is None):
        return
    content = parse(SourceFile.decode(path, data)).content
    for uses in all_uses(content) if isinstance(content, Workflow | Action) else ():
        if is_out_of_place(uses):
            yield Gap(uses.value.text, "a path out of its repository", fails=True)
        elif is_elsewhere(uses.value.text.strip()):
            yield Gap(uses.value.text, "of another server, not fetched")


def _worth_it(found: Iterable[Callee]) -> Iterator[Callee]:
    for one in found:
        owner = one.repository.partition("/")[0].lower()
        name = f"{one.repository}/{one.path}".rstrip("/")
        if one.is_workflow or (owner not in _WELL_KNOWN and known_action(name) is None):
            yield one
