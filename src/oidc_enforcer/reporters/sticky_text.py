"""The words of the sticky summary, and of the review that carries the comments."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice

from oidc_enforcer.finding import Finding
from oidc_enforcer.report import Report, Summary
from oidc_enforcer.reporters import offered_policy, wording
from oidc_enforcer.reporters.escaping import code, cut, prose, sentence
from oidc_enforcer.reporters.markdown import bar, rule_link
from oidc_enforcer.reporters.markers import summary_marker
from oidc_enforcer.reporters.review_text import LIMIT, WORDS, Entry, folded_patch

#: Notes of a run; facts about it, and the characters of one.
_NOTES, _FACTS, _FACT = 5, 20, 200
_CLOSING = 500
_SAFE_BASE = re.compile(
    r"https?://[A-Za-z0-9.:-]{1,255}/[A-Za-z0-9_.-]{1,100}/[A-Za-z0-9_.-]{1,100}"
)
_SAFE_PATH = re.compile(r"[A-Za-z0-9_./-]{1,300}")
_COMMIT = re.compile(r"[0-9a-f]{40,64}")


def opening(summary: Summary, notes: Iterable[str]) -> str:
    """The review's own body: GitHub wants one."""
    said = [f"**oidc-enforcer**: {wording.counts(summary)}. {wording.adoption(summary)}."]
    return "\n\n".join([*said, *_said(notes)])


def _said(notes: Iterable[str]) -> Iterator[str]:
    """Remarks on the run, in small letters: they are not what the reader came for."""
    return (f"<sub>{sentence(note, WORDS)}.</sub>" for note in islice(notes, _NOTES))


def summary(report: Report, rest: Sequence[Entry], notes: Iterable[str]) -> str:
    """The sticky comment: figures, and each finding that has no comment of its own."""
    head = [f"### oidc-enforcer: {wording.counts(report.summary)}", bar(report.summary)]
    head += [prose(cut(said, WORDS)) for said in wording.governed(report.context)]
    head += _said(notes)
    tail = [*_context(report.context), summary_marker()]
    left = LIMIT - len("\n\n".join([*head, *tail])) - _CLOSING
    listed: list[str] = []
    roles: set[str] = set()
    for number, entry in enumerate(rest):
        item = _item(entry, report.context, roles)
        left -= len(item) + 2
        if left < 0:
            listed.append(f"{len(rest) - number} more are in the job's summary.")
            break
        listed.append(item)
    if listed:
        listed.insert(0, "These have no comment of their own on a changed line:")
    return "\n\n".join([*head, *listed, *tail])


def _item(entry: Entry, context: Mapping[str, str], roles: set[str]) -> str:
    """A finding in the sticky summary, its patch or policy in a fold; `roles` have theirs."""
    finding = entry.finding
    old = f", {wording.OLD}" if finding.is_old else ""
    text = (
        f"- **{finding.severity.word}** {rule_link(finding.rule)} {_place(finding, context)}{old}:"
        f" {prose(cut(finding.message, WORDS))}"
    )
    block = folded_patch(entry.file, finding.fix) if entry.file and finding.fix else ""
    if finding.policy and finding.role not in roles:
        block = block or "\n\n".join(offered_policy.told(finding.policy))
        roles.add(finding.role)
    indented = "\n".join(f"  {row}" if row else "" for row in block.split("\n"))
    return f"{text}\n\n{indented}" if block else text


def _place(finding: Finding, context: Mapping[str, str]) -> str:
    """Where it is, as a link to the commit that was judged if that is known."""
    path, line = finding.place.file, finding.place.region.line
    label = code(f"{cut(path, WORDS)}:{line}")
    base = f"{context.get('server', '')}/{context.get('repository', '')}"
    commit = context.get("commit", "")
    if _SAFE_BASE.fullmatch(base) and _COMMIT.fullmatch(commit) and _SAFE_PATH.fullmatch(path):
        return f'<a href="{base}/blob/{commit}/{path}#L{line}">{label}</a>'
    return label


def _context(context: Mapping[str, str]) -> Iterator[str]:
    """What this is about, in small letters."""
    shown = islice(wording.provenance(context), _FACTS)
    said = (f"{prose(name[:_FACT])} {code(value[:_FACT])}" for name, value in shown)
    yield f"<sub>{', '.join(said)}</sub>"
