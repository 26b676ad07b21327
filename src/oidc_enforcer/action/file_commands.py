"""The files by which a step talks to the runner: its outputs and its summary.

Source: actions/runner, `FileCommandManager.cs`.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterable, Mapping

from oidc_enforcer.errors import UserError


def set_outputs(environment: Mapping[str, str], outputs: Mapping[str, str]) -> None:
    """Sets outputs; the delimiter is random, so that no value can end it and set another one."""
    rows = []
    for name, value in outputs.items():
        end = f"ghadelimiter_{uuid.uuid4()}"
        rows.append(f"{name}<<{end}\n{value}\n{end}\n")
    _append(environment.get("GITHUB_OUTPUT", ""), rows)


def add_to_summary(environment: Mapping[str, str], chunks: Iterable[str]) -> None:
    """Adds Markdown to the job's summary; a runner without one is not asked."""
    _append(environment.get("GITHUB_STEP_SUMMARY", ""), chunks)


def _append(path: str, chunks: Iterable[str]) -> None:
    if not path:
        return
    try:
        with open(path, "a", encoding="utf-8", errors="backslashreplace", newline="\n") as stream:
            stream.writelines(chunks)
    except OSError as problem:
        reason = (problem.strerror or "it cannot be written").lower()
        raise UserError(
            f"cannot write `{path}`: {reason}", "the runner makes this file for every step"
        ) from problem


def give_to_owner(path: str, workspace: str) -> None:
    """Hands a report to whom the workspace belongs: we are root, and later steps may not be."""
    try:
        owner = os.stat(workspace)
        os.chown(path, owner.st_uid, owner.st_gid)
    except (OSError, AttributeError):
        return  # not root, or no such thing here: then it is not needed either
