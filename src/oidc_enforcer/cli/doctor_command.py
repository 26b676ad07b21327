"""`oidc-enforcer doctor`: which permission or setting is missing for which feature."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from oidc_enforcer.cli import (
    CLEAN,
    FINDINGS,
    UNVERIFIED,
    console,
    github_access,
    repository_options,
)
from oidc_enforcer.cli.commands import HELP, Arguments, Command, Option
from oidc_enforcer.cli.parser import exit_codes

if TYPE_CHECKING:
    from oidc_enforcer.github.connection import Connection
    from oidc_enforcer.github.probing import Tried

REPO = Option(
    ("--repo",), "the repository to ask about (default: GITHUB_REPOSITORY, in a job)", "OWNER/NAME"
)
_EXIT_CODES = exit_codes(
    clean="everything works",
    findings="something is missing; the list says what it is for and how to get it",
    change="there is no token, or GitHub does not know it or the repository",
    unverified="GitHub could not be asked",
)
COMMAND = Command(
    "doctor",
    "say which permission or setting is missing for which feature",
    "oidc-enforcer doctor [--repo OWNER/NAME]",
    options=(REPO, HELP),
    most=0,
    epilog=f"""\
GITHUB_TOKEN or GH_TOKEN is the token that is asked about. Nothing is written, so what only writing
could tell is shown as such. GITHUB_API_URL names another GitHub.

{_EXIT_CODES}""",
)
_MARKS = {"works": "ok", "missing": "missing", "unknown": "unknown"}


def run(arguments: Arguments) -> int:
    """Tries one feature after the other and lists the answers."""
    name = arguments.one(REPO.flag) or os.environ.get("GITHUB_REPOSITORY", "")
    repository_options.full_name(name)
    return github_access.asking("the token to ask about", lambda connection: _run(connection, name))


def _run(connection: Connection, name: str) -> int:
    from oidc_enforcer.github import probing

    about = probing.repository(connection, name)
    probes = probing.probes(name, about.default_branch, has_organisation=about.has_organisation)
    answers = [probing.tried(connection, one) for one in probes]
    rows = [*map(_row, answers), *_others(connection, name, os.environ)]
    console.tell(_table(name, rows))
    if any(mark == "missing" for mark, _, _ in rows):
        return FINDINGS
    return UNVERIFIED if any(one.answer is probing.Answer.UNKNOWN for one in answers) else CLEAN


def _row(tried: Tried) -> tuple[str, str, str]:
    return _MARKS[tried.answer.value], tried.probe.feature, tried.why


def _others(
    connection: Connection, name: str, environment: Mapping[str, str]
) -> Iterator[tuple[str, str, str]]:
    """What is no permission to read something."""
    from oidc_enforcer.github import run_token
    from oidc_enforcer.github.refusals import Refused

    yield (
        "not tried",
        "comment on pull requests",
        "`pull-requests: write`: only writing could tell, and a fork's run never has it",
    )
    owner = name.partition("/")[0]
    try:
        connection.get(f"/repos/{owner}/.github/contents/oidc-enforcer.yml")
        yield "ok", "read the organisation's configuration", ""
    except Refused:
        where = f"`oidc-enforcer.yml` of {owner}/.github"
        yield (
            "not there",
            "read the organisation's configuration",
            f"{where}: none, or in a private repository, where a job's token does not reach",
        )
    if "GITHUB_ACTIONS" not in environment:
        return
    if run_token.may_be_had(environment):
        yield "ok", "ask AWS without stored keys", ""
    else:
        yield "missing", "ask AWS without stored keys", "`id-token: write` under `permissions:`"


def _table(name: str, rows: list[tuple[str, str, str]]) -> Iterator[str]:
    yield name
    width = max(len(mark) for mark, _, _ in rows)
    for mark, feature, why in rows:
        yield f"  {mark:<{width}}  {feature}" + (f": {why}" if why else "")
