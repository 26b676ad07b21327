"""What can be typed, what is said of what cannot, and what is told about the rest."""

from __future__ import annotations

import re

import pytest

from oidc_enforcer import __version__, cli
from oidc_enforcer.cli import completion_command
from oidc_enforcer.cli.commands import Arguments, Command, tables
from oidc_enforcer.cli.options import Target, detail, targets
from oidc_enforcer.cli.parser import parse
from oidc_enforcer.errors import UserError
from oidc_enforcer.reporters import Detail
from oidc_enforcer.rules import RULES
from tests.reporters.example import golden


@pytest.mark.parametrize(
    ("typed", "problem", "hint"),
    [
        ("chek", "unknown command `chek`", "did you mean `check`?"),
        (
            "dance",
            "unknown command `dance`",
            "choose `check`, `fix`, `subjects`, `trust`, `baseline`, `bootstrap`, `org`, `enforce`,"
            " `doctor`, `explain` or `completion`",
        ),
        (
            ".github/workflows/ci.yml",
            "unknown command `.github/workflows/ci.yml`",
            "did you mean `oidc-enforcer check .github/workflows/ci.yml`?",
        ),
        (
            "--format json",
            "unknown option `--format`",
            "options follow the command: `oidc-enforcer check --format`",
        ),
        ("--foo", "unknown option `--foo`", "see `oidc-enforcer --help`"),
        ("check --formt json", "unknown option `--formt`", "did you mean `--format`?"),
        ("check --stric", "unknown option `--stric`", "did you mean `--strict`?"),
        ("check --foo", "unknown option `--foo`", "see `oidc-enforcer check --help`"),
        ("check --format", "no value for --format", "see `oidc-enforcer check --help`"),
        ("check --format jsn", "unknown format `jsn`", "did you mean `json`?"),
        (
            "check --format x",
            "unknown format `x`",
            "choose `text`, `json`, `sarif`, `github`, `markdown` or `html`",
        ),
        ("check --format json=", "no file after `json=`", "write `json=FILE`, or `json`"),
        (
            "check --format json --format sarif",
            "two formats go to standard output",
            "give one a file: `sarif=FILE`",
        ),
        (
            "check --format json=a --format sarif=a",
            "two formats go to `a`",
            "give one a file: `sarif=FILE`",
        ),
        (
            "check --fail-on eror",
            "unknown value `eror` for --fail-on",
            "did you mean `error`?",
        ),
        ("check --strict=yes", "--strict takes no value", "see `oidc-enforcer check --help`"),
        ("check --color blue", "unknown value `blue` for --color", None),
        ("check --stdin-filename=", "no value for --stdin-filename", None),
        ("check -q -v", "--quiet and --verbose contradict each other", "give one of them"),
        (
            "bootstrap --replace-trust",
            "--replace-trust is given and --apply is not",
            "add `--apply`",
        ),
        (
            "check --profile x",
            "--profile is given and --aws or --role is not",
            "add `--aws` or `--role ARN`",
        ),
        ("trust --form both", "--form is given and --suggest is not", "add `--suggest FORMAT`"),
        (
            "fix --pull-request",
            "--pull-request is given and --repo is not",
            "add `--repo OWNER/NAME`",
        ),
        ("explain a b", "unexpected `b`", "usage: oidc-enforcer explain [RULE]"),
        ("completion", "no shell", "choose `bash`, `zsh` or `fish`"),
        ("completion fsh", "unknown shell `fsh`", "did you mean `fish`?"),
    ],
)
def test_a_mistake_is_named_and_what_would_be_right(
    typed: str, problem: str, hint: str | None
) -> None:
    with pytest.raises(UserError) as raised:
        understand(parse(typed.split()))
    assert raised.value.message == problem
    if hint is not None:
        assert raised.value.hint == hint


def understand(arguments: Arguments) -> None:
    """All that a command reads of its arguments before it works."""
    if arguments.command.name == "check":
        targets(arguments)
        detail(arguments)
    else:
        completion_command.run(arguments)


def test_what_is_typed_is_understood() -> None:
    typed = (
        "check a -v --format text --format=sarif=out=1.sarif b --fail-on note --strict"
        " --fail-on warning --color never --stdin-filename x.yml"
    )
    parsed = parse(typed.split())
    assert parsed.given == ("a", "b")
    assert targets(parsed) == (Target("text", ""), Target("sarif", "out=1.sarif"))
    assert parsed.one("--fail-on") == "warning"
    assert (parsed.one("--color"), parsed.one("--stdin-filename")) == ("never", "x.yml")
    assert detail(parsed) is Detail.VERBOSE
    assert parsed.has("--strict")
    assert not parse(["check"]).has("--strict")
    assert parse(["check"]).one("--fail-on") == "error"


def test_a_dash_is_standard_output_and_standard_input() -> None:
    parsed = parse(["check", "-", "--format", "json=-"])
    assert parsed.given == ("-",)
    assert targets(parsed) == (Target("json", ""),)


def test_no_option_is_guessed_from_its_beginning() -> None:
    with pytest.raises(UserError):
        parse(["check", "--form", "json"])


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        (["--help"], "help.txt"),
        (["check", "--help"], "help-check.txt"),
        (["trust", "--help"], "help-trust.txt"),
        (["explain", "-h"], "help-explain.txt"),
        (["completion", "-h"], "help-completion.txt"),
    ],
)
def test_the_help_reads_as_it_should(
    typed: list[str], name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(typed) == 0
    said = capsys.readouterr().out
    assert said == golden(name, said)
    assert max(map(len, said.splitlines())) <= 92


@pytest.mark.parametrize("command", tables(), ids=lambda command: command.name)
def test_exit_codes_speak_of_options_that_are_there(command: Command) -> None:
    flags = {flag for option in command.options for flag in option.flags}
    said = set(re.findall(r"--[a-z-]+", command.epilog.partition("exit codes:")[2]))
    assert said <= flags
    assert ("(with --strict)" in command.epilog) <= ("--strict" in flags)


def test_who_types_nothing_gets_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main([]) == cli.USAGE
    said = capsys.readouterr()
    assert "start here:" in said.out
    assert "oidc-enforcer check" in said.err
    assert cli.main(["help"]) == 0
    assert capsys.readouterr().out == said.out
    assert cli.main(["help", "check"]) == 0
    assert capsys.readouterr().out.startswith("usage: oidc-enforcer check")


def test_the_version_names_the_parser_that_reads(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--version"]) == 0
    first, python, parser = capsys.readouterr().out.splitlines()
    assert first == f"oidc-enforcer {__version__}"
    assert python.startswith("Python 3.")
    assert parser.startswith("YAML parser: ")
    assert "ruamel" in parser


def test_rules_are_listed_and_explained(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["explain"]) == 0
    listed = capsys.readouterr().out
    for module in RULES:
        assert f"\n{module.RULE.id} " in f"\n{listed}"
        assert cli.main(["explain", module.RULE.id]) == 0
        assert capsys.readouterr().out.startswith(f"# {module.RULE.id}\n")
    assert cli.main(["explain", f"[{RULES[0].RULE.id}]"]) == 0


def test_a_rule_that_is_not_there_has_a_neighbour(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["explain", "static-credential"]) == cli.USAGE
    said = capsys.readouterr().err
    assert "unknown rule `static-credential`" in said
    assert "did you mean `static-credentials`?" in said
    assert cli.main(["explain", "hardcoded"]) == cli.USAGE
    assert "did you mean `hardcoded-access-key`?" in capsys.readouterr().err
    assert cli.main(["explain", "dance"]) == cli.USAGE
    assert "hint: `oidc-enforcer explain` lists the rules\n" in capsys.readouterr().err
