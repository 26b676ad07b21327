"""Judges many roles: half of them in a second process, where there are enough to pay for it."""

from __future__ import annotations

import os
import pickle
from collections.abc import Iterator, Sequence

from oidc_enforcer import forking
from oidc_enforcer.facts import Facts, Role
from oidc_enforcer.policies import Entry
from oidc_enforcer.trust import Asked, RoleReport, Unread, judge

#: Roles; a second process costs about as much as judging thirty.
_WORTH_A_PROCESS = 100


def judged(
    entries: Sequence[Entry], facts: Facts, asked: tuple[Asked, ...] = (), *, processes: int = 0
) -> Iterator[RoleReport | Unread]:
    """The report on each role, in order; with the rules' findings unless tokens are asked for.

    The facts' repository must be known. `processes` 0: as many as there are cores, two at most.
    """
    cores = processes or os.cpu_count() or 1
    if len(entries) < _WORTH_A_PROCESS or cores < 2 or not forking.CAN_FORK:
        yield from _judged(entries, facts, asked)
        return
    middle = len(entries) // 2
    theirs = entries[middle:]
    wait = forking.start(lambda: _answer(theirs, facts, asked))
    yield from _judged(entries[:middle], facts, asked)
    answer = wait()
    # NOTE: nothing is lost when the child dies: its half is judged again, here.
    yield from _judged(theirs, facts, asked) if answer is None else _attached(theirs, answer)


def _judged(
    entries: Sequence[Entry], facts: Facts, asked: tuple[Asked, ...]
) -> Iterator[RoleReport | Unread]:
    from oidc_enforcer.check import judge_role

    assert facts.repository is not None, "a role is judged for a repository"
    for found in judge(entries, facts.repository, asked):
        if asked or isinstance(found, Unread) or found.is_anothers:
            yield found
        else:
            findings, skipped = judge_role(found.role, facts)
            yield _excused(found._replace(findings=tuple(findings), skipped=tuple(skipped)), facts)


def _excused(found: RoleReport, facts: Facts) -> RoleReport:
    """The report with what the configuration excuses set apart."""
    if not facts.config.exceptions:
        return found
    from oidc_enforcer.check.excuses import excused_by_configuration

    stay, gone = excused_by_configuration(found.findings, facts)
    return found._replace(findings=tuple(stay), suppressed=tuple(gone))


def _answer(entries: Sequence[Entry], facts: Facts, asked: tuple[Asked, ...]) -> bytes:
    """The reports without their roles, which the parent has."""
    reports = [
        each if isinstance(each, Unread) else tuple(each)[1:]
        for each in _judged(entries, facts, asked)
    ]
    return pickle.dumps(reports, pickle.HIGHEST_PROTOCOL)


def _attached(entries: Sequence[Entry], answer: bytes) -> Iterator[RoleReport | Unread]:
    for entry, found in zip(entries, pickle.loads(answer), strict=True):
        if isinstance(found, Unread):
            yield found
        else:
            assert isinstance(entry.found, Role)
            yield RoleReport(entry.found, *found)
