"""The option that has GitHub asked for what the files do not tell, and how it is asked."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from oidc_enforcer import files
from oidc_enforcer.cli import github_access
from oidc_enforcer.cli.commands import Arguments, Option
from oidc_enforcer.errors import UserError
from oidc_enforcer.report import Gap

if TYPE_CHECKING:  # a run that asks nobody does not pay for the library
    from oidc_enforcer.config.layers import Effective
    from oidc_enforcer.config.rings import Traits
    from oidc_enforcer.facts import Facts
    from oidc_enforcer.gather import Options
    from oidc_enforcer.github.connection import Connection

GITHUB = Option(
    ("--github",),
    "ask GitHub about --repo: called workflows and actions of other repositories, what guards"
    " branches and environments, names and dates of secrets, topics and properties for rings;"
    " GITHUB_TOKEN or GH_TOKEN is the token",
    needs=("--repo",),
)


class GitHub:
    """A repository on GitHub that may be asked about. `trouble`: GitHub cannot be asked now."""

    def __init__(self, connection: Connection, repository: str) -> None:
        self._connection = connection
        self._repository = repository
        self._notes: list[str] = []
        self._about: Mapping[str, object] = {}
        self.trouble = ""
        self._look()

    def _look(self) -> None:
        """Finds out what everybody sees of the repository; UserError where it is not seen."""
        from oidc_enforcer.github.refusals import Refused

        try:
            self._about = self._connection.get(f"/repos/{self._repository}")
        except Refused as problem:
            if problem.is_for_the_user:
                raise UserError(problem.message, problem.hint) from problem
            self.trouble = problem.message
            self._notes.append(problem.message)

    def traits(self, found: Effective) -> Traits:
        """What groups of rings go by."""
        from oidc_enforcer import github_sources
        from oidc_enforcer.config.rings import Traits

        if self.trouble:
            return Traits(self._repository)
        return github_sources.traits(self._connection, self._repository, found.config)

    def told(self, arguments: Arguments, facts: Facts) -> Facts:
        """The facts with the repository's ids and default branch, where nobody typed them."""
        ours = facts.repository
        assert ours is not None, "--github takes --repo"
        owner = self._about.get("owner")
        owner_id = owner.get("id") if isinstance(owner, dict) else None
        branch = ours.default_branch
        if not arguments.has("--default-branch"):
            branch = str(self._about.get("default_branch") or branch)
        ours = ours._replace(
            id=ours.id or _text(self._about.get("id")),
            owner_id=ours.owner_id or _text(owner_id),
            default_branch=branch,
        )
        return facts._replace(repository=ours)

    def options(self, options: Options, path: str) -> Options:
        """The options with what GitHub knows of the repository whose files are at the path."""
        from oidc_enforcer import github_sources
        from oidc_enforcer.github import callees

        if self.trouble:
            return options
        connection, repository = self._connection, self._repository
        tree = files.find(path)
        held = dict(_held(tree))
        fetched = callees.fetch(connection, held)
        asked = github_sources.Asked()
        facts = github_sources.with_github(
            connection, repository, options.facts, held, asked, self._notes
        )
        return options._replace(
            facts=facts,
            trees={path: callees.attached(tree, fetched, held)},
            guard=github_sources.guard(connection, repository, self._notes),
        )

    def gaps(self) -> tuple[Gap, ...]:
        """What was refused."""
        return tuple(Gap("GitHub", note) for note in dict.fromkeys(self._notes))


def reached(arguments: Arguments) -> GitHub | None:
    """GitHub, where it is to be asked; raises UserError."""
    if not arguments.has(GITHUB.flag):
        return None
    if len(arguments.given) > 1 or "-" in arguments.given:
        raise UserError(
            "--github asks about one repository", "name its folder alone, or one file of it"
        )
    from oidc_enforcer.cli.repository_options import full_name
    from oidc_enforcer.github.connection import Connection, Server

    repository = "/".join(full_name(arguments.one("--repo")))
    return GitHub(
        Connection(github_access.token("the token to ask with"), Server.of(os.environ)), repository
    )


def _held(tree: files.Tree) -> Iterator[tuple[str, bytes]]:
    """The files by their paths in the repository; what cannot be read is a gap later on."""
    for found in tree.files:
        try:
            yield found.path.removeprefix(tree.root), tree.read(found.path)
        except UserError:
            continue


def _text(value: object) -> str | None:
    return str(value) if isinstance(value, int) else None
