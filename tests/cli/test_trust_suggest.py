"""`trust --suggest`: the policy on standard output, what it proves on standard error."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from oidc_enforcer import cli
from oidc_enforcer.iam.contexts import ReachClass
from oidc_enforcer.iam.document import parse
from oidc_enforcer.iam.reach import reach
from tests.iam.policies import APP, provider, statement

WORKFLOW = """\
on:
  push: {branches: [main, 'release/**'], tags: ['v*']}
  pull_request:
  workflow_dispatch:
permissions: {id-token: write}
jobs:
  deploy:
    runs-on: ubuntu-latest
    environment: production
    steps: &steps
      - uses: aws-actions/configure-aws-credentials@v6
        with: {role-to-assume: 'arn:aws:iam::123456789012:role/x', aws-region: eu-west-1}
  plan:
    runs-on: ubuntu-latest
    steps: *steps
  lint:
    runs-on: ubuntu-latest
    environment: staging
    steps: [{run: make lint}]
"""


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    wide = {"Version": "2012-10-17", "Statement": statement({"StringLike": {"sub": "repo:acme/*"}})}
    Path("trust.json").write_text(json.dumps(wide), encoding="utf-8")


def run(capsys: pytest.CaptureFixture[str], *typed: str) -> tuple[int, str, str]:
    status = cli.main(["trust", "--repo", "acme/app", *typed])
    return (status, *capsys.readouterr())


def test_what_is_allowed_is_let_in_and_before_and_after_are_told(
    capsys: pytest.CaptureFixture[str],
) -> None:
    typed = ["--policy", "trust.json", "--suggest", "json", "--allow", "branch:main"]
    status, out, err = run(capsys, *typed, "--allow", "environment:production")
    assert status == cli.CLEAN
    found = reach(parse(out), APP)
    assert found.reach is ReachClass.BRANCH
    assert list(map(str, found.admits)) == ["branch:main", "environment:production"]
    assert err.splitlines()[:2] == [
        "lets in, and nothing else: branch:main, environment:production",
        "reach org-wide becomes branch, identity name becomes name",
    ]
    assert "limits of the proof" in err


def test_ids_bring_both_forms_unless_one_is_chosen(capsys: pytest.CaptureFixture[str]) -> None:
    ids = ["--repo-id", "2001", "--owner-id", "1001", "--provider", provider()]
    typed = ["--suggest", "json", "--allow", "branch:main", *ids]
    classic, immutable = "repo:acme/app:ref", "repo:acme@1001/app@2001:ref"
    for more, forms in (
        ((), {classic, immutable}),
        (("--form", "immutable"), {immutable}),
        (("--form", "classic"), {classic}),
        (("--subject-form", "classic"), {classic}),
    ):
        status, out, err = run(capsys, *typed, *more)
        assert status == cli.CLEAN, err
        assert {form for form in (classic, immutable) if form in out} == forms
        assert "identity id" in err


def test_what_the_workflows_need_is_asked_of_them(capsys: pytest.CaptureFixture[str]) -> None:
    folder = Path(".github/workflows")
    folder.mkdir(parents=True)
    (folder / "deploy.yml").write_text(WORKFLOW, encoding="utf-8")
    status, out, err = run(capsys, "--policy", "trust.json", "--suggest", "json")
    assert status == cli.CLEAN, err
    told = json.loads(out)["Statement"][0]["Condition"]["StringLike"]
    assert told["token.actions.githubusercontent.com:sub"] == [
        "repo:acme/app:environment:production",
        "repo:acme/app:ref:refs/heads/main",
        "repo:acme/app:ref:refs/heads/release/*",
        "repo:acme/app:ref:refs/tags/v*",
    ]
    assert "staging" not in out
    assert "pull_request" not in out
    where = "note: job `plan` of `.github/workflows/deploy.yml`"
    assert f"{where} runs on pull requests, which are left out" in err
    assert f"{where} may run on any branch by `workflow_dispatch`; only `main` is let in" in err
    assert "job `deploy`" not in err


def test_the_account_may_be_left_to_the_stack(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = run(capsys, "--suggest", "cloudformation", "--allow", "branch:main")
    assert status == cli.CLEAN
    assert "${AWS::AccountId}" in out
    assert "000000000000" not in out


def test_terraform_looks_the_provider_up(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = run(capsys, "--suggest", "terraform", "--allow", "branch:main")
    assert status == cli.CLEAN
    assert 'data "aws_iam_openid_connect_provider" "github" {' in out
    assert "identifiers = [data.aws_iam_openid_connect_provider.github.arn]" in out
    assert "000000000000" not in out
    role = 'resource "aws_iam_role" "r" {\n  name = "r"\n  assume_role_policy ='
    code = f"{out}\n{role} data.aws_iam_policy_document.trust.json\n}}\n"
    Path("main.tf").write_text(code, encoding="utf-8")
    status, out, _ = run(capsys, "--policy", "main.tf")
    assert status == cli.CLEAN
    assert "admits     branch:main" in out


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (["--suggest", "json", "--allow", "branch:main"], "a policy as json names the account"),
        (["--suggest", "json", "--policy", "trust.json"], "no workflow here assumes a role"),
        (
            ["--suggest", "json", "--policy", "trust.json", "--allow", "main"],
            "`main` must be `branch:…`",
        ),
        (
            ["--suggest", "json", "--policy", "trust.json", "--allow", "subject:repo:acme/*"],
            "no policy can be written: it would be org-wide",
        ),
        (
            ["--suggest", "json", "--provider", "arn:aws:iam::1:oidc-provider/x", "--allow", "x"],
            "is no OIDC provider of GitHub's",
        ),
        (["--suggest", "json", "--claim", "sub=x"], "--suggest and --claim exclude each other"),
        (["--suggest", "yaml"], "unknown value `yaml` for --suggest"),
        (
            ["--suggest", "json", "--policy", "trust.json", "--policy", "more.json"],
            "a policy is suggested for one role, and here are 2",
        ),
    ],
)
def test_what_cannot_be_suggested_is_said(
    typed: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("more.json").write_text(Path("trust.json").read_text("utf-8"), encoding="utf-8")
    folder = Path(".github/workflows")
    folder.mkdir(parents=True)
    status, out, err = run(capsys, *typed)
    assert status == cli.USAGE, err
    assert out == ""
    assert said in err
