"""For an auditor: one file to keep, send and print, that needs nothing from anywhere.

Nothing is fetched and nothing runs: the policy in its head allows its own style and no more. Text
of the repository is escaped and stands in text alone, never in an attribute.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Iterator
from typing import NamedTuple

from oidc_enforcer import __version__
from oidc_enforcer.finding import Severity
from oidc_enforcer.report import Report
from oidc_enforcer.reporters import html_file, wording
from oidc_enforcer.reporters.html_style import STYLE
from oidc_enforcer.reporters.html_words import badge, code, prose, rule_link, text

#: Places that the index lists under a rule; the files have them all.
_PLACES = 100


class _Listed(NamedTuple):
    """A rule of the index: how often it was broken, and the first places, as anchors and words."""

    severity: Severity
    number: int
    places: tuple[tuple[str, str], ...]


def render(report: Report, *, why: Callable[[str], str] | None = None) -> Iterator[str]:
    """The page in two walks: the index by rule, then file by file with all that was found."""
    index, gaps = _index(report)
    yield from _head(report)
    yield f"<body>\n{_SKIP}<header>\n<h1>{_title(report)}</h1>\n"
    yield f"<p class='verdict'>{text(wording.counts(report.summary, gaps))}</p>\n</header>\n"
    yield "<main id='report'>\n"
    yield from _figures(report)
    yield from _context(report)
    yield from _rules(index, why)
    yield "<section aria-labelledby='files'>\n<h2 id='files'>Files</h2>\n"
    some = False
    for number, file in enumerate(report.files, 1):
        if html_file.is_shown(file):
            some = True
            yield from html_file.section(number, file)
    if not some:
        jobs = ", and no job uses AWS" if report.judges_jobs else ""
        yield f"<p>Nothing was found in any file{jobs}.</p>\n"
    yield "</section>\n</main>\n"
    limits = _LIMITS_OF_JOBS if report.judges_jobs else ""
    yield f"<footer>Made by oidc-enforcer {text(__version__)}. {_MASKED}{limits}</footer>\n"
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
_OF_WORKFLOWS = frozenset({"aws_jobs", "oidc_jobs", "static_jobs", "unrelated_files"})
_LOUD = frozenset({"errors", "warnings", "static_jobs", "skipped"})
_SKIP = "<a class='skip' href='#report'>To the report</a>\n"
_MASKED = "What may be a secret is shown as <code>*</code>."
_LIMITS_OF_JOBS = (
    " Workflows are judged by their text, not by what their scripts and actions do when they run."
)


def _head(report: Report) -> Iterator[str]:
    digest = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
    yield "<!doctype html>\n<html lang='en'>\n<head>\n<meta charset='utf-8'>\n"
    yield (
        "<meta http-equiv='Content-Security-Policy' content=\"default-src 'none';"
        f" style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'\">\n"
    )
    yield "<meta name='viewport' content='width=device-width, initial-scale=1'>\n"
    yield "<meta name='referrer' content='no-referrer'>\n"
    yield f"<title>{_title(report)}</title>\n"
    yield f"<style>{STYLE}</style>\n</head>\n"


def _title(report: Report) -> str:
    return f"OIDC for AWS: {text(report.context.get('repository', '')) or 'report'}"


def _figures(report: Report) -> Iterator[str]:
    summary = report.summary
    yield "<section aria-labelledby='figures'>\n<h2 id='figures'>Summary</h2>\n"
    if summary.adoption is not None:
        share = wording.per_cent(summary.adoption)
        yield (
            f"<svg class='bar' viewBox='0 0 100 3' preserveAspectRatio='none' role='img'"
            f" aria-label='adoption {share}'><rect class='track' width='100' height='3'/>"
            f"<rect class='fill' width='{summary.adoption * 100:.2f}' height='3'/></svg>\n"
        )
    if report.judges_jobs:
        yield f"<p>{text(wording.adoption(summary))}</p>\n"
    if passed_over := wording.unrelated(summary):
        yield f"<p>{text(passed_over)}</p>\n"
    yield "<dl class='figures'>\n"
    for name, label in _FIGURES.items():
        if name in _OF_WORKFLOWS and not report.judges_jobs:
            continue
        number = getattr(summary, name)
        style = f" class='{name}'" if number and name in _LOUD else ""
        yield f"<div{style}><dt>{label}</dt><dd>{number}</dd></div>\n"
    yield "</dl>\n</section>\n"


def _context(report: Report) -> Iterator[str]:
    yield "<section aria-labelledby='context'>\n<h2 id='context'>What was judged</h2>\n<dl>\n"
    for name, value in wording.provenance(report.context):
        yield f"<div><dt>{text(name)}</dt><dd>{code(value)}</dd></div>\n"
    yield "</dl>\n"
    yield from (f"<p>{prose(said)}</p>\n" for said in wording.in_force(report.context))
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
        yield f"<article>\n<h3>{badge(listed.severity)} {rule_link(rule)}: {listed.number}</h3>\n"
        if why and (reason := why(rule)):
            yield f"<p>{prose(' '.join(reason.split()))}</p>\n"
        yield "<ul class='places'>\n"
        for anchor, where in listed.places:
            yield f"<li><a href='#{anchor}'>{code(where)}</a></li>\n"
        if listed.number > len(listed.places):
            yield f"<li>{listed.number - len(listed.places)} more</li>\n"
        yield "</ul>\n</article>\n"
    yield "</section>\n"
