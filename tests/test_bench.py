"""The measuring itself, with stand-ins in place of the tools: what it counts, and what it says."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tools import bench, bench_report
from tools.bench_report import Bar, Measured
from tools.processes import Run, run

BENCH = Path(bench.__file__)

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc")


def took(code: str, folder: Path, timeout: float = 30.0) -> Run:
    command = [sys.executable, "-c", code]
    output = folder / "out"
    return run(command, folder=folder, output=output, environment={}, timeout=timeout)


def test_memory_of_parent_and_child_is_added(tmp_path: Path) -> None:
    hold = "data = bytearray(40_000_000); data[::4096] = bytes(len(data[::4096]))"
    alone = took(f"{hold}\nimport time; time.sleep(0.1)", tmp_path)
    assert 40_000_000 < alone.peak < 80_000_000
    fork = f"import os, time\nchild = os.fork()\n{hold}\ntime.sleep(0.2)\nif child: os.wait()"
    assert took(fork, tmp_path).peak > 80_000_000


def test_time_of_children_counts(tmp_path: Path) -> None:
    burn = "end = time.process_time() + 0.2\nwhile time.process_time() < end: pass"
    done = took(f"import os, time\nchild = os.fork()\n{burn}\nif child: os.wait()", tmp_path)
    assert done.cpu > 0.39
    assert done.wall > 0.19


def test_how_a_run_ended(tmp_path: Path) -> None:
    assert took("raise SystemExit(3)", tmp_path).status == 3
    assert took("import os; os.kill(os.getpid(), 9)", tmp_path).status == -9
    assert took("while True: pass", tmp_path, timeout=0.3).status is None


def measured(tool: str, files: int, wall: float, peak: int = 50_000_000) -> Measured:
    return Measured("ordinary", files, 10_000, tool, (Run(wall, wall, peak, 1),))


@pytest.mark.parametrize(
    ("files", "ours", "peak", "holds"),
    [
        (1, 0.19, 0, [True]),
        (1, 0.21, 0, [False]),
        (1000, 0.02, 0, [True]),
        (1000, 0.021, 0, [False]),
        (10_000, 0.0125, 149_000_000, [True, True]),
        (10_000, 0.0126, 151_000_000, [False, False]),
        (100, 9.0, 0, []),
    ],
)
def test_bars(files: int, ours: float, peak: int, holds: list[bool]) -> None:
    both = [measured("oidc-enforcer", files, ours, peak), measured("zizmor", files, 0.1)]
    assert [bar.holds for bar in bench_report.bars(both)] == holds


def test_a_bar_without_a_peer_is_not_passed() -> None:
    alone = [measured("oidc-enforcer", 1000, 0.01), Measured("ordinary", 1000, 1, "zizmor", ())]
    (bar,) = bench_report.bars(alone)
    assert bar.holds is None
    assert str(bar).startswith("NOT JUDGED")


def test_growth_is_told_for_each_further_file() -> None:
    sizes = [measured("zizmor", 100, 0.5), measured("zizmor", 1100, 2.5)]
    (line,) = bench_report.growth(sizes)
    assert "2.000 ms wall" in line


def stand_in(folder: Path, name: str, status: int) -> None:
    """A command that counts workflows, and knows its version."""
    path = folder / name
    path.write_text(
        f"#!{sys.executable}\nimport os, sys\n"
        f"if '--version' in sys.argv: print('{name} 0'); sys.exit()\n"
        f"print(len(os.listdir('.github/workflows'))); sys.exit({status})\n"
    )
    path.chmod(0o755)


def test_a_whole_measurement(tmp_path: Path) -> None:
    for name, status in (("oidc-enforcer", 1), ("zizmor", 14), ("actionlint", 3)):
        stand_in(tmp_path, name, status)
    document = tmp_path / "performance.md"
    document.write_text("before\n\n```text\nold\n```\n\nafter\n")
    command = [sys.executable, str(BENCH), "--bin", str(tmp_path), "--sizes", "1,3", "--rounds=2"]
    outputs = ["--json", str(tmp_path / "out.json"), "--write", str(document)]
    done = subprocess.run(
        command + outputs, capture_output=True, text=True, check=True, env={"PATH": os.defpath}
    )
    assert not done.stderr
    assert "actionscope cannot be run" in done.stdout
    assert "failed with exit status 3" in done.stdout
    results = json.loads((tmp_path / "out.json").read_text())["results"]
    ours = [one for one in results if one["tool"] == "oidc-enforcer"]
    assert [(one["corpus"], one["files"]) for one in ours] == [
        ("AWS-rich", 1),
        ("AWS-rich", 3),
        ("ordinary", 1),
        ("ordinary", 3),
    ]
    assert [one["output"] for one in ours] == [2, 2, 2, 2]
    assert all(len(one["runs"]) == 2 for one in ours)
    written = document.read_text()
    assert written.startswith("before\n\n```text\noidc-enforcer 0")
    assert written.endswith("```\n\nafter\n")
    assert "old" not in written


def test_copies_are_unique_and_the_choice_is_even(tmp_path: Path) -> None:
    sources = []
    for number in range(10):
        path = tmp_path / f"{number}.yml"
        path.write_bytes(b"#" * number)
        sources.append(path)
    corpus = bench.Corpus("", tuple(sources))
    bench.lay_out(tmp_path / "few", corpus, 2)
    bench.lay_out(tmp_path / "many", corpus, 30)
    few, many = (
        sorted((tmp_path / name / ".github" / "workflows").iterdir()) for name in ("few", "many")
    )
    assert [path.read_bytes().count(b"#") - 1 for path in few] == [2, 7]
    assert len({path.read_bytes() for path in many}) == 30


def test_a_bar_says_what_was_measured() -> None:
    assert str(Bar("a promise", "0.5", True)) == "ok         a promise: 0.5"
