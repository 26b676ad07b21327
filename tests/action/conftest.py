"""Every test of the Action has a repository with nothing in it, and waits for nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from oidc_enforcer.github import connection
from tests.action.workshop import Workshop
from tests.fakegithub import FakeGitHub


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long was waited, without waiting."""
    waited: list[float] = []
    bounds = connection.Bounds(answer=20, between_writes=0.0)
    monkeypatch.setattr(connection, "DEFAULT_BOUNDS", bounds)
    monkeypatch.setattr(connection, "pause", waited.append)
    return waited


@pytest.fixture
def workshop(github: FakeGitHub, tmp_path: Path, waits: list[float]) -> Workshop:
    """A repository and a runner."""
    return Workshop(github, tmp_path / "runner")
