"""Sentences that several formats say alike."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from oidc_enforcer import __version__
from oidc_enforcer.finding import Fix, Safety
from oidc_enforcer.report import JobReport, Summary, Suppressed


def counted(number: int, noun: str) -> str:
    """`1 error`, `2 errors`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def listed(words: Sequence[str]) -> str:
    """`one`, `one and two`, `one, two and three`."""
    return " and ".join([", ".join(words[:-1]), words[-1]] if words[1:] else words)


def counts(summary: Summary, gaps: int = 0) -> str:
    """What was found, in one line; `gaps` is how many things were not looked at."""
    parts = [
        counted(number, noun)
        for number, noun in (
            (summary.errors, "error"),
            (summary.warnings, "warning"),
            (summary.notes, "note"),
        )
        if number
    ] or ["no findings"]
    if summary.skipped:
        parts.append(f"{summary.skipped} not verified")
    if gaps:
        parts.append(f"{gaps} not looked at")
    if summary.suppressed:
        parts.append(f"{summary.suppressed} suppressed")
    return ", ".join(parts)


def per_cent(share: float) -> str:
    """A share for people: 0 and 100 only when it is exactly that."""
    if 0 < share < 0.01:
        return "under 1 %"
    return f"{int(share * 100 + 1e-9)} %"


def adoption(summary: Summary) -> str:
    """How far the move to OIDC has come, in one line."""
    files = counted(summary.files, "file")
    if not summary.files:
        return "no workflow and no action was found: nothing was checked"
    if summary.adoption is None:
        is_doubtful = summary.errors + summary.warnings + summary.notes > 0
        return f"{files}, no job {'is known to use' if is_doubtful else 'uses'} AWS"
    jobs = "1 job uses AWS" if summary.aws_jobs == 1 else f"{summary.aws_jobs} jobs use AWS"
    keyless = summary.keyless_jobs
    others = f", {keyless} otherwise without stored keys" if keyless else ""
    stored = f", {summary.static_jobs} by stored keys" if summary.static_jobs else ""
    return (
        f"{files}, {jobs}, {summary.oidc_jobs} by OIDC{others}{stored}:"
        f" adoption {per_cent(summary.adoption)}"
    )


def id_token(job: JobReport) -> str:
    """Whether a job gets an OIDC token, and why."""
    if job.derivation and job.derivation[0].startswith(job.id_token):
        return ", ".join(job.derivation)
    return ", ".join([job.id_token, *job.derivation])


def unrelated(summary: Summary) -> str:
    """What it means that a file was passed over; empty when none was."""
    if not summary.unrelated_files:
        return ""
    holds = "holds" if summary.unrelated_files == 1 else "hold"
    files = counted(summary.unrelated_files, "file")
    return f"{files} {holds} no AWS text (checked for YAML syntax only)"


def governed(context: Mapping[str, str]) -> Iterator[str]:
    """What makes the verdict another one than the rules alone, loudest first."""
    if said := context.get("break_glass"):
        yield f"BREAK-GLASS: {said}"
    if said := context.get("ring_says"):
        yield said


def in_force(context: Mapping[str, str]) -> Iterator[str]:
    """What governs the run besides the rules, loudest first: break-glass, ring, configuration."""
    yield from governed(context)
    if said := context.get("config_sources"):
        yield f"configuration: {said}"
    if said := context.get("looked_at"):
        yield f"looked at besides the files: {said}"
    if said := context.get("policy_sources"):
        yield f"trust policies: {said}"
    if said := context.get("trust"):
        yield f"not looked at: {said}"
    for key in ("fixes", "help", "contact"):
        if said := context.get(key):
            yield f"{key}: {said}"


#: Said in sentences by `in_force`, or needed for links alone.
_NOT_PROVENANCE = frozenset(
    {
        *("break_glass", "ring_says", "config_sources", "looked_at", "fixes", "help", "contact"),
        *("server", "trust", "version", "policy_sources"),
    }
)


def provenance(context: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """What a report is about, so that it can be told later: names and values."""
    for name, value in context.items():
        if value and name not in _NOT_PROVENANCE:
            yield name, value
    yield "tool", f"oidc-enforcer {__version__}"


_BY = {
    "inline": "a comment",
    "policy": "the configuration",
    "baseline": "the baseline",
    "break-glass": "BREAK-GLASS",
}


def excused_by(suppressed: Suppressed) -> str:
    """By what and until when a finding is excused, and why."""
    by = _BY.get(suppressed.by, suppressed.by)
    until = f" until {suppressed.until}" if suppressed.until else ""
    return f"by {by}{until}: {suppressed.reason}"


OLD = "there before this pull request"


def fix_title(fix: Fix) -> str:
    """The fix, and whether to read it before applying it."""
    return fix.title if fix.safety is Safety.SAFE else f"{fix.title} (review before applying)"
