"""Runs a command to its end and tells what the whole tree of its processes took."""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

_KIB = 1024
#: Seconds between two looks at the tree's memory.
_INTERVAL = 0.01


class Run(NamedTuple):
    """What a run took: seconds of wall clock and of CPU, and bytes of memory at the peak.

    `cpu` is user and system time of the command and of all that it waited for. `peak` is the
    largest sum of resident memory over the tree, so what parent and child share counts twice.
    `status` is the exit status, negative for a signal, None when it was killed for its time.
    """

    wall: float
    cpu: float
    peak: int
    status: int | None


def run(
    command: Sequence[str],
    *,
    folder: Path,
    output: Path,
    environment: Mapping[str, str],
    timeout: float,
) -> Run:
    """Runs the command in a folder, its output and its complaints going to a file each."""
    complaints = output.with_suffix(".err")
    with output.open("wb") as out, complaints.open("wb") as err:
        before = time.perf_counter()
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            start_new_session=True,
        )
        watch = _Watch(process.pid, before + timeout)
        watch.start()
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - before
        watch.finished.set()
        watch.join()
    process.returncode = os.waitstatus_to_exitcode(status)
    peak = max(watch.peak, _own_peak(usage))
    cpu = usage.ru_utime + usage.ru_stime
    return Run(wall, cpu, peak, None if watch.killed else process.returncode)


def _own_peak(usage: resource.struct_rusage) -> int:
    """The peak of the largest single process, as far as the kernel's figure can be trusted.

    NOTE: a child begins as a copy of its parent, and Linux carries that peak over `exec`; only a
    figure above our own is the child's. It catches runs too short for a look at their memory.
    """
    ours = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return usage.ru_maxrss * _KIB if usage.ru_maxrss > ours else 0


class _Watch(threading.Thread):
    """Looks at a process tree until it ends; kills it when its time is over."""

    def __init__(self, pid: int, deadline: float) -> None:
        super().__init__(daemon=True)
        self.pid = pid
        self.deadline = deadline
        self.finished = threading.Event()
        self.peak = 0
        self.killed = False

    def run(self) -> None:
        """Looks at once, because a short run may be over soon, and then regularly."""
        while True:
            self.peak = max(self.peak, sum(map(_resident, _tree(self.pid))))
            if self.finished.wait(_INTERVAL):
                return
            if time.perf_counter() > self.deadline and not self.killed:
                self.killed = True
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(self.pid, signal.SIGKILL)


def _tree(pid: int) -> list[int]:
    """The process and all below it."""
    found = [pid]
    for parent in found:
        try:
            threads = os.listdir(f"/proc/{parent}/task")
            for thread in threads:
                children = Path(f"/proc/{parent}/task/{thread}/children").read_text("ascii")
                found += map(int, children.split())
        except (FileNotFoundError, ProcessLookupError):
            continue
    return found


def _resident(pid: int) -> int:
    try:
        pages = Path(f"/proc/{pid}/statm").read_text("ascii").split()[1]
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return int(pages) * resource.getpagesize()
