"""The story of a pull request, told by the real container with the runner's exact environment."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.e2e.runner import ENGINE, Runner, Step
from tests.e2e.world import OIDC, PATH, READER, STATIC, World, aws, trusting
from tests.fakegithub.descriptions import missing

pytestmark = [
    pytest.mark.skipif(not ENGINE, reason="`make e2e` builds the image"),
    pytest.mark.skipif(bool(missing()), reason=missing()),
]


@pytest.fixture
def runner(tmp_path: Path) -> Runner:
    """A machine without a checkout."""
    return Runner(tmp_path)


def go(runner: Runner, world: World) -> Step:
    return runner.step(world.environment(), world.event())


def test_stored_keys_are_refused_with_a_suggestion(runner: Runner, world: World) -> None:
    step = go(runner, world)
    assert step.status == 1, step.log
    assert f"::error file={PATH},line=14," in step.log
    (comment,) = world.comments()
    assert (comment.path, comment.author) == (PATH, "github-actions[bot]")
    assert re.search(r"^```suggestion\n.*role-to-assume.*^```$", comment.body, re.M | re.S)
    assert "static-credentials" in step.summary
    assert step.outputs["conclusion"] == "failure"
    assert step.outputs["errors"] == "1"
    assert step.outputs["static-jobs"] == "1"
    assert "Self-reported" in step.summary


def test_a_second_run_posts_nothing_and_the_fix_takes_the_comment_away(
    runner: Runner, world: World
) -> None:
    go(runner, world)
    before = len(world.github.log)
    assert go(runner, world).status == 1
    asked = world.github.log[before:]
    assert not [one for one in asked if one.method in ("PATCH", "DELETE", "PUT")]
    assert not [one for one in asked if one.method == "POST" and "graphql" not in one.path]
    assert len(asked) <= 3
    assert len(world.comments()) == 1
    world.push(OIDC)
    fixed = go(runner, world)
    assert fixed.status == 0, fixed.log
    assert world.comments() == []
    assert fixed.outputs["conclusion"] == "success"
    assert "::error" not in fixed.log


def test_a_fork_degrades_and_says_so_once(runner: Runner, world: World) -> None:
    pull = world.from_fork()
    step = runner.step(world.environment("ghs_read", pull), world.event(pull))
    assert step.status == 1, step.log
    assert f"::error file={PATH},line=14," in step.log
    assert "static-credentials" in step.summary
    assert pull.review_comments == []
    assert pull.comments == []
    notices = [row for row in step.log.splitlines() if row.startswith("::notice")]
    assert len([row for row in notices if "fork" in row or "may only read" in row]) == 1


def test_a_broad_role_is_found_after_a_real_token_and_a_real_session(
    runner: Runner, world: World
) -> None:
    world.push(OIDC)
    roles = {
        "deploy": trusting("repo:acme/*"),
        "oidc-enforcer": trusting("repo:acme/app:pull_request"),
    }
    with aws(roles) as url:
        environment = world.environment(inputs={"aws-role-to-assume": READER}) | world.with_token()
        step = runner.step(environment | {"AWS_ENDPOINT_URL": url}, world.event())
    assert step.status == 1, step.log
    assert "broad-trust" in step.log
    assert "broad-trust" in step.summary
    assert world.github.calls("GET", "_oidc")
    (comment,) = world.comments()
    assert comment.body.startswith("**2 errors, 1 note on this line**")
    (policy,) = re.findall(r"^```json\n(.*?)^```$", comment.body, re.M | re.S)
    with aws({**roles, "deploy": json.loads(policy)}) as url:
        step = runner.step(environment | {"AWS_ENDPOINT_URL": url}, world.event())
    assert step.status == 0, step.log
    assert world.comments() == []


def test_nothing_of_the_head_changes_the_verdict(runner: Runner, world: World) -> None:
    files = {
        "README.md": "an app\n",
        PATH: STATIC.replace(
            "          aws-access-key-id",
            "          # oidc-enforcer: ignore[static-credentials] until 2099-01-01 -- trust me\n"
            "          aws-access-key-id",
        ),
        ".github/oidc-enforcer.yml": "mode: audit\nfail-on: never\n",
        "oidc_enforcer.py": "print('taken over')\n",
    }
    world.state.push("acme/app", files, "feature")
    step = go(runner, world)
    assert step.status == 1, step.log
    assert "taken over" not in step.log
    assert [one for one in world.comments() if "rule=static-credentials" in one.body]
