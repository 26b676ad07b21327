"""Which actions may take a key, and which of their inputs do."""

from __future__ import annotations

from collections.abc import Iterable

from oidc_enforcer.source import SourceFile
from oidc_enforcer.workflow import logins
from oidc_enforcer.workflow.credential_names import Evidence, Half, Named
from oidc_enforcer.workflow.known_actions import KnownAction, broker
from oidc_enforcer.workflow.model import Step, UsesKind
from oidc_enforcer.workflow.name_words import words
from oidc_enforcer.workflow.scene import Scene
from oidc_enforcer.workflow.slots import Slot, of_variable
from oidc_enforcer.workflow.variables import NO_VARIABLES

#: An input that takes a key, or a registry or mail server that takes one as its password, or a role
#: to assume, says so by one of these words in its name or its value; `secrets[` may name anything.
_KEY_WORDS = (
    *("key", "aws", "cred", "s3", "access", "smtp", "ecr", "secrets[", "token", "codecommit"),
    "role",
)


def may_take_keys(step: Step) -> bool:
    """Whether any word of the step's inputs could mean a key; False saves looking closer."""
    if step.inputs is NO_VARIABLES:
        return False
    return any(map(step.inputs.folded.__contains__, _KEY_WORDS))


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


#: In an address or a name where a login is one of AWS's.
_LOGINS = ("email-smtp.", "git-codecommit.", "ecr")


def may_be_renamed(known: KnownAction | None, step: Step) -> bool:
    """Whether `renamed` may find anything among the step's inputs."""
    return known is not None or any(map(step.inputs.folded.__contains__, _LOGINS))


def renamed(known: KnownAction | None, found: Iterable[Slot], scene: Scene) -> dict[str, Named]:
    """Inputs that hold a key though their names do not say so: by server, or by the table."""
    by_name = {slot.name.lower(): slot for slot in found}
    if made := logins.by_server(by_name.values()) or logins.by_registry(by_name, scene):
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


def takes_certificate(step: Step) -> bool:
    """Whether an action's inputs are those of IAM Roles Anywhere."""
    return any("trust" in item.name and "anchor" in item.name for item in step.inputs.items)


#: In the names of inputs by which an action is told whose role it is to assume, and of others that
#: take a role for what the action makes.
_OF_LOGIN = frozenset({"assume", "arn", "aws", "oidc", "iam"})
_OF_PRODUCT = frozenset(
    """execution exec task instance lambda service stack cfn cloudformation cluster name session
    duration external policy skip""".split()
)


def given_role(step: Step, file: SourceFile) -> Slot | None:
    """The role that an action nobody looked at is told to assume, as its inputs' names say."""
    for item in step.inputs.items:
        if "role" not in item.name.lower():
            continue
        parts = frozenset(words(item.name))
        is_role = "role" in parts and not parts & _OF_PRODUCT and bool(parts & _OF_LOGIN)
        if is_role and ("arn:aws" in item.value.text or "${{" in item.value.text):
            return of_variable(file, item)
    return None
