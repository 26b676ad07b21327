"""What a job's steps need of GitHub's own token, so that new permissions take nothing away.

What actions need stands in `token_table`, what scripts need here. The rest is doubt, and is said.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

from oidc_enforcer.expression import template
from oidc_enforcer.fixes import token_table
from oidc_enforcer.fixes.token_table import Evidence, Need
from oidc_enforcer.workflow.known_actions import action_name, known_action
from oidc_enforcer.workflow.model import Action, Job, Step, Uses, UsesKind, Workflow
from oidc_enforcer.workflow.surroundings import MAX_DEPTH, Surroundings
from oidc_enforcer.workflow.variables import Variable


class Needs(NamedTuple):
    """Scopes and their levels, and steps of which nobody can tell what they need."""

    scopes: dict[str, str]
    doubts: tuple[str, ...]


def of_jobs(workflow: Workflow, jobs: Iterable[Job], around: Surroundings) -> Needs:
    """What these jobs need together; reading the repository is always among it."""
    scopes = {"contents": "read"}
    doubts: dict[str, None] = {}
    for job in jobs:
        for scope, level, doubt in _of_job(workflow, job, around):
            if doubt:
                doubts[doubt] = None
            elif scopes.get(scope) != "write":
                scopes[scope] = level
    return Needs(scopes, tuple(doubts))


#: Scope and level, or a doubt.
_Need = tuple[str, str, str]


def _of_job(workflow: Workflow, job: Job, around: Surroundings) -> Iterator[_Need]:
    for step in job.steps:
        yield from _of_step(step, around, 0)
    if job.uses is not None and job.uses.kind is UsesKind.REPOSITORY:
        yield "", "", f"what `{job.uses.name}` needs of GitHub's token"
    if any(_is_token(item.value.text) for one in job.containers for item in one.credentials):
        yield "packages", "read", ""
    yield from _of_variables([*workflow.env, *job.env], job)


def _of_variables(given: Iterable[Variable], job: Job) -> Iterator[_Need]:
    """Of a token that stands in every step's environment: scripts that name it may use it."""
    for item in given:
        if not _is_token(item.value.text):
            continue
        for step in job.steps:
            text = step.run.text if step.run is not None else ""
            if item.name in text and not any(_commands(text)):
                yield "", "", f"what `{step.label}` does with GitHub's token"


def _of_step(step: Step, around: Surroundings, depth: int) -> Iterator[_Need]:
    inner = around.action(step.uses) if step.uses is not None else None
    if inner is not None and inner.using == "composite" and depth < MAX_DEPTH:
        for own in inner.steps:
            yield from _of_step(own, around, depth + 1)
    elif inner is not None and not _may_take_token(inner) and not _reads_token(step):
        return
    elif step.uses is not None:
        yield from _of_action(step, step.uses)
    elif step.run is not None:
        yield from _of_script(step, step.run.text)


def _may_take_token(action: Action) -> bool:
    """Whether an action in sight gives itself the token: by an input's default, say."""
    return re.search(r"github\.token|github_token", action.file.text, re.IGNORECASE) is not None


def _of_action(step: Step, uses: Uses) -> Iterator[_Need]:
    if uses.is_action("actions/github-script") and not _CLIENT.search(step.inputs.text("script")):
        return  # it makes a client with the token, which the script does not use
    hands, row = _reads_token(step), None
    if uses.kind is UsesKind.DOCKER:
        is_known = True  # an image has nothing but what it is handed
    else:
        row = token_table.row(action_name(uses.value.text))
        known = known_action(uses.value.text)
        is_known = row is not None or (known is not None and "*" not in known.name)
    if row is not None and (row.evidence is not Evidence.NO_TOKEN or not hands):
        yield from ((need.scope, need.level, "") for need in row.needs if _applies(need, step))
    elif hands or not is_known:
        yield "", "", f"what `{uses.name}` needs of GitHub's token"


#: How a script of `actions/github-script` gets at GitHub's API.
_CLIENT = re.compile(r"\b(?:github|octokit|getOctokit|GITHUB_TOKEN)\b|require\(|import\(")


def _applies(need: Need, step: Step) -> bool:
    if not need.input:
        return True
    given = step.inputs.text(need.input).strip().lower()
    return given == need.value if need.value else bool(given)


def _reads_token(step: Step) -> bool:
    texts = [item.value.text for item in (*step.inputs, *step.env)]
    return any(map(_is_token, [*texts, step.run.text if step.run is not None else ""]))


def _is_token(text: str) -> bool:
    """Whether a text gives GitHub's own token."""
    names = (flow.dotted.lower() for flow in template(text).reads)
    return any(name in ("secrets.github_token", "github.token") for name in names)


#: Commands by the scopes that they need, the first that fits.
_COMMANDS = (
    (r"\bgit\s+(?:-\S+\s+)*push\b", "contents", "write"),
    (r"\bgh\s+release\s+(?:create|upload|edit|delete)", "contents", "write"),
    (r"\bgh\s+release\s+(?:view|list|download)", "contents", "read"),
    (r"\bgh\s+pr\s+(?:comment|create|edit|merge|review|close)", "pull-requests", "write"),
    (r"\bgh\s+pr\s+(?:view|list|diff|checks|checkout)", "pull-requests", "read"),
    (r"\bgh\s+issue\s+(?:comment|create|edit|close)", "issues", "write"),
    (r"\bgh\s+workflow\s+run", "actions", "write"),
    (r"\bgh\s+run\s+(?:list|view|download|watch)", "actions", "read"),
)


def _of_script(step: Step, text: str) -> Iterator[_Need]:
    found = [(scope, level, "") for scope, level in _commands(text)]
    if "ghcr.io" in text and _reads_token(step):
        found.append(("packages", "write", ""))
    yield from found
    if _reads_token(step) and not found:
        what = step.name or f"step {step.number}"
        yield "", "", f"what `{what}` does with GitHub's token"


def _commands(text: str) -> Iterator[tuple[str, str]]:
    for pattern, scope, level in _COMMANDS:
        if _compiled(pattern).search(text):
            yield scope, level


@lru_cache(maxsize=64)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)
