"""`oidc-enforcer action`: the container's entry point, a step of a workflow.

It turns the runner's environment into the same options that the command line has, judges what
GitHub holds at the commit, and tells it where people look: on the pull request, in annotations, in
the job's summary. Nothing that the judged commit holds decides by what it is judged.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping

from oidc_enforcer.cli import CLEAN, UNVERIFIED, USAGE, clock
from oidc_enforcer.cli.commands import HELP, Arguments, Command
from oidc_enforcer.errors import UserError

COMMAND = Command(
    "action",
    "judge as a step of a workflow: the container's entry point",
    "oidc-enforcer action",
    options=(HELP,),
    most=0,
)


def run(arguments: Arguments) -> int:
    """Runs the step; what only somebody else can mend becomes an annotation as well."""
    from oidc_enforcer import __version__
    from oidc_enforcer.reporters.visible import shown

    # Before anything slow is imported or asked: who watches the log sees that something happens.
    repository = shown(os.environ.get("GITHUB_REPOSITORY", ""))
    sys.stdout.write(f"oidc-enforcer {__version__} judges {repository or 'this run'}\n")
    sys.stdout.flush()
    return step(os.environ)


def step(environment: Mapping[str, str]) -> int:
    """The step for a runner's environment; raises UserError, after having told it to the runner."""
    from oidc_enforcer.action import file_commands, telling
    from oidc_enforcer.github.refusals import Refused

    try:
        return _step(environment)
    except (UserError, Refused) as problem:
        message = f"{problem.message}; {problem.hint}" if problem.hint else problem.message
        sys.stdout.write(telling.notice([message], "error"))
        sys.stdout.flush()
        file_commands.set_outputs(environment, {"conclusion": "unverified"})
        file_commands.add_to_summary(environment, telling.failure(message))
        if isinstance(problem, UserError):
            raise
        if problem.is_for_the_user:
            raise UserError(problem.message, problem.hint) from problem
        return UNVERIFIED


def _step(environment: Mapping[str, str]) -> int:
    from oidc_enforcer.action import file_commands, inputs, judging, runner, telling, verdict
    from oidc_enforcer.github.connection import Connection, Server
    from oidc_enforcer.github.refusals import Refused

    given, this = inputs.read(environment), runner.read(environment)
    connection = Connection(given.token, Server.of(environment))
    now = clock.now()
    workspace = environment.get("GITHUB_WORKSPACE", ".")
    try:
        judged = judging.through_api(connection, this, given, environment, now)
    except Refused as problem:
        if problem.is_for_the_user:
            raise
        judged = judging.of_checkout(this, given, workspace, now, problem)
    status = verdict.status(judged, this)
    why = verdict.sentence(judged, status)
    if why:
        judged = judged._replace(notes=(why, *judged.notes))
    said = telling.on_the_pull_request(connection, this, given, judged)
    notes = (*judged.notes, *said)
    telling.to_summary(environment, judged.report, notes, fails=status != CLEAN)
    telling.to_log(judged, notes, why if status != CLEAN else "")
    written = telling.to_files(given, judged.report, workspace)
    file_commands.set_outputs(environment, {**telling.outputs(judged, status), **written})
    return status


__all__ = ["COMMAND", "USAGE", "run", "step"]
