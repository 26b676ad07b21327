"""A whole organisation at a terminal: a row for each repository that uses AWS or has findings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from oidc_enforcer.report import FileReport, Tally
from oidc_enforcer.reporters.visible import clip, shown
from oidc_enforcer.reporters.wording import counted

_HEAD = ("aws jobs", "by oidc", "by keys", "errors", "warnings", "notes")
_NAME = 60


class Row(NamedTuple):
    """A repository's figures; `ring` is the ring that it is in, "" where there are none."""

    name: str
    tally: Tally
    ring: str = ""


def render(
    rows: Iterable[Row], about: Iterable[FileReport], left_out: Iterable[str]
) -> Iterator[str]:
    """The table, keys first, then what there is to say of the organisation itself."""
    told = sorted((row for row in rows if row.tally.aws_jobs or any(row.tally[:3])), key=_first)
    if told:
        yield from _table(told)
    for report in about:
        yield from _findings(report)
        for skip in report.skipped:
            yield f"{shown(skip.place.file)}: not verified[{skip.rule}]: {shown(skip.reason)}\n"
    for words in left_out:
        yield f"{shown(words)}\n"


def in_short(rows: Iterable[Row], about: Iterable[FileReport]) -> Iterator[str]:
    """A line for each repository with findings, and for each of the organisation itself."""
    for row in sorted((row for row in rows if any(row.tally[:3])), key=_first):
        found = zip(row.tally[:3], ("error", "warning", "note"), strict=True)
        words = ", ".join(counted(number, noun) for number, noun in found if number)
        yield f"{shown(row.name)}: {words}\n"
    for report in about:
        yield from _findings(report)


def _first(row: Row) -> tuple[int, int, str]:
    return -row.tally.static_jobs, -row.tally.errors, row.name.lower()


def _findings(report: FileReport) -> Iterator[str]:
    for finding in report.findings:
        where = f"{finding.place.file}: {finding.severity.word}[{finding.rule}]"
        yield f"{shown(where)} {shown(finding.message)}\n"


def _table(rows: list[Row]) -> Iterator[str]:
    names = [clip(shown(row.name), _NAME) for row in rows]
    width = max(len("repository"), *map(len, names))
    has_rings = any(row.ring for row in rows)
    heads = "".join(f"  {head}" for head in _HEAD) + ("  ring" if has_rings else "")
    yield f"{'repository':<{width}}{heads}\n"
    for name, row in zip(names, rows, strict=True):
        found = row.tally
        figures = (
            *(found.aws_jobs, found.oidc_jobs, found.static_jobs),
            *(found.errors, found.warnings, found.notes),
        )
        cells = "".join(
            f"  {figure:>{len(head)}}" for figure, head in zip(figures, _HEAD, strict=True)
        )
        ring = f"  {shown(row.ring)}" if has_rings else ""
        yield f"{name:<{width}}{cells}{ring}\n"
