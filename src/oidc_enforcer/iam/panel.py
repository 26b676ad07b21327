"""Tokens that are put to a policy one by one: strangers' of every shape, and doubtful ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from itertools import product
from typing import TypeAlias

from oidc_enforcer.iam.document import TrustPolicy
from oidc_enforcer.iam.issuers import Issuer
from oidc_enforcer.iam.stages import TEMPLATE_KEYS
from oidc_enforcer.iam.tokens import (
    DEFAULT_TEMPLATE,
    Repository,
    Run,
    Scene,
    Workflow,
    segments,
    token,
)

#: Whether a token with these claims is let in.
Admits: TypeAlias = "Callable[[Mapping[str, str]], bool]"


def is_open(policy: TrustPolicy, issuer: Issuer, audience: str, admits: Admits) -> bool:
    """Whether a stranger whom the policy does not speak of gets in with a token of any shape.

    That is what sets `open` apart from `any-org`, where the subject or another claim must at least
    look a certain way.
    """
    spoken_of = "\n".join(
        value
        for statement in policy.statements
        for condition in statement.conditions
        for value in condition.values
    ).lower()

    def name(hole: str) -> str:
        return audience if hole == "aud" else _unspoken(hole, spoken_of)

    return all(admits(token(issuer, scene, template, name)) for scene, template in _shapes())


def _shapes() -> Iterator[tuple[Scene, tuple[str, ...]]]:
    """Subjects of one claim each, then GitHub's own form in all circumstances."""
    richest = Scene(Run.BRANCH, True, Workflow.OWN, False, True)
    parts = segments(richest)
    for key in sorted(TEMPLATE_KEYS & parts.keys()):
        yield richest, (key,)
    for run, environment, immutable in product(Run, (True, False), (True, False)):
        scene = Scene(run, environment, Workflow.OWN, immutable, False)
        yield scene, DEFAULT_TEMPLATE


_NUMBERS = frozenset(
    {
        *("owner_id", "repository_id", "actor_id", "enterprise_id", "pull"),
        *("run_id", "run_number", "check_run_id"),
    }
)
_CLOSED = {
    "branch_event": "push",
    "tag_event": "release",
    "visibility": "public",
    "runner": "github-hosted",
    "truth": "false",
}


def _unspoken(hole: str, spoken_of: str) -> str:
    """A name for a hole that no value of the policy contains."""
    if hole in _CLOSED:
        return _CLOSED[hole]
    if hole in ("commit", "called_commit"):
        return "9f" * 20
    number = 7130
    while True:
        number += 1
        text = str(number) if hole in _NUMBERS else f"quokka{number}"
        if text not in spoken_of:
            return f"{text}.yml" if hole in ("file", "called_file") else text


@lru_cache(maxsize=64)
def doubtful_pull_requests(
    repository: Repository, issuer: Issuer, audience: str
) -> tuple[tuple[str, dict[str, str]], ...]:
    """Tokens of our pull requests whose subject GitHub does not document, and their event.

    `pull_request_target` works on the default branch and may present `pull_request`;
    `pull_request_review` works on the pull request's ref and may present that.
    """
    forms = (
        (False, True) if repository.immutable_subject is None else (repository.immutable_subject,)
    )
    names = {
        "aud": audience,
        "owner": repository.owner,
        "owner_id": repository.owner_id or "1001",
        "repository": repository.name,
        "repository_id": repository.id or "2001",
        "branch": repository.default_branch,
        "pull": "7",
        "file": "ci.yml",
    }

    def name(hole: str) -> str:
        return names.get(hole) or _unspoken(hole, "")

    found: list[tuple[str, dict[str, str]]] = []
    for immutable in forms if issuer.has_github_claims else (False,):
        on_branch, on_pull = (
            Scene(run, False, Workflow.OWN, immutable, False)
            for run in (Run.BRANCH, Run.PULL_REQUEST)
        )
        target = token(issuer, on_branch, DEFAULT_TEMPLATE, name)
        review = token(issuer, on_pull, DEFAULT_TEMPLATE, name)
        found.append(("pull_request_target", {**target, "sub": review["sub"]}))
        prefix = review["sub"].removesuffix("pull_request")
        found.append(("pull_request_review", {**review, "sub": f"{prefix}ref:{review['ref']}"}))
    return tuple(found)
