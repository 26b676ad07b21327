"""A credentials step that several scripts feed, one for each branch: each hands over a role now."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from oidc_enforcer.fixes import places, roles, scripts
from oidc_enforcer.fixes.outline import Outline
from oidc_enforcer.fixes.places import Place
from oidc_enforcer.fixes.proposal import Draft, NoFix
from oidc_enforcer.fixes.script_commands import Change
from oidc_enforcer.shell import Sink
from oidc_enforcer.workflow import configure_aws
from oidc_enforcer.workflow.credential_names import Half
from oidc_enforcer.workflow.credentials import Credential
from oidc_enforcer.workflow.model import Action, Workflow
from oidc_enforcer.workflow.reading import Reading

Fed = list[tuple[Credential, tuple[Place, ...]]]


class Shared(NamedTuple):
    """A credentials step that scripts feed, its own places, and all the credentials that do."""

    configured: tuple[Place, ...]
    fed: Fed


def shared(reading: Reading, content: Workflow | Action, own: tuple[Place, ...]) -> Shared | None:
    """The step that reads what this credential's scripts write, where others feed it, too."""
    names = {_written(place): id(place.job) for place in own if _written(place)}
    if not names:
        return None
    configured = tuple(
        place
        for place in places.of_content(content)
        if _is_key_input(place)
        and any(
            flow.context == "env" and names.get(flow.name or "") == id(place.job)
            for flow in place.slot.template.flows
        )
    )
    read = {flow.name for place in configured for flow in place.slot.template.flows}
    jobs = {id(place.job) for place in configured}
    fed: Fed = []
    for credential in reading.credentials():
        if credential.pair is not None:
            found = places.of_credential(content, credential)
            if any(_written(p) in read and id(p.job) in jobs for p in found if _written(p)):
                fed.append((credential, found))
    return Shared(configured, fed) if configured and len(fed) > 1 else None


def _written(place: Place) -> str:
    """The name that a script writes for later steps, "" when it writes none."""
    setting = place.setting
    return setting.name if setting is not None and setting.sink is Sink.GITHUB_ENV else ""


def _is_key_input(place: Place) -> bool:
    step = place.step
    return (
        place.sink == "with"
        and step is not None
        and step.uses is not None
        and step.uses.is_action(configure_aws.NAME)
        and place.slot.name.lower() in ("aws-access-key-id", "aws-secret-access-key")
    )


def write_roles(
    fed: Fed,
    role_of: Callable[[Credential], roles.RoleValue],
    outline: Outline,
    draft: Draft,
) -> roles.RoleValue:
    """Lets every script write its role where it wrote its key; the role that the step reads."""
    changes: dict[int, tuple[Place, list[Change]]] = {}
    for credential, own in fed:
        role = role_of(credential)
        draft.require(role.requires)
        for place in own:
            if place.sink == "with" and place.setting is None:
                continue
            known = changes.setdefault(id(place.slot.scalar), (place, []))
            known[1].extend(_changes(credential, place, role))
    for place, found in changes.values():
        for edit in scripts.edits_of(place.slot.scalar, outline.text, found):
            draft.edit(edit.span, edit.text)
    return roles.RoleValue(
        f"${{{{ env.{roles.VARIABLE} }}}}", f"see that every branch sets `{roles.VARIABLE}`"
    )


def _changes(credential: Credential, place: Place, role: roles.RoleValue) -> list[Change]:
    setting, pair = place.setting, credential.pair
    assert pair is not None
    if setting is None or setting.sink is not Sink.GITHUB_ENV:
        raise NoFix("the step is fed with several keys in ways that cannot be told apart")
    key_id = pair.half(Half.ID)
    if key_id is not None and key_id.slot.start == place.slot.start:
        written = f"{roles.VARIABLE}={role.text}"
        return [Change(setting.start, setting.value_end, written)]
    return scripts.without(place.slot.scalar.text, [setting])
