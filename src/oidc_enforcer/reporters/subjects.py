"""Which tokens each job can present: for people, and for programs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from oidc_enforcer.masking import redact
from oidc_enforcer.report import FileReport, JobReport, Report, TokenReport
from oidc_enforcer.reporters.json import encode
from oidc_enforcer.reporters.visible import shown

VERSION = 1
_NONE = "no `id-token: write`, so it gets no token"
_CALLS = "calls a workflow, whose jobs present what they get"


def as_text(report: Report) -> Iterator[str]:
    """By file and job: each event, and what `sub` can be; open parts are written `*`."""
    for file in report.files:
        for gap in file.coverage:
            yield f"{shown(gap.what)}: {shown(gap.reason)}\n"
        if file.jobs:
            yield f"{shown(file.file)}\n"
        for job in file.jobs:
            yield f"  {shown(job.job)} (line {job.line})\n"
            yield from (f"    {line}\n" for line in _lines(job))


def _lines(job: JobReport) -> Iterator[str]:
    if not job.tokens:
        yield from map(shown, job.token_gaps or (_NONE if job.id_token == "none" else _CALLS,))
        return
    width = max(len(token.event) for token in job.tokens)
    said: dict[str, None] = {}
    for (event, called_by), tokens in _by_event(job).items():
        subjects = dict.fromkeys(text for token in tokens for text in token.subjects)
        heading = event
        for subject in subjects:
            yield f"{shown(heading).ljust(width)}  {shown(subject)}"
            heading = ""
        if called_by:
            yield f"{'':{width}}  called by job {shown(' by '.join(reversed(called_by)))}"
        said.update(dict.fromkeys(reason for token in tokens for reason in token.unknown))
    yield from (f"not known: {shown(reason)}" for reason in (*said, *job.token_gaps))


def _by_event(job: JobReport) -> dict[tuple[str, tuple[str, ...]], list[TokenReport]]:
    found: dict[tuple[str, tuple[str, ...]], list[TokenReport]] = {}
    for token in job.tokens:
        found.setdefault((token.event, token.called_by), []).append(token)
    return found


def as_json(report: Report) -> Iterator[str]:
    """The same with the other claims that IAM sees; described in `docs/usage.md`."""
    yield f'{{"version": {VERSION},\n "jobs": ['
    before = "\n  "
    for file in report.files:
        for job in file.jobs:
            yield before + encode(_job(file, job))
            before = ",\n  "
    yield '],\n "coverage": ['
    before = "\n  "
    for file in report.files:
        for gap in file.coverage:
            yield before + encode({"what": redact(gap.what), "reason": redact(gap.reason)})
            before = ",\n  "
    yield "]}\n"


def _job(file: FileReport, job: JobReport) -> dict[str, Any]:
    return {
        "file": redact(file.file),
        "job": redact(job.job),
        "line": job.line,
        "id_token": job.id_token,
        "subjects": [redact(subject) for subject in job.subjects],
        "tokens": [_token(token) for token in job.tokens],
        "gaps": [redact(gap) for gap in job.token_gaps],
    }


def _token(token: TokenReport) -> dict[str, Any]:
    return {
        "event": redact(token.event),
        "called_by": [redact(call) for call in token.called_by],
        "subjects": [redact(subject) for subject in token.subjects],
        "claims": {claim: redact(text) for claim, text in token.claims.items()},
        "unknown": [redact(reason) for reason in token.unknown],
    }
