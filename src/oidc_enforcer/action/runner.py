"""The run that we are a step of, out of the runner's environment and its event file.

Every key of an event may be missing: what a webhook's payload has and what the runner writes differ
(actions/runner, `GitHubContext.cs`; docs: "Events that trigger workflows").
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from oidc_enforcer.errors import UserError

#: Events that say what is to be judged; at any other, everything is.
KNOWN_EVENTS = (
    *("pull_request", "pull_request_target", "merge_group"),
    *("push", "schedule", "workflow_dispatch"),
)
_PULLS = ("pull_request", "pull_request_target")
_DEPENDABOT = "dependabot[bot]"
_NO_COMMIT = "0" * 40
_MAX_EVENT = 64 * 1024 * 1024


class Run(NamedTuple):
    """What is judged, for whom, and what this run may do.

    `head` is the commit to judge, `base` the one to compare with (empty: none). `pull` is None
    where there is no pull request. `is_fork`: its head is another repository's, or gone.
    """

    event: str
    repository: str
    head: str
    base: str = ""
    pull: int | None = None
    is_fork: bool = False
    is_dependabot: bool = False
    repository_id: str = ""
    owner_id: str = ""
    default_branch: str = ""
    server: str = "https://github.com"
    run_id: str = ""
    workflow_ref: str = ""

    @property
    def is_untrusted(self) -> bool:
        """Whether GitHub gives this run neither an OIDC token nor a token that may write."""
        return self.event == "pull_request" and (self.is_fork or self.is_dependabot)

    @property
    def is_self_reported(self) -> bool:
        """Whether the workflow is the judged repository's own, which its writers can change."""
        home = self.workflow_ref.partition("/.github/workflows/")[0]
        return home.lower() == self.repository.lower() or not self.workflow_ref

    @property
    def url(self) -> str:
        """Where people see the run, empty where nobody told its number."""
        return f"{self.server}/{self.repository}/actions/runs/{self.run_id}" if self.run_id else ""


def read(environment: Mapping[str, str]) -> Run:
    """The run; raises UserError outside of GitHub Actions."""
    repository = environment.get("GITHUB_REPOSITORY", "")
    if not repository.partition("/")[2]:
        raise UserError(
            "GITHUB_REPOSITORY is not set: this is no step of a workflow",
            "on your own machine, use `oidc-enforcer check`",
        )
    event = _event(environment.get("GITHUB_EVENT_PATH", ""))
    name = environment.get("GITHUB_EVENT_NAME", "")
    run = Run(
        name,
        repository,
        environment.get("GITHUB_SHA", ""),
        repository_id=environment.get("GITHUB_REPOSITORY_ID", ""),
        owner_id=environment.get("GITHUB_REPOSITORY_OWNER_ID", ""),
        default_branch=_text(_part(event, "repository"), "default_branch"),
        server=environment.get("GITHUB_SERVER_URL", "").rstrip("/") or "https://github.com",
        run_id=environment.get("GITHUB_RUN_ID", ""),
        workflow_ref=environment.get("GITHUB_WORKFLOW_REF", ""),
    )
    run = _of_event(run, event, environment)
    if not run.head:
        raise UserError("GITHUB_SHA is not set: no commit to judge", "run this in a workflow")
    return run


def _of_event(run: Run, event: Mapping[str, Any], environment: Mapping[str, str]) -> Run:
    """Which commit is meant, and with which it is compared."""
    if run.event in _PULLS:
        return _of_pull(run, event, environment)
    if run.event == "merge_group":
        group = _part(event, "merge_group")
        head, base = _text(group, "head_sha"), _text(group, "base_sha")
        return run._replace(head=head or run.head, base=base)
    before = _text(event, "before") if run.event == "push" else ""
    return run._replace(base="" if before == _NO_COMMIT else before)


def _of_pull(run: Run, event: Mapping[str, Any], environment: Mapping[str, str]) -> Run:
    """NOTE: on `pull_request`, GITHUB_SHA is a merge commit; a review belongs to the head."""
    pull = _part(event, "pull_request")
    number = pull.get("number") or event.get("number")
    head, base = _part(pull, "head"), _part(pull, "base")
    if not isinstance(number, int) or not _text(head, "sha"):
        raise UserError(
            "the event file tells of no pull request, although the event is one",
            "is GITHUB_EVENT_PATH the file that the runner wrote?",
        )
    source = head.get("repo")
    is_fork = not isinstance(source, Mapping) or source.get("id") != _part(base, "repo").get("id")
    author = _text(_part(pull, "user"), "login")
    return run._replace(
        head=_text(head, "sha"),
        base=_text(base, "sha"),
        pull=number,
        is_fork=is_fork,
        is_dependabot=_DEPENDABOT in (author, environment.get("GITHUB_ACTOR", "")),
    )


def _event(path: str) -> Mapping[str, Any]:
    if not path:
        return {}
    try:
        with open(path, "rb") as stream:
            found = json.loads(stream.read(_MAX_EVENT))
    except (OSError, ValueError) as problem:
        raise UserError(
            f"cannot read the event file `{path}`: {type(problem).__name__}",
            "GITHUB_EVENT_PATH must name the file that the runner wrote",
        ) from problem
    return found if isinstance(found, dict) else {}


def _part(of: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = of.get(name)
    return found if isinstance(found, dict) else {}


def _text(of: Mapping[str, Any], name: str) -> str:
    found = of.get(name)
    return found if isinstance(found, str) else ""
