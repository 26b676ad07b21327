"""What governs a run, what is excused and what was not looked at shows in every format."""

from __future__ import annotations

import json

import pytest

from oidc_enforcer.cli.delivery import chunks
from oidc_enforcer.report import FileReport, Gap, Report, Suppressed, summarise
from oidc_enforcer.reporters import FORMATS, Detail
from tests.reporters.example import deploy_report

CONTEXT = {
    "break_glass": "break-glass for every rule until 2026-11-28T18:00Z: outage 7",
    "ring": "warn",
    "ring_says": "ring `warn` (group `rest`); `block` begins on 2027-06-01",
    "looked_at": "2 roles, 1 environment",
}


def said(name: str) -> str:
    finding = deploy_report().findings[0]
    excused = (
        Suppressed(finding, "break-glass", "outage 7", "2026-11-28T18:00Z"),
        Suppressed(finding, "policy", "no OIDC", "2026-12-31"),
        Suppressed(finding, "baseline", "in the baseline", ""),
    )
    files = (
        FileReport(
            "a.yml", suppressed=excused, coverage=(Gap("acme/shared/x.yml@v2", "not fetched"),)
        ),
    )
    report = Report(files, summarise(files, files=1), CONTEXT)
    return "".join(chunks(name, report, color=False, detail=Detail.NORMAL))


@pytest.mark.parametrize("name", FORMATS)
def test_break_glass_is_loud(name: str) -> None:
    text = said(name)
    assert "outage 7" in text
    assert "break-glass" in text.lower()


@pytest.mark.parametrize("name", sorted(set(FORMATS) - {"github"}))
def test_who_is_excused_why_and_until_when(name: str) -> None:
    text = said(name)
    by = "policy" if name == "json" else "by the configuration until"
    for word in ("no OIDC", "2026-12-31", by, "in the baseline", "begins on 2027-06-01"):
        assert word in text.replace("`", ""), word
    assert "acme/shared/x.yml" in text
    assert "2 roles, 1 environment" in text


def test_annotations_count_them() -> None:
    lines = said("github").splitlines()
    assert lines[0].startswith("::warning title=break-glass::BREAK-GLASS: break-glass for every")
    assert lines[-1].endswith("1 thing not looked at; 3 findings suppressed")


def test_programs_are_told_who_excused() -> None:
    excused = json.loads(said("json"))["suppressed"]
    assert [one["by"] for one in excused] == ["break-glass", "policy", "baseline"]
    results = json.loads(said("sarif"))["runs"][0]["results"]
    assert [one["suppressions"][0]["status"] for one in results] == ["accepted"] * 3
