"""Which IAM role a step assumes by OIDC: its ARN, or why no file tells it.

The reference is followed through env, the matrix, inputs and calls; what GitHub stores (`vars.X`,
`secrets.X`) is known where somebody has told its value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from typing import NamedTuple

from oidc_enforcer.arn import RoleArn
from oidc_enforcer.expression import Reference, Template, template
from oidc_enforcer.expression.values import Unknown, as_string
from oidc_enforcer.iam.patterns import EVERYTHING, StringSet
from oidc_enforcer.workflow.credentials import TokenUse
from oidc_enforcer.workflow.frames import Frame
from oidc_enforcer.workflow.guards import values
from oidc_enforcer.workflow.model import Step
from oidc_enforcer.workflow.script_roles import audience
from oidc_enforcer.workflow.slots import Slot
from oidc_enforcer.workflow.subjects import Asker
from oidc_enforcer.workflow.surroundings import Surroundings
from oidc_enforcer.yaml_tree import Scalar

#: What the credentials action asks for when it is not told (aws-actions/configure-aws-credentials,
#: `action.yml`).
DEFAULT_AUDIENCE = "sts.amazonaws.com"
#: Actions within actions, and ways to one step through them.
_MOST_DEPTH = 10
_MOST_WAYS = 20


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
        found = tuple(islice(_frames(job, use.step, role, surroundings), _MOST_WAYS))
        if not found:
            yield Asker(Assumed(None, "it is assumed in an action that is not in sight", None))
        for frame in found:
            conditions = tuple(_conditions(frame))
            audience = _audience(frame)
            for arn, reason, refs in _arns(frame, role):
                yield Asker(Assumed(arn, reason, audience), conditions, refs)

    return place


def _frames(
    job: Frame, step: Step | None, role: Slot, surroundings: Surroundings
) -> Iterator[Frame]:
    """The frames of the step that assumes the role, be it a step of actions within actions."""
    outer = job._replace(step=step)
    if role.file.path == job.workflow.file.path:
        yield outer
    else:
        yield from _inside(outer, role, surroundings, _MOST_DEPTH)


def _inside(outer: Frame, role: Slot, surroundings: Surroundings, depth: int) -> Iterator[Frame]:
    uses = outer.step.uses if outer.step is not None else None
    action = surroundings.action(uses) if uses is not None else None
    if action is None or not depth:
        return
    ours = action.file.path == role.file.path
    at = role.span if ours else None
    for step in action.steps:
        inner = Frame(outer.known, outer.workflow, outer.job, outer, step, action)
        if at is None:
            yield from _inside(inner, role, surroundings, depth - 1)
        elif step.span.start <= at.start < step.span.end:
            yield inner


def _conditions(frame: Frame) -> Iterator[tuple[Frame, Scalar]]:
    each: Frame | None = frame
    while each is not None:
        if each.step is not None and each.step.condition is not None:
            yield each, each.step.condition
        each = each.below if each.action is not None else None


def _audience(frame: Frame) -> str | None:
    if frame.step is not None and frame.step.run is not None:
        return audience(frame.step.run.text)
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
            yield None, f"what `{role.name or 'role-to-assume'}` comes to is no role's ARN", refs


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
