"""The options that have GitHub asked for what files do not tell, and how it is asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

from oidc_enforcer import files
from oidc_enforcer.cli import CLEAN, UNVERIFIED, configuration, console, github_access
from oidc_enforcer.cli.commands import Arguments, Option
from oidc_enforcer.errors import UserError
from oidc_enforcer.report import FileReport, Gap, Report, Unavailable

if TYPE_CHECKING:  # a run that asks nobody does not pay for the library
    from oidc_enforcer.config import Config
    from oidc_enforcer.config.layers import Effective
    from oidc_enforcer.config.rings import Traits
    from oidc_enforcer.facts import Facts
    from oidc_enforcer.gather import Options
    from oidc_enforcer.github.callees import Fetched
    from oidc_enforcer.github.connection import Connection
    from oidc_enforcer.github.held import Held
    from oidc_enforcer.github_sources import Asked

GITHUB = Option(
    ("--github",),
    "ask GitHub about --repo, as far as it matters here: its ids and default branch, called"
    " workflows and actions of other repositories, how its subjects are made, what guards branches"
    " and environments, the default workflow permissions, names and dates of secrets, the"
    " organisation's configuration, topics and properties for rings; GITHUB_TOKEN or GH_TOKEN is"
    " the token",
    needs=("--repo",),
)
REMOTE = Option(
    ("--remote",),
    "read the files from GitHub too, at the tip of the default branch, and none from this folder;"
    " means --github",
    needs=("--repo",),
)
REQUIRED = Option(
    ("--require-org-config",),
    "verify nothing, and end with exit code 3, where the organisation's configuration is not there"
    " or cannot be read",
    needs=(GITHUB.flag, REMOTE.flag),
)
OPTIONS = (GITHUB, REMOTE, REQUIRED)
#: More are not listed.
_MOST_ENVIRONMENTS = 100


class GitHub:
    """A repository on GitHub that may be asked about. `trouble`: GitHub cannot be asked now.

    `is_remote`: its files are read there as well, so that nothing can be done without it. Nor can
    it where the organisation's configuration is `required`.
    """

    def __init__(
        self,
        connection: Connection,
        repository: str,
        *,
        is_remote: bool = False,
        required: bool = False,
    ) -> None:
        self._connection = connection
        self._repository = repository
        self._is_remote = is_remote
        self._required = required
        self._notes: list[str] = []
        self._about: Mapping[str, object] = {}
        self._held: Held | None = None
        self._organisation: Mapping[str, bytes] = {}
        self._fetched: Fetched | None = None
        self.trouble = ""
        self._look()

    def _look(self) -> None:
        """Finds out what everybody sees of the repository; UserError where it is not seen."""
        from oidc_enforcer.github import held
        from oidc_enforcer.github.refusals import Refused

        try:
            self._about = self._connection.get(f"/repos/{self._repository}")
            self._take_name()
            if self._is_remote:
                tip = str(self._about.get("default_branch") or "main")
                self._held = held.at_commit(
                    self._connection, self._repository, tip, files.CONFIG_FILES
                )
        except Refused as problem:
            if problem.is_for_the_user:
                raise UserError(problem.message, problem.hint) from problem
            if self._is_remote or self._required:
                raise
            self.trouble = problem.message
            self._notes.append(problem.message)
            return
        self._look_above()

    def _take_name(self) -> None:
        """Takes GitHub's casing, which stands in subjects; another name is another repository."""
        name = str(self._about.get("full_name") or self._repository)
        if name.lower() == self._repository.lower():
            self._repository = name

    def _look_above(self) -> None:
        """Reads the organisation's configuration, where there is one that may be read."""
        from oidc_enforcer.github import held
        from oidc_enforcer.github.refusals import Refused

        owner = self._repository.partition("/")[0]
        try:
            found = held.organisation_file(self._connection, owner)
        except Refused as problem:
            if self._required:
                raise held.missing_configuration(owner) from problem
            self._notes.append(f"the organisation's configuration: {problem.message}")
            return
        if found is not None:
            self._organisation = {f"{owner}/.github/{files.ORGANISATION_FILE}": found}
        elif self._required:
            raise held.missing_configuration(owner)

    def layers(self) -> configuration.OnGitHub:
        """What GitHub has of the configuration."""
        ours = self._held.texts if self._held is not None else None
        return configuration.OnGitHub(self._organisation, ours, self._traits, self._repository)

    def _traits(self, found: Effective) -> Traits:
        """What groups of rings go by."""
        from oidc_enforcer import github_sources
        from oidc_enforcer.config.rings import Traits

        if self.trouble:
            return Traits(self._repository)
        return github_sources.traits(self._connection, self._repository, found.config)

    def told(self, arguments: Arguments, facts: Facts) -> Facts:
        """The facts with the repository's ids, name and branch, where nobody typed them."""
        from oidc_enforcer.iam.issuers import of_api

        ours = facts.repository
        assert ours is not None, "--github takes --repo"
        owner = self._about.get("owner")
        owner_id = owner.get("id") if isinstance(owner, dict) else None
        branch = ours.default_branch
        if not arguments.has("--default-branch"):
            branch = str(self._about.get("default_branch") or branch)
        login, _, name = self._repository.partition("/")
        ours = ours._replace(
            owner=login,
            name=name,
            id=ours.id or _text(self._about.get("id")),
            owner_id=ours.owner_id or _text(owner_id),
            default_branch=branch,
            issuer=ours.issuer or of_api(self._connection.server.api),
        )
        return facts._replace(repository=ours)

    def subject(self, arguments: Arguments, facts: Facts) -> Facts:
        """The facts with what `told` adds, and with how the repository's subjects are made."""
        from oidc_enforcer import github_sources

        facts = self.told(arguments, facts)
        if self.trouble:
            return facts
        return github_sources.with_subject(self._connection, self._repository, facts, self._notes)

    def options(self, options: Options, path: str, asked: Asked | None = None) -> Options:
        """The options with what GitHub knows of the repository whose files are at the path."""
        from oidc_enforcer import github_sources
        from oidc_enforcer.github import callees
        from oidc_enforcer.github.refusals import Refused

        if self.trouble:
            return options
        connection, repository = self._connection, self._repository
        tree = files.find(path) if self._held is None else self._held.tree
        held = dict(_bytes(tree))
        try:
            fetched = self._fetched = callees.fetch(connection, held)
        except Refused as problem:
            self.trouble = problem.message
            self._notes.append(problem.message)
            return options
        facts = github_sources.with_github(
            connection,
            repository,
            options.facts,
            held,
            asked or github_sources.Asked(),
            self._notes,
        )
        return options._replace(
            facts=facts,
            trees={path: callees.attached(tree, fetched, held)},
            guard=github_sources.guard(connection, repository, self._notes),
        )

    def environments(self) -> tuple[str, ...] | Unavailable:
        """The names of the repository's environments."""
        from oidc_enforcer.github.refusals import Refused

        path = f"/repos/{self._repository}/environments"
        try:
            listed = self._connection.pages(path, "environments", _MOST_ENVIRONMENTS)
            return tuple(str(one.get("name", "")) for one in listed)
        except Refused as problem:
            return Unavailable(problem.message)

    def explained(self, report: Report) -> Report:
        """The report, saying why what it calls elsewhere could not be fetched."""
        from oidc_enforcer.github import callees

        return report if self._fetched is None else callees.explained(report, self._fetched)

    def gaps(self) -> tuple[Gap, ...]:
        """What was refused."""
        return tuple(Gap("GitHub", note) for note in dict.fromkeys(self._notes))

    def reports(self) -> list[FileReport]:
        """The same as a part of a report, none where nothing was refused."""
        gaps = self.gaps()
        return [FileReport("GitHub", coverage=gaps)] if gaps else []


def asking(
    arguments: Arguments, work: Callable[[GitHub | None], int], *, always: bool = False
) -> int:
    """The exit code of what `work` does with GitHub, where it is to be asked; raises UserError."""
    if not always and not arguments.has(GITHUB.flag) and not _is_remote(arguments):
        return work(None)
    return _with_github(arguments, work)


def _with_github(arguments: Arguments, work: Callable[[GitHub | None], int]) -> int:
    from oidc_enforcer.cli.repository_options import full_name
    from oidc_enforcer.github.refusals import Refused

    is_remote = _is_remote(arguments)
    if is_remote and arguments.given:
        raise UserError("--remote reads no folder", "leave out PATH, or --remote")
    if len(arguments.given) > 1 or "-" in arguments.given:
        raise UserError(
            "--github asks about one repository", "name its folder alone, or one file of it"
        )
    repository = "/".join(full_name(arguments.one("--repo")))
    connection = github_access.connection("the token to ask with")
    try:
        required = arguments.has(REQUIRED.flag)
        return work(GitHub(connection, repository, is_remote=is_remote, required=required))
    except Refused as problem:
        return github_access.refused(problem)


def _is_remote(arguments: Arguments) -> bool:
    return REMOTE in arguments.command.options and arguments.has(REMOTE.flag)


def outage(github: GitHub | None, config: Config) -> int:
    """The exit code for a GitHub that could not be asked, by the configuration; 0: go on."""
    if github is None or not github.trouble or config.on_github_error != "fail":
        return CLEAN
    console.complain(github.trouble)
    return UNVERIFIED


def _bytes(tree: files.Tree) -> Iterator[tuple[str, bytes]]:
    """The files by their paths in the repository; what cannot be read is a gap later on."""
    for found in tree.files:
        try:
            yield found.path.removeprefix(tree.root), tree.read(found.path)
        except UserError:
            continue


def _text(value: object) -> str | None:
    return str(value) if isinstance(value, int) else None
