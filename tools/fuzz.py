"""Looks for a crash, a hang, a leak or a lie for a while: `make fuzz [SECONDS=60] [DATA=DIR]`.

Workflow files (our examples and tests, the rules' pages, generated ones, those of DATA) are spoilt
by chance and checked as part of a small repository. Whatever the text, the check must end soon and
with little memory, every format must render and parse, every place must lie in the file, no planted
key may be printed, and skipping unrelated files must not change what the rules say. An input that
breaks a law is made small, written to a folder, and ends the run with status 1.
"""

from __future__ import annotations

import argparse
import json
import mmap
import os
import random
import re
import resource
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "src")]

from oidc_enforcer.rules.pages import pages  # noqa: E402
from tools import generate  # noqa: E402
from tools.laws import Repository, broken_law  # noqa: E402
from tools.mutations import mutate  # noqa: E402

#: Seconds until an input counts as hanging, and bytes of memory that a child may take.
MOST_WALL = 60
MOST_MEMORY = 500_000_000
#: Inputs that one child judges; a crash costs no more than the rest of them.
_BATCH = 400
#: Failures of different kinds after which it is enough.
_MOST_FAILURES = 10


def seeds(data: Path | None = None) -> tuple[bytes, ...]:
    """Texts to begin with, in an order that does not change."""
    folders = [ROOT / "examples", ROOT / "tests", *([data] if data else [])]
    paths = sorted(path for folder in folders for path in folder.rglob("*.y*ml"))
    texts = [path.read_bytes() for path in paths]
    for page in pages():
        texts += (block.encode() for block in re.findall(r"(?s)```yaml\n(.*?)```", page.markdown))
    texts += (text.encode() for _, text in generate.workflows(40))
    return tuple(text for text in texts if len(text) < 60_000)


class Failure(NamedTuple):
    """An input that breaks a law."""

    number: int
    data: bytes
    problem: str


class Fuzzer:
    """Judges inputs by number; the same seed, seeds and number are the same input."""

    def __init__(self, texts: Sequence[bytes], seed: int, folder: Path) -> None:
        self.texts = texts
        self.seed = seed
        self.repository = Repository(folder)
        self.seen: Counter[str] = Counter()
        self._at = mmap.mmap(-1, 8)

    def input(self, index: int) -> bytes:
        """The text of a number."""
        return mutate(random.Random(f"{self.seed}/{index}"), self.texts)

    def batch(self, first: int, end: int, until: float) -> tuple[int, Failure | None]:
        """Judges inputs in a child until one fails or time is over; returns the next number."""
        answer = guarded(lambda: self._batch(first, end, until))
        try:
            told = json.loads(answer)
        except ValueError:  # the child is dead
            index = int.from_bytes(self._at[:8], "little")
            return index + 1, Failure(index, self.input(index), answer)
        self.seen.update(told["seen"])
        after: int = told["next"]
        problem: str = told["problem"]
        failure = Failure(after - 1, self.input(after - 1), problem) if problem else None
        return after, failure

    def _batch(self, first: int, end: int, until: float) -> str:
        seen: Counter[str] = Counter()
        problem, index = "", first
        while not problem and index < end and time.monotonic() < until:
            self._at[:8] = index.to_bytes(8, "little")
            signal.alarm(MOST_WALL)
            problem = broken_law(self.input(index), self.repository, seen)
            index += 1
        return json.dumps({"next": index, "problem": problem, "seen": seen})

    def smallest(self, failure: Failure, seconds: float = 60.0) -> bytes:
        """The input with everything removed that the failure does not need, as time allows."""
        kind = kind_of(failure.problem)
        until = time.monotonic() + seconds

        def fails(data: bytes) -> bool:
            return kind_of(guarded(lambda: broken_law(data, self.repository))) == kind

        pieces = failure.data.splitlines(keepends=True)
        if fails(failure.data):
            pieces = _fewer(pieces, fails, until)
            pieces = _fewer([bytes([byte]) for byte in b"".join(pieces)], fails, until)
        return b"".join(pieces)


def kind_of(problem: str) -> str:
    """The failure without its figures."""
    return re.sub(r"[\d.]+ s |: Span.*", "", problem)


def _fewer(pieces: list[bytes], fails: Callable[[bytes], bool], until: float) -> list[bytes]:
    """Drops runs of pieces, long ones first, while the rest still fails."""
    length = max(len(pieces) // 2, 1)
    while True:
        at = 0
        while at < len(pieces) and time.monotonic() < until:
            fewer = pieces[:at] + pieces[at + length :]
            if fails(b"".join(fewer)):
                pieces = fewer
            else:
                at += length
        if length == 1:
            return pieces
        length //= 2


def guarded(work: Callable[[], str], *, memory: int = MOST_MEMORY) -> str:
    """What the work returns, done in a child with bounds; how the child died when it did.

    `memory` are the bytes of address space that the child may have besides what there is.
    """
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        _bound(memory)
        signal.alarm(MOST_WALL)
        status = 1
        try:
            with os.fdopen(writer, "w", encoding="utf-8") as stream:
                stream.write(work())
            status = 0
        finally:
            os._exit(status)
    os.close(writer)
    with os.fdopen(reader, encoding="utf-8") as stream:
        answer = stream.read()
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if code == -signal.SIGALRM:
        return f"hangs: no answer in {MOST_WALL} s"
    return answer if code == 0 else f"dies of {signal.Signals(-code).name if code < 0 else code}"


def _bound(memory: int) -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    sizes = Path("/proc/self/statm")
    if sizes.exists():  # only Linux tells, and only Linux heeds the limit
        pages = int(sizes.read_text("ascii").split()[0])
        most = pages * resource.getpagesize() + memory
        resource.setrlimit(resource.RLIMIT_AS, (most, most))


def main() -> int:
    """Fuzzes, and says how much and what was met."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, nargs="?", help="a folder with more workflow files")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0, help="number of the first input")
    parser.add_argument("--count", type=int, default=sys.maxsize, help="at most as many inputs")
    parser.add_argument("--failures", type=Path, default=ROOT / "build" / "fuzz")
    args = parser.parse_args()
    started, index = time.monotonic(), args.first
    until, end = started + args.seconds, args.first + args.count
    kinds: set[str] = set()
    with tempfile.TemporaryDirectory(prefix="oidc-enforcer-fuzz-") as folder:
        fuzzer = Fuzzer(seeds(args.data), args.seed, Path(folder))
        while time.monotonic() < until and index < end and len(kinds) < _MOST_FAILURES:
            index, failure = fuzzer.batch(index, min(index + _BATCH, end), until)
            if failure and kind_of(failure.problem) not in kinds:
                kinds.add(kind_of(failure.problem))
                _keep(failure, fuzzer.smallest(failure), args.failures, args.seed)
    took = time.monotonic() - started
    number = index - args.first
    met = ", ".join(f"{what} {count:,}" for what, count in fuzzer.seen.most_common())
    print(f"{number:,} inputs in {took:.0f} s ({number / took:.0f} per second): {met}")
    return 1 if kinds else 0


def _keep(failure: Failure, smallest: bytes, folder: Path, seed: int) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{seed}-{failure.number}.yml"
    path.write_bytes(smallest)
    path.with_suffix(".whole").write_bytes(failure.data)
    print(f"{path}: {failure.problem}")
    print(f"again with: --seed {seed} --first {failure.number} --count 1")


if __name__ == "__main__":
    sys.exit(main())
