"""How a job comes to run: the calls that lead to it from a workflow that an event starts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from oidc_enforcer.workflow.model import Job, Workflow
from oidc_enforcer.workflow.surroundings import MAX_DEPTH, Surroundings

#: More ways than these say nothing new.
MAX_WAYS = 100


class Link(NamedTuple):
    """A job of a workflow: one that calls the next, or the last one."""

    workflow: Workflow
    job: Job


class Ways(NamedTuple):
    """The chains of calls, outermost first, and what is not known about them.

    `is_called_unseen`: the workflow may be called, and nothing in sight does.
    """

    chains: tuple[tuple[Link, ...], ...]
    is_called_unseen: bool
    too_many: bool


def ways(workflow: Workflow, job: Job, surroundings: Surroundings) -> Ways:
    """Every way in which a job comes to run, as far as this repository tells."""
    found: list[tuple[Link, ...]] = []
    for chain in _chains((Link(workflow, job),), surroundings):
        if len(found) == MAX_WAYS:
            return Ways(tuple(found), False, True)
        found.append(chain)
    return Ways(tuple(found), not found, False)


def _chains(chain: tuple[Link, ...], surroundings: Surroundings) -> Iterator[tuple[Link, ...]]:
    workflow = chain[0].workflow
    if not workflow.only_called:
        yield chain
    if not workflow.is_reusable or len(chain) > MAX_DEPTH:
        return
    path = workflow.file.path
    if any(link.workflow.file.path == path for link in chain[1:]):
        return
    for caller_path in surroundings.callers(path):
        caller = surroundings.workflow_at(caller_path)
        for call in caller.jobs if caller is not None else ():
            if call.uses is not None and surroundings.path_of(call.uses) == path:
                assert caller is not None
                yield from _chains((Link(caller, call), *chain), surroundings)
