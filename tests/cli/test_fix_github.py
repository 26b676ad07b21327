"""`fix --github`: what is in other repositories is told, and counts as it does for `check`."""

from __future__ import annotations

from pathlib import Path

import pytest

from oidc_enforcer import cli
from tests.action.test_hiding import CALLED
from tests.fakegithub import FakeGitHub

CALL = """\
on: {push: {branches: [main]}}
jobs:
  publish:
    uses: acme/shared/.github/workflows/publish.yml@v1
    secrets: inherit
"""
THEIRS = ".github/workflows/publish.yml"


@pytest.fixture
def checkout(github_here: FakeGitHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    github_here.state.push("acme/app", {"README.md": "x"})
    sha = github_here.state.push("acme/shared", {THEIRS: CALLED})
    github_here.state.repositories["acme/shared"].tags["v1"] = sha
    github_here.state.token("t")
    monkeypatch.setenv("GH_TOKEN", "t")
    (tmp_path / ".git").mkdir()
    (tmp_path / ".github" / "workflows").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("options", [[], ["--write"], ["--unsafe", "--write"]])
def test_keys_of_a_called_workflow_elsewhere_are_told_and_fail_as_in_check(
    options: list[str], checkout: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    caller = checkout / ".github" / "workflows" / "ci.yml"
    caller.write_text(CALL, "utf-8")
    assert cli.main(["fix", "--github", "--repo", "acme/app", *options]) == 1
    err = capsys.readouterr().err
    line = 1 + CALLED.partition("aws-access-key-id")[0].count("\n")
    assert f"acme/shared/{THEIRS}@v1:{line}: no fix for static-credentials: " in err
    assert "static-credentials: it is in another repository: change it there first\n" in err
    assert cli.main(["check", "--github", "--repo", "acme/app"]) == 1
    assert caller.read_text("utf-8") == CALL


def test_a_fetched_workflow_without_keys_fails_nothing(
    github: FakeGitHub, checkout: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    harmless = "on: workflow_call\njobs:\n  a:\n    runs-on: x\n    steps: [{run: aws --version}]\n"
    sha = github.state.push("acme/shared", {THEIRS: harmless})
    github.state.repositories["acme/shared"].tags["v1"] = sha
    (checkout / ".github" / "workflows" / "ci.yml").write_text(CALL, "utf-8")
    assert cli.main(["fix", "--github", "--repo", "acme/app"]) == 0
    assert "another repository" not in capsys.readouterr().err
