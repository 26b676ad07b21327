"""`fix`: what it shows, what it writes, what it leaves alone."""

from __future__ import annotations

import io
import os
import stat
import subprocess
from pathlib import Path

import pytest

from oidc_enforcer.cli import main

EXAMPLES = Path(__file__).parent.parent.parent / "examples" / "workflows"
GROSS = (EXAMPLES / "gross-way.yml").read_text("utf-8")
TASTY = (EXAMPLES / "tasty-way.yml").read_text("utf-8")
UNSAFE = """\
on: push
jobs:
  deploy:
    runs-on: ubuntu-latest
    steps:
      - run: >-
          docker run -d -e AWS_ACCESS_KEY_ID=${{ secrets.A_KEY_ID }}
          -e AWS_SECRET_ACCESS_KEY=${{ secrets.A_KEY_SECRET }} x
"""


@pytest.fixture
def repo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with the gross way in it, and the working directory there."""
    folder = tmp_path / ".github" / "workflows"
    folder.mkdir(parents=True)
    (folder / "deploy.yml").write_text(GROSS, "utf-8", newline="")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def workflow(repo: Path) -> Path:
    return repo / ".github" / "workflows" / "deploy.yml"


def body(text: str) -> str:
    """The workflow without its opening comment and its name."""
    return "\n".join(text.split("\n")[2:])


def test_a_diff_changes_nothing(repo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fix"]) == 1
    out, err = capsys.readouterr()
    assert workflow(repo).read_text("utf-8") == GROSS
    assert "+          role-to-assume: ${{ vars.AWS_ROLE_ARN }}\n" in out
    assert "-          aws-access-key-id: ${{ secrets.AWS_ACCESS_KEY_ID }}\n" in out
    assert "1 fix to apply; --write applies" in err
    assert "put its ARN into `vars.AWS_ROLE_ARN`" in err


@pytest.mark.parametrize("given", ["relative", "absolute", "file"])
def test_git_applies_the_diff_wherever_it_was_made(
    repo: Path,
    given: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    subprocess.run(["git", "init", "-q"], cwd=repo, check=True)
    elsewhere = repo.parent / f"beside-{repo.name}"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    path = {"relative": f"../{repo.name}", "absolute": str(repo), "file": str(workflow(repo))}
    assert main(["fix", path[given]]) == 1
    out = capsys.readouterr().out
    assert out.startswith(
        "--- a/.github/workflows/deploy.yml\n+++ b/.github/workflows/deploy.yml\n"
    )
    subprocess.run(["git", "apply"], cwd=repo, input=out.encode(), check=True)
    assert "role-to-assume" in workflow(repo).read_text("utf-8")


def test_the_gross_way_becomes_the_tasty_way(repo: Path) -> None:
    assert main(["fix", "--write", "--role", "secrets.DEPLOYMENT_ROLE"]) == 0
    assert body(workflow(repo).read_text("utf-8")) == body(TASTY)


def test_a_second_run_changes_nothing(repo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["fix", "--write"])
    once = workflow(repo).read_bytes()
    capsys.readouterr()
    assert main(["fix", "--write", "--unsafe"]) == 0
    assert workflow(repo).read_bytes() == once
    assert "applied 0 fixes" in capsys.readouterr().err


def test_what_githubs_token_may_do_by_default_settles_doubt(
    repo: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = workflow(repo).read_text("utf-8")
    workflow(repo).write_text(
        text.replace("steps:\n", "steps:\n      - uses: some/one@v1\n"), "utf-8"
    )
    main(["fix"])
    assert "`--default-workflow-permissions read` settles" in capsys.readouterr().err
    config = repo / ".github" / "oidc-enforcer.yml"
    config.write_text("default-workflow-permissions: read\n", "utf-8")
    main(["fix", "--default-workflow-permissions", "write"])
    assert "1 more with --unsafe" in capsys.readouterr().err
    assert main(["fix", "--write"]) == 0
    assert "  contents: read\n  packages: read\n" in workflow(repo).read_text("utf-8")


def test_what_is_unsafe_waits_to_be_asked_for(
    repo: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    workflow(repo).write_text(UNSAFE, "utf-8")
    assert main(["fix", "--write"]) == 1
    assert workflow(repo).read_text("utf-8") == UNSAFE
    assert "applied 0 fixes, 1 more with --unsafe" in capsys.readouterr().err
    assert main(["fix", "--write", "--unsafe"]) == 0
    assert "secrets." not in workflow(repo).read_text("utf-8")


def test_mode_encoding_mark_and_line_breaks_stay(repo: Path) -> None:
    path = workflow(repo)
    path.write_bytes(b"\xef\xbb\xbf" + GROSS.replace("\n", "\r\n").encode())
    path.chmod(0o640)
    assert main(["fix", "--write", "--role", "secrets.DEPLOYMENT_ROLE"]) == 0
    data = path.read_bytes()
    assert data.startswith(b"\xef\xbb\xbf")
    assert data.count(b"\n") == data.count(b"\r\n")
    assert body(data.decode("utf-8-sig").replace("\r\n", "\n")) == body(TASTY)
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert os.listdir(path.parent) == ["deploy.yml"], "nothing is left beside it"


def test_utf_16_stays_utf_16(repo: Path) -> None:
    workflow(repo).write_bytes(b"\xff\xfe" + GROSS.encode("utf-16-le"))
    main(["fix", "--write"])
    data = workflow(repo).read_bytes()
    assert data.startswith(b"\xff\xfe")
    assert "role-to-assume" in data.decode("utf-16")


def test_a_file_that_cannot_be_decoded_is_left_alone(repo: Path) -> None:
    data = GROSS.encode() + b"# \xff\n"
    workflow(repo).write_bytes(data)
    main(["fix", "--write", "--unsafe"])
    assert workflow(repo).read_bytes() == data


def test_a_diff_hides_secrets_and_says_so(repo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    key = "AKIA" + "Q3EGRZ7WTNVKX5UM"
    leaked = GROSS.replace("${{ secrets.AWS_ACCESS_KEY_ID }}", key)
    workflow(repo).write_text(leaked, "utf-8")
    assert main(["fix"]) == 1
    out, err = capsys.readouterr()
    assert key not in out + err
    assert "not applied" in err, "a leaked key is never a safe fix"
    assert "deactivate this key" in err
    main(["fix", "--unsafe"])
    out, err = capsys.readouterr()
    assert key not in out + err
    assert "only --write applies it" in out


@pytest.mark.parametrize(
    ("answers", "is_applied"), [("y\n", True), ("n\n", False), ("", False), ("?\na\n", True)]
)
def test_asking_for_each(
    repo: Path, monkeypatch: pytest.MonkeyPatch, answers: str, is_applied: bool
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(answers))
    assert main(["fix", "-i"]) == (0 if is_applied else 1)
    assert ("role-to-assume" in workflow(repo).read_text("utf-8")) is is_applied


def test_a_read_only_file_is_said_to_be_one(repo: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("root may write everything")
    workflow(repo).chmod(0o444)
    assert main(["fix", "--write"]) == 2


def test_what_cannot_be_meant(repo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fix", "--write", "--diff"]) == 2
    assert main(["fix", "-"]) == 2
    assert main(["fix", "--role", "my-role"]) == 2
    assert main(["fix", "--region", "Ireland"]) == 2
    assert "neither a role's ARN nor a reference" in capsys.readouterr().err
    assert workflow(repo).read_text("utf-8") == GROSS


def test_a_given_region_is_written(repo: Path) -> None:
    workflow(repo).write_text(UNSAFE, "utf-8")
    main(["fix", "--write", "--unsafe", "--region", "eu-central-1"])
    assert "aws-region: eu-central-1" in workflow(repo).read_text("utf-8")


def test_aftercare_names_what_nobody_reads(repo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["fix", "--aftercare"])
    out = capsys.readouterr().out
    assert "gh secret delete AWS_ACCESS_KEY_ID" in out
    assert out.index("--status Inactive") < out.index("delete-access-key")
    assert workflow(repo).read_text("utf-8") == GROSS


def test_aftercare_keeps_what_others_read(repo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    steps = "[{run: 'echo ${{ secrets.AWS_ACCESS_KEY_ID }}'}]"
    other = f"on: push\njobs: {{a: {{runs-on: x, steps: {steps}}}}}\n"
    (workflow(repo).parent / "other.yml").write_text(other, "utf-8")
    main(["fix", "--aftercare"])
    out = capsys.readouterr().out
    assert "`secrets.AWS_ACCESS_KEY_ID`, in `.github/workflows/other.yml`" in out
    assert "gh secret delete AWS_ACCESS_KEY_ID" not in out
    assert "gh secret delete AWS_SECRET_ACCESS_KEY" in out


def test_callers_follow(repo: Path) -> None:
    """A reusable workflow that asks for a token needs callers that pass it on."""
    reusable = GROSS.replace("on:\n  push:\n    branches: [main]\n", "on: workflow_call\n")
    workflow(repo).write_text(reusable, "utf-8")
    caller = workflow(repo).parent / "release.yml"
    caller.write_text(
        "on: push\npermissions:\n  contents: read # enough\njobs:\n  ship:\n"
        "    uses: ./.github/workflows/deploy.yml\n    secrets: inherit\n",
        "utf-8",
    )
    assert main(["fix", "--write"]) == 0
    assert "permissions:\n  id-token: write\n  contents: read # enough\n" in caller.read_text(
        "utf-8"
    )
    assert main(["check"]) == 0


CALLER = """\
on: push
jobs:
  ship:
    uses: ./.github/workflows/deploy.yml
    secrets:
      KEY: ${{ secrets.AWS_ACCESS_KEY_ID }}
      SECRET: ${{ secrets.AWS_SECRET_ACCESS_KEY }}
      SLACK: ${{ secrets.SLACK }}
"""
CALLEE = """\
on:
  workflow_call:
    secrets:
      KEY: # the id
        required: true
      SECRET:
        required: true
      SLACK:
        required: true
jobs:
  deploy:
    runs-on: ubuntu-latest
    steps:
      - uses: aws-actions/configure-aws-credentials@v4
        with:
          aws-access-key-id: ${{ secrets.KEY }}
          aws-secret-access-key: ${{ secrets.SECRET }}
          aws-region: eu-west-1
      - run: aws s3 ls
"""


def test_secrets_handed_to_a_local_workflow_go_on_both_sides(repo: Path) -> None:
    workflow(repo).write_text(CALLEE, "utf-8")
    caller = workflow(repo).parent / "release.yml"
    caller.write_text(CALLER, "utf-8")
    other = workflow(repo).parent / "nightly.yml"
    other.write_text(CALLER.replace("push", "workflow_dispatch"), "utf-8")
    assert main(["fix", "--write"]) == 0
    assert caller.read_text("utf-8") == (
        "on: push\njobs:\n  ship:\n    uses: ./.github/workflows/deploy.yml\n"
        "    permissions:\n      id-token: write\n      contents: read\n    secrets:\n"
        "      SLACK: ${{ secrets.SLACK }}\n"
    )
    assert "secrets.AWS" not in other.read_text("utf-8")
    callee = workflow(repo).read_text("utf-8")
    assert "KEY" not in callee
    assert "SLACK:\n        required: true" in callee
    assert "role-to-assume: ${{ vars.AWS_ROLE_ARN }}" in callee
    assert "id-token: write" in callee
    assert main(["check"]) == 0


ACTION = """\
name: Ship
description: ships
inputs:
  key-id:
    required: true
  secret-key:
    required: true
  bucket:
    required: true
runs:
  using: composite
  steps:
    - uses: aws-actions/configure-aws-credentials@v4
      with:
        aws-access-key-id: ${{ inputs.key-id }}
        aws-secret-access-key: ${{ inputs.secret-key }}
        aws-region: eu-west-1
    - run: aws s3 ls s3://${{ inputs.bucket }}
      shell: bash
"""
USER = """\
on: push
jobs:
  ship:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - uses: ./.github/actions/ship
        with:
          key-id: ${{ secrets.AWS_ACCESS_KEY_ID }}
          secret-key: ${{ secrets.AWS_SECRET_ACCESS_KEY }}
          bucket: site
"""


def test_keys_handed_to_a_local_action_go_on_both_sides(repo: Path) -> None:
    folder = repo / ".github" / "actions" / "ship"
    folder.mkdir(parents=True)
    (folder / "action.yml").write_text(ACTION, "utf-8")
    workflow(repo).write_text(USER, "utf-8")
    assert main(["fix", "--write", "--region", "eu-west-1"]) == 0
    action = (folder / "action.yml").read_text("utf-8")
    assert "configure-aws-credentials" not in action
    assert "key" not in action
    used = workflow(repo).read_text("utf-8")
    assert used.index("role-to-assume") < used.index("./.github/actions/ship")
    assert used.endswith("        with:\n          bucket: site\n")
    assert main(["check"]) == 0
