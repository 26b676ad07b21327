"""Tries, by reading alone, what AWS allows to the credentials that are asked about."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import NamedTuple

from oidc_enforcer.arn import RoleArn
from oidc_enforcer.aws.access import Aws
from oidc_enforcer.aws.trouble import DENIED, Trouble, Unusable, botocore_errors, trouble


class Tried(NamedTuple):
    """What a feature needs of AWS, and what was in its way; None: it works."""

    feature: str
    trouble: Trouble | None

    @property
    def is_denied(self) -> bool:
        """Whether somebody has to allow something, or AWS just could not be asked."""
        found = self.trouble
        return found is not None and (found.code in DENIED or isinstance(found, Unusable))


def tried(aws: Aws, roles: Sequence[RoleArn]) -> Iterator[Tried]:
    """Each feature; raises UserError where the credentials cannot be used at all."""
    own = aws.caller()
    client = aws.iam(own.account, own.partition)
    assert not isinstance(client, Trouble), "it is the credentials' own account"
    yield _try(
        "know the account's OIDC providers",
        "iam:ListOpenIDConnectProviders",
        "its providers",
        client.list_open_id_connect_providers,
    )
    yield _try(
        "judge every role of the account (`trust --aws`)",
        "iam:ListRoles",
        "its roles",
        lambda: client.list_roles(MaxItems=1),
    )
    for role in roles:
        there = aws.iam(role.account, role.partition)
        feature = f"judge the role {role}"
        if isinstance(there, Trouble):
            yield Tried(feature, there)
        else:
            what = f"role `{role.name}`"
            yield _try(feature, "iam:GetRole", what, partial(there.get_role, RoleName=role.name))


def _try(feature: str, action: str, what: str, ask: Callable[[], object]) -> Tried:
    try:
        ask()
    except botocore_errors() as problem:
        return Tried(feature, trouble(problem, action, what))
    return Tried(feature, None)
