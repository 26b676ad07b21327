"""The door: arguments in, streams and files out, and the one place that ends the program.

Exit codes: 0 clean, 1 findings, 2 the user must change something, 3 could not verify, 4 our bug,
130 interrupted. Where several hold: 4, then 2, 3, 1, 0.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from oidc_enforcer.errors import UserError

if TYPE_CHECKING:
    from oidc_enforcer.cli.output import Target
    from oidc_enforcer.cli.parser import Arguments
    from oidc_enforcer.report import Report

CLEAN, FINDINGS, USAGE, UNVERIFIED, BUG, INTERRUPTED = 0, 1, 2, 3, 4, 130


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command; returns its exit code, whatever happens."""
    try:
        return _run(sys.argv[1:] if argv is None else list(argv))
    except UserError as problem:
        _complain(problem)
        return USAGE
    except BrokenPipeError:
        _let_go_of_stdout()
        return CLEAN
    except KeyboardInterrupt:
        return INTERRUPTED
    except SystemExit as end:  # argparse has printed a help
        return end.code if isinstance(end.code, int) else CLEAN
    except Exception as bug:
        _report(bug)
        return BUG


def check(arguments: Arguments) -> int:
    """Judges the paths, writes each format to its place, and gives the verdict."""
    for target in arguments.targets:
        _refuse_unwritable(target.path)
    report = _check_paths(arguments)
    status = verdict(report, fail_on=arguments.fail_on, strict=arguments.strict)
    try:
        for target in sorted(arguments.targets, key=_is_stdout):
            _deliver(target, report, arguments)
        sys.stdout.flush()
    except BrokenPipeError:
        _let_go_of_stdout()  # whoever reads has seen enough; the verdict stands
    except OSError as problem:
        _let_go_of_stdout()
        reason = (problem.strerror or "it cannot be written").lower()
        raise UserError(f"cannot write standard output: {reason}", "make room for it") from problem
    if status == UNVERIFIED:
        print(
            "oidc-enforcer: something could not be verified, and --strict makes that a failure",
            file=sys.stderr,
        )
    return status


def verdict(report: Report, *, fail_on: str, strict: bool) -> int:
    """The exit code that a report deserves."""
    summary = report.summary
    if strict and (summary.skipped or any(file.coverage for file in report.files)):
        return UNVERIFIED
    counted = {"error": summary.errors, "warning": summary.warnings, "note": summary.notes}
    levels = list(counted)
    failing = levels[: levels.index(fail_on) + 1] if fail_on in counted else []
    return FINDINGS if any(counted[level] for level in failing) else CLEAN


def wants_color(choice: str, environment: Mapping[str, str], *, is_terminal: bool) -> bool:
    """`--color`, then NO_COLOR (no-color.org), then FORCE_COLOR, then whether a terminal reads."""
    if choice != "auto":
        return choice == "always"
    if environment.get("NO_COLOR"):
        return False
    if environment.get("FORCE_COLOR", "0") not in ("", "0"):
        return True
    return is_terminal and environment.get("TERM") != "dumb"


def _run(arguments: list[str]) -> int:
    from oidc_enforcer.cli.parser import parse

    # NOTE: a console that cannot show a character is no reason to fail.
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    parsed = parse(arguments)
    if parsed.command == "check":
        return check(parsed)
    sys.stdout.write(_told(parsed))
    sys.stdout.flush()
    return CLEAN


def _told(parsed: Arguments) -> str:
    from oidc_enforcer.cli import information

    if parsed.command == "explain":
        return information.explanation(parsed.rule)
    if parsed.command == "completion":
        return information.completion(parsed.shell)
    return information.version()


def _check_paths(arguments: Arguments) -> Report:
    from time import gmtime, strftime

    from oidc_enforcer.gather import Options, check_paths

    today = strftime("%Y-%m-%d", gmtime())
    return check_paths(arguments.paths, Options(today=today, stdin_name=arguments.stdin_filename))


def _deliver(target: Target, report: Report, arguments: Arguments) -> None:
    from oidc_enforcer.cli.output import chunks, write_file

    color = wants_color(
        arguments.color,
        {} if target.path else os.environ,
        is_terminal=not target.path and sys.stdout.isatty(),
    )
    text = chunks(target.format, report, color=color, detail=arguments.detail)
    if target.path:
        write_file(target.path, text)
        return
    for chunk in text:
        sys.stdout.write(chunk)


def _is_stdout(target: Target) -> bool:
    """Files first: whoever reads standard output may stop reading."""
    return not target.path


def _refuse_unwritable(path: str) -> None:
    """Says before the work what would fail after it."""
    folder = os.path.dirname(path) or "."
    if path and os.path.isdir(path):
        raise UserError(f"cannot write `{path}`: it is a folder", "name a file in it")
    if path and not os.path.isdir(folder):
        raise UserError(f"cannot write `{path}`: there is no folder `{folder}`", "make it first")


def _complain(problem: UserError) -> None:
    from oidc_enforcer.reporters.visible import shown

    print(f"oidc-enforcer: error: {shown(problem.message)}", file=sys.stderr)
    if problem.hint:
        print(f"hint: {shown(problem.hint)}", file=sys.stderr)


def _report(bug: Exception) -> None:
    """The traceback, which may quote the repository and is masked like everything else."""
    from traceback import format_exception

    from oidc_enforcer import __version__
    from oidc_enforcer.reporters import HOME
    from oidc_enforcer.reporters.visible import shown

    for line in "".join(format_exception(bug)).splitlines():
        print(shown(line), file=sys.stderr)
    print(
        f"oidc-enforcer {__version__}: this is our bug, not yours, and nothing was verified;"
        f" please report the lines above: {HOME}/issues",
        file=sys.stderr,
    )


def _let_go_of_stdout() -> None:
    """Keeps Python from complaining about the broken pipe when it ends."""
    try:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
    except (OSError, ValueError):
        pass
