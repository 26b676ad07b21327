"""Workflow commands, read back as GitHub's runner reads them."""

from __future__ import annotations

import re
from typing import NamedTuple

import pytest

from oidc_enforcer.finding import Finding, Place, Related, Severity
from oidc_enforcer.report import FileReport, Gap, Report, summarise
from oidc_enforcer.reporters.annotations import LIMIT, render
from oidc_enforcer.reporters.visible import visible
from oidc_enforcer.source import SourceFile, Span
from tests.reporters.example import STATIC, clean, example, golden


class Command(NamedTuple):
    """One annotation, unescaped."""

    name: str
    properties: dict[str, str]
    message: str


def unescaped(text: str, *pairs: tuple[str, str]) -> str:
    for code, char in (*pairs, ("%0D", "\r"), ("%0A", "\n"), ("%25", "%")):
        text = text.replace(code, char)
    return text


def commands(report: Report) -> list[Command]:
    """As actions/runner `ActionCommand.TryParseV2`: line by line, the first `::` ends the head."""
    found = []
    for line in re.split(r"[\r\n]+", "".join(render(report)).rstrip("\n")):
        if not line:
            continue
        match = re.fullmatch(r"::(\w+) (.*?)::(.*)", line)
        assert match, line
        pairs = (pair.split("=", 1) for pair in match[2].split(","))
        values = {key: unescaped(value, ("%3A", ":"), ("%2C", ",")) for key, value in pairs}
        found.append(Command(match[1], values, unescaped(match[3])))
    return found


def report_of(*findings: Finding, skips: int = 0) -> Report:
    file = SourceFile("a.yml", "x")
    skipped = tuple(STATIC.skipped(file, Span(0, 1), "why") for _ in range(skips))
    files = (FileReport("a.yml", findings, skipped),)
    return Report(files, summarise(files))


def some(number: int, severity: Severity) -> list[Finding]:
    file = SourceFile("a.yml", "x")
    return [
        STATIC.finding(file, Span(0, 1), f"{severity.word} {at}", severity=severity)
        for at in range(number)
    ]


def test_the_example_is_annotated_as_it_should_be() -> None:
    text = "".join(render(example()))
    assert text == golden("annotations.txt", text)


def test_a_clean_run_annotates_nothing() -> None:
    assert commands(clean()) == []


@pytest.mark.parametrize(
    "odd",
    [
        "100%, or: 50%0A\nsecond\r\nline",
        "::error::injected",
        "a.yml,line=1::title=x",
        "\u2028\x0b\x85 ##[add-mask]a",
    ],
)
def test_no_text_breaks_out_of_its_command(odd: str) -> None:
    file = SourceFile(odd, "x")
    related = (Related(Place.of(file, Span(0, 1)), odd),)
    finding = STATIC.finding(file, Span(0, 1), odd, related=related)
    text = "".join(render(report_of(finding)))
    assert text.count("\n") == 1
    assert text.rstrip("\n").isprintable()
    assert "##[" not in text
    [command] = commands(report_of(finding))
    assert command.properties["file"] == visible(odd)
    assert command.properties["title"] == "static-credentials"


def test_columns_are_given_on_one_line_only() -> None:
    file = SourceFile("a.yml", "ab\ncd\n")
    one, two, none = (
        commands(report_of(STATIC.finding(file, Span(*span), "m")))[0].properties
        for span in ((0, 2), (0, 4), (1, 1))
    )
    assert (one["line"], one["endLine"], one["col"], one["endColumn"]) == ("1", "1", "1", "3")
    assert (two["line"], two["endLine"]) == ("1", "2")
    assert "col" not in two
    assert "endColumn" not in two
    assert none["col"] == "2"
    assert "endColumn" not in none


def test_ten_of_a_kind_are_shown_and_the_rest_is_counted() -> None:
    findings = some(13, Severity.ERROR) + some(11, Severity.WARNING) + some(2, Severity.NOTE)
    found = commands(report_of(*findings))
    assert [command.name for command in found] == (
        ["error"] * LIMIT + ["warning"] * LIMIT + ["notice"] * 3
    )
    assert found[-1].message == "3 errors, 1 warning more: GitHub shows 10 of a kind for each step"
    assert "file" not in found[-1].properties


@pytest.mark.parametrize(
    ("notes", "skips", "shown", "last"),
    [
        (10, 0, 10, "note 9"),
        (11, 0, 9, "2 notes more: GitHub shows 10 of a kind for each step"),
        (
            10,
            1,
            9,
            "1 note more: GitHub shows 10 of a kind for each step; 1 place could not be verified",
        ),
        (9, 2, 9, "2 places could not be verified"),
    ],
)
def test_the_last_notice_has_room(notes: int, skips: int, shown: int, last: str) -> None:
    found = commands(report_of(*some(notes, Severity.NOTE), skips=skips))
    assert len(found) <= LIMIT
    assert sum(command.message.startswith("note ") for command in found) == shown
    assert found[-1].message == last


def test_a_gap_is_doubt_too() -> None:
    files = (FileReport("a.yml", coverage=(Gap("b", "c"),)),)
    [command] = commands(Report(files, summarise(files)))
    assert command.message == "1 thing not looked at"


def test_a_long_message_is_cut_before_the_runner_does_it() -> None:
    file = SourceFile("a.yml", "x")
    [command] = commands(report_of(STATIC.finding(file, Span(0, 1), "m%" * 5000)))
    assert len(command.message) == 4000
    assert command.message.endswith("…")
