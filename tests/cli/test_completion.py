"""The completion scripts, tried in the shells they are for."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from oidc_enforcer.cli.commands import tables
from oidc_enforcer.cli.completion import script
from oidc_enforcer.cli.completion_command import SHELLS

RULES = ("static-credentials", "missing-id-token")


@pytest.fixture(params=SHELLS)
def shell(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    if shutil.which(name) is None:
        pytest.skip(f"{name} is not installed")
    return name


def saved(shell: str, tmp_path: Path) -> Path:
    path = tmp_path / f"completion.{shell}"
    path.write_text(script(shell, RULES), "utf-8")
    return path


def run(*command: str | Path) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return done.stdout


@pytest.mark.parametrize("name", SHELLS)
def test_every_command_option_and_rule_is_in_the_script(name: str) -> None:
    text = script(name, RULES)
    for command in tables():
        assert command.name in text
        for option in command.options:
            assert all(flag.lstrip("-") in text for flag in option.flags)
    assert all(rule in text for rule in RULES)
    assert "markdown" in text


def test_the_shell_can_read_the_script(shell: str, tmp_path: Path) -> None:
    run(shell, "-n", saved(shell, tmp_path))


BASH = """
source "$1"; shift
COMP_WORDS=("$@"); COMP_CWORD=$(( $# - 1 )); _oidc_enforcer; echo "${COMPREPLY[*]}"
"""


@pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not installed")
@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (
            [""],
            "check fix subjects trust baseline bootstrap org enforce doctor explain completion"
            " --version -h --help",
        ),
        (["ch"], "check"),
        (["check", "--f"], "--format --fail-on --fixes"),
        (["check", "--format", "s"], "sarif"),
        (["check", "--format", "="], "text json sarif github markdown html"),
        (["check", "--format", "=", "j"], "json"),
        (["check", "--fail-on", ""], "error warning note never"),
        (["check", "x"], ""),
        (["explain", "s"], "static-credentials"),
        (["completion", ""], "bash zsh fish"),
    ],
)
def test_bash_offers(words: list[str], offered: str, tmp_path: Path) -> None:
    path = saved("bash", tmp_path)
    assert run("bash", "-c", BASH, "-", path, "oidc-enforcer", *words).strip() == offered


@pytest.mark.skipif(shutil.which("fish") is None, reason="fish is not installed")
def test_fish_offers(tmp_path: Path) -> None:
    path = saved("fish", tmp_path)
    command = f"source {path}; complete -C 'oidc-enforcer check --format '"
    offered = {line.split("\t")[0] for line in run("fish", "-c", command).splitlines()}
    assert offered == {"text", "json", "sarif", "github", "markdown", "html"}
