"""For people at a terminal: what, where, why it matters here, and the way out."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from oidc_enforcer.finding import Finding, Place, Severity
from oidc_enforcer.report import FileReport, JobReport, Report, Summary
from oidc_enforcer.reporters import Detail, wording
from oidc_enforcer.reporters.excerpt import Paint, excerpt, marks_of, plain
from oidc_enforcer.reporters.visible import clip, shown, width
from oidc_enforcer.reporters.wording import provenance

#: Columns of a table's cell; longer ones are cut.
_CELL = 44

_COLOURS = {
    "error": "1;31",
    "warning": "1;33",
    "note": "1;36",
    "related": "34",
    "gutter": "34",
    "strong": "1",
    "faint": "2",
    "good": "32",
}


def render(
    report: Report,
    *,
    color: bool = False,
    detail: Detail = Detail.NORMAL,
    why: Callable[[str], str] | None = None,
) -> Iterator[str]:
    """The report file by file, and a summary; where verbose, `why` adds each rule's reason once."""
    paint = ansi if color else plain
    reason = _once(why) if why and detail is Detail.VERBOSE else None
    gaps = 0
    for file in report.files:
        gaps += len(file.coverage)
        if detail is Detail.QUIET:
            yield from (f"{_headline(finding, paint)}\n" for finding in file.findings)
            continue
        for finding in file.findings:
            rows = _finding(file, finding, paint, reason)
            yield "\n".join(rows) + "\n\n"
        yield from _doubts(file, paint)
        yield from _suppressed(file, paint)
        if detail is Detail.VERBOSE:
            yield from _credentials(file, paint)
    if detail is not Detail.QUIET:
        yield from _closing(report.summary, gaps, paint)
        yield from (f"{shown(said)}\n" for said in wording.in_force(report.context))
    if detail is Detail.VERBOSE:
        about = (f"{shown(name)} {shown(value)}" for name, value in provenance(report.context))
        yield f"{', '.join(about)}\n"


def closing(report: Report) -> Iterator[str]:
    """The counts alone, in lines."""
    gaps = sum(len(file.coverage) for file in report.files)
    yield from _closing(report.summary, gaps, plain)


def _once(why: Callable[[str], str]) -> Callable[[str], str]:
    """The same, but nothing when it is asked about a rule again."""
    said: set[str] = set()

    def first(rule: str) -> str:
        if rule in said:
            return ""
        said.add(rule)
        return why(rule)

    return first


def ansi(style: str, text: str) -> str:
    """Paints in the terminal's colours."""
    return f"\x1b[{_COLOURS[style]}m{text}\x1b[0m" if text else ""


def _at(place: Place) -> str:
    return f"{shown(place.file)}:{place.region.line}:{place.region.column}"


def _headline(finding: Finding, paint: Paint) -> str:
    level = paint(finding.severity.word, f"{finding.severity.word}[{finding.rule}]")
    return f"{paint('strong', _at(finding.place))}: {level} {shown(finding.message)}"


def _finding(
    file: FileReport, finding: Finding, paint: Paint, why: Callable[[str], str] | None
) -> Iterator[str]:
    yield _headline(finding, paint)
    marks, elsewhere = marks_of(file, finding)
    yield from excerpt(file.lines, marks, paint)
    for related in elsewhere:
        yield f"  {paint('gutter', '-->')} {_at(related.place)}: {shown(related.message)}"
    for word, said in _remarks(finding, why):
        yield f"  {paint('gutter', '=')} {paint('strong', word)}: {said}"


def _remarks(finding: Finding, why: Callable[[str], str] | None) -> Iterator[tuple[str, str]]:
    if finding.job is not None:
        step = "" if finding.step is None else f", step {finding.step}"
        yield "job", f"{shown(finding.reaches or finding.job)}{step}"
    if why and (reason := why(finding.rule)):
        yield "why", " ".join(reason.split())
    if finding.is_old:
        yield "base", wording.OLD
    if finding.fix:
        yield "fix", shown(wording.fix_title(finding.fix))
    yield "help", f"oidc-enforcer explain {finding.rule}"


def doubts(report: Report, most: int) -> Iterator[str]:
    """What could not be told or looked at, one line each without its end, and how many more."""
    left = 0
    for file in report.files:
        seen = file._replace(coverage=tuple(gap for gap in file.coverage if not gap.is_chosen))
        for row in _doubt_rows(seen, plain):
            if most:
                yield row.removesuffix("\n")
                most -= 1
            else:
                left += 1
    if left:
        yield f"and {left:,} more: --verbose names all"


def _doubts(file: FileReport, paint: Paint) -> Iterator[str]:
    if rows := _doubt_rows(file, paint):
        yield "".join(rows) + "\n"


def _doubt_rows(file: FileReport, paint: Paint) -> list[str]:
    note = Severity.NOTE.word
    rows = [
        f"{paint('strong', _at(skipped.place))}: {paint(note, f'{note}[{skipped.rule}]')}"
        f" not verified: {shown(skipped.reason)}\n"
        for skipped in file.skipped
    ]
    rows += [
        f"{paint('strong', shown(file.file))}: {paint(note, note)}:"
        f" not looked at: `{shown(gap.what)}`: {shown(gap.reason)}\n"
        for gap in file.coverage
    ]
    return rows


def _suppressed(file: FileReport, paint: Paint) -> Iterator[str]:
    rows = []
    for one in file.suppressed:
        finding = one.finding
        rule = paint("faint", f"suppressed[{finding.rule}]")
        said = f"{shown(finding.message)} ({shown(wording.excused_by(one))})"
        rows.append(f"{paint('strong', _at(finding.place))}: {rule} {said}\n")
    if rows:
        yield "".join(rows) + "\n"


def _credentials(file: FileReport, paint: Paint) -> Iterator[str]:
    """Where each job's AWS credentials come from, and whether it may mint a token."""
    rows = [row for job in file.jobs for row in _job_rows(job)]
    if not rows:
        return
    rows.insert(0, ("job", "class", "where", "source", "id-token"))
    widths = [max(width(row[at]) for row in rows) for at in range(4)]
    lines = [
        "  " + "  ".join(_pad(cell, room) for cell, room in zip(row, [*widths, 0], strict=True))
        for row in rows
    ]
    lines[0] = paint("faint", lines[0])
    title = f"{paint('strong', shown(file.file))}: credentials by job"
    yield "\n".join([title, *(line.rstrip() for line in lines)]) + "\n\n"


def _pad(cell: str, room: int) -> str:
    return cell + " " * (room - width(cell))


def _job_rows(job: JobReport) -> Iterator[tuple[str, str, str, str, str]]:
    """A row for each credential; a job without any has one if it may mint a token."""
    name = clip(shown(job.job), _CELL)
    token = shown(wording.id_token(job))
    if not job.credentials and job.id_token != "none":
        yield name, "-", f"line {job.line}", "-", token
    for use in job.credentials:
        where = f"line {use.line}" + ("" if use.step is None else f", step {use.step}")
        yield name, shown(use.kind), where, clip(shown(use.source), _CELL), token
        name = token = ""


def _closing(summary: Summary, gaps: int, paint: Paint) -> Iterator[str]:
    style = "good"
    for severity, number in (
        (Severity.ERROR, summary.errors),
        (Severity.WARNING, summary.warnings),
        (Severity.NOTE, summary.notes),
    ):
        if number:
            style = severity.word
            break
    yield paint(style, wording.counts(summary, gaps)) + "\n"
    if passed_over := wording.unrelated(summary):
        yield f"{passed_over}\n"
    yield f"{wording.adoption(summary)}\n"
