"""What holds of every check, whatever the text; `tools/fuzz.py` and the tests try to break it."""

from __future__ import annotations

import json
import re
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from oidc_enforcer.cli.delivery import chunks
from oidc_enforcer.facts import Facts
from oidc_enforcer.finding import Place
from oidc_enforcer.gather import Options, check_paths
from oidc_enforcer.report import FileReport, Report
from oidc_enforcer.reporters import FORMATS, Detail
from oidc_enforcer.source import SourceFile, apply_edits
from tools.mutations import LITERALS

#: Seconds of CPU for one input, all formats included.
MOST_CPU = 2.0
#: A piece of a literal as long as this is a leak.
_WINDOW = 12
#: Files around the one that is spoilt: it may call them, and they call it.
_NEIGHBOURS = {
    ".github/workflows/callee.yml": "on: workflow_call\njobs:\n  back:\n"
    "    uses: ./.github/workflows/fuzz.yml\n    secrets: inherit\n",
    "action/action.yml": "name: around\nruns:\n  using: composite\n  steps:\n"
    "    - uses: ./action\n    - uses: ./spoilt\n",
}
_OPTIONS = Options(Facts("2026-01-01"), processes=1)


class Repository:
    """A repository of one spoilt file and its neighbours."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name, text in _NEIGHBOURS.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        (folder / "spoilt").mkdir()

    def put(self, data: bytes) -> Path:
        """Writes the file where its content belongs."""
        workflow = self.folder / ".github" / "workflows" / "fuzz.yml"
        action = self.folder / "spoilt" / "action.yml"
        here, there = workflow, action
        if re.search(rb"^runs:", data, re.MULTILINE):
            here, there = action, workflow
        there.unlink(missing_ok=True)
        here.write_bytes(data)
        return here


def broken_law(data: bytes, repository: Repository, seen: Counter[str] | None = None) -> str:
    """What is wrong with the check of this text, in one line; empty when nothing is."""
    path = repository.put(data)
    started = time.process_time()
    try:
        report = check_paths([str(repository.folder)], _OPTIONS)
        said = {name: _rendered(name, report) for name in FORMATS}
        took = time.process_time() - started
        whole = check_paths([str(repository.folder)], _OPTIONS._replace(triage=False))
        problems = _problems(data, path, report, whole, said)
        problem = next(problems, "")
    except Exception as bug:
        where = traceback.extract_tb(bug.__traceback__)[-1]
        return f"{type(bug).__name__} at {Path(where.filename).name}:{where.lineno}"
    if seen is not None:
        _tally(report, path, seen)
    return problem or (f"slow: {took:.1f} s of CPU" if took > MOST_CPU else "")


def _rendered(name: str, report: Report) -> str:
    return "".join(chunks(name, report, color=False, detail=Detail.VERBOSE))


def _tally(report: Report, path: Path, seen: Counter[str]) -> None:
    files = [file for file in report.files if file.file == str(path)]
    rules = {finding.rule for file in files for finding in file.findings}
    seen.update(rules or {"nothing found" if files else "unrelated"})


def _problems(
    data: bytes, path: Path, report: Report, whole: Report, said: dict[str, str]
) -> Iterator[str]:
    json.loads(said["json"])
    json.loads(said["sarif"])
    for line in said["github"].split("\n")[:-1]:
        if not line.startswith("::"):
            yield "an annotation breaks its line"
    if re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", said["text"]):
        yield "a control character reaches the terminal"
    leaked = _leaked(data)
    for name, text in said.items():
        folded = text.lower()
        if any(piece in folded for piece in leaked):
            yield f"a planted key leaks through {name}"
    source = SourceFile.decode(str(path), data)
    for file in report.files:
        if file.file == str(path):
            yield from _misplaced(source, file)
    if _judgement(report) != _judgement(whole):
        yield "without triage the report differs"
    in_full = {file.file: file for file in whole.files}
    if any(in_full.get(file.file) != file for file in report.files if file.jobs):
        yield "a short path changes what is said of a file"


def _leaked(data: bytes) -> list[str]:
    """Pieces that may not be printed, in any case: of literals that are in the text as a whole."""
    text = data.decode("utf-8", "replace")
    rest = text
    for literal in LITERALS:
        rest = rest.replace(literal, "\0")
    rest = rest.lower()
    pieces = []
    for literal in LITERALS:
        if literal in text:
            tail = literal[4:].lower()
            windows = (tail[at : at + _WINDOW] for at in range(len(tail) - _WINDOW + 1))
            pieces += [window for window in windows if window not in rest]
    return pieces


def _misplaced(text: SourceFile, file: FileReport) -> Iterator[str]:
    lines = len(text.line_starts)
    places = [finding.place for finding in file.findings]
    places += [skipped.place for skipped in file.skipped]
    places += [other.place for finding in file.findings for other in finding.related]
    for place in places:
        if place.file == text.path and not _is_inside(text, place, lines):
            yield f"a place lies outside of the file: {place.span}, {place.region}"
    if any(not 1 <= job.line <= lines for job in file.jobs):
        yield "a job lies outside of the file"
    for finding in file.findings:
        if finding.fix and apply_edits(text.text, finding.fix.edits) == text.text:
            yield f"a fix of {finding.rule} changes nothing"


def _is_inside(text: SourceFile, place: Place, lines: int) -> bool:
    span, region = place.span, place.region
    if not 0 <= span.start <= span.end <= len(text.text):
        return False
    return 1 <= region.line <= region.end_line <= lines and region == text.region(span)


def _judgement(report: Report) -> tuple[Any, ...]:
    """What triage may not change: it promises only YAML syntax of unrelated files."""
    findings = [f for file in report.files for f in file.findings if f.rule != "syntax"]
    skipped = [one for file in report.files for one in file.skipped]
    jobs = [(f.file, job) for f in report.files for job in f.jobs if job.credentials]
    every = (findings, skipped, jobs)
    return *(sorted(map(repr, some)) for some in every), report.summary.adoption
