"""Measures `trust` over accounts of realistic roles: `python tools/trust_bench.py`.

CPU seconds of the whole process, its second process included, wall-clock time, and the dearest
policy. The aims: 1,000 roles in 3 s, 10,000 in 20 s, no policy over 1 s unless it is undetermined.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from oidc_enforcer.facts import Role
from oidc_enforcer.iam.tokens import Repository
from oidc_enforcer.policies import load
from oidc_enforcer.trust import report

sys.path.insert(0, str(Path(__file__).parent.parent))
from tools.trust_roles import account

AIMS = {1_000: 3.0, 10_000: 20.0}
MOST_FOR_ONE = 1.0


def main() -> int:
    """Prints a line per size; 1 where an aim is missed by the clock and by the CPU."""
    missed = False
    for count, aim in AIMS.items():
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "roles.json"
            path.write_text(json.dumps(account(count)), encoding="utf-8")
            wall, cpu = _run(path)
        missed |= min(wall, cpu) > aim
        print(f"trust, {count:,} roles: {cpu:.2f} s CPU, {wall:.2f} s by the clock (aim {aim:g} s)")
    dearest, undetermined = _dearest()
    missed |= dearest > MOST_FOR_ONE
    print(f"dearest of 1,000 policies: {dearest:.3f} s CPU; undetermined: {undetermined}")
    return int(missed)


def _run(path: Path) -> tuple[float, float]:
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    command = [
        sys.executable,
        "-c",
        "import sys; from oidc_enforcer.cli import main; sys.exit(main())",
    ]
    run = subprocess.run(
        [*command, "trust", "--policy", str(path), "--repo", "acme/app", "--format", "json"],
        stdout=subprocess.DEVNULL,
    )
    if run.returncode > 1:
        raise SystemExit(f"trust ended with {run.returncode}")
    wall, after = time.monotonic() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _dearest() -> tuple[float, int]:
    entries = load("roles.json", json.dumps(account(1_000)).encode()).entries
    dearest, undetermined = 0.0, 0
    for entry in entries:
        assert isinstance(entry.found, Role)
        started = time.process_time()
        found = report(entry.found, Repository("acme", "app"))
        undetermined += bool(found.reach.undetermined)
        if not found.reach.undetermined:
            dearest = max(dearest, time.process_time() - started)
    return dearest, undetermined


if __name__ == "__main__":
    sys.exit(main())
