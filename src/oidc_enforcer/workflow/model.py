"""Workflows, jobs, steps and actions as frozen values; every leaf keeps its place."""

from __future__ import annotations

import enum
from collections.abc import Mapping

from oidc_enforcer import yaml_tree
from oidc_enforcer.records import NamedTuple
from oidc_enforcer.source import SourceFile, Span
from oidc_enforcer.workflow.variables import Variables


class UsesKind(enum.Enum):
    """Where a `uses:` points."""

    REPOSITORY = "repository"
    LOCAL = "local"
    DOCKER = "docker"
    BROKEN = "broken"


class Uses(NamedTuple):
    """A `uses:` value. `name` is `owner/repo/path` in lower case, or the path of a local one."""

    kind: UsesKind
    name: str
    ref: str
    value: yaml_tree.Scalar

    def is_action(self, name: str) -> bool:
        """Whether this is the named action of a repository, whatever its release."""
        return self.kind is UsesKind.REPOSITORY and self.name == name


class Scope(NamedTuple):
    """One permission scope of a `permissions:` block and its value."""

    name: yaml_tree.Scalar
    value: yaml_tree.Scalar


class Permissions(NamedTuple):
    """A `permissions:` block: either `all` is set (`read-all`, `write-all`, or a word GitHub does
    not know) or `scopes` lists what is granted; scopes it does not name are none.
    """

    span: Span
    all: yaml_tree.Scalar | None
    scopes: tuple[Scope, ...]

    @property
    def id_token(self) -> yaml_tree.Scalar | None:
        """The scalar that says what happens to `id-token`, if any."""
        if self.all is not None:
            return self.all
        return self.id_token_scope.value if self.id_token_scope else None

    @property
    def id_token_scope(self) -> Scope | None:
        """The entry of that name, where the block lists scopes."""
        return next((scope for scope in self.scopes if scope.name.text == "id-token"), None)

    @property
    def grants_id_token(self) -> bool:
        """Whether the block lets the job ask GitHub for an OIDC token."""
        value = self.id_token
        return value is not None and value.text == ("write-all" if self.all else "write")

    @property
    def grant_span(self) -> Span:
        """Where `id-token` is granted: the scope's name and value, or the whole word."""
        if scope := self.id_token_scope:
            return Span(scope.name.span.start, scope.value.span.end)
        return self.all.span if self.all is not None else self.span


class Step(NamedTuple):
    """A step. `number` counts from 1; exactly one of `uses` and `run` is set in a valid file."""

    number: int
    id: str
    name: str
    node: yaml_tree.Mapping
    uses: Uses | None
    run: yaml_tree.Scalar | None
    shell: str
    inputs: Variables
    env: Variables
    condition: yaml_tree.Scalar | None

    @property
    def span(self) -> Span:
        """The whole step, without its dash."""
        return self.node.span

    @property
    def label(self) -> str:
        """What people call this step: its name, its id, or the action it uses."""
        return self.name or self.id or (self.uses.name if self.uses else "run")

    @property
    def head(self) -> Span:
        """The span that stands for the step: its `uses` value, or where it begins."""
        if self.uses:
            return self.uses.value.span
        return Span(self.span.start, self.span.start)


class Container(NamedTuple):
    """`container:` or one of `services:`: its image, its environment and options of its run."""

    name: str
    image: str
    env: Variables
    credentials: Variables
    options: yaml_tree.Scalar | None = None


class Job(NamedTuple):
    """A job: steps of its own, or a call of a reusable workflow (`uses`)."""

    id: str
    key: Span
    name: str
    steps: tuple[Step, ...]
    env: Variables
    permissions: Permissions | None
    uses: Uses | None
    inputs: Variables
    secrets: Variables
    inherits_secrets: bool
    outputs: Variables
    runs_on: tuple[str, ...]
    containers: tuple[Container, ...]
    condition: yaml_tree.Scalar | None
    node: yaml_tree.Mapping

    @property
    def environment(self) -> yaml_tree.Node | None:
        """The `environment:` value: a name, or a mapping with `name`."""
        return self.node.get("environment")

    @property
    def needs(self) -> tuple[str, ...]:
        """The ids of the jobs that it waits for, as they are written."""
        return yaml_tree.texts(self.node.get("needs"))

    @property
    def matrix(self) -> Mapping[str, tuple[str, ...]]:
        """Literal values of each matrix variable, those of `include` among them."""
        strategy = self.node.mapping("strategy")
        matrix = strategy.mapping("matrix") if strategy else None
        return _matrix_values(matrix) if matrix else {}


class Input(NamedTuple):
    """A declared input of an action, a reusable workflow or a manual run."""

    name: str
    default: yaml_tree.Scalar | None
    required: bool
    span: Span


class Workflow(NamedTuple):
    """A workflow file. `triggers` maps each event's name to its configuration."""

    file: SourceFile
    name: str
    triggers: Mapping[str, yaml_tree.Node | None]
    permissions: Permissions | None
    env: Variables
    jobs: tuple[Job, ...]
    call_inputs: tuple[Input, ...]
    call_outputs: Variables
    root: yaml_tree.Mapping

    @property
    def call(self) -> yaml_tree.Mapping | None:
        """What the workflow declares for those who call it, under `workflow_call:`."""
        node = self.triggers.get("workflow_call")
        return node if isinstance(node, yaml_tree.Mapping) else None

    @property
    def is_reusable(self) -> bool:
        """Whether other workflows may call it."""
        return "workflow_call" in self.triggers

    @property
    def only_called(self) -> bool:
        """Whether it runs only when called, so that its caller decides its permissions."""
        return self.is_reusable and len(self.triggers) == 1


class Action(NamedTuple):
    """An `action.yml`: composite steps, or the arguments and environment of a container."""

    file: SourceFile
    name: str
    using: str
    inputs: tuple[Input, ...]
    outputs: Variables
    steps: tuple[Step, ...]
    arguments: tuple[yaml_tree.Scalar, ...]
    env: Variables
    span: Span
    root: yaml_tree.Mapping


def _matrix_values(matrix: yaml_tree.Mapping) -> dict[str, tuple[str, ...]]:
    values: dict[str, list[str]] = {}
    for entry in matrix.entries:
        if not isinstance(entry.value, yaml_tree.Sequence):
            continue
        for item in entry.value.items:
            if isinstance(item, yaml_tree.Scalar):
                values.setdefault(entry.key.text, []).append(item.text)
            elif isinstance(item, yaml_tree.Mapping):
                prefix = "" if entry.key.text == "include" else entry.key.text + "."
                for inner in item.entries:
                    if isinstance(inner.value, yaml_tree.Scalar):
                        values.setdefault(prefix + inner.key.text, []).append(inner.value.text)
    return {name: tuple(found) for name, found in values.items()}
