"""What actions need of GitHub's token, and how that was established.

A row stands for the one action that it names, and `Evidence` says what it rests on. What nobody has
looked at has none, and is doubt. The rows stand in `token_rows`.
"""

from __future__ import annotations

import enum
from functools import lru_cache
from typing import NamedTuple

from oidc_enforcer.fixes.token_rows import TABLE


class Evidence(enum.Enum):
    """How it was established what an action needs."""

    #: Its action.yml takes no token and hands none on; one that the workflow hands it is doubt.
    NO_TOKEN = "none"
    #: Its action.yml takes the token to download public releases, or to be limited less.
    INSTALLS = "installs"
    #: Its source uses the runner's own token (`ACTIONS_RUNTIME_TOKEN`), not the job's.
    RUNNER = "runner"
    #: Its source reads what GitHub tells of any public repository, or the event.
    METADATA = "metadata"
    #: Its owner says which permissions it needs, in the README.
    README = "README"


class Need(NamedTuple):
    """A scope; `input` and `value`: only where the step gives that input, a value if not empty."""

    scope: str
    level: str
    input: str = ""
    value: str = ""


class Row(NamedTuple):
    """What one action needs."""

    needs: tuple[Need, ...]
    evidence: Evidence


@lru_cache(maxsize=1)
def _rows() -> dict[str, Row]:
    found = {}
    for line in TABLE.strip().splitlines():
        name, evidence, *scopes = (cell.strip() for cell in line.split("|"))
        words = scopes[0].split() if scopes else []
        found[name] = Row(tuple(map(_need, words)), Evidence(evidence))
    return found


def _need(word: str) -> Need:
    grant, _, condition = word.partition("?")
    scope, _, level = grant.partition(":")
    name, _, value = condition.partition("=")
    return Need(scope, level, name, value)


def row(name: str) -> Row | None:
    """The row of an action by its folded name, None where nobody has looked."""
    return _rows().get(name)


def rows() -> dict[str, Row]:
    """All rows, by folded name."""
    return dict(_rows())
