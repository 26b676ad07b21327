"""The ten-line workflow of the documentation, run by `act` as GitHub's runner would run it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.e2e.runner import ENGINE
from tests.e2e.world import OIDC, PATH, World, quiet
from tests.fakegithub.descriptions import missing

ROOT = Path(__file__).parents[2]
BASE = os.environ.get("OIDC_ENFORCER_BASE", "")
ACT = Path(os.environ.get("OIDC_ENFORCER_TOOLS", "")) / "act"
USES = "oidc-enforcer/oidc-enforcer@v1"
WORKFLOW = (ROOT / "examples" / "action" / "pull-request.yml").read_text("utf-8")
#: A further step that reads what the Action gave.
LATER = """\
        id: judged
      - if: always()
        run: echo "later ${{ steps.judged.outputs.conclusion }} ${{ steps.judged.outputs.errors }}"
"""

pytestmark = [
    pytest.mark.skipif(not ENGINE, reason="`make e2e` starts an engine"),
    pytest.mark.skipif(not ACT.is_file(), reason="`make e2e` installs act"),
    pytest.mark.skipif(bool(missing()), reason=missing()),
]


@pytest.fixture(scope="session")
def action(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Action's repository as a checkout of it would be."""
    folder = tmp_path_factory.mktemp("action")
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    for name in listed.stdout.decode().split("\0"):
        if name and (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    return folder


def act(
    folder: Path, world: World, action: Path, workflow: str = WORKFLOW
) -> subprocess.CompletedProcess[str]:
    """Runs the workflow for the pull request as it is now."""
    checkout = folder / "checkout"
    workflows = checkout / ".github" / "workflows"
    workflows.mkdir(parents=True, exist_ok=True)
    (workflows / "aws-oidc.yml").write_text(workflow, "utf-8")
    (folder / "event.json").write_text(json.dumps(world.event()), "utf-8")
    if not (checkout / ".git").exists():
        _repository(checkout)
    command = [
        *(str(ACT), "pull_request", "--pull=false", "--rm", "--no-cache-server"),
        *("-P", f"ubuntu-latest={BASE}", "--container-daemon-socket", "-"),
        *("-e", str(folder / "event.json"), "--action-cache-path", str(folder / "cache")),
        *("--local-repository", f"{USES}={action}"),
        *("--env", f"GITHUB_API_URL={world.github.url}"),
        *("--env", f"GITHUB_GRAPHQL_URL={world.github.graphql_url}"),
        *("-s", "GITHUB_TOKEN=ghs_write"),
        f"--rebuild={'false' if (folder / 'cache').exists() else 'true'}",
    ]
    return subprocess.run(
        command,
        cwd=checkout,
        env=quiet({"HOME": str(folder)}),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=600,
        check=False,
    )


def _repository(checkout: Path) -> None:
    author = ("-c", "user.name=octocat", "-c", "user.email=octocat@example.com")
    for arguments in (
        ("init", "--quiet", "--initial-branch=feature"),
        ("remote", "add", "origin", "https://github.com/acme/app"),
        ("add", "--all"),
        (*author, "commit", "--quiet", "--message", "a workflow"),
    ):
        subprocess.run(["git", *arguments], cwd=checkout, check=True, capture_output=True)


def test_the_ten_lines_refuse_keys_and_let_the_fix_through(
    tmp_path: Path, world: World, action: Path
) -> None:
    first = act(tmp_path, world, action)
    assert first.returncode == 1, first.stdout
    assert f"::error file={PATH},line=14," in first.stdout
    (comment,) = world.comments()
    assert "```suggestion\n" in comment.body
    writes = len([one for one in world.github.log if one.method != "GET"])

    second = act(tmp_path, world, action)
    assert second.returncode == 1, second.stdout
    posted = [one for one in world.github.log if one.method not in ("GET", "POST")]
    assert posted == []
    assert len(world.comments()) == 1
    assert writes

    world.push(OIDC)
    third = act(tmp_path, world, action, WORKFLOW + LATER)
    assert third.returncode == 0, third.stdout
    assert world.comments() == []
    assert "later success 0" in third.stdout
