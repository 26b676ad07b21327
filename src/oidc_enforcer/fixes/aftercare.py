"""What is left behind when workflows stop reading keys: secrets, and who still reads them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple


class Aftercare(NamedTuple):
    """Secrets and variables that nobody reads any more, those still read (and where), and doubts.

    All are written as references: `secrets.AWS_ACCESS_KEY_ID`.
    """

    unused: tuple[str, ...]
    read: tuple[tuple[str, str], ...]
    doubts: tuple[str, ...]


#: Ways to read a secret without naming it, and to hand all of them to a called workflow.
_ALL = re.compile(r"tojson\(\s*secrets\s*\)|\bsecrets\s*\[", re.IGNORECASE)
_INHERITED = re.compile(r"\bsecrets['\"]?\s*:\s*['\"]?inherit\b", re.IGNORECASE)
_CALLED = re.compile(r"\buses['\"]?\s*:\s*['\"]?(?:\./)?([^\s'\"#]+\.ya?ml(?:@[^\s'\"]+)?)")


def of(stored: frozenset[str], texts: Mapping[str, str]) -> Aftercare:
    """Which of the stored values the texts of all workflows and actions still name."""
    unused: list[str] = []
    read: list[tuple[str, str]] = []
    for reference in sorted(stored):
        if "…" in reference:
            continue
        name = re.compile(rf"{re.escape(reference)}(?![\w-])", re.IGNORECASE)
        where = [path for path, text in sorted(texts.items()) if name.search(text)]
        if where:
            read += ((reference, path) for path in where)
        else:
            unused.append(reference)
    doubts = [
        f"`{path}` hands secrets on without naming them, so it may read these, too"
        for path, text in sorted(texts.items())
        if _ALL.search(text) or (_INHERITED.search(text) and not _sees_callees(text, texts))
    ]
    if any("…" in reference for reference in stored):
        doubts.append("some keys are read by names that only the run tells: look for them by hand")
    return Aftercare(tuple(unused), tuple(read), tuple(doubts))


def _sees_callees(text: str, texts: Mapping[str, str]) -> bool:
    """Whether every workflow that a text calls is among the texts, which tell what they read."""
    called = _CALLED.findall(text)
    return bool(called) and all(any(path.endswith(one) for path in texts) for one in called)
