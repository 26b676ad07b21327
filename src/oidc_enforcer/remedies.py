"""Offers fixes, each proven: what is offered has been applied, read and judged again.

A fix is offered when its finding is gone afterwards and no other has come; else it is withdrawn,
and the finding says why it has none.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from oidc_enforcer import check
from oidc_enforcer.facts import Facts
from oidc_enforcer.finding import FileEdits, Finding, Fix, Safety
from oidc_enforcer.fixes import grants, identities, keys
from oidc_enforcer.fixes.proposal import Choices, NoFix
from oidc_enforcer.report import FileReport
from oidc_enforcer.source import SourceFile, apply_edits
from oidc_enforcer.workflow import reading
from oidc_enforcer.workflow.credentials import Credential
from oidc_enforcer.workflow.model import Action, Workflow
from oidc_enforcer.workflow.parse import parse
from oidc_enforcer.workflow.reading import Reading

#: The rules that have fixes, and what draws each up.
_KEY_RULES = frozenset({"static-credentials", "bypassed-oidc", "hardcoded-access-key"})
#: Their fixes change nothing but `permissions`.
PERMISSION_RULES = frozenset({"missing-id-token", "excess-id-token"})
GRANT_RULES = PERMISSION_RULES | {"outdated-credentials-action"}
RULES = _KEY_RULES | GRANT_RULES


#: Characters that are read again to prove the fixes of one file; a workflow has 4,000 or so.
_BUDGET = 400_000
_TOO_MANY = "the file has more to fix than a report shows: `oidc-enforcer fix` does it"


class Offer(NamedTuple):
    """A finding with a proven `fix`, or with the reason for which there is none (`unfixed`)."""

    finding: Finding
    #: What judging the mended file found.
    after: FileReport | None = None


#: What no edit of a workflow brings about: the branch is as open to whoever takes a stored key.
_OUTSIDE = frozenset({"unprotected-pin"})


def with_fixes(
    read: Reading, report: FileReport, facts: Facts, choices: Choices | None = None
) -> FileReport:
    """The report, its findings with proven fixes."""
    chosen = choices or Choices()
    budget = _BUDGET
    findings: list[Finding] = []
    for finding in report.findings:
        if finding.rule in RULES:
            budget -= len(read.file.text)
            if budget < 0:
                findings.append(finding._replace(unfixed=_TOO_MANY))
                continue
        findings.append(offer(read, finding, report, facts, chosen).finding)
    return report._replace(findings=tuple(findings))


def offer(
    read: Reading, finding: Finding, report: FileReport, facts: Facts, choices: Choices
) -> Offer:
    """One finding's fix, proven; a fix that does not hold is withdrawn."""
    if finding.rule not in RULES:
        return Offer(finding)
    try:
        fix = draw_up(read, finding, facts, choices)
        mended = apply(read, fix)
        after = prove(mended, finding, report, facts)
    except NoFix as why:
        return Offer(finding._replace(fix=None, unfixed=why.reason))
    return Offer(finding._replace(fix=_placed(read, weigh(read, mended, finding, fix))), after)


def draw_up(read: Reading, finding: Finding, facts: Facts, choices: Choices) -> Fix:
    """The edits for a finding, not proven yet; raises NoFix."""
    if finding.rule in GRANT_RULES:
        return grants.propose(read, finding, facts)
    chosen = _credential(read, finding)
    if chosen is None:
        if finding.rule == "hardcoded-access-key":
            raise NoFix(keys.LEAKED)
        raise NoFix("the key was found in a part of the file that could not be read")
    return keys.propose(read, chosen, facts, choices)


def _credential(read: Reading, finding: Finding) -> Credential | None:
    found = [c for c in read.credentials() if c.pair is not None and c.at == finding.place.span]
    return next((c for c in found if _job(c.job) == finding.job), found[0] if found else None)


def _job(job: object) -> str | None:
    return getattr(job, "id", None)


def apply(read: Reading, fix: Fix) -> Reading:
    """Applies the fix and reads again; raises NoFix where that cannot be done."""
    if not fix.edits:
        raise NoFix("nothing would be changed")
    try:
        text = apply_edits(read.file.text, fix.edits)
    except ValueError:
        raise NoFix("two changes of this fix meet at one place") from None
    return read_again(read, text, fix.elsewhere)


def prove(mended: Reading, finding: Finding, report: FileReport, facts: Facts) -> FileReport:
    """Judges the mended file; raises NoFix when the fix does not hold."""
    if mended.parsed.unread_from is not None:
        raise NoFix("withdrawn: the file could not be read after it")
    after = check.judge(mended, facts, excerpts=False)
    before = Counter(_identity(one) for one in report.findings)
    now = Counter(_identity(one) for one in after.findings)
    if now[_identity(finding)] >= before[_identity(finding)]:
        raise NoFix("withdrawn: the finding was still there after it")
    fresh = {one for one in now - before if one[0] not in _OUTSIDE}
    if fresh:
        rules = ", ".join(sorted({f"`{rule}`" for rule, *_ in fresh}))
        raise NoFix(f"withdrawn: it would bring a finding of {rules}")
    return after


def weigh(read: Reading, mended: Reading, finding: Finding, fix: Fix) -> Fix:
    """The fix, with doubts about steps that would be somebody else to AWS than they should be."""
    chosen = _credential(read, finding) if finding.rule in _KEY_RULES else None
    given = identities.texts_of(chosen) if chosen is not None else frozenset()
    if not given or read.workflow is None or mended.workflow is None:
        return fix
    found = identities.mixed_up(read.workflow, mended.workflow, fix.edits, given)
    doubts = tuple(dict.fromkeys((*fix.doubts, *found)))
    safety = Safety.UNSAFE if doubts else fix.safety
    return fix._replace(doubts=doubts, safety=safety)


def read_again(read: Reading, text: str, elsewhere: Iterable[FileEdits] = ()) -> Reading:
    """The file with another text, its neighbours with their edits."""
    around = read.surroundings
    texts = {read.file.path: SourceFile(read.file.path, text, read.file.encoding)}
    for other in elsewhere:
        neighbour = around.at(other.path)
        if neighbour is None:
            raise NoFix(f"`{other.path}` cannot be read")
        texts[other.path] = SourceFile(other.path, apply_edits(neighbour.file.text, other.edits))

    def look(path: str) -> Workflow | Action | None:
        return parse(texts[path]).content if path in texts else around.at(path)

    source = texts[read.file.path]
    return reading.read(source, around.read_by(look), is_action=read.action is not None)


def _identity(finding: Finding) -> tuple[str, str | None, str]:
    return finding.rule, finding.job, finding.fingerprint


def _placed(read: Reading, fix: Fix) -> Fix:
    """The fix with the lines and columns of its edits."""
    regions = tuple(read.file.region(edit.span) for edit in fix.edits)
    elsewhere = []
    for other in fix.elsewhere:
        neighbour = read.surroundings.at(other.path)
        if neighbour is not None:
            spots = tuple(neighbour.file.region(edit.span) for edit in other.edits)
            elsewhere.append(other._replace(regions=spots))
    return fix._replace(regions=regions, elsewhere=tuple(elsewhere))
