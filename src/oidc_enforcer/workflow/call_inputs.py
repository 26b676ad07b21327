"""What the `inputs` of a called workflow are, as far as its call tells, and what that skips."""

from __future__ import annotations

from collections.abc import Mapping

from oidc_enforcer import yaml_tree
from oidc_enforcer.expression import UNKNOWN, Lookup, condition, evaluate, template, truth
from oidc_enforcer.workflow.model import Input, Job, Workflow

#: Values by the input's name in lower case; of an input that is not there nothing is known.
Inputs = Mapping[str, object]
#: A workflow that is not called, or called from out of sight.
NO_CALL: Inputs = {}

_EMPTY: Mapping[str, object] = {"boolean": False, "number": 0.0, "string": ""}


def inputs_of(callee: Workflow, call: Job, outer: Inputs = NO_CALL) -> Inputs:
    """The values that a call gives to the callee's inputs, `outer` being those of the caller.

    An input takes its declared type: `false` is false for a boolean and a text for a string. One
    that the call leaves out has its default, or its type's empty value (actions/runner,
    WorkflowTemplateConverter.cs, ConvertToWorkflowJobInputs).
    """
    read = lookup(outer)
    return {item.name.lower(): _given(callee, call, item, read) for item in callee.call_inputs}


def given(callee: Workflow, call: Job, name: str, read: Lookup) -> object:
    """The value of one input (its name in lower case), `read` being how the caller reads."""
    item = next((item for item in callee.call_inputs if item.name.lower() == name), None)
    return None if item is None else _given(callee, call, item, read)


def _given(callee: Workflow, call: Job, item: Input, read: Lookup) -> object:
    kinds = callee.call.mapping("inputs") if callee.call else None
    entry = kinds.mapping(item.name) if kinds else None
    scalar = entry.scalar("type") if entry else None
    kind = scalar.text if scalar else ""
    found = call.inputs.get(item.name)
    text = found.value.text if found else item.default.text if item.default else None
    if text is None:
        return _EMPTY.get(kind, UNKNOWN)
    return _typed(evaluate(template(text), read), kind)


def optional_secrets(callee: Workflow) -> frozenset[str]:
    """Names, in lower case, of secrets that callers may leave out, where only callers start it."""
    declared = callee.call
    if not callee.only_called or declared is None:
        return frozenset()
    secrets = declared.mapping("secrets")
    names = (key.text for key, _ in secrets.pairs) if secrets else ()
    return frozenset(name.lower() for name in names if not _is_required(secrets, name))


def _is_required(secrets: yaml_tree.Mapping | None, name: str) -> bool:
    body = secrets.mapping(name) if secrets else None
    required = body.scalar("required") if body else None
    return required is not None and required.text.lower() == "true"


def lookup(inputs: Inputs) -> Lookup:
    """How expressions read these inputs; every other context is unknown."""

    def value(path: tuple[str, ...]) -> object:
        if path[0] != "inputs" or len(path) != 2:
            return UNKNOWN
        return inputs.get(path[1].lower(), UNKNOWN)

    return value


def may_run(when: yaml_tree.Scalar | None, inputs: Inputs = NO_CALL) -> bool:
    """False when an `if:` is certainly false with these inputs."""
    return when is None or truth(condition(when.text), lookup(inputs)) is not False


def _typed(value: object, kind: str) -> object:
    if not isinstance(value, str) or kind == "string":
        return value
    if kind == "boolean":
        return {"true": True, "false": False}.get(value.lower(), UNKNOWN)
    # NOTE: numbers compare alike as numbers and as the texts that spell them.
    return value if kind == "number" else UNKNOWN
