"""For programs: the stable contract, described by `schemas/report-1.json`.

One line per item, so that a big report can be read line by line.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from json import dumps
from typing import Any

from oidc_enforcer import __version__
from oidc_enforcer.finding import Finding, Fix, Place, PolicyOffer, Related, Skipped
from oidc_enforcer.masking import mask_text, redact
from oidc_enforcer.report import Digest, FileReport, Gap, JobReport, Report, Suppressed
from oidc_enforcer.source import Edit, Region

VERSION = 1


def _no_reason(rule: str) -> str:
    return ""


def render(report: Report, *, why: Callable[[str], str] = _no_reason) -> Iterator[str]:
    """The report in two walks; `why` gives a rule's reason, as its page says it."""
    tool = {"name": "oidc-enforcer", "version": __version__}
    yield f'{{"version": {VERSION},\n "tool": {encode(tool)},\n "findings": ['
    reason = cache(why)
    # Skips and the like are few; what they say is kept as text, so that one walk is enough.
    skipped: list[str] = []
    suppressed: list[str] = []
    coverage: list[str] = []

    def findings() -> Iterator[str]:
        for file in report.files:
            yield file.digest.findings if file.digest else _findings(file, reason)
            skipped.append(file.digest.skipped if file.digest else _skipped(file))
            suppressed.extend(encode(suppressed_data(one)) for one in file.suppressed)
            coverage.append(file.digest.coverage if file.digest else _coverage(file))

    def jobs() -> Iterator[str]:
        return (file.digest.jobs if file.digest else _jobs(file) for file in report.files)

    yield from _items(findings())
    for name, items in (("skipped", skipped), ("suppressed", suppressed)):
        yield f'],\n "{name}": ['
        yield from _items(items)
    yield '],\n "jobs": ['
    yield from _items(jobs())
    yield '],\n "coverage": ['
    yield from _items(coverage)
    context = {redact(name): redact(value) for name, value in report.context.items()}
    summary = report.summary._asdict()
    yield f'],\n "context": {encode(context)},\n "summary": {encode(summary)}}}\n'


def digested(file: FileReport, *, why: Callable[[str], str] = _no_reason) -> FileReport:
    """The report of a file for this format alone: what it says is made already.

    So whoever judges files in several processes has each of them write, too.
    """
    digest = Digest(_findings(file, why), _skipped(file), _jobs(file), _coverage(file))
    return file._replace(findings=(), skipped=(), jobs=(), lines={}, digest=digest)


#: Between two entries of a list.
_NEXT = ",\n  "


def _findings(file: FileReport, why: Callable[[str], str]) -> str:
    return _NEXT.join([encode(finding_data(one, why(one.rule))) for one in file.findings])


def _skipped(file: FileReport) -> str:
    return _NEXT.join([encode(skipped_data(one)) for one in file.skipped])


def _coverage(file: FileReport) -> str:
    return _NEXT.join([encode(_gap(file, one)) for one in file.coverage])


def _jobs(file: FileReport) -> str:
    return _NEXT.join([encode(_job(file, job)) for job in file.jobs])


def encode(value: object) -> str:
    r"""JSON in ASCII on one line; `##[` is broken up, as GitHub's runner takes it for a command."""
    return dumps(value).replace("##[", r"##\u005b")


def _items(items: Iterable[str]) -> Iterator[str]:
    """The entries of a list; an item may be several, or none."""
    before = "\n  "
    for item in filter(None, items):
        yield before + item
        before = _NEXT


def _place(place: Place) -> dict[str, Any]:
    line, column, end_line, end_column = place.region
    return {
        "file": redact(place.file),
        "line": line,
        "column": column,
        "end_line": end_line,
        "end_column": end_column,
    }


def finding_data(finding: Finding, why: str = "") -> dict[str, Any]:
    """A finding as a JSON object; `why` is its rule's reason."""
    return {
        "rule": finding.rule,
        "severity": finding.severity.word,
        **_place(finding.place),
        **_scope(finding),
        "message": redact(finding.message),
        "why": why,
        "fingerprint": redact(finding.fingerprint),
        "new": None if finding.is_old is None else not finding.is_old,
        "related": [_related(related) for related in finding.related],
        "fix": finding.fix and _fix(finding.fix),
        "unfixed": redact(finding.unfixed),
        **({"policy": _policy(finding.policy)} if finding.policy else {}),
    }


def _policy(offer: PolicyOffer) -> dict[str, Any]:
    return {
        "role": redact(offer.role),
        "document": _redacted(offer.document),
        "lets_in": [redact(entry) for entry in offer.lets_in],
        "doubts": [redact(doubt) for doubt in offer.doubts],
        "why_not": redact(offer.why_not),
    }


def _redacted(data: object) -> object:
    """A policy's data without secrets."""
    if isinstance(data, Mapping):
        return {redact(str(key)): _redacted(value) for key, value in data.items()}
    if isinstance(data, list):
        return [_redacted(each) for each in data]
    return redact(data) if isinstance(data, str) else data


def _scope(of: Finding | Skipped) -> dict[str, Any]:
    return {"job": None if of.job is None else redact(of.job), "step": of.step}


def _related(related: Related) -> dict[str, Any]:
    return {**_place(related.place), "message": redact(related.message)}


def _fix(fix: Fix) -> dict[str, Any]:
    """A fix; where its text had to be masked it says so, and cannot be applied from here."""
    every = [*fix.edits, *(edit for other in fix.elsewhere for edit in other.edits)]
    return {
        "title": redact(fix.title),
        "safety": fix.safety.value,
        "masked": any(mask_text(edit.text) != edit.text for edit in every),
        "edits": _edits(fix.edits, fix.regions),
        "elsewhere": [
            {"file": redact(other.path), "edits": _edits(other.edits, other.regions)}
            for other in fix.elsewhere
        ],
        "first": [redact(said) for said in fix.first],
        "doubts": [redact(said) for said in fix.doubts],
    }


def _edits(edits: Iterable[Edit], regions: Iterable[Region]) -> list[dict[str, Any]]:
    return [
        {
            "line": region.line,
            "column": region.column,
            "end_line": region.end_line,
            "end_column": region.end_column,
            "text": mask_text(edit.text),
        }
        for region, edit in zip(regions, edits, strict=False)
    ]


def skipped_data(skipped: Skipped) -> dict[str, Any]:
    """A skip as a JSON object."""
    return {
        "rule": skipped.rule,
        **_place(skipped.place),
        **_scope(skipped),
        "reason": redact(skipped.reason),
    }


def suppressed_data(suppressed: Suppressed) -> dict[str, Any]:
    """A finding that is excused, by what, until when and why."""
    finding = suppressed.finding
    return {
        "rule": finding.rule,
        "severity": finding.severity.word,
        **_place(finding.place),
        "message": redact(finding.message),
        "fingerprint": redact(finding.fingerprint),
        "by": suppressed.by,
        "reason": redact(suppressed.reason),
        "until": redact(suppressed.until),
    }


def _job(file: FileReport, job: JobReport) -> dict[str, Any]:
    return {
        "file": redact(file.file),
        "job": redact(job.job),
        "line": job.line,
        "credentials": [
            {"class": use.kind, "line": use.line, "step": use.step, "source": redact(use.source)}
            for use in job.credentials
        ],
        "counted": job.counted,
        "id_token": job.id_token,
        "derivation": [redact(step) for step in job.derivation],
        "subjects": [redact(subject) for subject in job.subjects],
    }


def _gap(file: FileReport, gap: Gap) -> dict[str, Any]:
    return {
        "what": redact(gap.what),
        "reason": redact(gap.reason),
        "file": redact(file.file),
    }
