"""Options that several commands share, and what their values mean."""

from __future__ import annotations

from oidc_enforcer.cli.commands import Arguments, Option
from oidc_enforcer.cli.parser import chosen
from oidc_enforcer.errors import UserError
from oidc_enforcer.records import NamedTuple
from oidc_enforcer.reporters import FORMATS, Detail

FORMAT = Option(
    ("--format",),
    "how to say it, and where: text, json, sarif, github (annotations), markdown (job summary)"
    " or html (a page to keep); may be given several times, but only once without FILE (default:"
    " text)",
    "FORMAT[=FILE]",
    tuple(FORMATS),
    repeats=True,
)
FAIL_ON = Option(
    ("--fail-on",),
    "exit with 1 from this severity upwards: error, warning, note or never (default: error)",
    "SEVERITY",
    ("error", "warning", "note", "never"),
    "error",
)
STRICT = Option(("--strict",), "exit with 3 when anything could not be verified")
COLOR = Option(
    ("--color",),
    "auto, always or never; NO_COLOR and FORCE_COLOR are heeded (default: auto)",
    "WHEN",
    ("auto", "always", "never"),
    "auto",
)
QUIET = Option(("-q", "--quiet"), "one line for each finding, nothing if there is none (text only)")
VERBOSE = Option(
    ("-v", "--verbose"), "also each job's credentials, and each rule's reason (text only)"
)


class Target(NamedTuple):
    """A format and where it goes; an empty path is standard output."""

    format: str
    path: str


def targets(arguments: Arguments) -> tuple[Target, ...]:
    """Where `--format` wants what; raises UserError when two would go to one place."""
    found: list[Target] = []
    for value in arguments.all("--format") or ("text",):
        name, equals, path = value.partition("=")
        chosen(name, tuple(FORMATS), "format")
        if equals and not path:
            raise UserError(f"no file after `{value}`", f"write `{value}FILE`, or `{name}`")
        target = Target(name, "" if path == "-" else path)
        if any(other.path == target.path for other in found):
            where = f"`{target.path}`" if target.path else "standard output"
            raise UserError(f"two formats go to {where}", f"give one a file: `{name}=FILE`")
        found.append(target)
    return tuple(found)


def detail(arguments: Arguments) -> Detail:
    """How much text says."""
    if arguments.has("--quiet") and arguments.has("--verbose"):
        raise UserError("--quiet and --verbose contradict each other", "give one of them")
    if arguments.has("--quiet"):
        return Detail.QUIET
    return Detail.VERBOSE if arguments.has("--verbose") else Detail.NORMAL
