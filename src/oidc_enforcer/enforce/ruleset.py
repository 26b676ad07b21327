"""The ruleset that is wanted, as GitHub takes it.

GitHub: "Available rules for rulesets", `workflows`; the REST API's "Create an organization
repository ruleset".
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from oidc_enforcer.errors import UserError

EVALUATE, ACTIVE = "evaluate", "active"
NAME = "oidc-enforcer"
_ACTORS = {
    "org-admin": "OrganizationAdmin",
    "team": "Team",
    "app": "Integration",
    "role": "RepositoryRole",
}
_MODES = ("pull_request", "always", "exempt")
_BYPASS = re.compile(
    rf"(?:org-admin|(?P<kind>team|app|role):(?P<id>0*[1-9][0-9]{{0,14}}))"
    rf"(?::(?P<mode>{'|'.join(_MODES)}))?"
)


class Property(NamedTuple):
    """A custom property of repositories and the value that it has."""

    name: str
    value: str

    @classmethod
    def parse(cls, text: str) -> Property:
        """`name=value`; raises UserError for anything else."""
        name, equals, value = text.partition("=")
        if not (name and equals and value):
            raise UserError(f"`{text}` is no property", "write `name=value`, as `cloud=aws`")
        return cls(name, value)


class Bypass(NamedTuple):
    """Who may pass by the rule: a kind of actor, its id where it has one, and how."""

    kind: str
    id: int | None
    mode: str = "pull_request"

    @classmethod
    def parse(cls, text: str) -> Bypass:
        """`org-admin`, `team:ID`, `app:ID` or `role:ID`, each with `:MODE` behind it or not."""
        found = _BYPASS.fullmatch(text)
        if found is None:
            hint = "write `org-admin`, `team:ID`, `app:ID` or `role:ID`, with `:always` if needed"
            raise UserError(f"`{text}` is nobody who may bypass", hint)
        number = int(found["id"]) if found["id"] else None
        kind = found["kind"] or "org-admin"
        return cls(_ACTORS[kind], number, found["mode"] or _MODES[0])

    @property
    def body(self) -> dict[str, Any]:
        """As GitHub takes it; of an organisation's administrators it ignores the id."""
        known = {} if self.id is None else {"actor_id": self.id}
        return {**known, "actor_type": self.kind, "bypass_mode": self.mode}


class Targets(NamedTuple):
    """Which repositories and branches are meant: by properties, else by patterns of names."""

    properties: tuple[Property, ...] = ()
    except_properties: tuple[Property, ...] = ()
    names: tuple[str, ...] = ("~ALL",)
    branches: tuple[str, ...] = ("~DEFAULT_BRANCH",)

    @property
    def conditions(self) -> dict[str, Any]:
        """As GitHub takes them."""
        found: dict[str, Any] = {"ref_name": {"include": list(self.branches), "exclude": []}}
        if self.properties or self.except_properties:
            found["repository_property"] = {
                "include": [_property(one) for one in self.properties],
                "exclude": [_property(one) for one in self.except_properties],
            }
        else:
            found["repository_name"] = {"include": list(self.names), "exclude": []}
        return found


class Workflow(NamedTuple):
    """The required workflow: the file at a commit of a repository."""

    repository: str
    repository_id: int
    path: str
    sha: str


class Wanted(NamedTuple):
    """Everything that the ruleset is to say; `enforcement` empty: as it is, or evaluating."""

    workflow: Workflow
    targets: Targets = Targets()
    bypass: tuple[Bypass, ...] = ()
    enforcement: str = ""
    name: str = NAME

    @property
    def body(self) -> dict[str, Any]:
        """As GitHub takes it."""
        where = self.workflow
        file = {"repository_id": where.repository_id, "path": where.path, "sha": where.sha}
        parameters = {"do_not_enforce_on_create": True, "workflows": [file]}
        return {
            "name": self.name,
            "target": "branch",
            "enforcement": self.enforcement or EVALUATE,
            "bypass_actors": [one.body for one in self.bypass],
            "conditions": self.targets.conditions,
            "rules": [{"type": "workflows", "parameters": parameters}],
        }


def _property(one: Property) -> dict[str, Any]:
    return {"name": one.name, "property_values": [one.value], "source": "custom"}


def like(wanted: object, found: object) -> object:
    """Of what GitHub says, the parts that `wanted` speaks of: the rest is GitHub's own."""
    if isinstance(wanted, Mapping) and isinstance(found, Mapping):
        return {key: like(value, found.get(key)) for key, value in wanted.items()}
    if _is_list(wanted) and _is_list(found):
        pairs = zip(_list(wanted), _list(found), strict=False)
        known = [like(one, other) for one, other in pairs]
        return [*known, *_list(found)[len(known) :]]
    return found


def _is_list(value: object) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str)


def _list(value: object) -> list[object]:
    return list(value) if isinstance(value, Sequence) else []
