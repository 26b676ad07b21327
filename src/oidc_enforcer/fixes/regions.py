"""Which region a new credentials step is given: what the job, the step or its script says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from oidc_enforcer.expression import template
from oidc_enforcer.workflow.model import Job, Step, Workflow
from oidc_enforcer.workflow.variables import Variables

_NAMES = ("AWS_REGION", "AWS_DEFAULT_REGION", "TF_VAR_aws_region", "TF_VAR_region")
#: Inputs in which actions take a region, the likelier first.
_INPUTS = ("aws-region", "aws_region", "AWS_REGION", "aws_default_region", "region", "s3_region")
_REGION = r"(?:af|ap|ca|cn|eu|il|me|mx|sa|us)(?:-gov|-iso[a-z]?)?-[a-z]{4,9}-\d"
_IN_TEXT = re.compile(
    r"(?:--region[ =]+|region[ =]+|\.dkr\.ecr\.|s3[.-]website[.-]|(?<=\.)s3[.-])"
    rf"[\"']?(?P<value>{_REGION}|\$\{{\{{[^{{}}\n]+\}}\}}|\$\{{?(?P<name>\w+))"
)
#: Where nothing tells the region, the step asks for it: it fails loudly until somebody says it.
VARIABLE = "AWS_REGION"


class Region(NamedTuple):
    """A region's name, or an expression that gives it; `requires` says what must be set first."""

    text: str
    requires: str = ""


def of_step(workflow: Workflow | None, job: Job | None, step: Step | None, wanted: str) -> Region:
    """The region for credentials that `step` needs."""
    if wanted:
        return Region(wanted)
    for found in _said(workflow, job, step):
        return Region(found)
    return Region(
        f"${{{{ vars.{VARIABLE} }}}}",
        f"set `vars.{VARIABLE}` to the region, which nothing in the file tells",
    )


def _said(workflow: Workflow | None, job: Job | None, step: Step | None) -> Iterator[str]:
    if step is not None:
        yield from _of_variables(step.env)
        yield from (text for name in _INPUTS if (text := _usable(step.inputs.text(name))))
    if job is not None:
        yield from _by_name(job.env)
    if workflow is not None:
        yield from _by_name(workflow.env)
    steps = job.steps if job is not None else ()
    for other in sorted(steps, key=lambda one: one is not step):
        texts = [item.value.text for item in (*other.inputs, *other.env)]
        if other.run is not None:
            texts.append(other.run.text)
        yield from _of_inputs(other)
        yield from _of_variables(other.env)
        for text in texts:
            for found in _IN_TEXT.finditer(text):
                if found["name"]:
                    yield from _of_name(found["name"], workflow, job, other)
                elif value := _usable(found["value"]):
                    yield value
    for another in workflow.jobs if workflow is not None else ():
        yield from _of_variables(another.env)
        for one in another.steps:
            yield from _of_inputs(one)
            yield from _of_variables(one.env)


def _of_name(name: str, workflow: Workflow | None, job: Job | None, step: Step) -> Iterator[str]:
    """What a script's variable holds that the file sets."""
    if value := _usable(step.env.text(name)):
        yield value
    for given in (job.env if job else None, workflow.env if workflow else None):
        if given is not None and given.text(name).strip():
            yield f"${{{{ env.{name} }}}}"


def _of_inputs(step: Step) -> Iterator[str]:
    yield from (text for name in _INPUTS[:4] if (text := _usable(step.inputs.text(name))))


def _of_variables(given: Variables) -> Iterator[str]:
    """The value itself: the variable is not in force at the new step."""
    yield from (text for name in _NAMES if (text := _usable(given.text(name))))


def _by_name(given: Variables) -> Iterator[str]:
    """The variable by its name, which is in force at every step."""
    for name in _NAMES:
        if given.text(name).strip():
            yield f"${{{{ env.{name} }}}}"


def _usable(text: str) -> str:
    """The text when it means the same in another step: no output, no shell variable."""
    text = text.strip()
    read = template(text)
    if not text or read.problems or "\n" in text:
        return ""
    if read.literal is not None:
        return text if re.fullmatch(_REGION, text) else ""
    lasting = ("secrets", "vars", "inputs", "matrix", "env", "github")
    return text if all(flow.context in lasting for flow in read.reads) else ""
