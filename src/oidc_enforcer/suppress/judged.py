"""What the rules about exceptions judge."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from oidc_enforcer.config import Exemption
from oidc_enforcer.finding import Place
from oidc_enforcer.suppress.standing import Standing


class Exceptions(NamedTuple):
    """The exceptions of one file, `used` being the places of those that have excused something.

    `told` are the rules that have been able to say whether they find anything; `unsure` are lines
    where one of them was not. `is_everywhere`: all repositories have been looked at.
    """

    standings: tuple[Standing, ...]
    used: Collection[Place] = frozenset()
    told: Collection[str] = frozenset()
    unsure: Collection[int] = frozenset()
    is_everywhere: bool = False

    def can_tell(self, standing: Standing) -> bool:
        """Whether an exception that excused nothing is known to have nothing to excuse."""
        entry = standing.exemption
        if entry is not None and not self.is_everywhere and not _is_for_one(entry):
            return False
        line = standing.ignore.line if standing.ignore else 0
        return set(standing.rules) <= set(self.told) and line not in self.unsure


def _is_for_one(entry: Exemption) -> bool:
    """Whether an entry is for this repository alone: of others nothing is known here."""
    if entry.layer in ("", "repository"):
        return True
    return "/" in entry.repository and not set("*?") & set(entry.repository)
