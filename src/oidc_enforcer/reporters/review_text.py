"""What a review says: the words of each comment.

Written for a developer who has never heard of OIDC. Every string of the repository goes through
`escaping`; a comment ends in a marker, by which a later run knows its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from oidc_enforcer.finding import Finding, Fix, PolicyOffer
from oidc_enforcer.reporters import HOME, offered_policy, wording
from oidc_enforcer.reporters.escaping import code, cut, fence, prose, sentence, ticks_for
from oidc_enforcer.reporters.glossary import NEED_ROLE, ROLE_FIRST, WHO_MAKES_ROLES, explained
from oidc_enforcer.reporters.markers import marker
from oidc_enforcer.reporters.suggestion import Replacement, patch
from oidc_enforcer.rules.pages import page
from oidc_enforcer.source import SourceFile
from oidc_enforcer.suppress.standing import PENDING

#: GitHub refuses a body of more than 65,536 characters.
LIMIT = 60_000

_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z`])")
#: Characters of a text before it is escaped, which may make five of one; a comment has six such.
WORDS = 1_000
_PATHS = 5
_LEAKED = frozenset({"hardcoded-access-key"})
#: What a message says of a leaked key already is not said again.
_DEACTIVATE = "deactivate this key"


class Entry(NamedTuple):
    """A finding under its key; `file` is None when it is not at hand."""

    key: str
    finding: Finding
    file: SourceFile | None


class Said(NamedTuple):
    """What a comment says besides its findings.

    `offer` is the fix to accept with one click and the finding it is for; `names_line`: the
    comment stands on the file, so that it has to say which line it means.
    """

    offer: tuple[Entry, Replacement] | None = None
    help: str = ""
    contact: str = ""
    names_line: bool = False


class _Room(NamedTuple):
    """How long a comment may be: characters of a text, and what else there is room for."""

    words: int = WORDS
    has_folds: bool = True
    has_fixes: bool = True


#: The first that fits is taken; twenty findings at the last length do.
_ROOMS = (_Room(), _Room(has_folds=False), _Room(100, has_folds=False, has_fixes=False))


def comment(group: Sequence[Entry], said: Said) -> str:
    """What is wrong in a line, why it matters, what to do, and what must exist first."""
    body = ""
    for room in _ROOMS:
        body = "\n\n".join([*_parts(group, said, room), _marker(group)])
        if len(body) <= LIMIT:
            break
    return body


def _marker(group: Iterable[Entry]) -> str:
    return marker((entry.key, entry.finding.rule) for entry in group)


def _parts(group: Sequence[Entry], said: Said, room: _Room) -> Iterator[str]:
    rules: dict[str, list[Entry]] = {}
    for entry in group:
        rules.setdefault(entry.finding.rule, []).append(entry)
    terms = list(_terms(rules, room))
    if group[1:]:
        yield _headline(group, said)
    if len(rules) > 1:
        yield from terms
    shown: set[object] = set()
    for number, entries in enumerate(rules.values(), start=1):
        yield _heading(entries[0].finding, f"{number}. " if len(rules) > 1 else "")
        yield from _section(entries, said, room, shown, terms if len(rules) == 1 else ())
    for offer in _offers(group) if room.has_fixes else ():
        yield from offered_policy.told(offer, _mended(rules, offer), has_folds=room.has_folds)
    if room.has_fixes:
        first = dict.fromkeys(_first(entry.finding, room) for entry in group)
        if needed := " ".join(filter(None, first)):
            yield f"**What must exist first.** {needed}"
    yield from _help(said, room)
    yield "<br>".join(_link(rule) for rule in rules)


def _terms(rules: Mapping[str, object], room: _Room) -> Iterator[str]:
    """What the words mean, for whoever meets them here for the first time."""
    if room.has_fixes:
        yield from explained(rules.keys())


def _mended(rules: Mapping[str, Sequence[Entry]], offer: PolicyOffer) -> str:
    """The numbers of what a policy mends; empty where that is all that is told."""
    numbers = [
        str(number)
        for number, entries in enumerate(rules.values(), start=1)
        if any(
            entry.finding.policy
            and entry.finding.policy.document is not None
            and entry.finding.policy.role == offer.role
            for entry in entries
        )
    ]
    return "" if len(numbers) == len(rules) else wording.listed(numbers)


def _offers(group: Iterable[Entry]) -> Iterator[PolicyOffer]:
    """The policies to put in, each once for all that it mends."""
    roles: set[str] = set()
    for entry in group:
        offer = entry.finding.policy
        if offer and offer.document is not None and offer.role not in roles:
            roles.add(offer.role)
            yield offer


def _headline(group: Sequence[Entry], said: Said) -> str:
    """How many there are, where a comment tells several."""
    levels = [entry.finding.severity for entry in group]
    counted = (
        wording.counted(levels.count(level), level.word) for level in sorted(set(levels))[::-1]
    )
    lines = sorted({entry.finding.place.region.line for entry in group})
    where = "these lines" if lines[1:] else "this line"
    if said.names_line:
        where = f"lines {lines[0]} to {lines[-1]}" if lines[1:] else f"line {lines[0]}"
    return f"**{', '.join(counted)} on {where}**"


def _heading(finding: Finding, number: str) -> str:
    found = page(finding.rule)
    return f"**{number}{finding.severity.word}: {found.summary if found else finding.rule}**"


def _link(rule: str) -> str:
    return f"[What `{rule}` means, with examples]({HOME}/blob/main/docs/rules/{rule}.md)"


def _section(
    entries: Sequence[Entry], said: Said, room: _Room, shown: set[object], terms: Iterable[str]
) -> Iterator[str]:
    """All findings of one rule; `shown` are fixes that the comment holds already."""
    told = [_message(entry, said, room) for entry in entries]
    yield "\n".join(f"- {one}" for one in told) if told[1:] else told[0]
    for entry in entries:
        yield from _pending(entry.finding)
    yield from terms
    found = page(entries[0].finding.rule)
    if found and room.has_fixes:
        yield f"**Why it matters.** {' '.join(_SENTENCE.split(found.why)[:2])}"
    if room.has_fixes:
        for entry in entries:
            yield from _remedy(entry, found.remedy if found else "", said, room, shown)


def _message(entry: Entry, said: Said, room: _Room) -> str:
    line = f"Line {entry.finding.place.region.line}: " if said.names_line else ""
    old = " This was there before the pull request." if entry.finding.is_old else ""
    text = entry.finding.message
    return f"{line}{prose(cut(text, room.words)) if line else sentence(text, room.words)}.{old}"


def _remedy(
    entry: Entry, remedy: str, said: Said, room: _Room, shown: set[object]
) -> Iterator[str]:
    """What to do about one finding, unless that stands there already."""
    finding, fix = entry.finding, entry.finding.fix
    if finding.policy and finding.policy.document is not None:
        return  # it stands below what it mends
    what: object = (fix.title, fix.edits, fix.elsewhere) if fix else (finding.unfixed, remedy)
    if what in shown:
        return
    shown.add(what)
    if fix:
        offer = said.offer[1] if said.offer and said.offer[0] is entry else None
        yield from _fix(entry, fix, offer, room)
    else:
        yield from _advice(finding, remedy, room)
        if finding.policy:
            yield from offered_policy.told(finding.policy)


def _pending(finding: Finding) -> Iterator[str]:
    """The exception that the pull request brings with it: it does not excuse itself."""
    for related in finding.related:
        if related.message == PENDING:
            where = code(cut(f"{related.place.file}:{related.place.region.line}", WORDS))
            yield f"The exception at {where} does not count yet: it does once it is merged."


def _advice(finding: Finding, remedy: str, room: _Room) -> Iterator[str]:
    """What to do by hand, in the words of the rule's page."""
    if finding.unfixed:
        yield f"**No ready fix.** {sentence(finding.unfixed, room.words)}."
    if remedy:
        gap = "\n\n" if remedy.startswith("1. ") else " "
        yield f"**How to fix it.**{gap}{remedy}"


def _fix(entry: Entry, fix: Fix, offer: Replacement | None, room: _Room) -> Iterator[str]:
    """The fix to accept or to read, and what to look at before."""
    is_leaked = entry.finding.rule in _LEAKED
    if is_leaked and _DEACTIVATE not in entry.finding.message:
        yield (
            "**What to do.** Deactivate this key in AWS now: removing the line does not help, the"
            " history keeps it. Then let the job assume a role by OIDC."
        )
    yield f"**How to fix it.** {sentence(fix.title, room.words)}."
    if offer:
        yield _suggestion(offer)
    elif entry.file and room.has_folds:
        yield from filter(None, [folded_patch(entry.file, fix)])
    if fix.elsewhere:
        paths = ", ".join(code(cut(other.path, WORDS)) for other in fix.elsewhere[:_PATHS])
        yield f"The same fix changes {paths} too: `oidc-enforcer fix` writes all of it."
    doubts = [one for one in fix.doubts if not (is_leaked and one.startswith(_DEACTIVATE))]
    if doubts:
        yield f"**Check before you accept it.** {sentence('; '.join(doubts), room.words)}."


def _suggestion(offer: Replacement) -> str:
    """The block that GitHub applies; an empty one deletes the lines."""
    text = "".join(f"{line}\n" for line in offer.lines)
    ticks = ticks_for(text)
    return f"{ticks}suggestion\n{text}{ticks}"


def folded_patch(file: SourceFile, fix: Fix) -> str:
    """A fold with the fix as a patch."""
    rows, is_masked = patch(file, fix)
    if not rows:
        return ""
    said = (
        "Secrets are masked: only `oidc-enforcer fix --write` applies it.\n\n" if is_masked else ""
    )
    block = fence(rows, "diff")
    return f"<details><summary>The fix as a patch</summary>\n\n{said}{block}\n</details>"


def _first(finding: Finding, room: _Room) -> str:
    """What the fixed workflow stands on, as the fix says it, else what every role needs."""
    if finding.fix and finding.fix.first:
        said = " ".join(f"{sentence(one, room.words)}." for one in finding.fix.first)
        return f"{said} {WHO_MAKES_ROLES}" if " role" in said else said
    found = page(finding.rule)
    has_steps = not finding.fix and found is not None and found.remedy.startswith("1. ")
    return ROLE_FIRST if finding.rule in NEED_ROLE and not has_steps else ""


def _help(said: Said, room: _Room) -> Iterator[str]:
    """The organisation's own words; they come from its configuration, and are escaped as well."""
    if said.help:
        yield prose(cut(said.help, room.words))
    if said.contact:
        yield f"Questions: {prose(cut(said.contact, room.words))}"


def fixed(body: str, context: Mapping[str, str]) -> str:
    """A comment whose finding is gone, before it is folded away: the answers below it stay."""
    text, _, last = body.rstrip().rpartition("\n")
    commit = context.get("commit", "")
    where = f" in {code(commit[:12])}" if commit else ""
    return f"✅ **Fixed**{where}.\n\n{text.strip()}\n\n{last}"
