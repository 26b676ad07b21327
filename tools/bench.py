"""Measures whole runs against zizmor, actionlint and ActionScope: `make bench [DATA=DIR]`.

Every tool judges the same repositories of 1 to 10,000 workflow files, offline, and writes JSON to a
file. One set is rich in AWS (the workflows of DATA, or our own examples and labelled tests), one is
an ordinary mix (tools/generate.py). Copies are made unique by a comment at the end. Each tool runs
once to warm caches, then all take turns; medians count. `--check` exits 1 when a bar is missed.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tools import bench_report, generate  # noqa: E402
from tools.bench_report import OURS, Log, Measured  # noqa: E402
from tools.processes import Run, run  # noqa: E402

#: Rounds by the number of files; fewer where a tool would take longer than the patience in all.
ROUNDS = {1: 15, 100: 9, 1000: 5, 10_000: 3}
PATIENCE = 130.0
#: What the installed command does, for where there is none.
_FROM_SOURCE = "import sys; from oidc_enforcer.cli import main; sys.exit(main())"


class Tool(NamedTuple):
    """A command that judges the repository it runs in. `good` are statuses of a finished run."""

    name: str
    start: tuple[str, ...]
    arguments: tuple[str, ...]
    good: frozenset[int]
    does: str


class Corpus(NamedTuple):
    """Files to judge, smallest first, so that an even choice of them has their mix of sizes."""

    name: str
    sources: tuple[Path, ...]
    keeps_names: bool = False


def tools(folder: Path) -> Iterator[Tool]:
    """The commands installed in a folder; ours may also run from the source."""
    installed = folder / OURS
    yield Tool(
        OURS,
        (str(installed),) if installed.exists() else (sys.executable, "-c", _FROM_SOURCE),
        ("check", ".", "--format", "json", "--fixes", "never"),
        frozenset({0, 1}),
        "AWS credentials and id-token of files with AWS text; of all others, YAML syntax only",
    )
    yield Tool(
        "zizmor",
        (str(folder / "zizmor"),),
        ("--offline", "--no-progress", "--quiet", "--format=json", "."),
        frozenset({0, 11, 12, 13, 14}),
        "some thirty security audits of every file; none asks where AWS credentials come from",
    )
    yield Tool(
        "actionlint",
        (str(folder / "actionlint"),),
        ("-shellcheck=", "-pyflakes=", "-format={{json .}}"),
        frozenset({0, 1}),
        "a full lint of every file: syntax, types, expressions; shellcheck and pyflakes off",
    )
    yield Tool(
        "actionscope",
        (str(folder / "actionscope"),),
        ("scan", "--offline", "--quiet", "-f", "json", "."),
        frozenset({0}),
        "AWS roles, policies and their reach; static keys of one action only",
    )


def environment(folder: Path, home: Path) -> dict[str, str]:
    """Nothing of whoever runs it, but the source for where ours is not installed."""
    path = os.pathsep.join((str(folder), os.defpath))
    return {"PATH": path, "HOME": str(home), "LANG": "C.UTF-8", "PYTHONPATH": str(ROOT / "src")}


def version(tool: Tool, env: dict[str, str]) -> str:
    """The first line of what a tool says of itself; empty when it cannot be run."""
    command = [*tool.start, "--version"]
    try:
        done = subprocess.run(command, capture_output=True, check=True, env=env, text=True)
    except (OSError, subprocess.CalledProcessError):
        return ""
    return done.stdout.partition("\n")[0]


# -- files -----------------------------------------------------------------------------------------


def rich(data: Path | None) -> Corpus:
    """Workflows below DATA, or our own; composite actions are left out."""
    folders = [data] if data else [ROOT / "examples", ROOT / "tests" / "accuracy"]
    found = [path for folder in folders for path in folder.rglob("*.y*ml") if _is_workflow(path)]
    return Corpus("AWS-rich", tuple(sorted(found, key=_size)))


def ordinary(folder: Path, count: int) -> Corpus:
    """Generated files."""
    folder.mkdir()
    for name, text in generate.workflows(count):
        (folder / name).write_text(text, encoding="utf-8")
    return Corpus("ordinary", tuple(sorted(folder.iterdir(), key=_size)), keeps_names=True)


def _is_workflow(path: Path) -> bool:
    return bool(re.search(rb"^[\"']?jobs[\"']?[ \t]*:", path.read_bytes(), re.MULTILINE))


def _size(path: Path) -> tuple[int, str]:
    return path.stat().st_size, path.name


def lay_out(repository: Path, corpus: Corpus, count: int) -> int:
    """Makes a repository of as many workflows, each unique; returns their bytes."""
    workflows = repository / ".github" / "workflows"
    workflows.mkdir(parents=True)
    subprocess.run(["git", "init", "--quiet", repository], check=True)
    total = 0
    for number, source in enumerate(_chosen(corpus.sources, count)):
        text = source.read_bytes() + b"\n# copy %d\n" % number
        name = source.name if corpus.keeps_names else f"w{number:05}.yml"
        (workflows / name).write_bytes(text)
        total += len(text)
    return total


def _chosen(sources: Sequence[Path], count: int) -> Iterator[Path]:
    """Evenly from the smallest to the largest, or all of them again and again."""
    known = len(sources)
    if count >= known:
        return itertools.islice(itertools.cycle(sources), count)
    return (sources[(2 * number + 1) * known // (2 * count)] for number in range(count))


def bearable(tool: Tool, corpus: Corpus, env: dict[str, str], folder: Path, log: Log) -> Corpus:
    """The corpus without files that make a tool give up the whole run; says which."""
    folder.mkdir()
    if not _gives_up(tool, corpus.sources, env, folder / "all"):
        return corpus
    bad = [
        source
        for number, source in enumerate(corpus.sources)
        if _gives_up(tool, (source,), env, folder / str(number))
    ]
    for source in bad:
        log.say(f"left out, because {tool.name} gives up the run on it: {source.name}")
    return corpus._replace(sources=tuple(s for s in corpus.sources if s not in bad))


def _gives_up(tool: Tool, sources: Sequence[Path], env: dict[str, str], folder: Path) -> bool:
    lay_out(folder, Corpus("", tuple(sources)), len(sources))
    done = _once(tool, folder, env, PATIENCE)
    return done.status not in tool.good


# -- measuring -------------------------------------------------------------------------------------


class Bench(NamedTuple):
    """Tools that can be run, and the bounds: seconds for a run, rounds instead of the usual."""

    tools: tuple[Tool, ...]
    env: dict[str, str]
    timeout: float
    rounds: int | None

    def measure(
        self, folder: Path, corpus: str, count: int, size: int, before: Iterable[Measured]
    ) -> Iterator[Measured]:
        """All tools by turns over one repository; `before` are smaller ones of the corpus."""
        notes = {tool.name: self._forecast(tool, count, before) for tool in self.tools}
        runs: dict[str, list[Run]] = {tool.name: [] for tool in self.tools}
        wanted = dict.fromkeys(runs, 0)
        for tool in self.tools:
            if notes[tool.name]:
                continue
            first = _once(tool, folder, self.env, self.timeout)
            notes[tool.name] = _trouble(tool, first, self.timeout)
            if not notes[tool.name]:
                wanted[tool.name] = min(self._rounds(count), int(PATIENCE / first.wall))
                if wanted[tool.name] < 2:
                    wanted[tool.name] = 0
                    runs[tool.name].append(first)
                    notes[tool.name] = "its first run"
        for turn in range(max(wanted.values())):
            for tool in self.tools:
                if turn < wanted[tool.name]:
                    runs[tool.name].append(_once(tool, folder, self.env, self.timeout))
        for tool in self.tools:
            found, note = tuple(runs[tool.name]), notes[tool.name]
            output = _output(folder, tool).stat().st_size if found else 0
            yield Measured(corpus, count, size, tool.name, found, output, note)

    def _rounds(self, count: int) -> int:
        return self.rounds or next((n for files, n in ROUNDS.items() if count <= files), 1)

    def _forecast(self, tool: Tool, count: int, before: Iterable[Measured]) -> str:
        """Why not to start at all: what fewer files took says that it would be killed."""
        for one in before:
            expected = one.wall * count / one.files if one.runs and one.files >= 100 else 0.0
            if one.tool == tool.name and expected > self.timeout:
                return (
                    f"not run: {one.files:,} files took {one.wall:.0f} s, so about {expected:.0f} s"
                )
        return ""


def _once(tool: Tool, folder: Path, env: dict[str, str], timeout: float) -> Run:
    command = (*tool.start, *tool.arguments)
    return run(
        command, folder=folder, output=_output(folder, tool), environment=env, timeout=timeout
    )


def _output(folder: Path, tool: Tool) -> Path:
    return folder.with_name(f"{folder.name}-{tool.name}.json")


def _trouble(tool: Tool, done: Run, timeout: float) -> str:
    if done.status is None:
        return f"killed after {timeout:g} s"
    return "" if done.status in tool.good else f"failed with exit status {done.status}"


# -- the whole -------------------------------------------------------------------------------------


def main() -> int:
    """Measures, prints, and judges."""
    args, log = _arguments(), Log()
    with tempfile.TemporaryDirectory(prefix="oidc-enforcer-bench-") as name:
        results = list(_all(args, Path(name), log))
    log.say("", "each further file", *bench_report.growth(results), "")
    bars = list(bench_report.bars(results))
    log.say(*(str(bar) for bar in bars))
    if args.json:
        args.json.write_text(json.dumps(bench_report.as_data(results, bars), indent=1) + "\n")
    if args.write:
        _write(args.write, log)
    return 1 if args.check and not all(bar.holds for bar in bars) else 0


def _write(document: Path, log: Log) -> None:
    """Puts the figures in place of those that stand in the document's last block of text."""
    before, fence, rest = document.read_text("utf-8").rpartition("```text\n")
    after = rest[rest.index("```") :]
    document.write_text(before + fence + "\n".join(log) + "\n" + after, encoding="utf-8")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, nargs="?", help="a folder of workflows rich in AWS")
    parser.add_argument("--bin", type=Path, default=Path(sys.executable).parent)
    parser.add_argument("--sizes", default="1,100,1000,10000")
    parser.add_argument("--corpora", default="AWS-rich,ordinary")
    parser.add_argument("--tools", help="names, ours always among them")
    parser.add_argument("--rounds", type=int, help="runs per tool; by default fewer for many files")
    parser.add_argument("--timeout", type=float, default=240.0, help="seconds for one run")
    parser.add_argument("--budget", type=float, default=3000.0, help="seconds for everything")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--write", type=Path, help="a document whose last text block to renew")
    parser.add_argument("--check", action="store_true", help="exit 1 when a bar is missed")
    return parser.parse_args()


def _all(args: argparse.Namespace, work: Path, log: Log) -> Iterator[Measured]:
    until = time.monotonic() + args.budget
    env = environment(args.bin.absolute(), work)
    usable = tuple(_usable(args, env, log))
    log.say(bench_report.machine_line())
    bench = Bench(usable, env, args.timeout, args.rounds)
    sizes = sorted(map(int, args.sizes.split(",")))
    for name in args.corpora.split(","):
        corpus = ordinary(work / name, sizes[-1]) if name == "ordinary" else rich(args.data)
        for tool in usable:
            if tool.name == bench_report.PEER:
                corpus = bearable(tool, corpus, env, work / f"{name}-bearable", log)
        before: list[Measured] = []
        for count in sizes:
            if time.monotonic() > until:
                log.say("", f"{name}, {count:,} files: not measured, the time is used up")
                continue
            folder = work / f"{name}-{count}"
            size = lay_out(folder, corpus, count)
            measured = list(bench.measure(folder, name, count, size, before))
            before += measured
            log.say("", *bench_report.rows(measured))
            yield from measured
            shutil.rmtree(folder)


def _usable(args: argparse.Namespace, env: dict[str, str], log: Log) -> Iterator[Tool]:
    wanted = {OURS, *args.tools.split(",")} if args.tools else None
    for tool in tools(args.bin.absolute()):
        if wanted and tool.name not in wanted:
            continue
        said = version(tool, env)
        log.say(f"{said or tool.name + ' cannot be run'}: {tool.does}")
        if said:
            yield tool


if __name__ == "__main__":
    sys.exit(main())
