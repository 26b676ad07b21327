"""`bootstrap`: the texts, the runs that they let in, and what has to be asked for."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from oidc_enforcer.cli import main
from tests.reporters.example import golden

EXAMPLES = Path(__file__).parent.parent.parent / "examples" / "workflows"
PROVIDER = "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"
ACME = ("bootstrap", "--repo", "acme/app")


@pytest.fixture(autouse=True)
def _repo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / ".github" / "workflows"
    folder.mkdir(parents=True)
    (folder / "deploy.yml").write_text((EXAMPLES / "gross-way.yml").read_text("utf-8"), "utf-8")
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("form", ["terraform", "cloudformation", "cli"])
def test_the_texts(form: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*ACME, "--format", form]) == 0
    out, err = capsys.readouterr()
    assert out == golden(f"bootstrap-{form}.txt", out)
    assert "reach branch" in err
    assert "AdministratorAccess" not in out


def test_json_is_what_iam_takes(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*ACME, "--format", "json", "--provider", PROVIDER]) == 0
    told = json.loads(capsys.readouterr().out)
    statement = told["role"]["AssumeRolePolicyDocument"]["Statement"][0]
    assert statement["Principal"] == {"Federated": PROVIDER}
    assert told["role"]["PermissionsPolicy"]["Statement"][0]["Effect"] == "Deny"


def test_the_runs_are_told_by_the_workflows_as_they_will_be(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Here they still use keys; on pushes to main they will assume a role."""
    main(list(ACME))
    out, err = capsys.readouterr()
    assert '"repo:acme/app:ref:refs/heads/main"' in out
    assert "lets in, and nothing else: branch:main" in err


@pytest.mark.parametrize("entry", ["branch:*", "tag:v*", "pull-request", "environment:prod-?"])
def test_what_is_broad_must_be_asked_for(entry: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*ACME, "--allow", entry]) == 2
    assert "--allow-broad" in capsys.readouterr().err
    assert main([*ACME, "--allow", entry, "--allow-broad"]) == 0
    assert "gets in" in capsys.readouterr().err


def test_both_forms_of_subjects(capsys: pytest.CaptureFixture[str]) -> None:
    main([*ACME, "--repo-id", "2001", "--owner-id", "1001", "--form", "both"])
    out = capsys.readouterr().out
    assert "repo:acme/app:ref:refs/heads/main" in out
    assert "repo:acme@1001/app@2001:ref:refs/heads/main" in out


def test_a_hostile_name_stays_in_its_comment(capsys: pytest.CaptureFixture[str]) -> None:
    name = "x\ntouch /tmp/pwned\n$(id) ${aws:username} 'q'"
    assert main([*ACME, "--allow", f"environment:{name}", "--format", "cli"]) == 0
    out = capsys.readouterr().out
    assert not [line for line in out.split("\n") if line.startswith("touch")]
    main([*ACME, "--allow", f"environment:{name}", "--format", "terraform"])
    out = capsys.readouterr().out
    assert not [line for line in out.split("\n") if line.startswith("touch")]
    code = "\n".join(line for line in out.split("\n") if not line.startswith("#"))
    assert "${aws" not in code.replace("$${", "")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["bootstrap"], "no repository"),
        ([*ACME, "--format", "json"], "names the account of its OIDC provider"),
        ([*ACME, "--role-name", "a b"], "is no role's name"),
        ([*ACME, "--provider", "arn:aws:iam::1:role/x"], "is no OIDC provider"),
        ([*ACME, "--allow", "everything"], "must be `branch:"),
        ([*ACME, "--form", "immutable"], "no policy can be written"),
    ],
)
def test_what_has_to_be_changed(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words) == 2
    assert said in capsys.readouterr().err


def test_the_steps_say_unsafe_where_nothing_would_change_without(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The last step stands on the fix, so the command that is printed must do it."""
    main(list(ACME))
    assert "--unsafe" not in capsys.readouterr().err
    file = tmp_path / ".github" / "workflows" / "deploy.yml"
    doubtful = "    steps:\n      - uses: someone/unknown@v1\n"
    file.write_text(file.read_text("utf-8").replace("    steps:\n", doubtful), "utf-8")
    main(list(ACME))
    (step,) = [one for one in capsys.readouterr().err.split("\n") if "  3. " in one]
    assert "--write --unsafe --aftercare > aftercare.md" in step
    given = step.partition("oidc-enforcer ")[2].partition(" >")[0].split()
    before = file.read_text("utf-8")
    assert main([one for one in given if one != "--unsafe"]) == 1
    assert file.read_text("utf-8") == before
    assert main(given) == 0
    assert "role-to-assume: ${{ vars.AWS_ROLE_ARN }}" in file.read_text("utf-8")
