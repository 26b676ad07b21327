"""Findings on record, by fingerprint and number: new ones fail, fixed ones leave, none is added.

A baseline is a ratchet. `updated` only takes away; `risen` says where one file records more than
another, which is how a change that would let findings back in is seen.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from json import dumps, loads
from typing import Any, NamedTuple

from oidc_enforcer.errors import UserError
from oidc_enforcer.finding import Finding
from oidc_enforcer.rules import NOT_EXCUSABLE, judging
from oidc_enforcer.source import SourceFile

VERSION = 1
_MOST = 1_000_000


class Recorded(NamedTuple):
    """How often a finding is on record; rule, file and job are for people."""

    times: int
    rule: str
    file: str
    job: str = ""

    @property
    def words(self) -> str:
        """The finding, for people."""
        job = f", job `{self.job}`" if self.job else ""
        times = f" ({self.times} times)" if self.times > 1 else ""
        return f"`{self.rule}` in `{self.file}`{job}{times}"


#: By fingerprint.
Baseline = Mapping[str, Recorded]


class Comparison(NamedTuple):
    """What has changed since: new findings, and records that nothing stands for any more."""

    new: tuple[Finding, ...]
    fixed: Baseline


def of(findings: Iterable[Finding]) -> Baseline:
    """A record of the findings, but of those about exceptions and configuration."""
    never = {module.RULE.id for judges in NOT_EXCUSABLE for module in judging(judges)}
    found: dict[str, Recorded] = {}
    for one in findings:
        if one.rule in never:
            continue
        before = found[one.fingerprint].times if one.fingerprint in found else 0
        found[one.fingerprint] = Recorded(before + 1, one.rule, one.place.file, one.job or "")
    return found


def counts(baseline: Baseline) -> Mapping[str, int]:
    """How often each fingerprint is on record."""
    return {fingerprint: one.times for fingerprint, one in baseline.items()}


def compare(baseline: Baseline, findings: Iterable[Finding]) -> Comparison:
    """The findings beyond the record, and the records beyond the findings."""
    left = dict(counts(baseline))
    new: list[Finding] = []
    for one in findings:
        if left.get(one.fingerprint, 0) > 0:
            left[one.fingerprint] -= 1
        else:
            new.append(one)
    fixed = {mark: baseline[mark]._replace(times=count) for mark, count in left.items() if count}
    return Comparison(tuple(new), fixed)


def updated(baseline: Baseline, findings: Iterable[Finding]) -> Baseline:
    """The record without what is fixed; what is new is not added."""
    fixed = compare(baseline, findings).fixed
    kept: dict[str, Recorded] = {}
    for mark, one in baseline.items():
        count = one.times - (fixed[mark].times if mark in fixed else 0)
        if count:
            kept[mark] = one._replace(times=count)
    return kept


def risen(before: Baseline, after: Baseline) -> Baseline:
    """What `after` records and `before` does not, or not as often."""
    return {
        mark: one
        for mark, one in after.items()
        if one.times > (before[mark].times if mark in before else 0)
    }


def dump(baseline: Baseline) -> str:
    """The file, sorted, so that two changes to it seldom meet; one line for each record."""
    rows = [
        dumps(
            {
                "fingerprint": mark,
                "count": one.times,
                "rule": one.rule,
                "file": one.file,
                "job": one.job,
            }
        )
        for mark, one in sorted(baseline.items(), key=lambda pair: (pair[1][1:], pair[0]))
    ]
    body = ",\n  ".join(rows)
    return f'{{"version": {VERSION},\n "findings": [\n  {body}\n ]}}\n' if rows else _EMPTY


_EMPTY = f'{{"version": {VERSION},\n "findings": []}}\n'


def load(source: SourceFile) -> Baseline:
    """What a file records; raises UserError for any other than one that `dump` has written."""
    try:
        value = loads(source.text)
    except (ValueError, RecursionError) as problem:
        raise _broken(source, "it is no JSON") from problem
    if not isinstance(value, dict) or value.get("version") != VERSION:
        raise _broken(source, f"it is no baseline of version {VERSION}")
    rows = value.get("findings")
    if not isinstance(rows, list) or len(rows) > _MOST:
        raise _broken(source, "its `findings` are no list")
    found: dict[str, Recorded] = {}
    for row in rows:
        mark, one = _recorded(row, source)
        if mark in found:
            raise _broken(source, f"it has `{mark}` twice")
        found[mark] = one
    return found


def _recorded(row: Any, source: SourceFile) -> tuple[str, Recorded]:
    if not isinstance(row, dict):
        raise _broken(source, "a record is no object")
    mark, count = row.get("fingerprint"), row.get("count")
    words = [row.get(key, "") for key in ("rule", "file", "job")]
    if not isinstance(mark, str) or type(count) is not int or not 0 < count <= _MOST:
        raise _broken(source, "a record has no fingerprint or no count")
    if not all(isinstance(word, str) for word in words):
        raise _broken(source, f"the record `{mark}` is not whole")
    return mark, Recorded(count, *words)


def _broken(source: SourceFile, reason: str) -> UserError:
    hint = "write it with `oidc-enforcer baseline write`"
    return UserError(f"cannot use the baseline `{source.path}`: {reason}", hint)
