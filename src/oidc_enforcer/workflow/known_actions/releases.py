"""Releases of `aws-actions/configure-aws-credentials`: which speak OIDC, and which still run."""

from __future__ import annotations

import enum
import re
from datetime import date
from functools import lru_cache

from oidc_enforcer.records import NamedTuple


class Runs(enum.Enum):
    """What GitHub does with a release, by the Node that its `action.yml` declares."""

    AS_DECLARED = "on the Node that it declares"
    ON_LATER_NODE = "on a later Node, and GitHub still documents the declared one"
    WITHDRAWN = "on a Node that GitHub removed and no longer documents"


class ReleaseStatus(NamedTuple):
    """A release of aws-actions/configure-aws-credentials; `since` when GitHub removed its Node."""

    major: str
    speaks_oidc: bool
    node: str
    runs: Runs
    since: date | None
    source: str

    @property
    def is_outdated(self) -> bool:
        """Whether it is too old for OIDC, or GitHub no longer says that it runs."""
        return not self.speaks_oidc or self.runs is Runs.WITHDRAWN


_BLOG = "github.blog/changelog/"
#: What became of each Node, when, and the article that says so. That on Node 16 says that its
#: actions can no longer be used; that on Node 20, that runners use Node 24 for them instead. The
#: reference of metadata syntax (docs.github.com, 2026-09-24) lists node20 and node24 alone.
_NODES: dict[str, tuple[Runs, date | None, str]] = {
    "node12": (
        Runs.WITHDRAWN,
        date(2023, 8, 14),
        f"{_BLOG}2023-07-17-github-actions-removal-of-node12-from-the-actions-runner",
    ),
    "node16": (
        Runs.WITHDRAWN,
        date(2024, 11, 12),
        f"{_BLOG}2024-09-25-end-of-life-for-actions-node16",
    ),
    "node20": (
        Runs.ON_LATER_NODE,
        date(2026, 9, 23),
        f"{_BLOG}2026-09-23-node-20-is-no-longer-available-in-github-actions",
    ),
    "node24": (
        Runs.AS_DECLARED,
        None,
        f"{_BLOG}2025-09-19-deprecation-of-node-20-on-github-actions-runners",
    ),
}
#: The Node of each major, by the action's CHANGELOG.md; `v1-node16` follows v2 (pull request 685).
_MAJORS = {
    "v1": "node12",
    "v1-node16": "node16",
    "v2": "node16",  # 2.0.0, 2023-03-06: Node 16
    "v3": "node16",  # 3.0.0, 2023-08-21
    "v4": "node20",  # 4.0.0, 2023-09-11: Node 20
    "v5": "node20",  # 5.0.0, 2025-09-03
    "v6": "node24",  # 6.0.0, 2026-02-04: Node 24
}
LATEST_MAJOR = "v6"
_FIRST_OIDC_MINOR = 6  # 1.6.0, 2021-11-23: "added OIDC"
_LONGEST_REF = 256  # characters


def comment_behind(text: str, end: int) -> str:
    """The comment in which people name the release of a sha that ends there: `@<sha> # v4.0.2`."""
    return text[end : end + 200].partition("\n")[0].partition("#")[2].strip()


def release_status(ref: str, comment: str = "") -> ReleaseStatus | None:
    """The release that a ref of configure-aws-credentials names; None for what the table lacks.

    Branches move and commits are many, so they are unknown, unless `comment`, which stands behind
    a commit, names the version.
    """
    found = _version_of(ref.strip()[:_LONGEST_REF], comment[:_LONGEST_REF])
    if found is None:
        return None
    major = f"v{found['major']}{found['branch'] or ''}"
    if major not in _MAJORS:
        return None
    node = _MAJORS[major]
    # NOTE: the tag `v1` itself is 1.7.0, which speaks OIDC.
    minor = found["minor"]
    speaks_oidc = major != "v1" or minor is None or int(minor) >= _FIRST_OIDC_MINOR
    return ReleaseStatus(major, speaks_oidc, node, *_NODES[node])


def _version_of(ref: str, comment: str) -> re.Match[str] | None:
    is_commit = len(ref) == 40 and frozenset("0123456789abcdefABCDEF").issuperset(ref)
    if not is_commit:
        return _version().fullmatch(ref.removeprefix("refs/tags/"))
    # A number alone, without a `v` or a point, is no version when it stands in prose.
    versions = _version().finditer(comment)
    return next((found for found in versions if found["v"] or found["minor"]), None)


@lru_cache(maxsize=1)
def _version() -> re.Pattern[str]:
    return re.compile(
        r"(?<![\w.])(?P<v>v?)(?P<major>[1-9]\d?)(?:\.(?P<minor>\d{1,4})(?:\.\d{1,4})?)?"
        r"(?P<branch>-node16)?(?![\w.-])"
    )
