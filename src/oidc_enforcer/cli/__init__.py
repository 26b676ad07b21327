"""The door: arguments in, streams and files out, and the one place that ends the program.

Exit codes: 0 clean, 1 findings, 2 the user must change something, 3 could not verify, 4 our bug,
130 interrupted. Where several hold: 4, then 2, 3, 1, 0.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Sequence

from oidc_enforcer.errors import UserError

CLEAN, FINDINGS, USAGE, UNVERIFIED, BUG, INTERRUPTED = 0, 1, 2, 3, 4, 130


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command; returns its exit code, whatever happens."""
    gc_was_on = gc.isenabled()
    # NOTE: starting makes many objects and few cycles, so that looking for them costs and frees
    # nothing; and Python would look through all there is once more before it ends.
    gc.disable()
    try:
        return _guarded(argv)
    finally:
        gc.freeze()
        if gc_was_on:
            gc.enable()


def _guarded(argv: Sequence[str] | None) -> int:
    try:
        return _run(sys.argv[1:] if argv is None else list(argv))
    except UserError as problem:
        from oidc_enforcer.cli import console

        console.complain(f"error: {problem.message}", problem.hint)
        return USAGE
    except KeyboardInterrupt:
        return INTERRUPTED
    except SystemExit as end:  # argparse has printed a help
        return end.code if isinstance(end.code, int) else CLEAN
    except Exception as bug:
        _report(bug)
        return BUG


def _run(typed: list[str]) -> int:
    from oidc_enforcer.cli import console
    from oidc_enforcer.cli.commands import module
    from oidc_enforcer.cli.parser import command_of, parse

    # NOTE: a console that cannot show a character is no reason to fail.
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    name = command_of(typed)
    if name == "version":
        console.write([version()])
        return CLEAN
    return module(name).run(parse(typed))


def version() -> str:
    """This program, Python, and which YAML parser reads: a pure one would read differently."""
    from oidc_enforcer import __version__
    from oidc_enforcer.yaml_tree import parser_version

    python = ".".join(map(str, sys.version_info[:3]))
    return f"oidc-enforcer {__version__}\nPython {python}\nYAML parser: {parser_version()}\n"


def _report(bug: Exception) -> None:
    """The traceback, which may quote the repository and is masked like everything else."""
    from traceback import format_exception

    from oidc_enforcer import __version__
    from oidc_enforcer.cli import console
    from oidc_enforcer.reporters import HOME

    console.remark(
        *"".join(format_exception(bug)).splitlines(),
        f"oidc-enforcer {__version__}: this is our bug, not yours, and nothing was verified;"
        f" please report the lines above: {HOME}/issues",
    )
