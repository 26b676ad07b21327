"""`fix --pull-request`: one pull request, updated rather than opened twice."""

from __future__ import annotations

from pathlib import Path

import pytest

from oidc_enforcer.cli import main
from oidc_enforcer.github import connection
from oidc_enforcer.github.proposing import BRANCH
from tests.action.workshop import REVIEWED
from tests.fakegithub import FakeGitHub, Fault

EXAMPLES = Path(__file__).parent.parent.parent / "examples" / "workflows"
GROSS = (EXAMPLES / "gross-way.yml").read_bytes()
PATH = ".github/workflows/deploy.yml"
PROPOSE = ["fix", "--pull-request", "--repo", "acme/app", "--role", "secrets.DEPLOYMENT_ROLE"]


@pytest.fixture
def app(github_here: FakeGitHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeGitHub:
    github_here.state.push("acme/app", {PATH: GROSS, "README.md": "hello"})
    github_here.state.repositories["acme/app"].branch_rules["main"] = [REVIEWED]
    github_here.state.token("t", login="octocat")
    folder = tmp_path / ".github" / "workflows"
    folder.mkdir(parents=True)
    (folder / "deploy.yml").write_bytes(GROSS)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GITHUB_TOKEN", "t")
    return github_here


def test_one_pull_request_is_opened(app: FakeGitHub, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(PROPOSE) == 1, "the files here are as they were"
    assert "acme/app#1: opened" in capsys.readouterr().out
    repository = app.state.repositories["acme/app"]
    (pull,) = repository.pulls.values()
    files = app.state.objects.files(repository.branches[BRANCH])
    assert b"role-to-assume: ${{ secrets.DEPLOYMENT_ROLE }}" in files[PATH]
    assert files["README.md"] == b"hello"
    assert "| before | 1 | 0 |" in pull.body
    assert "| after | 0 | 0 |" in pull.body
    assert "secrets.DEPLOYMENT" in pull.body
    assert "--status Inactive" in pull.body
    assert Path(PATH).read_bytes() == GROSS


@pytest.mark.parametrize(("default", "is_sure"), [("read", True), ("write", False)])
def test_github_is_asked_what_its_token_may_do_by_default(
    app: FakeGitHub, default: str, is_sure: bool
) -> None:
    doubtful = GROSS.replace(b"    steps:\n", b"    steps:\n      - uses: someone/unknown@v1\n")
    app.state.push("acme/app", {PATH: doubtful})
    Path(PATH).write_bytes(doubtful)
    app.state.repositories["acme/app"].workflow_permissions = default
    main(PROPOSE)
    assert bool(app.state.repositories["acme/app"].pulls) is is_sure


def test_a_second_run_changes_nothing(app: FakeGitHub, capsys: pytest.CaptureFixture[str]) -> None:
    main(PROPOSE)
    before = dict(app.state.repositories["acme/app"].branches)
    main(PROPOSE)
    assert "acme/app#1: left as it is" in capsys.readouterr().out
    assert app.state.repositories["acme/app"].branches == before
    assert len(app.state.repositories["acme/app"].pulls) == 1


def test_another_role_updates_it(app: FakeGitHub, capsys: pytest.CaptureFixture[str]) -> None:
    main(PROPOSE)
    main([*PROPOSE[:-1], "vars.OTHER_ROLE"])
    assert "acme/app#1: updated" in capsys.readouterr().out
    repository = app.state.repositories["acme/app"]
    assert b"vars.OTHER_ROLE" in app.state.objects.files(repository.branches[BRANCH])[PATH]


def test_a_token_that_may_not_touch_workflows_is_told_what_it_needs(
    app: FakeGitHub, capsys: pytest.CaptureFixture[str]
) -> None:
    app.state.token("t", permissions={"contents": "write", "pull_requests": "write"})
    assert main(PROPOSE) == 2
    assert "workflows: write" in capsys.readouterr().err
    assert not app.state.repositories["acme/app"].pulls
    assert BRANCH not in app.state.repositories["acme/app"].branches


def test_what_is_not_on_github_is_not_proposed(
    app: FakeGitHub, capsys: pytest.CaptureFixture[str]
) -> None:
    Path(PATH).write_bytes(GROSS + b"# local\n")
    assert main(PROPOSE) == 2
    assert "is not the file that is here" in capsys.readouterr().err


def test_somebody_elses_commit_is_not_overwritten(
    app: FakeGitHub, capsys: pytest.CaptureFixture[str]
) -> None:
    main(PROPOSE)
    app.state.push("acme/app", {PATH: b"mine"}, BRANCH)
    capsys.readouterr()
    assert main(PROPOSE) == 2
    assert "a commit of their own" in capsys.readouterr().err


def test_what_is_missing_is_said_first(app: FakeGitHub, monkeypatch: pytest.MonkeyPatch) -> None:
    assert main(["fix", "--pull-request"]) == 2
    assert main([*PROPOSE, PATH]) == 2
    monkeypatch.delenv("GITHUB_TOKEN")
    assert main(PROPOSE) == 2


def test_a_github_that_cannot_be_reached_is_no_verdict(
    app: FakeGitHub, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    bounds = connection.Bounds(patience=0.0, between_writes=0.0)
    monkeypatch.setattr(connection, "DEFAULT_BOUNDS", bounds)
    app.faults.append(Fault(".*", ".*", status=503, times=100))
    assert main(PROPOSE) == 3
    assert "503" in capsys.readouterr().err


#: One key that is mended for sure, one that is in doubt, and one that has no fix.
MIXED = (
    GROSS
    + b"""
  doubtful:
    runs-on: ubuntu-latest
    steps:
      - uses: someone/unknown@v1
        with:
          aws-access-key-id: ${{ secrets.OTHER_KEY_ID }}
          aws-secret-access-key: ${{ secrets.OTHER_KEY_SECRET }}
"""
)


def test_what_is_not_in_the_pull_request_is_told(
    app: FakeGitHub, capsys: pytest.CaptureFixture[str]
) -> None:
    app.state.push("acme/app", {PATH: MIXED})
    Path(PATH).write_bytes(MIXED)
    assert main(PROPOSE) == 1
    out, err = capsys.readouterr()
    assert out == "pull request acme/app#1: opened\n"
    line = 1 + MIXED[: MIXED.index(b"secrets.OTHER_KEY_ID")].count(b"\n")
    (pull,) = app.state.repositories["acme/app"].pulls.values()
    left = pull.body.partition("## What is left\n\n")[2].partition("\n\n")[0]
    told = [one for one in err.split("\n") if f"{PATH}:{line}: " in one]
    assert told
    assert f"{PATH}:{line}" in left
    assert f"{PATH}:{line}" not in pull.body.partition("## What is left")[0]


ROLE = """\
on: {push: {branches: [main]}}
permissions:
  PERMISSION
jobs:
  deploy:
    runs-on: ubuntu-latest
    steps:
      - uses: aws-actions/configure-aws-credentials@v4
        with: {role-to-assume: "arn:aws:iam::123456789012:role/deploy", aws-region: eu-west-1}
  test:
    runs-on: ubuntu-latest
    steps:
      - run: echo tested
"""


@pytest.mark.parametrize("permission", ["contents: read", "id-token: write"])
def test_keys_are_spoken_of_only_where_keys_go(permission: str, app: FakeGitHub) -> None:
    """A job lacks the permission in one, and another has it without need."""
    text = ROLE.replace("PERMISSION", permission).encode()
    app.state.push("acme/app", {PATH: text})
    Path(PATH).write_bytes(text)
    main([*PROPOSE, "--unsafe"])
    (pull,) = app.state.repositories["acme/app"].pulls.values()
    assert "stored" not in pull.title.lower()
    assert "Stored AWS keys go" not in pull.body
    assert pull.title == "Let only the jobs that assume AWS roles ask for OIDC tokens"
    assert pull.body.startswith("`permissions` change: ")
