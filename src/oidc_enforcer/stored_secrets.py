"""What GitHub stores as secrets for the workflows of a repository: names and dates, never values.

GitHub: "REST API endpoints for GitHub Actions Secrets". A secret of an environment goes before one
of the repository, and that before one of the organisation ("Naming your secrets").
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from oidc_enforcer.config.dates import is_date
from oidc_enforcer.finding import Place
from oidc_enforcer.report import Gap
from oidc_enforcer.source import Region, Span


class Keeper(enum.Enum):
    """Who keeps a secret, first whose goes before the others'."""

    ENVIRONMENT = "environment"
    REPOSITORY = "repository"
    ORGANISATION = "organisation"


class Secret(NamedTuple):
    """A secret. `updated` is when its value was last set (`YYYY-MM-DDTHH:MM:SSZ`).

    `environment` is the name of the one that keeps it, else empty.
    """

    name: str
    updated: str
    keeper: Keeper = Keeper.REPOSITORY
    environment: str = ""

    @property
    def whose(self) -> str:
        """Who keeps it, for people."""
        if self.keeper is Keeper.ENVIRONMENT:
            return f"the environment `{self.environment}`"
        return f"the {self.keeper.value}"


class Secrets(NamedTuple):
    """The secrets that a repository's workflows may be given; `gaps` say what was not told.

    `is_everywhere`: they are an organisation's (`repository` is its name then), and whoever may
    read them was looked at.
    """

    repository: str
    known: tuple[Secret, ...]
    gaps: tuple[Gap, ...] = ()
    is_everywhere: bool = False

    @property
    def place(self) -> Place:
        """Where findings stand that belong to no file."""
        return Place(f"Actions secrets of {self.repository}", Span(0, 0), Region(1, 1, 1, 1))

    def given(self, name: str, environment: str) -> Secret | None:
        """The one that a job in an environment ("": in none) gets under a name; case is ignored."""
        within = ("", environment.lower())
        found = [one for one in self._called(name) if one.environment.lower() in within]
        return min(found, key=lambda one: list(Keeper).index(one.keeper), default=None)

    def has(self, name: str) -> bool:
        """Whether anybody keeps a secret of this name."""
        return bool(self._called(name))

    def goes_by_environment(self, name: str) -> bool:
        """Whether what a job gets under a name depends on its environment."""
        return any(one.environment for one in self._called(name))

    def _called(self, name: str) -> list[Secret]:
        return [one for one in self.known if one.name.upper() == name.upper()]


def looks_like_a_key(name: str) -> bool:
    """Whether a name says that it is half of a long-lived AWS key."""
    from oidc_enforcer.workflow.credential_names import Evidence, Half, read_name

    found = read_name(name)
    return found is not None and found.evidence is Evidence.AWS and found.half is not Half.TOKEN


def listed(items: Iterable[object], keeper: Keeper, environment: str = "") -> Iterator[Secret]:
    """Secrets as GitHub lists them; what has no name or date is none."""
    for item in items:
        if isinstance(item, dict):
            name, updated = item.get("name"), item.get("updated_at") or item.get("created_at")
            if isinstance(name, str) and isinstance(updated, str) and is_date(updated[:10]):
                yield Secret(name, updated, keeper, environment)
