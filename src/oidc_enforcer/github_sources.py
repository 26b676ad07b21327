"""What GitHub knows besides the files: guards of pins, forms of subjects, secrets, groups of rings.

Each costs further calls, so it is asked only where something depends on it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from oidc_enforcer.config import Config
from oidc_enforcer.config.rings import Traits
from oidc_enforcer.facts import Facts, Unavailable
from oidc_enforcer.github import protecting, stored_secrets
from oidc_enforcer.github.connection import Connection
from oidc_enforcer.github.properties import properties
from oidc_enforcer.github.refusals import Refused
from oidc_enforcer.protection import Pins, Protection
from oidc_enforcer.source import SourceFile
from oidc_enforcer.workflow.environments import written_environment
from oidc_enforcer.workflow.model import Workflow
from oidc_enforcer.workflow.parse import parse

_WORKFLOWS = ".github/workflows/"
_GUARDS = "how branches and environments are protected"


def traits(connection: Connection, repository: str, config: Config) -> Traits:
    """What groups of rings go by; topics and properties are asked for where a group does."""
    groups = [group for plan in config.rings for group in plan]
    topics = known = None
    try:
        if any(group.topic for group in groups):
            found = connection.get(f"/repos/{repository}")
            topics = tuple(map(str, found.get("topics") or ()))
        if any(group.properties for group in groups):
            listed = connection.listed(f"/repos/{repository}/properties/values")
            known = properties(listed)
    except Refused:
        pass  # not known: the tightest group that may fit counts, and the report says so
    return Traits(repository, topics, known)


class Asked(NamedTuple):
    """What is asked for: what guards the pins, how subjects are made, which secrets are stored.

    `is_planned`: workflows are to mint tokens that mint none yet.
    """

    guards: bool = True
    subject: bool = True
    secrets: bool = True
    is_planned: bool = False


#: Rules that judge the names and dates of secrets.
_ABOUT_SECRETS = ("orphaned-secret", "unrotated-secret")


def wants_secrets(config: Config) -> bool:
    """Whether the configuration says anything that takes the names of secrets.

    NOTE: a workflow's own token may never read them, so by default nobody pays for asking.
    """
    named = any(config.severities.get(rule) for rule in _ABOUT_SECRETS)
    return named or config.max_key_age is not None


def guard(
    connection: Connection, repository: str, notes: list[str]
) -> Callable[[Protection, Pins], Protection]:
    """Asks, once, what guards further pins: those that trust policies turn out to name."""
    told: dict[Pins, Protection] = {}

    def ask(known: Protection, pins: Pins) -> Protection:
        try:
            if pins not in told:
                told[pins] = protecting.extended(connection, repository, known, pins)
        except Refused as problem:
            notes.append(f"{_GUARDS}: {problem.message}")
        return told.get(pins, known)

    return ask


def with_github(
    connection: Connection,
    repository: str,
    facts: Facts,
    held: Mapping[str, bytes],
    asked: Asked,
    notes: list[str],
) -> Facts:
    """The facts with what protects the pins of these files, how subjects are made, and secrets.

    Only what can matter is asked: guards where a workflow may mint a token, what GitHub's own token
    may do where one that uses AWS has no permissions. What was refused becomes a note; of secrets,
    a gap of theirs.
    """
    if asked.secrets:
        facts = facts._replace(secrets=stored_secrets.secrets(connection, repository))
    minting = list(_minting(held))
    if asked.guards and not facts.default_token and any(_silent(held)):
        # NOTE: no note where it is refused: a doubt of a fix says what hangs on it.
        said = protecting.default_token(connection, repository)
        if isinstance(said, str):
            facts = facts._replace(default_workflow_permissions=said)
    if not minting and not asked.is_planned:
        return facts
    if asked.guards:
        guarded = _protection(connection, repository, facts, minting, notes)
        facts = facts._replace(protection=guarded)
    return with_subject(connection, repository, facts, notes) if asked.subject else facts


def _protection(
    connection: Connection,
    repository: str,
    facts: Facts,
    minting: list[Workflow],
    notes: list[str],
) -> Protection | None:
    names = tuple(dict.fromkeys(name for workflow in minting for name in _environments(workflow)))
    branches = [
        entry.partition(":")[2]
        for entry in facts.config.allowed or ()
        if entry.startswith("branch:") and "*" not in entry and "?" not in entry
    ]
    try:
        return protecting.protection(connection, repository, branches, names)
    except Refused as problem:
        notes.append(f"{_GUARDS}: {problem.message}")
        return None


def with_subject(connection: Connection, repository: str, facts: Facts, notes: list[str]) -> Facts:
    """What the configuration says of subjects goes before what GitHub says."""
    ours = facts.repository
    if ours is None or (ours.template is not None and ours.immutable_subject is not None):
        return facts
    found = protecting.oidc_subject(connection, repository)
    if isinstance(found, Unavailable):
        said = "how GitHub writes the subjects of this repository's tokens is not known"
        notes.append(f"{said}; `actions: read` lets it be looked up ({found.reason})")
        return facts
    template = found.template if ours.template is None else ours.template
    immutable = found.is_immutable if ours.immutable_subject is None else ours.immutable_subject
    return facts._replace(repository=ours._replace(template=template, immutable_subject=immutable))


def _silent(held: Mapping[str, bytes]) -> Iterator[bool]:
    """Whether each workflow that may use AWS has a job without any permissions."""
    for workflow in _workflows(held, lambda data: b"aws" in data.lower()):
        yield any((job.permissions or workflow.permissions) is None for job in workflow.jobs)


def _minting(held: Mapping[str, bytes]) -> Iterator[Workflow]:
    yield from _workflows(held, lambda data: b"id-token" in data)


def _workflows(held: Mapping[str, bytes], matter: Callable[[bytes], bool]) -> Iterator[Workflow]:
    for path, data in held.items():
        if path.startswith(_WORKFLOWS) and matter(data):
            content = parse(SourceFile.decode(path, data), is_action=False).content
            if isinstance(content, Workflow):
                yield content


def _environments(workflow: Workflow) -> Iterator[str]:
    for job in workflow.jobs:
        name = written_environment(job)
        if name:
            yield name
