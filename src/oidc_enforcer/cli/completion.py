"""Completion scripts for bash, zsh and fish, made from the same table as the parser."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from oidc_enforcer.cli.commands import HELP, VERSION, Command, Option, tables

_PROGRAM = "oidc-enforcer"
#: Longer explanations are for `--help`.
_HELP_LENGTH = 60


def script(shell: str, rules: Sequence[str]) -> str:
    """The script for a shell; `rules` complete `explain`."""
    lines = {"bash": _bash, "zsh": _zsh, "fish": _fish}[shell](rules)
    return "\n".join(lines) + "\n"


def _values(command: Command, rules: Sequence[str]) -> Sequence[str]:
    return rules if command.argument == "RULE" else command.values


def _short(text: str) -> str:
    """The beginning of an explanation, without what shells react to."""
    text = text.partition(";")[0].partition(":")[0].partition("(")[0].strip()
    return "".join(char for char in text if char not in "'\"[]`$\\")[:_HELP_LENGTH]


def _flags(options: Sequence[Option]) -> str:
    return " ".join(flag for option in options for flag in option.flags)


def _bash(rules: Sequence[str]) -> Iterator[str]:
    names = " ".join(command.name for command in tables())
    yield f"# bash completion of {_PROGRAM}"
    yield from (
        "_oidc_enforcer() {",
        '    local current="${COMP_WORDS[COMP_CWORD]}" command="${COMP_WORDS[1]}"',
        '    local previous="${COMP_WORDS[COMP_CWORD-1]}"',
        "    # bash makes --format=json three words",
        '    [[ $previous == "=" ]] && previous="${COMP_WORDS[COMP_CWORD-2]}"',
        '    [[ $current == "=" ]] && current=""',
        "    local words=",
        '    if [[ $COMP_CWORD -eq 1 ]]; then command=""; fi',
        '    case "$command $previous" in',
    )
    for command in tables():
        for option in command.options:
            if option.metavar:
                pattern = "|".join(f"'{command.name} {flag}'" for flag in option.flags)
                yield f"        {pattern}) words='{' '.join(option.values)}' ;;"
    yield "        *)"
    yield '            case "$command $current" in'
    for command in tables():
        yield f"                '{command.name} -'*) words='{_flags(command.options)}' ;;"
        yield f"                '{command.name} '*) words='{' '.join(_values(command, rules))}' ;;"
    yield f"                ' '*) words='{names} {_flags((VERSION, HELP))}' ;;"
    yield from (
        "            esac ;;",
        "    esac",
        '    COMPREPLY=($(compgen -W "$words" -- "$current"))',
        "}",
        f"complete -o default -F _oidc_enforcer {_PROGRAM}",
    )


def _zsh(rules: Sequence[str]) -> Iterator[str]:
    yield f"#compdef {_PROGRAM}"
    yield "_oidc_enforcer() {"
    yield "    local state"
    yield "    local -a commands=("
    for command in tables():
        yield f"        '{command.name}:{_short(command.help)}'"
    yield "    )"
    yield from (
        "    if (( CURRENT == 2 )); then",
        "        _describe command commands",
        f"        compadd -- {_flags((VERSION, HELP))}",
        "        return",
        "    fi",
        '    case "$words[2]" in',
    )
    for command in tables():
        yield f"        {command.name})"
        yield "            shift words; (( CURRENT-- ))"
        specs = [spec for option in command.options for spec in _zsh_option(option)]
        values = " ".join(_values(command, rules))
        specs.append(f"'*:{command.argument}:({values})'" if values else "'*:PATH:_files'")
        yield "            _arguments " + " \\\n                ".join(specs)
        yield "            ;;"
    yield from (
        "    esac",
        "}",
        'if [[ $zsh_eval_context[-1] == loadautofunc ]]; then _oidc_enforcer "$@"',
        f"else compdef _oidc_enforcer {_PROGRAM}; fi",
    )


def _zsh_option(option: Option) -> Iterator[str]:
    for flag in option.flags:
        if not option.metavar:
            yield f"'{flag}[{_short(option.help)}]'"
            continue
        values = f"({' '.join(option.values)})" if option.values else ""
        yield f"'*{flag}=[{_short(option.help)}]:{option.flags[0].lstrip('-')}:{values}'"


def _fish(rules: Sequence[str]) -> Iterator[str]:
    yield f"# fish completion of {_PROGRAM}"
    complete = f"complete -c {_PROGRAM}"
    yield f"{complete} -n __fish_use_subcommand -f"
    for option in (VERSION, HELP):
        yield f"{complete} -n __fish_use_subcommand{_fish_flags(option)}"
    for command in tables():
        yield (f"{complete} -n __fish_use_subcommand -a {command.name} -d '{_short(command.help)}'")
    for command in tables():
        here = f"{complete} -n '__fish_seen_subcommand_from {command.name}'"
        for option in command.options:
            wanted = f" -x -a '{' '.join(option.values)}'" if option.metavar else ""
            yield f"{here}{_fish_flags(option)}{wanted}"
        if values := _values(command, rules):
            yield f"{here} -f -a '{' '.join(values)}'"


def _fish_flags(option: Option) -> str:
    flags = "".join(
        f" -l {flag[2:]}" if flag.startswith("--") else f" -s {flag[1:]}" for flag in option.flags
    )
    return f"{flags} -d '{_short(option.help)}'"
