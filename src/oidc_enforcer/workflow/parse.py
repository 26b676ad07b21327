"""YAML tree -> Workflow or Action, reporting what GitHub would refuse and going on."""

from __future__ import annotations

import re
from collections.abc import Iterator

from oidc_enforcer import yaml_tree
from oidc_enforcer.records import NamedTuple
from oidc_enforcer.source import SourceFile, Span
from oidc_enforcer.workflow import refusals
from oidc_enforcer.workflow.model import (
    Action,
    Container,
    Input,
    Job,
    Permissions,
    Scope,
    Step,
    Uses,
    UsesKind,
    Workflow,
)
from oidc_enforcer.workflow.uses_names import local_path, repository_name
from oidc_enforcer.workflow.variables import NO_VARIABLES, Variables
from oidc_enforcer.yaml_tree import Mapping, Problem, Scalar, Sequence

_EMPTY = Mapping([], Span(0, 0))


class Parsed(NamedTuple):
    """A file as far as it could be read. `unread_from` is where the tree stops, None when whole."""

    file: SourceFile
    content: Workflow | Action | None
    root: yaml_tree.Node | None
    problems: tuple[Problem, ...]
    unread_from: int | None


def parse(file: SourceFile, *, is_action: bool | None = None) -> Parsed:
    """Reads a workflow or an action; without `is_action`, `runs:` at the top means action."""
    tree = yaml_tree.parse(file)
    root = tree.root
    if not isinstance(root, Mapping):
        refused = tree.problems or (refusals.of_no_mapping(),)
        return Parsed(file, None, root, refused, 0)
    if is_action is None:
        is_action = root.get("runs") is not None and root.get("jobs") is None
    content = _action(file, root) if is_action else _workflow(file, root)
    misplaced = tuple(refusals.misplaced(root))
    unread = [problem.span.start for problem in misplaced]
    if tree.unread_from is not None:
        unread.append(tree.unread_from)
    if isinstance(content, Workflow) and not content.jobs:
        unread.append(0)
    problems = tree.problems
    if not problems and isinstance(content, Workflow):
        problems = (*refusals.of_workflow(root, content), *misplaced)
    elif not problems:
        problems = (*refusals.of_action(root), *misplaced)
    return Parsed(file, content, root, problems, min(unread, default=None))


def _workflow(file: SourceFile, root: Mapping) -> Workflow:
    triggers = _triggers(root.get("on"))
    call = triggers.get("workflow_call")
    shell = _default_shell(root)
    jobs = root.mapping("jobs") or _EMPTY
    return Workflow(
        file,
        _text(root, "name"),
        triggers,
        _permissions(root),
        _variables(root.get("env")),
        tuple(_job(key, node, shell) for key, node in jobs.pairs if isinstance(node, Mapping)),
        _inputs(call.get("inputs") if isinstance(call, Mapping) else None),
        _variables(call.get("outputs") if isinstance(call, Mapping) else None, inner="value"),
        root,
    )


def _job(key: Scalar, node: Mapping, default_shell: str) -> Job:
    secrets = node.get("secrets")
    uses = node.scalar("uses")
    shell = _default_shell(node) or default_shell
    steps = node.sequence("steps")
    return Job(
        key.text,
        key.span,
        _text(node, "name"),
        _steps(steps, shell or _runner_shell(node)) if steps else (),
        _variables(node.get("env")),
        _permissions(node),
        _uses(uses) if uses else None,
        _variables(node.get("with")),
        _variables(secrets),
        isinstance(secrets, Scalar) and secrets.text == "inherit",
        _variables(node.get("outputs")),
        tuple(_runs_on(node.get("runs-on"))),
        tuple(_containers(node)),
        node.scalar("if"),
        node,
    )


def _action(file: SourceFile, root: Mapping) -> Action:
    runs = root.mapping("runs") or _EMPTY
    steps = runs.sequence("steps")
    arguments = runs.sequence("args")
    return Action(
        file,
        _text(root, "name"),
        _text(runs, "using").lower(),  # as the runner compares it
        _inputs(root.get("inputs")),
        _variables(root.get("outputs"), inner="value"),
        _steps(steps, "") if steps else (),
        tuple(a for a in arguments.items if isinstance(a, Scalar)) if arguments else (),
        _variables(runs.get("env")),
        runs.span,
        root,
    )


def _steps(steps: Sequence, default_shell: str) -> tuple[Step, ...]:
    return tuple(
        _step(number, node, default_shell)
        for number, node in enumerate(steps.items, 1)
        if isinstance(node, Mapping)
    )


def _step(number: int, node: Mapping, default_shell: str) -> Step:
    run = uses = condition = None
    name = identity = ""
    shell = default_shell
    inputs = env = NO_VARIABLES
    for key, value in node.pairs:
        word = key.text
        if isinstance(value, Scalar):
            if word == "run":
                run = value
            elif word == "uses":
                uses = _uses(value)
            elif word == "name":
                name = value.text
            elif word == "id":
                identity = value.text
            elif word == "if":
                condition = value
            elif word == "shell":
                shell = value.text
        if word == "with":
            inputs = _variables(value)
        elif word == "env":
            env = _variables(value)
    shell = shell or _by_look(run)
    return Step(number, identity, name, node, uses, run, shell, inputs, env, condition)


def _uses(value: Scalar) -> Uses:
    text = value.text.strip()
    path = local_path(text)
    if path is not None:
        return Uses(UsesKind.LOCAL, path, "", value)
    if text.startswith("docker://"):
        return Uses(UsesKind.DOCKER, text[len("docker://") :], "", value)
    name, (_, at, ref) = repository_name(text), text.rpartition("@")
    if not at or not name or "${{" in text:
        return Uses(UsesKind.BROKEN, text.partition("@")[0].lower(), ref, value)
    return Uses(UsesKind.REPOSITORY, name.lower(), ref, value)


def _variables(node: yaml_tree.Node | None, inner: str = "") -> Variables:
    if isinstance(node, Mapping):
        return Variables(node, inner)
    if isinstance(node, Scalar) and "${{" in node.text:
        return Variables(expression=node)
    return NO_VARIABLES


def _permissions(node: Mapping) -> Permissions | None:
    entry = node.entry("permissions")
    if entry is None:
        return None
    value = entry.value
    if isinstance(value, Scalar):
        # NOTE: `permissions:` with nothing behind it is an empty block: every scope is none.
        return Permissions(entry.span, None if value.is_null else value, ())
    if not isinstance(value, Mapping):
        return Permissions(entry.span, None, ())
    scopes = tuple(Scope(key, word) for key, word in value.pairs if isinstance(word, Scalar))
    return Permissions(entry.span, None, scopes)


def _triggers(on: yaml_tree.Node | None) -> dict[str, yaml_tree.Node | None]:
    if isinstance(on, Scalar):
        return {on.text: None}
    if isinstance(on, Sequence):
        return {item.text: None for item in on.items if isinstance(item, Scalar)}
    if isinstance(on, Mapping):
        return {key.text: value for key, value in on.pairs}
    return {}


def _inputs(node: yaml_tree.Node | None) -> tuple[Input, ...]:
    if not isinstance(node, Mapping):
        return ()
    found = []
    for key, value in node.pairs:
        body = value if isinstance(value, Mapping) else _EMPTY
        required = body.scalar("required")
        found.append(
            Input(
                key.text,
                body.scalar("default"),
                required is not None and required.boolean is True,
                key.span,
            )
        )
    return tuple(found)


def _containers(job: Mapping) -> Iterator[Container]:
    container = job.mapping("container")
    if container:
        yield _container("container", container)
    services = job.mapping("services") or _EMPTY
    for key, service in services.pairs:
        if isinstance(service, Mapping):
            yield _container(key.text, service)


def _container(name: str, node: Mapping) -> Container:
    return Container(
        name,
        _text(node, "image"),
        _variables(node.get("env")),
        _variables(node.get("credentials")),
        node.scalar("options"),
    )


def _runs_on(node: yaml_tree.Node | None) -> Iterator[str]:
    if not isinstance(node, Mapping):
        yield from yaml_tree.texts(node)
    else:
        group = node.scalar("group")
        if group is not None:
            yield f"group:{group.text}"
        yield from _runs_on(node.get("labels"))


def _default_shell(node: Mapping) -> str:
    defaults = node.mapping("defaults")
    run = defaults.mapping("run") if defaults else None
    return _text(run, "shell") if run else ""


def _runner_shell(job: Mapping) -> str:
    """PowerShell is the default on Windows runners, bash everywhere else; "" where labels tell of
    neither.
    """
    labels = [label.lower() for label in _runs_on(job.get("runs-on"))]
    if any(label.startswith("windows") for label in labels):
        return "pwsh"
    return "bash" if any(label.startswith(_POSIX_RUNNERS) for label in labels) else ""


_POSIX_RUNNERS = ("ubuntu", "linux", "macos")
_POWERSHELL = re.compile(r"(?im)^[ \t]*+(?:\$env:\w++|\$\{env:\w++\})[ \t]*+\+?=")


def _by_look(run: Scalar | None) -> str:
    """The shell of a script that nothing names: PowerShell has a spelling of its own."""
    return "pwsh" if run is not None and _POWERSHELL.search(run.text) else ""


def _text(node: Mapping, key: str) -> str:
    value = node.scalar(key)
    return value.text if value else ""
