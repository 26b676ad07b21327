"""Which fixes are wanted: the safe ones, all, or those that somebody agrees to."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from oidc_enforcer import files
from oidc_enforcer.cli import console
from oidc_enforcer.finding import Finding, Fix
from oidc_enforcer.reporters import patch, repair_text

if TYPE_CHECKING:
    from oidc_enforcer.repairs import Repairs

_HELP = "y - apply it, n - leave it, a - apply this and all others, q - apply no more\n"


def wanted(*, interactive: bool, unsafe: bool) -> Callable[[Finding, Fix], bool]:
    """What decides about each fix."""
    if interactive:
        return _Dialogue(unsafe=unsafe).ask
    from oidc_enforcer import mending

    return mending.every if unsafe else mending.safe


class _Dialogue:
    """Asks on standard output, hears on standard input; whoever says nothing wants nothing."""

    def __init__(self, *, unsafe: bool) -> None:
        self.unsafe = unsafe
        self.all = self.over = False

    def ask(self, finding: Finding, fix: Fix) -> bool:
        """Whether this fix is wanted."""
        if self.over or self.all:
            return self.all and not self.over
        console.write(repair_text.question(finding, fix))
        while True:
            console.write(["apply this fix [y,n,a,q,?] "])
            answer = sys.stdin.readline()
            word = answer.strip().lower()
            if not answer or word == "q":
                self.over = True
                console.write(["\n" if not answer else ""])
                return False
            if word in ("y", "n"):
                return word == "y"
            if word == "a":
                self.all = True
                return True
            console.write([_HELP])


def diff(done: Repairs) -> Iterator[str]:
    """All changes as one diff."""
    for one in done.changed:
        yield from patch.diff(one.before, one.after, files.name_in_repository(one.path))


def summary(done: Repairs, *, written: bool, unsafe: bool) -> Iterator[str]:
    """What was done, and what is left."""
    return repair_text.summary(done.judged, written=written, unsafe=unsafe)
