"""Judges a commit: what GitHub holds of it, or the checkout where GitHub cannot be asked."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from oidc_enforcer import comparison, files, gather, github_sources, trust_offers
from oidc_enforcer.action import before, settings
from oidc_enforcer.action.inputs import Inputs
from oidc_enforcer.action.roles import Sources
from oidc_enforcer.action.runner import KNOWN_EVENTS, Run
from oidc_enforcer.cli.configuration import Settled, in_force
from oidc_enforcer.config import Config
from oidc_enforcer.config.rings import Traits
from oidc_enforcer.facts import Facts
from oidc_enforcer.files import CONFIG_FILES
from oidc_enforcer.fixes.proposal import Choices
from oidc_enforcer.github import callees, contents, local_callees, pull_request
from oidc_enforcer.github.connection import Connection
from oidc_enforcer.github.contents import Listing
from oidc_enforcer.github.elsewhere import Texts
from oidc_enforcer.github.pull_request import Survey
from oidc_enforcer.github.refusals import Refused
from oidc_enforcer.iam.issuers import of_server
from oidc_enforcer.iam.tokens import Repository
from oidc_enforcer.report import Report
from oidc_enforcer.reporters.conversation import Posted
from oidc_enforcer.reporters.diff import Diff
from oidc_enforcer.source import SourceFile

#: New findings that are excused, told one by one.
_MOST_LET_IN = 5


class Judged(NamedTuple):
    """The report, and what its verdict and its comments are made by.

    `known` is what was there before. `diff` is None where there is no pull request or its files
    could not be had. `notes` are for people. `is_offline`: GitHub could not be asked, and the
    checkout was judged. `has_aws_failed`: AWS was to be asked, and could not be.
    """

    report: Report
    config: Config
    held: Mapping[str, bytes]
    diff: Diff | None = None
    known: before.Known = before.NOT_COMPARED
    posted: tuple[Posted, ...] = ()
    notes: tuple[str, ...] = ()
    is_offline: bool = False
    has_aws_failed: bool = False

    def text(self, path: str) -> SourceFile | None:
        """A file as it was judged, None where it is not at hand."""
        data = self.held.get(path)
        return None if data is None else SourceFile.decode(path, data)


def through_api(
    connection: Connection, run: Run, inputs: Inputs, environment: Mapping[str, str], now: str
) -> Judged:
    """Judges what GitHub holds at the head commit; raises `Refused` and UserError."""
    listed = contents.listing(connection, run.repository, run.head)
    found, listed, held = _read(connection, run, inputs, listed)
    settled = _settled(connection, run, inputs, found, now)
    notes = [*_notes(run), *_scope(run, settled.config)]
    diff = _diff(connection, run, notes)
    snapshot = found.texts.get(f"HEAD:{inputs.trust_snapshot}")
    sources = Sources(run, inputs, environment, snapshot, now[:10])
    is_of_head = diff is not None and diff.is_whole and found.head == run.head
    changed = frozenset(diff.files) if diff is not None and is_of_head else None
    commit = before.Commit(connection, run.repository, listed, held, changed, Texts(connection))
    commit = commit.followed()
    fetched = commit.fetched
    facts = _facts(run, settled, found.default_branch, now)
    if run.head != found.default:
        head = _configuration(commit.listed, found.blobs)
        pending = settings.pending(found.texts, head, facts.config)
        facts = facts._replace(pending_exceptions=pending)
    asked = _asked(run, settled.config, diff, is_about_roles=sources.are_given)
    facts = github_sources.with_github(connection, run.repository, facts, commit.held, asked, notes)
    guard = github_sources.guard(connection, run.repository, notes)
    trees = {".": commit.tree}
    options = gather.Options(facts, sources.fetch, fixes=Choices(), trees=trees, guard=guard)
    past = before.Past(commit, found, options)
    report = callees.explained(past.settled(gather.check_paths((".",), options)), fetched)
    report = report._replace(context={**report.context, **_context(run, settled, now)})
    report = trust_offers.offered(report, gather.with_policies(facts, sources.known))
    known = before.compared(past, run, settled.config.scope, report, notes)
    notes += (*_let_in(report), *sources.notes)
    report = comparison.compared(report, known.old)
    judged = Judged(report, settled.config, commit.held, diff, known, found.posted, tuple(notes))
    return judged._replace(has_aws_failed=sources.has_failed)


def _settled(connection: Connection, run: Run, inputs: Inputs, found: Survey, now: str) -> Settled:
    """What all layers and the repository's ring say together."""
    effective = settings.effective(run, inputs, found.texts)
    traits = github_sources.traits(connection, run.repository, effective.config)
    return in_force(effective, traits, now[:10])


def _asked(
    run: Run, config: Config, diff: Diff | None, *, is_about_roles: bool
) -> github_sources.Asked:
    """What to ask of GitHub's settings.

    They are nothing that a pull request can change: one that touches no workflow does without what
    guards the pins, and costs no calls for it.
    """
    guards = diff is None or any(files.kind(path) is not None for path in diff.files)
    secrets = guards and not run.is_untrusted and github_sources.wants_secrets(config)
    return github_sources.Asked(guards=guards, subject=guards or is_about_roles, secrets=secrets)


def _read(
    connection: Connection, run: Run, inputs: Inputs, listed: Listing
) -> tuple[Survey, Listing, dict[str, bytes]]:
    """All that one question brings, and the files to judge with those that they call."""
    wanted = contents.wanted(listed)
    configuration = [listed.files[path].oid for path in CONFIG_FILES if path in listed.files]
    asked = pull_request.Question(
        run.repository,
        tuple(dict.fromkeys((*wanted.values(), *configuration))),
        settings.expressions(inputs),
        settings.OF_ORGANISATION,
        run.pull,
    )
    found = pull_request.survey(connection, asked)
    held = contents.by_path(wanted, found.blobs)
    return found, *local_callees.with_callees(connection, run.repository, listed, held)


def _configuration(listed: Listing, blobs: Mapping[str, bytes]) -> bytes:
    """The configuration that the judged commit has, of which nothing is believed."""
    for path in CONFIG_FILES:
        if path in listed.files:
            return blobs.get(listed.files[path].oid, b"")
    return b""


def of_checkout(run: Run, inputs: Inputs, workspace: str, now: str, problem: Refused) -> Judged:
    """Judges the files on disk, by the inputs and the defaults alone.

    NOTE: what lies on disk is the head's, so its configuration is not believed.
    """
    if run.event == "pull_request_target" or not _has_workflows(workspace):
        raise problem
    effective = settings.effective(run, inputs._replace(config=_inline(inputs)), {})
    settled = in_force(effective, Traits(run.repository), now[:10])
    facts = _facts(run, settled, run.default_branch, now)
    # Nothing is known of the default branch, so no exception in a file can be said to be there.
    facts = facts._replace(judges_roles=False, granted={})
    os.chdir(workspace)
    report = gather.check_paths((".",), gather.Options(facts, fixes=Choices()))
    context = {**report.context, **_context(run, settled, now)}
    notes = (
        *_notes(run),
        f"{problem.message}; the checkout was judged instead, by the inputs and the defaults;"
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


def _facts(run: Run, settled: Settled, default_branch: str, now: str) -> Facts:
    owner, _, name = run.repository.partition("/")
    repository = Repository(
        owner,
        name,
        run.owner_id or None,
        run.repository_id or None,
        default_branch or run.default_branch or "main",
        of_server(run.server),
    )
    return settled.facts(now)._replace(
        repository=settled.told(repository), judges_roles=True, compares=True
    )


def _context(run: Run, settled: Settled, now: str) -> dict[str, str]:
    """What every report carries, so that it can be told later what it was about."""
    return {
        "repository": run.repository,
        "commit": run.head,
        "event": run.event,
        "run": run.url,
        "time": now,
        "server": run.server,
        **settled.context,
    }


def _scope(run: Run, config: Config) -> Iterator[str]:
    """What may fail the step, where that is not everything."""
    if run.pull is not None and config.scope == "changed":
        yield "only findings in which a changed file has a part can fail this check"
    if run.pull is not None and config.scope == "new":
        yield "only findings that are new with this pull request can fail this check"


def _let_in(report: Report) -> Iterator[str]:
    """What exceptions excuse that were merged before it came: nobody should have to look for it."""
    new = [one for file in report.files for one in file.suppressed if one.is_new]
    for one in new[:_MOST_LET_IN]:
        job = f"job `{one.finding.job}` of " if one.finding.job else ""
        yield (
            f"new with this change, and excused until {one.until}: `{one.finding.rule}` in"
            f" {job}`{one.finding.place.file}` ({one.reason})"
        )
    if len(new) > _MOST_LET_IN:
        yield f"{len(new) - _MOST_LET_IN} more findings are new with this change, and excused"


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
