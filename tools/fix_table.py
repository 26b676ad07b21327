"""Measures `fix` on labelled workflow files: the second table of `make accuracy`.

Counted are the files labelled as having a stored key of their own: not those that pass one on, nor
those that read it from another store. Every fix is applied, safe or not, on copies in memory; then
nothing may be left to find, `actionlint` may say nothing new, no line may change that has nothing
to do with the key, and a second run may change nothing.
"""

from __future__ import annotations

import difflib
import json
import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from oidc_enforcer import mending
from oidc_enforcer.facts import Facts
from oidc_enforcer.finding import Finding, Fix, Severity
from oidc_enforcer.fixes.proposal import Choices
from oidc_enforcer.mending import Bench, Mended
from oidc_enforcer.source import SourceFile
from oidc_enforcer.workflow.surroundings import Surroundings

Label = dict[str, Any]
KEY_RULES = frozenset({"static-credentials", "bypassed-oidc", "hardcoded-access-key"})
LEFT_OUT = ("pass", "external-store")
ACTIONLINT = Path(__file__).parent.parent / ".venv-tools" / "bin" / "actionlint"
#: What a line that goes may hold: the key, what held it, what grants, what logs in.
_RELATED = re.compile(
    r"key|secret|token|aws|s3-|args:|shell:|script|inputs:|required:|description:|type:|credential|permissions|read-all|access|region|profile|login"
    r"|^\s*-?\s*(?:env|with|secrets):|EOF|\[\w*\]|role",
    re.IGNORECASE,
)


#: Doubts about a local action or workflow that is not among the labelled files; in a repository it
#: is read, and either needs nothing or is changed as well.
_OUT_OF_SIGHT = re.compile(r"`\.{1,2}/|`\.github/|is not in sight")


class Outcome(NamedTuple):
    """What came of one file; `strange` are changed lines that have nothing to do with keys."""

    name: str
    findings: tuple[Finding, ...]
    left: tuple[Finding, ...]
    strange: tuple[str, ...]
    complaints: tuple[str, ...]
    is_stable: bool


def outcomes(folder: Path, labels: Iterable[Label]) -> Iterator[Outcome]:
    """The outcome of every file that counts."""
    for label in labels:
        if label["static_key"] is True and not any(w in label["category"] for w in LEFT_OUT):
            source = SourceFile.decode(label["file"], (folder / label["file"]).read_bytes())
            yield outcome(source, is_workflow=label["kind"] == "workflow")


def outcome(source: SourceFile, *, is_workflow: bool) -> Outcome:
    """Applies every fix of one file, and looks at what it made."""
    after, done = _mended(source, mending.every)
    again, _ = _mended(after, mending.every)
    _, offered = _mended(source, _none)
    changed = after.text != source.text
    complaints = _complaints(source, after) if is_workflow and changed else ()
    return Outcome(
        source.path,
        _counted(offered),
        _counted(done),
        tuple(_strange(source.text, after.text)),
        tuple(complaints),
        again.text == after.text,
    )


def _mended(source: SourceFile, wanted: Any) -> tuple[SourceFile, Mended]:
    bench = Bench(Surroundings(), Facts(), Choices())
    done = bench.mend(source, wanted)
    return bench.texts[source.path], done


def _none(finding: Finding, fix: Fix) -> bool:
    return False


def _counted(done: Mended) -> tuple[Finding, ...]:
    return tuple(
        finding
        for finding in done.after.findings
        if finding.rule in KEY_RULES and finding.severity >= Severity.WARNING
    )


def _strange(before: str, after: str) -> Iterator[str]:
    rows = list(difflib.ndiff(before.splitlines(), after.splitlines()))
    added = " ".join(row[2:] for row in rows if row.startswith("+ "))
    for row in rows:
        if not row.startswith("- ") or _RELATED.search(row):
            continue
        # NOTE: in a flow collection a line changes when something comes in beside it.
        if not all(word in added for word in re.findall(r"\w{4,}", row)):
            yield row[2:].strip()


def _complaints(before: SourceFile, after: SourceFile) -> Iterator[str]:
    """What actionlint says of the new text and did not say of the old one, places aside."""
    fresh = Counter(_lint(after.text)) - Counter(_lint(before.text))
    yield from fresh


def _lint(text: str) -> list[str]:
    if not ACTIONLINT.exists():
        return []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "workflow.yml"
        path.write_text(text, "utf-8", newline="")
        done = subprocess.run(
            [ACTIONLINT, "-shellcheck=", "-pyflakes=", "-format", "{{json .}}", str(path)],
            capture_output=True,
            text=True,
            check=False,
            cwd=folder,
        )
    said = json.loads(done.stdout or "[]")
    # NOTE: places move, so they do not tell one complaint from another.
    return [f"{one['kind']}: {re.sub('[0-9]+', '0', one['message'])}" for one in said]


def table(found: list[Outcome]) -> bool:
    """Prints the table; whether every bar is met."""
    findings = [finding for one in found for finding in one.findings]
    fixes = [finding.fix for finding in findings if finding.fix is not None]
    visible = [fix for fix in fixes if not any(map(_OUT_OF_SIGHT.search, fix.doubts))]
    for line in _misses(found):
        print(line)
    print(f"\n{len(found)} files with a stored key, {len(findings)} findings, {len(fixes)} fixes")
    rows: list[tuple[str, int | float, str, float]] = [
        ("fix offered", len(fixes) / max(len(findings), 1), ">=", 0.90),
        ("of these safe", _safe(fixes), ">=", 0.75),
        ("safe, all in sight", _safe(visible), "..", 0.75),
        ("files with keys left", sum(1 for one in found if one.left), "<=", 0),
        ("lint complaints", sum(len(one.complaints) for one in found), "<=", 0),
        ("strange lines", sum(len(one.strange) for one in found), "<=", 0),
        ("unstable files", sum(1 for one in found if not one.is_stable), "<=", 0),
    ]
    all_good = True
    for name, value, sign, bar in rows:
        good = value >= bar if isinstance(value, float) else value <= bar
        all_good = all_good and (good or sign == "..")
        shown = f"{value:7.4f}" if isinstance(value, float) else f"{value:7d}"
        verdict = "for information" if sign == ".." else "ok" if good else "MISSED"
        print(f"{name:<20} {shown}   {verdict} ({sign} {bar})")
    if not ACTIONLINT.exists():
        print("actionlint is not installed: `make .venv-tools/ready`", file=sys.stderr)
    return all_good and ACTIONLINT.exists()


def _safe(fixes: list[Fix]) -> float:
    return sum(1 for fix in fixes if fix.safety.value == "safe") / max(len(fixes), 1)


def _misses(found: Iterable[Outcome]) -> Iterator[str]:
    for one in found:
        for finding in one.findings:
            if finding.fix is None:
                yield f"no fix       {one.name}:{finding.place.region.line} {finding.unfixed}"
        yield from (f"left         {one.name}: {finding.rule}" for finding in one.left)
        yield from (f"strange      {one.name}: {line}" for line in one.strange)
        yield from (f"actionlint   {one.name}: {said[:160]}" for said in one.complaints)
        if not one.is_stable:
            yield f"unstable     {one.name}"
