"""What every test stands on: no network, and no settings of whoever runs it."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from typing import TYPE_CHECKING

import hypothesis
import pytest

if TYPE_CHECKING:  # most tests need no GitHub, and do not pay for importing one
    from tests.fakegithub import FakeGitHub

# A busy machine is not a bug: laws are judged by truth, not by the clock.
hypothesis.settings.register_profile(
    "steady", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("steady")

FOREIGN_SETTINGS = ("ACTIONS_", "AWS_", "GITHUB_", "INPUT_", "RUNNER_")
FOREIGN_COLOURS = ("CLICOLOR", "CLICOLOR_FORCE", "COLUMNS", "FORCE_COLOR", "NO_COLOR")


@pytest.fixture(scope="session", autouse=True)
def _neutral_environment() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name.startswith(FOREIGN_SETTINGS) or name in FOREIGN_COLOURS:
                patch.delenv(name)
        yield


@pytest.fixture(scope="session", autouse=True)
def _offline() -> Iterator[None]:
    """Loopback and sockets in the file system stay open; an address elsewhere is an error."""
    connect = socket.socket.connect

    def connect_locally(self: socket.socket, address: tuple[str, int] | str) -> None:
        if isinstance(address, tuple) and address[0] not in ("127.0.0.1", "::1", "localhost"):
            pytest.fail(f"a test reached for the network: {address[0]}")
        connect(self, address)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", connect_locally)
        yield


@pytest.fixture(scope="session")
def _github_on_loopback() -> Iterator[FakeGitHub]:
    from tests.fakegithub import FakeGitHub
    from tests.fakegithub.descriptions import graphql_schema, missing, openapi

    if why := missing():
        (pytest.fail if os.environ.get("CI") else pytest.skip)(why)
    # Read beforehand, so that no test takes the first answer for a slow one.
    openapi(), graphql_schema()
    with FakeGitHub() as server:
        yield server


@pytest.fixture
def github(_github_on_loopback: FakeGitHub) -> Iterator[FakeGitHub]:
    """An empty GitHub; whatever it or the program does against its description fails the test."""
    _github_on_loopback.forget()
    yield _github_on_loopback
    assert _github_on_loopback.violations == []
    assert _github_on_loopback.complaints == []


@pytest.fixture
def github_here(github: FakeGitHub, monkeypatch: pytest.MonkeyPatch) -> FakeGitHub:
    """The empty GitHub where commands look for theirs, and which nobody waits for."""
    from oidc_enforcer.github import connection

    monkeypatch.setenv("GITHUB_API_URL", github.url)
    monkeypatch.setenv("GITHUB_GRAPHQL_URL", github.graphql_url)
    monkeypatch.setattr(connection, "DEFAULT_BOUNDS", connection.Bounds(between_writes=0.0))
    monkeypatch.setattr(connection, "pause", lambda seconds: None)
    return github
