"""Workflows and actions of other repositories are looked into where the token may read them."""

from __future__ import annotations

import pytest

from oidc_enforcer.github import callees
from tests.action.test_hiding import CALLED, COMPOSITE
from tests.action.workshop import DEPLOY, HARMLESS, Workshop

SHARED = "acme/shared"
THEIRS = ".github/workflows/deploy.yml"
CALLS = """\
on: push
jobs:
  deploy:
    uses: acme/Shared/.github/workflows/deploy.yml@v2
    secrets: inherit
"""


def shared(workshop: Workshop, files: dict[str, str]) -> None:
    sha = workshop.state.push(SHARED, files)
    workshop.state.repositories[SHARED].tags["v2"] = sha


def test_keys_in_a_called_workflow_are_found(workshop: Workshop) -> None:
    shared(workshop, {THEIRS: CALLED})
    workshop.default({DEPLOY: HARMLESS})
    step = workshop.on_pull(workshop.pull({DEPLOY: CALLS}))
    assert step.status == 1
    assert f"{SHARED}/{THEIRS}@v2" in step.out
    assert "not fetched" not in step.summary
    assert "1 callee of other repositories" in step.summary


def test_a_clean_one_leaves_no_gap(workshop: Workshop) -> None:
    shared(workshop, {THEIRS: HARMLESS.replace("on: push", "on: workflow_call")})
    step = workshop.on_pull(workshop.pull({DEPLOY: CALLS}), strict="true")
    assert step.status == 0
    assert step.outputs["conclusion"] == "success"


def test_one_that_may_not_be_read_is_a_gap(workshop: Workshop) -> None:
    shared(workshop, {THEIRS: CALLED})
    workshop.state.repositories[SHARED].visibility = "private"
    pull = workshop.pull({DEPLOY: CALLS})
    step = workshop.on_pull(pull)
    assert step.status == 0
    assert "a workflow of another repository, not fetched: GitHub refused GET" in step.summary
    assert workshop.on_pull(pull, strict="true").status == 3


def test_the_ref_that_is_named_is_what_is_read(workshop: Workshop) -> None:
    shared(workshop, {THEIRS: HARMLESS.replace("on: push", "on: workflow_call")})
    workshop.state.push(SHARED, {THEIRS: CALLED})  # main has moved on, v2 has not
    assert workshop.on_pull(workshop.pull({DEPLOY: CALLS})).status == 0


def test_what_it_calls_beside_itself_is_followed(workshop: Workshop) -> None:
    outer = CALLS.replace("on: push", "on: workflow_call").replace(
        "acme/Shared/.github/workflows/deploy.yml@v2", "./.github/workflows/inner.yml"
    )
    shared(workshop, {THEIRS: outer, ".github/workflows/inner.yml": CALLED})
    step = workshop.on_pull(workshop.pull({DEPLOY: CALLS}))
    assert step.status == 1
    assert f"{SHARED}/.github/workflows/inner.yml@v2" in step.out


def test_keys_given_to_a_composite_action_elsewhere_are_found(workshop: Workshop) -> None:
    shared(workshop, {"sign-in/action.yml": COMPOSITE})
    calls = HARMLESS.replace(
        "      - run: make\n",
        "      - uses: acme/shared/sign-in@v2\n        with:\n"
        "          id: ${{ secrets.ACME_ONE }}\n          key: ${{ secrets.ACME_TWO }}\n"
        "      - run: aws s3 ls\n",
    )
    workshop.default({DEPLOY: HARMLESS})
    step = workshop.on_pull(workshop.pull({DEPLOY: calls}))
    assert step.status == 1


def many(number: int) -> str:
    call = "  j{0}:\n    uses: acme/shared/.github/workflows/w{0}.yml@v2\n"
    return "on: push\njobs:\n" + "".join(map(call.format, range(number)))


def test_many_are_asked_for_at_once(workshop: Workshop) -> None:
    clean = HARMLESS.replace("on: push", "on: workflow_call")
    shared(workshop, {f".github/workflows/w{n}.yml": clean for n in range(60)})
    step = workshop.on_pull(workshop.pull({DEPLOY: many(60)}), strict="true")
    assert step.status == 0
    asked = [call for call in workshop.github.log if "r0: repository" in str(call.body)]
    assert len(asked) == 2


def test_more_than_the_bound_are_not_clean(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(callees, "MOST", 5)
    clean = HARMLESS.replace("on: push", "on: workflow_call")
    shared(workshop, {f".github/workflows/w{n}.yml": clean for n in range(6)})
    step = workshop.on_pull(workshop.pull({DEPLOY: many(6)}))
    assert step.status == 3
    assert "more than 5 workflows and actions of other repositories" in step.summary
    assert workshop.on_pull(workshop.pull({DEPLOY: many(5)})).status == 0


def test_old_findings_elsewhere_are_old(workshop: Workshop) -> None:
    shared(workshop, {THEIRS: CALLED})
    workshop.default({DEPLOY: CALLS})
    pull = workshop.pull({DEPLOY: f"# touched\n{CALLS}", ".github/workflows/x.yml": HARMLESS})
    assert workshop.on_pull(pull, scope="new").status == 0
    assert workshop.on_pull(pull).status == 1
