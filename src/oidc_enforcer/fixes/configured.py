"""A credentials step that is given keys: they go, and the role comes in."""

from __future__ import annotations

from oidc_enforcer.fixes import layout, releases
from oidc_enforcer.fixes.places import Place
from oidc_enforcer.fixes.site import Site
from oidc_enforcer.source import Span
from oidc_enforcer.workflow import configure_aws
from oidc_enforcer.workflow.model import Step

#: Inputs of the credentials action that mean nothing once OIDC is used (src/index.ts at 6.2.3).
_MEANINGLESS = (
    "aws-access-key-id",
    "aws-secret-access-key",
    "aws-session-token",
    "force-skip-oidc",
    "role-chaining",
    "role-external-id",
    "role-skip-session-tagging",
    "use-existing-credentials",
)


def is_configured(place: Place) -> bool:
    """Whether a place is an input of the credentials action."""
    if place.sink != "with" or place.step is None or place.step.uses is None:
        return False
    return place.step.uses.is_action(configure_aws.NAME)


def convert(site: Site, step: Step) -> None:
    """Keys out, role in."""
    if id(step.node) in site.converted:
        return
    site.converted.add(id(step.node))
    gone = [item for item in step.inputs if item.name.lower() in _MEANINGLESS]
    role = step.inputs.get("role-to-assume")
    if role is not None and role.value.text.strip():
        name = role.value.text.strip()
        site.draft.require(f"let the trust policy of the role `{name}` admit this job by OIDC")
        if step.inputs.text("role-chaining").strip().lower() == "true":
            site.draft.doubt("the role was chained from the key: its trust policy may want that")
    else:
        first = min(gone, key=lambda item: item.entry.key.span.start)
        _put_role(site, step, first.entry.span)
        gone = [item for item in gone if item is not first]
        if role is not None:
            gone.append(role)
    site.doomed.update(item.entry.key.span.start for item in gone)
    releases.raise_release(site.file, step, site.draft)
    site.affect(step)


def _put_role(site: Site, step: Step, span: Span) -> None:
    given = step.node.get("with")
    flow = given is not None and layout.is_flow(site.file.text, given)
    value = layout.scalar(site.use_role(), flow=flow)
    site.draft.edit(span, f"role-to-assume: {value}")
