"""`oidc-enforcer org`: judges every repository of an organisation."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from oidc_enforcer.cli import (
    UNVERIFIED,
    clock,
    configuration,
    console,
    delivery,
    github_access,
    org_run,
)
from oidc_enforcer.cli.commands import HELP, Arguments, Command, Option
from oidc_enforcer.cli.options import (
    COLOR,
    FAIL_ON,
    FORMAT,
    QUIET,
    STRICT,
    VERBOSE,
    detail,
    targets,
)
from oidc_enforcer.cli.parser import exit_codes
from oidc_enforcer.errors import UserError
from oidc_enforcer.reporters import Detail

if TYPE_CHECKING:
    from oidc_enforcer.cli.options import Target
    from oidc_enforcer.github.connection import Connection
    from oidc_enforcer.organisation.reading import Shard

STATE = Option(
    ("--state",),
    "what was read, kept from run to run: one that was stopped goes on, and a later one reads what"
    " has changed; it holds the text of workflows",
    "FILE",
)
_QUIET = QUIET._replace(
    help="one line for each repository with findings, nothing if there is none (text only)"
)
SHARD = Option(
    ("--shard",),
    "only the I-th of N parts of the repositories; their --state files, one behind the other, make"
    " one for all",
    "I/N",
)
SECRETS = Option(
    ("--secrets",),
    "also stored AWS keys that nothing reads: of the organisation (a call for each such key), or of"
    " all, its repositories' and environments' too (a call for each of these)",
    "WHOSE",
    ("organisation", "all"),
)
MAX_CALLS = Option(
    ("--max-calls",), "stop after so many calls to GitHub; with --state the next run goes on", "N"
)
MAX_WAIT = Option(
    ("--max-wait",),
    "seconds to wait in all for GitHub's rate limit before stopping (default: 90)",
    "SECONDS",
    default="90",
)
AWS_NAMES = Option(
    ("--aws-names",),
    "write the names of the repositories whose jobs use AWS, a line each, as `enforce --mark` takes"
    " them",
    "FILE",
)
_EXIT_CODES = exit_codes(
    clean="nothing at or above --fail-on in any repository",
    findings="findings at or above --fail-on, each repository by its own configuration",
    change="something you have to change: an argument, a file, what the token may",
    unverified="GitHub could not be read to the end, or with --strict anything was not verified",
)
COMMAND = Command(
    "org",
    "judge the workflows of every repository of an organisation",
    "oidc-enforcer org ORG [OPTION...]",
    "ORG",
    "the organisation",
    (
        STATE,
        SHARD,
        SECRETS,
        MAX_CALLS,
        MAX_WAIT,
        AWS_NAMES,
        FORMAT,
        FAIL_ON,
        STRICT,
        configuration.ORG_CONFIG,
        COLOR,
        _QUIET,
        VERBOSE,
        HELP,
    ),
    most=1,
    epilog=f"""\
The workflows on the default branches are judged, the actions that they call, and those at the root
and below `.github/actions`, each repository by its own configuration under the organisation's. A
list of repositories takes a call for every hundred, their files one for every twenty-five; what
they call elsewhere is asked for once. Archived repositories run no workflow and are left out.

GITHUB_TOKEN or GH_TOKEN is a token that sees the repositories: `contents: read` and `metadata:
read` in all of them; for --secrets also the organisation's `secrets: read`, for --secrets all each
repository's `secrets: read` and `environments: read`.

examples:
  oidc-enforcer org acme
  oidc-enforcer org acme --state acme.jsonl --secrets organisation --format html=acme.html
  oidc-enforcer org acme --state part-2.jsonl --shard 2/4    one of four jobs
  cat part-*.jsonl > acme.jsonl; oidc-enforcer org acme --state acme.jsonl    after all four

{_EXIT_CODES}""",
)


def run(arguments: Arguments) -> int:
    """Reads what is not at hand, judges all, and writes each format to its place."""
    from oidc_enforcer.github.connection import Bounds, Connection, Server
    from oidc_enforcer.github.refusals import Refused

    name = _name(arguments)
    wanted, how_much, shard = targets(arguments), detail(arguments), _shard(arguments)
    delivery.refuse_unwritable(wanted)
    calls = _number(arguments, MAX_CALLS) if arguments.has(MAX_CALLS.flag) else None
    bounds = Bounds(patience=float(_number(arguments, MAX_WAIT)), calls=calls)
    token = github_access.token("a token that sees the organisation's repositories")
    connection = Connection(token, Server.of(os.environ), bounds)
    try:
        return _run(arguments, connection, name, shard, wanted, how_much)
    except Refused as problem:
        return github_access.refused(problem)


def _run(
    arguments: Arguments,
    connection: Connection,
    name: str,
    shard: Shard,
    wanted: tuple[Target, ...],
    how_much: Detail,
) -> int:
    asked = org_run.Asked(
        name, shard, arguments.one(STATE.flag), arguments.one(SECRETS.flag), clock.now()
    )
    found = org_run.scan(arguments, connection, asked)
    report = found.report
    if names := arguments.one(AWS_NAMES.flag):
        using = (row.name for row in found.rows if row.tally.aws_jobs)
        console.write_file(names, (f"{name}\n" for name in using))
    for target in wanted:
        if target.format == "text" and how_much is not Detail.VERBOSE:
            text = _repositories(found) if how_much is Detail.QUIET else _table(found)
            if target.path:
                console.write_file(target.path, text)
            else:
                console.write(text)
    others = [one for one in wanted if one.format != "text" or how_much is Detail.VERBOSE]
    delivery.deliver(report, others, color=arguments.one("--color"), detail=how_much)
    if found.problem is not None:
        console.complain(found.problem.message, found.problem.hint)
        return UNVERIFIED
    if how_much is not Detail.VERBOSE:
        delivery.name_doubts(found.status, report)
    if found.is_blind:
        console.complain("no repository could be read", "the token needs `contents: read` in them")
    else:
        delivery.explain_status(found.status, report)
    return found.status


def _repositories(found: org_run.Scanned) -> Iterator[str]:
    from oidc_enforcer.reporters import organisation_text

    return organisation_text.in_short(found.rows, found.about)


def _table(found: org_run.Scanned) -> Iterator[str]:
    from oidc_enforcer.reporters import organisation_text, text

    yield from organisation_text.render(found.rows, found.about, found.remarks)
    yield from text.closing(found.report)
    has_findings = any(any(row.tally[:3]) for row in found.rows)
    if has_findings or any(file.coverage for file in found.report.files):
        yield "each finding, and what was not looked at: --verbose, or --format html=FILE\n"


def _name(arguments: Arguments) -> str:
    name = arguments.given[0] if arguments.given else ""
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,39}", name):
        said = f"`{name}` is no organisation" if name else "no organisation"
        raise UserError(said, "name it as GitHub does: `oidc-enforcer org acme`")
    return name


def _shard(arguments: Arguments) -> Shard:
    from oidc_enforcer.organisation.reading import Shard

    text = arguments.one(SHARD.flag)
    if not text:
        return Shard()
    match = re.fullmatch(r"([1-9]\d{0,3})/([1-9]\d{0,3})", text)
    if match is None or int(match[1]) > int(match[2]):
        raise UserError(f"`{text}` is no part", "write `--shard 2/4` for the second of four")
    return Shard(int(match[1]), int(match[2]))


def _number(arguments: Arguments, option: Option) -> int:
    text = arguments.one(option.flag)
    if not re.fullmatch(r"\d{1,7}", text):
        raise UserError(f"{option.flag} must be a number, not `{text}`", "write digits")
    return int(text)
