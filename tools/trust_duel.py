"""Two evaluators and the reach against each other on random policies: `python tools/trust_duel.py`.

The second evaluator (`tests/iam/second_opinion.py`) shares no code with the package. Any of three
things is an error: a decision on which the two disagree, a witness that replays as denied, a token
that gets in and lies outside the reported reach.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from random import Random

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from tests.iam import test_two_evaluators as duel  # noqa: E402
from tests.iam.random_policies import random_policy  # noqa: E402


def main() -> int:
    """Prints what was tried and what was wrong; 1 where anything was."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--policies", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    wrong, started = 0, time.process_time()
    for number in range(arguments.policies):
        random = Random(f"{arguments.seed}/{number}")
        try:
            duel.check(random_policy(random), random)
        except AssertionError as problem:
            wrong += 1
            print(f"seed {arguments.seed}, policy {number}: {problem}", flush=True)
        if number % 10_000 == 9_999:
            print(f"{number + 1:,} policies, {wrong} wrong", flush=True)
    tokens = arguments.policies * duel.TOKENS_PER_POLICY
    seconds = time.process_time() - started
    print(f"{arguments.policies:,} policies, {tokens:,} random tokens, every witness replayed:")
    print(f"{wrong} wrong ({seconds:.0f} s CPU)")
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
