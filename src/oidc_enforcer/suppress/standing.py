"""Exceptions as they stand today: which count, which do not and why, and what they excuse."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from oidc_enforcer.comparison import Found, Remaining
from oidc_enforcer.config import Exemption
from oidc_enforcer.config.dates import days_between, end_of
from oidc_enforcer.config.globs import matches
from oidc_enforcer.config.rings import names
from oidc_enforcer.facts import Facts
from oidc_enforcer.finding import Finding, Place, Related
from oidc_enforcer.report import Suppressed
from oidc_enforcer.source import SourceFile
from oidc_enforcer.suppress import State
from oidc_enforcer.suppress.comments import Ignore

#: So long an exception may wait for what it is meant for.
UNUSED_AFTER = 14
#: What a finding says of an exception that only the judged commit has.
PENDING = "pending: this exception counts after it is merged"
#: What it says of an entry that names neither its file nor its job, or too many.
TOO_WIDE = (
    "this exception is for what the default branch has already; one for something new names its"
    " `path` and its `job`, without `*`"
)


class Standing(NamedTuple):
    """An exception, and what it amounts to. `by` is `inline`, `policy` or `break-glass`.

    `ignore` or `exemption` is what was written. `note` says what is wrong with it.
    """

    by: str
    place: Place
    rules: tuple[str, ...]
    until: str
    reason: str
    state: State
    note: str = ""
    ignore: Ignore | None = None
    exemption: Exemption | None = None

    @property
    def identity(self) -> tuple[str, ...]:
        """What tells it from others in its file, wherever it stands."""
        return (self.by, *self.rules, self.until, self.reason)

    def excuses(self, finding: Finding, path: str, repository: str) -> bool:
        """Whether the finding, in the file at `path` of the repository, is meant by it."""
        if self.rules and finding.rule not in self.rules:
            return False
        if self.ignore:
            inside = self.ignore.inside
            return finding.place.file == self.place.file and (
                finding.place.region.line == self.ignore.line
                or (inside is not None and inside.start <= finding.place.span.start < inside.end)
            )
        return self.exemption is not None and _covers(self.exemption, finding, path, repository)

    def lets_in(self, finding: Finding) -> bool:
        """Whether it may be merged first: break-glass, and an entry for one job of one file."""
        entry = self.exemption
        return entry is not None and (bool(entry.approver) or entry.names(finding.job))


def of_comments(
    file: SourceFile, found: tuple[Ignore, ...], facts: Facts, known: Collection[str]
) -> tuple[Standing, ...]:
    """How the comments of a file stand; `known` are the rules that may be excused."""
    standings = []
    for one in found:
        state, note = _state_of_comment(one, facts, known)
        place = Place.of(file, one.span)
        standings.append(
            Standing("inline", place, one.rules, one.until, one.reason, state, note, one)
        )
    return tuple(standings)


def of_configuration(facts: Facts, known: Collection[str]) -> tuple[Standing, ...]:
    """How the exceptions of the configuration stand, the pending ones of the head among them."""
    found = []
    for at, one in enumerate((*facts.config.exceptions, *facts.pending_exceptions)):
        if one.place is None:
            continue
        state, note = _state_of_exemption(one, facts, known)
        if state is State.ACTIVE and at >= len(facts.config.exceptions):
            state, note = State.PENDING, "counts only after it is merged"
        by = "break-glass" if one.approver else "policy"
        rules = (one.rule,) if one.rule else ()
        found.append(
            Standing(by, one.place, rules, one.until, _reason(one), state, note, None, one)
        )
    return tuple(found)


class Sifted(NamedTuple):
    """Findings that stay, those that are excused, and the places of exceptions that are needed."""

    stay: list[Finding]
    gone: list[Suppressed]
    needed: set[Place]


def sift(
    findings: Iterable[Finding],
    standings: tuple[Standing, ...],
    root: str,
    repository: str,
    granted: Found | None,
) -> Sifted:
    """Applies the exceptions to findings of one file, whose path begins with `root`.

    With `granted`, an exception excuses what it excuses on the default branch, each time once, and
    more only where it says so exactly. A finding that would need one to be merged says so.
    """
    sifted = Sifted([], [], set())
    left = None if granted is None else Remaining(granted)
    for finding in findings:
        path = finding.place.file.removeprefix(root)
        meant = [one for one in standings if one.excuses(finding, path, repository)]
        active = [one for one in meant if one.state is State.ACTIVE]
        gone = next(filter(None, (_excused(one, finding, left) for one in active)), None)
        if gone is not None:
            sifted.gone.append(gone)
        else:
            waiting = next((one for one in meant if one.state in _MAY_COUNT), None)
            sifted.stay.append(finding if waiting is None else _remarked(finding, waiting))
            sifted.needed.update(one.place for one in active)
    sifted.needed.update(one.granted for one in sifted.gone if one.granted)
    return sifted


_MAY_COUNT = (State.ACTIVE, State.PENDING)


def _excused(one: Standing, finding: Finding, left: Remaining | None) -> Suppressed | None:
    """The finding as excused by an active exception; None where that has to be merged first."""
    excused = Suppressed(finding, one.by, one.reason, one.until, one.place)
    if left is None or left.take(finding, (one.by, one.until, one.reason)):
        return excused
    return excused._replace(is_new=True) if one.lets_in(finding) else None


def _remarked(finding: Finding, waiting: Standing) -> Finding:
    said = TOO_WIDE if waiting.state is State.ACTIVE and waiting.exemption else PENDING
    return finding._replace(related=(*finding.related, Related(waiting.place, said)))


def sift_recorded(
    findings: Iterable[Finding], recorded: Mapping[str, int], reason: str
) -> tuple[list[Finding], list[Suppressed]]:
    """The findings that are new, and as many of the others as were recorded, by fingerprint."""
    left = Counter(recorded)
    stay: list[Finding] = []
    known: list[Suppressed] = []
    for finding in findings:
        if left[finding.fingerprint] > 0:
            left[finding.fingerprint] -= 1
            known.append(Suppressed(finding, "baseline", reason, ""))
        else:
            stay.append(finding)
    return stay, known


def is_stale(standing: Standing, today: str) -> bool:
    """Whether it has waited long enough to be called unused, if nothing needs it.

    A comment stands beside what it excuses; an entry may be merged first, if it tells when it was
    added. A day that is yet to come tells nothing, but for one that has begun in the east. What
    lasts hours is there in case.
    """
    if standing.exemption is None:
        return True
    if standing.exemption.approver or not standing.exemption.added:
        return not standing.exemption.approver
    return not -1 <= days_between(standing.exemption.added, today) <= UNUSED_AFTER


def _state_of_comment(one: Ignore, facts: Facts, known: Collection[str]) -> tuple[State, str]:
    if one.problem:
        return State.INCOMPLETE, one.problem
    unknown = [rule for rule in one.rules if rule not in known]
    if unknown:
        return State.INCOMPLETE, f"names `{unknown[0]}`, which is no rule that may be excused"
    if not facts.config.inline_exceptions:
        return State.INCOMPLETE, "stands in a comment, and the configuration allows no such ones"
    return _state_of_date(one.until, "", facts)


def _state_of_exemption(one: Exemption, facts: Facts, known: Collection[str]) -> tuple[State, str]:
    approvers = facts.config.break_glass_approvers
    if one.rule and one.rule not in known:
        return State.INCOMPLETE, f"names `{one.rule}`, which no exception may excuse"
    if not one.until:
        return State.INCOMPLETE, "has no end: give it an `until`"
    if not one.reason:
        return State.INCOMPLETE, "gives no reason: give it a `reason`"
    if one.approver and approvers and one.approver not in approvers:
        return State.INCOMPLETE, f"is approved by `{one.approver}`, who is no approver"
    if one.approver:
        return _state_of_hours(one, facts)
    return _state_of_date(one.until, one.added, facts)


def _state_of_date(until: str, added: str, facts: Facts) -> tuple[State, str]:
    if not facts.today or until < facts.today:
        return State.EXPIRED, f"ended on {until}"
    most = facts.config.max_exception_days
    days = max(days_between(start, until) for start in (facts.today, added) if start)
    if days > most:
        return State.OVERLONG, f"lasts {days} days, and at most {most} are allowed"
    return State.ACTIVE, ""


def _state_of_hours(one: Exemption, facts: Facts) -> tuple[State, str]:
    if not facts.today:
        return State.EXPIRED, f"ended on {one.until}"
    now = datetime.fromisoformat(facts.moment)
    left = end_of(one.until) - now
    most = facts.config.max_break_glass_hours
    if left <= timedelta():
        return State.EXPIRED, f"ended on {one.until}"
    if left > timedelta(hours=most):
        hours = -(-left // timedelta(hours=1))
        return State.OVERLONG, f"lasts {hours} hours more, and break-glass at most {most}"
    return State.ACTIVE, ""


def _reason(one: Exemption) -> str:
    """The reason with whoever answers for it."""
    owners = [
        f"{word} {said}"
        for word, said in (
            ("approved by", one.approver),
            ("owner", one.owner),
            ("ticket", one.ticket),
        )
        if said
    ]
    return f"{one.reason} ({', '.join(owners)})" if owners else one.reason


def _covers(one: Exemption, finding: Finding, path: str, repository: str) -> bool:
    if one.repository and not (repository and names(one.repository, repository)):
        return False
    if one.path and not matches(one.path, path):
        return False
    return not one.job or one.job == finding.job


def approvals(standings: Iterable[Standing]) -> Iterator[str]:
    """A sentence for each break-glass exception that is in force."""
    for one in standings:
        if one.by == "break-glass" and one.state is State.ACTIVE and one.exemption:
            rules = ", ".join(one.rules) or "every rule"
            yield f"break-glass for {rules} until {one.until}: {one.reason}"
