"""Names and dates of secrets, read from a GitHub held to its own description."""

from __future__ import annotations

import pytest

from oidc_enforcer.github.connection import Connection, Server
from oidc_enforcer.github.stored_secrets import secrets
from oidc_enforcer.stored_secrets import Keeper, Secret
from tests.fakegithub import EVERYTHING, Environment, FakeGitHub

DATES = {"created_at": "2025-01-01T00:00:00Z", "updated_at": "2026-01-02T00:00:00Z"}
UPDATED = DATES["updated_at"]


@pytest.fixture
def app(github: FakeGitHub) -> FakeGitHub:
    github.state.push("acme/app", {"a": "b"})
    app = github.state.repositories["acme/app"]
    app.secrets["ONE"] = DATES
    app.owner.secrets["ALL"] = {**DATES, "visibility": "all"}
    app.owner.secrets["SOME"] = {**DATES, "visibility": "selected", "repositories": ["other"]}
    app.environments["live eu"] = Environment("live eu", secrets={"TWO": DATES})
    github.state.token("t")
    return github


def connect(github: FakeGitHub) -> Connection:
    return Connection("t", Server(github.url, github.graphql_url))


def test_all_that_jobs_may_be_given_is_listed(app: FakeGitHub) -> None:
    found = secrets(connect(app), "acme/app")
    assert found.known == (
        Secret("ONE", UPDATED),
        Secret("ALL", UPDATED, Keeper.ORGANISATION),
        Secret("TWO", UPDATED, Keeper.ENVIRONMENT, "live eu"),
    )
    assert found.gaps == ()
    assert len(app.log) == 4


def test_a_token_that_may_not_costs_one_call(app: FakeGitHub) -> None:
    app.state.token("t", permissions={"contents": "read"})
    found = secrets(connect(app), "acme/app")
    assert found.known == ()
    (gap,) = found.gaps
    assert gap.what == "Actions secrets of acme/app"
    assert "takes `secrets: read`, which a workflow's own token never has" in gap.reason
    assert len(app.log) == 1


def test_environments_that_may_not_be_read_are_a_gap_of_their_own(app: FakeGitHub) -> None:
    app.state.token("t", permissions={**EVERYTHING, "environments": "none"})
    found = secrets(connect(app), "acme/app")
    assert [one.name for one in found.known] == ["ONE", "ALL"]
    (gap,) = found.gaps
    assert gap.what == "environment secrets of acme/app"
    assert "`environments: read`" in gap.reason


def test_many_environments_are_bounded_and_said(app: FakeGitHub) -> None:
    repository = app.state.repositories["acme/app"]
    for number in range(40):
        repository.environments[f"e{number}"] = Environment(f"e{number}")
    found = secrets(connect(app), "acme/app")
    assert [gap.reason for gap in found.gaps] == [
        "more than 30 environments, the others are not asked for"
    ]
    assert len(app.log) == 33
