"""What a called workflow's inputs are worth, by what they are declared as."""

from __future__ import annotations

import pytest

from oidc_enforcer.expression import UNKNOWN
from oidc_enforcer.source import SourceFile
from oidc_enforcer.workflow.call_inputs import inputs_of, may_run
from oidc_enforcer.workflow.model import Workflow
from oidc_enforcer.workflow.parse import parse


def workflow(text: str) -> Workflow:
    content = parse(SourceFile("x.yml", text)).content
    assert isinstance(content, Workflow)
    return content


def value(declared: str, given: str = "{}") -> object:
    """The input `x` of a workflow that declares it so, called with `given`."""
    callee = workflow(f"on: {{workflow_call: {{inputs: {{x: {declared}}}}}}}\njobs: {{}}\n")
    caller = workflow(f"on: push\njobs:\n  a:\n    uses: ./x.yml\n    with: {given}\n")
    return inputs_of(callee, caller.jobs[0], {"outer": True}).get("x", UNKNOWN)


VALUES = {
    "a boolean": ("{type: boolean}", "{x: true}", True),
    "a quoted boolean": ("{type: boolean}", "{x: 'false'}", False),
    "no boolean": ("{type: boolean}", "{x: maybe}", UNKNOWN),
    "an expression that is a boolean": ("{type: boolean}", "{x: '${{ 1 == 1 }}'}", True),
    "a text that says false": ("{type: string}", "{x: false}", "false"),
    "a number": ("{type: number}", "{x: 5}", "5"),
    "a name in capitals": ("{type: string}", "{X: a}", "a"),
    "the caller's own input": ("{type: boolean}", "{x: '${{ inputs.outer }}'}", True),
    "what nobody knows": ("{type: string}", "{x: '${{ github.ref }}'}", UNKNOWN),
    "a default": ("{type: string, default: b}", "{}", "b"),
    "a default that is overruled": ("{type: string, default: b}", "{x: c}", "c"),
    "no default for a boolean": ("{type: boolean}", "{}", False),
    "no default for a number": ("{type: number}", "{}", 0.0),
    "no default for a text": ("{type: string}", "{}", ""),
    "no type": ("{}", "{x: a}", UNKNOWN),
    "nothing declared": ("", "{x: a}", UNKNOWN),
    "a type that GitHub does not know": ("{type: [choice]}", "{}", UNKNOWN),
    "a list for inputs": ("{type: boolean}", "[x]", False),
}


@pytest.mark.parametrize(("declared", "given", "expected"), VALUES.values(), ids=VALUES.keys())
def test_value(declared: str, given: str, expected: object) -> None:
    found = value(declared, given)
    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize(
    ("when", "runs"),
    [
        ("false", False),
        ("${{ false }}", False),
        ("inputs.deploy", False),
        ("inputs.DEPLOY && github.ref == 'x'", False),
        ("always()", True),
        ("github.ref == 'x'", True),
        ("inputs.other", True),
        ("env.deploy", True),
        ("${{ false }} || true", True),
        ("", True),
    ],
)
def test_only_what_is_certainly_false_does_not_run(when: str, runs: bool) -> None:
    (job,) = workflow(f"on: push\njobs:\n  a:\n    if: {when!r}\n    runs-on: x\n").jobs
    assert may_run(job.condition, {"deploy": False}) is runs
