from __future__ import annotations

from typing import Any

import pytest

from oidc_enforcer.arn import RoleArn
from oidc_enforcer.iam.document import TrustPolicy
from oidc_enforcer.iam.doors import DoorKind, doors, is_identity_center_role
from oidc_enforcer.iam.reach import reach
from tests.iam.policies import ACCOUNT, APP, policy, statement, sub

ROLE = RoleArn("aws", ACCOUNT, "/", "deploy")
SAML = f"arn:aws:iam::{ACCOUNT}:saml-provider/Okta"
COGNITO = "cognito-identity.amazonaws.com"
ANYWHERE = "rolesanywhere.amazonaws.com"


def door(
    kind: str, value: str, action: str = "sts:AssumeRole", **condition: dict[str, Any]
) -> TrustPolicy:
    return policy(
        {"Effect": "Allow", "Principal": {kind: value}, "Action": action, "Condition": condition}
    )


def test_github_alone_has_no_other_door() -> None:
    assert doors(sub("repo:acme/app:*")) == ()


@pytest.mark.parametrize(
    "closed",
    [
        door("AWS", "*", "sts:TagSession"),
        door("Federated", SAML, "sts:AssumeRole"),
        door("Federated", COGNITO, "sts:AssumeRoleWithSAML"),
        policy({"Effect": "Deny", "Principal": {"AWS": "*"}, "Action": "*"}),
    ],
)
def test_a_door_whose_action_does_not_fit_is_none(closed: TrustPolicy) -> None:
    assert doors(closed) == ()


@pytest.mark.parametrize(
    ("opened", "kind", "gaps"),
    [
        (door("AWS", "*"), DoorKind.ANYONE, ["nothing limits which account"]),
        (door("AWS", "*", StringEquals={"aws:PrincipalOrgID": "o-1"}), DoorKind.ANYONE, []),
        (
            door("AWS", "*", StringLike={"aws:PrincipalOrgID": "*"}),
            DoorKind.ANYONE,
            ["nothing limits which account"],
        ),
        (
            door("AWS", "*", StringNotEquals={"aws:PrincipalOrgID": "o-1"}),
            DoorKind.ANYONE,
            ["nothing limits which account"],
        ),
        (door("AWS", ACCOUNT), DoorKind.ACCOUNT, []),
        (door("AWS", f"arn:aws:iam::{ACCOUNT}:root"), DoorKind.ACCOUNT, []),
        (
            door("AWS", "arn:aws:iam::999999999999:root"),
            DoorKind.ACCOUNT,
            ["an account other than the role's own, without a condition"],
        ),
        (door("AWS", "999999999999", StringEquals={"sts:ExternalId": "x"}), DoorKind.ACCOUNT, []),
        (door("AWS", f"arn:aws:iam::{ACCOUNT}:user/ci"), DoorKind.USER, []),
        (door("AWS", "AIDAQQQQQQQQQQQQQQQQQ"), DoorKind.USER, []),
        (door("AWS", f"arn:aws:iam::{ACCOUNT}:role/x"), DoorKind.ROLE, []),
        (door("Service", "ec2.amazonaws.com"), DoorKind.SERVICE, []),
        (
            door("Federated", "accounts.google.com", "sts:*"),
            DoorKind.OIDC,
            ["nothing limits which subject of the identity provider"],
        ),
        (
            door(
                "Federated",
                "accounts.google.com",
                "*",
                StringEquals={"accounts.google.com:sub": "1"},
            ),
            DoorKind.OIDC,
            [],
        ),
        (door("Federated", SAML, "sts:AssumeRoleWithSAML"), DoorKind.SAML, ["no condition at all"]),
        (
            door(
                "Federated",
                SAML,
                "sts:AssumeRoleWithSAML",
                StringEquals={"SAML:aud": "https://signin.aws.amazon.com/saml"},
            ),
            DoorKind.SAML,
            ["nothing limits which user or group"],
        ),
        (
            door("Federated", SAML, "sts:AssumeRoleWithSAML", StringEquals={"SAML:sub": "x"}),
            DoorKind.SAML,
            [
                "`SAML:aud` is not asked for",
                "`SAML:sub` without `SAML:sub_type`: a transient subject differs each time",
            ],
        ),
        (
            door(
                "Federated",
                SAML,
                "sts:AssumeRoleWithSAML",
                StringEquals={"SAML:aud": "x", "saml:sub": "x", "saml:sub_type": "persistent"},
            ),
            DoorKind.SAML,
            [],
        ),
        (
            door("Service", ANYWHERE),
            DoorKind.ROLES_ANYWHERE,
            [
                "any trust anchor of any account (no `aws:SourceArn`)",
                "any certificate of the trust anchor (no `aws:PrincipalTag/x509…`)",
            ],
        ),
        (
            door(
                "Service",
                ANYWHERE,
                StringEquals={"aws:PrincipalTag/x509Subject/CN": "x", "aws:SourceAccount": ACCOUNT},
            ),
            DoorKind.ROLES_ANYWHERE,
            ["any trust anchor of the account (no `aws:SourceArn`)"],
        ),
        (
            door(
                "Service",
                ANYWHERE,
                ArnEquals={"aws:SourceArn": "arn:x"},
                StringEquals={"aws:PrincipalTag/x509Subject/CN": "x"},
            ),
            DoorKind.ROLES_ANYWHERE,
            [],
        ),
        (
            door("Federated", COGNITO, "*"),
            DoorKind.COGNITO,
            [
                "any identity pool (no `cognito-identity.amazonaws.com:aud`)",
                "signed in or not (no `cognito-identity.amazonaws.com:amr`)",
            ],
        ),
        (
            door(
                "Federated",
                COGNITO,
                "*",
                **{
                    "StringEquals": {f"{COGNITO}:aud": "p"},
                    "ForAnyValue:StringLike": {f"{COGNITO}:amr": "unauthenticated"},
                },
            ),
            DoorKind.COGNITO,
            ["callers who have not signed in (`unauthenticated`)"],
        ),
        (
            door(
                "Federated",
                COGNITO,
                "*",
                **{
                    "StringEquals": {f"{COGNITO}:aud": "p"},
                    "ForAnyValue:StringLike": {f"{COGNITO}:amr": "authenticated"},
                },
            ),
            DoorKind.COGNITO,
            [],
        ),
    ],
)
def test_doors_and_what_they_leave_open(
    opened: TrustPolicy, kind: DoorKind, gaps: list[str]
) -> None:
    (found,) = doors(opened, ROLE)
    assert (found.kind, list(found.gaps)) == (kind, gaps)


def test_a_door_beside_githubs() -> None:
    both = statement({"StringEquals": {"sub": "repo:acme/app:ref:refs/heads/main"}})
    both["Principal"] = {**both["Principal"], "AWS": "*"}
    both["Action"] = "sts:*"
    answer = reach(policy(both), APP, role=ROLE)
    assert answer.reach.word == "branch"
    (found,) = answer.other_doors
    # The condition asks for a GitHub key, which no AWS principal has; it still limits the door.
    assert (found.kind, found.statement, found.pointer) == (
        DoorKind.ANYONE,
        1,
        "/Statement/0/Principal/AWS",
    )


SSO = "arn:aws:iam::123456789012:saml-provider/AWSSSO_0123456789abcdef_DO_NOT_DELETE"


def test_identity_centers_own_roles_are_recognised() -> None:
    made = RoleArn(
        "aws",
        ACCOUNT,
        "/aws-reserved/sso.amazonaws.com/eu-west-1/",
        "AWSReservedSSO_Admin_0123456789abcdef",
    )
    trust = door("Federated", SSO, "sts:AssumeRoleWithSAML", StringEquals={"SAML:aud": "x"})
    assert is_identity_center_role(made, trust)
    assert reach(trust, APP, role=made).managed
    assert not is_identity_center_role(made._replace(path="/"), trust)
    assert not is_identity_center_role(made, door("Federated", SAML, "sts:AssumeRoleWithSAML"))
    assert not reach(trust, APP, role=ROLE).managed
