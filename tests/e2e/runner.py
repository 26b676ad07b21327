"""What GitHub's runner does for a container action, done by hand (actions/runner,
`ContainerActionHandler.cs`): the same folders, the same flags, the same environment."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

ENGINE = os.environ.get("OIDC_ENFORCER_ENGINE", "")
IMAGE = os.environ.get("OIDC_ENFORCER_IMAGE", "")
_FILES = {
    "GITHUB_OUTPUT": "set_output_1",
    "GITHUB_STEP_SUMMARY": "step_summary_1",
    "GITHUB_STATE": "save_state_1",
    "GITHUB_ENV": "set_env_1",
    "GITHUB_PATH": "add_path_1",
}
_MOUNTS = {
    "runner_temp": "/github/runner_temp",
    "home": "/github/home",
    "workflow": "/github/workflow",
    "file_commands": "/github/file_commands",
    "workspace": "/github/workspace",
}


class Step(NamedTuple):
    """How a step ended, and what it left in the files that the runner reads."""

    status: int
    log: str
    summary: str
    outputs: Mapping[str, str]


class Runner:
    """One machine: folders as the runner lays them out."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name in _MOUNTS:
            (folder / name).mkdir(parents=True)

    @property
    def workspace(self) -> Path:
        """The checkout, empty unless a step has filled it."""
        return self.folder / "workspace"

    def step(
        self,
        environment: Mapping[str, str],
        event: Mapping[str, Any],
        *arguments: str,
        entrypoint: Sequence[str] = (),
    ) -> Step:
        """Runs the image as a step."""
        (self.folder / "workflow" / "event.json").write_text(json.dumps(event), "utf-8")
        for name in _FILES.values():
            (self.folder / "file_commands" / name).write_bytes(b"")
        given = {
            "GITHUB_ACTIONS": "true",
            "CI": "true",
            "HOME": "/github/home",
            "GITHUB_WORKSPACE": "/github/workspace",
            "GITHUB_EVENT_PATH": "/github/workflow/event.json",
            **{name: f"/github/file_commands/{file}" for name, file in _FILES.items()},
            **environment,
        }
        command = [ENGINE, "run", "--rm", "--network", "host", "--workdir", "/github/workspace"]
        for name in given:  # names only: the values come from the client's own environment
            command += ["-e", name]
        for name, inside in _MOUNTS.items():
            command += ["-v", f"{self.folder / name}:{inside}"]
        if entrypoint:
            command += ["--entrypoint", entrypoint[0]]
        done = subprocess.run(
            [*command, IMAGE, *entrypoint[1:], *arguments],
            env={**os.environ, **given, "HOME": os.environ.get("HOME", "/")},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
            check=False,
        )
        return Step(done.returncode, done.stdout, self._read("step_summary_1"), self._outputs())

    def _read(self, name: str) -> str:
        return (self.folder / "file_commands" / name).read_text("utf-8")

    def _outputs(self) -> dict[str, str]:
        """The output file as the runner reads it (`FileCommandManager.cs`)."""
        found: dict[str, str] = {}
        rows = iter(self._read("set_output_1").split("\n"))
        for row in rows:
            equals, heredoc = row.find("="), row.find("<<")
            if heredoc >= 0 and (equals < 0 or heredoc < equals):
                name, _, end = row.partition("<<")
                value = []
                while (part := next(rows)) != end:
                    value.append(part)
                found[name] = "\n".join(value)
            elif equals >= 0:
                name, _, text = row.partition("=")
                found[name] = text
        return found
