"""Events are as GitHub's schemas have them, whoever opened the pull request and wherever."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from jsonschema import ValidationError

from tests.fakegithub import FakeGitHub, descriptions, events
from tests.fakegithub.state import Pull, State

APP, COPY = "acme/app", "mallory/app"


def _pull(state: State, head: str = APP, **more: Any) -> Pull:
    state.push(APP, {"a": "b"})
    if head != APP:
        state.repository(head, parent=APP)
        state.push(head, {"a": "b"})
    state.push(head, {"a": "c"}, "feature")
    return state.open_pull(APP, "feature", head=head, **more)


def _own(state: State) -> dict[str, Any]:
    return events.pull_request(state, APP, _pull(state), "opened")


def _draft(state: State) -> dict[str, Any]:
    return events.pull_request(state, APP, _pull(state, draft=True))


def _fork(state: State) -> dict[str, Any]:
    return events.pull_request(state, APP, _pull(state, COPY, author="mallory"))


def _deleted_fork(state: State) -> dict[str, Any]:
    pull = _pull(state, COPY, author="mallory")
    pull.head = None
    return events.pull_request(state, APP, pull)


def _dependabot(state: State) -> dict[str, Any]:
    return events.dependabot(state, APP, _pull(state))


def _merge_group(state: State) -> dict[str, Any]:
    pull = _pull(state)
    return events.merge_group(state, APP, pull, pull.head_sha)


@pytest.mark.parametrize(
    ("event", "schema"),
    [
        (_own, "pull_request$opened"),
        (_draft, "pull_request$synchronize"),
        (_fork, "pull_request$synchronize"),
        (_deleted_fork, "pull_request$synchronize"),
        (_dependabot, "pull_request$opened"),
        (_merge_group, "merge_group$checks_requested"),
    ],
)
def test_an_event_is_as_github_describes_it(
    github: FakeGitHub, event: Callable[[State], dict[str, Any]], schema: str
) -> None:
    told = event(github.state)
    assert told["repository"]["full_name"] == APP
    descriptions.payload_schema(schema).validate(told)
    del told["repository"]
    with pytest.raises(ValidationError):
        descriptions.payload_schema(schema).validate(told)


def test_the_variants_differ_in_what_the_program_goes_by(github: FakeGitHub) -> None:
    state = github.state
    assert _draft(state)["pull_request"]["draft"] is True
    fork = _fork(state)["pull_request"]
    assert fork["head"]["repo"]["id"] != fork["base"]["repo"]["id"]
    assert _deleted_fork(state)["pull_request"]["head"]["repo"] is None
    user = _dependabot(state)["pull_request"]["user"]
    assert (user["login"], user["type"]) == ("dependabot[bot]", "Bot")
