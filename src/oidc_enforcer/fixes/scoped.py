"""A session for one step alone, where the other steps of its job are somebody else to AWS.

A session in the job's environment would reach every later step: those that have another key, or
the runner's own role, would be changed with it.
"""

from __future__ import annotations

from oidc_enforcer.fixes import identities, needs, replacements
from oidc_enforcer.fixes.configured import is_configured
from oidc_enforcer.fixes.places import Place
from oidc_enforcer.fixes.session_values import INPUT_VARIABLE, STANDARD
from oidc_enforcer.fixes.site import Site
from oidc_enforcer.workflow import runners
from oidc_enforcer.workflow.credentials import Flavour
from oidc_enforcer.workflow.known_actions import known_action
from oidc_enforcer.workflow.model import Job, Step, Workflow

_ID = "aws-session"
#: Inputs of the credentials action that keep a session out of the environment (README of 6.2.3).
INPUTS = (("output-credentials", "true"), ("output-env-credentials", "false"))


def plan(site: Site, found: tuple[Place, ...]) -> None:
    """Tells the site whether the key is of one step alone, and whether its session is to be."""
    first = found[0]
    step, job = first.step, first.job
    if site.workflow is None or step is None or job is None or len(site.jobs_of(first)) > 1:
        return
    if site.credential.flavour is not Flavour.ACCESS_KEY or is_configured(first):
        return
    if any(place.sink not in ("env", "with") or place.step is not step for place in found):
        return
    if any(INPUT_VARIABLE.fullmatch(place.slot.name) for place in found):
        return
    site.of_one_step = True
    if _takes_keys_alone(step) or any(place.sink != "env" for place in found):
        return
    is_renamed = any(place.slot.name not in STANDARD for place in found)
    keys = identities.texts_of(site.credential)
    allowed = identities.NOBODY | {identities.of_role(site.role.text)} | keys
    if _are_others(site.workflow, job, step, allowed, is_renamed=is_renamed):
        site.scope = _free_id(site)


def _free_id(site: Site) -> str:
    number = 1
    while f"{_ID}{number if number > 1 else ''}" in site.file.text:
        number += 1
    return f"{_ID}{number if number > 1 else ''}"


def _takes_keys_alone(step: Step) -> bool:
    known = known_action(step.uses.value.text) if step.uses is not None else None
    return replacements.replaces(step) or (known is not None and known.needs_static_keys)


def _are_others(
    workflow: Workflow, job: Job, step: Step, allowed: frozenset[str], *, is_renamed: bool
) -> bool:
    """Whether a session of the whole job would reach a step that is somebody else.

    That is the step itself where it has the key by a name of its own, beside what AWS's tools read.
    """
    found = identities.of_job(workflow, job)
    own = next(who for other, who in found if other is step)
    if is_renamed and own - allowed:
        return True
    own_runner = bool(runners.other_access(job))
    for other, who in found:
        if other.number <= step.number or needs.never(other) or other.env.get(identities.ID):
            continue
        if needs.begins_session(other) and other.condition is None:
            return False
        if who - allowed or (own_runner and who == identities.NOBODY and needs.certainly(other)):
            return True
    return False
