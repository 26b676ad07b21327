"""From a report to its verdict, and of each format to its place; a format is imported at need."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Mapping

from oidc_enforcer.cli import CLEAN, FINDINGS, UNVERIFIED, let_go_of_stdout
from oidc_enforcer.cli.options import Target
from oidc_enforcer.errors import UserError
from oidc_enforcer.report import FileReport, Report
from oidc_enforcer.reporters import Detail


def verdict(report: Report, *, fail_on: str, strict: bool) -> int:
    """The exit code that a report deserves."""
    summary = report.summary
    if strict and (summary.skipped or any(map(_has_gap, report.files))):
        return UNVERIFIED
    counted = {"error": summary.errors, "warning": summary.warnings, "note": summary.notes}
    levels = list(counted)
    failing = levels[: levels.index(fail_on) + 1] if fail_on in counted else []
    return FINDINGS if any(counted[level] for level in failing) else CLEAN


def _has_gap(file: FileReport) -> bool:
    return any(not gap.is_chosen for gap in file.coverage)


def explain_status(status: int) -> None:
    """Says on standard error what an exit code means that the report does not show."""
    if status == UNVERIFIED:
        print(
            "oidc-enforcer: something could not be verified, and --strict makes that a failure",
            file=sys.stderr,
        )


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
    try:
        for target in sorted(targets, key=_is_stdout):
            _deliver(target, report, color, detail)
        sys.stdout.flush()
    except BrokenPipeError:
        let_go_of_stdout()  # whoever reads has seen enough; the verdict stands
    except OSError as problem:
        let_go_of_stdout()
        reason = (problem.strerror or "it cannot be written").lower()
        raise UserError(f"cannot write standard output: {reason}", "make room for it") from problem


def write_stdout(text: Iterable[str]) -> None:
    """Writes the chunks to standard output; raises UserError when it cannot be written."""
    iterator = iter(text)
    while (chunk := next(iterator, None)) is not None:
        # NOTE: only writing is guarded; an error while the text is made is not the stream's.
        try:
            sys.stdout.write(chunk)
            sys.stdout.flush()
        except BrokenPipeError:
            let_go_of_stdout()
            return
        except OSError as problem:
            let_go_of_stdout()
            reason = (problem.strerror or "it cannot be written").lower()
            message = f"cannot write standard output: {reason}"
            raise UserError(message, "make room for it") from problem


def refuse_unwritable(targets: Iterable[Target]) -> None:
    """Says before the work what would fail after it."""
    for _, path in targets:
        folder = os.path.dirname(path) or "."
        if path and os.path.isdir(path):
            raise UserError(f"cannot write `{path}`: it is a folder", "name a file in it")
        if path and not os.path.isdir(folder):
            problem = f"cannot write `{path}`: there is no folder `{folder}`"
            raise UserError(problem, "make it first")


def _deliver(target: Target, report: Report, choice: str, detail: Detail) -> None:
    color = wants_color(
        choice,
        {} if target.path else os.environ,
        is_terminal=not target.path and sys.stdout.isatty(),
    )
    text = chunks(target.format, report, color=color, detail=detail)
    if target.path:
        write_file(target.path, text)
        return
    for chunk in text:
        sys.stdout.write(chunk)


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


def reason(rule: str) -> str:
    """Why a rule matters, in one paragraph; empty for a rule without a page."""
    from oidc_enforcer.rules.pages import page

    found = page(rule)
    return found.why if found else ""


def write_file(path: str, text: Iterable[str]) -> None:
    """Writes the chunks; raises UserError when the file cannot be written."""
    try:
        stream = open(path, "w", encoding="utf-8", errors="backslashreplace", newline="\n")  # noqa: SIM115
    except OSError as problem:
        raise _unwritable(path, problem) from problem
    # NOTE: only writing is guarded; an error while the text is made is not the file's.
    with stream:
        for chunk in text:
            try:
                stream.write(chunk)
            except OSError as problem:
                raise _unwritable(path, problem) from problem
        try:
            stream.flush()
        except OSError as problem:
            raise _unwritable(path, problem) from problem


def _unwritable(path: str, problem: OSError) -> UserError:
    reason = (problem.strerror or "it cannot be written").lower()
    return UserError(f"cannot write `{path}`: {reason}", "choose another file for this format")
