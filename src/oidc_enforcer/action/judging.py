"""Judges a commit: what GitHub holds of it, or the checkout where GitHub cannot be asked."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from oidc_enforcer import gather
from oidc_enforcer.action import settings
from oidc_enforcer.action.inputs import Inputs
from oidc_enforcer.action.runner import KNOWN_EVENTS, Run
from oidc_enforcer.config import Config
from oidc_enforcer.errors import UserError
from oidc_enforcer.facts import Facts
from oidc_enforcer.files import Tree
from oidc_enforcer.github import contents, pull_request
from oidc_enforcer.github.connection import Connection
from oidc_enforcer.github.contents import Listing
from oidc_enforcer.github.refusals import Refused
from oidc_enforcer.iam.tokens import Repository
from oidc_enforcer.report import Report, numbered
from oidc_enforcer.reporters.diff import Diff
from oidc_enforcer.reporters.review import Posted
from oidc_enforcer.source import SourceFile


class Judged(NamedTuple):
    """The report, and what its verdict and its comments are made by.

    `old` are keys of findings that the base has too, None where it was not compared. `diff` is
    None where there is no pull request or its files could not be had. `notes` are for people.
    `is_offline`: GitHub could not be asked, and the checkout was judged.
    """

    report: Report
    config: Config
    held: Mapping[str, bytes]
    diff: Diff | None = None
    old: frozenset[str] | None = None
    posted: tuple[Posted, ...] = ()
    notes: tuple[str, ...] = ()
    is_offline: bool = False

    def text(self, path: str) -> SourceFile | None:
        """A file as it was judged, None where it is not at hand."""
        data = self.held.get(path)
        return None if data is None else SourceFile.decode(path, data)


def through_api(connection: Connection, run: Run, inputs: Inputs, now: str) -> Judged:
    """Judges what GitHub holds at the head commit; raises `Refused` and UserError."""
    listed = contents.listing(connection, run.repository, run.head)
    wanted = contents.wanted(listed)
    asked = pull_request.Question(
        run.repository,
        tuple(dict.fromkeys(wanted.values())),
        settings.expressions(inputs),
        settings.ORGANISATION_FILE,
        run.pull,
    )
    found = pull_request.survey(connection, asked)
    held = {path: found.blobs[oid] for path, oid in wanted.items() if oid in found.blobs}
    held = contents.with_callees(connection, run.repository, listed, held)
    settled = settings.settled(run, inputs, found.texts, now[:10])
    facts = _facts(run, settled, found.default_branch, now)
    report = _report(run, contents.tree(listed, held), facts, settled, now)
    notes = list(_notes(run))
    diff = _diff(connection, run, notes)
    old = None
    if settled.config.scope == "new":
        old = _old(connection, run, facts, listed, held, notes)
    return Judged(report, settled.config, held, diff, old, found.posted, tuple(notes))


def of_checkout(run: Run, inputs: Inputs, workspace: str, now: str, problem: Refused) -> Judged:
    """Judges the files on disk, by the inputs and the defaults alone.

    NOTE: what lies on disk is the head's, so its configuration is not believed.
    """
    if run.event == "pull_request_target" or not _has_workflows(workspace):
        raise problem
    settled = settings.settled(run, inputs._replace(config=_inline(inputs)), {}, now[:10])
    facts = _facts(run, settled, run.default_branch, now)
    os.chdir(workspace)
    report = gather.check_paths((".",), gather.Options(facts))
    context = {**report.context, **_context(run, settled, now)}
    notes = (
        *_notes(run),
        f"{problem.message}: the checkout was judged instead, by the inputs and the defaults;"
        " no configuration of the repository or the organisation was read, nothing was compared"
        " with the base, and no comment was posted",
    )
    return Judged(
        report._replace(context=context), settled.config, {}, notes=notes, is_offline=True
    )


def _inline(inputs: Inputs) -> str:
    """The settings that an input holds itself; a path could only be read through the API."""
    return "" if inputs.config_path else inputs.config


def _has_workflows(workspace: str) -> bool:
    return os.path.isdir(os.path.join(workspace, ".github", "workflows"))


def _facts(run: Run, settled: settings.Settled, default_branch: str, now: str) -> Facts:
    owner, _, name = run.repository.partition("/")
    repository = Repository(
        owner,
        name,
        run.owner_id or None,
        run.repository_id or None,
        default_branch or run.default_branch or "main",
        issuer(run.server),
        immutable_subject=settled.config.immutable_subject,
        template=settled.config.subject_template,
    )
    return Facts(now[:10], settled.config, repository)


def issuer(server: str) -> str:
    """The issuer of the tokens of a GitHub, without `https://`."""
    host = server.partition("://")[2].partition("/")[0].lower()
    if host in ("", "github.com"):
        return "token.actions.githubusercontent.com"
    if host.endswith(".ghe.com"):
        return f"token.actions.{host}"
    return f"{host}/_services/token"


def _report(run: Run, tree: Tree, facts: Facts, settled: settings.Settled, now: str) -> Report:
    report = gather.check_paths((".",), gather.Options(facts, trees={".": tree}))
    return report._replace(context={**report.context, **_context(run, settled, now)})


def _context(run: Run, settled: settings.Settled, now: str) -> dict[str, str]:
    """What every report carries, so that it can be told later what it was about."""
    from oidc_enforcer import __version__

    return {
        "repository": run.repository,
        "commit": run.head,
        "event": run.event,
        "run": run.url,
        "time": now,
        "version": __version__,
        "server": run.server,
        **settled.context,
    }


def _notes(run: Run) -> Iterator[str]:
    """What a reader has to know about this run."""
    if run.is_self_reported:
        yield (
            "self-reported: this workflow belongs to the repository that it judges, and whoever"
            " changes it changes this verdict; a workflow that the organisation requires does not"
        )
    if run.event not in KNOWN_EVENTS:
        yield (
            f"`{run.event or 'no event'}` is no event that says what changed: everything at the"
            " commit was checked, and nothing was compared"
        )


def _diff(connection: Connection, run: Run, notes: list[str]) -> Diff | None:
    """What the pull request shows; without it there are no comments on lines, and it is said."""
    if run.pull is None:
        return None
    try:
        found = pull_request.diff(connection, run.repository, run.pull)
    except Refused as problem:
        notes.append(f"{problem.message}: no comments on lines")
        return None
    if not found.is_whole:
        notes.append(
            f"GitHub lists no more than {pull_request.MAX_FILES:,} files of a pull request: a"
            " finding in one of the others stands in the summary"
        )
    return found


# -- what was there before ----------------------------------------------------------------------


def _old(
    connection: Connection,
    run: Run,
    facts: Facts,
    listed: Listing,
    held: Mapping[str, bytes],
    notes: list[str],
) -> frozenset[str] | None:
    """The keys of what the base has too; None, and a note, where it cannot be compared."""
    if not run.base:
        notes.append("scope `new`: there is no base to compare with, so every finding counts")
        return None
    try:
        base = run.base
        if run.pull is not None:
            base = pull_request.merge_base(connection, run.repository, base, run.head)
        tree = _tree_like(connection, run, base, listed, held)
        report = gather.check_paths((".",), gather.Options(facts, trees={".": tree}))
    except (Refused, UserError) as problem:
        notes.append(f"scope `new`: {problem.message}; every finding counts")
        return None
    return frozenset(key for file in report.files for key, _ in numbered(file.findings))


def _tree_like(
    connection: Connection, run: Run, commit: str, listed: Listing, held: Mapping[str, bytes]
) -> Tree:
    """A commit's files, of which those that another commit has too are at hand already."""
    other = contents.listing(connection, run.repository, commit)
    known = {listed.files[path].oid: data for path, data in held.items()}
    wanted = contents.wanted(other)
    missing = [oid for oid in wanted.values() if oid not in known]
    known |= contents.blobs(connection, run.repository, missing)
    there = {path: known[oid] for path, oid in wanted.items() if oid in known}
    there = contents.with_callees(connection, run.repository, other, there)
    return contents.tree(other, there)
