"""For a job summary or a comment: figures, a table of the worst, and a fold for each file.

A summary of more than 1 MiB is dropped as a whole (docs: "Adding a job summary"), so it ends
before that and says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice

from oidc_enforcer.finding import Finding, Severity
from oidc_enforcer.report import FileReport, JobReport, Report, Summary
from oidc_enforcer.reporters import HOME, offered_policy, wording
from oidc_enforcer.reporters.escaping import code, fence, prose, sentence
from oidc_enforcer.reporters.excerpt import excerpt, marks_of

#: Bytes; below GitHub's 1,048,576 by what the runner may add.
LIMIT = 1_000_000
#: Bytes kept for the closing lines.
_CLOSING = 2_000
#: Rows of the table for each severity, and findings and jobs of one file's fold.
_ROWS = 50
_IN_A_FOLD = 200
_BAR = 20
#: Notes on the run, and characters of one.
_NOTES, _NOTE = 20, 1_000


def render(
    report: Report,
    *,
    limit: int = LIMIT,
    notes: Iterable[str] = (),
    fails: bool | None = None,
) -> Iterator[str]:
    """The report in two walks: a table of the worst, then the files with all that was found.

    `notes` are what has to be known of the run besides; they stand before the table. `fails` is
    the verdict where somebody has given one: what is found may be let off, and doubt may fail.
    """
    left = limit - _CLOSING
    table, gaps = _table(report, left // 2)
    head = "".join(_head(report, gaps, notes, fails)) + table
    left -= len(head.encode("utf-8", "replace"))
    yield head
    hidden = 0
    for file in report.files:
        for fold in _folds(file):
            piece = "" if hidden else fold(file)
            left -= len(piece.encode("utf-8", "replace"))
            if left < 0:
                hidden += 1
            else:
                yield piece
    if hidden:
        folds = wording.counted(hidden, "fold")
        yield f"**{folds} left out**: a summary may not be longer. `--format json` has it all.\n"


def _head(report: Report, gaps: int, notes: Iterable[str], fails: bool | None) -> Iterator[str]:
    summary = report.summary
    is_bad = bool(summary.errors) if fails is None else fails
    mark = "❌" if is_bad else "⚠️" if summary.errors + summary.warnings else "✅"
    yield f"## {mark} oidc-enforcer: {wording.counts(summary, gaps)}\n\n"
    yield f"{bar(summary)}\n\n"
    if passed_over := wording.unrelated(summary):
        yield f"{passed_over}\n\n"
    said = [sentence(note, _NOTE) for note in islice(notes, _NOTES)]
    said += [prose(each) for each in wording.in_force(report.context)]
    if said:
        yield "> " + "<br>\n> ".join(said) + "\n\n"


def bar(summary: Summary) -> str:
    """How far the move to OIDC has come: a bar of text, and the figures."""
    if summary.adoption is None:
        return wording.adoption(summary)
    filled = int(summary.adoption * _BAR + 1e-9)
    return f"`{'█' * filled}{'░' * (_BAR - filled)}` {wording.adoption(summary)}"


def _table(report: Report, limit: int) -> tuple[str, int]:
    """The first findings of each severity, the worst severity on top; and the number of gaps."""
    rows: dict[Severity, list[str]] = {severity: [] for severity in sorted(Severity, reverse=True)}
    number = gaps = 0
    for file in report.files:
        gaps += len(file.coverage)
        for finding in file.findings:
            number += 1
            if len(rows[finding.severity]) < _ROWS:
                rows[finding.severity].append(_row(finding))
    if not number:
        return "", gaps
    listed = []
    for row in (row for group in rows.values() for row in group):
        limit -= len(row.encode("utf-8", "replace"))
        if limit < 0:
            break
        listed.append(row)
    more = number - len(listed)
    rest = f"\n{more} more are not in this table.\n" if more else ""
    return f"| | rule | where | what |\n|---|---|---|---|\n{''.join(listed)}{rest}\n", gaps


def _row(finding: Finding) -> str:
    where = code(f"{finding.place.file}:{finding.place.region.line}")
    job = "" if finding.job is None else f"<br>job {code(finding.reaches or finding.job)}"
    return (
        f"| **{finding.severity.word}** | {rule_link(finding.rule)} | {where}{job} |"
        f" {prose(finding.message)}{_since(finding)} |\n"
    )


def rule_link(rule: str) -> str:
    """A rule's name, leading to its page."""
    return f"[`{rule}`]({HOME}/blob/main/docs/rules/{rule}.md)"


def _since(finding: Finding) -> str:
    return f" (*{wording.OLD}*)" if finding.is_old else ""


def _folds(file: FileReport) -> Iterator[Callable[[FileReport], str]]:
    """The folds that a file needs, not yet written."""
    if file.findings:
        yield _findings
    if file.skipped or file.coverage:
        yield _doubts
    if file.suppressed:
        yield _suppressed
    if any(job.credentials for job in file.jobs):
        yield _credentials


def _fold(title: str, body: Iterator[str]) -> str:
    text = "".join(body).rstrip("\n")
    return f"<details><summary>{title}</summary>\n\n{text}\n\n</details>\n\n"


def _findings(file: FileReport) -> str:
    def body() -> Iterator[str]:
        roles: set[str] = set()
        for finding in file.findings[:_IN_A_FOLD]:
            yield from _finding(file, finding)
            offer = finding.policy
            if offer and offer.document is not None and finding.role not in roles:
                roles.add(finding.role)
                yield "\n\n".join([*offered_policy.told(offer), ""])
        yield from _more(len(file.findings))

    return _fold(f"{code(file.file)}: {wording.counted(len(file.findings), 'finding')}", body())


def _finding(file: FileReport, finding: Finding) -> Iterator[str]:
    what = f"{prose(finding.message)}{_since(finding)}"
    yield f"**{finding.severity.word}** `{finding.rule}`: {what}\n\n"
    marks, elsewhere = marks_of(file, finding)
    if rows := list(excerpt(file.lines, marks)):
        yield fence("\n".join(rows)) + "\n"
    if elsewhere:
        for related in elsewhere:
            place = f"{related.place.file}:{related.place.region.line}"
            yield f"- {code(place)}: {prose(related.message)}\n"
        yield "\n"
    if finding.fix:
        yield f"Fix: {prose(wording.fix_title(finding.fix))}\n\n"


def _more(number: int) -> Iterator[str]:
    if number > _IN_A_FOLD:
        yield f"{number - _IN_A_FOLD} more are not shown here.\n"


def _doubts(file: FileReport) -> str:
    def body() -> Iterator[str]:
        for skipped in file.skipped[:_IN_A_FOLD]:
            line = skipped.place.region.line
            yield f"- `{skipped.rule}`, line {line}: {prose(skipped.reason)}\n"
        for gap in file.coverage[:_IN_A_FOLD]:
            yield f"- not looked at: {code(gap.what)}: {prose(gap.reason)}\n"
        yield from _more(max(len(file.skipped), len(file.coverage)))

    counts = ((len(file.skipped), "verified"), (len(file.coverage), "looked at"))
    said = ", ".join(f"{number} not {what}" for number, what in counts if number)
    return _fold(f"{code(file.file)}: {said}", body())


def _suppressed(file: FileReport) -> str:
    def body() -> Iterator[str]:
        for one in file.suppressed[:_IN_A_FOLD]:
            line = one.finding.place.region.line
            yield f"- `{one.finding.rule}`, line {line}, {prose(wording.excused_by(one))}\n"
        yield from _more(len(file.suppressed))

    return _fold(f"{code(file.file)}: {len(file.suppressed)} suppressed", body())


def _credentials(file: FileReport) -> str:
    def body() -> Iterator[str]:
        yield "| job | class | where | source | id-token |\n|---|---|---|---|---|\n"
        for job in file.jobs[:_IN_A_FOLD]:
            yield from _job(job)
        if len(file.jobs) > _IN_A_FOLD:
            yield "\n"
        yield from _more(len(file.jobs))

    return _fold(f"{code(file.file)}: credentials by job", body())


def _source(text: str) -> str:
    """References come in backticks where there are several; words of ours have blanks."""
    return prose(text) if "`" in text or " " in text else code(text)


def _job(job: JobReport) -> Iterator[str]:
    token = prose(wording.id_token(job))
    for use in job.credentials[:_IN_A_FOLD]:
        where = f"line {use.line}" + ("" if use.step is None else f", step {use.step}")
        what = f"{prose(use.kind)} | {where} | {_source(use.source)}"
        yield f"| {code(job.job)} | {what} | {token} |\n"
