"""Makes in AWS what a bootstrap plan says: looks first, then does only what is missing."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from oidc_enforcer.aws.trouble import Trouble, botocore_errors, trouble
from oidc_enforcer.errors import UserError

if TYPE_CHECKING:
    from types_boto3_iam import IAMClient


class Wish(NamedTuple):
    """What there should be; documents are data as IAM takes it."""

    provider: str
    url: str
    audience: str
    role: str
    trust: Any
    permissions: Any


class Action(NamedTuple):
    """One call to make, said for people; `replaces` where something that is there is lost."""

    said: str
    do: Callable[[], Any]
    replaces: bool = False


class Look(NamedTuple):
    """What is there, and what is missing. `arn` is the role's, "" where there is none yet."""

    has_provider: bool
    arn: str
    actions: tuple[Action, ...]


def look(client: IAMClient, wish: Wish) -> Look:
    """Asks IAM what is there; raises UserError where it does not say."""
    try:
        has_provider, actions = _provider(client, wish)
        arn, more = _role(client, wish)
    except botocore_errors() as problem:
        raise _refused(trouble(problem, "iam:GetRole", "the role and its provider")) from None
    return Look(has_provider, arn, (*actions, *more))


def apply(client: IAMClient, found: Look, wish: Wish) -> str:
    """Does what is missing, in order; the role's ARN."""
    for action in found.actions:
        try:
            action.do()
        except botocore_errors() as problem:
            raise _refused(trouble(problem, action.said, action.said)) from None
    return look(client, wish).arn


def _refused(why: Trouble) -> UserError:
    return UserError(f"AWS refused: {why.reason}", why.hint or "see which permissions it takes")


def _provider(client: IAMClient, wish: Wish) -> tuple[bool, list[Action]]:
    try:
        found = client.get_open_id_connect_provider(OpenIDConnectProviderArn=wish.provider)
    except client.exceptions.NoSuchEntityException:
        made = Action(
            f"create the OIDC provider {wish.provider} for the audience {wish.audience}",
            lambda: client.create_open_id_connect_provider(
                Url=wish.url, ClientIDList=[wish.audience]
            ),
        )
        return False, [made]
    if wish.audience in found.get("ClientIDList", ()):
        return True, []
    added = Action(
        f"add the audience {wish.audience} to the OIDC provider {wish.provider}",
        lambda: client.add_client_id_to_open_id_connect_provider(
            OpenIDConnectProviderArn=wish.provider, ClientID=wish.audience
        ),
    )
    return True, [added]


def _role(client: IAMClient, wish: Wish) -> tuple[str, list[Action]]:
    try:
        role: Any = client.get_role(RoleName=wish.role)["Role"]
    except client.exceptions.NoSuchEntityException:
        return "", [_creation(client, wish), _placeholder(client, wish)]
    if _data(role["AssumeRolePolicyDocument"]) == wish.trust:
        return role["Arn"], []
    replaced = Action(
        f"replace the trust policy of the role {role['Arn']}",
        lambda: client.update_assume_role_policy(
            RoleName=wish.role, PolicyDocument=json.dumps(wish.trust)
        ),
        replaces=True,
    )
    return role["Arn"], [replaced]


def _data(document: Any) -> Any:
    """IAM's answer as data; botocore has decoded it, unless somebody has stored odd text."""
    return json.loads(document) if isinstance(document, str) else document


def _creation(client: IAMClient, wish: Wish) -> Action:
    return Action(
        f"create the role {wish.role}",
        lambda: client.create_role(
            RoleName=wish.role,
            AssumeRolePolicyDocument=json.dumps(wish.trust),
            MaxSessionDuration=3600,
        ),
    )


def _placeholder(client: IAMClient, wish: Wish) -> Action:
    return Action(
        "give it a permissions policy that denies everything until you replace it",
        lambda: client.put_role_policy(
            RoleName=wish.role,
            PolicyName="permissions",
            PolicyDocument=json.dumps(wish.permissions),
        ),
    )
