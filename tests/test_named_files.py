"""Files that are named are judged within their repository; they alone are reported and changed."""

from __future__ import annotations

from pathlib import Path

import pytest

from oidc_enforcer import cli, files, gather, mending, repairs
from oidc_enforcer.facts import Facts
from oidc_enforcer.fixes.proposal import Choices
from oidc_enforcer.report import FileReport

KEYS = """\
          {id}: ${{{{ {source}.AWS_ACCESS_KEY_ID }}}}
          {secret}: ${{{{ {source}.AWS_SECRET_ACCESS_KEY }}}}
"""
WITH = KEYS.format(id="aws-access-key-id", secret="aws-secret-access-key", source="secrets")
OF_CALLER = (
    WITH.replace("secrets.", "inputs.")
    .replace("AWS_ACCESS_KEY_ID", "id")
    .replace("AWS_SECRET_ACCESS_KEY", "secret")
)
FILES = {
    ".github/workflows/caller.yml": """\
on: push
permissions: {contents: read}
jobs:
  call:
    uses: ./.github/workflows/called.yml
    secrets:
      AWS_ACCESS_KEY_ID: ${{ secrets.AWS_ACCESS_KEY_ID }}
      AWS_SECRET_ACCESS_KEY: ${{ secrets.AWS_SECRET_ACCESS_KEY }}
  act:
    runs-on: ubuntu-latest
    steps:
      - uses: ./tools/deploy
        with:
          id: ${{ secrets.AWS_ACCESS_KEY_ID }}
          secret: ${{ secrets.AWS_SECRET_ACCESS_KEY }}
  assume:
    uses: ./.github/workflows/assumes.yml
""",
    ".github/workflows/called.yml": f"""\
on:
  workflow_call:
    secrets:
      AWS_ACCESS_KEY_ID: {{required: true}}
      AWS_SECRET_ACCESS_KEY: {{required: true}}
jobs:
  ship:
    runs-on: ubuntu-latest
    steps:
      - uses: aws-actions/configure-aws-credentials@v6
        with:
{WITH}          aws-region: eu-west-1
""",
    ".github/workflows/assumes.yml": """\
on: workflow_call
jobs:
  ship:
    runs-on: ubuntu-latest
    steps:
      - uses: aws-actions/configure-aws-credentials@v6
        with: {role-to-assume: 'arn:aws:iam::123456789012:role/x', aws-region: eu-west-1}
""",
    "tools/deploy/action.yml": f"""\
name: deploy
inputs: {{id: {{required: true}}, secret: {{required: true}}}}
runs:
  using: composite
  steps:
    - uses: aws-actions/configure-aws-credentials@v6
      with:
{OF_CALLER}          aws-region: eu-west-1
    - run: aws s3 ls
      shell: bash
""",
}


@pytest.fixture(autouse=True)
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def judged(*paths: str) -> dict[str, FileReport]:
    report = gather.check_paths(paths, gather.Options(processes=1))
    return {one.file: one for one in report.files}


def mend(*paths: str) -> tuple[dict[str, str], list[str]]:
    """The files that change, and why findings have no fix."""
    done = repairs.repair(paths, Facts(), Choices(), mending.every)
    left = [f.unfixed for one in done.mended for f in one.after.findings if f.unfixed]
    return {one.path: one.after.text for one in done.changed}, left


@pytest.mark.parametrize("name", FILES)
def test_a_file_by_itself_is_judged_as_among_the_others(name: str) -> None:
    assert judged(name) == {name: judged(".")[name]}


@pytest.mark.parametrize("name", FILES)
def test_the_same_goes_for_a_path_from_elsewhere(
    name: str,
    repository: Path,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    here = judged(name)[name]
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    path = f"{repository}/{name}"
    there = judged(path)[path]
    assert [one.rule for one in there.findings] == [one.rule for one in here.findings]
    assert [one.id_token for one in there.jobs] == [one.id_token for one in here.jobs]


def test_what_callers_grant_is_known_of_the_called_file_alone() -> None:
    name = ".github/workflows/assumes.yml"
    assert [one.id_token for one in judged(name)[name].jobs] == ["none"]


def test_several_files_are_one_repository() -> None:
    names = list(FILES)
    assert judged(*names) == judged(".")
    assert [path for path, _ in files.find_all(names)] == names[:1]


def test_files_that_were_named_are_mended_together() -> None:
    assert mend(*FILES) == mend(".")


@pytest.mark.parametrize("name", [".github/workflows/caller.yml", ".github/workflows/called.yml"])
def test_no_file_is_changed_that_nobody_named(name: str) -> None:
    changed, left = mend(name)
    assert set(changed) <= {name}
    assert any("as well: name that, too, or the repository" in why for why in left)


def test_writing_several_files_at_once_works(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["fix", "--write", "--unsafe", *FILES]) in (cli.CLEAN, cli.FINDINGS)
    assert "has changed meanwhile" not in capsys.readouterr().err
    assert {name: one.findings for name, one in judged(".").items()} == dict.fromkeys(FILES, ())
