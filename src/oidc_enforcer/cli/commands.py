"""What can be typed: one table, from which the parser, its help and the completions are made."""

from __future__ import annotations

from typing import NamedTuple

from oidc_enforcer.reporters import FORMATS

SHELLS = ("bash", "zsh", "fish")


class Option(NamedTuple):
    """An option; without `metavar` it is a switch. `values` are what it may be set to."""

    flags: tuple[str, ...]
    help: str
    metavar: str = ""
    values: tuple[str, ...] = ()
    default: str | None = None


class Command(NamedTuple):
    """A command; `argument` names what it takes, `values` what that may be (empty: any path)."""

    name: str
    help: str
    usage: str
    argument: str
    argument_help: str
    options: tuple[Option, ...] = ()
    values: tuple[str, ...] = ()
    epilog: str = ""


HELP = Option(("-h", "--help"), "show this help")
VERSION = Option(("--version",), "show the version, Python, and the YAML parser in use")

CHECK = Command(
    "check",
    "tell where every job's AWS credentials come from",
    "oidc-enforcer check [OPTION...] [PATH...]",
    "PATH",
    "a repository's folder, a workflow or action file, or - for standard input (default: .)",
    (
        Option(
            ("--format",),
            "how to say it, and where: text, json, sarif, github (annotations) or markdown (job"
            " summary); may be given several times, but only once without FILE (default: text)",
            "FORMAT[=FILE]",
            tuple(FORMATS),
        ),
        Option(
            ("--fail-on",),
            "exit with 1 from this severity upwards: error, warning, note or never"
            " (default: error)",
            "SEVERITY",
            ("error", "warning", "note", "never"),
            "error",
        ),
        Option(("--strict",), "exit with 3 when anything could not be verified"),
        Option(
            ("--color",),
            "auto, always or never; NO_COLOR and FORCE_COLOR are heeded (default: auto)",
            "WHEN",
            ("auto", "always", "never"),
            "auto",
        ),
        Option(
            ("--stdin-filename",),
            "what standard input is called in the report",
            "NAME",
            (),
            "stdin.yml",
        ),
        Option(
            ("-q", "--quiet"), "one line for each finding, nothing if there is none (text only)"
        ),
        Option(
            ("-v", "--verbose"), "also each job's credentials, and each rule's reason (text only)"
        ),
        HELP,
    ),
    epilog="""\
examples:
  oidc-enforcer check                                judge the repository in this folder
  oidc-enforcer check .github/workflows/deploy.yml   judge one file
  oidc-enforcer check -v ../api ../web               judge two repositories, show every job
  oidc-enforcer check --format sarif=out.sarif --format text
  git show main:.github/workflows/ci.yml | oidc-enforcer check - --stdin-filename ci.yml
""",
)
EXPLAIN = Command(
    "explain",
    "say what a rule wants, why, and how to get there; without RULE, list the rules",
    "oidc-enforcer explain [RULE]",
    "RULE",
    "a rule's id, as it stands in brackets in a finding",
    (HELP,),
)
COMPLETION = Command(
    "completion",
    "print a completion script for a shell",
    "oidc-enforcer completion SHELL",
    "SHELL",
    "bash, zsh or fish",
    (HELP,),
    SHELLS,
    epilog="""\
examples:
  source <(oidc-enforcer completion bash)
  oidc-enforcer completion zsh > "${fpath[1]}/_oidc-enforcer"
  oidc-enforcer completion fish > ~/.config/fish/completions/oidc-enforcer.fish
""",
)
COMMANDS = (CHECK, EXPLAIN, COMPLETION)
