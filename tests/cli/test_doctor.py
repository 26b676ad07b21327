"""`doctor` says what is missing, what it is for, and how to get it; and writes nothing."""

from __future__ import annotations

import pytest

from oidc_enforcer import cli
from tests.fakegithub import EVERYTHING, FakeGitHub, Fault

JOB = {"contents": "read", "pull_requests": "write", "actions": "read"}


@pytest.fixture(autouse=True)
def _asked(github_here: FakeGitHub, monkeypatch: pytest.MonkeyPatch) -> None:
    github_here.state.push("acme/app", {"README.md": "x"})
    monkeypatch.setenv("GH_TOKEN", "t")


def doctor(github: FakeGitHub, permissions: dict[str, str]) -> int:
    github.state.token("t", permissions=permissions, repository="acme/app")
    return cli.main(["doctor", "--repo", "acme/app"])


def test_a_token_that_may_everything_lacks_nothing(
    github: FakeGitHub, capsys: pytest.CaptureFixture[str]
) -> None:
    assert doctor(github, EVERYTHING) == 0
    out = capsys.readouterr().out
    assert "missing" not in out
    assert "not tried  comment on pull requests: `pull-requests: write`" in out
    assert {one.method for one in github.log} == {"GET"}


def test_a_jobs_token_is_told_what_only_an_app_may(
    github: FakeGitHub, capsys: pytest.CaptureFixture[str]
) -> None:
    assert doctor(github, JOB) == 1
    out = capsys.readouterr().out
    assert "ok         judge workflows without a checkout\n" in out
    assert "ok         judge how environments are protected\n" in out
    assert "missing    find stored keys that are old, or that nothing reads: `secrets: read`" in out
    assert "use a GitHub App or a PAT" in out


def test_a_permission_that_a_job_can_have_is_named(
    github: FakeGitHub, capsys: pytest.CaptureFixture[str]
) -> None:
    assert doctor(github, {"contents": "read"}) == 1
    out = capsys.readouterr().out
    assert (
        "missing    judge how environments are protected: `actions: read` under `permissions:`"
        in out
    )


def test_the_job_is_told_whether_it_may_have_a_token(
    github: FakeGitHub, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    doctor(github, JOB)
    assert "missing    ask AWS without stored keys: `id-token: write`" in capsys.readouterr().out


def test_without_a_token_or_with_a_wrong_one_the_user_has_to_act(
    github: FakeGitHub, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["doctor", "--repo", "acme/app"]) == 2
    assert "Bad credentials" in capsys.readouterr().err
    monkeypatch.delenv("GH_TOKEN")
    assert cli.main(["doctor", "--repo", "acme/app"]) == 2
    assert cli.main(["doctor"]) == 2
    assert "--repo OWNER/NAME" in capsys.readouterr().err


def test_a_github_that_does_not_answer_is_no_verdict(github: FakeGitHub) -> None:
    github.faults.append(Fault(times=9, status=503))
    assert doctor(github, JOB) == 3


@pytest.mark.parametrize(
    ("scopes", "visibility", "mark"),
    [
        ("repo, workflow", "private", "ok "),
        ("public_repo", "public", "ok "),
        ("public_repo", "private", "missing "),
        ("read:org", "public", "missing "),
        ("", "public", "missing "),
    ],
)
def test_a_classic_token_tells_whether_it_may_comment(
    github: FakeGitHub,
    scopes: str,
    visibility: str,
    mark: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    github.state.repositories["acme/app"].visibility = visibility
    github.state.token("t", scopes=scopes)
    assert cli.main(["doctor", "--repo", "acme/app"]) == (0 if mark == "ok " else 1)
    rows = capsys.readouterr().out.splitlines()
    (row,) = [one for one in rows if "comment on pull requests" in one]
    assert row.startswith(f"  {mark}")
    assert {one.method for one in github.log} == {"GET"}
