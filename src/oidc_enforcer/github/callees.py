"""Fetches workflows and actions of other repositories that a repository's files call."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from oidc_enforcer.files import Found, Tree
from oidc_enforcer.github.connection import Connection, quoted
from oidc_enforcer.github.refusals import Refused, Trouble
from oidc_enforcer.report import NOT_FETCHED, Gap, Report
from oidc_enforcer.source import SourceFile
from oidc_enforcer.workflow.elsewhere import Callee, at_home, callees, key_of
from oidc_enforcer.workflow.known_actions import known_action
from oidc_enforcer.workflow.model import Action, Workflow
from oidc_enforcer.workflow.parse import parse
from oidc_enforcer.workflow.triage import is_related

#: Files fetched for one run, and how many calls one behind the other are followed.
MOST = 40
DEPTH = 4
#: Owners whose actions are known by name; their text would say nothing new.
_WELL_KNOWN = frozenset({"actions", "aws-actions", "github", "docker", "hashicorp"})


class Fetched(NamedTuple):
    """Texts by key, of those that are there; gaps say which are not, and why."""

    texts: Mapping[str, tuple[Callee, bytes]]
    gaps: tuple[Gap, ...]


NOTHING = Fetched({}, ())


def fetch(connection: Connection, held: Mapping[str, bytes]) -> Fetched:
    """Follows what the files call, level by level, each callee once, within bounds."""
    texts: dict[str, tuple[Callee, bytes]] = {}
    gaps: dict[str, Gap] = {}
    pending = list(_called(held))
    for _ in range(DEPTH):
        level = {one.key: one for one in pending if one.key not in texts and one.key not in gaps}
        for key, one in level.items():
            if len(texts) >= MOST:
                gaps[key] = Gap(key, f"more than {MOST} callees, this one is not fetched")
                continue
            found = _text(connection, one)
            if isinstance(found, Gap):
                gaps[key] = found
            elif found is not None:
                texts[key] = (one, found)
        pending = [called for key in level if key in texts for called in _called_by(*texts[key])]
    for one in pending:
        if one.key not in texts:
            gaps.setdefault(one.key, Gap(one.key, f"called more than {DEPTH} levels deep"))
    return Fetched(texts, tuple(gaps.values()))


def attached(tree: Tree, fetched: Fetched, held: Mapping[str, bytes] | None = None) -> Tree:
    """The tree with what its files call elsewhere: workflows are judged, actions looked into.

    `held` are the files' bytes, where the tree itself does not hold them.
    """
    reached: dict[str, bytes] = {}
    pending = list(_called(held or tree.held or {}))
    while pending:
        one = pending.pop()
        if one.key in fetched.texts and one.key not in reached:
            known, data = fetched.texts[one.key]
            reached[one.key] = data
            pending += _called_by(known, data)
    called = (Found(key, False) for key in reached if fetched.texts[key][0].is_workflow)
    # NOTE: of a workflow that is not there the judgement says so itself, and `explained` why.
    gaps = (gap for gap in fetched.gaps if "/.github/workflows/" not in gap.what)
    return tree._replace(files=(*tree.files, *called), gaps=(*tree.gaps, *gaps), elsewhere=reached)


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


def _called(held: Mapping[str, bytes]) -> Iterator[Callee]:
    """Workflows that any file calls, and actions of those files that may use AWS."""
    for path, data in held.items():
        if b"uses" not in data:
            continue
        content = parse(SourceFile.decode(path, data)).content
        if isinstance(content, Workflow | Action):
            related = is_related(data)
            yield from (
                one
                for one in callees(content)
                if _is_worth_it(one) and (related or one.is_workflow)
            )


def _called_by(where: Callee, data: bytes) -> Iterator[Callee]:
    content = parse(SourceFile.decode(where.key, data), is_action=not where.is_workflow).content
    if isinstance(content, Workflow | Action):
        yield from (one for one in callees(at_home(content, where)) if _is_worth_it(one))


def _is_worth_it(one: Callee) -> bool:
    owner = one.repository.partition("/")[0].lower()
    name = f"{one.repository}/{one.path}".rstrip("/")
    return one.is_workflow or (owner not in _WELL_KNOWN and known_action(name) is None)


def _text(connection: Connection, one: Callee) -> bytes | Gap | None:
    """A callee's text; None for an action that is none of steps, of which nothing is missing."""
    names = [one.path]
    if not one.is_workflow:
        names = [f"{one.path}/{name}".lstrip("/") for name in ("action.yml", "action.yaml")]
    for name in names:
        place = "/".join(map(quoted, name.split("/")))
        try:
            found = connection.get(f"/repos/{one.repository}/contents/{place}", ref=one.ref)
        except Refused as problem:
            if problem.trouble is Trouble.NOT_FOUND and name != names[-1]:
                continue
            return Gap(one.key, f"not fetched: {problem.message}")
        if not isinstance(found, dict) or found.get("encoding") != "base64":
            return Gap(one.key, "not fetched: no file of a size that GitHub gives")
        try:
            return base64.b64decode(str(found["content"]))
        except (binascii.Error, ValueError):
            return Gap(one.key, "not fetched: what came is broken")
    return None
