"""What the configuration says of subjects is heeded by every command that writes or prints them."""

from __future__ import annotations

from pathlib import Path

import pytest

from oidc_enforcer import cli

WORKFLOW = """\
on:
  push: {branches: [main]}
permissions: {id-token: write}
jobs:
  deploy:
    runs-on: ubuntu-latest
    steps:
      - uses: aws-actions/configure-aws-credentials@v6
        with: {role-to-assume: 'arn:aws:iam::123456789012:role/x', aws-region: eu-west-1}
"""
IDS = ("--repo", "acme/app", "--repo-id", "2001", "--owner-id", "1001")
COMMANDS = {
    "trust": ("trust", "--suggest", "terraform", "--allow", "branch:main", *IDS),
    "bootstrap": ("bootstrap", "--allow", "branch:main", *IDS),
    "subjects": ("subjects", *IDS),
}
SUBJECTS = {
    "immutable-subject: true\n": "repo:acme@1001/app@2001:ref:refs/heads/main",
    "immutable-subject: false\n": "repo:acme/app:ref:refs/heads/main",
    "subject-template: [repository_id, ref]\nimmutable-subject: false\n": (
        "repository_id:2001:ref:refs/heads/main"
    ),
}


@pytest.mark.parametrize("setting", SUBJECTS)
@pytest.mark.parametrize("command", COMMANDS)
def test_subjects_are_written_as_the_configuration_says(
    command: str,
    setting: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    Path(".github/workflows").mkdir(parents=True)
    Path(".github/workflows/deploy.yml").write_text(WORKFLOW)
    Path(".github/oidc-enforcer.yml").write_text(setting)
    assert cli.main(COMMANDS[command]) == cli.CLEAN
    out = capsys.readouterr().out
    for subject in SUBJECTS.values():
        assert (subject in out) == (subject == SUBJECTS[setting]), out
