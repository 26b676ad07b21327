"""A request being answered: what was asked, by whom, and how to say yes, no, and not found."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from tests.fakegithub.openapi import Operation
from tests.fakegithub.state import Pull, Repository, State, Token

if TYPE_CHECKING:
    from collections.abc import Iterable


class Refused(Exception):  # noqa: N818
    """An answer other than success; `errors` as GitHub lists them."""

    def __init__(self, status: int, message: str, errors: Iterable[Any] = ()) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.errors = list(errors)


class Call(NamedTuple):
    """What a handler is given. Every URL of the answer begins with `base`; this one is `at`."""

    state: State
    token: Token
    base: str
    at: str
    path: Mapping[str, str]
    query: Mapping[str, str]
    body: Any

    @property
    def repository(self) -> Repository:
        """The repository that the path names; a private one is nowhere for who may not see it."""
        name = f"{self.path['owner']}/{self.path['repo']}".lower()
        for full_name, found in self.state.repositories.items():
            if full_name.lower() == name and self.may_see(found):
                return found
        raise Refused(404, "Not Found")

    def may_see(self, repository: Repository) -> bool:
        """Whether the token reaches this repository at all."""
        if repository.visibility == "public":
            return True
        return self.token.repository in (None, repository.full_name)

    @property
    def pull(self) -> Pull:
        """The pull request that the path names."""
        number = self.path.get("pull_number") or self.path["issue_number"]
        found = self.repository.pulls.get(int(number))
        if found is None:
            raise Refused(404, "Not Found")
        return found

    def need(self, permission: str, access: str) -> None:
        """Refuses who may not do this, in GitHub's words."""
        mine = self.token.repository
        elsewhere = mine is not None and "repo" in self.path and mine != self.repository.full_name
        if not self.token.may(permission, access) or (elsewhere and access == "write"):
            raise Refused(403, "Resource not accessible by integration")


class Route(NamedTuple):
    """An operation of GitHub's description, and who answers it here."""

    operation: tuple[str, str]
    status: int
    needs: tuple[tuple[str, str], ...]
    handle: Callable[[Call], Any]


_Handler = Callable[[Call], Any]


def route(
    routes: list[Route], method: str, template: str, needs: str = "metadata:read", status: int = 200
) -> Callable[[_Handler], _Handler]:
    """Lists a handler; of the permissions in `needs` (`a:read|b:write`) one is enough."""
    wanted = []
    for one in needs.split("|"):
        permission, _, access = one.partition(":")
        wanted.append((permission, access))

    def listed(handle: _Handler) -> _Handler:
        routes.append(Route((method, template), status, tuple(wanted), handle))
        return handle

    return listed


def described(called: Route) -> Operation:
    """The operation that a route answers."""
    from tests.fakegithub.openapi import operation

    return operation(*called.operation)
