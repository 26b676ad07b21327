from __future__ import annotations

import pytest

from oidc_enforcer.arn import OidcProviderArn, RoleArn


@pytest.mark.parametrize(
    "text",
    [
        "",
        "arn:aws:iam::123456789012:user/x",
        "arn:aws:iam::12345678901:role/x",
        "arn:aws:iam:us-east-1:123456789012:role/x",
        "arn:aws:iam::123456789012:role/",
        "arn:aws:iam::123456789012:role/a b",
        "arn:azure:iam::123456789012:role/x",
        "arn:aws:iam::123456789012:role/x\n",
        "arn:aws:iam::123456789012:role/" + "a" * 65,
    ],
)
def test_what_is_no_role(text: str) -> None:
    assert RoleArn.parse(text) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("arn:aws:iam::123456789012:role/deploy", ("aws", "123456789012", "/", "deploy")),
        ("arn:aws-cn:iam::123456789012:role/a/b/c", ("aws-cn", "123456789012", "/a/b/", "c")),
        (
            "arn:aws-us-gov:iam::123456789012:role/x+=,.@-_",
            ("aws-us-gov", "123456789012", "/", "x+=,.@-_"),
        ),
    ],
)
def test_a_role_survives_the_round_trip(text: str, expected: tuple[str, ...]) -> None:
    role = RoleArn.parse(text)
    assert role is not None
    assert tuple(role) == expected
    assert str(role) == text


def test_a_provider_keeps_its_issuers_path() -> None:
    text = "arn:aws-iso-b:iam::123456789012:oidc-provider/ghe.example.com/_services/token"
    provider = OidcProviderArn.parse(text)
    assert provider == ("aws-iso-b", "123456789012", "ghe.example.com/_services/token")
    assert str(provider) == text
    assert OidcProviderArn.parse("arn:aws:iam::123456789012:saml-provider/x") is None
    assert OidcProviderArn.parse("token.actions.githubusercontent.com") is None
