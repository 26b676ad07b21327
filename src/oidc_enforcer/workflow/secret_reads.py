"""Which secrets a file reads, anywhere in it and for whatever purpose."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import NamedTuple

from oidc_enforcer.expression import template
from oidc_enforcer.source import SourceFile
from oidc_enforcer.workflow.elsewhere import at_home, callee, named
from oidc_enforcer.workflow.environments import written_environment
from oidc_enforcer.workflow.model import Job, Uses, UsesKind, Workflow
from oidc_enforcer.workflow.parse import parse
from oidc_enforcer.yaml_tree import all_scalars


class SecretReads(NamedTuple):
    """Names in upper case, as GitHub stores them; `doubts` say why further ones may be read.

    `environments` are those in which jobs of these files run, in lower case; None: the run tells.
    """

    names: frozenset[str] = frozenset()
    doubts: tuple[str, ...] = ()
    environments: frozenset[str] | None = frozenset()

    def plus(self, others: Iterable[SecretReads]) -> SecretReads:
        """What all of them read."""
        names, doubts = set(self.names), dict.fromkeys(self.doubts)
        environments = self.environments
        for other in others:
            names |= other.names
            doubts |= dict.fromkeys(other.doubts)
            if environments is not None:
                more = other.environments
                environments = None if more is None else environments | more
        return SecretReads(frozenset(names), tuple(doubts), environments)


def may_read(data: bytes) -> bool:
    """Whether a file's bytes can hold the word; in double quotes it can be spelled by escapes."""
    return b"secrets" in data.lower() or b"\\" in data or b"\0" in data


def reads(file: SourceFile, fetched: Collection[str], *, is_action: bool | None) -> SecretReads:
    """What a file reads; `fetched` are the keys of what it calls elsewhere and is at hand."""
    parsed = parse(file, is_action=is_action)
    names: set[str] = set()
    doubts: dict[str, None] = {}
    if parsed.unread_from is not None:
        doubts[f"a part of {file.path} cannot be read"] = None
    for scalar in all_scalars(parsed.root):
        if "${{" not in scalar.text:
            continue
        text = template(scalar.text)
        if text.problems:
            doubts[f"an expression in {file.path} cannot be read"] = None
        for reference in text.reads:
            if reference.context != "secrets":
                continue
            if reference.name is None:
                doubts[f"{file.path} reads secrets by names that only the run can tell"] = None
            else:
                names.add(reference.name.upper())
    environments: frozenset[str] | None = frozenset()
    if isinstance(parsed.content, Workflow):
        unseen = list(_unseen(parsed.content, fetched))
        doubts |= dict.fromkeys(_handed_over(file.path, unseen))
        environments = None if unseen else _environments(parsed.content)
    return SecretReads(frozenset(names), tuple(doubts), environments)


def _environments(workflow: Workflow) -> frozenset[str] | None:
    """Where the jobs of a workflow run; GitHub compares these names without case."""
    found = [written_environment(job) for job in workflow.jobs]
    known = [name.lower() for name in found if name is not None]
    return frozenset(known) if len(known) == len(found) else None


def _unseen(workflow: Workflow, fetched: Collection[str]) -> Iterator[tuple[Job, Uses]]:
    """The calls of workflows that nobody has looked into."""
    path = workflow.file.path
    if path in fetched:
        content = at_home(workflow, named(path))
        assert isinstance(content, Workflow), "a workflow stays one"
        workflow = content
    for job in workflow.jobs:
        if job.uses is None or job.uses.kind is UsesKind.LOCAL:
            continue
        where = callee(job.uses)
        if where is None or where.key not in fetched:
            yield job, job.uses


def _handed_over(path: str, unseen: Iterable[tuple[Job, Uses]]) -> Iterator[str]:
    """What gives all secrets to a workflow that nobody has looked into."""
    for job, uses in unseen:
        if job.inherits_secrets:
            yield f"{path} hands all secrets to `{uses.value.text}`, which was not looked into"
