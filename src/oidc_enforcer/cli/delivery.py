"""From a report to its verdict, and of each format to its place; a format is imported at need."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from functools import cache

from oidc_enforcer.cli import CLEAN, FINDINGS, UNVERIFIED, console
from oidc_enforcer.cli.options import Target
from oidc_enforcer.errors import UserError
from oidc_enforcer.finding import Severity
from oidc_enforcer.report import FileReport, Report
from oidc_enforcer.reporters import Detail

#: Doubts that a run names which is not asked for more.
_MOST_DOUBTS = 20
#: Why a run is not clean that has found nothing.
UNSEEN = "something is out of sight that is so by nobody's accident: the report names it"


def verdict(report: Report, *, fail_on: str, strict: bool) -> int:
    """The exit code that a report deserves."""
    summary = report.summary
    if report.unseen and fail_on != "never":
        return UNVERIFIED
    if strict and (summary.skipped or any(file.has_gap for file in report.files)):
        return UNVERIFIED
    counted = {
        Severity.ERROR: summary.errors,
        Severity.WARNING: summary.warnings,
        Severity.NOTE: summary.notes,
    }
    failing = sum(count for level, count in counted.items() if level.fails(fail_on))
    return FINDINGS if failing else CLEAN


def explain_status(status: int, report: Report | None = None) -> None:
    """Says on standard error what an exit code means that the report does not show."""
    if status == UNVERIFIED and report is not None and report.unseen:
        console.complain(UNSEEN)
    elif status == UNVERIFIED:
        console.complain("something could not be verified, and --strict makes that a failure")


def name_doubts(status: int, report: Report) -> None:
    """Says on standard error what could not be verified, where that fails a run that is quiet."""
    if status == UNVERIFIED:
        from oidc_enforcer.reporters.text import doubts

        console.remark(*doubts(report, _MOST_DOUBTS))


def wants_color(choice: str, environment: Mapping[str, str], *, is_terminal: bool) -> bool:
    """`--color`, then NO_COLOR (no-color.org), then FORCE_COLOR, then whether a terminal reads."""
    if choice != "auto":
        return choice == "always"
    if environment.get("NO_COLOR"):
        return False
    if environment.get("FORCE_COLOR", "0") not in ("", "0"):
        return True
    return is_terminal and environment.get("TERM") != "dumb"


def deliver(report: Report, targets: Iterable[Target], *, color: str, detail: Detail) -> None:
    """Writes each format to its place; raises UserError where it cannot be written."""
    for target in sorted(targets, key=_is_stdout):
        name, path = target
        if path:
            colored = color == "always"
            console.write_file(path, chunks(name, report, color=colored, detail=detail))
        else:
            colored = is_colored(color)
            console.write(chunks(name, report, color=colored, detail=detail))


def is_colored(choice: str) -> bool:
    """Whether standard output gets colours, by `--color`, the environment and who reads."""
    return wants_color(choice, os.environ, is_terminal=console.is_terminal())


def refuse_unwritable(targets: Iterable[Target]) -> None:
    """Says before the work what would fail after it."""
    for _, path in targets:
        folder = os.path.dirname(path) or "."
        if path and os.path.isdir(path):
            raise UserError(f"cannot write `{path}`: it is a folder", "name a file in it")
        if path and not os.path.isdir(folder):
            problem = f"cannot write `{path}`: there is no folder `{folder}`"
            raise UserError(problem, "make it first")


def _is_stdout(target: Target) -> bool:
    """Files first: whoever reads standard output may stop reading."""
    return not target.path


def chunks(name: str, report: Report, *, color: bool, detail: Detail) -> Iterator[str]:
    """The report in a format; `color` and `detail` are for text alone."""
    match name:
        case "text":
            from oidc_enforcer.reporters.text import render as render_text

            return render_text(report, color=color, detail=detail, why=reason)
        case "json":
            from oidc_enforcer.reporters.json import render as render_json

            return render_json(report, why=reason)
        case "sarif":
            from oidc_enforcer.reporters.sarif import render as render_sarif
            from oidc_enforcer.rules import RULES
            from oidc_enforcer.rules.pages import pages

            markdown = {page.rule: page.markdown for page in pages()}
            rules = [module.RULE for module in RULES]
            return render_sarif(report, rules=rules, pages=markdown, why=reason)
        case "github":
            from oidc_enforcer.reporters.annotations import render as render_annotations

            return render_annotations(report)
        case "markdown":
            from oidc_enforcer.reporters.markdown import render as render_markdown

            return render_markdown(report)
        case "html":
            from oidc_enforcer.reporters.html import render as render_html

            return render_html(report, why=reason)
        case _:
            raise ValueError(f"no format {name}")


def digested(file: FileReport) -> FileReport:
    """The report of a file that only the JSON format is to print."""
    from oidc_enforcer.reporters.json import digested as digested_json

    return digested_json(file, why=reason)


@cache
def reason(rule: str) -> str:
    """Why a rule matters, in one paragraph; empty for a rule without a page."""
    from oidc_enforcer.rules.pages import page

    found = page(rule)
    return found.why if found else ""
