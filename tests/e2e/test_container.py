"""The image itself: what is in it, and that a checkout cannot get its own code run by it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.runner import ENGINE, Runner

pytestmark = pytest.mark.skipif(not ENGINE, reason="`make e2e` builds the image")

PYTHON = "/opt/oidc-enforcer/bin/python"
KEYS = """\
on: push
jobs:
  deploy:
    runs-on: ubuntu-latest
    env:
      AWS_ACCESS_KEY_ID: ${{ secrets.AWS_ACCESS_KEY_ID }}
      AWS_SECRET_ACCESS_KEY: ${{ secrets.AWS_SECRET_ACCESS_KEY }}
    steps:
      - run: aws s3 ls
"""


@pytest.fixture
def runner(tmp_path: Path) -> Runner:
    """A machine whose checkout holds a workflow with keys."""
    machine = Runner(tmp_path)
    workflows = machine.workspace / ".github" / "workflows"
    workflows.mkdir(parents=True)
    (workflows / "deploy.yml").write_text(KEYS, "utf-8")
    return machine


def test_nothing_that_builds_or_installs_is_left(runner: Runner) -> None:
    for module in ("pip", "hatchling", "setuptools", "wheel"):
        step = runner.step({}, {}, entrypoint=(PYTHON, "-I", "-c", f"import {module}"))
        assert step.status == 1, module
        assert "ModuleNotFoundError" in step.log
    left = runner.step({}, {}, entrypoint=("/bin/sh", "-c", "ls -A /opt; test ! -e /src"))
    assert (left.status, left.log.split()) == (0, ["oidc-enforcer"])


def test_every_module_has_its_bytecode(runner: Runner) -> None:
    count = (
        "import pathlib, sysconfig\n"
        "there = pathlib.Path(sysconfig.get_path('purelib'))\n"
        "print(sum(1 for p in there.rglob('*.py')), sum(1 for p in there.rglob('*.pyc')))\n"
    )
    step = runner.step({}, {}, entrypoint=(PYTHON, "-I", "-c", count))
    sources, compiled = map(int, step.log.split())
    assert sources > 500
    assert compiled >= sources - 2


def test_a_module_of_the_checkout_is_not_imported(runner: Runner) -> None:
    for name in ("oidc_enforcer", "github", "json", "sitecustomize"):
        (runner.workspace / f"{name}.py").write_text("print('taken over')\n", "utf-8")
    for name in ("PYTHONPATH", "PYTHONSTARTUP"):
        step = runner.step(
            {name: "/github/workspace"},
            {},
            entrypoint=(PYTHON, "-I", "-m", "oidc_enforcer", "check", "--format", "github"),
        )
        assert step.status == 1
        assert step.log.startswith("::error file=.github/workflows/deploy.yml,line=6,")
        assert "taken over" not in step.log
