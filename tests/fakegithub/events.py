"""Event files as the runner writes them, made of GitHub's own example payloads.

The examples hold no fork and are of other repositories, so what matters is put in from the state.
What comes of it is held to GitHub's own schema of the event.
"""

from __future__ import annotations

import copy
from typing import Any

from tests.fakegithub import descriptions
from tests.fakegithub.state import Pull, Repository, State

_DEPENDABOT = "dependabot[bot]"


def pull_request(
    state: State, full_name: str, pull: Pull, action: str = "synchronize"
) -> dict[str, Any]:
    """The event of a pull request; fork, deleted fork, Dependabot and draft are as the pull is."""
    told = _example("pull_request", action)
    repository = state.repository(full_name)
    # The examples of the other actions are of years ago, and lack what GitHub tells today.
    shown = told["pull_request"] = _example("pull_request", "synchronize")["pull_request"]
    shown.update(number=pull.number, draft=pull.draft, state=pull.state, title=pull.title)
    told["number"] = pull.number
    if "after" in told:
        told["after"] = pull.head_sha
    told["sender"]["login"] = shown["user"]["login"] = pull.author
    shown["user"]["type"] = "Bot" if pull.author.endswith("[bot]") else "User"
    base_sha = repository.branches[pull.base_ref]
    shown["base"].update(
        ref=pull.base_ref, sha=base_sha, repo=_like(shown["base"]["repo"], repository)
    )
    head = state.repositories.get(pull.head or "")
    shown["head"].update(ref=pull.head_ref, sha=pull.head_sha)
    shown["head"]["repo"] = head and _like(shown["head"]["repo"], head)
    return _localised(told, repository, f"pull_request${action}")


def dependabot(state: State, full_name: str, pull: Pull) -> dict[str, Any]:
    """The same, opened by Dependabot from a branch of the repository itself."""
    pull.author = _DEPENDABOT
    return pull_request(state, full_name, pull, "opened")


def merge_group(state: State, full_name: str, pull: Pull, sha: str) -> dict[str, Any]:
    """A merge queue wants to know about a commit that holds the pull request."""
    told = _example("merge_group", "checks_requested")
    repository = state.repository(full_name)
    base = f"refs/heads/{pull.base_ref}"
    told["merge_group"].update(
        head_sha=sha,
        head_ref=f"refs/heads/gh-readonly-queue/{pull.base_ref}/pr-{pull.number}-{sha}",
        base_sha=repository.branches[pull.base_ref],
        base_ref=base,
    )
    return _localised(told, repository, "merge_group$checks_requested")


def push(state: State, full_name: str, branch: str = "") -> dict[str, Any]:
    """A push to a branch."""
    told = _example("push")
    repository = state.repository(full_name)
    branch = branch or repository.default_branch
    told.update(ref=f"refs/heads/{branch}", after=repository.branches[branch])
    return _localised(told, repository, "push$event")


def schedule(state: State, full_name: str) -> dict[str, Any]:
    """A timetable's: GitHub has no example, and says only which line of the timetable it was."""
    return _localised({"schedule": "0 4 * * *"}, state.repository(full_name))


def workflow_dispatch(state: State, full_name: str) -> dict[str, Any]:
    """Somebody pressed the button."""
    told = _example("workflow_dispatch")
    return _localised(told, state.repository(full_name), "workflow_dispatch$event")


def _example(event: str, action: str = "") -> dict[str, Any]:
    known = descriptions.webhooks()[event]
    return copy.deepcopy(
        next(one for one in known if one.get("action", "") == action or not action)
    )


def _localised(told: dict[str, Any], repository: Repository, schema: str = "") -> dict[str, Any]:
    """The payload as this repository gets it; without a schema GitHub has none of it."""
    shown = _example("pull_request", "synchronize")["repository"]
    told["repository"] = _like(shown, repository)
    # NOTE: an event file of Actions has no app installation, which a webhook has.
    told.pop("installation", None)
    if schema:
        descriptions.payload_schema(schema).validate(told)
    return told


def _like(example: dict[str, Any], repository: Repository) -> dict[str, Any]:
    """The repository, told as the example is."""
    shown = copy.deepcopy(example)
    shown.update(
        id=repository.id,
        name=repository.name,
        full_name=repository.full_name,
        private=repository.visibility != "public",
        visibility=repository.visibility,
        default_branch=repository.default_branch,
        fork=repository.parent is not None,
    )
    shown["owner"].update(login=repository.owner.login, id=repository.owner.id)
    return shown
