"""`--github` and `--remote` of the commands beside `check`: one code path, and no silence."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import responses

from oidc_enforcer import cli
from oidc_enforcer.github import connection
from tests.action.test_hiding import CALLED
from tests.action.workshop import KEYS, REVIEWED, ROLE
from tests.fakegithub import Environment, FakeGitHub, Fault

DEPLOY = ".github/workflows/deploy.yml"
CALL = "on: push\njobs:\n  a:\n    uses: acme/shared/.github/workflows/deploy.yml@v2\n"
OLD = {"created_at": "2023-01-01T00:00:00Z", "updated_at": "2023-01-02T00:00:00Z"}
ACME = ["--repo", "acme/app"]
COMMANDS = [
    ["check", "--github", *ACME],
    ["check", "--remote", *ACME],
    ["baseline", "write", "--github", *ACME],
    ["baseline", "write", "--remote", *ACME],
    ["fix", "--github", *ACME],
    ["bootstrap", "--github", *ACME],
    ["bootstrap", "--remote", *ACME],
    ["subjects", "--github", *ACME],
    ["subjects", "--remote", *ACME],
    ["trust", "--policy", "trust.json", "--github", *ACME],
    ["trust", "--suggest", "terraform", "--allow", "branch:main", "--github", *ACME],
]


@pytest.fixture
def app(github_here: FakeGitHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeGitHub:
    """A repository that is checked out, too, with one role by OIDC."""
    github_here.state.push("acme/app", {DEPLOY: ROLE})
    github_here.state.token("t")
    monkeypatch.setenv("GITHUB_TOKEN", "t")
    monkeypatch.chdir(tmp_path)
    write(ROLE)
    return github_here


def write(text: str) -> None:
    Path(DEPLOY).parent.mkdir(parents=True, exist_ok=True)
    Path(DEPLOY).write_text(text, "utf-8")


def trust(*subjects: str) -> None:
    issuer = "token.actions.githubusercontent.com"
    statement = {
        "Effect": "Allow",
        "Principal": {"Federated": f"arn:aws:iam::123456789012:oidc-provider/{issuer}"},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {
            "StringEquals": {f"{issuer}:aud": "sts.amazonaws.com", f"{issuer}:sub": list(subjects)}
        },
    }
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    Path("trust.json").write_text(json.dumps(policy), "utf-8")


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_without_a_token_nothing_is_done(
    app: FakeGitHub,
    command: list[str],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("GITHUB_TOKEN")
    assert cli.main(command) == 2
    out, err = capsys.readouterr()
    assert (out, app.log) == ("", [])
    assert "into GITHUB_TOKEN or GH_TOKEN" in err


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_repository_that_is_not_there_is_an_error(
    app: FakeGitHub, command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    del app.state.repositories["acme/app"]
    assert cli.main(command) == 2
    assert "GitHub refused GET /repos/acme/app: Not Found" in capsys.readouterr().err


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_github_out_of_reach_is_no_pass(
    app: FakeGitHub, command: list[str], status: int, capsys: pytest.CaptureFixture[str]
) -> None:
    app.faults.append(Fault("GET", "/repos/acme/app", status=status, times=99))
    assert cli.main(command) == 3
    assert "/repos/acme/app" in capsys.readouterr().err
    assert not Path(".github/oidc-enforcer-baseline.json").exists()


@pytest.mark.parametrize("command", ["check", "bootstrap", "subjects"])
def test_files_and_another_place_for_them_contradict_each_other(
    app: FakeGitHub, command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main([command, "--remote", *ACME, "."]) == 2
    assert "--remote reads no folder" in capsys.readouterr().err


# -- files that nobody has checked out -------------------------------------------------------------


@pytest.fixture
def nowhere(app: FakeGitHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeGitHub:
    empty = tmp_path / "empty"
    empty.mkdir()
    monkeypatch.chdir(empty)
    return app


def test_a_repository_is_judged_without_a_checkout(
    nowhere: FakeGitHub, capsys: pytest.CaptureFixture[str]
) -> None:
    nowhere.state.push("acme/app", {DEPLOY: KEYS, ".github/oidc-enforcer.yml": "contact: us\n"})
    assert cli.main(["check", "--remote", *ACME, "--format", "json"]) == 1
    said = json.loads(capsys.readouterr().out)
    assert [one["file"] for one in said["findings"] if one["severity"] == "error"] == [DEPLOY]
    assert said["context"]["contact"] == "us"
    assert "of the default branch" in said["context"]["config_sources"]


def test_its_callees_and_its_local_actions_are_followed(
    nowhere: FakeGitHub, capsys: pytest.CaptureFixture[str]
) -> None:
    sha = nowhere.state.push("acme/shared", {DEPLOY: CALLED})
    nowhere.state.repositories["acme/shared"].tags["v2"] = sha
    nowhere.state.push("acme/app", {DEPLOY: CALL + "    secrets: inherit\n"})
    assert cli.main(["check", "--remote", *ACME]) == 1
    assert f"acme/shared/{DEPLOY}@v2" in capsys.readouterr().out


def test_the_organisations_configuration_holds(
    app: FakeGitHub, capsys: pytest.CaptureFixture[str]
) -> None:
    """For a checkout and for what GitHub has; a path that is typed goes before it."""
    app.state.push("acme/.github", {"oidc-enforcer.yml": "fail-on: warning\nmax-key-age: 9\n"})
    for place in ("--github", "--remote"):
        assert cli.main(["check", place, *ACME, "--show-config", "--format", "json"]) == 0
        said = json.loads(capsys.readouterr().out)
        assert "acme/.github/oidc-enforcer.yml" in json.dumps(said)
    Path("org.yml").write_text("max-key-age: 30\n", "utf-8")
    cli.main(["check", "--github", *ACME, "--show-config", "--org-config", "org.yml"])
    assert "acme/.github" not in capsys.readouterr().out


def test_a_malformed_configuration_there_is_an_error(
    nowhere: FakeGitHub, capsys: pytest.CaptureFixture[str]
) -> None:
    nowhere.state.push("acme/.github", {"oidc-enforcer.yml": "fail-no: warning\n"})
    assert cli.main(["check", "--remote", *ACME]) == 2
    assert "fail-no" in capsys.readouterr().err


@pytest.mark.parametrize("text", ["a: [\n", "fail-no: warning\n"])
def test_a_broken_configuration_of_the_repository_says_whose_it_is(
    nowhere: FakeGitHub, capsys: pytest.CaptureFixture[str], text: str
) -> None:
    nowhere.state.push("acme/app", {".github/oidc-enforcer.yml": text})
    assert cli.main(["check", "--remote", *ACME]) == 2
    message, hint = capsys.readouterr().err.splitlines()
    assert message.startswith(
        "oidc-enforcer: error: the configuration of acme/app: .github/oidc-enforcer.yml:"
    )
    assert hint.endswith(
        "correct it on the default branch of acme/app, or go by another one with `--config FILE`"
    )


# -- bootstrap -------------------------------------------------------------------------------------


def bootstrap(*more: str) -> int:
    return cli.main(["bootstrap", "--remote", *ACME, "--format", "terraform", *more])


@pytest.mark.parametrize("default", ["read", "write"])
def test_the_steps_without_a_checkout_say_where_and_do_what_was_foreseen(
    nowhere: FakeGitHub, default: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """What GitHub said here is not known there, unless the command says it."""
    doubtful = KEYS.replace("    steps:\n", "    steps:\n      - uses: someone/unknown@v1\n")
    doubtful = doubtful.replace("permissions:\n  contents: read\n", "")
    nowhere.state.push("acme/app", {DEPLOY: doubtful})
    nowhere.state.repositories["acme/app"].workflow_permissions = default
    assert bootstrap() == 0
    (step,) = [one for one in capsys.readouterr().err.split("\n") if "  3. " in one]
    assert step.startswith("  3. in a checkout of acme/app: oidc-enforcer fix --role vars.")
    assert ("--unsafe" in step) is (default == "write")
    write(doubtful)
    assert cli.main(step.partition("oidc-enforcer ")[2].partition(" >")[0].split()) == 0
    assert "role-to-assume" in Path(DEPLOY).read_text("utf-8")


def test_provider_role_and_policy_are_written_without_a_checkout(
    nowhere: FakeGitHub, capsys: pytest.CaptureFixture[str]
) -> None:
    """The default branch, the ids and the environments are GitHub's word."""
    app = nowhere.state.repositories["acme/app"]
    app.default_branch = "trunk"
    app.branch_rules["trunk"] = [REVIEWED]
    nowhere.state.push("acme/app", {DEPLOY: KEYS})
    assert bootstrap() == 0
    out, err = capsys.readouterr()
    assert "repo:acme/app:ref:refs/heads/trunk" in out
    assert f"repo:acme@{app.owner.id}/app@{app.id}:ref:refs/heads/trunk" in out
    assert "reach branch" in err
    assert "can push to" not in err, "somebody has to approve what comes onto it"


def test_subjects_are_written_as_github_makes_them(
    nowhere: FakeGitHub, capsys: pytest.CaptureFixture[str]
) -> None:
    app = nowhere.state.repositories["acme/app"]
    app.subject = {"use_default": True, "use_immutable_subject": True}
    nowhere.state.push("acme/app", {DEPLOY: KEYS})
    assert bootstrap() == 0
    out = capsys.readouterr().out
    assert f"repo:acme@{app.owner.id}/app@{app.id}:ref" in out
    assert "repo:acme/app:ref" not in out
    app.subject = {"use_default": False, "include_claim_keys": ["repository_id", "context"]}
    assert bootstrap() == 0
    assert f"repository_id:{app.id}:ref:refs/heads/main" in capsys.readouterr().out


def test_what_does_not_guard_a_pin_is_said(
    nowhere: FakeGitHub, capsys: pytest.CaptureFixture[str]
) -> None:
    app = nowhere.state.repositories["acme/app"]
    app.environments["production"] = Environment("production")
    assert bootstrap("--allow", "environment:production", "--allow", "branch:gone") == 0
    err = capsys.readouterr().err
    assert "note: environment `production` admits every branch" in err
    assert "note: there is no branch `gone`" in err


def test_environments_that_only_the_run_tells_are_listed(
    nowhere: FakeGitHub, capsys: pytest.CaptureFixture[str]
) -> None:
    open_ = ROLE.replace("    steps:", "    environment: app-${{ vars.WHERE }}\n    steps:")
    nowhere.state.push(
        "acme/app", {DEPLOY: open_.replace("role/deploy", "role/github-actions-app")}
    )
    app = nowhere.state.repositories["acme/app"]
    app.environments["production"] = Environment("production")
    assert bootstrap() == 2
    err = capsys.readouterr().err
    assert "its environment is not told" in err
    assert "note: GitHub has the environments `production`" in err


def test_files_that_were_not_read_are_named(
    nowhere: FakeGitHub, capsys: pytest.CaptureFixture[str]
) -> None:
    large = b"#" * (17 * 1024 * 1024)
    nowhere.state.push("acme/app", {DEPLOY: KEYS, ".github/workflows/large.yml": large})
    assert bootstrap() == 0
    assert "not looked at: .github/workflows/large.yml: larger than" in capsys.readouterr().err


def test_what_the_token_may_not_read_is_said(
    nowhere: FakeGitHub, capsys: pytest.CaptureFixture[str]
) -> None:
    nowhere.state.token("t", permissions={"contents": "read", "metadata": "read"})
    assert bootstrap("--allow", "environment:production") == 0
    err = capsys.readouterr().err
    assert "not known: how GitHub writes the subjects" in err
    assert "how the environment `production` is protected is not known" in err


# -- trust -----------------------------------------------------------------------------------------


def test_policies_are_judged_for_the_subjects_that_github_makes(
    app: FakeGitHub, capsys: pytest.CaptureFixture[str]
) -> None:
    """A classic subject lets nobody in where they carry ids; by names alone nobody could tell."""
    here = app.state.repositories["acme/app"]
    here.subject = {"use_default": True, "use_immutable_subject": True}
    command = ["trust", "--policy", "trust.json", "--github", *ACME]
    trust("repo:acme/app:ref:refs/heads/main")
    cli.main(command)
    assert "reach      never" in capsys.readouterr().out
    trust(f"repo:acme@{here.owner.id}/app@{here.id}:ref:refs/heads/main")
    assert cli.main(command) == 0
    assert "reach      branch" in capsys.readouterr().out
    assert (
        cli.main(["trust", "--github", *ACME, "--suggest", "terraform", "--allow", "tag:v1"]) == 0
    )
    assert f"repo:acme@{here.owner.id}/app@{here.id}:ref:refs/tags/v1" in capsys.readouterr().out


def test_subjects_that_github_does_not_tell_are_doubt(
    app: FakeGitHub, capsys: pytest.CaptureFixture[str]
) -> None:
    app.state.token("t", permissions={"contents": "read"})
    trust("repo:acme/app:ref:refs/heads/main")
    command = ["trust", "--policy", "trust.json", "--github", *ACME]
    assert cli.main(command) == 0
    assert "not known: how GitHub writes the subjects" in capsys.readouterr().err
    assert cli.main([*command, "--strict"]) == 3


# -- baseline, fix, subjects -----------------------------------------------------------------------


def test_a_baseline_records_what_github_tells(
    app: FakeGitHub, capsys: pytest.CaptureFixture[str]
) -> None:
    app.state.repositories["acme/app"].secrets |= {"AWS_ACCESS_KEY_ID": OLD}
    assert cli.main(["baseline", "write", "--github", *ACME]) == 0
    recorded = Path(".github/oidc-enforcer-baseline.json").read_text("utf-8")
    assert "orphaned-secret" in recorded
    assert "unprotected-pin" in recorded
    here = ["--baseline", ".github/oidc-enforcer-baseline.json", "--fail-on", "note"]
    assert cli.main(["check", "--github", *ACME, *here]) == 0
    app.state.repositories["acme/app"].branch_rules["main"] = [REVIEWED]
    assert cli.main(["baseline", "update", "--github", *ACME]) == 0
    assert "1 taken out" in capsys.readouterr().out
    assert cli.main(["baseline", "check", "--github", *ACME]) == 0


def test_a_baseline_records_roles_and_says_what_it_has_not_seen(
    app: FakeGitHub, capsys: pytest.CaptureFixture[str]
) -> None:
    write(ROLE + CALL.partition("jobs:\n")[2])
    issuer = "token.actions.githubusercontent.com"
    statement = {
        "Effect": "Allow",
        "Principal": {"Federated": f"arn:aws:iam::123456789012:oidc-provider/{issuer}"},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {"StringLike": {f"{issuer}:sub": "repo:acme/*"}},
    }
    trust = {"Version": "2012-10-17", "Statement": [statement]}
    arn = "arn:aws:iam::123456789012:role/deploy"
    role = {"Arn": arn, "RoleName": "deploy", "AssumeRolePolicyDocument": trust}
    Path("roles.json").write_text(json.dumps({"Role": role}), "utf-8")
    here = [*ACME, "--policy", "roles.json"]
    assert cli.main(["baseline", "write", *here]) == 0
    err = capsys.readouterr().err
    assert "not looked at: acme/shared/.github/workflows/deploy.yml@v2" in err
    assert "broad-trust" in Path(".github/oidc-enforcer-baseline.json").read_text("utf-8")
    assert cli.main(["check", *here, "--baseline", ".github/oidc-enforcer-baseline.json"]) == 0


DOUBTFUL = KEYS.replace("permissions:\n  contents: read\n", "").replace(
    "    steps:\n", "    steps:\n      - uses: someone/unknown@v1\n"
)


@pytest.mark.parametrize(("default", "is_sure"), [("read", True), ("write", False)])
def test_fixes_are_surer_with_what_github_tells(
    app: FakeGitHub, default: str, is_sure: bool
) -> None:
    app.state.repositories["acme/app"].workflow_permissions = default
    write(DOUBTFUL)
    cli.main(["fix", "--github", *ACME, "--write", "--role", "vars.ROLE"])
    assert ("role-to-assume" in Path(DEPLOY).read_text("utf-8")) is is_sure


def test_another_repositorys_workflow_is_never_mended(
    app: FakeGitHub, capsys: pytest.CaptureFixture[str]
) -> None:
    sha = app.state.push("acme/shared", {DEPLOY: CALLED})
    app.state.repositories["acme/shared"].tags["v2"] = sha
    write(CALL + "    secrets: inherit\n")
    cli.main(["fix", "--github", *ACME, "--write", "--unsafe"])
    assert Path(DEPLOY).read_text("utf-8").startswith(CALL)
    assert [str(one) for one in Path().rglob("*.yml")] == [DEPLOY]


TAKES_KEYS = """name: up
inputs: {id: {}, key: {}}
runs:
  using: composite
  steps:
    - run: aws s3 cp x s3://y
      shell: bash
      env: {AWS_ACCESS_KEY_ID: "${{ inputs.id }}", AWS_SECRET_ACCESS_KEY: "${{ inputs.key }}"}
"""
GIVES_KEYS = """on: push
jobs:
  a:
    runs-on: ubuntu-latest
    steps:
      - uses: acme/shared@v2
        with: {id: "${{ secrets.UP_ID }}", key: "${{ secrets.UP_KEY }}"}
"""


def test_an_action_of_another_repository_has_to_change_first(
    app: FakeGitHub, capsys: pytest.CaptureFixture[str]
) -> None:
    sha = app.state.push("acme/shared", {"action.yml": TAKES_KEYS})
    app.state.repositories["acme/shared"].tags["v2"] = sha
    write(GIVES_KEYS)
    assert cli.main(["fix", "--github", *ACME]) == 1
    said = capsys.readouterr().err
    assert "no fix for static-credentials: `acme/shared@v2` is of another repository" in said


def test_a_called_workflow_of_another_repository_is_not_called_uncalled(
    app: FakeGitHub, capsys: pytest.CaptureFixture[str]
) -> None:
    called = "on: workflow_call\njobs:\n  d:\n    runs-on: x\n    steps: [{run: aws s3 ls}]\n"
    sha = app.state.push("acme/shared", {DEPLOY: called})
    app.state.repositories["acme/shared"].tags["v2"] = sha
    write(CALL)
    assert cli.main(["subjects", "--github", *ACME]) == 0
    said = capsys.readouterr().out
    assert "of another repository: what its jobs present when they are called is not told" in said
    assert "called by no workflow" not in said


def test_subjects_as_github_makes_them(app: FakeGitHub, capsys: pytest.CaptureFixture[str]) -> None:
    here = app.state.repositories["acme/app"]
    here.subject = {"use_default": True, "use_immutable_subject": True}
    assert cli.main(["subjects", "--github", *ACME]) == 0
    assert f"repo:acme@{here.owner.id}/app@{here.id}:ref:refs/heads/" in capsys.readouterr().out


def test_subjects_that_could_not_be_asked_about_are_doubt(
    app: FakeGitHub, capsys: pytest.CaptureFixture[str]
) -> None:
    app.state.token("t", permissions={"contents": "read"})
    assert cli.main(["subjects", "--github", *ACME]) == 0
    assert "not known: how GitHub writes the subjects" in capsys.readouterr().err


def test_the_casing_is_githubs(app: FakeGitHub, capsys: pytest.CaptureFixture[str]) -> None:
    """Subjects have it, and IAM compares them letter by letter."""
    assert cli.main(["subjects", "--github", "--repo", "Acme/APP"]) == 0
    assert "repo:acme/app:ref" in capsys.readouterr().out


def test_an_open_branch_withdraws_no_fix(app: FakeGitHub) -> None:
    """No workflow can be changed so that its branch is protected; the key goes all the same."""
    write(KEYS)
    assert cli.main(["fix", "--github", *ACME, "--write", "--fail-on", "warning"]) == 1
    assert "role-to-assume" in Path(DEPLOY).read_text("utf-8")


REQUIRING = [[*one, "--require-org-config"] for one in COMMANDS]


@pytest.mark.parametrize("command", REQUIRING, ids=" ".join)
def test_a_required_configuration_that_is_not_there_verifies_nothing(
    app: FakeGitHub, command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    trust("repo:acme/app:ref:refs/heads/main")
    assert cli.main(command) == 3
    out, err = capsys.readouterr()
    assert out == ""
    assert "there is no `oidc-enforcer.yml` in acme/.github that this token may read" in err


@pytest.mark.parametrize("status", [403, 503])
def test_a_required_configuration_that_is_refused_verifies_nothing(
    app: FakeGitHub, status: int, capsys: pytest.CaptureFixture[str]
) -> None:
    app.faults.append(Fault("GET", "/repos/acme/.github/contents/oidc-enforcer.yml", status=status))
    assert cli.main(["check", "--github", *ACME, "--require-org-config"]) == 3
    assert "is required" in capsys.readouterr().err


def test_a_required_configuration_that_is_there_counts(app: FakeGitHub) -> None:
    app.state.push("acme/.github", {"oidc-enforcer.yml": "fail-on: note\n"})
    assert cli.main(["check", "--github", *ACME, "--require-org-config", "-q"]) == 1


def test_what_nobody_asks_github_for_is_not_required(
    app: FakeGitHub, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["check", "--require-org-config"]) == 2
    assert "--github" in capsys.readouterr().err


#: What no GitHub answers, and a proxy or somebody else in its place may.
STRANGE = {
    "null": "null",
    "a list": "[]",
    "a number": "7",
    "nothing": "{}",
    "deep": "[" * 100_000,
    "no data": '{"data": 7, "errors": 7}',
    "no errors": '{"data": null, "errors": [null, 7]}',
    "no page": "<html>",
}


@pytest.mark.parametrize("text", STRANGE.values(), ids=STRANGE)
@pytest.mark.parametrize(
    "command", [*COMMANDS, ["org", "acme"], ["doctor", *ACME]], ids=lambda words: " ".join(words)
)
def test_no_answer_is_a_traceback(
    app: FakeGitHub,
    command: list[str],
    text: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    trust("repo:acme/app:ref:refs/heads/main")
    monkeypatch.setattr(connection, "pause", lambda seconds: None)
    with responses.RequestsMock(assert_all_requests_are_fired=False) as strange:
        for method in ("GET", "POST"):
            strange.add(method, re.compile(".*"), text, content_type="application/json")
        status = cli.main(command)
    assert status in (0, 1, 2, 3)
    assert "Traceback" not in capsys.readouterr().err


def test_a_limit_that_names_no_number_is_a_refusal(
    app: FakeGitHub, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "pause", lambda seconds: None)
    headers = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "abc", "Retry-After": "xyz"}
    with responses.RequestsMock() as limiting:
        limiting.get(re.compile(".*"), status=403, json={"message": "x"}, headers=headers)
        assert cli.main(["check", "--remote", *ACME]) == 3
    assert "GitHub" in capsys.readouterr().err
