"""For GitHub Actions: workflow commands that become annotations on the pull request.

GitHub shows ten errors, ten warnings and ten notices of a step and cuts a message at 4,096
characters (actions/runner, `_maxCountPerIssueType`; docs: "Workflow commands"). What does not fit
is counted in a last notice.
"""

from __future__ import annotations

from collections.abc import Iterator

from oidc_enforcer.finding import Finding, Severity
from oidc_enforcer.report import Report
from oidc_enforcer.reporters import wording
from oidc_enforcer.reporters.visible import shown

LIMIT = 10
_MESSAGE_LENGTH = 4000
_TITLE_LENGTH = 255

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}


def render(report: Report, *, taken: bool = False) -> Iterator[str]:
    """One command per line, in the order of the report, at most ten of a kind.

    `taken`: a notice was printed already, and counts.
    """
    sent = dict.fromkeys(_COMMANDS, 0)
    sent[Severity.NOTE] += taken
    left = dict.fromkeys(_COMMANDS, 0)
    doubts = gaps = excused = 0
    last_note: Finding | None = None
    for said in wording.in_force(report.context):
        if said.startswith("BREAK-GLASS"):
            yield line("warning", {"title": "break-glass"}, shown(said))
            sent[Severity.WARNING] += 1
    for file in report.files:
        doubts += len(file.skipped)
        gaps += len(file.coverage)
        excused += len(file.suppressed)
        for finding in file.findings:
            kind = finding.severity
            if sent[kind] == LIMIT:
                left[kind] += 1
                continue
            sent[kind] += 1
            if kind is Severity.NOTE and sent[kind] == LIMIT:
                last_note = finding  # its slot may be needed for the last notice
                continue
            yield _command(finding)
    if last_note and not (doubts or gaps or excused or any(left.values())):
        yield _command(last_note)
        last_note = None
    left[Severity.NOTE] += last_note is not None
    yield from _rest(left, doubts, gaps, excused)


def _command(finding: Finding) -> str:
    region = finding.place.region
    properties = {
        "file": shown(finding.place.file),
        "line": str(region.line),
        "endLine": str(region.end_line),
        "col": str(region.column),
        "endColumn": str(region.end_column),
        "title": finding.rule[:_TITLE_LENGTH],
    }
    if region.end_line != region.line:
        # The runner drops columns when the lines differ (`ActionCommandManager.cs`).
        del properties["col"], properties["endColumn"]
    elif region.end_column <= region.column:
        del properties["endColumn"]
    message = "\n".join(_message(finding))
    return line(_COMMANDS[finding.severity], properties, message)


def _message(finding: Finding) -> Iterator[str]:
    yield shown(finding.message)
    for related in finding.related:
        place = f"line {related.place.region.line}"
        if related.place.file != finding.place.file:
            place = f"{shown(related.place.file)}, {place}"
        yield f"{place}: {shown(related.message)}"
    if finding.is_old:
        yield wording.OLD
    if finding.fix:
        yield f"fix: {shown(wording.fix_title(finding.fix))}"


def _rest(left: dict[Severity, int], doubts: int, gaps: int, excused: int) -> Iterator[str]:
    said = [wording.counted(number, severity.word) for severity, number in left.items() if number]
    messages = []
    if said:
        messages.append(f"{', '.join(said)} more: GitHub shows {LIMIT} of a kind for each step")
    if doubts:
        messages.append(f"{wording.counted(doubts, 'place')} could not be verified")
    if gaps:
        messages.append(f"{wording.counted(gaps, 'thing')} not looked at")
    if excused:
        messages.append(f"{wording.counted(excused, 'finding')} suppressed")
    if messages:
        yield line("notice", {"title": "oidc-enforcer"}, "; ".join(messages))


def line(command: str, properties: dict[str, str], message: str) -> str:
    """A workflow command; the message may have line breaks, and both are escaped."""
    if len(message) > _MESSAGE_LENGTH:
        message = f"{message[: _MESSAGE_LENGTH - 1]}…"
    listed = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    return f"::{command} {listed}::{_data(message)}\n"


def _data(text: str) -> str:
    """A message as the runner unescapes it (`ActionCommand.cs`): `%` first."""
    text = text.encode("utf-8", "backslashreplace").decode("utf-8")
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
