"""What ties a policy to the repository, by asking which impostors would get in."""

from __future__ import annotations

import enum

from oidc_enforcer.iam.contexts import ReachClass
from oidc_enforcer.iam.field import Field, Found, calls, first
from oidc_enforcer.iam.issuers import Tenancy
from oidc_enforcer.iam.tokens import Minter, Workflow


class Identity(enum.IntEnum):
    """What ties a policy to the repository; ordered, a weaker tie is greater."""

    ID = 0
    OWNER_ID = 1
    ISSUER = 2
    NAME = 3
    NONE = 4

    @property
    def word(self) -> str:
        """The tie as the documentation spells it: `owner-id`."""
        return self.name.lower().replace("_", "-")


def identity_of(field: Field, reach: ReachClass, callers: list[Found]) -> Identity:
    """What ties the policy to the repository, by asking which impostors would get in.

    A squatter has the owner's name and not its id; a successor has the owner and the repository's
    name, and not its id.
    """
    if reach is ReachClass.NEVER:
        return Identity.NONE
    private = field.world.issuer.tenancy is not Tenancy.EVERYBODY
    if reach >= ReachClass.ANY_ORG or any(
        found.mint.minter is Minter.STRANGER for found in callers
    ):
        return Identity.ISSUER if private else Identity.NONE
    if _gets_in(field, Minter.SQUATTER):
        return Identity.ISSUER if private else Identity.NAME
    if _gets_in(_with_squatters_inside(field), Minter.SQUATTER):
        return Identity.ISSUER if private else Identity.ID  # the enterprise's
    return Identity.OWNER_ID if _gets_in(field, Minter.SUCCESSOR) else Identity.ID


def _with_squatters_inside(field: Field) -> Field:
    """The field in which squatters belong to our enterprise."""
    ours = field.world.language(Minter.OURS, "enterprise_id")
    slug = field.world.language(Minter.OURS, "enterprise")
    world = field.world.restricted(Minter.SQUATTER, "enterprise_id", ours)
    return field.within(world.restricted(Minter.SQUATTER, "enterprise", slug))


def _gets_in(field: Field, minter: Minter) -> bool:
    if first(field, minter, Workflow.OWN):
        return True
    return any(True for _ in calls(field, minter, Workflow.CALLED))
