"""Every command of docs/rollout.md is run, in its order, against a GitHub that checks it."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from oidc_enforcer import cli
from oidc_enforcer.config.layers import merge, read, under_ring
from oidc_enforcer.config.rings import Traits, applied
from oidc_enforcer.enforce.workflow_file import problems
from oidc_enforcer.rules import severities
from oidc_enforcer.source import SourceFile
from tests.action.workshop import ROLE
from tests.fakegithub import FakeGitHub

ROOT = Path(__file__).parent.parent
ORGANISATION = ROOT / "examples" / "org"
PAGE = (ROOT / "docs" / "rollout.md").read_text("utf-8")
REQUIRED = (ORGANISATION / ".github" / "workflows" / "aws-oidc.yml").read_text("utf-8")


def commands(text: str) -> list[list[str]]:
    blocks = re.findall(r"```console\n(.*?)```", text, re.DOTALL)
    lines = [line for block in blocks for line in block.splitlines()]
    assert all(line.startswith("$ oidc-enforcer ") for line in lines)
    return [shlex.split(line.removeprefix("$ oidc-enforcer ")) for line in lines]


@pytest.fixture
def acme(github_here: FakeGitHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeGitHub:
    """An organisation of a dozen repositories, and a checkout of one of them."""
    state = github_here.state
    state.push("acme/.github", {".github/workflows/aws-oidc.yml": REQUIRED})
    for number in range(12):
        state.push(f"acme/r{number}", {"README.md": "x\n", ".github/workflows/ci.yml": ROLE})
    state.token("t", login="octocat")
    monkeypatch.setenv("GH_TOKEN", "t")
    monkeypatch.chdir(tmp_path)
    for path in ("oidc-enforcer.yml", "aws-repositories.txt", "repository.yml"):
        Path(path).touch()
    policy = (ORGANISATION / "oidc-enforcer.yml").read_text("utf-8")
    Path("oidc-enforcer.yml").write_text(policy, "utf-8")
    names = "".join(f"acme/r{number}\n" for number in range(12))
    Path("aws-repositories.txt").write_text(names, "utf-8")
    workflow = Path(".github/workflows/ci.yml")
    workflow.parent.mkdir(parents=True)
    workflow.write_text(
        "on: push\njobs: {a: {runs-on: x, steps: [{run: aws sso login}]}}\n", "utf-8"
    )
    return github_here


def test_four_steps_from_zero_to_blocked(acme: FakeGitHub) -> None:
    steps = re.split(r"^## (Step \d): ", PAGE, flags=re.MULTILINE)
    assert steps[1::2] == ["Step 1", "Step 2", "Step 3", "Step 4"]
    rulesets = acme.state.owners["acme"].rulesets
    modes = []
    for text in steps[2::2]:
        found = commands(text)
        assert found
        for command in found:
            assert cli.main(command) == cli.CLEAN, command
        modes.append(rulesets[0]["enforcement"])
    assert modes == ["evaluate", "evaluate", "active", "active"]
    assert len(rulesets) == 1
    marked = [one for one in acme.state.repositories.values() if one.properties.get("cloud")]
    assert len(marked) == 12


def test_every_command_has_been_run() -> None:
    assert len(commands(PAGE)) == len(re.findall(r"^\$ ", PAGE, re.MULTILINE)) >= 12


@pytest.mark.parametrize(
    ("day", "rings"),
    [
        ("2026-12-01", ("observe", "block-new")),
        ("2027-01-11", ("warn", "block-new")),
        ("2027-02-01", ("block-new", "block")),
        ("2027-05-03", ("block", "block")),
    ],
)
def test_the_examples_dates_are_a_roll_out(day: str, rings: tuple[str, str]) -> None:
    file = SourceFile("org.yml", (ORGANISATION / "oidc-enforcer.yml").read_text("utf-8"))
    config = merge([read("organisation", "org.yml", file, severities())], severities()).config
    everybody = applied(config, Traits("acme/web", (), {}), day)
    pilot = applied(config, Traits("acme/web", (), {"oidc-ring": "pilot"}), day)
    assert (everybody.ring.word, pilot.ring.word) == rings


@pytest.mark.parametrize(
    "text",
    [
        "severities: {static-credentials: off}",
        "severities: {hardcoded-access-key: note}",
        "fail-on: never",
        "mode: audit",
        "scope: new",
        "scope: changed",
        "rings: []",
        "rings: [{ring: observe}]",
        "paths-ignore: ['*']",
        "allowed-credentials: [oidc, temporary, ambient, other-provider, dummy, static]",
        "allowed-accounts: ['333333333333']",
        "max-exception-days: 3650",
        "on-github-error: warn",
        "on-aws-error: warn",
    ],
)
def test_no_repository_gets_around_the_example(text: str) -> None:
    """Whatever its own configuration says, the organisation's holds on every day."""
    org = SourceFile("org.yml", (ORGANISATION / "oidc-enforcer.yml").read_text("utf-8"))
    rules = severities()
    ours = read("organisation", "org.yml", org, rules)
    theirs = read("repository", "r.yml", SourceFile("r.yml", text), rules)
    alone, both = merge([ours], rules), merge([ours, theirs], rules)
    for day in ("2026-12-01", "2027-06-01"):
        rings = [applied(one.config, Traits("acme/web", (), {}), day).ring for one in (alone, both)]
        assert rings[1] >= rings[0]
        one, other = (
            under_ring(each, ring) for each, ring in zip((alone, both), rings, strict=True)
        )
        assert other._replace(rings=()) == one._replace(rings=())


def test_the_required_workflow_locks_nobody_out() -> None:
    assert list(problems(SourceFile("aws-oidc.yml", REQUIRED))) == []
