"""`oidc-enforcer enforce`: makes a workflow a required check of an organisation, by its ruleset."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

from oidc_enforcer.cli import CLEAN, FINDINGS, console, github_access
from oidc_enforcer.cli.commands import HELP, Arguments, Command, Option
from oidc_enforcer.cli.parser import chosen, exit_codes
from oidc_enforcer.errors import UserError

if TYPE_CHECKING:
    from oidc_enforcer.enforce.planning import Plan, There
    from oidc_enforcer.enforce.ruleset import Wanted
    from oidc_enforcer.github.connection import Connection

ACTIONS = ("plan", "apply", "status")
WORKFLOW = Option(
    ("--workflow",),
    "the workflow to require; the ref's present commit is what is pinned",
    "OWNER/REPO/PATH@REF",
)
_TOKEN = (
    "a token that may administer the organisation (`oidc-enforcer enforce --help` has the list)"
)
_EXIT_CODES = exit_codes(
    clean="plan: made; apply: done; status: everything is as wanted",
    findings="status: something has drifted, is not applied, or does not cover who is meant",
    change="something you have to change: an argument, a file, the workflow, what the token may",
    unverified="GitHub could not be reached; apply says what was done, and goes on from there",
)
COMMAND = Command(
    "enforce",
    "require a workflow of every pull request in an organisation",
    "oidc-enforcer enforce plan|apply|status ORG --workflow OWNER/REPO/PATH@REF [OPTION...]",
    "ACTION",
    "plan shows what would change, apply changes it, status says what holds and what has drifted;"
    " then the organisation",
    (
        WORKFLOW,
        Option(
            ("--property",),
            "repositories with this custom property; may be given several times",
            "NAME=VALUE",
            repeats=True,
        ),
        Option(
            ("--except-property",),
            "but not those with this one; may be given several times",
            "NAME=VALUE",
            repeats=True,
        ),
        Option(
            ("--repositories",),
            "repositories by pattern of their names, where no property is given (default: all);"
            " may be given several times",
            "PATTERN",
            repeats=True,
        ),
        Option(
            ("--branches",),
            "branches by ref pattern (default: ~DEFAULT_BRANCH); may be given several times",
            "PATTERN",
            repeats=True,
        ),
        Option(
            ("--enforcement",),
            "evaluate or active (default: as it is; a new ruleset always begins with evaluate)",
            "MODE",
            ("evaluate", "active"),
        ),
        Option(
            ("--bypass",),
            "who may pass by, in a pull request or (`:always`) anyhow: org-admin, team:ID, app:ID,"
            " role:ID; may be given several times",
            "ACTOR",
            repeats=True,
        ),
        Option(
            ("--mark",),
            "a file with names of repositories, a line each, that are to get the properties",
            "FILE",
            needs=("--property",),
        ),
        Option(
            ("--name",),
            "the ruleset's name (default: oidc-enforcer)",
            "NAME",
            default="oidc-enforcer",
        ),
        Option(
            ("--record",),
            "what was applied last; apply writes it, status compares with it (default:"
            " oidc-enforcer-enforcement.json)",
            "FILE",
            default="oidc-enforcer-enforcement.json",
        ),
        HELP,
    ),
    ACTIONS,
    epilog=f"""\
GITHUB_TOKEN or GH_TOKEN has to be a token of the organisation's: administration (write), custom
properties (write where --mark is given), and for each repository metadata, contents and
administration (read).

examples:
  oidc-enforcer enforce plan acme --workflow acme/.github/.github/workflows/aws-oidc.yml@main
  oidc-enforcer enforce apply acme --property cloud=aws --mark aws-repositories.txt \\
      --workflow acme/.github/.github/workflows/aws-oidc.yml@main
  oidc-enforcer enforce status acme --property cloud=aws \\
      --workflow acme/.github/.github/workflows/aws-oidc.yml@v1

{_EXIT_CODES}""",
)


class _Asked(NamedTuple):
    organisation: str
    repository: str
    path: str
    ref: str


def run(arguments: Arguments) -> int:
    """Plans, and does what was asked with the plan."""
    action, asked = _asked(arguments)
    marked = _marked(arguments)

    def work(connection: Connection) -> int:
        wanted = _wanted(arguments, asked, connection)
        return _do(action, arguments, asked, connection, wanted, marked)

    return github_access.asking(_TOKEN, work)


def _asked(arguments: Arguments) -> tuple[str, _Asked]:
    action, *rest = arguments.given or ("",)
    chosen(action, ACTIONS, "action")
    if len(rest) != 1 or not re.fullmatch(r"[A-Za-z0-9_.-]{1,100}", rest[0]):
        problem = f"`{' '.join(rest)}` is no organisation" if rest else "no organisation"
        raise UserError(problem, f"usage: {COMMAND.usage}")
    text = arguments.one("--workflow")
    form = r"([\w.-]+/[\w.-]+)/(\.github/workflows/[^@/]+\.ya?ml)@([^@\s]+)"
    found = re.fullmatch(form, text, re.ASCII)
    if found is None:
        problem = f"`{text}` is no workflow" if text else "no workflow"
        hint = "write `--workflow OWNER/REPO/.github/workflows/FILE.yml@REF`"
        raise UserError(problem, hint)
    return action, _Asked(rest[0], found[1], found[2], found[3])


def _marked(arguments: Arguments) -> tuple[str, ...]:
    if not arguments.has("--mark"):
        return ()
    from oidc_enforcer import files

    text = files.read(arguments.one("--mark")).decode("utf-8", "replace")
    lines = (line.partition("#")[0].strip() for line in text.splitlines())
    return tuple(dict.fromkeys(line.rpartition("/")[2] for line in lines if line))


def _wanted(arguments: Arguments, asked: _Asked, connection: Connection) -> Wanted:
    from oidc_enforcer.enforce import workflow_file, world
    from oidc_enforcer.enforce.ruleset import Bypass, Property, Targets, Wanted

    targets = Targets(
        tuple(map(Property.parse, arguments.all("--property"))),
        tuple(map(Property.parse, arguments.all("--except-property"))),
        arguments.all("--repositories") or ("~ALL",),
        tuple(map(_ref, arguments.all("--branches"))) or ("~DEFAULT_BRANCH",),
    )
    bypass = tuple(map(Bypass.parse, arguments.all("--bypass")))
    workflow = world.workflow(connection, asked.repository, asked.path, asked.ref)
    text = world.text(connection, workflow)
    if problems := list(workflow_file.problems(text)):
        console.remark(*(f"{asked.path}: {problem}" for problem in problems[1:]))
        raise UserError(
            f"`{asked.path}` cannot be required: {problems[0]}",
            "docs/rollout.md has one that always reports",
        )
    return Wanted(
        workflow, targets, bypass, arguments.one("--enforcement"), arguments.one("--name")
    )


def _ref(pattern: str) -> str:
    return pattern if pattern.startswith(("~", "refs/")) else f"refs/heads/{pattern}"


def _do(
    action: str,
    arguments: Arguments,
    asked: _Asked,
    connection: Connection,
    wanted: Wanted,
    marked: tuple[str, ...],
) -> int:
    from oidc_enforcer.enforce import planning, world

    there = world.there(connection, asked.organisation, wanted, marked)
    made = planning.plan(wanted, there, marked)
    if action == "status":
        return _status(arguments, made, there)
    console.tell(_told(made))
    if action == "plan":
        said = (
            "nothing has been changed; `enforce apply` does this" if made.steps else "nothing to do"
        )
        console.tell([said])
        return CLEAN
    outcome = world.take(connection, asked.organisation, made)
    console.tell(f"done: {step.words}" for step in outcome.done)
    if outcome.problem:
        console.tell([f"not done: {step.words}" for step in outcome.left])
        console.tell(["apply again goes on from here"])
        return github_access.refused(outcome.problem)
    _write_record(arguments.one("--record"), planning.record(wanted, made, there))
    return CLEAN


def _status(arguments: Arguments, made: Plan, there: There) -> int:
    from oidc_enforcer.enforce import planning

    missing = [one for one in made.uncovered if one.is_meant]
    drift: list[str] = []
    path = arguments.one("--record")
    if os.path.lexists(path):
        drift = list(planning.drift(_record(path), made, there))
    else:
        console.tell([f"no record `{path}` of what was applied: drift since then is not known"])
    mode = there.ruleset.get("enforcement") if there.ruleset else "there is no such ruleset"
    console.tell([f"enforcement: {mode}", f"{len(made.covered)} repositories are covered"])
    console.tell(f"not yet applied: {step.words}" for step in made.steps)
    console.tell(line for step in made.steps for line in step.diff)
    console.tell(f"drift: {line}" for line in drift)
    console.tell(_who(made))
    is_active = bool(there.ruleset) and mode == "active"
    if not is_active:
        console.tell(["pull requests are not blocked yet"])
    return FINDINGS if missing or drift or made.steps else CLEAN


def _told(made: Plan) -> Iterable[str]:
    for step in made.steps:
        yield step.words
        yield from (f"  {line}" for line in step.diff)
    yield from (f"note: {remark}" for remark in made.remarks)
    yield f"{len(made.covered)} repositories are covered by it"
    yield from _who(made)


def _who(made: Plan) -> Iterable[str]:
    for one in made.uncovered:
        word = "NOT COVERED" if one.is_meant else "not meant"
        yield f"{word}: {one.name}: {one.reason}"


def _write_record(path: str, value: dict[str, Any]) -> None:
    console.write_file(path, [json.dumps(value, indent=1, sort_keys=True), "\n"])


def _record(path: str) -> dict[str, Any]:
    from oidc_enforcer import files

    try:
        value = json.loads(files.read(path))
    except (ValueError, RecursionError) as problem:
        raise UserError(f"`{path}` is no record", "apply writes a new one") from problem
    if not isinstance(value, dict) or value.get("version") != 1:
        raise UserError(f"`{path}` is no record of version 1", "apply writes a new one")
    covered = value.get("covered")
    if not isinstance(covered, list) or not all(isinstance(name, str) for name in covered):
        raise UserError(f"`{path}` does not say who was covered", "apply writes a new one")
    return value
