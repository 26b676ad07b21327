"""`check --github`: what GitHub knows besides the files, asked for because somebody wants it."""

from __future__ import annotations

from pathlib import Path

import pytest

from oidc_enforcer import cli
from oidc_enforcer.github import callees
from tests.action.test_hiding import CALLED, COMPOSITE
from tests.action.workshop import HARMLESS, KEYS, ROLE
from tests.fakegithub import FakeGitHub, Fault

CALL = """\
on: push
jobs:
  deploy:
    uses: acme/shared/.github/workflows/deploy.yml@v2
    secrets: inherit
"""
THEIRS = ".github/workflows/deploy.yml"
OLD = {"created_at": "2023-01-01T00:00:00Z", "updated_at": "2023-01-02T00:00:00Z"}


@pytest.fixture
def checkout(github_here: FakeGitHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    github_here.state.push("acme/app", {"README.md": "x"})
    github_here.state.token("t")
    monkeypatch.setenv("GH_TOKEN", "t")
    (tmp_path / ".git").mkdir()
    (tmp_path / ".github" / "workflows").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(checkout: Path, text: str, name: str = "ci.yml") -> None:
    (checkout / ".github" / "workflows" / name).write_text(text, "utf-8")


def shared(github: FakeGitHub, files: dict[str, str]) -> None:
    sha = github.state.push("acme/shared", files)
    github.state.repositories["acme/shared"].tags["v2"] = sha


def check(*more: str) -> int:
    return cli.main(["check", "--repo", "acme/app", "--github", *more])


def test_without_the_option_nobody_is_asked(
    github: FakeGitHub, checkout: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shared(github, {THEIRS: CALLED})
    write(checkout, CALL)
    assert cli.main(["check", "--repo", "acme/app"]) == 0
    assert github.log == []
    assert "not fetched" in capsys.readouterr().out


def test_keys_in_a_called_workflow_are_found(
    github: FakeGitHub, checkout: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shared(github, {THEIRS: CALLED})
    github.state.push("acme/shared", {THEIRS: HARMLESS})  # the ref that is named is what counts
    write(checkout, CALL)
    assert check() == 1
    out = capsys.readouterr().out
    assert f"acme/shared/{THEIRS}@v2" in out
    assert "not fetched" not in out


def test_keys_handed_to_an_action_elsewhere_are_followed(
    github: FakeGitHub, checkout: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shared(github, {"deploy/action.yml": COMPOSITE})
    step = "      - uses: acme/shared/deploy@v2\n        with: {id: '${{ secrets.AWS_KEY_ID }}'}\n"
    write(checkout, HARMLESS.replace("      - run: make\n", step))
    check()
    asked = [call.body["variables"] for call in github.log if call.path == "/graphql" and call.body]
    assert any("v2:deploy/action.yml" in one.values() for one in asked)
    assert "acme/shared/deploy@v2: " not in capsys.readouterr().out


def test_what_may_not_be_read_stays_a_gap(
    github: FakeGitHub, checkout: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shared(github, {THEIRS: CALLED})
    github.state.repositories["acme/shared"].visibility = "private"
    github.state.token("t", repository="acme/app")
    write(checkout, CALL)
    assert check() == 0
    out = capsys.readouterr().out
    assert "not fetched: GitHub refused GET /repos/acme/shared/git/trees/" in out
    assert check("--strict") == 3


def test_many_callees_are_bounded_and_named(
    github: FakeGitHub,
    checkout: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(callees, "MOST", 2)
    files = {f".github/workflows/{n}.yml": HARMLESS for n in range(4)}
    shared(github, files)
    jobs = "".join(f"  j{n}: {{uses: acme/shared/{name}@v2}}\n" for n, name in enumerate(files))
    write(checkout, f"on: push\njobs:\n{jobs}")
    assert check("--strict") == 3
    assert capsys.readouterr().out.count("a workflow of another repository, not fetched") == 2
    (asked,) = (call.body["query"] for call in github.log if call.path == "/graphql")
    assert asked.count("repository(") == 2


def test_orphans_old_keys_and_pins_are_told(
    github: FakeGitHub, checkout: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    app = github.state.repositories["acme/app"]
    app.secrets |= {"AWS_ACCESS_KEY_ID": OLD, "AWS_SECRET_ACCESS_KEY": OLD, "DEAD_AWS_KEY_ID": OLD}
    write(checkout, KEYS)
    write(checkout, ROLE, "role.yml")
    (checkout / ".github" / "oidc-enforcer.yml").write_text("max-key-age: 30\n", "utf-8")
    assert check() == 1
    out = capsys.readouterr().out
    assert "Actions secrets of acme/app" in out
    assert "`DEAD_AWS_KEY_ID` of the repository" in out
    assert "a stored key may be 30 days old" in out
    assert "can push to `main` and get its role" in out


def test_one_file_alone_tells_no_orphans(
    github: FakeGitHub, checkout: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    github.state.repositories["acme/app"].secrets["AWS_ACCESS_KEY_ID"] = OLD
    write(checkout, ROLE)
    check(".github/workflows/ci.yml")
    assert "orphaned-secret" not in capsys.readouterr().out


RINGS = "rings:\n  - {topic: aws, ring: block}\n  - {ring: observe}\n"


@pytest.mark.parametrize(("topics", "status"), [(["aws"], 1), ([], 0)])
def test_rings_go_by_topics(
    github: FakeGitHub, checkout: Path, topics: list[str], status: int
) -> None:
    github.state.repositories["acme/app"].topics = topics
    write(checkout, KEYS)
    (checkout / ".github" / "oidc-enforcer.yml").write_text(RINGS, "utf-8")
    assert check() == status
    assert cli.main(["check", "--repo", "acme/app"]) == 1  # not known: the tightest that may fit


def test_a_github_out_of_reach_follows_the_outage_policy(
    github: FakeGitHub, checkout: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(checkout, HARMLESS)
    github.faults.append(Fault("GET", "/repos/acme/app", status=503, times=8))
    assert check() == 3
    assert "GitHub answered 503" in capsys.readouterr().err
    (checkout / ".github" / "oidc-enforcer.yml").write_text("on-github-error: warn\n", "utf-8")
    github.faults.append(Fault("GET", "/repos/acme/app", status=503, times=8))
    assert check() == 0
    assert "GitHub answered 503" in capsys.readouterr().out  # as what was not looked at


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--github"], "--github is given and --repo is not"),
        (["--github", "--repo", "acme/app", "-"], "--github asks about one repository"),
        (["--github", "--repo", "acme/app", "a", "b"], "--github asks about one repository"),
    ],
)
def test_what_cannot_be_meant_is_refused(
    checkout: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    assert cli.main(["check", *arguments]) == 2
    assert message in capsys.readouterr().err


def test_a_token_is_needed_and_has_to_be_right(
    github: FakeGitHub,
    checkout: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    write(checkout, HARMLESS)
    monkeypatch.setenv("GH_TOKEN", "wrong")
    assert check() == 2
    monkeypatch.delenv("GH_TOKEN")
    assert check() == 2
    assert "put the token to ask with into GITHUB_TOKEN or GH_TOKEN" in capsys.readouterr().err
