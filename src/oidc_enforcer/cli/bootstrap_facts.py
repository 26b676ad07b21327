"""What `bootstrap` goes by: the repository, its workflows as they will be, what GitHub knows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from oidc_enforcer.cli import clock, configuration, console, github_options, repository_options
from oidc_enforcer.cli.commands import Arguments
from oidc_enforcer.report import Unavailable

if TYPE_CHECKING:
    from oidc_enforcer.gather import Options
    from oidc_enforcer.iam.tightest import Need
    from oidc_enforcer.iam.tokens import Repository
    from oidc_enforcer.report import FileReport


class Known(NamedTuple):
    """What is known of the repository and its files, and GitHub where it may be asked more."""

    options: Options
    github: github_options.GitHub | None

    @property
    def repository(self) -> Repository:
        """The repository that the role is for."""
        found = self.options.facts.repository
        assert found is not None, "bootstrap takes --repo"
        return found

    @property
    def default_token(self) -> str:
        """What GitHub said that its token may do by default, "" where it did not."""
        return self.options.facts.default_workflow_permissions if self.github is not None else ""

    def mended(self, paths: Sequence[str]) -> tuple[list[FileReport], bool]:
        """The reports on the workflows as `fix` would leave them, and whether it takes `--unsafe`.

        Says what was not looked at, too.
        """
        from oidc_enforcer import mending, repairs
        from oidc_enforcer.finding import Safety
        from oidc_enforcer.fixes.proposal import Choices
        from oidc_enforcer.needed_runs import has_open_environment

        facts, trees = self.options.facts, self.options.trees
        done = repairs.repair(paths, facts, Choices(), mending.every, trees, named_alone=False)
        console.remark(*(f"note: not looked at: {gap.what}: {gap.reason}" for gap in done.gaps))
        found = [one.after for one in done.mended]
        if self.github is not None and has_open_environment(found):
            _tell_environments(self.github.environments())
        fixes = [each.fix for one in done.mended for each in one.applied]
        return found, any(fix.safety is Safety.UNSAFE for fix in fixes)

    def tell_guards(self, needs: Iterable[Need]) -> None:
        """Says of runs that get in who else can bring them about, as far as GitHub has told."""
        before = self.options.facts.protection
        if before is None or self.options.guard is None:
            return
        from oidc_enforcer.protection import Pins

        exact = list(needs)
        named = Pins(
            tuple(need.name for need in exact if need.kind == "branch"),
            tuple(need.name for need in exact if need.kind == "environment"),
        )
        found = self.options.guard(before, named)
        for words in found.weaknesses(named):
            console.remark(f"note: {words}")
        unknown = named.unknown(found)
        for name in (*unknown.branches, *unknown.environments):
            console.remark(f"note: how `{name}` is protected is not known: GitHub did not say")


def _tell_environments(found: tuple[str, ...] | Unavailable) -> None:
    if isinstance(found, Unavailable):
        console.remark(f"note: which environments there are is not known: {found.reason}")
    elif found:
        console.remark(f"note: GitHub has the environments {', '.join(map(_quoted, found))}")


def _quoted(name: str) -> str:
    return f"`{name}`"


def known(arguments: Arguments, github: github_options.GitHub | None) -> Known:
    """What there is to know before anything is asked of AWS; raises UserError."""
    from oidc_enforcer import gather
    from oidc_enforcer.facts import Facts

    layers = github.layers() if github else None
    config = configuration.settled(arguments, clock.now()[:10], layers).config
    facts = Facts(repository=repository_options.required(arguments, config), config=config)
    if github is None:
        return Known(gather.Options(facts), None)
    from oidc_enforcer.github_sources import Asked

    facts = github.told(arguments, facts)
    path = (arguments.given or (".",))[0]
    asked = Asked(secrets=False, is_planned=True)
    return Known(github.options(gather.Options(facts), path, asked), github)
