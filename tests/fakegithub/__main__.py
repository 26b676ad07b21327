"""`python -m tests.fakegithub`: the same server for tests that run in another process."""

from __future__ import annotations

import argparse
import json
import sys
import threading
from pathlib import Path

from tests.fakegithub.descriptions import missing
from tests.fakegithub.seeding import seed
from tests.fakegithub.server import FakeGitHub


def main() -> None:
    """Serves until it is stopped; says where on standard output."""
    parser = argparse.ArgumentParser(prog="python -m tests.fakegithub")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--prefix", default="", help="/api/v3 for an Enterprise Server")
    parser.add_argument("--seed", type=Path, help="a JSON file (see tests/fakegithub/seeding.py)")
    chosen = parser.parse_args()
    if missing():
        sys.exit(missing())
    github = FakeGitHub(prefix=chosen.prefix)
    if chosen.seed:
        seed(github.state, json.loads(chosen.seed.read_text("utf-8")))
    github.start(chosen.port)
    print(github.url, flush=True)
    threading.Event().wait()


main()
