"""Which configuration a run goes by, and what it says of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from oidc_enforcer import cli

WORKFLOW = """\
on: push
jobs:
  deploy:
    runs-on: ubuntu-latest
    steps:
      - run: aws sso login
"""


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / ".github" / "workflows"
    folder.mkdir(parents=True)
    (folder / "deploy.yml").write_text(WORKFLOW, "utf-8")
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def configure(repository: Path, text: str) -> None:
    (repository / ".github" / "oidc-enforcer.yml").write_text(text, "utf-8")


def context(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, str]:
    capsys.readouterr()
    cli.main(["check", "--format", "json", *arguments])
    found: dict[str, str] = json.loads(capsys.readouterr().out)["context"]
    return found


def test_without_a_file_the_defaults_hold(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["check", "-q"]) == cli.CLEAN  # a warning, and errors alone fail
    assert "config_sources" not in context(capsys)


def test_the_work_trees_file_counts_and_is_called_unverified(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = context(capsys)["config"]
    configure(repository, "fail-on: warning\n")
    assert cli.main(["check", "-q"]) == cli.FINDINGS
    assert cli.main(["check", "-q", ".github/workflows/deploy.yml"]) == cli.FINDINGS
    assert cli.main(["check", "-q", "--fail-on", "error"]) == cli.CLEAN
    said = context(capsys)
    assert said["config"] != before
    assert said["config_sources"].endswith("of the work tree, unverified")


def test_a_file_below_the_work_trees_root_goes_by_it(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    configure(repository, "fail-on: warning\n")
    (repository / "sub").mkdir()
    (repository / "sub" / "deploy.yml").write_text(WORKFLOW, "utf-8")
    assert cli.main(["check", "-q", "sub/deploy.yml"]) == cli.FINDINGS
    monkeypatch.chdir(repository / "sub")
    assert cli.main(["check", "-q", "deploy.yml"]) == cli.FINDINGS


def test_a_malformed_file_is_never_the_defaults(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    configure(repository, "fail_on: never\n")
    assert cli.main(["check"]) == cli.USAGE
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err == (
        "oidc-enforcer: error: .github/oidc-enforcer.yml:1:1: unknown setting `fail_on`\n"
        "hint: did you mean `fail-on`?\n"
    )


def test_the_organisations_enforced_setting_holds(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (repository / "org.yml").write_text("fail-on: warning\nenforce: all\n", "utf-8")
    configure(repository, "fail-on: never\n")
    assert cli.main(["check", "-q", "--org-config", "org.yml"]) == cli.FINDINGS
    assert cli.main(["check", "--org-config", "org.yml", "--fail-on", "never"]) == cli.USAGE
    assert "may not be loosened to `never`" in capsys.readouterr().err


def test_a_named_file_takes_the_place_of_the_repositorys(repository: Path) -> None:
    configure(repository, "broken: true\n")
    (repository / "mine.yml").write_text("fail-on: warning\n", "utf-8")
    assert cli.main(["check", "-q", "--config", "mine.yml"]) == cli.FINDINGS
    assert cli.main(["check", "-q", "--config", "nowhere.yml"]) == cli.USAGE


def test_paths_of_different_configurations_are_not_mixed(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    configure(repository, "fail-on: warning\n")
    other = repository / "other"
    (other / ".github" / "workflows").mkdir(parents=True)
    (other / ".git").mkdir()
    assert cli.main(["check", ".", "other"]) == cli.USAGE
    assert "these paths have different configurations" in capsys.readouterr().err
    assert cli.main(["check", ".", "other", "--config", ".github/oidc-enforcer.yml", "-q"]) == 1


def test_two_spellings_and_links_that_leave_are_refused(
    repository: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    configure(repository, "fail-on: warning\n")
    twin = repository / ".github" / "oidc-enforcer.yaml"
    twin.write_text("", "utf-8")
    assert cli.main(["check"]) == cli.USAGE
    twin.unlink()
    outside = tmp_path_factory.mktemp("outside") / "o.yml"
    outside.write_text("fail-on: never\n", "utf-8")
    own = repository / ".github" / "oidc-enforcer.yml"
    own.unlink()
    own.symlink_to(outside)
    assert cli.main(["check"]) == cli.USAGE


def test_show_config_checks_nothing(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    configure(repository, "fail-on: warning\n")
    assert cli.main(["check", "--show-config"]) == cli.CLEAN
    assert 'fail-on                       "warning"  (repository)' in capsys.readouterr().out
    assert cli.main(["check", "--show-config", "--format", "json"]) == cli.CLEAN
    value = json.loads(capsys.readouterr().out)
    assert value["settings"]["fail-on"]["layer"] == "repository"


def test_scope_new_without_anything_to_compare_with_says_that_all_counts(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    configure(repository, "scope: new\nfail-on: warning\ncontact: the platform team\n")
    assert cli.main(["check", "-q"]) == cli.FINDINGS
    said = context(capsys)
    assert said["scope"].endswith("so everything counts")
    assert said["contact"] == "the platform team"
    cli.main(["baseline", "write"])
    assert cli.main(["check", "-q", "--baseline", ".github/oidc-enforcer-baseline.json"]) == 0
    assert "scope" not in context(capsys, "--baseline", ".github/oidc-enforcer-baseline.json")


def test_the_organisations_words_are_shown(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    configure(repository, "help: ask first\ncontact: the platform team\n")
    cli.main(["check"])
    text = capsys.readouterr().out
    assert "help: ask first\n" in text
    assert "contact: the platform team\n" in text
