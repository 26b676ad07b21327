"""What `tools/bench.py` says of its measurements: tables, growth, bars, and the machine."""

from __future__ import annotations

import datetime
import os
import platform
import statistics
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

from tools.processes import Run

OURS = "oidc-enforcer"
PEER = "zizmor"
#: Our wall time by the peer's, at most, by the number of files; and our peak memory in bytes.
RATIOS = {1: 2.0, 1000: 1 / 5, 10_000: 1 / 8}
MEMORY = {10_000: 150_000_000}


class Measured(NamedTuple):
    """A tool's runs over some files; `note` says why there are none or not as many.

    `output` is the size in bytes of what it wrote.
    """

    corpus: str
    files: int
    size: int
    tool: str
    runs: tuple[Run, ...]
    output: int = 0
    note: str = ""

    @property
    def wall(self) -> float:
        """Median seconds of wall clock."""
        return statistics.median(run.wall for run in self.runs)

    @property
    def cpu(self) -> float:
        """Median seconds of CPU."""
        return statistics.median(run.cpu for run in self.runs)

    @property
    def peak(self) -> int:
        """The largest peak of memory."""
        return max(run.peak for run in self.runs)


class Bar(NamedTuple):
    """A promise, what was measured, and whether it holds; None where it could not be judged."""

    text: str
    value: str
    holds: bool | None

    def __str__(self) -> str:
        word = {True: "ok", False: "MISSED", None: "NOT JUDGED"}[self.holds]
        return f"{word:<11}{self.text}: {self.value}"


class Log(list[str]):
    """Lines that are printed at once, and kept for the document."""

    def say(self, *lines: str) -> None:
        """Prints lines."""
        self += lines
        print(*lines, sep="\n", flush=True)


def rows(of: Sequence[Measured]) -> Iterator[str]:
    """A table of one set of files; ratios are to ours, above 1 where the other takes more."""
    first = of[0]
    yield f"{first.corpus}, {first.files:,} files, {first.size / 1e6:.1f} MB"
    yield (
        f"  {'':<14}{'wall s':>9}{'least':>9}{'most':>9}{'ratio':>8}"
        f"{'CPU s':>9}{'ratio':>8}{'peak MB':>9}{'out MB':>8}{'runs':>6}"
    )
    ours = next((one for one in of if one.tool == OURS and one.runs), None)
    for one in of:
        if not one.runs:
            yield f"  {one.tool:<14}{one.note}"
            continue
        walls = [run.wall for run in one.runs]
        wall, cpu = _ratio(one.wall, ours and ours.wall), _ratio(one.cpu, ours and ours.cpu)
        yield (
            f"  {one.tool:<14}{one.wall:9.3f}{min(walls):9.3f}{max(walls):9.3f}{wall:>8}"
            f"{one.cpu:9.3f}{cpu:>8}{one.peak / 1e6:9.0f}{one.output / 1e6:8.2f}{len(walls):6}"
            + (f"  {one.note}" if one.note else "")
        )


def _ratio(value: float, ours: float | None) -> str:
    return f"{value / ours:.1f}" if ours else "-"


def growth(of: Sequence[Measured]) -> Iterator[str]:
    """Milliseconds of wall clock and CPU that each further file costs."""
    for corpus in dict.fromkeys(one.corpus for one in of):
        for tool in dict.fromkeys(one.tool for one in of):
            sizes = [m for m in of if (m.corpus, m.tool) == (corpus, tool) and m.runs]
            for few, many in pairwise(sizes):
                further = (many.files - few.files) / 1000
                wall, cpu = (many.wall - few.wall) / further, (many.cpu - few.cpu) / further
                yield (
                    f"  {corpus:<10}{tool:<14}{few.files:>7,} -> {many.files:>6,}"
                    f"{wall:10.3f} ms wall{cpu:10.3f} ms CPU"
                )


def bars(of: Iterable[Measured]) -> Iterator[Bar]:
    """Each promise that these numbers of files can tell about."""
    known = {(one.corpus, one.files, one.tool): one for one in of}
    for corpus, files in dict.fromkeys((corpus, files) for corpus, files, _ in known):
        ours, peer = known.get((corpus, files, OURS)), known.get((corpus, files, PEER))
        where = f"{corpus}, {files:,} files"
        if files in RATIOS:
            bar = RATIOS[files]
            text = f"{where}: wall time at most {bar:g} of {PEER}'s"
            if ours and peer and ours.runs and peer.runs:
                ratio = ours.wall / peer.wall
                yield Bar(text, f"{ratio:.3f}", ratio <= bar)
            else:
                yield Bar(text, "not measured", None)
        if files in MEMORY:
            text = f"{where}: peak memory below {MEMORY[files] / 1e6:g} MB"
            if ours and ours.runs:
                yield Bar(text, f"{ours.peak / 1e6:.0f} MB", ours.peak < MEMORY[files])
            else:
                yield Bar(text, "not measured", None)


def machine() -> dict[str, Any]:
    """What the figures depend on besides the tools."""
    about = Path("/proc/cpuinfo").read_text("utf-8")
    model = next((line for line in about.splitlines() if line.startswith("model name")), ":")
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "date": datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "cpu": model.partition(":")[2].strip(),
        "cores": len(os.sched_getaffinity(0)),
        "memory_gb": round(memory / 1e9, 1),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "load": round(os.getloadavg()[0], 2),
    }


def machine_line() -> str:
    """The machine in a sentence."""
    about = machine()
    return (
        f"{about['date']}, {about['cores']} cores of {about['cpu']}, {about['memory_gb']} GB,"
        f" {about['system']}, Python {about['python']}, load {about['load']};"
        " files and programs cached"
    )


def as_data(of: Iterable[Measured], judged: Iterable[Bar]) -> dict[str, Any]:
    """Everything as JSON has it: seconds and bytes."""
    return {
        "version": 1,
        "machine": machine(),
        "results": [_result(one) for one in of],
        "bars": [bar._asdict() for bar in judged],
    }


def _result(one: Measured) -> dict[str, Any]:
    data: dict[str, Any] = one._asdict()
    data["runs"] = [run._asdict() for run in one.runs]
    return data | ({"wall": one.wall, "cpu": one.cpu, "peak": one.peak} if one.runs else {})
