"""Judges many roles: half of them in a second process, where there are enough to pay for it."""

from __future__ import annotations

import os
import pickle
from collections.abc import Iterator, Sequence

from oidc_enforcer import forking
from oidc_enforcer.facts import Role
from oidc_enforcer.iam.tokens import Repository
from oidc_enforcer.policies import Entry
from oidc_enforcer.trust import Asked, Providers, RoleReport, Unread, judge

#: Roles; a second process costs about as much as judging thirty.
_WORTH_A_PROCESS = 100


def judged(
    entries: Sequence[Entry],
    repository: Repository,
    asked: tuple[Asked, ...] = (),
    providers: Providers | None = None,
    *,
    processes: int = 0,
) -> Iterator[RoleReport | Unread]:
    """The report on each role, in order; `processes` 0: as many as there are cores, two at most."""
    cores = processes or os.cpu_count() or 1
    if len(entries) < _WORTH_A_PROCESS or cores < 2 or not forking.CAN_FORK:
        yield from judge(entries, repository, asked, providers)
        return
    middle = len(entries) // 2
    theirs = entries[middle:]
    wait = forking.start(lambda: _answer(theirs, repository, asked, providers))
    yield from judge(entries[:middle], repository, asked, providers)
    answer = wait()
    # NOTE: nothing is lost when the child dies: its half is judged again, here.
    if answer is None:
        yield from judge(theirs, repository, asked, providers)
    else:
        yield from _attached(theirs, answer)


def _answer(
    entries: Sequence[Entry],
    repository: Repository,
    asked: tuple[Asked, ...],
    providers: Providers | None,
) -> bytes:
    """The reports without their roles, which the parent has."""
    reports = [
        each if isinstance(each, Unread) else tuple(each)[1:]
        for each in judge(entries, repository, asked, providers)
    ]
    return pickle.dumps(reports, pickle.HIGHEST_PROTOCOL)


def _attached(entries: Sequence[Entry], answer: bytes) -> Iterator[RoleReport | Unread]:
    for entry, found in zip(entries, pickle.loads(answer), strict=True):
        if isinstance(found, Unread):
            yield found
        else:
            assert isinstance(entry.found, Role)
            yield RoleReport(entry.found, *found)
