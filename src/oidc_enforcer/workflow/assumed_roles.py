"""Which IAM role a step assumes by OIDC: its ARN, or why no file tells it.

The reference is followed through env, the matrix, inputs and calls; what GitHub stores (`vars.X`,
`secrets.X`) is known where somebody has told its value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from oidc_enforcer.arn import RoleArn
from oidc_enforcer.expression import Reference, Template, template
from oidc_enforcer.expression.values import Unknown, as_string
from oidc_enforcer.iam.patterns import EVERYTHING, StringSet
from oidc_enforcer.workflow.credentials import TokenUse
from oidc_enforcer.workflow.frames import Frame
from oidc_enforcer.workflow.guards import values
from oidc_enforcer.workflow.model import Action, Step
from oidc_enforcer.workflow.slots import Slot
from oidc_enforcer.workflow.subjects import Asker
from oidc_enforcer.workflow.surroundings import Surroundings
from oidc_enforcer.yaml_tree import Scalar

#: What the credentials action asks for when it is not told (aws-actions/configure-aws-credentials,
#: `action.yml`).
DEFAULT_AUDIENCE = "sts.amazonaws.com"


class Assumed(NamedTuple):
    """A role, or why it is not known (`arn` is None), and the audience (None: not known)."""

    arn: RoleArn | None
    reason: str
    audience: str | None


def asked_by(
    use: TokenUse, role: Slot, surroundings: Surroundings
) -> Callable[[Frame], Iterator[Asker[Assumed]]]:
    """Where a use of the token asks for it, and for which role."""

    def place(job: Frame) -> Iterator[Asker[Assumed]]:
        found = _frame(job, use.step, role, surroundings)
        if found is None:
            yield Asker(Assumed(None, "it is assumed inside actions within actions", None))
            return
        conditions = tuple(_conditions(found))
        audience = _audience(found)
        for arn, reason, refs in _arns(found, role):
            yield Asker(Assumed(arn, reason, audience), conditions, refs)

    return place


def _frame(job: Frame, step: Step | None, role: Slot, surroundings: Surroundings) -> Frame | None:
    """The frame of the step that assumes the role, be it a step of a local action."""
    outer = job._replace(step=step)
    if role.file.path == job.workflow.file.path:
        return outer
    action = surroundings.action(step.uses) if step is not None and step.uses else None
    inner = _step_with(action, role) if action is not None else None
    if action is None or inner is None:
        return None
    return Frame(job.known, job.workflow, job.job, outer, inner, action)


def _step_with(action: Action, role: Slot) -> Step | None:
    if action.file.path != role.file.path:
        return None
    at = role.span
    return next(
        (step for step in action.steps if step.span.start <= at.start < step.span.end), None
    )


def _conditions(frame: Frame) -> Iterator[tuple[Frame, Scalar]]:
    for each in (frame, frame.below if frame.action is not None else None):
        if each is not None and each.step is not None and each.step.condition is not None:
            yield each, each.step.condition


def _audience(frame: Frame) -> str | None:
    given = frame.step.inputs.get("audience") if frame.step is not None else None
    if given is None:
        given_by_env = frame.lookup(("env", "AUDIENCE"))
        return given_by_env if isinstance(given_by_env, str) else DEFAULT_AUDIENCE
    text = frame.text(given.value.text)
    return None if isinstance(text, Unknown) else as_string(text).strip() or DEFAULT_AUDIENCE


def _arns(frame: Frame, role: Slot) -> Iterator[tuple[RoleArn | None, str, StringSet]]:
    """Each role that the reference may name, and on which refs."""
    if role.setting is not None and (role.setting.reads or role.setting.substitution):
        yield None, f"a script sets `{role.name}` while it runs", EVERYTHING
        return
    for value, refs in values(template(role.value), frame.guard()):
        if isinstance(value, Unknown):
            yield None, _unknown(frame, role), refs
            continue
        text = as_string(value).strip()
        arn = RoleArn.parse(text)
        if arn is not None:
            yield arn, "", refs
        elif text:
            yield None, "what `role-to-assume` comes to is no role's ARN", refs


def _unknown(frame: Frame, role: Slot) -> str:
    """Why the reference is not known: the first name in it that nothing tells."""
    found = unknown_name(template(role.value), frame)
    if found is None:
        return "it is not known before the run"
    if found.context in ("secrets", "vars"):
        return (
            f"no file tells what `{found.dotted}` is: name the role's ARN under `roles` in the"
            " configuration"
        )
    return f"what `{found.dotted}` is, is not known before the run"


def unknown_name(text: Template, frame: Frame) -> Reference | None:
    """The first name that is not known here, followed to where its value comes from."""
    for reference in text.reads:
        path = tuple(name or "" for name in reference.path)
        if None not in reference.path and not isinstance(frame.lookup(path), Unknown):
            continue
        source = frame.source(path)
        deeper = unknown_name(template(source.text), source.frame) if source else None
        return deeper or reference
    return None
