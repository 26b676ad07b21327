from __future__ import annotations

from typing import Any

import pytest

from oidc_enforcer.iam.issuers import GITHUB_COM
from oidc_enforcer.iam.vacuity import vacuous_conditions, way_out
from tests.iam.policies import APP, policy, provider, statement, trusting


@pytest.mark.parametrize(
    ("operator", "key", "value"),
    [
        ("StringEquals", "aud", "sts.amazonaws.com"),
        ("StringLike", "aud", "*.amazonaws.com"),
        ("StringLike", "sub", "repo:acme/app:*"),
        ("StringLike", "sub", "repo:*"),  # a customised subject need not begin so
        ("StringLike", "sub", "*:*"),  # the template [context] writes `pull_request` alone
        ("StringLike", "environment", "*"),
        ("StringNotLike", "ref", "refs/pull/*"),
        ("ForAllValues:StringEquals", "environment", "production"),
        ("Null", "environment", "false"),
        ("StringEquals", "sts:RoleSessionName", "GitHubActions"),
        ("IpAddress", "aws:SourceIp", "10.0.0.0/8"),
        ("DateLessThan", "aws:CurrentTime", "1999-01-01T00:00:00Z"),
        ("StringResembles", "sub", "x"),
    ],
)
def test_a_condition_that_tells_tokens_apart(operator: str, key: str, value: str) -> None:
    assert vacuous_conditions(trusting({operator: {key: value}}), APP) == ()


@pytest.mark.parametrize(
    ("operator", "key", "value", "always"),
    [
        ("StringLike", "sub", "*", True),
        ("StringLike", "aud", "?*", True),
        ("StringLike", "repository", "*/*", True),
        ("StringLike", "job_workflow_ref", "*/.github/workflows/*@*", True),
        ("StringLike", "ref", "refs/*", True),
        ("Null", "sub", "false", True),
        ("ForAllValues:StringLike", "subject", "repo:acme/app:*", True),
        ("StringEqualsIfExists", "repository_owner", "acme", True),
        ("StringNotEquals", "event_name", "pull_request", True),
        ("StringNotEquals", "sub", "repo:acme/app:*", True),
        ("StringEquals", "sub", f"${{{GITHUB_COM}:sub}}", True),
        ("Bool", "sub", "false", True),
        ("StringEquals", "repository_owner", "acme", False),
        ("StringEquals", "sub", "repo:acme/app:*", False),
        ("StringEquals", "sub", "repo:acme/app:refs/heads/main", False),
        ("StringEquals", "ref", "main", False),
        ("StringEquals", "repository_id", "02001", False),
        ("StringLike", "job_workflow_ref", "acme/shared/deploy.yml@*", False),
        ("StringEquals", "gitlab.com:sub", "x", False),
        ("ArnLike", "sub", "*", False),
    ],
)
def test_a_condition_that_does_not(operator: str, key: str, value: Any, always: bool) -> None:
    (found,) = vacuous_conditions(trusting({operator: {key: value}}), APP)
    assert (found.condition.operator, found.always) == (operator, always)


@pytest.mark.parametrize(
    ("operator", "key", "value", "expected"),
    [
        ("StringEquals", "repository_owner", "acme", "ask for a claim that AWS sees"),
        ("StringLike", "sub", "*", "name the values that may get in"),
        ("StringEquals", "sub", "repo:acme/app:*", "use `StringLike`"),
        ("StringNotEquals", "sub", "repo:acme/app:*", "use `StringNotLike`"),
        ("ArnLike", "sub", "*", "claims are no ARNs"),
        ("StringEquals", "sub", "repo:Acme/App:pull_request", "GitHub writes `acme/app`"),
        ("StringLike", "job_workflow_ref", "ACME/app/.github/*", "GitHub writes `acme/app`"),
        ("StringEquals", "ref", "main", "write a value that GitHub mints"),
    ],
)
def test_the_way_out(operator: str, key: str, value: str, expected: str) -> None:
    (found,) = vacuous_conditions(trusting({operator: {key: value}}), APP)
    assert expected in way_out(found, APP)


def test_what_a_server_does_not_map_is_not_seen() -> None:
    host = "ghe.acme.com/_services/token"
    data = {**statement({"StringEquals": {f"{host}:repository_id": "2001"}})}
    data["Principal"] = {"Federated": provider(host)}
    (found,) = vacuous_conditions(policy(data), APP)
    assert "a claim that AWS sees" in way_out(found, APP)


def test_each_condition_is_judged_alone() -> None:
    both = trusting({"StringEquals": {"sub": "x", "aud": "y"}, "StringLike": {"ref": "refs/*"}})
    assert [(each.condition.values, each.always) for each in vacuous_conditions(both, APP)] == [
        (("x",), False),
        (("refs/*",), True),
    ]


def test_other_doors_are_not_judged() -> None:
    saml = {
        "Effect": "Allow",
        "Principal": {"Federated": "arn:aws:iam::1:saml-provider/x"},
        "Action": "sts:AssumeRoleWithSAML",
        "Condition": {"StringEquals": {"SAML:aud": "x"}},
    }
    assert vacuous_conditions(policy(saml), APP) == ()


def test_issuers_that_disagree_make_no_verdict() -> None:
    mixed = statement({"StringNotEquals": {"ref": "refs/heads/main"}})
    mixed["Principal"] = {"Federated": [provider(), provider("ghe.example.com/_services/token")]}
    assert vacuous_conditions(policy(mixed), APP) == ()
