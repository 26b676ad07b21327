"""What can be typed: the commands, each a module of this folder that is imported when it is named.

A command's module holds its table (`COMMAND`), from which its parser, its help and the completions
are made, and `run(arguments) -> int`, which returns the exit code. Adding a command is one line
here.
"""

from __future__ import annotations

from importlib import import_module
from typing import Protocol, cast

from oidc_enforcer.records import NamedTuple


class Option(NamedTuple):
    """An option; without `metavar` it is a switch. `values` are what it may be set to.

    Of an option that is given several times the last one counts, unless it `repeats`. It says
    something only beside one of those that it `needs`.
    """

    flags: tuple[str, ...]
    help: str
    metavar: str = ""
    values: tuple[str, ...] = ()
    default: str = ""
    repeats: bool = False
    needs: tuple[str, ...] = ()

    @property
    def flag(self) -> str:
        """The long form."""
        return self.flags[-1]

    @property
    def usage(self) -> str:
        """As it is typed."""
        return f"{self.flag} {self.metavar}".rstrip()


class Command(NamedTuple):
    """A command; `argument` names what it takes (empty: nothing), `most` how many of these.

    `values` is what the argument may be (empty: anything).
    """

    name: str
    help: str
    usage: str
    argument: str = ""
    argument_help: str = ""
    options: tuple[Option, ...] = ()
    values: tuple[str, ...] = ()
    most: int | None = None
    epilog: str = ""

    def option(self, flag: str) -> Option:
        """The option that goes by this flag."""
        return next(one for one in self.options if flag in one.flags)


class Arguments(NamedTuple):
    """What was typed after a command, understood: values of options are among those allowed."""

    command: Command
    given: tuple[str, ...]
    typed: dict[str, tuple[str, ...]]

    def has(self, flag: str) -> bool:
        """Whether the switch, or any value of the option, was given."""
        return bool(self.typed.get(flag))

    def one(self, flag: str) -> str:
        """The value that counts: the last one given, else the default."""
        values = self.typed.get(flag)
        return values[-1] if values else self.command.option(flag).default

    def all(self, flag: str) -> tuple[str, ...]:
        """Every value given, in order; the default alone where none was."""
        default = self.command.option(flag).default
        return self.typed.get(flag) or ((default,) if default else ())


class CommandModule(Protocol):
    """What the module of a command offers."""

    COMMAND: Command

    def run(self, arguments: Arguments) -> int:
        """Does what was asked; returns the exit code, raises UserError."""
        ...


#: Every command and what it does in a line, in the order in which they are listed.
COMMANDS = {
    "check": "tell where every job's AWS credentials come from",
    "fix": "turn stored AWS keys into roles assumed by OIDC",
    "subjects": "print which OIDC tokens each job can present",
    "trust": "prove which GitHub tokens a trust policy lets in, or say why it refuses one",
    "baseline": "put today's findings on record, so that only new ones fail",
    "bootstrap": "write the OIDC provider and the role that a repository needs",
    "org": "judge the workflows of every repository of an organisation",
    "enforce": "require a workflow of every pull request in an organisation",
    "doctor": "say which permission or setting is missing for which feature",
    "explain": "say what a rule wants, why, and how to get there; without RULE, list the rules",
    "completion": "print a completion script for a shell",
}

#: Commands that nobody types, and their modules.
HIDDEN = {"action": "oidc_enforcer.action"}

HELP = Option(("-h", "--help"), "show this help")
VERSION = Option(("--version",), "show the version, Python, and the YAML parser in use")


def module(name: str) -> CommandModule:
    """The module of a command."""
    where = HIDDEN.get(name, f"oidc_enforcer.cli.{name}_command")
    return cast("CommandModule", import_module(where))


def tables() -> list[Command]:
    """The tables of all commands; only what lists them needs all."""
    return [module(name).COMMAND for name in COMMANDS]
