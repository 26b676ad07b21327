"""How users and repositories look in answers."""

from __future__ import annotations

from typing import Any
from zlib import crc32

from tests.fakegithub.state import Owner, Repository


def user(login: str, base: str) -> dict[str, Any]:
    """A user; one whose name ends in `[bot]` is an app's."""
    bot = login.endswith("[bot]")
    return {
        "login": login,
        "id": crc32(login.encode()),
        "type": "Bot" if bot else "User",
        "url": f"{base}/users/{login}",
    }


def owner(of: Owner, base: str) -> dict[str, Any]:
    """The owner of a repository."""
    return {**user(of.login, base), "id": of.id, "type": of.type}


def repository(of: Repository, base: str) -> dict[str, Any]:
    """A repository, as it looks wherever one is named."""
    return {
        "id": of.id,
        "node_id": f"R_{of.id}",
        "name": of.name,
        "full_name": of.full_name,
        "owner": owner(of.owner, base),
        "private": of.visibility != "public",
        "visibility": of.visibility,
        "default_branch": of.default_branch,
        "archived": of.archived,
        "topics": of.topics,
        "fork": of.parent is not None,
        "url": f"{base}/repos/{of.full_name}",
        "html_url": f"{base}/{of.full_name}",
    }
