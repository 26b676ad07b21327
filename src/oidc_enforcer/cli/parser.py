"""Reads the command line by the table of commands, and says what was meant where it cannot."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import NamedTuple, NoReturn

from oidc_enforcer.cli.commands import (
    CHECK,
    COMMANDS,
    COMPLETION,
    EXPLAIN,
    HELP,
    SHELLS,
    VERSION,
    Command,
    Option,
)
from oidc_enforcer.cli.output import Target
from oidc_enforcer.errors import UserError
from oidc_enforcer.reporters import FORMATS, Detail

_WIDTH = 92


class Arguments(NamedTuple):
    """What was asked for, understood and complete."""

    command: str
    paths: tuple[str, ...] = ()
    targets: tuple[Target, ...] = ()
    fail_on: str = "error"
    color: str = "auto"
    stdin_filename: str = ""
    detail: Detail = Detail.NORMAL
    strict: bool = False
    rule: str = ""
    shell: str = ""


_INTRODUCTION = """\
Gets GitHub Actions workflows off stored AWS keys and onto OIDC, and keeps them there.

start here:
  oidc-enforcer check             judge the repository in this folder
  oidc-enforcer check --help      what can be checked, and how it is reported
  oidc-enforcer explain           list the rules
"""
_EXIT_CODES = """\
exit codes:
  0  clean
  1  findings at or above --fail-on
  2  something you have to change: an argument, a path, a file to read or to write
  3  something could not be verified (with --strict)
  4  a bug of ours
"""


def parse(arguments: Sequence[str]) -> Arguments:
    """Reads the command line; raises UserError, or SystemExit(0) after printing a help."""
    if not arguments:
        top_parser().print_help()
        raise UserError("no command", "start with `oidc-enforcer check`")
    word = arguments[0]
    if word == "--version":
        return Arguments("version")
    if word in (*HELP.flags, "help"):
        top_parser().print_help()
        raise SystemExit(0)
    if word.startswith("-"):
        raise UserError(f"unknown option `{word}`", _early_option_hint(word))
    command = next((one for one in COMMANDS if one.name == word), None)
    if command is None:
        raise UserError(f"unknown command `{word}`", _command_hint(word))
    found, rest = command_parser(command).parse_known_intermixed_args(arguments[1:])
    if rest:
        raise UserError(f"unknown option `{rest[0]}`", _option_hint(command, rest[0]))
    return _understood(command, found)


def top_parser() -> argparse.ArgumentParser:
    """The parser of what comes before a command; it has the overall help."""
    lines = [f"  {command.name:<12}{command.help}" for command in COMMANDS]
    parser = _Parser(
        prog="oidc-enforcer",
        usage="oidc-enforcer COMMAND [OPTION...]",
        description=f"{_INTRODUCTION}\ncommands:\n" + "\n".join(lines),
        epilog=_EXIT_CODES,
        formatter_class=_formatter,
        add_help=False,
        allow_abbrev=False,
    )
    _add(parser, VERSION)
    _add(parser, HELP)
    return parser


def command_parser(command: Command) -> argparse.ArgumentParser:
    """The parser of one command's arguments."""
    parser = _Parser(
        prog=f"oidc-enforcer {command.name}",
        usage=command.usage,
        description=f"{command.help[0].upper()}{command.help[1:]}.",
        epilog=f"{command.epilog}\n{_EXIT_CODES}" if command is CHECK else command.epilog,
        formatter_class=_formatter,
        add_help=False,
        allow_abbrev=False,
    )
    parser.add_argument(
        "arguments", nargs="*", metavar=command.argument, help=command.argument_help
    )
    for option in command.options:
        _add(parser, option)
    return parser


def suggestion(word: str, choices: Sequence[str]) -> str:
    """`did you mean …?` when something is near, else what there is."""
    if near := _nearest(word, choices):
        return f"did you mean `{near}`?"
    *most, last = [f"`{choice}`" for choice in choices]
    return f"choose {', '.join(most)} or {last}" if most else f"choose {last}"


def _nearest(word: str, choices: Sequence[str]) -> str:
    from difflib import get_close_matches

    return next(iter(get_close_matches(word, choices, 1)), "")


class _Parser(argparse.ArgumentParser):
    """NOTE: argparse offers no other way to keep it from ending the program by itself."""

    def error(self, message: str) -> NoReturn:
        raise UserError(message.removeprefix("argument "), f"see `{self.prog} --help`")


def _formatter(prog: str) -> argparse.HelpFormatter:
    return argparse.RawDescriptionHelpFormatter(prog, max_help_position=26, width=_WIDTH)


def _add(parser: argparse.ArgumentParser, option: Option) -> None:
    if option is HELP:
        parser.add_argument(*option.flags, action="help", help=option.help)
    elif not option.metavar:
        parser.add_argument(*option.flags, action="store_true", help=option.help)
    else:
        parser.add_argument(
            *option.flags,
            action="append",
            default=[],
            metavar=option.metavar,
            help=option.help,
        )


def _understood(command: Command, found: argparse.Namespace) -> Arguments:
    given: tuple[str, ...] = tuple(found.arguments)
    if command is not CHECK and len(given) > 1:
        raise UserError(f"unexpected `{given[1]}`", f"usage: {command.usage}")
    if command is EXPLAIN:
        return Arguments("explain", rule=given[0] if given else "")
    if command is COMPLETION:
        return Arguments("completion", shell=_shell(given))
    if found.quiet and found.verbose:
        raise UserError("--quiet and --verbose contradict each other", "give one of them")
    return Arguments(
        "check",
        given or (".",),
        _targets(found.format),
        _last("--fail-on", found.fail_on),
        _last("--color", found.color),
        _last("--stdin-filename", found.stdin_filename),
        Detail.QUIET if found.quiet else Detail.VERBOSE if found.verbose else Detail.NORMAL,
        strict=found.strict,
    )


def _shell(given: tuple[str, ...]) -> str:
    if not given:
        raise UserError("which shell?", suggestion("", SHELLS))
    if given[0] not in SHELLS:
        raise UserError(f"unknown shell `{given[0]}`", suggestion(given[0], SHELLS))
    return given[0]


def _last(flag: str, values: list[str]) -> str:
    """The last value wins, as usual; one that is not among the option's values is an error."""
    option = next(one for one in CHECK.options if flag in one.flags)
    for value in values:
        if option.values and value not in option.values:
            raise UserError(f"unknown value `{value}` for {flag}", suggestion(value, option.values))
        if not value:
            raise UserError(f"{flag} is empty", "see `oidc-enforcer check --help`")
    return values[-1] if values else option.default or ""


def _targets(values: list[str]) -> tuple[Target, ...]:
    targets: list[Target] = []
    for value in values or ["text"]:
        name, equals, path = value.partition("=")
        if name not in FORMATS:
            raise UserError(f"unknown format `{name}`", suggestion(name, tuple(FORMATS)))
        if equals and not path:
            raise UserError(f"no file after `{value}`", f"write `{value}FILE`, or `{name}`")
        target = Target(name, "" if path == "-" else path)
        if any(other.path == target.path for other in targets):
            where = f"`{target.path}`" if target.path else "standard output"
            raise UserError(f"two formats go to {where}", f"give one a file: `{name}=FILE`")
        targets.append(target)
    return tuple(targets)


def _command_hint(word: str) -> str:
    if word.endswith((".yml", ".yaml")) or "/" in word or word == ".":
        return f"did you mean `oidc-enforcer check {word}`?"
    return suggestion(word, [command.name for command in COMMANDS])


def _early_option_hint(word: str) -> str:
    flag = word.partition("=")[0]
    for command in COMMANDS:
        if any(flag in option.flags for option in command.options):
            return f"options follow the command: `oidc-enforcer {command.name} {word}`"
    return "see `oidc-enforcer --help`"


def _option_hint(command: Command, word: str) -> str:
    flags = [flag for option in command.options for flag in option.flags if flag.startswith("--")]
    near = _nearest(word.partition("=")[0].strip("-"), [flag.strip("-") for flag in flags])
    return f"did you mean `--{near}`?" if near else f"see `oidc-enforcer {command.name} --help`"
