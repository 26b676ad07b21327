"""State out of JSON: how a test in another process says what there is."""

from __future__ import annotations

from typing import Any

from tests.fakegithub.state import Environment, State, Token


def seed(state: State, given: dict[str, Any]) -> None:
    """Adds what a document says: `organizations`, `repositories`, `pulls`, `tokens`, `runs`.

    A repository's `branches` are files by path, by branch; its other keys, and those of
    organisations, are the fields of their classes in `state`.
    """
    for login, facts in given.get("organizations", {}).items():
        _set(state.owner(login), facts)
    for name, facts in given.get("repositories", {}).items():
        _repository(state, name, dict(facts))
    for pull in given.get("pulls", ()):
        facts = dict(pull)
        state.open_pull(facts.pop("repository"), facts.pop("branch"), **facts)
    for text, facts in given.get("tokens", {}).items():
        state.tokens[text] = Token(**facts)
    state.runs.update(given.get("runs", {}))


def _repository(state: State, name: str, facts: dict[str, Any]) -> None:
    branches = facts.pop("branches", {})
    environments = facts.pop("environments", {})
    repository = state.repository(name)
    _set(repository, facts)
    for environment, more in environments.items():
        repository.environments[environment] = Environment(environment, **more)
    # The default branch comes first: the others start from it.
    for branch in sorted(branches, key=lambda one: one != repository.default_branch):
        state.push(name, branches[branch], branch)


def _set(thing: object, facts: dict[str, Any]) -> None:
    for name, value in facts.items():
        if not hasattr(thing, name):
            raise ValueError(f"{type(thing).__name__} has no `{name}`")
        setattr(thing, name, value)
