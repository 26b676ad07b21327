"""`oidc-enforcer doctor`: which permission or setting is missing for which feature."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from oidc_enforcer import files
from oidc_enforcer.arn import RoleArn
from oidc_enforcer.cli import (
    CLEAN,
    FINDINGS,
    UNVERIFIED,
    console,
    github_access,
    policy_options,
    repository_options,
)
from oidc_enforcer.cli.commands import HELP, Arguments, Command, Option
from oidc_enforcer.cli.parser import exit_codes
from oidc_enforcer.errors import UserError

if TYPE_CHECKING:
    from oidc_enforcer.github.connection import Connection
    from oidc_enforcer.github.probing import Tried

REPO = Option(
    ("--repo",), "the repository to ask about (default: GITHUB_REPOSITORY, in a job)", "OWNER/NAME"
)
AWS = Option(("--aws",), "also what the AWS credentials at hand may read of their account")
ROLE = Option(
    ("--role",),
    "and whether they may read this role; may be given several times",
    "ARN",
    repeats=True,
)
_EXIT_CODES = exit_codes(
    clean="everything works",
    findings="something is missing; the list says what it is for and how to get it",
    change="there is no token, or GitHub does not know it or the repository, or AWS who you are",
    unverified="GitHub or AWS could not be asked",
)
COMMAND = Command(
    "doctor",
    "say which permission or setting is missing for which feature",
    "oidc-enforcer doctor [--repo OWNER/NAME] [--aws] [--role ARN...]",
    options=(
        REPO,
        AWS,
        ROLE,
        *(
            option._replace(needs=(AWS.flag, ROLE.flag))
            for option in (
                policy_options.PROFILE,
                policy_options.REGION,
                policy_options.READER_ROLE,
            )
        ),
        HELP,
    ),
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
    return github_access.asking(
        "the token to ask about", lambda connection: _run(arguments, connection, name)
    )


def _run(arguments: Arguments, connection: Connection, name: str) -> int:
    from oidc_enforcer.github import probing

    about = probing.repository(connection, name)
    probes = probing.probes(name, about.default_branch, has_organisation=about.has_organisation)
    answers = [probing.tried(connection, one) for one in probes]
    rows = [*map(_row, answers), *_others(connection, name, os.environ), *_of_aws(arguments)]
    console.tell(_table(name, rows))
    if any(mark == "missing" for mark, _, _ in rows):
        return FINDINGS
    return UNVERIFIED if any(mark == "unknown" for mark, _, _ in rows) else CLEAN


def _row(tried: Tried) -> tuple[str, str, str]:
    return _MARKS[tried.answer.value], tried.probe.feature, tried.why


def _others(
    connection: Connection, name: str, environment: Mapping[str, str]
) -> Iterator[tuple[str, str, str]]:
    """What is no permission to read something."""
    from oidc_enforcer.github import held, run_token
    from oidc_enforcer.github.refusals import Refused

    yield _commenting(connection, name)
    owner = name.partition("/")[0]
    feature = "read the organisation's configuration"
    try:
        is_there = held.organisation_file(connection, owner) is not None
    except Refused:
        is_there = False
    if is_there:
        yield "ok", feature, ""
    else:
        where = f"`{files.ORGANISATION_FILE}` of {owner}/.github"
        why = "none, or in a private repository, where a job's token does not reach"
        yield "not there", feature, f"{where}: {why}"
    if "GITHUB_ACTIONS" not in environment:
        return
    if run_token.may_be_had(environment):
        yield "ok", "ask AWS without stored keys", ""
    else:
        yield "missing", "ask AWS without stored keys", "`id-token: write` under `permissions:`"


def _commenting(connection: Connection, name: str) -> tuple[str, str, str]:
    from oidc_enforcer.github import probing
    from oidc_enforcer.github.refusals import Refused

    feature = "comment on pull requests"
    try:
        answer = probing.commenting(connection, name)
    except Refused as problem:
        return "unknown", feature, problem.message
    if answer is probing.Answer.WORKS:
        return "ok", feature, ""
    if answer is probing.Answer.MISSING:
        return "missing", feature, "the scope `repo`, or for public ones `public_repo`"
    said = "`pull-requests: write`: only writing could tell, and a fork's run never has it"
    return "not tried", feature, said


def _of_aws(arguments: Arguments) -> Iterator[tuple[str, str, str]]:
    """What AWS allows, where somebody wants to know; raises UserError."""
    roles = [_role(text) for text in arguments.all(ROLE.flag)]
    if not arguments.has(AWS.flag) and not roles:
        return
    from oidc_enforcer.aws import Access, Aws
    from oidc_enforcer.aws.probing import tried

    access = Access(
        arguments.one(policy_options.PROFILE.flag),
        arguments.one(policy_options.REGION.flag),
        arguments.one(policy_options.READER_ROLE.flag),
    )
    for one in tried(Aws(access), roles):
        if one.trouble is None:
            yield "ok", one.feature, ""
        else:
            yield "missing" if one.is_denied else "unknown", one.feature, one.trouble.text


def _role(text: str) -> RoleArn:
    found = RoleArn.parse(text)
    if found is None:
        raise UserError(f"`{text}` is no role", "write `arn:aws:iam::ACCOUNT:role/NAME`")
    return found


def _table(name: str, rows: list[tuple[str, str, str]]) -> Iterator[str]:
    yield name
    width = max(len(mark) for mark, _, _ in rows)
    for mark, feature, why in rows:
        yield f"  {mark:<{width}}  {feature}" + (f": {why}" if why else "")
