"""`trust snapshot`: writes what was read of roles and providers, for runs that may not ask."""

from __future__ import annotations

import os

from oidc_enforcer.cli import CLEAN, UNVERIFIED, clock, console, policy_options
from oidc_enforcer.cli.commands import Arguments, Option
from oidc_enforcer.errors import UserError

VERB = "snapshot"
OUTPUT = Option(("--output",), "where `trust snapshot` writes; - for standard output", "FILE")


def take(arguments: Arguments) -> int:
    """Reads every source that was named and writes the snapshot; 3 when a part is missing."""
    from oidc_enforcer import __version__
    from oidc_enforcer.facts import Unavailable
    from oidc_enforcer.policies.snapshot import write

    path = arguments.one(OUTPUT.flag)
    if not path:
        raise UserError("no file for the snapshot", "add `--output FILE`")
    if not policy_options.is_wanted(arguments):
        raise UserError(
            "no source for the snapshot", "add `--aws`, `--role ARN` or `--policy FILE`"
        )
    today = clock.now()[:10]
    found = policy_options.read(arguments, today)
    _put(path, write(found, today, __version__))
    missing = [each.found for each in found.entries if isinstance(each.found, Unavailable)]
    for reason in (*missing, *found.gaps):
        console.remark(f"unavailable: {reason.reason}")
    whole = f"{len(found.entries) - len(missing)} of {len(found.entries)} roles"
    console.remark(f"{'standard output' if path == '-' else path}: {whole}, {len(found.gaps)} gaps")
    return UNVERIFIED if missing or found.gaps else CLEAN


def _put(path: str, text: str) -> None:
    """NOTE: over a file beside it, so that a reader never finds half a snapshot."""
    if path == "-":
        console.write([text])
        return
    beside = f"{path}.new"
    try:
        with open(beside, "w", encoding="utf-8") as stream:
            stream.write(text)
        os.replace(beside, path)
    except OSError as problem:
        raise console.unwritable(path, problem) from problem
