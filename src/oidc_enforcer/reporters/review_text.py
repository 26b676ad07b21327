"""What a review says: the words of each comment, of the sticky summary and of the review itself.

Written for a developer who has never heard of OIDC. Every string of the repository goes through
`escaping`; a comment ends in a marker, by which a later run knows its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import NamedTuple

from oidc_enforcer.finding import Finding, Fix
from oidc_enforcer.report import Report, Summary
from oidc_enforcer.reporters import HOME, wording
from oidc_enforcer.reporters.escaping import code, fence, prose, ticks_for
from oidc_enforcer.reporters.markdown import bar
from oidc_enforcer.reporters.suggestion import Replacement, patch
from oidc_enforcer.rules import judging
from oidc_enforcer.rules.pages import page
from oidc_enforcer.source import SourceFile
from oidc_enforcer.suppress.standing import PENDING

#: GitHub refuses a body of more than 65,536 characters.
LIMIT = 60_000
#: The key in the marker of the sticky summary.
SUMMARY = "summary"

_MARKER = re.compile(
    r"<!-- oidc-enforcer:1 (?:fp=([0-9a-f.]{1,40}) rule=[a-z-]{1,60}|(summary)) -->\s*\Z"
)
_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z`])")
#: Rules whose every remedy is a role that GitHub's token opens.
_NEED_ROLE = frozenset({"static-credentials", "hardcoded-access-key", "human-login"})
_ROLE_FIRST = (
    "The AWS account needs GitHub as an identity provider and a role that trusts this repository;"
    " whoever runs the account makes both once (`oidc-enforcer bootstrap` writes them)."
)
_OIDC = (
    "OIDC in one sentence: GitHub tells AWS which repository and branch a job runs for, and AWS"
    " lends the job a role for an hour, so that no key is stored anywhere."
)
_ABOUT_OIDC = _NEED_ROLE | {"bypassed-oidc", "missing-id-token", "excess-id-token"}
_TRUST = (
    "A trust policy in one sentence: AWS's list of who may use the role; GitHub tells AWS which"
    " repository, branch, pull request or environment a job runs for, and the list picks among"
    " them."
)
_ABOUT_TRUST = frozenset(module.RULE.id for module in judging("role"))
#: Characters of a text before it is escaped, which may make five of one; a comment has six such.
_WORDS = 1_000
_PATHS = 5
#: Notes of a run; facts about it, and the characters of one.
_NOTES, _FACTS, _FACT = 5, 20, 200
_CLOSING = 500
_SAFE_BASE = re.compile(
    r"https?://[A-Za-z0-9.:-]{1,255}/[A-Za-z0-9_.-]{1,100}/[A-Za-z0-9_.-]{1,100}"
)
_SAFE_PATH = re.compile(r"[A-Za-z0-9_./-]{1,300}")
_COMMIT = re.compile(r"[0-9a-f]{40,64}")
_LEAKED = frozenset({"hardcoded-access-key"})


class Entry(NamedTuple):
    """A finding under its key; `is_old`: the base has it too. `file` is None when not at hand."""

    key: str
    finding: Finding
    is_old: bool
    file: SourceFile | None


def key_of(body: str) -> str | None:
    """The key in the marker that ends a body; whose comment it is says nobody here."""
    found = _MARKER.search(body)
    return (found[1] or found[2]) if found else None


def marker(entry: Entry) -> str:
    """The last line of a comment."""
    return f"<!-- oidc-enforcer:1 fp={entry.key} rule={entry.finding.rule} -->"


def comment(entry: Entry, offer: Replacement | None, *, help_text: str, contact: str) -> str:
    """What is wrong, why it matters, what to do, and what must exist first."""
    finding = entry.finding
    found = page(finding.rule)
    link = f"{HOME}/blob/main/docs/rules/{finding.rule}.md"
    parts = [f"**{finding.severity.word}: {found.summary if found else finding.rule}**"]
    if entry.is_old:
        parts.append("This was there before the pull request.")
    parts.append(f"{_sentence(finding.message)}.")
    parts += _pending(finding)
    if found:
        parts.append(f"**Why it matters.** {' '.join(_SENTENCE.split(found.why)[:2])}")
    if finding.fix:
        parts += _fix(entry, finding.fix, offer)
    else:
        parts += _advice(finding, found.remedy if found else "")
    if first := _first(finding):
        parts.append(f"**What must exist first.** {first}")
    parts += [_OIDC] * (finding.rule in _ABOUT_OIDC) + [_TRUST] * (finding.rule in _ABOUT_TRUST)
    parts += _help(help_text, contact)
    parts.append(f"[What `{finding.rule}` means, with examples]({link})")
    return "\n\n".join([*parts, marker(entry)])


def _cut(text: str) -> str:
    """Words of the repository or the organisation, at a length that leaves room for the rest."""
    return text if len(text) <= _WORDS else f"{text[: _WORDS - 1]}…"


def _sentence(text: str) -> str:
    """A message as a sentence's beginning."""
    text = _cut(text)
    return prose(text[:1].upper() + text[1:])


def _pending(finding: Finding) -> Iterator[str]:
    """The exception that the pull request brings with it: it does not excuse itself."""
    for related in finding.related:
        if related.message == PENDING:
            where = code(_cut(f"{related.place.file}:{related.place.region.line}"))
            yield f"The exception at {where} does not count yet: it does once it is merged."


def _advice(finding: Finding, remedy: str) -> Iterator[str]:
    """What to do by hand, in the words of the rule's page."""
    if finding.unfixed:
        yield f"**No ready fix.** {_sentence(finding.unfixed)}."
    if remedy:
        gap = "\n\n" if remedy.startswith("1. ") else " "
        yield f"**How to fix it.**{gap}{remedy}"


def _fix(entry: Entry, fix: Fix, offer: Replacement | None) -> Iterator[str]:
    """The fix to accept or to read, and what to look at before."""
    finding = entry.finding
    if finding.rule in _LEAKED:
        yield (
            "**What to do.** Deactivate this key in AWS now: removing the line does not help, the"
            " history keeps it. Then let the job assume a role by OIDC."
        )
    yield f"**How to fix it.** {_sentence(fix.title)}."
    if offer:
        yield _suggestion(offer)
    elif entry.file:
        yield _patch(entry.file, fix)
    if fix.elsewhere:
        paths = ", ".join(code(_cut(other.path)) for other in fix.elsewhere[:_PATHS])
        yield f"The same fix changes {paths} too: `oidc-enforcer fix` writes all of it."
    if fix.doubts:
        yield f"**Check before you accept it.** {_sentence('; '.join(fix.doubts))}."


def _suggestion(offer: Replacement) -> str:
    """The block that GitHub applies; an empty one deletes the lines."""
    text = "".join(f"{line}\n" for line in offer.lines)
    ticks = ticks_for(text)
    return f"{ticks}suggestion\n{text}{ticks}"


def _patch(file: SourceFile, fix: Fix) -> str:
    """A fold with the fix as a patch."""
    rows, is_masked = patch(file, fix)
    if not rows:
        return ""
    said = (
        "Secrets are masked: only `oidc-enforcer fix --write` applies it.\n\n" if is_masked else ""
    )
    block = fence(rows, "diff")
    return f"<details><summary>The fix as a patch</summary>\n\n{said}{block}\n</details>"


def _first(finding: Finding) -> str:
    """What the fixed workflow stands on, as the fix says it, else what every role needs."""
    if finding.fix and finding.fix.first:
        said = ". ".join(one[:1].upper() + one[1:] for one in finding.fix.first)
        return f"{prose(_cut(said))}."
    return _ROLE_FIRST if finding.rule in _NEED_ROLE else ""


def _help(help_text: str, contact: str) -> Iterator[str]:
    """The organisation's own words; they come from its configuration, and are escaped as well."""
    if help_text:
        yield prose(_cut(help_text))
    if contact:
        yield f"Questions: {prose(_cut(contact))}"


def fixed(body: str, context: Mapping[str, str]) -> str:
    """A comment whose finding is gone, before it is folded away: the answers below it stay."""
    text, _, last = body.rstrip().rpartition("\n")
    commit = context.get("commit", "")
    where = f" in {code(commit[:12])}" if commit else ""
    return f"✅ **Fixed**{where}.\n\n{text.strip()}\n\n{last}"


def opening(summary: Summary, notes: Iterable[str]) -> str:
    """The review's own body: GitHub wants one."""
    said = [f"**oidc-enforcer**: {wording.counts(summary)}. {wording.adoption(summary)}."]
    return "\n\n".join([*said, *_said(notes)])


def _said(notes: Iterable[str]) -> Iterator[str]:
    """Remarks on the run, in small letters: they are not what the reader came for."""
    return (f"<sub>{_sentence(note)}.</sub>" for note in islice(notes, _NOTES))


def summary(report: Report, rest: Sequence[Entry], notes: Iterable[str]) -> str:
    """The sticky comment: figures, and each finding that has no comment of its own."""
    head = [f"### oidc-enforcer: {wording.counts(report.summary)}", bar(report.summary)]
    head += [prose(_cut(said)) for said in wording.governed(report.context)]
    head += _said(notes)
    tail = [*_context(report.context), f"<!-- oidc-enforcer:1 {SUMMARY} -->"]
    left = LIMIT - len("\n\n".join([*head, *tail])) - _CLOSING
    listed: list[str] = []
    for number, entry in enumerate(rest):
        item = _item(entry, report.context)
        left -= len(item) + 2
        if left < 0:
            listed.append(f"{len(rest) - number} more are in the job's summary.")
            break
        listed.append(item)
    if listed:
        listed.insert(0, "Without a comment of their own:")
    return "\n\n".join([*head, *listed, *tail])


def _item(entry: Entry, context: Mapping[str, str]) -> str:
    """A finding in the sticky summary, its patch in a fold."""
    finding = entry.finding
    old = f", {wording.OLD}" if entry.is_old else ""
    text = (
        f"- **{finding.severity.word}** `{finding.rule}` {_place(finding, context)}{old}:"
        f" {prose(_cut(finding.message))}"
    )
    block = _patch(entry.file, finding.fix) if entry.file and finding.fix else ""
    indented = "\n".join(f"  {row}" if row else "" for row in block.split("\n"))
    return f"{text}\n\n{indented}" if block else text


def _place(finding: Finding, context: Mapping[str, str]) -> str:
    """Where it is, as a link to the commit that was judged if that is known."""
    path, line = finding.place.file, finding.place.region.line
    label = code(f"{_cut(path)}:{line}")
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
