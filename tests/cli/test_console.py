"""No stream that fails costs a verdict, and nothing but the console writes."""

from __future__ import annotations

import ast
import io
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from oidc_enforcer import cli

KEYS = """\
on: push
jobs:
  deploy:
    runs-on: ubuntu-latest
    env:
      AWS_ACCESS_KEY_ID: ${{ secrets.ID }}
      AWS_SECRET_ACCESS_KEY: ${{ secrets.KEY }}
    steps:
      - run: aws s3 ls
"""
POLICY = Path(__file__).parents[2] / "examples" / "trust" / "wide-as-in-most-posts.json"
COMMANDS = [
    (["check"], cli.FINDINGS),
    (["check", "--format=json"], cli.FINDINGS),
    (["check", "--show-config"], cli.CLEAN),
    (["fix"], cli.FINDINGS),
    (["fix", "-i"], cli.FINDINGS),
    (["subjects", "--repo=acme/app"], cli.CLEAN),
    (["trust", "--repo=acme/app", f"--policy={POLICY}"], cli.FINDINGS),
    (["trust", "snapshot", "--output=-", f"--policy={POLICY}"], cli.CLEAN),
    (["bootstrap", "--repo=acme/app"], cli.CLEAN),
    (["baseline", "check", "--file=empty.json"], cli.FINDINGS),
    (["explain"], cli.CLEAN),
    (["completion", "bash"], cli.CLEAN),
    (["check", "--help"], cli.CLEAN),
    (["help"], cli.CLEAN),
    (["--version"], cli.CLEAN),
]
each_command = pytest.mark.parametrize(
    ("typed", "status"), COMMANDS, ids=[" ".join(typed[:2]) for typed, _ in COMMANDS]
)


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    workflows = tmp_path / ".github" / "workflows"
    workflows.mkdir(parents=True)
    (workflows / "deploy.yml").write_text(KEYS, "utf-8")
    (tmp_path / "empty.json").write_text('{"version": 1, "findings": []}', "utf-8")
    monkeypatch.chdir(tmp_path)
    with open(os.devnull, encoding="utf-8") as nothing:
        monkeypatch.setattr(sys, "stdin", nothing)
        yield


@each_command
def test_a_reader_that_leaves_does_not_change_the_verdict(
    typed: list[str],
    status: int,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w", encoding="utf-8") as pipe:
        monkeypatch.setattr(sys, "stdout", pipe)
        assert cli.main(typed) == status
    assert "Traceback" not in capsys.readouterr().err


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
@each_command
def test_a_disk_that_is_full_is_the_users_to_change(
    typed: list[str],
    status: int,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    with open("/dev/full", "w", encoding="utf-8") as full:
        monkeypatch.setattr(sys, "stdout", full)
        assert cli.main(typed) == cli.USAGE
    assert "error: cannot write standard output: no space left" in capsys.readouterr().err


@each_command
def test_a_closed_standard_output_is_the_users_to_change(
    typed: list[str],
    status: int,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(sys, "stdout", None)
    assert cli.main(typed) == cli.USAGE
    assert "error: cannot write standard output: it is closed" in capsys.readouterr().err


@pytest.mark.parametrize("typed", [["check"], ["fix"], ["nonsense"]])
def test_a_closed_standard_error_sends_nothing_elsewhere(
    typed: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    status = cli.main(typed)
    out = capsys.readouterr().out
    monkeypatch.setattr(sys, "stderr", None)
    assert cli.main(typed) == status
    assert capsys.readouterr().out == out


def test_a_closed_standard_input_is_the_users_to_change(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    for typed in (["check", "-"], ["trust", "--repo=acme/app", "--policy=-"]):
        assert cli.main(typed) == cli.USAGE
        assert "error: cannot read standard input: it is closed" in capsys.readouterr().err


def test_an_empty_standard_input_is_the_users_to_change(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b" \n")))
    assert cli.main(["check", "-"]) == cli.USAGE
    assert "error: standard input is empty" in capsys.readouterr().err


def test_a_console_that_cannot_show_a_character_gets_its_name(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".github" / "workflows" / "déploy.yml").write_text(KEYS, "utf-8")
    with open("out.txt", "w", encoding="ascii") as narrow:
        monkeypatch.setattr(sys, "stdout", narrow)
        assert cli.main(["check", "-q"]) == cli.FINDINGS
    assert "d\\xe9ploy.yml" in Path("out.txt").read_text("ascii")


def test_nothing_but_the_console_writes() -> None:
    folder = Path(cli.__file__).parent
    for path in folder.glob("*.py"):
        tree = ast.parse(path.read_text("utf-8"))
        names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
        fields = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
        if path.name not in ("console.py", "__init__.py"):  # the latter sets the streams up
            assert "print" not in names, path
            assert not {"stdout", "stderr"} & fields, path
