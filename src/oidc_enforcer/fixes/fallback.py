"""A key that is kept as a fallback beside a role: the step that takes it goes."""

from __future__ import annotations

from oidc_enforcer.finding import Fix
from oidc_enforcer.fixes import roles, steps
from oidc_enforcer.fixes.outline import Outline
from oidc_enforcer.fixes.proposal import Draft, NoFix
from oidc_enforcer.workflow import configure_aws
from oidc_enforcer.workflow.credentials import Credential
from oidc_enforcer.workflow.model import Action, Step, Workflow
from oidc_enforcer.workflow.reading import Reading


def without(reading: Reading, credential: Credential, otherwise: str) -> Fix:
    """Takes out the step that takes its caller's key, where another takes a role."""
    content, root, step = reading.parsed.content, reading.parsed.root, credential.step
    if content is None or root is None or step is None or not _takes_role_beside(content, step):
        raise NoFix(otherwise)
    outline, draft = Outline(content.file, root), Draft(content.file.path)
    steps.remove(outline, step, draft)
    draft.doubt("whoever hands over a key must hand over a role from now on")
    return draft.fix("leave OIDC as the only way in")


def _takes_role_beside(content: Workflow | Action, step: Step) -> bool:
    """Whether the step is the one with keys of two credentials steps, the other one with a role."""
    if step.uses is None or not step.uses.is_action(configure_aws.NAME):
        return False
    return any(
        other.uses is not None
        and other.uses.is_action(configure_aws.NAME)
        and other.inputs.text("role-to-assume").strip()
        and not other.inputs.text("aws-access-key-id").strip()
        for other in roles.steps_of(content)
    )
