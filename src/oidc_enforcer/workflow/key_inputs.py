"""Which actions may take a key, and which of their inputs do."""

from __future__ import annotations

from collections.abc import Iterable

from oidc_enforcer.workflow import logins
from oidc_enforcer.workflow.credential_names import Evidence, Half, Named
from oidc_enforcer.workflow.known_actions import KnownAction, broker
from oidc_enforcer.workflow.model import NO_VARIABLES, Step, UsesKind
from oidc_enforcer.workflow.slots import Slot

#: An input that takes a key, or a registry or mail server that takes one as its password, says so
#: by one of these words in its name or its value; `secrets[` may name anything.
_KEY_WORDS = (
    *("key", "aws", "cred", "s3", "access", "smtp", "ecr", "secrets[", "token", "codecommit"),
)


def may_take_keys(step: Step) -> bool:
    """Whether any word of the step's inputs could mean a key; False saves looking closer."""
    if step.inputs is NO_VARIABLES:
        return False
    text = "\n".join([f"{item.name}:{item.value.text}" for item in step.inputs.items]).lower()
    return any(map(text.__contains__, _KEY_WORDS))


def is_idle(step: Step) -> bool:
    """Whether the step's action takes no key, brings no session, and is none of this repository."""
    uses = step.uses
    return (
        uses is not None
        and uses.kind is not UsesKind.LOCAL
        and uses.name not in _ALWAYS_LOOKED_AT
        and broker(uses.value.text) is None
        and not may_take_keys(step)
    )


#: Actions that matter whatever they are given.
_ALWAYS_LOOKED_AT = frozenset(
    {"aws-actions/configure-aws-credentials", "aws-actions/amazon-ecr-login"}
)


def renamed(known: KnownAction | None, found: Iterable[Slot]) -> dict[str, Named]:
    """Inputs that hold a key though their names do not say so: by server, or by the table."""
    by_name = {slot.name.lower(): slot for slot in found}
    if made := logins.by_server(by_name.values()) or logins.by_registry(by_name):
        return made
    if known is None or known.key_id == "username":
        return {}
    return {
        slot.name: Named(half, "", Evidence.GENERIC, "")
        for name, half in (
            (known.key_id, Half.ID),
            (known.secret, Half.SECRET),
            (known.session_token, Half.TOKEN),
        )
        if name and (slot := by_name.get(name.lower())) is not None
    }
