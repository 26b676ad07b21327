"""`oidc-enforcer subjects`: what it prints, and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from oidc_enforcer import cli
from tests.reporters.example import golden

WORKFLOW = """\
name: Deploy
on:
  push: {branches: [main, 'release/**'], tags: ['v*']}
  pull_request:
  pull_request_target:
permissions: {id-token: write}
jobs:
  site:
    runs-on: ubuntu-latest
    if: github.event_name == 'push'
    steps: [{run: aws s3 ls}]
  plan:
    runs-on: ubuntu-latest
    environment: ${{ github.ref == 'refs/heads/main' && 'live' || 'test' }}
    steps: [{run: aws s3 ls}]
  review:
    runs-on: ubuntu-latest
    if: github.event_name == 'pull_request_target'
    steps: [{run: aws s3 ls}]
  lint:
    runs-on: ubuntu-latest
    permissions: {}
    steps: [{run: make lint}]
  call:
    uses: ./.github/workflows/called.yml
"""
CALLED = """\
on: workflow_call
permissions: {id-token: write}
jobs:
  inner:
    runs-on: ubuntu-latest
    environment: ${{ vars.ENV }}
    steps: [{run: aws s3 ls}]
"""


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / ".github" / "workflows"
    folder.mkdir(parents=True)
    (folder / "deploy.yml").write_text(WORKFLOW)
    (folder / "called.yml").write_text(CALLED)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_for_people(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["subjects", "--repo", "acme/app"]) == cli.CLEAN
    said = capsys.readouterr().out
    assert said == golden("subjects.txt", said)


def test_for_programs(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    form = ["--subject-form", "immutable", "--repo-id", "2001", "--owner-id", "1001"]
    assert cli.main(["subjects", "--repo", "acme/app", *form, "--format", "json"]) == cli.CLEAN
    told = json.loads(capsys.readouterr().out)
    jobs = {job["job"]: job for job in told["jobs"]}
    assert told["version"] == 1
    assert list(jobs) == ["inner", "site", "plan", "review", "lint", "call"]
    assert jobs["site"]["subjects"] == [
        "repo:acme@1001/app@2001:ref:refs/heads/main",
        "repo:acme@1001/app@2001:ref:refs/heads/release/*",
        "repo:acme@1001/app@2001:ref:refs/tags/v*",
    ]
    assert jobs["inner"]["tokens"][0]["claims"] == {
        "job_workflow_ref": "acme/app/.github/workflows/called.yml@refs/heads/main",
        "ref": "refs/heads/main",
        "repository": "acme/app",
        "repository_id": "2001",
        "repository_owner_id": "1001",
        "workflow": "Deploy",
    }
    assert jobs["lint"]["id_token"] == "none"


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ([], "no repository"),
        (["--repo-id", "1"], "--repo-id is given and --repo is not"),
        (["--repo", "acme"], "`acme` is no repository"),
        (["--repo", "acme/app/x"], "`acme/app/x` is no repository"),
        (["--repo", "acme/app", "--repo-id", "x"], "--repo-id must be a number, not `x`"),
        (["--repo", "acme/app", "--issuer", "example.com"], "is no issuer of GitHub's"),
        (["--repo", "acme/app", "--template", "repo,contxt"], "did you mean `context`?"),
        (["--repo", "acme/app", "--subject-form", "new"], "unknown value `new`"),
        (["--repo", "acme/app", "no/such/path"], "no/such/path"),
    ],
)
def test_what_has_to_be_changed(
    repository: Path, capsys: pytest.CaptureFixture[str], typed: list[str], said: str
) -> None:
    assert cli.main(["subjects", *typed]) == cli.USAGE
    assert said in capsys.readouterr().err
