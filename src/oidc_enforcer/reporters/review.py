"""For a pull request: which comments to post, change and take away; decides and does nothing.

`github.reviewing` obeys the plan. Every anchor has been checked against the diff. What does not
become a comment stands in the sticky summary, so nothing is lost.

INVARIANT: a marker is believed only in our own comments, and no verdict depends on any comment.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from oidc_enforcer.finding import Finding, Severity
from oidc_enforcer.report import Report, numbered
from oidc_enforcer.reporters import review_text, sticky_text
from oidc_enforcer.reporters.conversation import Ours, Posted, matched, ours, parted
from oidc_enforcer.reporters.diff import Diff
from oidc_enforcer.reporters.markers import MOST, keys_of
from oidc_enforcer.reporters.review_text import Entry
from oidc_enforcer.reporters.suggestion import Replacement, suggestion
from oidc_enforcer.source import SourceFile

#: Each file comment is a request of its own, and GitHub slows down who makes many.
MAX_FILE_COMMENTS = 10


class Comment(NamedTuple):
    """A comment to post on the right side of the diff, or (`subject_type` `file`) on a file.

    `start_line` is None for a single line, as GitHub wants it; `line` is None on a file. All
    comments on lines go into one review; each on a file needs a request of its own. `keys` are
    those of the findings that it tells.
    """

    path: str
    line: int | None
    start_line: int | None
    side: str
    body: str
    subject_type: str
    keys: tuple[str, ...]


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

    `scope` is what fails: `all`, `changed` or `new`. `refused` are keys (`report.numbered`) whose
    comment GitHub would not take: they go to the summary. `unread` are files that were to be judged
    and could not be read: their comments stay. `notes` are sentences about this run, `help` and
    `contact` the organisation's own words.
    """

    max_comments: int = 30
    scope: str = "all"
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
    mine = ours(posted)
    entries = _entries(report, text)
    groups = _parted(_groups(entries), mine)
    found = matched(mine.threads, [[entry.key for entry in group] for group in groups])
    drafts = {at: _redrafted(groups[at], diff, terms, one) for at, one in found.held.items()}
    stale = [at for at, one in found.held.items() if _is_stale(one, drafts[at])]
    fresh = (group for at, group in enumerate(groups) if at not in found.held)
    free = terms.max_comments - len(found.held)
    chosen = _chosen((_comment(group, diff, terms) for group in fresh), free)
    create = (*chosen, *(one for at in stale if (one := drafts[at])))
    said = {key for comment in chosen for key in comment.keys}
    said |= {key for at, draft in drafts.items() for key in _told(draft, found.held[at])}
    rest = [entry for entry in entries if entry.key not in said]
    gone = _gone(found.gone, report, terms)
    spare = (*mine.spare, *found.surplus)
    return ReviewPlan(
        create,
        tuple(_updates(found.held, drafts, stale)),
        (*spare, *(found.held[at] for at in stale), *(one for one in gone if not one.has_replies)),
        tuple(
            Change(one, review_text.fixed(one.body, report.context))
            for one in gone
            if one.has_replies
        ),
        _summary(mine.sticky, sticky_text.summary(report, rest, terms.notes), is_wanted=bool(rest)),
        sticky_text.opening(report.summary, terms.notes) if create else "",
    )


def _gone(gone: Iterable[Posted], report: Report, terms: Terms) -> list[Posted]:
    """Comments whose findings are no more; of a file that was not read nobody knows."""
    unread = terms.unread | {gap.what for file in report.files for gap in file.coverage}
    return [one for one in gone if one.path not in unread]


def _entries(report: Report, text: Callable[[str], SourceFile | None]) -> list[Entry]:
    """Every finding under its key, the worst first."""
    found = []
    for file in report.files:
        for key, finding in numbered(file.findings):
            found.append(Entry(key, finding, text(finding.place.file)))
    return sorted(found, key=lambda entry: -entry.finding.severity)


def _groups(entries: Iterable[Entry]) -> list[list[Entry]]:
    """What one comment tells: the findings of one line, as many as one comment holds.

    Also of lines that follow each other, where all say the same of what nobody could read.
    """
    groups: dict[tuple[str, int], list[Entry]] = {}
    for entry in entries:
        place = entry.finding.place
        line = place.region.line
        group = groups.get((place.file, line))
        if group is None:
            above = groups.get((place.file, line - 1), [])
            group = above if above and _goes_on(above, entry) else []
            groups[place.file, line] = group
        if len(group) < MOST:
            group.append(entry)
    return list({id(group): group for group in groups.values()}.values())


def _parted(groups: Sequence[Sequence[Entry]], mine: Ours) -> list[list[Entry]]:
    every = [entry for group in groups for entry in group]
    parts = parted(mine.threads, [[entry.key for entry in group] for group in groups])
    return [[every[at] for at in part] for part in parts]


def _goes_on(above: Sequence[Entry], entry: Entry) -> bool:
    one, other = above[-1].finding, entry.finding
    is_alike = (one.rule, one.severity, one.unfixed) == (other.rule, other.severity, other.unfixed)
    return is_alike and bool(one.unfixed) and len(above) < MOST


def _told(draft: Comment | None, posted: Posted) -> tuple[str, ...]:
    """The findings that a comment tells; one that is left as it is tells what it told."""
    return draft.keys if draft else keys_of(posted.body)


def _redrafted(group: Sequence[Entry], diff: Diff, terms: Terms, posted: Posted) -> Comment | None:
    """A comment anew. An answered one cannot move: away from its lines it suggests nothing."""
    draft = _comment(group, diff, terms)
    if draft is None or not posted.has_replies or _lines(posted) == _lines(draft):
        return draft
    return _comment(group, diff, terms, suggests=False)


def _lines(one: Posted | Comment) -> tuple[int | None, int | None]:
    return one.line, one.start_line


def _comment(
    group: Sequence[Entry], diff: Diff, terms: Terms, *, suggests: bool = True
) -> Comment | None:
    """The findings as a comment, None where there is no place for it or no reason."""
    shown = [entry for entry in group if _may_be_told(entry, diff, terms)]
    if not shown:
        return None
    offer = _offer(shown, diff) if suggests else None
    lines = _anchor([entry.finding for entry in shown], diff, offer[1] if offer else None)
    if lines is None and all(_is_slight(entry) for entry in shown):
        return None  # not worth a notification of its own
    keys = tuple(entry.key for entry in shown)
    said = review_text.Said(offer, terms.help, terms.contact, names_line=lines is None)
    path, body = shown[0].finding.place.file, review_text.comment(shown, said)
    if lines is None:
        return Comment(path, None, None, "RIGHT", body, "file", keys)
    first, last = lines
    start = first if first < last else None
    return Comment(path, last, start, "RIGHT", body, "line", keys)


def _may_be_told(entry: Entry, diff: Diff, terms: Terms) -> bool:
    if entry.finding.place.file not in diff.files or entry.key in terms.refused:
        return False
    return not (entry.finding.is_old and terms.scope == "new")


def _is_slight(entry: Entry) -> bool:
    return entry.finding.severity is Severity.NOTE or bool(entry.finding.is_old)


def _offer(group: Sequence[Entry], diff: Diff) -> tuple[Entry, Replacement] | None:
    """The first fix that may be accepted with one click, and whose it is."""
    for entry in group:
        if entry.file and entry.finding.fix:
            found = suggestion(entry.file, entry.finding.fix, diff)
            if found:
                return entry, found
    return None


def _anchor(
    findings: Sequence[Finding], diff: Diff, offer: Replacement | None
) -> tuple[int, int] | None:
    """The lines of the suggestion, exactly; else the findings' own, if the diff shows them."""
    if offer:
        return offer.first, offer.last
    path, line = findings[0].place.file, findings[0].place.region.line
    last = max(finding.place.region.end_line for finding in findings)
    for end in dict.fromkeys((last, findings[0].place.region.end_line)):
        if end > line and diff.hunk(path, line, end):
            return line, end
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
    return _lines(posted) != _lines(draft)


def _updates(
    held: Mapping[int, Posted], drafts: Mapping[int, Comment | None], stale: Sequence[int]
) -> Iterator[Change]:
    for at, one in held.items():
        draft = drafts[at]
        if draft and at not in stale and not _is_same(draft.body, one.body):
            yield Change(one, draft.body)


def _summary(sticky: Posted | None, body: str, *, is_wanted: bool) -> Sticky | None:
    """Nothing is said where there is nothing to say and nothing was said before."""
    if sticky is None:
        return Sticky(None, body) if is_wanted else None
    return None if _is_same(sticky.body, body) else Sticky(sticky, body)


def _is_same(one: str, other: str) -> bool:
    """Bodies compare as GitHub keeps them: other line breaks, no blanks at the end."""
    return one.replace("\r\n", "\n").strip() == other.replace("\r\n", "\n").strip()
