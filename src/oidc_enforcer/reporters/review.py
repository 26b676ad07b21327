"""For a pull request: which comments to post, change and take away; decides and does nothing.

`github.py` obeys the plan. Every anchor has been checked against the diff. What does not become a
comment stands in the sticky summary, so nothing is lost.

INVARIANT: a marker is believed only in our own comments, and no verdict depends on any comment.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from oidc_enforcer.finding import Finding, Severity
from oidc_enforcer.report import Report, numbered
from oidc_enforcer.reporters import review_text
from oidc_enforcer.reporters.diff import Diff
from oidc_enforcer.reporters.review_text import Entry
from oidc_enforcer.reporters.suggestion import Replacement, suggestion
from oidc_enforcer.source import SourceFile

#: Each file comment is a request of its own, and GitHub slows down who makes many.
MAX_FILE_COMMENTS = 10


class Comment(NamedTuple):
    """A comment to post on the right side of the diff, or (`subject_type` `file`) on a file.

    `start_line` is None for a single line, as GitHub wants it; `line` is None on a file. All
    comments on lines go into one review; each on a file needs a request of its own.
    """

    path: str
    line: int | None
    start_line: int | None
    side: str
    body: str
    subject_type: str
    fingerprint: str


class Posted(NamedTuple):
    """A comment that is there already: on the diff, or (`path` empty) in the conversation.

    `id` is what REST calls it, `node_id` GraphQL. `is_ours`: written by the identity that we write
    as (`viewerDidAuthor`). `line` is None where the comment is outdated or on a file.
    """

    id: int
    node_id: str
    path: str
    body: str
    is_ours: bool
    has_replies: bool = False
    is_minimised: bool = False
    line: int | None = None
    start_line: int | None = None


class Change(NamedTuple):
    """A posted comment and what it should say instead."""

    posted: Posted
    body: str


class Sticky(NamedTuple):
    """The summary in the conversation: to be posted, or (`posted`) changed."""

    posted: Posted | None
    body: str


class ReviewPlan(NamedTuple):
    """What to do, in this order. Nothing of it is needed for the verdict.

    `body` opens the review that carries `create`; `minimise` are fixed findings that somebody
    answered: the body is changed first, then the comment is minimised as RESOLVED. `summary` is
    None where the conversation is as it should be.
    """

    create: tuple[Comment, ...] = ()
    update: tuple[Change, ...] = ()
    delete: tuple[Posted, ...] = ()
    minimise: tuple[Change, ...] = ()
    summary: Sticky | None = None
    body: str = ""

    @property
    def adds(self) -> bool:
        """Whether anything is posted that may stand there by now."""
        return bool(self.create) or (self.summary is not None and self.summary.posted is None)


class Terms(NamedTuple):
    """How to comment.

    `old` are the keys (`report.numbered`) of what the base holds too, None where the base was not
    read; `scope` is what fails: `all`, `changed` or `new`. `refused` are keys whose comment GitHub
    would not take: they go to the summary. `unread` are files that were to be judged and could not
    be read: their comments stay. `notes` are sentences about this run, `help` and `contact` the
    organisation's own words.
    """

    max_comments: int = 30
    scope: str = "all"
    old: frozenset[str] | None = None
    refused: frozenset[str] = frozenset()
    unread: frozenset[str] = frozenset()
    notes: tuple[str, ...] = ()
    help: str = ""
    contact: str = ""


DEFAULT_TERMS = Terms()


def plan(
    report: Report,
    diff: Diff,
    posted: Iterable[Posted],
    text: Callable[[str], SourceFile | None],
    terms: Terms = DEFAULT_TERMS,
) -> ReviewPlan:
    """What to post; `text` gives a file as it was judged, None where it is not at hand."""
    there, spare, sticky = _ours(posted)
    entries = _entries(report, terms, text)
    alive = {entry.key: entry for entry in entries}
    held = {key: one for key, one in there.items() if key in alive}
    drafts = {key: _comment(alive[key], diff, terms) for key in held}
    stale = [key for key, one in held.items() if _is_stale(one, drafts[key])]
    fresh = [entry for entry in entries if entry.key not in held]
    free = terms.max_comments - len(held)
    chosen = _chosen((_comment(entry, diff, terms) for entry in fresh), free)
    create = (*chosen, *(one for key in stale if (one := drafts[key])))
    said = {comment.fingerprint for comment in chosen}
    rest = [entry for entry in fresh if entry.key not in said]
    gone = _gone(there, alive, report, terms)
    return ReviewPlan(
        create,
        tuple(_updates(held, drafts, stale)),
        (*spare, *(held[key] for key in stale), *(one for one in gone if not one.has_replies)),
        tuple(_farewell(one, report) for one in gone if one.has_replies),
        _summary(sticky, review_text.summary(report, rest, terms.notes), is_wanted=bool(rest)),
        review_text.opening(report.summary, terms.notes) if create else "",
    )


def _gone(
    there: Mapping[str, Posted], alive: Mapping[str, Entry], report: Report, terms: Terms
) -> list[Posted]:
    """Comments whose finding is no more; of a file that was not read nobody knows."""
    unread = terms.unread | {gap.what for file in report.files for gap in file.coverage}
    return [one for key, one in there.items() if key not in alive and one.path not in unread]


def _farewell(posted: Posted, report: Report) -> Change:
    return Change(posted, review_text.fixed(posted.body, report.context))


class _Ours(NamedTuple):
    """Our comments by key, our surplus ones, and our summary."""

    there: Mapping[str, Posted]
    spare: tuple[Posted, ...]
    sticky: Posted | None


def _ours(posted: Iterable[Posted]) -> _Ours:
    """Of two of ours about one thing the answered one stays, else the first."""
    there: dict[str, Posted] = {}
    spare: list[Posted] = []
    sticky = None
    for one in posted:
        key = review_text.key_of(one.body) if one.is_ours and not one.is_minimised else None
        if key is None:
            continue
        if not one.path:
            sticky = sticky or (one if key == review_text.SUMMARY else None)
        elif key not in there:
            there[key] = one
        elif one.has_replies and not there[key].has_replies:
            spare.append(there[key])
            there[key] = one
        elif not one.has_replies:
            spare.append(one)
    return _Ours(there, tuple(spare), sticky)


def _entries(report: Report, terms: Terms, text: Callable[[str], SourceFile | None]) -> list[Entry]:
    """Every finding under its key, the worst first."""
    found = []
    for file in report.files:
        for key, finding in numbered(file.findings):
            is_old = bool(finding.is_old) or (terms.old is not None and key in terms.old)
            found.append(Entry(key, finding, is_old, text(finding.place.file)))
    return sorted(found, key=lambda entry: -entry.finding.severity)


def _comment(entry: Entry, diff: Diff, terms: Terms) -> Comment | None:
    """The finding as a comment, None where there is no place for it or no reason."""
    finding, path = entry.finding, entry.finding.place.file
    if path not in diff.files or entry.key in terms.refused:
        return None
    if entry.is_old and terms.scope == "new":
        return None
    fix = finding.fix
    offer = suggestion(entry.file, fix, diff) if entry.file and fix else None
    lines = _anchor(finding, diff, offer)
    if lines is None and (finding.severity is Severity.NOTE or entry.is_old):
        return None  # not worth a notification of its own
    body = review_text.comment(entry, offer, help_text=terms.help, contact=terms.contact)
    if lines is None:
        return Comment(path, None, None, "RIGHT", body, "file", entry.key)
    first, last = lines
    start = first if first < last else None
    return Comment(path, last, start, "RIGHT", body, "line", entry.key)


def _anchor(finding: Finding, diff: Diff, offer: Replacement | None) -> tuple[int, int] | None:
    """The lines of the suggestion, exactly; else the finding's own, if the diff shows them."""
    if offer:
        return offer.first, offer.last
    region = finding.place.region
    path, line = finding.place.file, region.line
    if region.end_line > line and diff.hunk(path, line, region.end_line):
        return line, region.end_line
    return (line, line) if diff.hunk(path, line, line) else None


def _chosen(drafts: Iterator[Comment | None], free: int) -> tuple[Comment, ...]:
    """As many of the first as may still be posted; no more are drafted than that takes."""
    chosen: list[Comment] = []
    files = MAX_FILE_COMMENTS
    if free <= 0:
        return ()
    for draft in drafts:
        if draft is None or (draft.subject_type == "file" and not files):
            continue
        files -= draft.subject_type == "file"
        chosen.append(draft)
        if len(chosen) == free:
            break
    return tuple(chosen)


def _is_stale(posted: Posted, draft: Comment | None) -> bool:
    """Whether a comment must make way for one at the right lines; an answered one never does."""
    if draft is None or posted.has_replies or draft.subject_type == "file":
        return False
    return (posted.line, posted.start_line) != (draft.line, draft.start_line)


def _updates(
    held: Mapping[str, Posted], drafts: Mapping[str, Comment | None], stale: Sequence[str]
) -> Iterator[Change]:
    for key, one in held.items():
        draft = drafts[key]
        if draft and key not in stale and not _is_same(draft.body, one.body):
            yield Change(one, draft.body)


def _summary(sticky: Posted | None, body: str, *, is_wanted: bool) -> Sticky | None:
    """Nothing is said where there is nothing to say and nothing was said before."""
    if sticky is None:
        return Sticky(None, body) if is_wanted else None
    return None if _is_same(sticky.body, body) else Sticky(sticky, body)


def _is_same(one: str, other: str) -> bool:
    """Bodies compare as GitHub keeps them: other line breaks, no blanks at the end."""
    return one.replace("\r\n", "\n").strip() == other.replace("\r\n", "\n").strip()
