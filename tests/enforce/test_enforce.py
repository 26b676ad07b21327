"""`enforce` against a GitHub that checks every request and answer by GitHub's own description."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from oidc_enforcer import cli
from tests.fakegithub import FakeGitHub, Fault

REQUIRED = "on: {pull_request: , merge_group: }\njobs: {a: {runs-on: x, steps: [{run: x}]}}\n"
PATH = ".github/workflows/aws-oidc.yml"
WORKFLOW = ("--workflow", f"acme/.github/{PATH}@main")
AWS = ("--property", "cloud=aws")


@pytest.fixture
def acme(github_here: FakeGitHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeGitHub:
    state = github_here.state
    state.push("acme/.github", {PATH: REQUIRED})
    for name in ("web", "api", "old", "off", "tool"):
        state.push(f"acme/{name}", {"README.md": "x\n"})
    for name in ("web", "old", "off", ".github"):
        state.repositories[f"acme/{name}"].properties["cloud"] = "aws"
    state.repositories["acme/old"].archived = True
    state.repositories["acme/off"].actions_enabled = False
    state.token("t", login="octocat")
    monkeypatch.setenv("GITHUB_TOKEN", "t")
    monkeypatch.chdir(tmp_path)
    return github_here


def enforce(action: str, *more: str) -> int:
    return cli.main(["enforce", action, "acme", *WORKFLOW, *more])


def writes(github: FakeGitHub) -> list[str]:
    return [f"{call.method} {call.path}" for call in github.log if call.method != "GET"]


def test_a_plan_changes_nothing(acme: FakeGitHub, capsys: pytest.CaptureFixture[str]) -> None:
    assert enforce("plan", *AWS) == cli.CLEAN
    said = capsys.readouterr().out
    sha = acme.state.repositories["acme/.github"].branches["main"]
    assert "create the ruleset `oidc-enforcer`\n" in said
    assert f'+             "sha": "{sha}"' in said
    assert "NOT COVERED: old: it is archived" in said
    assert "NOT COVERED: off: Actions are disabled there" in said
    assert "not meant: api: its property cloud is not aws" in said
    assert said.endswith("nothing has been changed; `enforce apply` does this\n")
    assert writes(acme) == []
    assert acme.state.owners["acme"].rulesets == []


def test_apply_creates_then_does_nothing_then_activates(
    acme: FakeGitHub, capsys: pytest.CaptureFixture[str]
) -> None:
    assert enforce("apply", *AWS, "--bypass", "org-admin") == cli.CLEAN
    (ruleset,) = acme.state.owners["acme"].rulesets
    assert ruleset["enforcement"] == "evaluate"
    assert ruleset["bypass_actors"] == [
        {"actor_type": "OrganizationAdmin", "bypass_mode": "pull_request"}
    ]
    before = writes(acme)
    assert enforce("apply", *AWS, "--bypass", "org-admin") == cli.CLEAN
    assert writes(acme) == before
    assert enforce("apply", *AWS, "--bypass", "org-admin", "--enforcement", "active") == cli.CLEAN
    assert ruleset["enforcement"] == "active"
    assert len(acme.state.owners["acme"].rulesets) == 1


def test_status_says_what_holds_and_what_has_drifted(
    acme: FakeGitHub, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("old", "off"):
        del acme.state.repositories[f"acme/{name}"]
    enforce("apply", *AWS)
    enforce("apply", *AWS, "--enforcement", "active")
    capsys.readouterr()
    assert enforce("status", *AWS) == cli.CLEAN
    said = capsys.readouterr().out
    assert said.startswith("enforcement: active\n2 repositories are covered\n")
    acme.state.owners["acme"].rulesets[0]["rules"] = []
    acme.state.repositories["acme/web"].properties["cloud"] = "none"
    assert enforce("status", *AWS) == cli.FINDINGS
    said = capsys.readouterr().out
    assert "not yet applied: update the ruleset" in said
    assert "drift: ruleset - " in said
    assert "drift: `web` is no longer covered: its property cloud is not aws" in said
    acme.state.owners["acme"].rulesets.clear()
    assert enforce("status", *AWS) == cli.FINDINGS
    assert "drift: the ruleset is gone" in capsys.readouterr().out


def test_a_partial_failure_is_told_and_taken_up(
    acme: FakeGitHub, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    names = [f"r{number}" for number in range(65)]
    for name in names:
        acme.state.push(f"acme/{name}", {"a": "b"})
    (tmp_path / "marks.txt").write_text(
        "# found by a scan of acme/no-such\nacme/web # soon\n\n" + "\n".join(names), "utf-8"
    )
    acme.faults.append(Fault("PATCH", "/orgs/acme/properties/values", status=503, skip=2))
    mark = ("--mark", "marks.txt")
    assert enforce("apply", *AWS, *mark) == cli.UNVERIFIED
    said = capsys.readouterr()
    assert said.out.count("done: set cloud=aws on 30 repositories\n") == 2
    assert (
        "not done: create the ruleset `oidc-enforcer`\napply again goes on from here\n" in said.out
    )
    assert "503" in said.err
    assert acme.state.owners["acme"].rulesets == []
    assert not Path("oidc-enforcer-enforcement.json").exists()
    assert enforce("apply", *AWS, *mark) == cli.CLEAN
    said = capsys.readouterr()
    assert "done: set cloud=aws on 5 repositories" in said.out
    marked = [one.name for one in acme.state.repositories.values() if one.properties.get("cloud")]
    assert set(names) <= set(marked)
    assert len(acme.state.owners["acme"].rulesets) == 1
    assert (
        len(json.loads(Path("oidc-enforcer-enforcement.json").read_text("utf-8"))["covered"]) == 67
    )


def test_who_may_not_is_told_which_permission(
    acme: FakeGitHub, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    acme.state.token("weak", permissions={"contents": "read"})
    monkeypatch.setenv("GITHUB_TOKEN", "weak")
    assert enforce("plan", *AWS) == cli.USAGE
    said = capsys.readouterr().err
    assert "GitHub refused GET /orgs/acme/rulesets" in said
    assert "hint: the token lacks a permission; `oidc-enforcer doctor` says which\n" in said


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "no action"),
        (["plan"], "no organisation"),
        (["plan", "acme", "x"], "`acme x` is no organisation"),
        (["plans", "acme"], "unknown action `plans`"),
        (["plan", "acme"], "no workflow"),
        (
            ["plan", "acme", "--workflow", "acme/x/ci.yml@main"],
            "`acme/x/ci.yml@main` is no workflow",
        ),
        (["plan", "acme", *WORKFLOW, "--property", "cloud"], "`cloud` is no property"),
        (["plan", "acme", *WORKFLOW, "--bypass", "me"], "`me` is nobody who may bypass"),
        (["plan", "acme", *WORKFLOW, "--mark", "x"], "--mark is given and --property is not"),
    ],
)
def test_what_cannot_be_done_is_said(
    acme: FakeGitHub, arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["enforce", *arguments]) == cli.USAGE
    assert message in capsys.readouterr().err


def test_a_workflow_that_locks_out_is_refused(
    acme: FakeGitHub, capsys: pytest.CaptureFixture[str]
) -> None:
    acme.state.push("acme/.github", {PATH: REQUIRED.replace(", merge_group: ", "")})
    assert enforce("plan", *AWS) == cli.USAGE
    assert "cannot be required: it does not run on `merge_group`" in capsys.readouterr().err


def test_without_a_token_nothing_is_asked(
    acme: FakeGitHub, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("GITHUB_TOKEN")
    assert enforce("plan") == cli.USAGE
    assert acme.log == []
    assert "`oidc-enforcer enforce --help` has the list" in capsys.readouterr().err
