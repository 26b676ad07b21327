"""The pre-commit hook names a command that is there, and runs for the files that matter."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from oidc_enforcer import yaml_tree
from oidc_enforcer.cli.parser import parse
from oidc_enforcer.files import CONFIG_FILES
from oidc_enforcer.source import SourceFile
from oidc_enforcer.yaml_tree import Mapping, Sequence

TEXT = (Path(__file__).parent.parent / ".pre-commit-hooks.yaml").read_text("utf-8")


def hook(key: str) -> str:
    hooks = yaml_tree.parse(SourceFile(".pre-commit-hooks.yaml", TEXT)).root
    assert isinstance(hooks, Sequence)
    (only,) = hooks.items
    assert isinstance(only, Mapping)
    value = only.scalar(key)
    assert value is not None
    return value.text


def test_the_command_is_one_of_ours() -> None:
    program, *typed = hook("entry").split()
    assert program == hook("id") == "oidc-enforcer"
    assert parse(typed).command.name == "check"
    # Whether a workflow is sound may depend on another: all are judged, whichever has changed.
    assert hook("pass_filenames") == "false"


@pytest.mark.parametrize(
    ("path", "is_for_it"),
    [
        (".github/workflows/ci.yml", True),
        (".github/workflows/ci.yaml", True),
        ("action.yml", True),
        (".github/actions/login/action.yaml", True),
        *((path, True) for path in CONFIG_FILES),
        (".github/workflows/old/ci.yml", False),
        ("docs/.github/workflows/ci.yml", False),
        ("transaction.yml", False),
        (".github/dependabot.yml", False),
    ],
)
def test_it_runs_for_the_files_that_matter(path: str, *, is_for_it: bool) -> None:
    assert (re.search(hook("files"), path) is not None) is is_for_it
