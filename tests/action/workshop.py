"""A runner around the Action, and a repository on the GitHub of the tests."""

from __future__ import annotations

import contextlib
import io
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple
from unittest import mock

from oidc_enforcer import cli
from tests.fakegithub import FakeGitHub, events
from tests.fakegithub.state import Pull

REPOSITORY = "acme/app"
DEPLOY = ".github/workflows/deploy.yml"
KEYS = """\
on: push
permissions:
  contents: read
jobs:
  deploy:
    runs-on: ubuntu-latest
    steps:
      - uses: aws-actions/configure-aws-credentials@v4
        with:
          aws-access-key-id: ${{ secrets.AWS_ACCESS_KEY_ID }}
          aws-secret-access-key: ${{ secrets.AWS_SECRET_ACCESS_KEY }}
          aws-region: eu-west-1
      - run: aws s3 ls
"""
ROLE = """\
on: push
permissions:
  contents: read
  id-token: write
jobs:
  deploy:
    runs-on: ubuntu-latest
    steps:
      - uses: aws-actions/configure-aws-credentials@v4
        with:
          role-to-assume: arn:aws:iam::123456789012:role/deploy
          aws-region: eu-west-1
      - run: aws s3 ls
"""
HARMLESS = "on: push\njobs:\n  test:\n    runs-on: ubuntu-latest\n    steps:\n      - run: make\n"
#: The workflow of the organisation, which it requires of every repository.
REQUIRED = "acme/.github/.github/workflows/required.yml@refs/heads/main"

#: The rule that keeps the default branch: a pull request that somebody has approved.
REVIEWED = {
    "type": "pull_request",
    "parameters": {
        "dismiss_stale_reviews_on_push": True,
        "require_code_owner_review": False,
        "require_last_push_approval": True,
        "required_approving_review_count": 1,
        "required_review_thread_resolution": False,
    },
    "ruleset_id": 1,
    "ruleset_source": REPOSITORY,
    "ruleset_source_type": "Repository",
}


class Step(NamedTuple):
    """How the step ended, and what it left."""

    status: int
    out: str
    err: str
    summary: str
    outputs: Mapping[str, str]


class Workshop:
    """One repository with a pull request, and runs of the Action on it."""

    def __init__(self, github: FakeGitHub, folder: Path) -> None:
        self.github = github
        self.state = github.state
        self.folder = folder
        self.state.push(REPOSITORY, {"README.md": "app\n"})
        self.app.branch_rules["main"] = [REVIEWED]
        self.permissions = {"contents": "read", "pull_requests": "write"}
        self.environment: dict[str, str] = {"GITHUB_WORKFLOW_REF": REQUIRED}
        self.is_cut_off = False

    @property
    def app(self) -> Any:
        """The repository."""
        return self.state.repositories[REPOSITORY]

    def default(self, files: Mapping[str, bytes | str]) -> str:
        """These files on the default branch."""
        return self.state.push(REPOSITORY, {"README.md": "app\n", **files})

    def head(self, files: Mapping[str, bytes | str], branch: str = "feature") -> str:
        """These files on the branch of the pull request."""
        return self.state.push(REPOSITORY, {"README.md": "app\n", **files}, branch)

    def pull(self, files: Mapping[str, bytes | str], **more: Any) -> Pull:
        """A pull request with these files."""
        self.head(files)
        return self.state.open_pull(REPOSITORY, "feature", **more)

    def fork(self, files: Mapping[str, bytes | str], name: str = "mallory/app") -> Pull:
        """The same from a fork, whose runs get a token that only reads."""
        fork = self.state.repository(name, parent=REPOSITORY)
        fork.branches.update(self.app.branches)
        self.state.push(name, {"README.md": "app\n", **files}, "feature")
        self.permissions = {"contents": "read", "pull_requests": "read"}
        return self.state.open_pull(REPOSITORY, "feature", head=name, author="mallory")

    def on_pull(self, pull: Pull, event: str = "pull_request", **inputs: str) -> Step:
        """The Action on the pull request's event."""
        told = events.pull_request(self.state, REPOSITORY, pull)
        return self.step(event, told, self.app.branches["main"], **inputs)

    def step(self, event: str, told: Mapping[str, Any], sha: str, **inputs: str) -> Step:
        """One step; inputs have `_` for `-`."""
        self.folder.mkdir(exist_ok=True)
        self.state.token("run", repository=REPOSITORY, permissions=self.permissions)
        files = {name: self.folder / name for name in ("event", "output", "summary")}
        files["event"].write_text(json.dumps(told), "utf-8")
        for name in ("output", "summary"):
            files[name].write_bytes(b"")
        (self.folder / "workspace").mkdir(exist_ok=True)
        environment = {
            "GITHUB_API_URL": "http://127.0.0.1:9" if self.is_cut_off else self.github.url,
            "GITHUB_EVENT_NAME": event,
            "GITHUB_EVENT_PATH": str(files["event"]),
            "GITHUB_OUTPUT": str(files["output"]),
            "GITHUB_STEP_SUMMARY": str(files["summary"]),
            "GITHUB_REPOSITORY": REPOSITORY,
            "GITHUB_REPOSITORY_ID": str(self.app.id),
            "GITHUB_REPOSITORY_OWNER_ID": str(self.app.owner.id),
            "GITHUB_RUN_ID": "42",
            "GITHUB_SHA": sha,
            "GITHUB_WORKSPACE": str(self.folder / "workspace"),
            "INPUT_TOKEN": "run",
            **{f"INPUT_{name.upper().replace('_', '-')}": text for name, text in inputs.items()},
            **self.environment,
        }
        out, err = io.StringIO(), io.StringIO()
        here = Path.cwd()
        with (
            mock.patch.dict(os.environ, environment),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
        ):
            try:
                status = cli.main(["action"])
            finally:
                os.chdir(here)
        summary = files["summary"].read_text("utf-8")
        outputs = dict(_outputs(files["output"].read_text("utf-8")))
        greeting, _, rest = out.getvalue().partition("\n")
        assert greeting.startswith("oidc-enforcer ")
        return Step(status, rest, err.getvalue(), summary, outputs)


def _outputs(text: str) -> Any:
    """The output file as the runner reads it (`FileCommandManager.cs`)."""
    rows = iter(text.split("\n"))
    for row in rows:
        name, heredoc, end = row.partition("<<")
        if heredoc:
            value = []
            while (part := next(rows)) != end:
                value.append(part)
            yield name, "\n".join(value)
