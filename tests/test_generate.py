"""Ordinary workflows made for measuring: like real ones, and known to the rules."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from oidc_enforcer import check
from oidc_enforcer.facts import Facts
from oidc_enforcer.finding import Severity
from oidc_enforcer.source import SourceFile
from oidc_enforcer.workflow.reading import read
from oidc_enforcer.workflow.surroundings import Surroundings
from tools import generate

COUNT = 500
TEXTS = [text for _, text in generate.workflows(COUNT)]
READINGS = [read(SourceFile("w.yml", text), Surroundings()) for text in TEXTS]
REPORTS = [check.judge(reading, Facts()) for reading in READINGS]


def names_a_key(text: str) -> bool:
    folded = text.lower()
    return "aws_access_key_id" in folded or "aws-access-key-id" in folded


def test_the_same_number_is_the_same_file() -> None:
    assert list(generate.workflows(20)) == [generate.workflow(index) for index in range(20)]
    assert generate.workflow(7, seed=2) != generate.workflow(7)


def test_no_two_files_are_the_same() -> None:
    assert len({*TEXTS}) == COUNT


def test_sizes_are_those_of_real_files() -> None:
    sizes = sorted(map(len, TEXTS))
    assert sizes[COUNT // 2] == pytest.approx(generate.MEDIAN_SIZE, rel=0.3)
    assert sizes[COUNT * 9 // 10] == pytest.approx(generate.P90_SIZE, rel=0.3)


def test_one_file_in_five_names_a_key() -> None:
    assert sum(map(names_a_key, TEXTS)) / COUNT == pytest.approx(0.2, abs=0.05)


def test_every_file_is_one_that_github_takes() -> None:
    found = [f.message for report in REPORTS for f in report.findings if f.rule == "syntax"]
    assert found == []


def test_stored_keys_are_found_where_they_are_named_and_nowhere_else() -> None:
    for text, report in zip(TEXTS, REPORTS, strict=True):
        errors = {f.rule for f in report.findings if f.severity is Severity.ERROR}
        assert errors == ({"static-credentials"} if names_a_key(text) else set())


def test_the_command_writes_files_that_call_each_other(tmp_path: Path) -> None:
    tool = Path(generate.__file__)
    command = [sys.executable, str(tool), str(tmp_path / "made"), "--count", "25"]
    subprocess.run(command, check=True)
    made = {path.name: path.read_text("utf-8") for path in (tmp_path / "made").iterdir()}
    assert made == dict(generate.workflows(25))
    assert "workflow_call" in made[generate.name_of(0)]
    assert f"uses: ./.github/workflows/{generate.name_of(0)}" in made[generate.name_of(24)]
