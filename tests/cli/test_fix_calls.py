"""`fix` where a key goes on into files of the repository, and after-care that deletes nothing else.

One called workflow names one role, whoever calls it, and one local action takes what it declares.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from oidc_enforcer.cli import main

CALLS = """\
on: push
jobs:
  stage:
    uses: ./.github/workflows/deploy.yml
    secrets:
      key_id: ${{ secrets.STAGING_KEY_ID }}
      key_secret: ${{ secrets.STAGING_KEY_SECRET }}
  prod:
    uses: ./.github/workflows/deploy.yml
    secrets:
      key_id: ${{ secrets.PROD_KEY_ID }}
      key_secret: ${{ secrets.PROD_KEY_SECRET }}
"""
CALLED = """\
on:
  workflow_call:
    secrets:
      key_id: {required: true}
      key_secret: {required: true}
jobs:
  deploy:
    runs-on: ubuntu-latest
    steps:
"""
STEP = """\
      - uses: aws-actions/configure-aws-credentials@v6
        with:
          aws-access-key-id: ${{ secrets.key_id }}
          aws-secret-access-key: ${{ secrets.key_secret }}
          aws-region: eu-west-1
      - run: aws s3 ls
"""
LOCAL = """\
      - uses: ./deploy
        with:
          aws-key: ${{ secrets.key_id }}
          aws-secret: ${{ secrets.key_secret }}
"""
ACTION = """\
name: deploy
description: deploys
inputs:
  aws-key: {required: true, description: key}
  aws-secret: {required: true, description: secret}
runs:
  using: composite
  steps:
    - uses: aws-actions/configure-aws-credentials@v6
      with:
        aws-access-key-id: ${{ inputs.aws-key }}
        aws-secret-access-key: ${{ inputs.aws-secret }}
        aws-region: eu-central-1
    - shell: bash
      run: aws s3 ls
"""
TOLD = """\
on: push
jobs:
  stage:
    uses: ./.github/workflows/deploy.yml
    permissions:
      id-token: write
      contents: read
    with:
      role-to-assume: ${{ vars.STAGING_AWS_ROLE_ARN }}
  prod:
    uses: ./.github/workflows/deploy.yml
    permissions:
      id-token: write
      contents: read
    with:
      role-to-assume: ${{ vars.PROD_AWS_ROLE_ARN }}
"""
TAKES = """\
on:
  workflow_call:
    inputs:
      role-to-assume:
        required: true
        type: string
jobs:
  deploy:
    runs-on: ubuntu-latest
    permissions:
      id-token: write
      contents: read
    steps:
      - uses: aws-actions/configure-aws-credentials@v6
        with:
          role-to-assume: ${{ inputs.role-to-assume }}
          aws-region: eu-west-1
      - run: aws s3 ls
"""
Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / ".github" / "workflows"
    folder.mkdir(parents=True)
    (tmp_path / "deploy").mkdir()

    def write(calls: str, called: str, action: str = "") -> Path:
        (folder / "ci.yml").write_text(calls, "utf-8")
        (folder / "deploy.yml").write_text(called, "utf-8")
        if action:
            (tmp_path / "deploy" / "action.yml").write_text(action, "utf-8")
        return folder

    return write


INHERITS = """\
  rest:
    uses: ./.github/workflows/deploy.yml
    secrets: inherit
"""


@pytest.mark.parametrize(
    ("calls", "steps", "action"), [(CALLS + INHERITS, STEP, ""), (CALLS, LOCAL, ACTION)]
)
def test_different_keys_never_become_one_role_unasked(
    write: Write, calls: str, steps: str, action: str, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = write(calls, CALLED + steps, action)
    assert main(["fix", "--write"]) == 1
    assert (folder / "ci.yml").read_text("utf-8") == calls
    assert (folder / "deploy.yml").read_text("utf-8") == CALLED + steps
    err = capsys.readouterr().err
    assert "is called with different keys, and all of its calls would assume one role" in err


def test_different_keys_become_roles_that_the_calls_hand_over(write: Write) -> None:
    folder = write(CALLS, CALLED + STEP)
    assert main(["fix", "--write"]) == 0
    assert (folder / "ci.yml").read_text("utf-8") == TOLD
    assert (folder / "deploy.yml").read_text("utf-8") == TAKES
    assert main(["fix", "--write"]) == 0
    assert (folder / "ci.yml").read_text("utf-8") == TOLD


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("    inputs:\n      stage: {type: string}\n", "      stage: {type: string}\n"),
        ("    # what it takes\n", "    # what it takes\n"),
    ],
)
def test_an_input_comes_beside_what_is_declared(write: Write, before: str, after: str) -> None:
    called = CALLED.replace("    secrets:\n", before + "    secrets:\n", 1)
    calls = CALLS.replace("    secrets:\n", "    with: # which\n      stage: x\n    secrets:\n")
    folder = write(calls if "stage" in before else CALLS, called + STEP)
    assert main(["fix", "--write"]) == 0
    text = (folder / "deploy.yml").read_text("utf-8")
    assert after in text
    assert text.count("inputs:") == 1
    handed = (folder / "ci.yml").read_text("utf-8")
    assert handed.count("role-to-assume: ${{ vars.") == handed.count("    with:") == 2


@pytest.mark.parametrize("typed", [[], ["--unsafe"]])
def test_a_key_that_a_local_action_takes_goes_everywhere_at_once(
    write: Write, typed: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    folder = write(CALLS.replace("STAGING", "PROD"), CALLED + LOCAL, ACTION)
    assert main(["fix", "--write", *typed]) == 0
    err = capsys.readouterr().err
    assert "not applied" not in err
    changed = [folder / "ci.yml", folder / "deploy.yml", folder.parent.parent / "deploy/action.yml"]
    texts = [path.read_text("utf-8") for path in changed]
    assert not any("key" in text or "session" in text for text in texts)
    assert "    permissions:\n      id-token: write\n      contents: read\n" in texts[0]


def test_a_caller_is_not_told_to_grant_what_it_grants(
    write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    calls = f"permissions: {{id-token: write}}\n{CALLS.replace('STAGING', 'PROD')}"
    write(calls, CALLED + STEP)
    assert main(["fix", "--write"]) == 0
    assert "default token" not in capsys.readouterr().err


@pytest.mark.parametrize("caller", ["ci.yml", "push.yml"])
def test_aftercare_deletes_no_secret_by_the_name_that_a_called_workflow_gives_it(
    write: Write, capsys: pytest.CaptureFixture[str], caller: str
) -> None:
    folder = write(CALLS.replace("STAGING", "PROD"), CALLED + STEP)
    (folder / "ci.yml").rename(folder / caller)  # behind `deploy.yml`, or before it
    main(["fix", "--aftercare"])
    out = capsys.readouterr().out
    assert "gh secret delete PROD_KEY_ID\n" in out
    assert "key_id" not in out


def test_aftercare_names_what_is_inherited(
    write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    calls = (
        "on: push\njobs:\n  a:\n    uses: ./.github/workflows/deploy.yml\n    secrets: inherit\n"
    )
    write(calls, CALLED + STEP)
    main(["fix", "--aftercare"])
    assert "`secrets.key_id`" in capsys.readouterr().out


def test_aftercare_goes_with_writing(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    folder = write(CALLS.replace("STAGING", "PROD"), CALLED + STEP)
    assert main(["fix", "--write", "--aftercare"]) == 0
    out, err = capsys.readouterr()
    assert "gh secret delete PROD_KEY_ID\n" in out
    assert "applied 1 fix\n" in err
    assert "PROD_KEY_ID" not in (folder / "ci.yml").read_text("utf-8")


def test_aftercare_that_comes_too_late_says_so(
    write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    write(CALLS.replace("STAGING", "PROD"), CALLED + STEP)
    main(["fix", "--write"])
    capsys.readouterr()
    main(["fix", "--aftercare"])
    out = capsys.readouterr().out
    assert "read no stored key" in out
    assert "git worktree add ../before COMMIT" in out
