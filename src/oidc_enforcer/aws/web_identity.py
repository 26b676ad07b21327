"""A session by a token that GitHub has minted for this very job."""

from __future__ import annotations

from oidc_enforcer.arn import RoleArn
from oidc_enforcer.aws.access import SESSION_NAME, Access
from oidc_enforcer.aws.trouble import Trouble, botocore_errors, trouble

_REFUSALS = {
    "AccessDenied": (
        "the role's trust policy refuses this job's token",
        "`oidc-enforcer trust --role ARN --claim sub=…` names the condition",
    ),
    "InvalidIdentityToken": (
        "the account has no OIDC provider for this token's issuer and audience",
        "register the provider, with `sts.amazonaws.com` among its audiences",
    ),
    "ExpiredTokenException": ("the token has expired", "ask for a new one"),
    "IDPCommunicationError": ("AWS could not reach the issuer", "run it again"),
}


def web_identity_access(
    token: str, role: RoleArn, region: str, *, seconds: int = 900
) -> Access | Trouble:
    """Exchanges a token for a session of the role, without any other credentials.

    NOTE: the call is not signed, so that keys that lie around can neither help nor hurt.
    """
    from boto3.session import Session
    from botocore import UNSIGNED
    from botocore.config import Config

    config = Config(
        signature_version=UNSIGNED,
        retries={"mode": "standard", "total_max_attempts": 4},
        connect_timeout=5,
        read_timeout=30,
    )
    try:
        client = Session(region_name=region).client("sts", config=config)
        answer = client.assume_role_with_web_identity(
            RoleArn=str(role),
            RoleSessionName=SESSION_NAME,
            WebIdentityToken=token,
            DurationSeconds=seconds,
        )
        given = answer["Credentials"]
    except botocore_errors() as problem:
        found = trouble(problem, "sts:AssumeRoleWithWebIdentity", f"the role {role}")
        return Trouble(*_REFUSALS[found.code], found.code) if found.code in _REFUSALS else found
    session = Session(
        given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"], region_name=region
    )
    return Access(region=region, session=session)
