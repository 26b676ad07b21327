"""A GitHub to test against: a server on loopback with state, held to GitHub's own descriptions.

Every request and answer is judged by GitHub's OpenAPI description, every GraphQL document by its
schema; anchors, permissions, limits and pages are refused or given as GitHub does. In a test:

    github = FakeGitHub()                     # or the fixture `github`
    github.state.push("acme/app", {".github/workflows/ci.yml": "…"})
    github.state.token("t", repository="acme/app", permissions={"contents": "read"})

From another process: `python -m tests.fakegithub --port 8000 --seed state.json` (see `control`).
"""

from tests.fakegithub.faults import PRIMARY_LIMIT, SECONDARY_LIMIT, Fault
from tests.fakegithub.server import FakeGitHub
from tests.fakegithub.state import EVERYTHING, Environment

__all__ = ["EVERYTHING", "PRIMARY_LIMIT", "SECONDARY_LIMIT", "Environment", "FakeGitHub", "Fault"]
