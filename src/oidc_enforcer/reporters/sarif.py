"""For code scanning: SARIF 2.1.0 (OASIS) within the limits of GitHub's upload.

GitHub refuses a file of more than 25,000 results and shows the first 5,000 (docs: "SARIF support
for code scanning"); beyond that limit the worst come first and a notification counts the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, NamedTuple

from oidc_enforcer import __version__
from oidc_enforcer.finding import Finding, Fix, Place, Rule, Severity, Skipped
from oidc_enforcer.masking import mask_text, redact
from oidc_enforcer.report import FileReport, Gap, Report, Suppressed
from oidc_enforcer.reporters import HOME, wording
from oidc_enforcer.reporters.json import encode
from oidc_enforcer.reporters.visible import shown
from oidc_enforcer.reporters.wording import provenance
from oidc_enforcer.source import Region

LIMIT = 25_000
SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_RELATED_LIMIT = 100
_SHORT_LENGTH = 1024
_PROBLEM = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "recommendation"}
_SAFE_IN_URI = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/")

_NOT_VERIFIED = "not-verified"
_NOT_LOOKED_AT = "not-looked-at"
_NOT_LISTED = "not-listed"
_IN_FORCE = "in-force"
_NOTIFICATIONS = {
    _NOT_VERIFIED: "a rule could not tell whether this place is right",
    _NOT_LOOKED_AT: "something that belongs to the judgement was not looked at",
    _NOT_LISTED: "there are more results than a SARIF file may hold",
    _IN_FORCE: "what governs the run: break-glass exceptions, ring, configuration",
}


class _Result(NamedTuple):
    finding: Finding
    suppressed: Suppressed | None


def render(
    report: Report,
    *,
    rules: Sequence[Rule] = (),
    pages: Mapping[str, str] | None = None,
    why: Callable[[str], str] | None = None,
    category: str = "",
) -> Iterator[str]:
    """The report in two walks; `pages` are the rules' pages in Markdown, `category` tells runs
    of one commit apart (`automationDetails`)."""
    index = {rule.id: at for at, rule in enumerate(rules)}
    yield f'{{"version": "2.1.0",\n "$schema": "{SCHEMA}",\n "runs": [{{\n'
    yield f'  "tool": {encode(_tool(rules, pages or {}, why))},\n'
    yield '  "columnKind": "unicodeCodePoints",\n'
    yield f'  "automationDetails": {encode({"id": f"oidc-enforcer/{redact(category)}"})},\n'
    root = {"description": {"text": "the directory that the paths are relative to"}}
    yield f'  "originalUriBaseIds": {encode({"%SRCROOT%": root})},\n'
    yield '  "results": ['
    yield from _items(_result(one, index) for one in islice(_worst_first(report), LIMIT))
    yield '],\n  "invocations": [{"executionSuccessful": true, "toolExecutionNotifications": ['
    yield from _items(_notifications(report, index))
    about = {_message(name): _message(value) for name, value in provenance(report.context)}
    yield f']}}],\n  "properties": {encode({"context": about})}\n }}]}}\n'


def _items(items: Iterable[dict[str, Any]]) -> Iterator[str]:
    before = "\n   "
    for item in items:
        yield before + encode(item)
        before = ",\n   "


def _number(report: Report) -> int:
    counts = report.summary
    return counts.errors + counts.warnings + counts.notes + counts.suppressed


def _worst_first(report: Report) -> Iterator[_Result]:
    """In the order of the report if all fit; else by severity, suppressed ones last."""
    if _number(report) <= LIMIT:
        for file in report.files:
            yield from _results(file)
        return
    for severity in sorted(Severity, reverse=True):
        for file in report.files:
            yield from (_Result(one, None) for one in file.findings if one.severity is severity)
    for file in report.files:
        yield from (_Result(one.finding, one) for one in file.suppressed)


def _results(file: FileReport) -> Iterator[_Result]:
    yield from (_Result(finding, None) for finding in file.findings)
    yield from (_Result(one.finding, one) for one in file.suppressed)


def _tool(
    rules: Sequence[Rule], pages: Mapping[str, str], why: Callable[[str], str] | None
) -> dict[str, Any]:
    return {
        "driver": {
            "name": "oidc-enforcer",
            "version": __version__,
            "semanticVersion": __version__,
            "informationUri": HOME,
            "rules": [
                _rule(rule, pages.get(rule.id, rule.summary), why and why(rule.id))
                for rule in rules
            ],
            "notifications": [
                {"id": name, "shortDescription": {"text": text}}
                for name, text in _NOTIFICATIONS.items()
            ],
        }
    }


def _rule(rule: Rule, page: str, reason: str | None) -> dict[str, Any]:
    uri = f"{HOME}/blob/main/docs/rules/{rule.id}.md"
    return {
        "id": rule.id,
        "name": "".join(word.capitalize() for word in rule.id.split("-")),
        "shortDescription": {"text": rule.summary[:_SHORT_LENGTH]},
        "fullDescription": {"text": (reason or rule.summary)[:_SHORT_LENGTH]},
        "help": {"text": f"{reason or rule.summary}\n\n{uri}", "markdown": page},
        "helpUri": uri,
        "defaultConfiguration": {"level": rule.severity.word},
        "properties": {
            "tags": ["security", "aws", "oidc"],
            "precision": "high",
            "problem.severity": _PROBLEM[rule.severity],
        },
    }


def _result(result: _Result, index: Mapping[str, int]) -> dict[str, Any]:
    finding, suppressed = result
    location = _location(finding.place)
    properties: dict[str, Any] = {}
    if finding.job is not None:
        properties["job"] = _message(finding.job)
        location["logicalLocations"] = [{"name": _message(finding.job), "kind": "job"}]
    if finding.step is not None:
        properties["step"] = finding.step
    value: dict[str, Any] = {
        "ruleId": finding.rule,
        "level": finding.severity.word,
        "message": {"text": _message(finding.message)},
        "locations": [location],
        "partialFingerprints": {"oidcEnforcer/v1": redact(finding.fingerprint)},
    }
    if finding.rule in index:
        value["ruleIndex"] = index[finding.rule]
    if finding.is_old is not None:
        value["baselineState"] = "unchanged" if finding.is_old else "new"
    if finding.related:
        value["relatedLocations"] = [
            {"id": at, **_location(one.place), "message": {"text": _message(one.message)}}
            for at, one in enumerate(finding.related[:_RELATED_LIMIT], 1)
        ]
    if finding.fix and (fix := _fix(finding, finding.fix)):
        value["fixes"] = [fix]
    if suppressed:
        value["suppressions"] = [_suppression(suppressed)]
    if properties:
        value["properties"] = properties
    return value


def _suppression(suppressed: Suppressed) -> dict[str, Any]:
    return {
        "kind": "inSource" if suppressed.by == "inline" else "external",
        "status": "accepted",
        "justification": _message(wording.excused_by(suppressed)),
    }


def _fix(finding: Finding, fix: Fix) -> dict[str, Any] | None:
    """None when a secret would stand in it: a masked replacement must not be applied."""
    files = ((finding.place.file, fix.edits, fix.regions), *fix.elsewhere)
    if any(len(regions) != len(edits) for _, edits, regions in files):
        return None
    if any(mask_text(edit.text) != edit.text for _, edits, _ in files for edit in edits):
        return None
    return {
        "description": {"text": _message(fix.title)},
        "artifactChanges": [
            {
                "artifactLocation": _artifact(path),
                "replacements": [
                    {"deletedRegion": _region(region), "insertedContent": {"text": edit.text}}
                    for region, edit in zip(regions, edits, strict=True)
                ],
            }
            for path, edits, regions in files
        ],
    }


def _notifications(report: Report, index: Mapping[str, int]) -> Iterator[dict[str, Any]]:
    more = _number(report) - LIMIT
    if more > 0:
        yield _notification(_NOT_LISTED, f"{more} more results are not listed here", None)
    for said in wording.in_force(report.context):
        notice = _notification(_IN_FORCE, said, None)
        is_loud = said.startswith("BREAK-GLASS")
        yield {**notice, "level": "warning"} if is_loud else notice
    for file in report.files:
        for skipped in file.skipped:
            yield _skipped(skipped, index)
        for gap in file.coverage:
            yield _gap(file, gap)


def _skipped(skipped: Skipped, index: Mapping[str, int]) -> dict[str, Any]:
    value = _notification(_NOT_VERIFIED, skipped.reason, _location(skipped.place))
    if skipped.rule in index:
        value["associatedRule"] = {"id": skipped.rule, "index": index[skipped.rule]}
    return value


def _gap(file: FileReport, gap: Gap) -> dict[str, Any]:
    where = {"physicalLocation": {"artifactLocation": _artifact(file.file)}}
    return _notification(_NOT_LOOKED_AT, f"`{gap.what}`: {gap.reason}", where)


def _notification(kind: str, text: str, location: dict[str, Any] | None) -> dict[str, Any]:
    value: dict[str, Any] = {
        "descriptor": {"id": kind},
        "level": "warning" if kind == _NOT_LISTED else "note",
        "message": {"text": _message(text)},
    }
    if location:
        value["locations"] = [location]
    return value


def _message(text: str) -> str:
    """Text of the repository may not become a link (SARIF 3.11.6, embedded links)."""
    return shown(text).replace("](", "] (")


def _location(place: Place) -> dict[str, Any]:
    return {
        "physicalLocation": {
            "artifactLocation": _artifact(place.file),
            "region": _region(place.region),
        }
    }


def _region(region: Region) -> dict[str, int]:
    return {
        "startLine": region.line,
        "startColumn": region.column,
        "endLine": region.end_line,
        "endColumn": region.end_column,
    }


def _artifact(path: str) -> dict[str, str]:
    path = redact(path)
    if path.startswith("/"):
        return {"uri": f"file://{_uri(path)}"}
    return {"uri": _uri(path), "uriBaseId": "%SRCROOT%"}


def _uri(path: str) -> str:
    """The path percent-encoded by its bytes; those that are no UTF-8 come back as they were."""
    try:
        data = path.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        data = path.encode("utf-8", "surrogatepass")
    return "".join(chr(byte) if byte in _SAFE_IN_URI else f"%{byte:02X}" for byte in data)
