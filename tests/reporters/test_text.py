"""What a person sees, to the caret."""

from __future__ import annotations

import pytest

from oidc_enforcer import __version__
from oidc_enforcer.finding import Finding, Place, Related, Severity
from oidc_enforcer.report import FileReport, Gap, JobReport, Report, Summary, summarise
from oidc_enforcer.reporters import Detail, wording
from oidc_enforcer.reporters.text import render
from oidc_enforcer.source import SourceFile, Span
from tests.reporters.example import STATIC, clean, empty, example, golden, why


def shown(report: Report, *, detail: Detail = Detail.NORMAL, color: bool = False) -> str:
    return "".join(render(report, color=color, detail=detail, why=why))


def excerpt_of(line: str, start: int, end: int, *related: tuple[int, int, str]) -> list[str]:
    """The rows between headline and remarks for one finding on one line, columns from 1."""
    file = SourceFile("a.yml", line)
    places = [Related(Place.of(file, Span(a - 1, b - 1)), label) for a, b, label in related]
    finding = STATIC.finding(file, Span(start - 1, end - 1), "x", related=tuple(places))
    files = (FileReport("a.yml", (finding,), lines={1: line}),)
    rows = shown(Report(files, summarise(files))).splitlines()
    return rows[2 : rows.index("  = help: oidc-enforcer explain static-credentials")]


@pytest.mark.parametrize("detail", list(Detail))
def test_the_example_reads_as_it_should(detail: Detail) -> None:
    text = shown(example(), detail=detail)
    text = text.replace(__version__, "VERSION")
    assert text == golden(f"text-{detail.value}.txt", text)


def test_colours_only_colour() -> None:
    text = shown(example(), color=True)
    assert text.replace("\x1b", "ESC") == golden("text-colour.txt", text.replace("\x1b", "ESC"))
    plain = shown(example())
    for code in ("1;31", "1;33", "1;36", "34", "1", "2", "32", "0"):
        text = text.replace(f"\x1b[{code}m", "")
    assert text == plain


def test_a_clean_run_says_what_it_looked_at_and_quietly_says_nothing() -> None:
    assert shown(clean(), detail=Detail.QUIET) == ""
    assert shown(clean()) == "no findings\n1 file, 1 job uses AWS, 1 by OIDC: adoption 100 %\n"


def test_nothing_to_look_at_is_not_called_clean() -> None:
    assert shown(empty()).endswith("no workflow and no action was found: nothing was checked\n")


def test_doubt_is_said_even_without_findings() -> None:
    files = (FileReport("a.yml", coverage=(Gap("b.yml", "a link"),)),)
    text = shown(Report(files, summarise(files)))
    assert text.startswith("a.yml: note: not looked at: `b.yml`: a link\n\n")


def test_tabs_and_wide_and_combining_characters_keep_the_carets_in_place() -> None:
    assert excerpt_of("\trun: v", 2, 5) == ["1 |     run: v", "  |     ^^^"]
    assert excerpt_of("日本: v", 1, 3) == ["1 | 日本: v", "  | ^^^^"]
    assert excerpt_of("e\u0301x: v", 3, 4) == ["1 | e\u0301x: v", "  |  ^"]
    assert excerpt_of("\u202eab", 2, 3) == ["1 | \\u202eab", "  |       ^"]


def test_a_long_line_is_cut_around_what_is_meant() -> None:
    rows = excerpt_of("a" * 500 + "KEY" + "b" * 500, 501, 504)
    assert rows == [f"1 | …{'a' * 40}KEY{'b' * 97}…", f"  | {' ' * 41}^^^"]
    rows = excerpt_of("KEY" + "b" * 500, 1, 4)
    assert rows == [f"1 | KEY{'b' * 137}…", "  | ^^^"]
    rows = excerpt_of("a" * 500 + "KEY", 501, 504)
    assert rows == [f"1 | …{'a' * 137}KEY", f"  | {' ' * 138}^^^"]


def test_what_is_meant_is_underlined_as_far_as_it_is_shown() -> None:
    row, under = excerpt_of("a" * 1000, 101, 900)
    assert len(row) == len(under) - 4 + 4 + 1
    assert under.endswith("^" * 100)


def test_two_marks_on_a_line_share_it_when_both_fit() -> None:
    assert excerpt_of("id: a, secret: b", 5, 6, (16, 17, "the secret")) == [
        "1 | id: a, secret: *",
        "  |     ^",
        "  |                - the secret",
    ]
    rows = excerpt_of("a" * 1000, 1, 3, (900, 902, "far"))
    assert [row[:4] for row in rows] == ["1 | ", "  | ", "1 | ", "  | "]


@pytest.mark.parametrize(("start", "end"), [(1, 1), (99, 99), (2, 99)])
def test_a_place_without_width_or_beyond_the_line_has_a_caret(start: int, end: int) -> None:
    file = SourceFile("a.yml", "x" * 200)
    finding = STATIC.finding(file, Span(start - 1, end - 1), "x")
    files = (FileReport("a.yml", (finding,), lines={1: "ab"}),)
    assert "^" in shown(Report(files, summarise(files)))


def test_a_place_of_several_lines_is_marked_on_its_first() -> None:
    file = SourceFile("a.yml", "run: |\n  one\n  two\n")
    finding = STATIC.finding(file, Span(5, 16), "x")
    files = (FileReport("a.yml", (finding,), lines={1: "run: |"}),)
    text = shown(Report(files, summarise(files)))
    assert "1 | run: |\n  |      ^ to line 3\n" in text


def test_a_line_that_is_not_at_hand_is_left_out() -> None:
    file = SourceFile("a.yml", "x")
    files = (FileReport("a.yml", (STATIC.finding(file, Span(0, 1), "message"),)),)
    assert shown(Report(files, summarise(files))).startswith(
        "a.yml:1:1: error[static-credentials] message\n"
        "  = help: oidc-enforcer explain static-credentials\n\n"
    )


HOSTILE = "\x1b[2J\x07\u202e\u2028\n\r::error::x\x9b##[add-mask]a"


def test_nothing_of_the_repository_reaches_the_terminal_raw() -> None:
    file = SourceFile(f"::{HOSTILE}.yml", HOSTILE)
    job = JobReport(f"::{HOSTILE}", 1, (), "write", (HOSTILE,))
    finding = STATIC.finding(file, Span(0, 3), HOSTILE, job=HOSTILE)
    files = (
        FileReport(
            file.path,
            (finding._replace(related=(Related(finding.place, HOSTILE),)),),
            (STATIC.skipped(file, Span(0, 1), HOSTILE),),
            jobs=(job,),
            coverage=(Gap(HOSTILE, HOSTILE),),
            lines={1: HOSTILE},
        ),
    )
    text = shown(Report(files, summarise(files)), detail=Detail.VERBOSE)
    assert text.replace("\n", "").isprintable()
    assert not any(line.lstrip().startswith("::") for line in text.splitlines())
    assert "##[" not in text


@pytest.mark.parametrize(
    ("share", "said"),
    [(0.0, "0 %"), (0.004, "under 1 %"), (0.6, "60 %"), (0.9999, "99 %"), (1.0, "100 %")],
)
def test_a_share_is_not_rounded_to_all_or_nothing(share: float, said: str) -> None:
    assert wording.per_cent(share) == said


@pytest.mark.parametrize(
    ("summary", "said"),
    [
        ((1, 0, 0, 0, 0, 0, 0, 0, 0, 0, None), "1 file, no job uses AWS"),
        ((1, 0, 2, 0, 0, 0, 0, 0, 0, 0, None), "1 file, no job is known to use AWS"),
        (
            (9, 0, 0, 0, 0, 0, 0, 5, 3, 2, 0.6),
            "9 files, 5 jobs use AWS, 3 by OIDC, 2 by stored keys: adoption 60 %",
        ),
        (
            (8, 0, 0, 0, 0, 0, 0, 6, 1, 3, 0.3333, 1),
            "8 files, 6 jobs use AWS, 1 by OIDC, 1 otherwise without stored keys,"
            " 3 by stored keys: adoption 33 %",
        ),
    ],
)
def test_the_last_line_sums_up(summary: tuple[int, ...], said: str) -> None:
    assert wording.adoption(Summary(*summary)) == said


def test_counts_name_only_what_there_is() -> None:
    summary = Summary(1, 0, 0, 1, 2, 0, 3, 0, 0, 0, None)
    assert wording.counts(summary) == "1 warning, 2 notes, 3 suppressed"


def test_severities_are_told_apart() -> None:
    file = SourceFile("a.yml", "x")
    findings: list[Finding] = [
        STATIC.finding(file, Span(0, 1), "m", severity=severity) for severity in Severity
    ]
    files = (FileReport("a.yml", tuple(findings)),)
    text = shown(Report(files, summarise(files)), detail=Detail.QUIET)
    assert [line.split()[1] for line in text.splitlines()] == [
        "note[static-credentials]",
        "warning[static-credentials]",
        "error[static-credentials]",
    ]


def test_the_reason_of_a_rule_is_said_once() -> None:
    file = SourceFile("a.yml", "one\ntwo\n")
    found = tuple(STATIC.finding(file, Span(at, at + 3), "x") for at in (0, 4))
    report = Report((FileReport("a.yml", found),), summarise([]))
    rows = shown(report, detail=Detail.VERBOSE).splitlines()
    assert sum(row.startswith("  = why: ") for row in rows) == 1
    assert sum(row.startswith("  = help: ") for row in rows) == 2
