"""From a report to the text of a format, and into a file; a format is imported when wanted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from oidc_enforcer.errors import UserError
from oidc_enforcer.report import Report
from oidc_enforcer.reporters import Detail


class Target(NamedTuple):
    """A format and where it goes; an empty path is standard output."""

    format: str
    path: str


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
