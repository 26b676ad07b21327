"""`trust` for people: what each role lets in, by which lines of its policy, and the way out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from oidc_enforcer.finding import Finding, Severity, Skipped
from oidc_enforcer.iam.document import Condition, Statement
from oidc_enforcer.iam.evaluate import Decision
from oidc_enforcer.iam.explanation import Answer, Cause, named
from oidc_enforcer.iam.tokens import Repository
from oidc_enforcer.report import Suppressed
from oidc_enforcer.reporters import trust_words, wording
from oidc_enforcer.reporters.excerpt import Mark, Paint, excerpt, plain
from oidc_enforcer.reporters.text import ansi
from oidc_enforcer.reporters.visible import shown
from oidc_enforcer.source import SourceFile
from oidc_enforcer.trust import LIMITS, Admission, RoleReport, TrustReport, Unread

#: Other doors and claims that are told one by one.
_MOST = 12
#: Lines and words of a kind that one role gets; a policy may hold a thousand of what is one here.
_MOST_LINES = 20


def render(report: TrustReport, *, color: bool = False, verbose: bool = False) -> Iterator[str]:
    """The report role by role.

    Unless `verbose`, roles that let no GitHub token in are only counted, and statements that are
    further from letting a token in than others are only named.
    """
    paint = ansi if color else plain
    shut = judged = unread = 0
    for each in report.roles:
        if isinstance(each, Unread):
            unread += 1
            yield from _unread(each, paint)
            continue
        judged += 1
        if each.answers:
            yield "\n".join(_decisions(each, paint, verbose=verbose)) + "\n\n"
        elif verbose or _has_something_to_say(each):
            yield "\n".join(_role(each, report.repository, paint)) + "\n\n"
        else:
            shut += 1
    yield from _closing(report, (judged, shut, unread), paint)


def _has_something_to_say(found: RoleReport) -> bool:
    """Whether GitHub's tokens have to do with this role."""
    return bool(
        found.lets_github_in
        or found.findings
        or found.skipped
        or found.suppressed
        or found.reach.undetermined
        or "token.actions." in str(found.role.policy)
        or "/_services/token" in str(found.role.policy)
    )


def _unread(unread: Unread, paint: Paint) -> Iterator[str]:
    name = str(unread.arn) if unread.arn else unread.name
    word = paint("warning", "not judged")
    yield f"{paint('strong', shown(name))}: {word}: {shown(unread.reason)}\n\n"


def _title(found: RoleReport, paint: Paint) -> str:
    role = found.role
    name = str(role.arn) if role.arn else role.name
    where = "" if role.origin == name else f" ({shown(role.origin)})"
    return f"{paint('strong', f'role {shown(name)}')}{where}"


def _role(found: RoleReport, repository: Repository, paint: Paint) -> Iterator[str]:
    yield _title(found, paint)
    style = "good" if found.pinned else "error" if found.lets_github_in else "strong"
    reach = paint(style, shown(trust_words.reach(found, repository)))
    if found.reach.undetermined:
        reach += paint("warning", " (at most; see below)")
    yield f"  reach      {reach}"
    yield f"  identity   {trust_words.identity(found)}"
    yield f"  pinned     {trust_words.pinned(found)}"
    if found.lets_github_in:
        admits = _listed(found.reach.admits) or "nothing of this repository"
        yield f"  admits     {shown(admits)}"
        yield f"  audience   {shown(trust_words.audiences(found))}"
    yield from _first(map(_witness, found.admissions), "  witness    {} more")
    yield from _by_which_lines(found, paint)
    yield from _rest(found, paint)


def _first(lines: Iterable[str], rest: str, source: str = "--format json") -> Iterator[str]:
    """The first lines, how many more there are, and what has them all."""
    lines = iter(lines)
    yield from islice(lines, _MOST_LINES)
    more = sum(1 for _ in lines)
    if more:
        yield f"{rest.format(f'{more:,}')} ({source} has all)"


def _witness(admission: Admission) -> str:
    witness = admission.witness
    by = _listed([each.number for each in admission.statements])
    said = f"{shown(witness.claims['sub'])}{shown(trust_words.remarks(witness))}"
    return f"  witness    {witness.reach.word}: {said}, by statement {by}"


def _listed(words: Sequence[object]) -> str:
    """The first words, and how many more there are."""
    more = len(words) - _MOST_LINES
    said = ", ".join(str(word) for word in words[:_MOST_LINES])
    return f"{said} and {more:,} more" if more > 0 else said


def _by_which_lines(found: RoleReport, paint: Paint) -> Iterator[str]:
    """The statements that let the witnesses in, quoted where there is text."""
    statements = {
        each.number: each for admission in found.admissions for each in admission.statements
    }
    for number in sorted(statements)[:_MOST_LINES]:
        statement = statements[number]
        yield f"  let in by {shown(named(statement))}{_at_line(statement)}"
        if not statement.conditions:
            yield "    no condition: every token of the provider"
        if found.role.file and statement.place:
            yield from _indented(_quoted(found.role.file, statement, paint))
            more = len(statement.conditions) - _MOST_LINES
            if more > 0:
                yield f"    {more:,} more conditions (the policy has all)"
        else:
            conditions = (f"    {shown(_condition(each))}" for each in statement.conditions)
            yield from _first(conditions, "    {} more conditions", "the policy")
    if len(statements) > _MOST_LINES:
        more = len(statements) - _MOST_LINES
        yield f"  let in by {more:,} more statements (--format json has all)"


def _at_line(statement: Statement) -> str:
    return f", line {statement.place.line}" if statement.place else ""


def _condition(condition: Condition) -> str:
    values = _listed([f"`{value}`" for value in condition.values]) or "no value"
    return f"{condition.operator} {condition.key}: {values}"


def _quoted(file: SourceFile, statement: Statement, paint: Paint) -> Iterator[str]:
    marks = [
        _mark(each, f"`{each.operator}`", "related")
        for each in statement.conditions[:_MOST_LINES]
        if each.place
    ]
    if not marks and statement.place:
        line, column = statement.place
        marks = [Mark(line, column, None, "related", "the whole statement")]
    return excerpt(_lines(file, marks), marks, paint)


def _mark(condition: Condition, label: str, style: str) -> Mark:
    assert condition.place is not None
    line, column = condition.place
    return Mark(line, column, column + len(condition.key) + 2, style, label)


def _lines(file: SourceFile, marks: Iterable[Mark]) -> dict[int, str]:
    return {mark.line: file.line(mark.line) for mark in marks}


def _indented(rows: Iterable[str]) -> Iterator[str]:
    return (f"    {row}" for row in rows)


def _rest(found: RoleReport, paint: Paint) -> Iterator[str]:
    reach = found.reach
    if reach.managed:
        yield "  managed    by IAM Identity Center: nobody else can change it"
    for door in reach.other_doors[:_MOST]:
        gaps = f": {'; '.join(door.gaps)}" if door.gaps else ""
        what = f"{door.kind.value}, `{door.principal}`, statement {door.statement}{gaps}"
        yield f"  also lets in  {shown(what)}"
    if len(reach.other_doors) > _MOST:
        yield f"  also lets in  {len(reach.other_doors) - _MOST} more"
    unsettled = [each.reason for each in reach.unsettled]
    for word, reasons in (("undetermined", reach.undetermined), ("not settled", unsettled)):
        told = (f"  {paint('warning', word)}  {shown(reason)}" for reason in reasons)
        yield from _first(told, f"  {word}  {{}} more")
    yield from _first((_finding(each, paint) for each in found.findings), "  {} more findings")
    yield from _first((_skipped(each, paint) for each in found.skipped), "  {} more not verified")
    yield from _first((_suppressed(each, paint) for each in found.suppressed), "  {} more excused")


def _finding(finding: Finding, paint: Paint) -> str:
    level = paint(finding.severity.word, f"{finding.severity.word}[{finding.rule}]")
    return f"  {level} {shown(finding.message)}"


def _skipped(skipped: Skipped, paint: Paint) -> str:
    level = paint(Severity.NOTE.word, f"note[{skipped.rule}]")
    return f"  {level} not verified: {shown(skipped.reason)}"


def _suppressed(suppressed: Suppressed, paint: Paint) -> str:
    rule = paint("faint", f"suppressed[{suppressed.finding.rule}]")
    said = f"{suppressed.finding.message} ({wording.excused_by(suppressed)})"
    return f"  {rule} {shown(said)}"


_DECISIONS = {
    Decision.ALLOWED: ("good", "allowed"),
    Decision.IMPLICIT_DENY: ("error", "denied (implicitDeny: no Allow statement applies)"),
    Decision.EXPLICIT_DENY: ("error", "denied (explicitDeny: a Deny statement applies)"),
    Decision.UNDETERMINED: ("warning", "undetermined"),
}


def _decisions(found: RoleReport, paint: Paint, *, verbose: bool) -> Iterator[str]:
    yield _title(found, paint)
    for answer in found.answers:
        style, word = _DECISIONS[answer.decision]
        yield f"  token      {shown(_claims(answer))}"
        yield f"  decision   {paint(style, word)}"
        for number in answer.matched_statements:
            statement = found.role.policy.statements[number - 1]
            yield f"  by         {shown(named(statement))}{_at_line(statement)}"
        for key in answer.missing:
            yield f"  missing    {shown(key)}"
        told = answer.causes if verbose else answer.nearest
        for cause in told:
            yield from _cause(found, cause, paint)
        others = {cause.statement.number for cause in answer.causes[len(told) :]}
        if others:
            numbers = _listed(sorted(others))
            yield f"  further away: statement {numbers} (--verbose and --format json tell why)"


def _claims(answer: Answer) -> str:
    """The claims that policies ask for; a whole token would fill the screen."""
    known = ("sub", "aud", "iss")
    first = [f"{name}={answer.claims[name]}" for name in known if name in answer.claims]
    others = [f"{name}={value}" for name, value in answer.claims.items() if name not in known]
    return " ".join(first + others[:_MOST])


def _cause(found: RoleReport, cause: Cause, paint: Paint) -> Iterator[str]:
    yield f"  because    {shown(cause.sentence)}"
    refusal = cause.refusal
    condition = refusal.condition if refusal else None
    if found.role.file and condition and condition.place:
        mark = _mark(condition, f"{cause.presented} was presented", "error")
        yield from _indented(excerpt(_lines(found.role.file, [mark]), [mark], paint))
    yield f"  remedy     {shown(cause.remedy)}"


def _closing(report: TrustReport, counts: tuple[int, int, int], paint: Paint) -> Iterator[str]:
    judged, shut, unread = counts
    parts = [f"{judged} role{'s'[: judged != 1]} judged for {report.repository.full_name}"]
    if shut:
        parts.append(f"{shut} of them trust{'s'[: shut == 1]} no GitHub issuer")
    if unread:
        parts.append(paint("warning", f"{unread} not judged"))
    yield f"{', '.join(parts)}\n"
    gaps = (f"{paint('warning', 'not looked at')}: {shown(gap)}" for gap in report.gaps)
    notes = (f"note: {shown(note)}" for note in report.notes)
    yield from (f"{line}\n" for line in _first(gaps, "not looked at: {} more"))
    yield from (f"{line}\n" for line in _first(notes, "note: {} more"))
    yield f"limits of the proof: {LIMITS}\n"
