"""What this GitHub holds: owners, repositories, pull requests, tokens and runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from tests.fakegithub.git import Objects

#: What a workflow's token may do where nobody restricts it.
EVERYTHING = {
    "actions": "write",
    "administration": "write",
    "checks": "write",
    "contents": "write",
    "environments": "write",
    "issues": "write",
    "metadata": "read",
    "organization_administration": "write",
    "organization_secrets": "read",
    "organization_custom_properties": "write",
    "pull_requests": "write",
    "secrets": "read",
    "security_events": "write",
    "workflows": "write",
}


@dataclass
class Owner:
    """A user or an organisation, with what it says for all its repositories."""

    login: str
    id: int
    type: str = "Organization"
    rulesets: list[dict[str, Any]] = field(default_factory=list)
    subject_keys: list[str] = field(default_factory=lambda: ["repo", "context"])
    secrets: dict[str, dict[str, Any]] = field(default_factory=dict)
    properties: list[dict[str, Any]] = field(default_factory=list)


@dataclass
class Comment:
    """A comment on a pull request: on a line, on a file, or (without a path) beneath it."""

    id: int
    author: str
    body: str
    path: str = ""
    line: int | None = None
    start_line: int | None = None
    side: str = "RIGHT"
    subject_type: str = "line"
    commit: str = ""
    review: int | None = None
    reply_to: int | None = None
    minimised: str = ""


@dataclass
class Review:
    """A submitted review."""

    id: int
    author: str
    body: str
    event: str
    commit: str
    minimised: str = ""


@dataclass
class Pull:
    """A pull request; `head` names the repository that it comes from, None when that is gone."""

    number: int
    author: str
    base_ref: str
    head_ref: str
    head_sha: str
    head: str | None
    draft: bool = False
    state: str = "open"
    title: str = "a change"
    body: str = ""
    reviews: list[Review] = field(default_factory=list)
    review_comments: list[Comment] = field(default_factory=list)
    comments: list[Comment] = field(default_factory=list)
    resolved: set[int] = field(default_factory=set)


@dataclass
class Environment:
    """A deployment environment; without a `branch_policy` any branch may deploy to it."""

    name: str
    protection_rules: list[dict[str, Any]] = field(default_factory=list)
    branch_policy: dict[str, bool] | None = None
    branches: list[dict[str, str]] = field(default_factory=list)
    secrets: dict[str, dict[str, Any]] = field(default_factory=dict)


@dataclass
class Repository:
    """A repository; `branches` and `tags` give the commit of each name."""

    owner: Owner
    name: str
    id: int
    visibility: str = "public"
    default_branch: str = "main"
    parent: str | None = None
    archived: bool = False
    topics: list[str] = field(default_factory=list)
    actions_enabled: bool = True
    branches: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    pulls: dict[int, Pull] = field(default_factory=dict)
    environments: dict[str, Environment] = field(default_factory=dict)
    branch_rules: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    rulesets: list[dict[str, Any]] = field(default_factory=list)
    protection: dict[str, dict[str, Any]] = field(default_factory=dict)
    subject: dict[str, Any] = field(default_factory=lambda: {"use_default": True})
    workflow_permissions: str = "read"
    secrets: dict[str, dict[str, Any]] = field(default_factory=dict)
    properties: dict[str, Any] = field(default_factory=dict)

    @property
    def full_name(self) -> str:
        """`owner/name`."""
        return f"{self.owner.login}/{self.name}"


@dataclass
class Token:
    """Who somebody is, and what they may do: access by permission, in one repository or in all.

    `scopes` are a classic token's, which GitHub tells with every answer; None for any other token.
    """

    login: str = "github-actions[bot]"
    permissions: Mapping[str, str] = field(default_factory=lambda: dict(EVERYTHING))
    repository: str | None = None
    scopes: str | None = None

    def may(self, permission: str, access: str) -> bool:
        """Whether this access, or a greater one, was given."""
        given = self.permissions.get(permission, "read" if permission == "metadata" else "none")
        return given == "write" or given == access


@dataclass
class State:
    """Everything there is."""

    owners: dict[str, Owner] = field(default_factory=dict)
    repositories: dict[str, Repository] = field(default_factory=dict)
    tokens: dict[str, Token] = field(default_factory=dict)
    runs: dict[str, dict[str, str]] = field(default_factory=dict)
    objects: Objects = field(default_factory=Objects)
    numbers: count[int] = field(default_factory=lambda: count(1001))

    def owner(self, login: str, *, type: str = "Organization") -> Owner:
        """The owner of this name, made when there is none."""
        if login not in self.owners:
            self.owners[login] = Owner(login, next(self.numbers), type)
        return self.owners[login]

    def repository(self, full_name: str, **more: Any) -> Repository:
        """The repository of this name, made when there is none; `more` are its fields."""
        if full_name not in self.repositories:
            owner, _, name = full_name.partition("/")
            made = Repository(self.owner(owner), name, next(self.numbers), **more)
            self.repositories[full_name] = made
        return self.repositories[full_name]

    def push(self, full_name: str, files: Mapping[str, bytes | str], branch: str = "") -> str:
        """A commit that leaves exactly these files on a branch; returns its name."""
        repository = self.repository(full_name)
        branch = branch or repository.default_branch
        known = repository.branches
        parent = known.get(branch) or known.get(repository.default_branch)
        as_bytes = {
            path: data.encode() if isinstance(data, str) else data for path, data in files.items()
        }
        sha = self.objects.commit(as_bytes, *((parent,) if parent else ()), message=f"to {branch}")
        known[branch] = sha
        for base in self.repositories.values():
            for pull in base.pulls.values():
                if (pull.head, pull.head_ref) == (full_name, branch) and pull.state == "open":
                    pull.head_sha = sha
        return sha

    def open_pull(
        self,
        base: str,
        branch: str,
        *,
        head: str = "",
        author: str = "octocat",
        draft: bool = False,
    ) -> Pull:
        """A pull request from a branch of `head` (a fork's name; empty: the repository itself)."""
        repository = self.repository(base)
        head = head or base
        pull = Pull(
            number=max(repository.pulls, default=0) + 1,
            author=author,
            base_ref=repository.default_branch,
            head_ref=branch,
            head_sha=self.repository(head).branches[branch],
            head=head,
            draft=draft,
        )
        repository.pulls[pull.number] = pull
        return pull

    def token(self, text: str, **more: Any) -> Token:
        """Makes this text a token; `more` are its fields."""
        self.tokens[text] = Token(**more)
        return self.tokens[text]
