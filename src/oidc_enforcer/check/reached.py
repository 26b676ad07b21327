"""Which jobs a key reaches that the workflow's own `env` holds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from oidc_enforcer.finding import Finding
from oidc_enforcer.source import Span
from oidc_enforcer.workflow.reading import Reading

#: More jobs than these are counted.
_MOST = 5


def with_jobs(subject: Reading, findings: list[Finding]) -> list[Finding]:
    """The findings, those above all jobs with the jobs that they reach in words.

    Each keeps the job under whose name exceptions and fingerprints know it.
    """
    env = subject.workflow.root.get("env") if subject.workflow is not None else None
    if env is None:
        return findings
    above = {
        one.place.span
        for one in findings
        if one.place.file == subject.file.path and env.span.start <= one.place.span.start
        if one.place.span.start < env.span.end and one.job is not None
    }
    if not above:
        return findings
    jobs = dict.fromkeys(above, "")
    jobs |= {span: _words(reached, subject) for span, reached in _reached(subject, above)}
    return [one._replace(reaches=jobs.get(one.place.span, "")) for one in findings]


def _reached(subject: Reading, spans: Iterable[Span]) -> Iterator[tuple[Span, list[str]]]:
    found: dict[Span, dict[str, None]] = {span: {} for span in spans}
    for job in subject.jobs:
        # NOTE: a called workflow does not get its caller's `env`.
        if job.job is None or job.job.uses is not None:
            continue
        for one in job.credentials:
            if one.file is subject.file and one.at in found:
                found[one.at][job.job.id] = None
    return ((span, list(names)) for span, names in found.items())


def _words(names: list[str], subject: Reading) -> str:
    if len(names) < 2:
        return names[0] if names else ""
    if len(names) == len(subject.jobs):
        return "every job"
    more = len(names) - _MOST
    return ", ".join(names[:_MOST]) + (f" and {more:,} more" if more > 0 else "")
