"""What `aws-actions/configure-aws-credentials` will do, decided as its own source decides.

Source: the action's `action.yml` and `src/index.ts` at bcd40890 (2026-08-18, v6.2.3).
"""

from __future__ import annotations

import enum
from typing import NamedTuple

from oidc_enforcer.workflow.model import Step
from oidc_enforcer.workflow.origins import Origin, Source
from oidc_enforcer.workflow.permissions import IdToken
from oidc_enforcer.workflow.scene import Scene
from oidc_enforcer.workflow.slots import Slot, of_variable

NAME = "aws-actions/configure-aws-credentials"


class Mode(enum.Enum):
    """The way by which the step gets its credentials."""

    OIDC = "oidc"
    KEYS = "keys"  # the given keys are exported
    KEYS_THEN_ROLE = "keys-then-role"  # the given keys assume the role; OIDC is not used
    KEYS_OR_OIDC = "keys-or-oidc"  # keys may be empty at run time, then OIDC is used
    TOKEN_FILE = "token-file"
    AMBIENT = "ambient"  # whatever credentials the environment holds; may assume a role
    REFUSED = "refused"  # the action stops with an error


class Plan(NamedTuple):
    """The mode, and the slots that matter: the role to assume and the three halves of a key."""

    mode: Mode
    role: Slot | None
    key_id: Slot | None
    secret: Slot | None
    session_token: Slot | None
    chained: bool = False
    keeps_existing: bool = False


def plan(step: Step, scene: Scene, id_token: IdToken) -> Plan:
    """Decides the mode of a step that uses the action, in the order of the action's own code.

    A caller-decided `id-token` counts as given: whether it is, is the caller's finding.
    """
    role = _given(step, scene, "role-to-assume", "ROLE_TO_ASSUME")
    key_id = _given(step, scene, "aws-access-key-id")
    secret = _given(step, scene, "aws-secret-access-key")
    session = _given(step, scene, "aws-session-token")
    token_file = _given(step, scene, "web-identity-token-file", "WEB_IDENTITY_TOKEN_FILE")
    chained = _is_true(_given(step, scene, "role-chaining", "ROLE_CHAINING"))
    skips_oidc = _is_true(_given(step, scene, "force-skip-oidc"))
    # NOTE: the action reads this input as text, so that even "false" switches it on.
    keeps = _given(step, scene, "use-existing-credentials", "USE_EXISTING_CREDENTIALS") is not None

    def result(mode: Mode) -> Plan:
        return Plan(mode, role, key_id, secret, session, chained, keeps)

    if skips_oidc and role and not key_id and not token_file:
        return result(Mode.REFUSED)
    may_mint = id_token is not IdToken.NONE
    oidc_possible = bool(role) and may_mint and not token_file and not chained and not skips_oidc
    if key_id is None:
        if oidc_possible:
            return result(Mode.OIDC)
        return result(Mode.TOKEN_FILE if token_file else Mode.AMBIENT)
    if role is None:
        return result(Mode.KEYS)
    if oidc_possible and _may_be_empty(scene.resolve(key_id), key_id):
        return result(Mode.KEYS_OR_OIDC)
    return result(Mode.KEYS_THEN_ROLE)


def would_use_oidc(decided: Plan) -> bool:
    """Whether only the missing `id-token` keeps an ambient step from OIDC."""
    return decided.mode is Mode.AMBIENT and decided.role is not None and not decided.chained


def _given(step: Step, scene: Scene, name: str, variable: str = "") -> Slot | None:
    """The input, or the environment variable that fills an empty one; None when empty for sure."""
    found = step.inputs.get(name)
    if found is not None and found.value.text.strip():
        return of_variable(scene.file, found)
    inherited = scene.visible().get(variable) if variable else None
    return inherited if inherited is not None and inherited.value.strip() else None


def _is_true(slot: Slot | None) -> bool:
    return slot is not None and slot.value.strip().lower() == "true"


def _may_be_empty(origins: tuple[Origin, ...], slot: Slot) -> bool:
    """Whether the key may be left out on purpose: an optional input, or an explicit `|| ''`."""
    if "" in slot.template.constants:
        return True
    return bool(origins) and all(origin.source is Source.INPUT for origin in origins)
