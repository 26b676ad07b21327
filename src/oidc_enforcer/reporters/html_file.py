"""One file in the HTML report: its findings with excerpts, its doubts, its jobs' credentials."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from oidc_enforcer.finding import Finding, Related
from oidc_enforcer.report import FileReport, JobReport
from oidc_enforcer.reporters import wording
from oidc_enforcer.reporters.excerpt import excerpt, marks_of
from oidc_enforcer.reporters.html_words import badge, code, prose, rule_link, text

#: Stand around a style in an excerpt until it is escaped; `visible` lets neither through.
_OPEN, _CLOSE = "\ue000", "\ue001"
_STYLES = {"error": "e", "warning": "w", "note": "n", "related": "r", "gutter": "g"}


def is_shown(file: FileReport) -> bool:
    """Whether there is anything to say of a file."""
    doubts = file.findings or file.skipped or file.coverage or file.suppressed
    return bool(doubts) or any(job.credentials for job in file.jobs)


def section(number: int, file: FileReport) -> Iterator[str]:
    """All that was found out about a file; its findings are anchors `f{number}-{at}`."""
    yield f"<section class='file' aria-labelledby='f{number}'>\n"
    yield f"<h3 id='f{number}'>{code(file.file)}</h3>\n"
    for at, finding in enumerate(file.findings, 1):
        yield from _finding(f"f{number}-{at}", file, finding)
    yield from _list(
        "Not verified",
        (
            f"{rule_link(o.rule)}, line {o.place.region.line}: {prose(o.reason)}"
            for o in file.skipped
        ),
    )
    yield from _list(
        "Not looked at", (f"{code(gap.what)}: {prose(gap.reason)}" for gap in file.coverage)
    )
    yield from _suppressed(file)
    yield from _credentials(file)
    yield "</section>\n"


def _finding(anchor: str, file: FileReport, finding: Finding) -> Iterator[str]:
    yield f"<article id='{anchor}'>\n"
    yield f"<h4>{badge(finding.severity)} {rule_link(finding.rule)}</h4>\n"
    since = f" <em>({wording.OLD})</em>" if finding.is_old else ""
    yield f"<p>{prose(finding.message)}{since}</p>\n"
    marks, elsewhere = marks_of(file, finding)
    if rows := list(excerpt(file.lines, marks, _painted)):
        yield f"<pre tabindex='0'>{_unpainted(chr(10).join(rows))}</pre>\n"
    if elsewhere:
        yield f"<ul>{''.join(map(_related, elsewhere))}</ul>\n"
    yield from _remarks(finding)
    yield "</article>\n"


def _related(related: Related) -> str:
    place = f"{related.place.file}:{related.place.region.line}"
    return f"<li>{code(place)}: {prose(related.message)}</li>"


def _painted(style: str, words: str) -> str:
    return f"{_OPEN}{_STYLES.get(style, 'g')}{words}{_CLOSE}"


def _unpainted(rows: str) -> str:
    rows = escape(rows)
    for letter in _STYLES.values():
        rows = rows.replace(f"{_OPEN}{letter}", f"<span class='{letter}'>")
    return rows.replace(_CLOSE, "</span>")


def _remarks(finding: Finding) -> Iterator[str]:
    said = []
    if finding.job is not None:
        step = "" if finding.step is None else f", step {finding.step}"
        said.append(("job", f"{code(finding.reaches or finding.job)}{step}"))
    if finding.fix:
        said.append(("fix", prose(wording.fix_title(finding.fix))))
        said += [("first", prose(one)) for one in finding.fix.first]
        said += [("doubt", prose(one)) for one in finding.fix.doubts]
    elif finding.unfixed:
        said.append(("no fix", prose(finding.unfixed)))
    if said:
        rows = "".join(f"<div><dt>{name}</dt><dd>{words}</dd></div>" for name, words in said)
        yield f"<dl class='remarks'>{rows}</dl>\n"


def _list(title: str, items: Iterator[str]) -> Iterator[str]:
    rows = [f"<li>{item}</li>\n" for item in items]
    if rows:
        yield f"<h4>{title}</h4>\n<ul>\n{''.join(rows)}</ul>\n"


def _suppressed(file: FileReport) -> Iterator[str]:
    yield from _list(
        "Suppressed",
        (
            f"{rule_link(one.finding.rule)}, line {one.finding.place.region.line},"
            f" {prose(wording.excused_by(one))}"
            for one in file.suppressed
        ),
    )


def _credentials(file: FileReport) -> Iterator[str]:
    rows = [row for job in file.jobs for row in _job(job)]
    if not rows:
        return
    heads = "".join(
        f"<th scope='col'>{name}</th>"
        for name in ("job", "class", "where", "source", "id-token", "subjects")
    )
    yield "<div class='wide' tabindex='0' role='region' aria-label='credentials by job'>\n<table>\n"
    yield f"<caption>Credentials by job</caption>\n<thead><tr>{heads}</tr></thead>\n<tbody>\n"
    yield from rows
    yield "</tbody>\n</table>\n</div>\n"


def _job(job: JobReport) -> Iterator[str]:
    token = prose(wording.id_token(job))
    subjects = "<br>".join(code(subject) for subject in job.subjects)
    head, tail = f"<th scope='row'>{code(job.job)}</th>", f"<td>{token}</td><td>{subjects}</td>"
    if not job.credentials and job.id_token != "none":
        yield f"<tr>{head}<td>-</td><td>line {job.line}</td><td>-</td>{tail}</tr>\n"
    for use in job.credentials:
        where = f"line {use.line}" + ("" if use.step is None else f", step {use.step}")
        is_said = "`" in use.source or " " in use.source
        source = prose(use.source) if is_said else code(use.source)
        cells = f"<td>{text(use.kind)}</td><td>{where}</td><td>{source}</td>"
        yield f"<tr>{head}{cells}{tail}</tr>\n"
