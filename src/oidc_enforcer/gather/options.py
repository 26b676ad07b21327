"""How files are gathered and judged."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from oidc_enforcer import forking
from oidc_enforcer.facts import Facts
from oidc_enforcer.files import Tree
from oidc_enforcer.records import NamedTuple
from oidc_enforcer.report import FileReport

if TYPE_CHECKING:
    from oidc_enforcer.fixes.proposal import Choices
    from oidc_enforcer.policies import Policies
    from oidc_enforcer.protection import Pins, Protection


class Options(NamedTuple):
    """How to gather. Without `triage` every file is judged, and every step of it looked at: the
    same report, more slowly.

    `excerpts` keeps the lines of source that formats show; masking them takes a while.
    `fixes` says what proven fixes should be like; None draws up none, which is faster, too. Trees
    with more than `most_fixed` files that matter go without, and the report says so.
    `trees` are those that are not on disk, by the path that stands for each.
    `digest` makes of a large tree's reports what is asked of them in the end, in every process.
    `fetch` gets the ARNs of all roles that the workflows assume, once, and returns their policies;
    `guard` then adds what guards the branches and environments that these name.
    """

    facts: Facts = Facts()
    fetch: Callable[[tuple[str, ...]], Policies] | None = None
    triage: bool = True
    excerpts: bool = True
    processes: int = 2
    stdin_name: str = "stdin.yml"
    fixes: Choices | None = None
    most_fixed: int | None = None
    trees: Mapping[str, Tree] = {}
    guard: Callable[[Protection, Pins], Protection] | None = None
    digest: Callable[[FileReport], FileReport] | None = None

    @property
    def may_fork(self) -> bool:
        """Whether a second process may help."""
        return self.processes > 1 and forking.CAN_FORK


def with_policies(facts: Facts, policies: Policies) -> Facts:
    """The facts with the roles and providers of more sources; those already known go before."""
    return facts._replace(
        roles={**policies.roles(), **facts.roles},
        providers={**policies.providers, **facts.providers},
        seen_providers=(*policies.seen, *facts.seen_providers),
        source_notes=tuple(dict.fromkeys((*facts.source_notes, *policies.notes))),
        judges_roles=True,
    )
