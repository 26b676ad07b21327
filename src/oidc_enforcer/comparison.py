"""Two judgements compared: which findings of the one the other has, too.

A finding is the same where it has the same fingerprint, whatever a key's step is called (`mark`),
hangs on the same words (`evidence`), and is no worse than it was. Each finding of the other
judgement answers for one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from oidc_enforcer.finding import Finding, Severity
from oidc_enforcer.report import Report, numbered

#: Of a finding that is never the same as another: the file has more of them than were kept.
INCOMPARABLE = "incomparable"

#: What tells a finding from others.
Mark = tuple[str, str]
#: What excuses a finding: how, until when, why; empty words where nothing does.
Excuse = tuple[str, str, str]
#: What a judgement has found, how severe each was, and what excused it.
Found = Mapping[Mark, tuple[tuple[Severity, Excuse], ...]]

NO_EXCUSE: Excuse = ("", "", "")


class Remaining:
    """What a judgement has found and nothing of the other has been matched with yet."""

    def __init__(self, found: Found) -> None:
        self._found = found
        self._left: dict[Mark, list[tuple[Severity, Excuse]]] = {}

    def take(self, finding: Finding, excuse: Excuse | None = None) -> bool:
        """Whether one is left that answers for the finding; it is then taken.

        A comment answers for what it excused itself. NOTE: an entry of the configuration is in
        force for both judgements, so it excused there what it excuses here, or a comment did.
        """
        if finding.evidence == INCOMPARABLE:
            return False
        left = self._left.setdefault(_mark(finding), sorted(self._found.get(_mark(finding), ())))
        wanted = excuse if excuse is not None and excuse[0] == "inline" else None
        for one in left:
            if one[0] >= finding.severity and wanted in (None, one[1]):
                left.remove(one)
                return True
        return False


def excused(report: Report) -> Found:
    """All that exceptions excuse in it."""
    return _found(_suppressed(report))


def is_all_excused(now: Report, then: Found) -> bool:
    """Whether each finding that is excused `now` was excused `then`."""
    remaining = Remaining(then)
    return all(remaining.take(finding, excuse) for finding, excuse in _suppressed(now))


def old(now: Report, then: Report) -> frozenset[str]:
    """The keys (`numbered`) of what was found `then`, too, excused or not."""
    found = ((one, NO_EXCUSE) for file in then.files for one in file.findings)
    remaining = Remaining(_found((*found, *_suppressed(then))))
    return frozenset(
        key for file in now.files for key, one in numbered(file.findings) if remaining.take(one)
    )


def compared(report: Report, keys: frozenset[str] | None) -> Report:
    """The report with every finding told apart by the keys (`numbered`) of the old ones."""
    if keys is None:
        return report
    files = []
    for file in report.files:
        findings = (one._replace(is_old=key in keys) for key, one in numbered(file.findings))
        files.append(file._replace(findings=tuple(findings)))
    return report._replace(files=tuple(files))


def _mark(finding: Finding) -> Mark:
    return (finding.mark or finding.fingerprint, finding.evidence)


def _suppressed(report: Report) -> Iterator[tuple[Finding, Excuse]]:
    for file in report.files:
        yield from ((one.finding, (one.by, one.until, one.reason)) for one in file.suppressed)


def _found(pairs: Iterable[tuple[Finding, Excuse]]) -> Found:
    found: dict[Mark, list[tuple[Severity, Excuse]]] = {}
    for one, excuse in pairs:
        found.setdefault(_mark(one), []).append((one.severity, excuse))
    return {key: tuple(all_of_it) for key, all_of_it in found.items()}
