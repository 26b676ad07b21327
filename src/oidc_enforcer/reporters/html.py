"""For an auditor: one file to keep, send and print, that needs nothing from anywhere.

Nothing is fetched and nothing runs: the policy in its head allows its own style and no more. Text
of the repository is escaped and stands in text alone, never in an attribute.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Iterator
from html import escape
from typing import NamedTuple

from oidc_enforcer import __version__
from oidc_enforcer.finding import Finding, Related, Severity
from oidc_enforcer.report import FileReport, JobReport, Report, Summary
from oidc_enforcer.reporters import HOME, wording
from oidc_enforcer.reporters.excerpt import excerpt, marks_of
from oidc_enforcer.reporters.html_style import STYLE
from oidc_enforcer.reporters.visible import shown

#: Places that the index lists under a rule; the files have them all.
_PLACES = 100
#: Stand around a style in an excerpt until it is escaped; `visible` lets neither through.
_OPEN, _CLOSE = "\ue000", "\ue001"
_STYLES = {"error": "e", "warning": "w", "note": "n", "related": "r", "gutter": "g"}


class _Listed(NamedTuple):
    """A rule of the index: how often it was broken, and the first places, as anchors and words."""

    severity: Severity
    number: int
    places: tuple[tuple[str, str], ...]


def render(report: Report, *, why: Callable[[str], str] | None = None) -> Iterator[str]:
    """The page in two walks: the index by rule, then file by file with all that was found."""
    index, gaps = _index(report)
    yield from _head(report)
    yield f"<body>\n{_SKIP}<header>\n<h1>OIDC for AWS: report</h1>\n"
    yield f"<p class='verdict'>{_text(wording.counts(report.summary, gaps))}</p>\n</header>\n"
    yield "<main id='report'>\n"
    yield from _figures(report.summary)
    yield from _context(report)
    yield from _rules(index, why)
    yield "<section aria-labelledby='files'>\n<h2 id='files'>Files</h2>\n"
    some = False
    for number, file in enumerate(report.files, 1):
        if _is_shown(file):
            some = True
            yield from _file(number, file)
    if not some:
        yield "<p>Nothing was found in any file, and no job uses AWS.</p>\n"
    yield "</section>\n</main>\n"
    yield f"<footer>Made by oidc-enforcer {_text(__version__)}. {_LIMITS}</footer>\n"
    yield "</body>\n</html>\n"


#: The counts in the order in which they are read.
_FIGURES = {
    "errors": "errors",
    "warnings": "warnings",
    "notes": "notes",
    "skipped": "not verified",
    "suppressed": "suppressed",
    "aws_jobs": "jobs that use AWS",
    "oidc_jobs": "by OIDC",
    "static_jobs": "by stored keys",
    "files": "files",
    "unrelated_files": "without AWS text",
}
_SKIP = "<a class='skip' href='#report'>To the report</a>\n"
_LIMITS = (
    "What may be a secret is shown as <code>*</code>. Workflows are judged by their text, not by"
    " what their scripts and actions do when they run."
)


def _text(text: str) -> str:
    return escape(shown(text))


def _code(text: str) -> str:
    return f"<code>{_text(text)}</code>"


def _prose(text: str) -> str:
    """A message of ours: words of the repository stand between backticks."""
    parts = shown(text).split("`")
    if len(parts) % 2 == 0:
        return escape("`".join(parts))
    return "".join(
        f"<code>{escape(part)}</code>" if at % 2 and part else escape(part)
        for at, part in enumerate(parts)
    )


def _head(report: Report) -> Iterator[str]:
    digest = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
    repository = report.context.get("repository", "")
    yield "<!doctype html>\n<html lang='en'>\n<head>\n<meta charset='utf-8'>\n"
    yield (
        "<meta http-equiv='Content-Security-Policy' content=\"default-src 'none';"
        f" style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'\">\n"
    )
    yield "<meta name='viewport' content='width=device-width, initial-scale=1'>\n"
    yield "<meta name='referrer' content='no-referrer'>\n"
    yield f"<title>OIDC for AWS: {_text(repository) or 'report'}</title>\n"
    yield f"<style>{STYLE}</style>\n</head>\n"


def _figures(summary: Summary) -> Iterator[str]:
    yield "<section aria-labelledby='figures'>\n<h2 id='figures'>Summary</h2>\n"
    if summary.adoption is not None:
        share = wording.per_cent(summary.adoption)
        yield (
            f"<svg class='bar' viewBox='0 0 100 3' preserveAspectRatio='none' role='img'"
            f" aria-label='adoption {share}'><rect class='track' width='100' height='3'/>"
            f"<rect class='fill' width='{summary.adoption * 100:.2f}' height='3'/></svg>\n"
        )
    yield f"<p>{_text(wording.adoption(summary))}</p>\n"
    if passed_over := wording.unrelated(summary):
        yield f"<p>{_text(passed_over)}</p>\n"
    yield "<dl class='figures'>\n"
    for name, label in _FIGURES.items():
        yield f"<div><dt>{label}</dt><dd>{getattr(summary, name)}</dd></div>\n"
    yield "</dl>\n</section>\n"


def _context(report: Report) -> Iterator[str]:
    yield "<section aria-labelledby='context'>\n<h2 id='context'>What was judged</h2>\n<dl>\n"
    for name, value in wording.provenance(report.context):
        yield f"<div><dt>{_text(name)}</dt><dd>{_code(value)}</dd></div>\n"
    yield "</dl>\n"
    yield from (f"<p>{_prose(said)}</p>\n" for said in wording.in_force(report.context))
    yield "</section>\n"


def _index(report: Report) -> tuple[dict[str, _Listed], int]:
    """The findings by rule, and how many things were not looked at."""
    index: dict[str, _Listed] = {}
    gaps = 0
    for number, file in enumerate(report.files, 1):
        gaps += len(file.coverage)
        for at, finding in enumerate(file.findings, 1):
            listed = index.get(finding.rule, _Listed(finding.severity, 0, ()))
            places = listed.places
            if len(places) < _PLACES:
                where = f"{finding.place.file}:{finding.place.region.line}"
                places = (*places, (f"f{number}-{at}", where))
            worst = max(listed.severity, finding.severity)
            index[finding.rule] = _Listed(worst, listed.number + 1, places)
    return index, gaps


def _rules(index: dict[str, _Listed], why: Callable[[str], str] | None) -> Iterator[str]:
    yield "<section aria-labelledby='rules'>\n<h2 id='rules'>Findings by rule</h2>\n"
    if not index:
        yield "<p>No findings.</p>\n</section>\n"
        return
    worst = sorted(index.items(), key=lambda item: (-item[1].severity, item[0]))
    for rule, listed in worst:
        yield f"<article>\n<h3>{_badge(listed.severity)} {_rule(rule)}: {listed.number}</h3>\n"
        if why and (reason := why(rule)):
            yield f"<p>{_prose(' '.join(reason.split()))}</p>\n"
        yield "<ul class='places'>\n"
        for anchor, where in listed.places:
            yield f"<li><a href='#{anchor}'>{_code(where)}</a></li>\n"
        if listed.number > len(listed.places):
            yield f"<li>{listed.number - len(listed.places)} more</li>\n"
        yield "</ul>\n</article>\n"
    yield "</section>\n"


def _badge(severity: Severity) -> str:
    return f"<span class='badge {severity.word}'>{severity.word}</span>"


def _rule(rule: str) -> str:
    """A rule's name, which is ours, with its page."""
    name = escape(rule)
    return f"<a href='{HOME}/blob/main/docs/rules/{name}.md'>{name}</a>"


def _is_shown(file: FileReport) -> bool:
    doubts = file.findings or file.skipped or file.coverage or file.suppressed
    return bool(doubts) or any(job.credentials for job in file.jobs)


def _file(number: int, file: FileReport) -> Iterator[str]:
    yield f"<section class='file' aria-labelledby='f{number}'>\n"
    yield f"<h3 id='f{number}'>{_code(file.file)}</h3>\n"
    for at, finding in enumerate(file.findings, 1):
        yield from _finding(f"f{number}-{at}", file, finding)
    yield from _list(
        "Not verified",
        (f"{_rule(o.rule)}, line {o.place.region.line}: {_prose(o.reason)}" for o in file.skipped),
    )
    yield from _list(
        "Not looked at", (f"{_code(gap.what)}: {_prose(gap.reason)}" for gap in file.coverage)
    )
    yield from _suppressed(file)
    yield from _credentials(file)
    yield "</section>\n"


def _finding(anchor: str, file: FileReport, finding: Finding) -> Iterator[str]:
    yield f"<article id='{anchor}'>\n"
    yield f"<h4>{_badge(finding.severity)} {_rule(finding.rule)}</h4>\n"
    since = f" <em>({wording.OLD})</em>" if finding.is_old else ""
    yield f"<p>{_prose(finding.message)}{since}</p>\n"
    marks, elsewhere = marks_of(file, finding)
    if rows := list(excerpt(file.lines, marks, _painted)):
        yield f"<pre tabindex='0'>{_unpainted(chr(10).join(rows))}</pre>\n"
    if elsewhere:
        yield f"<ul>{''.join(map(_related, elsewhere))}</ul>\n"
    yield from _remarks(finding)
    yield "</article>\n"


def _related(related: Related) -> str:
    place = f"{related.place.file}:{related.place.region.line}"
    return f"<li>{_code(place)}: {_prose(related.message)}</li>"


def _painted(style: str, text: str) -> str:
    return f"{_OPEN}{_STYLES.get(style, 'g')}{text}{_CLOSE}"


def _unpainted(text: str) -> str:
    text = escape(text)
    for letter in _STYLES.values():
        text = text.replace(f"{_OPEN}{letter}", f"<span class='{letter}'>")
    return text.replace(_CLOSE, "</span>")


def _remarks(finding: Finding) -> Iterator[str]:
    said = []
    if finding.job is not None:
        step = "" if finding.step is None else f", step {finding.step}"
        said.append(("job", f"{_code(finding.job)}{step}"))
    if finding.fix:
        said.append(("fix", _prose(wording.fix_title(finding.fix))))
        said += [("first", _prose(one)) for one in finding.fix.first]
        said += [("doubt", _prose(one)) for one in finding.fix.doubts]
    elif finding.unfixed:
        said.append(("no fix", _prose(finding.unfixed)))
    if said:
        rows = "".join(f"<div><dt>{name}</dt><dd>{text}</dd></div>" for name, text in said)
        yield f"<dl class='remarks'>{rows}</dl>\n"


def _list(title: str, items: Iterator[str]) -> Iterator[str]:
    rows = [f"<li>{item}</li>\n" for item in items]
    if rows:
        yield f"<h4>{title}</h4>\n<ul>\n{''.join(rows)}</ul>\n"


def _suppressed(file: FileReport) -> Iterator[str]:
    yield from _list(
        "Suppressed",
        (
            f"{_rule(one.finding.rule)}, line {one.finding.place.region.line},"
            f" {_prose(wording.excused_by(one))}"
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
    token = _prose(", ".join([job.id_token, *job.derivation]))
    subjects = "<br>".join(_code(subject) for subject in job.subjects)
    head, tail = f"<th scope='row'>{_code(job.job)}</th>", f"<td>{token}</td><td>{subjects}</td>"
    if not job.credentials and job.id_token != "none":
        yield f"<tr>{head}<td>-</td><td>line {job.line}</td><td>-</td>{tail}</tr>\n"
    for use in job.credentials:
        where = f"line {use.line}" + ("" if use.step is None else f", step {use.step}")
        source = _prose(use.source) if "`" in use.source else _code(use.source)
        cells = f"<td>{_text(use.kind)}</td><td>{where}</td><td>{source}</td>"
        yield f"<tr>{head}{cells}{tail}</tr>\n"
