"""Measures the findings against labelled workflow files: `python tools/accuracy.py [FOLDER]`.

The folder holds `labels.json`, a list of `{file, static_key, lines, derived_lines, neutral_lines,
decoy_lines, id_token_write, …}`, and the files it names. Findings of the three rules about stored
keys count at warning or above. A label may say the classes of credentials of each job
(`"classes": {"deploy": ["oidc"]}`): a job is right when its classes are these and no others.
Prints a table and every miss; exits 1 when a bar is missed.
`fix_table` then measures what `fix` makes of the same files.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from oidc_enforcer.finding import Finding, Severity
from oidc_enforcer.gather import Options, check_paths
from oidc_enforcer.report import FileReport

OWN = Path(__file__).parent.parent / "tests" / "accuracy"
COUNTED = frozenset({"static-credentials", "bypassed-oidc", "hardcoded-access-key"})
BARS = {
    "file precision": 0.98,
    "file recall": 0.98,
    "line recall": 0.97,
    "stray findings": 0.02,
    "id-token": 1.0,
    "classes": 0.98,
}
Label = dict[str, Any]


class Score(NamedTuple):
    """One file's outcome. `wrong` are findings on decoys or in unlabelled places."""

    label: Label
    found: bool
    hit: frozenset[int]
    wrong: tuple[Finding, ...]
    findings: int
    id_token: str
    classes: dict[str, list[str]]


def main() -> int:
    """Prints the table."""
    import fix_table  # type: ignore[import-not-found]  # beside this file, where this is run

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", default=OWN)
    folder: Path = parser.parse_args().folder
    labels: list[Label] = json.loads((folder / "labels.json").read_text(encoding="utf-8"))
    scores = [score(label, judge(folder / label["file"])) for label in labels]
    for line in misses(scores):
        print(line)
    measured = table(scores)
    print(f"\n{len(scores)} files, {sum(s.findings for s in scores)} findings that count")
    missed = False
    for name, bar in BARS.items():
        if name not in measured:
            print(f"{name:<16} {'-':>7}   no label tells them")
            continue
        value = measured[name]
        good = value <= bar if name == "stray findings" else value >= bar
        missed = missed or not good
        sign = "<=" if name == "stray findings" else ">="
        print(f"{name:<16} {value:7.4f}   {'ok' if good else 'MISSED'} ({sign} {bar})")
    loud = [s for s in scores if s.label["static_key"] == "uncertain" and s.found]
    print(f"{'uncertain files':<16} {len(loud):7d}   with an error or a warning (should be 0)")
    mended = list(fix_table.outcomes(folder, labels))
    good = fix_table.table(mended, is_sample=folder.resolve() != OWN.resolve())
    return 1 if missed or not good else 0


def judge(path: Path) -> FileReport:
    """What `check` says of one file."""
    report = check_paths([str(path)], Options(processes=1))
    return report.files[0] if len(report.files) else FileReport(str(path))


def score(label: Label, report: FileReport) -> Score:
    """Compares one file's findings with its label."""
    counted = [f for f in report.findings if f.rule in COUNTED and f.severity >= Severity.WARNING]
    targets = set(label["lines"])
    silent = set(label.get("derived_lines", [])) | set(label.get("neutral_lines", []))
    hit: set[int] = set()
    wrong = []
    for finding in counted:
        own = finding.place.region.line
        lines = {own} | {
            r.place.region.line for r in finding.related if r.place.file == report.file
        }
        hit |= lines & targets
        if label["static_key"] is False or (own not in targets and own not in silent):
            wrong.append(finding)
    return Score(
        label,
        bool(counted),
        frozenset(hit),
        tuple(wrong),
        len(counted),
        _id_token(report),
        {job.job: sorted({use.kind for use in job.credentials}) for job in report.jobs},
    )


def _id_token(report: FileReport) -> str:
    """`missing` when a job lacks the token it needs, `ok` when a job has it or may be given it."""
    if any(finding.rule == "missing-id-token" for finding in report.findings):
        return "missing"
    granted = any(job.id_token in ("write", "caller") for job in report.jobs)
    return "ok" if granted else "n/a"


def _jobs(item: Score) -> Iterator[tuple[str, list[str], list[str]]]:
    """Each job of a label that names classes: those, and the ones that were found."""
    for job, labelled in item.label.get("classes", {}).items():
        yield job, sorted(labelled), item.classes.get(job, [])


def table(scores: list[Score]) -> dict[str, float]:
    """The measured figures by name; "classes" only where labels tell them."""
    sure = [s for s in scores if s.label["static_key"] != "uncertain"]
    right = sum(1 for s in sure if s.found and s.label["static_key"] is True)
    found = sum(1 for s in sure if s.found)
    true = sum(1 for s in sure if s.label["static_key"] is True)
    targets = sum(len(s.label["lines"]) for s in sure)
    hit = sum(len(s.hit) for s in sure)
    findings = sum(s.findings for s in sure)
    asked = [s for s in scores if s.label["id_token_write"] in ("ok", "missing")]
    agreed = sum(1 for s in asked if s.id_token == s.label["id_token_write"])
    agreed_not = sum(
        1 for s in scores if s.label["id_token_write"] == "n/a" and s.id_token != "missing"
    )
    jobs = [labelled == found for s in scores for _, labelled, found in _jobs(s)]
    figures = {
        "file precision": right / found if found else 1.0,
        "file recall": right / true if true else 1.0,
        "line recall": hit / targets if targets else 1.0,
        "stray findings": sum(len(s.wrong) for s in sure) / findings if findings else 0.0,
        "id-token": (agreed + agreed_not) / len(scores) if scores else 1.0,
    }
    return {**figures, "classes": sum(jobs) / len(jobs)} if jobs else figures


def misses(scores: list[Score]) -> Iterator[str]:
    """A line for everything that is not as it is labelled."""
    for item in scores:
        label, name = item.label, item.label["file"]
        truth = label["static_key"]
        if truth is True and not item.found:
            yield f"not found    {name}: lines {label['lines']}"
        elif truth is True and set(label["lines"]) - item.hit:
            yield f"lines missed {name}: {sorted(set(label['lines']) - item.hit)}"
        if truth == "uncertain" and item.found:
            yield f"too loud     {name}"
        if truth != "uncertain":
            for finding in item.wrong:
                line = finding.place.region.line
                yield f"wrong        {name}:{line} {finding.rule}: {finding.message[:90]}"
        wanted = label["id_token_write"]
        if (wanted != "n/a" or item.id_token == "missing") and item.id_token != wanted:
            yield f"id-token     {name}: {item.id_token}, labelled {wanted}"
        for job, labelled, found in _jobs(item):
            if labelled != found:
                yield f"classes      {name} {job}: {found}, labelled {labelled}"


if __name__ == "__main__":
    sys.exit(main())
