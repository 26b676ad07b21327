"""What the tests of the whole program share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.e2e.world import World
from tests.fakegithub import FakeGitHub


@pytest.fixture
def world() -> Iterator[World]:
    """A pull request that adds a workflow with stored keys."""
    with FakeGitHub() as github:
        yield World(github)
        assert github.violations == []
        assert github.complaints == []
