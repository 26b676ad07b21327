from __future__ import annotations

import pytest

from oidc_enforcer.iam.document import parse
from oidc_enforcer.iam.evaluate import Decision, evaluate, explain
from oidc_enforcer.iam.issuers import GITHUB_COM, Tenancy, github_issuer
from oidc_enforcer.iam.request import Caller, Request
from oidc_enforcer.iam.web_identity import web_identity_request
from tests.iam.policies import ACCOUNT, issuer, policy, provider, statement, trusting

CLAIMS = {
    "aud": "sts.amazonaws.com",
    "sub": "repo:acme/app:ref:refs/heads/dev",
    "ref": "refs/heads/dev",
}
REQUEST = web_identity_request(CLAIMS, issuer(), ACCOUNT)

POLICY = """\
{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Effect": "Allow",
      "Principal": {"Federated":
        "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"},
      "Action": "sts:AssumeRoleWithWebIdentity",
      "Condition": {
        "StringEquals": {
          "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
          "token.actions.githubusercontent.com:sub": "repo:acme/app:ref:refs/heads/main"
        },
        "StringLike": {"token.actions.githubusercontent.com:environment": "prod*"}
      }
    },
    {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
  ]
}
"""


def test_every_refusal_is_explained() -> None:
    first, second = explain(parse(POLICY), REQUEST)
    assert first.applies is False
    told = [
        (each.pointer.rpartition(":")[2], tuple(each.place or ()), each.presented, each.wanted)
        for each in first.refusals
    ]
    assert told == [
        (
            "sub",
            (12, 11),
            "repo:acme/app:ref:refs/heads/dev",
            ("repo:acme/app:ref:refs/heads/main",),
        ),
        ("environment", (14, 24), None, ("prod*",)),
    ]
    assert [each.element for each in second.refusals] == ["Action", "Principal"]
    assert second.refusals[0].wanted == ("sts:AssumeRole",)
    assert second.refusals[1].presented == provider()


def test_a_statement_that_applies_has_no_refusals() -> None:
    (told,) = explain(trusting({"StringLike": {"sub": "repo:acme/app:*"}}), REQUEST)
    assert (told.applies, told.refusals) == (True, ())


def test_the_verdict_names_the_statements_that_made_it() -> None:
    mixed = policy(
        statement({"StringEquals": {"sub": "x"}}),
        statement({"StringLike": {"sub": "repo:acme/*"}}),
        statement({"StringLike": {"sub": "repo:*"}}),
    )
    assert evaluate(mixed, REQUEST) == (Decision.ALLOWED, (2, 3), ())
    denied = policy(*[statement({}), statement({"StringLike": {"ref": "*"}}, "Deny")])
    assert evaluate(denied, REQUEST) == (Decision.EXPLICIT_DENY, (2,), ())
    assert evaluate(policy(statement({"Null": {"sub": "true"}})), REQUEST) == (
        Decision.IMPLICIT_DENY,
        (),
        (),
    )


def test_missing_surroundings_are_named() -> None:
    asked = trusting({"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}, "StringLike": {"sub": "repo:*"}})
    assert evaluate(asked, REQUEST) == (Decision.UNDETERMINED, (), ("aws:SourceIp",))
    (told,) = explain(asked, REQUEST)
    assert told.applies is None


def test_half_a_token_is_undetermined_where_the_rest_matters() -> None:
    half = web_identity_request(
        {"sub": "repo:acme/app:pull_request"}, issuer(), ACCOUNT, complete=False
    )
    by_sub = trusting({"StringEquals": {"sub": "repo:acme/app:pull_request"}})
    by_both = trusting(
        {"StringEquals": {"sub": "repo:acme/app:pull_request", "ref": "refs/heads/x"}}
    )
    assert evaluate(by_sub, half).decision is Decision.ALLOWED
    assert evaluate(by_both, half).missing_context_values == (f"{GITHUB_COM}:ref",)
    assert (
        evaluate(trusting({"StringEquals": {"sub": "x"}}), half).decision is Decision.IMPLICIT_DENY
    )


def test_a_provider_is_looked_up_where_the_role_is() -> None:
    anybody = trusting({})
    for partition, account in (("aws-us-gov", ACCOUNT), ("aws", "999999999999")):
        elsewhere = web_identity_request(CLAIMS, issuer(), account, partition=partition)
        assert evaluate(anybody, elsewhere).decision is Decision.IMPLICIT_DENY


def test_claims_beyond_the_default_are_unsure_outside_the_commercial_partition() -> None:
    gov = f"arn:aws-us-gov:iam::{ACCOUNT}:oidc-provider/{GITHUB_COM}"
    claims = {**CLAIMS, "repository_id": "2001"}
    request = web_identity_request(claims, issuer(), ACCOUNT, partition="aws-us-gov")

    def decision(condition: dict[str, dict[str, str]]) -> str:
        data = statement(condition)
        data["Principal"] = {"Federated": gov}
        return evaluate(policy(data), request).decision.value

    assert decision({"StringEquals": {"repository_id": "2001"}}) == "undetermined"
    assert decision({"StringEqualsIfExists": {"repository_id": "2001"}}) == "allowed"
    assert decision({"StringEquals": {"repository_id": "1"}}) == "implicitDeny"
    assert decision({"StringEquals": {"sub": CLAIMS["sub"]}}) == "allowed"


def test_an_aws_caller_is_matched_by_its_own_kind() -> None:
    door = policy({"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"})
    caller = Caller("AWS", "arn:aws:iam::1:user/x")
    assert evaluate(door, Request("sts:AssumeRole", caller, {})).decision is Decision.ALLOWED
    assert evaluate(door, Request("sts:TagSession", caller, {})).decision is Decision.IMPLICIT_DENY


@pytest.mark.parametrize(
    ("name", "tenancy"),
    [
        ("token.actions.githubusercontent.com", Tenancy.EVERYBODY),
        ("token.actions.githubusercontent.com/acme", Tenancy.ENTERPRISE),
        ("token.actions.acme.ghe.com", Tenancy.ENTERPRISE),
        ("token.actions.acme.ghe.com/acme", Tenancy.ENTERPRISE),
        ("ghe.example.com/_services/token", Tenancy.INSTANCE),
        ("token.actions.githubusercontent.com/", None),
        ("token.actions.githubusercontent.com/a/b", None),
        ("token.actions..ghe.com", None),
        ("token.actions.a.b.ghe.com", None),
        ("vstoken.actions.githubusercontent.com", None),
        ("gitlab.com", None),
        ("/_services/token", None),
    ],
)
def test_githubs_issuers(name: str, tenancy: Tenancy | None) -> None:
    found = github_issuer(name)
    assert (found.tenancy if found else None) is tenancy


def test_the_slug_is_part_of_the_key() -> None:
    slug = issuer(f"{GITHUB_COM}/acme")
    assert slug.key("sub") == f"{GITHUB_COM}/acme:sub"
    assert slug.claim(f"{GITHUB_COM}/ACME:Sub") == "sub"
    assert slug.claim(f"{GITHUB_COM}:sub") is None
    assert (
        issuer("ghe.example.com/_services/token").claim("ghe.example.com/_services/token:ref")
        is None
    )
