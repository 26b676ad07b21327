"""All scenes of one kind at once, and what every claim and template key is in them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from itertools import product
from typing import NamedTuple

from oidc_enforcer.iam.tokens import (
    PROPERTY,
    Minter,
    Run,
    Scene,
    Word,
    Workflow,
    claims,
    segments,
)


class Choice(NamedTuple):
    """One word that a claim or a template key can be, and the scenes (as bits) in which it is."""

    word: Word
    scenes: int


class Stage(NamedTuple):
    """All scenes of one minter and workflow, and what every claim and template key is in them."""

    minter: Minter
    workflow: Workflow
    scenes: tuple[Scene, ...]
    claims: Mapping[str, tuple[Choice, ...]]
    segments: Mapping[str, tuple[Choice, ...]]

    @property
    def all_scenes(self) -> int:
        """The set of all scenes."""
        return (1 << len(self.scenes)) - 1

    def with_keys(self, template: tuple[str, ...]) -> int:
        """The scenes whose tokens have every claim of a template."""
        scenes = self.all_scenes
        for key in template:
            having = 0
            for choice in self.segments.get(key, ()):
                having |= choice.scenes
            scenes &= having
        return scenes

    def distinct(self, scenes: int) -> Iterator[Scene]:
        """One scene for each kind of ref, with and without an environment."""
        seen: set[tuple[Run, bool]] = set()
        for index, scene in enumerate(self.scenes):
            if scenes >> index & 1 and (scene.run, scene.environment) not in seen:
                seen.add((scene.run, scene.environment))
                yield scene


@cache
def stage(
    minter: Minter, workflow: Workflow, forms: tuple[bool, ...], memberships: tuple[bool, ...]
) -> Stage:
    """The scenes of a minter, given whether subjects carry ids and owners have an enterprise."""
    scenes = tuple(
        Scene(run, environment, workflow, immutable, enterprise)
        for run, environment, immutable, enterprise in product(
            Run, (False, True), forms, memberships
        )
    )
    return Stage(
        minter,
        workflow,
        scenes,
        _choices([claims(scene) for scene in scenes]),
        _choices([segments(scene) for scene in scenes]),
    )


def _choices(by_scene: list[dict[str, Word]]) -> dict[str, tuple[Choice, ...]]:
    found: dict[str, dict[Word, int]] = {}
    for index, words in enumerate(by_scene):
        for key, word in words.items():
            choices = found.setdefault(key, {})
            choices[word] = choices.get(word, 0) | 1 << index
    return {
        key: tuple(Choice(word, scenes) for word, scenes in choices.items())
        for key, choices in found.items()
    }


#: Everything that an `include_claim_keys` may list.
TEMPLATE_KEYS = frozenset(
    {
        *("actor", "actor_id", "base_ref", "check_run_id", "context", "enterprise"),
        *("enterprise_id", "ref_protected"),
        *("environment", "event_name", "head_ref", "job_workflow_ref", "job_workflow_sha", "ref"),
        *("ref_type", "repo", "repository", "repository_id", "repository_owner"),
        *("repository_owner_id", "repository_visibility", "run_attempt", "run_id", "run_number"),
        *("runner_environment", "sha", "workflow", "workflow_ref", "workflow_sha", PROPERTY),
    }
)


def _openings() -> Iterator[tuple[str, str]]:
    for key in sorted(TEMPLATE_KEYS - {"context", PROPERTY}):
        yield key, f"{key}:"
    yield PROPERTY, PROPERTY
    for start in ("environment:", "pull_request", "ref:"):
        yield "context", start


#: Template keys, and the texts with which their part of a subject begins.
OPENINGS = tuple(_openings())
