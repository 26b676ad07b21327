"""Measures `fix` on labelled workflow files: the second table of `make accuracy`.

Counted are the files labelled as having a stored key of their own: not those that pass one on, nor
those that read it from another store. Every fix is applied, safe or not, on copies in memory; then
nothing may be left to find, `actionlint` may say nothing new, no line may change that has nothing
to do with the key, and a second run may change nothing.

What a fix changes in a local action or a called workflow can be told where that file is there.
The labelled files are few of their repositories' files, so how many fixes are safe is measured on
those whose callees are all in sight; the figure over all stands beside it.

`python tools/fix_table.py FOLDER` names every fix that is not safe, and why.
"""

from __future__ import annotations

import argparse
import difflib
import json
import re
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from oidc_enforcer import mending
from oidc_enforcer.facts import Facts
from oidc_enforcer.finding import Finding, Fix, Severity
from oidc_enforcer.fixes.proposal import Choices
from oidc_enforcer.fixes.roles import steps_of
from oidc_enforcer.mending import Bench, Mended
from oidc_enforcer.source import SourceFile
from oidc_enforcer.workflow.model import Action, UsesKind, Workflow
from oidc_enforcer.workflow.parse import parse
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


class Outcome(NamedTuple):
    """What came of one file; `strange` are changed lines that have nothing to do with keys.

    `parses` is false where a part of it is no YAML: its keys are reported, and nothing is edited.
    """

    name: str
    findings: tuple[Finding, ...]
    left: tuple[Finding, ...]
    strange: tuple[str, ...]
    complaints: tuple[str, ...]
    is_stable: bool
    parses: bool
    is_changed: bool
    sees_callees: bool


class Checkout(NamedTuple):
    """The labelled files of one repository, by their paths in it."""

    files: dict[str, SourceFile]

    def around(self) -> Surroundings:
        """What the files see of each other."""
        names = {path: path.rpartition("/")[2] for path in self.files}
        callers = {
            path: tuple(p for p, one in self.files.items() if p != path and name in one.text)
            for path, name in names.items()
        }
        files = self.files
        return Surroundings(lambda p: parse(files[p]).content if p in files else None, callers)


def outcomes(folder: Path, labels: Iterable[Label]) -> Iterator[Outcome]:
    """The outcome of every file that counts; files of one repository are laid out together."""
    checkouts: dict[str, Checkout] = defaultdict(lambda: Checkout({}))
    known = list(labels)
    for label in known:
        source = SourceFile.decode(_path(label), (folder / label["file"]).read_bytes())
        checkouts[_repository(label)].files[source.path] = source
    for label in known:
        if label["static_key"] is True and not any(w in label["category"] for w in LEFT_OUT):
            checkout = checkouts[_repository(label)]
            yield outcome(label, checkout.files[_path(label)], checkout)


def _path(label: Label) -> str:
    return str(label.get("path", label["file"]))


def _repository(label: Label) -> str:
    return str(label.get("repo", label["file"]))


def outcome(label: Label, source: SourceFile, checkout: Checkout) -> Outcome:
    """Applies every fix of one file, and looks at what it made."""
    around = checkout.around()
    after, done = _mended(source, around, mending.every)
    again, _ = _mended(after, around, mending.every)
    _, offered = _mended(source, around, _none)
    changed = after.text != source.text
    complaints = _complaints(source, after) if label["kind"] == "workflow" and changed else ()
    return Outcome(
        label["file"],
        _counted(offered),
        _counted(done),
        tuple(_strange(source.text, after.text)),
        tuple(complaints),
        again.text == after.text,
        parse(source).unread_from is None,
        changed,
        _sees_callees(parse(source).content, around),
    )


def _sees_callees(content: Workflow | Action | None, around: Surroundings) -> bool:
    """Whether every local action and every called workflow is among the files."""
    jobs = content.jobs if isinstance(content, Workflow) else ()
    calls = [job.uses for job in jobs if job.uses is not None]
    steps = [step.uses for step in steps_of(content) if step.uses is not None] if content else []
    local = [uses for uses in steps if uses.kind is UsesKind.LOCAL]
    return all(map(around.workflow, calls)) and all(map(around.action, local))


def _mended(source: SourceFile, around: Surroundings, wanted: Any) -> tuple[SourceFile, Mended]:
    bench = Bench(around, Facts(), Choices())
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


#: A figure's name, value, sign and bar; `..` says that the bar is for comparison alone.
_Row = tuple[str, int | float, str, float]


def table(found: list[Outcome], *, is_sample: bool) -> bool:
    """Prints the table; whether every bar is met.

    How many findings are fixed has bars where the files are a sample of what people write
    (`is_sample`), not where they are traps of our own: for many of those there is no fix.
    """
    for line in _misses(found):
        print(line)
    rows = list(_rows(found, at_least=">=" if is_sample else ".."))
    for name, value, sign, bar in rows:
        shown = f"{value:7.4f}" if isinstance(value, float) else f"{value:7d}"
        said = f"{'ok' if _good(value, sign, bar) else 'MISSED'} ({sign} {bar})"
        print(f"{name:<26} {shown}   {said if sign != '..' else 'for information'}")
    if not ACTIONLINT.exists():
        print("actionlint is not installed: `make .venv-tools/ready`", file=sys.stderr)
    return all(_good(value, sign, bar) for _, value, sign, bar in rows) and ACTIONLINT.exists()


def _good(value: float, sign: str, bar: float) -> bool:
    return sign == ".." or (value >= bar if sign == ">=" else value <= bar)


def _rows(found: list[Outcome], at_least: str) -> Iterator[_Row]:
    findings = [finding for one in found for finding in one.findings]
    fixes = [finding.fix for finding in findings if finding.fix is not None]
    seeing = [finding.fix for one in found if one.sees_callees for finding in one.findings]
    visible = [fix for fix in seeing if fix is not None]
    whole = [one for one in found if one.parses]
    broken = [one for one in found if not one.parses]
    print(f"\n{len(found)} files with a stored key, {len(findings)} findings, {len(fixes)} fixes")
    yield "fix offered", len(fixes) / max(len(findings), 1), at_least, 0.90
    yield "safe, callees in sight", _safe(visible), at_least, 0.80
    yield "safe, all", _safe(fixes), "..", 0.75
    none_left = "<=" if at_least == ">=" else ".."
    yield "files with keys left", sum(1 for one in whole if one.left), none_left, 0
    yield "files that do not parse", len(broken), "..", 0
    yield "  of these edited", sum(1 for one in broken if one.is_changed), "<=", 0
    yield "lint complaints", sum(len(one.complaints) for one in found), "<=", 0
    yield "strange lines", sum(len(one.strange) for one in found), "<=", 0
    yield "unstable files", sum(1 for one in found if not one.is_stable), "<=", 0


def _safe(fixes: list[Fix]) -> float:
    return sum(1 for fix in fixes if fix.safety.value == "safe") / max(len(fixes), 1)


def _misses(found: Iterable[Outcome]) -> Iterator[str]:
    for one in found:
        for finding in one.findings:
            if finding.fix is None:
                yield f"no fix       {one.name}:{finding.place.region.line} {finding.unfixed}"
        word = "left        " if one.parses else "no YAML     "
        yield from (f"{word} {one.name}: {finding.rule}" for finding in one.left)
        yield from (f"strange      {one.name}: {line}" for line in one.strange)
        yield from (f"actionlint   {one.name}: {said[:160]}" for said in one.complaints)
        if not one.is_stable:
            yield f"unstable     {one.name}"


def main() -> int:
    """Prints the unsafe fixes, each with its doubts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    folder: Path = parser.parse_args().folder
    labels: list[Label] = json.loads((folder / "labels.json").read_text(encoding="utf-8"))
    for one in outcomes(folder, labels):
        for finding in one.findings:
            if finding.fix is None or not finding.fix.doubts:
                continue
            beyond = "" if one.sees_callees else " (not all of its callees are there)"
            print(f"{one.name}:{finding.place.region.line}{beyond}")
            for doubt in finding.fix.doubts:
                print(f"    {doubt}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
