"""A GitHub and an AWS on loopback, a pull request between them, and a run's own environment."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from oidc_enforcer.action_inputs import INPUTS
from tests.action.workshop import REVIEWED
from tests.fakegithub import FakeGitHub, events
from tests.fakegithub.state import Comment, Pull, Token

REPOSITORY = "acme/app"
PATH = ".github/workflows/deploy.yml"
ROLE = "arn:aws:iam::123456789012:role/deploy"
READER = "arn:aws:iam::123456789012:role/oidc-enforcer"
STATIC = """\
name: deploy
on:
  push:
    branches: [main]
permissions:
  contents: read
jobs:
  deploy:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - uses: aws-actions/configure-aws-credentials@v4
        with:
          aws-access-key-id: ${{ secrets.AWS_ACCESS_KEY_ID }}
          aws-secret-access-key: ${{ secrets.AWS_SECRET_ACCESS_KEY }}
          aws-region: eu-west-1
      - run: aws s3 sync site s3://example-bucket
"""
OIDC = STATIC.replace(
    """\
          aws-access-key-id: ${{ secrets.AWS_ACCESS_KEY_ID }}
          aws-secret-access-key: ${{ secrets.AWS_SECRET_ACCESS_KEY }}
""",
    f"          role-to-assume: {ROLE}\n",
).replace("  contents: read\n", "  contents: read\n  id-token: write\n")
#: What a job's token may do with the permissions of the ten-line workflow, and on a fork.
WRITE = {"contents": "read", "metadata": "read", "pull_requests": "write"}
READ = {"contents": "read", "metadata": "read", "pull_requests": "read"}


class World:
    """The pull request `feature` of `acme/app`, which adds a workflow with stored keys."""

    def __init__(self, github: FakeGitHub) -> None:
        self.github = github
        self.state = github.state
        self.state.push(REPOSITORY, {"README.md": "an app\n"})
        self.state.push(REPOSITORY, {"README.md": "an app\n", PATH: STATIC}, "feature")
        self.state.repositories[REPOSITORY].branch_rules["main"] = [REVIEWED]
        self.pull = self.state.open_pull(REPOSITORY, "feature")
        self.state.tokens["ghs_write"] = Token(permissions=WRITE, repository=REPOSITORY)
        self.state.tokens["ghs_read"] = Token(permissions=READ, repository=REPOSITORY)

    def from_fork(self) -> Pull:
        """The same change, from somebody else's copy."""
        fork = self.state.repository("mallory/app", parent=REPOSITORY)
        self.state.push(fork.full_name, {"README.md": "an app\n"})
        self.state.push(fork.full_name, {"README.md": "an app\n", PATH: STATIC}, "feature")
        return self.state.open_pull(REPOSITORY, "feature", head="mallory/app", author="mallory")

    def push(self, text: str) -> None:
        """A further commit on the pull request."""
        self.state.push(REPOSITORY, {"README.md": "an app\n", PATH: text}, "feature")

    def comments(self, pull: Pull | None = None) -> list[Comment]:
        """What is shown on the diff."""
        return [one for one in (pull or self.pull).review_comments if not one.minimised]

    def event(self, pull: Pull | None = None) -> dict[str, Any]:
        """The event file."""
        return events.pull_request(self.state, REPOSITORY, pull or self.pull)

    def environment(
        self,
        token: str = "ghs_write",
        pull: Pull | None = None,
        inputs: Mapping[str, str] | None = None,
    ) -> dict[str, str]:
        """What the runner gives a step, its inputs included."""
        pull = pull or self.pull
        repository = self.state.repositories[REPOSITORY]
        values = {one.name: one.default for one in INPUTS} | {"token": token} | dict(inputs or {})
        ref = f"refs/pull/{pull.number}/merge"
        workflow = f"{REPOSITORY}/.github/workflows/aws-oidc.yml@{ref}"
        return {
            **{f"INPUT_{name.upper()}": value for name, value in values.items()},
            "GITHUB_API_URL": self.github.url,
            "GITHUB_GRAPHQL_URL": self.github.graphql_url,
            "GITHUB_SERVER_URL": "https://github.com",
            "GITHUB_REPOSITORY": REPOSITORY,
            "GITHUB_REPOSITORY_ID": str(repository.id),
            "GITHUB_REPOSITORY_OWNER": "acme",
            "GITHUB_REPOSITORY_OWNER_ID": str(repository.owner.id),
            "GITHUB_EVENT_NAME": "pull_request",
            "GITHUB_SHA": "f" * 40,
            "GITHUB_REF": ref,
            "GITHUB_REF_NAME": f"{pull.number}/merge",
            "GITHUB_REF_TYPE": "branch",
            "GITHUB_HEAD_REF": pull.head_ref,
            "GITHUB_BASE_REF": pull.base_ref,
            "GITHUB_ACTOR": pull.author,
            "GITHUB_TRIGGERING_ACTOR": pull.author,
            "GITHUB_RUN_ID": "1",
            "GITHUB_RUN_NUMBER": "1",
            "GITHUB_RUN_ATTEMPT": "1",
            "GITHUB_WORKFLOW": "aws-oidc",
            "GITHUB_WORKFLOW_REF": workflow,
            "GITHUB_WORKFLOW_SHA": pull.head_sha,
            "GITHUB_JOB": "aws-oidc",
            "GITHUB_ACTION": "__oidc-enforcer",
            "GITHUB_ACTION_REPOSITORY": "",
            "GITHUB_ACTION_REF": "",
            "RUNNER_OS": "Linux",
            "RUNNER_ARCH": "X64",
            "RUNNER_NAME": "hosted",
            "RUNNER_ENVIRONMENT": "github-hosted",
            "RUNNER_TEMP": "/home/runner/work/_temp",
        }

    def with_token(self, **claims: str) -> dict[str, str]:
        """What a job with `id-token: write` has besides."""
        run = {
            "repository": REPOSITORY,
            "event_name": "pull_request",
            "ref": f"refs/pull/{self.pull.number}/merge",
            **claims,
        }
        self.state.runs["run-token"] = run
        return {
            "ACTIONS_ID_TOKEN_REQUEST_URL": self.github.oidc_url(),
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "run-token",
        }


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


@contextlib.contextmanager
def aws(trust: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """An AWS with these roles by name and trust policy; gives its URL."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    server = Path(sys.executable).with_name("moto_server")
    process = subprocess.Popen(
        [str(server), "-H", "127.0.0.1", "-p", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait(url)
        for name, policy in trust.items():
            _make(url, name, policy)
        yield url
    finally:
        process.terminate()
        process.wait(20)


def _wait(url: str) -> None:
    end = time.monotonic() + 60
    while True:
        try:
            with urllib.request.urlopen(f"{url}/moto-api/", timeout=5):
                return
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.2)


def _make(url: str, name: str, policy: Mapping[str, Any]) -> None:
    import boto3

    iam = boto3.client(
        "iam",
        endpoint_url=url,
        region_name="us-east-1",
        aws_access_key_id="testing",
        aws_secret_access_key="testing",
    )
    providers = iam.list_open_id_connect_providers()["OpenIDConnectProviderList"]
    if not providers:
        iam.create_open_id_connect_provider(
            Url="https://token.actions.githubusercontent.com", ClientIDList=["sts.amazonaws.com"]
        )
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(policy))


def trusting(subject: str, operator: str = "StringLike") -> dict[str, Any]:
    """A trust policy for GitHub's tokens of a subject."""
    issuer = "token.actions.githubusercontent.com"
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Federated": f"arn:aws:iam::123456789012:oidc-provider/{issuer}"},
                "Action": "sts:AssumeRoleWithWebIdentity",
                "Condition": {
                    "StringEquals": {f"{issuer}:aud": "sts.amazonaws.com"},
                    operator: {f"{issuer}:sub": subject},
                },
            }
        ],
    }


def quiet(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment of a program that is not to find this machine's own settings."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return {**kept, **environment}
