"""What a step of `aws-actions/configure-aws-credentials` does to a job's holdings and scene."""

from __future__ import annotations

from oidc_enforcer.source import Span
from oidc_enforcer.workflow import configure_aws, runners, slots
from oidc_enforcer.workflow.aws_calls import AwsCall
from oidc_enforcer.workflow.configure_aws import Mode, Plan
from oidc_enforcer.workflow.credentials import Kind, TokenUse
from oidc_enforcer.workflow.holdings import Holdings
from oidc_enforcer.workflow.model import Step
from oidc_enforcer.workflow.origins import Origin, Source
from oidc_enforcer.workflow.scene import Scene
from oidc_enforcer.workflow.slots import Slot

_KEY_VARIABLES = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")


def configure(held: Holdings, step: Step, calls: tuple[AwsCall, ...]) -> None:
    """Records the keys and the role of the step; `calls` are the job's calls of AWS."""
    plan = configure_aws.plan(step, held.scene, held.grant.id_token)
    _note_keys(held, step, plan, calls)
    if plan.mode is Mode.KEYS_THEN_ROLE:
        # NOTE: the token is not used yet, but whoever mends the step will need it.
        held.wants_token = True
    if plan.mode is Mode.TOKEN_FILE or step.inputs.expression is not None:
        # NOTE: what put a token into the file may have asked for it; an expression that makes
        # the inputs may make any.
        held.unknown_steps = True
    if plan.mode in (Mode.OIDC, Mode.KEYS_OR_OIDC):
        _assumes_by_oidc(held, step, plan)
    elif plan.mode is Mode.TOKEN_FILE:
        held.access(Kind.OIDC, step, "a web identity token file")
    elif plan.mode is Mode.AMBIENT:
        _ambient(held, step, plan)
    if plan.mode in (Mode.OIDC, Mode.TOKEN_FILE) or plan.role is not None:
        _session(held.scene, step)
    elif plan.key_id is not None:
        _exports_keys(held.scene, step, plan)


def _note_keys(held: Holdings, step: Step, plan: Plan, calls: tuple[AwsCall, ...]) -> None:
    given = [slot for slot in (plan.key_id, plan.secret, plan.session_token) if slot is not None]
    numbers = held.pairs(given, step, 4, "with", calls, proven=True)
    for number in numbers if plan.mode is not Mode.TOKEN_FILE else ():
        held.ledger.note_role(
            number,
            plan.role,
            bypasses=plan.mode is Mode.KEYS_THEN_ROLE and not plan.chained,
            fallback=plan.mode is Mode.KEYS_OR_OIDC,
        )


def _assumes_by_oidc(held: Holdings, step: Step, plan: Plan) -> None:
    if plan.keeps_existing and _ambient_keys(held):
        for number in _ambient_keys(held):
            held.ledger.note_role(number, plan.role, bypasses=True, fallback=False)
        held.wants_token = True
        return
    role = shown(plan.role)
    held.token_uses.append(
        TokenUse(held.scene.file, _at(plan.role, step), f"assumes {role} by OIDC", step, plan.role)
    )
    held.access(Kind.OIDC, step, role, role=plan.role)


def _ambient(held: Holdings, step: Step, plan: Plan) -> None:
    """No keys of its own and no OIDC: the environment's credentials are used."""
    keys = () if plan.clears else _ambient_keys(held)
    for number in keys:
        held.ledger.note_role(number, plan.role, bypasses=False, fallback=False)
    if keys or (held.scene.written("AWS_ACCESS_KEY_ID") and not plan.clears):
        return
    if not plan.lacks_token:
        held.access(Kind.AMBIENT, step, "the credentials of the environment")
        return
    role = shown(plan.role)
    doubt = runners.other_access(held.scene.job)
    what = f"assumes {role} by OIDC"
    held.token_uses.append(
        TokenUse(held.scene.file, _at(plan.role, step), what, step, plan.role, doubt)
    )
    held.access(Kind.AMBIENT if doubt else Kind.OIDC, step, role, role=plan.role)


def _ambient_keys(held: Holdings) -> list[int]:
    """Keys that stand in the environment under the names that AWS's tools read, if AWS's.

    What an earlier step exported hides what the job's `env` says, as a session hides keys.
    """
    name = "AWS_ACCESS_KEY_ID"
    written = held.scene.written(name)
    if written is not None and held.scene.step_variable(name) is None:
        found = (held.ledger.find(origin.slot) for origin in written)
    else:
        slot = held.scene.visible().find(name)
        found = (held.ledger.find(one) for one in (slot,) if one is not None)
    numbers = dict.fromkeys(number for number in found if number is not None)
    return [n for n in numbers if held.opens_aws(n)]


def _session(scene: Scene, step: Step) -> None:
    """From here on the job holds temporary credentials, in the environment and as outputs."""
    uses = step.uses
    assert uses is not None
    slot = slots.of_scalar("", scene.file, uses.value)
    session = (Origin(Source.SESSION, "", slot),)
    for name in _KEY_VARIABLES:
        scene.write(name, session)
    if step.id:
        scene.outputs[step.id] = lambda name: session


def _exports_keys(scene: Scene, step: Step, plan: Plan) -> None:
    values = [
        scene.resolve(slot) if slot is not None else ()
        for slot in (plan.key_id, plan.secret, plan.session_token)
    ]
    for name, origins in zip(_KEY_VARIABLES, values, strict=True):
        scene.write(name, origins)
    if step.id:
        by_name = dict(zip(_KEY_VARIABLES, values, strict=True))
        scene.outputs[step.id] = lambda name: by_name.get(name.upper().replace("-", "_"), ())


def shown(role: Slot | None) -> str:
    """The role as messages show it: the reference, or the ARN's name."""
    if role is None:
        return "a role"
    references = role.template.flows
    if references:
        return f"`{references[0].dotted}`"
    return f"`{role.value.strip()}`"


def _at(slot: Slot | None, step: Step) -> Span:
    return slot.span if slot is not None else step.head
