"""Every form of a trust policy says the same policy."""

from __future__ import annotations

import json

import pytest

from oidc_enforcer.arn import OidcProviderArn
from oidc_enforcer.facts import Role
from oidc_enforcer.iam.document import TrustPolicy, from_data
from oidc_enforcer.iam.issuers import GITHUB_COM
from oidc_enforcer.iam.tightest import Form, Wanted, parse_needs, tightest
from oidc_enforcer.iam.writing import as_data
from oidc_enforcer.policies import load
from oidc_enforcer.reporters.policy_text import as_cloudformation, as_json, as_terraform
from tests.iam.policies import ACCOUNT, APP, policy, statement
from tests.reporters.example import golden

HERE = OidcProviderArn("aws", ACCOUNT, GITHUB_COM)
SUGGESTED = tightest(
    Wanted(APP, HERE, parse_needs(["branch:main", "environment:production"]), Form.BOTH)
)
ROLE = 'resource "aws_iam_role" "deploy" {\n  name = "deploy"\n  assume_role_policy = '


def meaning(found: TrustPolicy) -> object:
    return as_data(found)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("suggest.json", as_json(SUGGESTED.document)),
        ("suggest.tf", as_terraform(SUGGESTED.document)),
        ("suggest.cfn.yml", as_cloudformation(SUGGESTED.document)),
        ("suggest-here.cfn.yml", as_cloudformation(SUGGESTED.document, here=True)),
    ],
)
def test_what_is_printed(name: str, text: str) -> None:
    assert text == golden(name, text)


HARD = policy(
    statement({"StringLike": {"sub": ['repo:acme/app:environment:${$}{x} %{y} "z"\\', "é*"]}}),
    statement({"StringEquals": {"sub": "repo:acme/app:pull_request"}}, "Deny"),
)


@pytest.mark.parametrize("written", [SUGGESTED.policy, HARD])
def test_terraform_reads_back_as_the_same_policy(written: TrustPolicy) -> None:
    text = as_terraform(as_data(written) | {"Statement": as_data(written)["Statement"]})
    code = f"{text}\n{ROLE}data.aws_iam_policy_document.trust.json\n}}\n"
    (entry,) = load("main.tf", code.encode()).entries
    assert isinstance(entry.found, Role), entry.found
    assert sorted(map(str, meaning_rows(entry.found.policy))) == sorted(
        map(str, meaning_rows(written))
    )


def meaning_rows(found: TrustPolicy) -> list[object]:
    return [
        (each.effect, each.actions, condition.operator, condition.key, sorted(condition.values))
        for each in found.statements
        for condition in each.conditions
    ]


def test_json_reads_back_as_the_same_policy() -> None:
    data = json.loads(as_json(as_data(HARD)))
    assert meaning(from_data(data)) == meaning(HARD)
