"""What was there before: what the base already has, and which exceptions the default branch grants.

It costs further calls, so it is asked only where something depends on it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from oidc_enforcer import gather
from oidc_enforcer.action.runner import Run
from oidc_enforcer.errors import UserError
from oidc_enforcer.files import Tree
from oidc_enforcer.github import callees, contents, local_callees, pull_request
from oidc_enforcer.github.callees import NOTHING, Fetched
from oidc_enforcer.github.connection import Connection
from oidc_enforcer.github.contents import Listing
from oidc_enforcer.github.refusals import Refused
from oidc_enforcer.report import Report, numbered
from oidc_enforcer.source import SourceFile

#: What every comment that grants an exception holds.
_EXCUSE = b"oidc-enforcer:"


class Commit(NamedTuple):
    """The commit that is judged, by which others are read more cheaply."""

    connection: Connection
    repository: str
    listed: Listing
    held: Mapping[str, bytes]
    fetched: Fetched = NOTHING

    @property
    def tree(self) -> Tree:
        """Its files, with what they call elsewhere."""
        return callees.attached(contents.tree(self.listed, self.held), self.fetched)

    def other(
        self, commit: str, only: frozenset[str] | None = None
    ) -> tuple[Listing, dict[str, bytes]]:
        """Another commit's files, of which those that are the same here are at hand already."""
        listed = contents.listing(self.connection, self.repository, commit)
        known = {
            self.listed.files[path].oid: data
            for path, data in self.held.items()
            # NOTE: what was reached through a link, or beyond a list cut short, is not in the list.
            if path in self.listed.files
        }
        wanted = {
            path: oid
            for path, oid in contents.wanted(listed).items()
            if only is None or path in only
        }
        missing = [oid for oid in wanted.values() if oid not in known]
        known |= contents.blobs(self.connection, self.repository, missing)
        return listed, {path: known[oid] for path, oid in wanted.items() if oid in known}


def excuses(commit: Commit, default: str) -> dict[str, str | None]:
    """The default branch's text of each file that may excuse itself; what it adds is pending."""
    paths = frozenset(path for path, data in commit.held.items() if _EXCUSE in data)
    if not paths or not default:
        return {}
    _, there = commit.other(default, paths)
    return {path: _text(path, there.get(path)) for path in paths}


def _text(path: str, data: bytes | None) -> str | None:
    return None if data is None else SourceFile.decode(path, data).text


def keys(
    commit: Commit, run: Run, options: gather.Options, notes: list[str], now: Report
) -> frozenset[str] | None:
    """The keys of what the base has too, and no less severe than it is `now`.

    None, and a note, where it cannot be compared.
    """
    if not run.base:
        notes.append("scope `new`: there is no base to compare with, so every finding counts")
        return None
    try:
        tree = _tree(commit, run)
        facts = options.facts._replace(base=None)
        like = options._replace(facts=facts, fixes=None, trees={".": tree})
        report = gather.check_paths((".",), like)
    except (Refused, UserError) as problem:
        notes.append(f"scope `new`: {problem.message}; every finding counts")
        return None
    then = {key: one.severity for file in report.files for key, one in numbered(file.findings)}
    found = (pair for file in now.files for pair in numbered(file.findings))
    return frozenset(key for key, one in found if key in then and then[key] >= one.severity)


def _tree(commit: Commit, run: Run) -> Tree:
    """The files where the branch began: what its base mended since is nothing that it adds."""
    base = run.base
    if run.pull is not None:
        base = pull_request.merge_base(commit.connection, run.repository, base, run.head)
    listed, held = commit.other(base)
    listed, held = local_callees.with_callees(commit.connection, run.repository, listed, held)
    return callees.attached(contents.tree(listed, held), commit.fetched)
