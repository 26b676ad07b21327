"""What `aws-actions/configure-aws-credentials` will do, decided as its own source decides.

Source: the action's `action.yml`, `src/index.ts` and `src/assumeRole.ts` at bcd40890 (2026-08-18,
v6.2.3); `translate-env-variables` is of v6.3.0.
"""

from __future__ import annotations

import enum

from oidc_enforcer.records import NamedTuple
from oidc_enforcer.workflow import following, runners
from oidc_enforcer.workflow.call_inputs import optional_secrets
from oidc_enforcer.workflow.layers import View
from oidc_enforcer.workflow.model import Step, Workflow
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
    TOKEN_FILE = "token-file"  # the role is assumed with the token in a file, keys or no keys
    AMBIENT = "ambient"  # whatever credentials the environment holds; may assume a role
    REFUSED = "refused"  # the action stops with an error


class Plan(NamedTuple):
    """The mode, and the slots that matter: the role to assume and the three halves of a key.

    `lacks_token` says that the step would use OIDC, had its job the permission. The step
    `keeps_existing` credentials where the environment has some that work, or `clears` them first.
    """

    mode: Mode
    role: Slot | None
    key_id: Slot | None
    secret: Slot | None
    session_token: Slot | None
    chained: bool = False
    keeps_existing: bool = False
    lacks_token: bool = False
    clears: bool = False


def plan(step: Step, scene: Scene, id_token: IdToken) -> Plan:
    """Decides the mode of a step that uses the action, in the order of the action's own code.

    A caller-decided `id-token` counts as given: whether it is, is the caller's finding.
    """
    given = _Inputs(step, scene, scene.visible())
    role = given.slot("role-to-assume", "ROLE_TO_ASSUME")
    key_id = given.slot("aws-access-key-id")
    token_file = given.slot("web-identity-token-file", "WEB_IDENTITY_TOKEN_FILE")
    chained = given.is_true("role-chaining", "ROLE_CHAINING")
    skips_oidc = given.is_true("force-skip-oidc")
    clears = _clears(given)
    # NOTE: the action reads this input as text, so that even "false" switches it on.
    keeps = given.slot("use-existing-credentials", "USE_EXISTING_CREDENTIALS") is not None
    wants_oidc = role is not None and not (token_file or chained or skips_oidc)
    mode = _mode(
        role,
        key_id,
        token_file,
        scene,
        by_oidc=wants_oidc and id_token is not IdToken.NONE,
        skips_oidc=skips_oidc,
    )
    return Plan(
        mode,
        role,
        key_id,
        given.slot("aws-secret-access-key"),
        given.slot("aws-session-token"),
        chained,
        keeps and not clears,
        wants_oidc and mode is Mode.AMBIENT,
        clears,
    )


def _mode(
    role: Slot | None,
    key_id: Slot | None,
    token_file: Slot | None,
    scene: Scene,
    *,
    by_oidc: bool,
    skips_oidc: bool,
) -> Mode:
    if role is None:
        return Mode.AMBIENT if key_id is None else Mode.KEYS
    if token_file is not None:
        return Mode.TOKEN_FILE
    if key_id is not None:
        may_be_empty = by_oidc and may_be_left_out(scene.resolve(key_id), key_id, scene)
        return Mode.KEYS_OR_OIDC if may_be_empty else Mode.KEYS_THEN_ROLE
    if skips_oidc and not runners.other_access(scene.job):
        # NOTE: it goes on only with a container's credentials, which GitHub's runners have not.
        return Mode.REFUSED
    return Mode.OIDC if by_oidc else Mode.AMBIENT


class _Inputs(NamedTuple):
    """The step's inputs as the action reads them, environment variables filling empty ones."""

    step: Step
    scene: Scene
    seen: View

    def slot(self, name: str, variable: str = "") -> Slot | None:
        """The input, or the variable that fills it; None when it is empty for sure."""
        found = self.step.inputs.get(name)
        if found is not None:
            own = of_variable(self.scene.file, found)
            if not self._is_empty(own):
                return own
        inherited = (self.seen.find(variable) or self._written(variable)) if variable else None
        if inherited is None or self._is_empty(inherited):
            return None
        return None if self.is_false("translate-env-variables") else inherited

    def is_true(self, name: str, variable: str = "") -> bool:
        """Whether the input certainly says true."""
        return self._says(name, variable, "true")

    def is_false(self, name: str) -> bool:
        """Whether the input certainly says false."""
        return self._says(name, "", "false")

    def _says(self, name: str, variable: str, word: str) -> bool:
        slot = self.slot(name, variable)
        origins = self.scene.resolve(slot) if slot is not None else ()
        return bool(origins) and all(
            origin.source is Source.LITERAL and origin.text.lower() == word for origin in origins
        )

    def _is_empty(self, slot: Slot) -> bool:
        """Blank, or one expression whose every reference ends at nothing: an input not given."""
        parts = slot.template.parts
        if len(parts) != 1 or not slot.template.flows:
            return not slot.value.strip()
        return not self.scene.resolve(slot)

    def _written(self, variable: str) -> Slot | None:
        """Where an earlier step exported the variable."""
        value = self.step.uses.value if self.step.uses else None
        if value is None or not self.scene.has_written:
            return None
        nowhere = Slot(variable, "", self.scene.file, value, 0, 0)
        origins = following.variable(self.scene, variable, nowhere)
        return next((origin.slot for origin in origins if origin.slot is not nowhere), None)


def _clears(given: _Inputs) -> bool:
    """Whether the step empties the environment's credentials before it looks at them."""
    if not given.is_true("unset-current-credentials", "UNSET_CURRENT_CREDENTIALS"):
        return False
    if given.slot("output-env-credentials") is None:
        return given.slot("aws-profile") is None
    return not given.is_false("output-env-credentials")


def may_be_left_out(origins: tuple[Origin, ...], slot: Slot, scene: Scene) -> bool:
    """Whether the key may be left out on purpose: by an explicit `|| ''`, or by the caller."""
    if "" in slot.template.constants:
        return True
    optional = optional_secrets(scene.owner) if isinstance(scene.owner, Workflow) else frozenset()
    return bool(origins) and all(
        origin.source is Source.INPUT
        or (origin.source is Source.SECRET and origin.word.lower() in optional)
        for origin in origins
    )
