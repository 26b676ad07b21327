"""Reads the command line by the commands' tables, and says what was meant where it cannot."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from textwrap import wrap
from typing import NoReturn

from oidc_enforcer.cli import console
from oidc_enforcer.cli.commands import (
    COMMANDS,
    HELP,
    HIDDEN,
    VERSION,
    Arguments,
    Command,
    Option,
    module,
    tables,
)
from oidc_enforcer.errors import UserError

_WIDTH = 92

_INTRODUCTION = """\
Gets GitHub Actions workflows off stored AWS keys and onto OIDC, and keeps them there.

start here:
  oidc-enforcer check             judge the repository in this folder
  oidc-enforcer check --help      what can be checked, and how it is reported
  oidc-enforcer explain           list the rules
"""


def exit_codes(
    *, clean: str = "clean", findings: str = "", change: str = "", unverified: str = ""
) -> str:
    """The end of a help: what each exit code of a command means; those without words are none."""
    change = change or "something you have to change: an argument, a path, a file"
    said = {0: clean, 1: findings, 2: change, 3: unverified, 4: "a bug of ours"}
    lines = [f"  {code}  {words}\n" for code, words in said.items() if words]
    return "exit codes:\n" + "".join(lines)


NOT_VERIFIED = "what it is about could not be read, or with --strict anything was not verified"
EXIT_CODES = exit_codes(
    findings="findings at or above --fail-on",
    change="something you have to change: an argument, a path, a file to read or to write",
    unverified=NOT_VERIFIED,
)


def command_of(typed: Sequence[str]) -> str:
    """The command that is named first, or "version"; raises UserError, or SystemExit(0) after
    printing the help.
    """
    if not typed:
        top_parser().print_help()
        raise UserError("no command", "start with `oidc-enforcer check`")
    word = typed[0]
    if word == "--version":
        return "version"
    if word in (*HELP.flags, "help"):
        named = [name for name in typed[1:2] if name in COMMANDS]
        (command_parser(module(named[0]).COMMAND) if named else top_parser()).print_help()
        raise SystemExit(0)
    if word.startswith("-"):
        raise UserError(f"unknown option `{word}`", _early_option_hint(word))
    if word not in COMMANDS and word not in HIDDEN:
        raise UserError(f"unknown command `{word}`", _command_hint(word))
    return word


def parse(typed: Sequence[str]) -> Arguments:
    """Reads a command and what follows; raises UserError, or SystemExit(0) after a help."""
    command = module(command_of(typed)).COMMAND
    found, rest = command_parser(command).parse_known_intermixed_args(typed[1:])
    if rest:
        raise UserError(f"unknown option `{rest[0]}`", _option_hint(command, rest[0]))
    given: tuple[str, ...] = tuple(found.arguments)
    if command.most is not None and len(given) > command.most:
        raise UserError(f"unexpected `{given[command.most]}`", f"usage: {command.usage}")
    values = {option.flag: _values(command, option, found) for option in command.options}
    arguments = Arguments(command, given, values)
    _refuse_lonely(arguments)
    return arguments


def _refuse_lonely(arguments: Arguments) -> None:
    """Raises UserError for an option that says nothing without another that is missing."""
    for option in arguments.command.options:
        is_alone = option.needs and not any(map(arguments.has, option.needs))
        if is_alone and arguments.has(option.flag):
            wanted = [f"`{arguments.command.option(flag).usage}`" for flag in option.needs]
            problem = f"{option.flag} is given and {' or '.join(option.needs)} is not"
            raise UserError(problem, f"add {' or '.join(wanted)}")


def top_parser() -> argparse.ArgumentParser:
    """The parser of what comes before a command; it has the overall help."""
    lines = [f"  {name:<12}{text}" for name, text in COMMANDS.items()]
    parser = _Parser(
        prog="oidc-enforcer",
        usage="oidc-enforcer COMMAND [OPTION...]",
        description=f"{_INTRODUCTION}\ncommands:\n" + "\n".join(lines),
        epilog=EXIT_CODES,
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
        epilog=command.epilog,
        formatter_class=_formatter,
        add_help=False,
        allow_abbrev=False,
    )
    parser.add_argument(
        "arguments",
        nargs="*",
        metavar=command.argument or None,
        help=command.argument_help if command.argument else argparse.SUPPRESS,
    )
    for option in command.options:
        _add(parser, option)
    return parser


def chosen(word: str, choices: Sequence[str], what: str) -> str:
    """The word, if it is one of the choices; else raises UserError. `what` is what they are."""
    if word not in choices:
        problem = f"unknown {what} `{word}`" if word else f"no {what}"
        raise UserError(problem, suggestion(word, choices))
    return word


def suggestion(word: str, choices: Sequence[str]) -> str:
    """`did you mean …?` when something is near, else what there is."""
    if near := nearest(word, choices):
        return f"did you mean `{near}`?"
    *most, last = [f"`{choice}`" for choice in choices]
    return f"choose {', '.join(most)} or {last}" if most else f"choose {last}"


def nearest(word: str, choices: Sequence[str]) -> str:
    """What is spelt alike, else the only choice that has the word in it; empty for neither."""
    from difflib import get_close_matches

    if near := get_close_matches(word, choices, 1):
        return near[0]
    holding = [choice for choice in choices if len(word) > 2 and word in choice]
    return holding[0] if len(holding) == 1 else ""


class _Parser(argparse.ArgumentParser):
    """NOTE: argparse offers no other way to keep it from ending the program by itself."""

    def error(self, message: str) -> NoReturn:
        flag, _, problem = message.removeprefix("argument ").partition(": ")
        flag = flag.rpartition("/")[2]
        if problem == "expected one argument":
            message = f"no value for {flag}"
        elif problem.startswith("ignored explicit argument"):
            message = f"{flag} takes no value"
        raise UserError(message, f"see `{self.prog} --help`")

    def _print_message(self, message: str, file: object = None) -> None:
        console.write([message])


class _Formatter(argparse.RawDescriptionHelpFormatter):
    """NOTE: argparse breaks lines at hyphens, and a file's name or a value must stay whole."""

    def _split_lines(self, text: str, width: int) -> list[str]:
        return wrap(text, width, break_on_hyphens=False)


def _formatter(prog: str) -> argparse.HelpFormatter:
    return _Formatter(prog, max_help_position=26, width=_WIDTH)


def _add(parser: argparse.ArgumentParser, option: Option) -> None:
    if option is HELP:
        parser.add_argument(*option.flags, action="help", help=option.help)
    elif not option.metavar:
        parser.add_argument(*option.flags, dest=option.flag, action="store_true", help=option.help)
    else:
        parser.add_argument(
            *option.flags,
            dest=option.flag,
            action="append",
            default=[],
            metavar=option.metavar,
            help=option.help,
        )


def _values(command: Command, option: Option, found: argparse.Namespace) -> tuple[str, ...]:
    """The values of an option that were given; a switch that was given has the value `yes`."""
    if option is HELP:
        return ()
    given = getattr(found, option.flag)
    if not option.metavar:
        return ("yes",) if given else ()
    for value in given:
        # What follows `=` belongs to the command, as in `--format FORMAT=FILE`.
        if option.values and "=" not in option.metavar and value not in option.values:
            problem = f"unknown value `{value}` for {option.flag}"
            raise UserError(problem, suggestion(value, option.values))
        if not value:
            raise UserError(
                f"no value for {option.flag}", f"see `oidc-enforcer {command.name} --help`"
            )
    return tuple(given)


def _command_hint(word: str) -> str:
    if word.endswith((".yml", ".yaml")) or "/" in word or word == ".":
        return f"did you mean `oidc-enforcer check {word}`?"
    return suggestion(word, tuple(COMMANDS))


def _early_option_hint(word: str) -> str:
    flag = word.partition("=")[0]
    for command in tables():
        if any(flag in option.flags for option in command.options):
            return f"options follow the command: `oidc-enforcer {command.name} {word}`"
    return "see `oidc-enforcer --help`"


def _option_hint(command: Command, word: str) -> str:
    flags = [flag for option in command.options for flag in option.flags if flag.startswith("--")]
    near = nearest(word.partition("=")[0].strip("-"), [flag.strip("-") for flag in flags])
    return f"did you mean `--{near}`?" if near else f"see `oidc-enforcer {command.name} --help`"
