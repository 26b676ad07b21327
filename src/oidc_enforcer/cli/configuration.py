"""From what was typed and the files that it names to the effective configuration."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

from oidc_enforcer import files
from oidc_enforcer.cli.commands import Arguments, Option
from oidc_enforcer.config import DEFAULT, DEFAULT_HASH, Config
from oidc_enforcer.errors import UserError
from oidc_enforcer.records import NamedTuple

if TYPE_CHECKING:  # a run without any configuration does not pay for layers
    from oidc_enforcer.config.layers import Effective, Layer, Refusal
    from oidc_enforcer.config.rings import Traits
    from oidc_enforcer.facts import Facts
    from oidc_enforcer.finding import Severity
    from oidc_enforcer.iam.tokens import Repository

CONFIG = Option(
    ("--config",),
    "the repository's configuration (default: its .github/oidc-enforcer.yml)",
    "FILE",
)
ORG_CONFIG = Option(
    ("--org-config",),
    "the organisation's configuration; what it enforces holds",
    "FILE",
)
SHOW_CONFIG = Option(
    ("--show-config",),
    "print each setting with its value and the layer it came from, and check nothing"
    " (text or json)",
)
OPTIONS = (CONFIG, ORG_CONFIG, SHOW_CONFIG)
_REPO = "--repo"
#: Options that are settings too, when somebody types them.
_TYPED = ("--fail-on", "--strict")


class Settled(NamedTuple):
    """The effective configuration, what the report says of it, and what was refused."""

    config: Config = DEFAULT
    context: Mapping[str, str] = {"config": DEFAULT_HASH}
    refusals: tuple[Refusal, ...] = ()

    def facts(self, now: str) -> Facts:
        """What a run of this minute (`YYYY-MM-DDTHH:MMZ`) knows before anything is asked."""
        from oidc_enforcer.facts import Facts

        return Facts(now[:10], self.config, now=now, refusals=self.refusals)

    def told(self, repository: Repository) -> Repository:
        """The repository with what the configuration says of its subjects and its enterprise."""
        config = self.config
        return repository._replace(
            immutable_subject=config.immutable_subject,
            template=config.subject_template,
            enterprise=config.enterprise or None,
            enterprise_id=config.enterprise_id or None,
        )


class OnGitHub(NamedTuple):
    """What GitHub has of the layers, each a path and its text, and what groups of rings go by.

    `repository` has the default branch's, None where the work tree's counts; `name` is whose it is.
    """

    organisation: Mapping[str, bytes]
    repository: Mapping[str, bytes] | None
    traits: Callable[[Effective], Traits]
    name: str = ""

    @property
    def has_any(self) -> bool:
        """Whether there is a configuration at all."""
        return bool(self.organisation or self.repository)


def settled(arguments: Arguments, today: str, github: OnGitHub | None = None) -> Settled:
    """The configuration that holds for the paths given; raises UserError for a malformed one."""
    is_remote = github is not None and github.repository is not None
    is_there = github is not None and github.has_any
    is_typed = any(map(arguments.has, _known(arguments)))
    if not is_there and not is_typed and (is_remote or _repository_file(arguments) is None):
        return Settled()
    from oidc_enforcer.config.rings import Traits

    flags = {option.flag for option in arguments.command.options}
    name = arguments.one(_REPO) if _REPO in flags else ""
    found = effective(arguments, github)
    return in_force(found, github.traits(found) if github else Traits(name or None), today)


def in_force(found: Effective, traits: Traits, today: str) -> Settled:
    """The configuration as the repository's ring of today has it."""
    from oidc_enforcer.config.layers import under_ring
    from oidc_enforcer.config.rings import applied

    context = {"config": found.hash, "config_sources": sources(found)}
    config = found.config
    said = {"help": config.help, "contact": config.contact}
    context |= {name: words for name, words in said.items() if words}
    if config.rings or config.mode == "audit":
        ring = applied(config, traits, today)
        context |= {"ring": ring.ring.word, "ring_says": ring.sentence}
        config = under_ring(found, ring.ring)
    return Settled(config, context, found.refusals)


def effective(arguments: Arguments, github: OnGitHub | None = None) -> Effective:
    """All layers put over each other; a loosening that was typed is an error."""
    from oidc_enforcer.config.layers import merge, refuse_typed
    from oidc_enforcer.rules import severities

    rules = severities()
    found = merge(_layers(arguments, rules, github), rules)
    refuse_typed(found)
    return found


def sources(found: Effective) -> str:
    """Where the layers were read, for people."""
    named = (
        layer.name if layer.name == layer.origin else f"{layer.name}: {layer.origin}"
        for layer in found.layers
    )
    return ", ".join(named) or "defaults"


def _known(arguments: Arguments) -> tuple[str, ...]:
    """Those of our options that the command has."""
    names = {option.flag for option in arguments.command.options}
    return tuple(flag for flag in (CONFIG.flag, ORG_CONFIG.flag, *_TYPED) if flag in names)


def _layers(
    arguments: Arguments, rules: Mapping[str, Severity], github: OnGitHub | None
) -> Iterator[Layer]:
    from oidc_enforcer.config.layers import typed

    known = _known(arguments)
    if ORG_CONFIG.flag in known and arguments.has(ORG_CONFIG.flag):
        path = arguments.one(ORG_CONFIG.flag)
        yield _read("organisation", path, f"`{path}`", rules)
    elif github is not None:
        yield from _of_github("organisation", github.organisation, rules)
    if CONFIG.flag in known and arguments.has(CONFIG.flag):
        path = arguments.one(CONFIG.flag)
        yield _read("repository", path, f"`{path}`", rules)
    elif github is not None and github.repository is not None:
        yield from _of_repository(github.name, github.repository, rules, CONFIG.flag in known)
    elif path := _repository_file(arguments) or "":
        # NOTE: in a pull request its author controls the work tree; only a run that reads the
        # default branch can vouch for what it goes by.
        yield _read("repository", path, f"`{path}` of the work tree, unverified", rules)
    for flag in _TYPED:
        if flag in known and arguments.has(flag):
            value = "true" if flag == "--strict" else arguments.one(flag)
            yield typed(flag, {flag.removeprefix("--"): value}, rules)


def _of_github(
    name: str, found: Mapping[str, bytes], rules: Mapping[str, Severity]
) -> Iterator[Layer]:
    """The layer of the one file; UserError where two spellings of its name are there."""
    from oidc_enforcer.config.layers import read
    from oidc_enforcer.source import SourceFile

    if len(found) > 1:
        raise UserError(f"there are both {' and '.join(f'`{p}`' for p in found)}", "keep one")
    for path, data in found.items():
        origin = f"`{path}` of the default branch"
        yield read(name, origin, SourceFile.decode(path, data), rules)


def _of_repository(
    name: str, found: Mapping[str, bytes], rules: Mapping[str, Severity], may_name: bool
) -> Iterator[Layer]:
    """The layer of the repository's file; the UserError of a broken one says whose it is."""
    try:
        yield from _of_github("repository", found, rules)
    except UserError as problem:
        if not name:
            raise
        remedy = f"correct it on the default branch of {name}"
        if may_name:
            remedy += f", or go by another one with `{CONFIG.flag} FILE`"
        hint = "; ".join(filter(None, (problem.hint, remedy)))
        raise UserError(f"the configuration of {name}: {problem.message}", hint) from problem


def _repository_file(arguments: Arguments) -> str | None:
    """The one configuration of the paths given; UserError where they have different ones."""
    paths = arguments.given or (".",)
    found = {files.config_file("." if path == "-" else path) for path in paths}
    if len(found) > 1:
        names = " and ".join(sorted(f"`{path}`" if path else "none" for path in found))
        raise UserError(
            f"these paths have different configurations: {names}",
            "check them one at a time, or name one with `--config FILE`",
        )
    return found.pop()


def _read(name: str, path: str, origin: str, rules: Mapping[str, Severity]) -> Layer:
    from oidc_enforcer.config.layers import read
    from oidc_enforcer.source import SourceFile

    return read(name, origin, SourceFile.decode(path, files.read(path)), rules)
