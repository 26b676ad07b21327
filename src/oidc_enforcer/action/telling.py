"""What a run says: annotations, the job's summary, outputs, report files, comments."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain

from oidc_enforcer.action import file_commands, verdict
from oidc_enforcer.action.inputs import Inputs
from oidc_enforcer.action.judging import Judged
from oidc_enforcer.action.runner import Run
from oidc_enforcer.cli import console, delivery
from oidc_enforcer.github import pull_request
from oidc_enforcer.github.connection import Connection
from oidc_enforcer.github.refusals import Refused
from oidc_enforcer.github.reviewing import Outcome, Place, obey, take_back
from oidc_enforcer.report import Report
from oidc_enforcer.reporters import Detail, markdown, wording
from oidc_enforcer.reporters.annotations import line
from oidc_enforcer.reporters.annotations import render as annotated
from oidc_enforcer.reporters.conversation import Posted
from oidc_enforcer.reporters.diff import Diff
from oidc_enforcer.reporters.escaping import prose
from oidc_enforcer.reporters.review import ReviewPlan, Terms, plan
from oidc_enforcer.reporters.visible import shown

#: What would differ from run to run: a comment that says it would have to be changed each time.
_OF_THE_RUN = ("time", "run", "event")


def notice(messages: Iterable[str], kind: str = "notice") -> str:
    """One annotation for all messages, empty when there is none."""
    said = "\n".join(map(shown, messages))
    return line(kind, {"title": "oidc-enforcer"}, said) if said else ""


def to_log(judged: Judged, notes: tuple[str, ...], failure: str = "") -> None:
    """Annotations, and the figures in a line each; whole lines, from this thread alone.

    `failure` is why the step fails where no finding says so.
    """
    report = judged.report
    # The notice comes first: of notices, too, GitHub shows ten.
    sys.stdout.write(notice([failure] if failure else [], "error"))
    sys.stdout.write(notice(note for note in notes if note != failure))
    sys.stdout.writelines(annotated(report, taken=bool(notes)))
    gaps = sum(len(file.coverage) for file in report.files)
    sys.stdout.write(
        f"{wording.counts(report.summary, gaps)}\n{wording.adoption(report.summary)}\n"
    )
    sys.stdout.flush()


def to_summary(
    environment: Mapping[str, str], report: Report, notes: tuple[str, ...], *, fails: bool
) -> None:
    """The job's summary: the report, and what has to be known about the run."""
    tail = "".join(_about(report))
    limit = markdown.LIMIT - len(tail.encode("utf-8", "replace"))
    body = markdown.render(report, limit=limit, notes=notes, fails=fails)
    file_commands.add_to_summary(environment, chain(body, [tail]))


def _about(report: Report) -> Iterator[str]:
    said = (f"{name} {prose(value)}" for name, value in wording.provenance(report.context))
    yield f"<sub>{' · '.join(said)}</sub>\n"


def failure(message: str) -> Iterator[str]:
    """The job's summary where nothing could be judged."""
    yield f"## ❌ oidc-enforcer could not judge\n\n{prose(message)}\n"


def to_files(inputs: Inputs, report: Report, workspace: str) -> dict[str, str]:
    """Writes the reports that were asked for; returns the outputs that name them."""
    written = {}
    for name, form, path in (
        ("sarif-file", "sarif", inputs.sarif_file),
        ("json-file", "json", inputs.json_file),
    ):
        written[name] = path
        if path:
            whole = os.path.join(workspace, path)
            os.makedirs(os.path.dirname(whole) or ".", exist_ok=True)
            chunks = delivery.chunks(form, report, color=False, detail=Detail.NORMAL)
            console.write_file(whole, chunks)
            file_commands.give_to_owner(whole, workspace)
    return written


def outputs(judged: Judged, status: int) -> dict[str, str]:
    """The figures, as the steps that follow read them."""
    summary = judged.report.summary
    return {
        "conclusion": verdict.CONCLUSIONS.get(status, "unverified"),
        "findings": str(summary.errors + summary.warnings + summary.notes),
        "errors": str(summary.errors),
        "new-findings": verdict.new_findings(judged),
        "aws-jobs": str(summary.aws_jobs),
        "oidc-jobs": str(summary.oidc_jobs),
        "static-jobs": str(summary.static_jobs),
        "adoption": "" if summary.adoption is None else str(summary.adoption),
    }


# -- on the pull request ------------------------------------------------------------------------


def on_the_pull_request(
    connection: Connection, run: Run, inputs: Inputs, judged: Judged
) -> tuple[str, ...]:
    """Comments as far as the token may; returns what has to be said about that."""
    if run.pull is None or inputs.comment == "off" or judged.diff is None:
        return ()
    if judged.report.context.get("ring") == "observe" and judged.config.rings:
        return ()  # what is only observed is not told to whoever did nothing wrong yet
    if run.is_untrusted and inputs.comment == "auto":
        return (_read_only(run),)
    place = Place(run.repository, run.pull, run.head)
    terms = _terms(inputs, judged)
    first = _plan(judged, terms)
    if first.adds:
        # Another run may have posted while this one judged: what stands there now is not repeated.
        judged = judged._replace(posted=_posted_now(connection, place, judged))
        first = _plan(judged, terms)
    outcome = obey(connection, place, first._replace(summary=None))
    if outcome.is_read_only:
        return (_read_only(run),)
    if outcome.refused:
        # What GitHub would not take goes to the summary, which is planned anew.
        first = _plan(judged, terms._replace(refused=outcome.refused))
    last = obey(connection, place, ReviewPlan(summary=first.summary))
    said = [outcome, last]
    if first.adds and not last.is_read_only:
        deleted = frozenset(one.id for one in first.delete)
        said.append(take_back(connection, place, outcome, deleted))
    return tuple(dict.fromkeys(_complaints(run, *said)))


def _posted_now(connection: Connection, place: Place, judged: Judged) -> tuple[Posted, ...]:
    """The comments as they are at this moment; those known already where GitHub does not say."""
    try:
        return pull_request.posted(connection, place.repository, place.pull)
    except Refused:
        return judged.posted


def _terms(inputs: Inputs, judged: Judged) -> Terms:
    unread = {gap.what for file in judged.report.files for gap in file.coverage}
    return Terms(
        0 if inputs.comment == "summary" else inputs.max_comments,
        judged.config.scope,
        unread=frozenset(unread),
        notes=judged.notes,
        help=judged.config.help,
        contact=judged.config.contact,
    )


def _plan(judged: Judged, terms: Terms) -> ReviewPlan:
    context = {
        name: value for name, value in judged.report.context.items() if name not in _OF_THE_RUN
    }
    report = judged.report._replace(context=context)
    return plan(report, judged.diff or Diff(), judged.posted, judged.text, terms)


def _read_only(run: Run) -> str:
    reason = "the token may not write here"
    if run.is_untrusted:
        whose = "a fork" if run.is_fork else "Dependabot"
        reason = f"a run for {whose} gets a token that only reads"
    else:
        reason += " (grant `pull-requests: write` to have comments)"
    return f"no comments: {reason}; everything stands in the annotations and in the job's summary"


def _complaints(run: Run, *outcomes: Outcome) -> Iterator[str]:
    for outcome in outcomes:
        if outcome.is_read_only:
            yield _read_only(run)
        for problem in outcome.problems:
            yield f"not all comments could be posted: {problem}; the job's summary has everything"
