"""Stored keys in a run of the Action: asked for where somebody wants to know, and the token may."""

from __future__ import annotations

import pytest

from tests.action.workshop import DEPLOY, HARMLESS, KEYS, ROLE, Workshop

OLD = {"created_at": "2023-01-01T00:00:00Z", "updated_at": "2023-01-02T00:00:00Z"}
APP = {"contents": "read", "pull_requests": "write", "secrets": "read", "environments": "read"}
AGE = "max-key-age: 90\nseverities: {static-credentials: note}\n"


@pytest.fixture
def stored(workshop: Workshop) -> Workshop:
    workshop.app.secrets |= {"AWS_ACCESS_KEY_ID": OLD, "AWS_SECRET_ACCESS_KEY": OLD}
    workshop.permissions = APP
    return workshop


def configured(workshop: Workshop, text: str) -> None:
    workshop.state.push("acme/.github", {"oidc-enforcer.yml": text})
    workshop.default({DEPLOY: HARMLESS})


def asked(workshop: Workshop) -> list[str]:
    return [call.path for call in workshop.github.log if "secrets" in call.path]


def test_nobody_pays_for_what_nobody_wants_to_know(stored: Workshop) -> None:
    configured(stored, "fail-on: error\n")
    step = stored.on_pull(stored.pull({DEPLOY: KEYS}))
    assert asked(stored) == []
    assert "Actions secrets" not in step.summary


def test_a_change_of_no_workflow_asks_nothing(stored: Workshop) -> None:
    configured(stored, AGE)
    stored.on_pull(stored.pull({DEPLOY: HARMLESS, "main.py": "x"}))
    assert asked(stored) == []


def test_an_old_key_is_found(stored: Workshop) -> None:
    configured(stored, AGE)
    step = stored.on_pull(stored.pull({DEPLOY: KEYS}), fail_on="warning")
    assert step.status == 1
    assert "unrotated-secret" in step.out
    assert "`AWS_ACCESS_KEY_ID` of the repository was last set" in step.out
    assert len(asked(stored)) == 2  # the repository's and the organisation's
    assert "orphaned-secret" not in step.out


def test_what_the_move_leaves_behind_is_found(stored: Workshop) -> None:
    """The very change that takes the keys out of the workflow hears that they are still stored."""
    configured(stored, "severities: {orphaned-secret: error}\n")
    stored.default({DEPLOY: KEYS})
    step = stored.on_pull(stored.pull({DEPLOY: ROLE}))
    assert step.status == 1
    assert "`AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY` of the repository" in step.out
    assert "no workflow reads them" in step.out


def test_a_reader_without_a_word_of_aws_counts(stored: Workshop) -> None:
    configured(stored, "severities: {orphaned-secret: error}\n")
    bag = HARMLESS + "        env:\n          ALL: ${{ toJSON(secrets) }}\n"
    step = stored.on_pull(stored.pull({DEPLOY: ROLE, ".github/workflows/all.yml": bag}))
    assert step.status == 0
    assert "names that only the run can tell" in step.summary


def test_a_workflows_own_token_cannot_tell_and_it_is_said_once(stored: Workshop) -> None:
    configured(stored, AGE)
    stored.permissions = {"contents": "read", "pull_requests": "write"}
    pull = stored.pull({DEPLOY: KEYS})
    step = stored.on_pull(pull)
    assert step.status == 0
    assert (
        step.summary.count("a workflow&#39;s own token never has")
        + step.summary.count("a workflow's own token never has")
        == 1
    )
    assert len(asked(stored)) == 1
    assert stored.on_pull(pull, strict="true").status == 3


def test_a_fork_is_not_asked_about_and_not_held_up(stored: Workshop) -> None:
    configured(stored, AGE)
    step = stored.on_pull(stored.fork({DEPLOY: KEYS}), strict="true")
    assert step.status == 0
    assert asked(stored) == []
