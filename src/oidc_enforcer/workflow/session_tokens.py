"""Which session token a pair in the environment is used with, and what takes it away again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from oidc_enforcer.workflow import slots
from oidc_enforcer.workflow.aws_calls import ENDPOINTS, IGNORES_ENDPOINTS, says_true
from oidc_enforcer.workflow.layers import Layer, View
from oidc_enforcer.workflow.pairs import Pair, piece

if TYPE_CHECKING:
    from oidc_enforcer.workflow.holdings import Holdings
    from oidc_enforcer.workflow.model import Step
    from oidc_enforcer.workflow.scene import Scene
    from oidc_enforcer.workflow.scripts import Deeds
    from oidc_enforcer.workflow.variables import Variables

#: Takes keys to AWS's own service for sessions, and no endpoint from its inputs.
ASKS_STS = "aws-actions/configure-aws-credentials"
#: What AWS's tools read from the environment.
KEY_VARIABLES = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
TOKEN_VARIABLES = ("AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN")


def with_token_in_force(pair: Pair, beside: View, scene: Scene, step: Step | None) -> Pair:
    """Adds the session token that AWS's own variables are used with, set at another level.

    What an action takes as inputs it may well put beside the token that its own `env` has; but for
    the credentials action, which removes that one.
    """
    first = pair.first.slot
    if pair.session_token is not None:
        return pair
    if first.name not in KEY_VARIABLES:
        if step is None or step.uses is None or step.uses.is_action(ASKS_STS):
            return pair
        beside = View((Layer(scene.file, step.env),))
    for name in TOKEN_VARIABLES:
        slot = beside.find(name)
        if first.deeds is not None and name in first.deeds.removals:
            continue
        if slot is not None and slot.setting is None and slot.value.strip():
            return pair._replace(session_token=piece(slot, scene))
    return pair


def removed_by_script(held: Holdings, deeds: Deeds) -> None:
    """A script takes the session token away from keys that it goes on with.

    Keys that it sets itself have another token, or none.
    """
    removed = [at[-1] for name, at in deeds.removals.items() if name in TOKEN_VARIABLES]
    if not removed or KEY_VARIABLES[0] in deeds.removals:
        return
    sets_own = any(s.name == KEY_VARIABLES[0] and s.value for s in deeds.script.settings)
    for number in held.in_force:
        pair = held.ledger.credential(number).pair
        if pair is None or pair.session_token is None:
            continue
        token = pair.session_token.slot
        is_own = token.deeds is deeds and token.setting is not None
        if max(removed) > token.start if is_own else not sets_own:
            held.ledger.lose_token(number)


def removed_by_mapping(held: Holdings, given: Variables) -> None:
    """A mapping of `env` sets the session token to nothing, for keys of an outer one."""
    if given.get(KEY_VARIABLES[0]) is not None:
        return
    for name in TOKEN_VARIABLES:
        item = given.get(name)
        if item is None or item.name != name:
            continue
        if not held.scene.resolve(slots.of_variable(held.scene.file, item)):
            for number in held.in_force:
                held.ledger.lose_token(number)


def removed_variables(deeds: Mapping[int, Deeds], steps: Iterable[Step]) -> set[str]:
    """Variables that some step takes out of its environment, endpoints that it ignores."""
    found = {name for one in deeds.values() for name in one.removals}
    if any(one.variables.get(IGNORES_ENDPOINTS) for one in deeds.values()):
        found |= ENDPOINTS
    for step in steps:
        for item in step.env.items if "endpoint" in step.env.folded else ():
            if not item.value.text.strip():
                found.add(item.name)
            elif item.name == IGNORES_ENDPOINTS and says_true(item.value.text):
                found |= ENDPOINTS
    return found
