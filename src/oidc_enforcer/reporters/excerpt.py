"""Source lines with a gutter, and carets under what is meant."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple

from oidc_enforcer.finding import Finding, Place, Related
from oidc_enforcer.masking import mask_line
from oidc_enforcer.report import FileReport
from oidc_enforcer.reporters.visible import laid_out, shown

#: `paint(style, text)`; a style is a severity's word or `gutter`, `related`, `strong`, `faint`.
Paint = Callable[[str, str], str]

#: Longer lines are cut around what is meant; this much before it stays.
_COLUMNS = 140
_BEFORE = 40


class Mark(NamedTuple):
    """A stretch to underline; columns from 1, `end` exclusive, None for the end of the line."""

    line: int
    column: int
    end: int | None
    style: str
    label: str


def plain(style: str, text: str) -> str:
    """Paints nothing."""
    return text


def excerpt(lines: Mapping[int, str], marks: Iterable[Mark], paint: Paint = plain) -> Iterator[str]:
    """Rows without line breaks; marks of lines that are not at hand are left out."""
    wanted = sorted((mark for mark in marks if mark.line in lines), key=attrgetter("line"))
    if not wanted:
        return
    gutter = len(str(wanted[-1].line))
    bar = paint("gutter", "|")
    yield f"{' ' * gutter} {bar}"
    before = wanted[0].line - 1
    for number, group in groupby(wanted, key=attrgetter("line")):
        if number > before + 1:
            yield paint("gutter", "." * max(3, gutter))
        before = number
        source = mask_line(lines[number].rstrip("\r\n"))
        here = list(group)
        previous = None
        widths: list[int] = []
        for mark, window in zip(here, _windows(source, here), strict=True):
            if window != previous:
                row, widths = _row(source, window)
                yield f"{paint('gutter', str(number).rjust(gutter))} {bar} {row}".rstrip()
            previous = window
            under = _underline(_span(source, mark), window[0], widths)
            yield f"{' ' * gutter} {bar} {_labelled(under, mark, paint)}"


def marks_of(file: FileReport, finding: Finding) -> tuple[list[Mark], list[Related]]:
    """The marks of a finding and of what belongs to it, and what of that is not at hand."""
    marks = [mark_of(finding.place, finding.severity.word, "")]
    elsewhere = []
    for related in finding.related:
        if related.place.file == file.file and related.place.region.line in file.lines:
            marks.append(mark_of(related.place, "related", related.message))
        else:
            elsewhere.append(related)
    return marks, elsewhere


def mark_of(place: Place, style: str, label: str) -> Mark:
    """The mark of a place; a place of several lines is marked on its first."""
    region = place.region
    if region.end_line > region.line:
        tail = f"to line {region.end_line}"
        return Mark(region.line, region.column, None, style, f"{label} ({tail})" if label else tail)
    return Mark(region.line, region.column, region.end_column, style, label)


def _windows(source: str, marks: Sequence[Mark]) -> Iterator[tuple[int, int]]:
    """For each mark, which part of the line is shown; one part for all if that is enough."""
    if len(source) <= _COLUMNS:
        yield from [(0, len(source))] * len(marks)
        return
    spans = [_span(source, mark) for mark in marks]
    start, end = min(span[0] for span in spans), max(span[1] for span in spans)
    if end - start <= _COLUMNS - _BEFORE:
        spans = [(start, end)] * len(marks)
    for start, _ in spans:
        left = max(0, min(start - _BEFORE, len(source) - _COLUMNS))
        yield left, min(len(source), left + _COLUMNS)


def _span(source: str, mark: Mark) -> tuple[int, int]:
    """The marked characters, counted from 0."""
    end = len(source) if mark.end is None else min(mark.end - 1, len(source))
    return min(mark.column - 1, len(source)), end


def _row(source: str, window: tuple[int, int]) -> tuple[str, list[int]]:
    """What is shown of the line, and the columns that each of its characters takes."""
    left, right = window
    text, widths = laid_out(source[left:right])
    return "…" * (left > 0) + text + "…" * (right < len(source)), widths


def _underline(span: tuple[int, int], left: int, widths: list[int]) -> tuple[int, int]:
    """How many columns stay blank, and how many are underlined."""
    start, end = span[0] - left, max(0, span[1] - left)
    return (left > 0) + sum(widths[:start]), max(1, sum(widths[start:end]))


def _labelled(under: tuple[int, int], mark: Mark, paint: Paint) -> str:
    blank, length = under
    line = ("-" if mark.style == "related" else "^") * length
    label = f" {shown(mark.label)}" if mark.label else ""
    return " " * blank + paint(mark.style, line + label)
