"""The last line of a comment of ours: by it a later run knows which findings the comment tells."""

from __future__ import annotations

import re
from collections.abc import Iterable

#: The key in the marker of the sticky summary.
SUMMARY = "summary"
#: Findings that one comment tells.
MOST = 20

_MARKER = re.compile(
    rf"<!-- oidc-enforcer:1 (?:((?:fp=[0-9a-f.]{{1,40}} rule=[a-z-]{{1,60}} ){{1,{MOST}}})"
    r"|(summary) )-->\s*\Z"
)
_KEY = re.compile(r"fp=([0-9a-f.]+) ")


def keys_of(body: str) -> tuple[str, ...]:
    """The keys in the marker that ends a body; whose comment it is says nobody here."""
    found = _MARKER.search(body)
    if found is None:
        return ()
    return (SUMMARY,) if found[2] else tuple(_KEY.findall(found[1]))


def marker(keys: Iterable[tuple[str, str]]) -> str:
    """The last line of a comment, for keys and their rules."""
    told = " ".join(f"fp={key} rule={rule}" for key, rule in keys)
    return f"<!-- oidc-enforcer:1 {told} -->"


def summary_marker() -> str:
    """The last line of the sticky summary."""
    return f"<!-- oidc-enforcer:1 {SUMMARY} -->"
