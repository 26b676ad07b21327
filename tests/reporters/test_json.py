"""The contract for programs: it follows its schema, and says the same as the types."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import oidc_enforcer
from oidc_enforcer.finding import Fix, PolicyOffer, Safety
from oidc_enforcer.report import FileReport, Report, summarise
from oidc_enforcer.reporters.json import render
from oidc_enforcer.source import Edit, SourceFile, Span, apply_edits
from tests.reporters.example import (
    DEPLOY,
    FAKE_SECRET,
    STATIC,
    clean,
    empty,
    example,
    golden,
    why,
)

SCHEMA = json.loads(
    (Path(oidc_enforcer.__file__).parent / "schemas" / "report-1.json").read_text("utf-8")
)


def parsed(report: Report) -> dict[str, Any]:
    value: dict[str, Any] = json.loads("".join(render(report, why=why)))
    return value


def check(value: object) -> None:
    jsonschema.Draft202012Validator(
        SCHEMA, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER
    ).validate(value)


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("report", [example(), clean(), empty()], ids=["example", "clean", "empty"])
def test_a_report_follows_the_schema(report: Report) -> None:
    check(parsed(report))


@pytest.mark.parametrize(
    ("where", "value"),
    [
        (("version",), 2),
        (("findings", 0, "line"), 0),
        (("findings", 0, "severity"), "fatal"),
        (("jobs", 0, "credentials", 0, "class"), "new"),
        (("summary", "adoption"), 60),
        (("suppressed", 0, "by"), "me"),
    ],
)
def test_the_schema_refuses_what_is_no_report(where: tuple[str | int, ...], value: object) -> None:
    report = parsed(example())
    inner: Any = report
    for step in where[:-1]:
        inner = inner[step]
    inner[where[-1]] = value
    with pytest.raises(jsonschema.ValidationError):
        check(report)


def test_the_example_is_written_as_it_should_be() -> None:
    text = "".join(render(example(), why=why)).replace(oidc_enforcer.__version__, "VERSION")
    assert text == golden("report.json", text)


def test_keys_stand_in_the_order_of_the_contract() -> None:
    assert list(parsed(example())) == [
        *("version", "tool", "findings", "skipped", "suppressed", "jobs", "coverage"),
        *("context", "summary"),
    ]


def test_every_item_has_a_line_of_its_own() -> None:
    lines = "".join(render(example())).splitlines()
    items = [json.loads(line.rstrip(",]")) for line in lines if line.startswith("  {")]
    report = parsed(example())
    lists = ("findings", "skipped", "suppressed", "jobs", "coverage")
    assert len(items) == sum(len(report[name]) for name in lists)


def test_edits_can_be_applied_by_line_and_column() -> None:
    fix = parsed(example())["findings"][0]["fix"]
    assert fix["masked"] is False
    starts = SourceFile("", DEPLOY).line_starts
    edits = [
        Edit(
            Span(
                starts[edit["line"] - 1] + edit["column"] - 1,
                starts[edit["end_line"] - 1] + edit["end_column"] - 1,
            ),
            edit["text"],
        )
        for edit in fix["edits"]
    ]
    fixed = apply_edits(DEPLOY, edits)
    assert "aws-secret-access-key: $" not in fixed
    assert "          role-to-assume: ${{ vars.AWS_ROLE_ARN }}\n          aws-region" in fixed


def test_a_fix_with_a_secret_in_it_is_masked_and_says_so() -> None:
    file = SourceFile("a.yml", "x: y\n")
    fix = Fix("title", (Edit(Span(0, 4), f"AWS_SECRET_ACCESS_KEY: {FAKE_SECRET}"),), Safety.SAFE)
    files = (FileReport("a.yml", (STATIC.finding(file, Span(0, 1), "m", fix=fix),)),)
    written = parsed(Report(files, summarise(files)))["findings"][0]["fix"]
    assert written["masked"] is True
    assert written["edits"][0]["text"] == f"AWS_SECRET_ACCESS_KEY: {'*' * 40}"


def test_odd_characters_survive_and_no_command_stands_in_the_log() -> None:
    odd = "\x1b\u202e\ud800 ##[add-mask]a"
    file = SourceFile(odd, "x")
    files = (FileReport(odd, (STATIC.finding(file, Span(0, 1), odd),)),)
    text = "".join(render(Report(files, summarise(files))))
    assert text.isascii()
    assert "##[" not in text
    assert json.loads(text)["findings"][0]["message"] == odd


def test_a_policy_that_is_offered_is_there_and_follows_the_schema() -> None:
    file = SourceFile("a.yml", "on: push\n")
    document = {"Version": "2012-10-17", "Statement": [{"Sid": FAKE_SECRET}]}
    offers = (
        PolicyOffer("deploy", document, ("branch:main",), ("look here first",)),
        PolicyOffer("deploy", why_not="it would let more in"),
    )
    findings = tuple(
        STATIC.finding(file, Span(0, 1), "too wide")._replace(policy=offer) for offer in offers
    )
    files = (FileReport("a.yml", findings),)
    told = json.loads("".join(render(Report(files, summarise(files, files=1)))))
    jsonschema.validate(told, SCHEMA)
    first, second = (one["policy"] for one in told["findings"])
    assert (first["role"], first["lets_in"]) == ("deploy", ["branch:main"])
    assert first["document"]["Version"] == "2012-10-17"
    assert FAKE_SECRET not in json.dumps(told)
    assert (second["document"], second["why_not"]) == (None, "it would let more in")
    assert "policy" not in json.loads("".join(render(example())))["findings"][0]
