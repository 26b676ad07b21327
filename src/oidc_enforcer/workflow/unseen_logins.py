"""Logins by actions whose text is not here, as their inputs tell: by certificate, by role."""

from __future__ import annotations

from oidc_enforcer.workflow import configure_aws, key_inputs, token_users
from oidc_enforcer.workflow.configuring import shown
from oidc_enforcer.workflow.credentials import Kind
from oidc_enforcer.workflow.holdings import Holdings
from oidc_enforcer.workflow.known_actions import BrokerKind, broker
from oidc_enforcer.workflow.model import Step
from oidc_enforcer.workflow.permissions import IdToken


def log_in(held: Holdings, step: Step) -> None:
    """Records the access of an action that is given a certificate, or a role and no keys.

    A role is assumed by OIDC where the job may ask for a token and holds nothing of AWS yet.
    """
    if key_inputs.takes_certificate(step):
        held.access(Kind.ROLES_ANYWHERE, step, "IAM Roles Anywhere")
        return
    if _brings_session(step):
        held.access(Kind.TEMPORARY, step, f"`{step.uses.name if step.uses else ''}`")
        return
    may_ask = held.grant.id_token is IdToken.WRITE
    if may_ask and token_users.uses_id_token(step) is not False:
        role = key_inputs.given_role(step, held.scene.file)
        if role is not None and not any(map(held.opens_aws, held.in_force)):
            held.access(Kind.OIDC, step, shown(role))


def _brings_session(step: Step) -> bool:
    """Whether the action is known to bring a session, and its inputs say that it is AWS's."""
    found = broker(step.uses.value.text) if step.uses is not None else None
    if found is None or found.kind is not BrokerKind.TEMPORARY:
        return False
    return any("aws" in f"{item.name} {item.value.text}".lower() for item in step.inputs.items)


def beside_keys(held: Holdings, step: Step, numbers: list[int]) -> None:
    """Keys that may be left out are a fallback where the action is given a role as well."""
    role = key_inputs.given_role(step, held.scene.file) if numbers else None
    if role is None or held.grant.id_token is not IdToken.WRITE:
        return
    for number in numbers:
        pair = held.ledger.credential(number).pair
        first = pair.first if pair is not None else None
        if first and configure_aws.may_be_left_out(first.origins, first.slot, held.scene):
            held.ledger.note_role(number, role, bypasses=False, fallback=True)
