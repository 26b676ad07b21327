"""The wheel, installed where nothing else is: what `make e2e` runs, from a folder of its own."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path

import pytest

COMMAND = os.environ.get("OIDC_ENFORCER", "")
EXAMPLES = Path(__file__).parents[2] / "examples" / "workflows"

pytestmark = pytest.mark.skipif(not COMMAND, reason="`make e2e` installs the command")


def run(folder: Path, *arguments: str, given: str = "") -> subprocess.CompletedProcess[str]:
    """Runs the command in a folder, with nothing in its environment."""
    return subprocess.run(
        [COMMAND, *arguments],
        cwd=folder,
        env={"LANG": "C.UTF-8"},
        input=given,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A repository whose only workflow deploys by stored keys."""
    workflows = tmp_path / ".github" / "workflows"
    workflows.mkdir(parents=True)
    (workflows / "deploy.yml").write_bytes((EXAMPLES / "gross-way.yml").read_bytes())
    return tmp_path


def test_a_path_that_is_not_there_is_the_users_to_change(tmp_path: Path) -> None:
    done = run(tmp_path, "check", "nowhere.yml")
    assert done.returncode == 2
    assert "nowhere.yml" in done.stderr
    assert "Traceback" not in done.stderr


def test_oidc_is_accepted_by_file_and_by_standard_input(tmp_path: Path) -> None:
    good = EXAMPLES / "tasty-way.yml"
    assert run(tmp_path, "check", str(good)).returncode == 0
    assert run(tmp_path, "check", "-", given=good.read_text("utf-8")).returncode == 0


def test_stored_keys_are_refused_with_their_place(checkout: Path) -> None:
    done = run(checkout, "check")
    assert done.returncode == 1
    assert ".github/workflows/deploy.yml" in done.stdout
    assert "static-credentials" in done.stdout
    assert "^" in done.stdout


def test_machines_read_the_same_verdict(checkout: Path) -> None:
    read = {}
    for form in ("json", "sarif"):
        done = run(checkout, "check", "--format", form)
        assert done.returncode == 1, done.stderr
        read[form] = json.loads(done.stdout)
    assert read["json"]["version"] == 1
    assert read["sarif"]["version"] == "2.1.0"
    results = read["sarif"]["runs"][0]["results"]
    assert [finding["rule"] for finding in read["json"]["findings"]] == [
        result["ruleId"] for result in results
    ]


def test_pages_travel_with_the_wheel(tmp_path: Path) -> None:
    done = run(tmp_path, "explain", "static-credentials")
    assert done.returncode == 0
    assert "Remediation" in done.stdout


def test_the_version_is_told(tmp_path: Path) -> None:
    done = run(tmp_path, "--version")
    assert done.returncode == 0
    assert re.match(r"oidc-enforcer \d+\.\d+", done.stdout)
