from __future__ import annotations

import json
from typing import Any

import pytest

from oidc_enforcer.errors import UserError
from oidc_enforcer.facts import Role
from oidc_enforcer.policies import Policies, load
from tests.iac.terraform_code import HOST, PROVIDER, answers, subjects

HEAD = """\
AWSTemplateFormatVersion: "2010-09-09"
Parameters:
  GitHubOrg:
    Type: String
    Default: acme
  RepositoryName:
    Type: String
  ProviderArn:
    Type: String
  Branches:
    Type: CommaDelimitedList
    Default: main, dev
Conditions:
  MakeProvider: !Equals [!Ref ProviderArn, ""]
  UseProvider: !Not [!Condition MakeProvider]
  IsAcme: !Equals [!Ref GitHubOrg, acme]
Mappings:
  Envs:
    prod: {Context: "environment:production"}
Resources:
  GithubOidc:
    Type: AWS::IAM::OIDCProvider
    Properties:
      Url: https://token.actions.githubusercontent.com
      ClientIdList: [sts.amazonaws.com]
  Role:
    Type: AWS::IAM::Role
    Properties:
"""
DOCUMENT = """\
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement:
          - Effect: Allow
            Action: sts:AssumeRoleWithWebIdentity
            Principal:
              Federated: !Ref GithubOidc
            Condition:
              StringLike:
                token.actions.githubusercontent.com:sub: %s
"""


def read(text: str, path: str = "template.yml") -> Policies:
    return load(path, text.encode())


def template(subject: str) -> str:
    return HEAD + DOCUMENT % subject


UNTOLD = {
    "!Ref RepositoryName": "`!Ref RepositoryName` (template.yml:38): the parameter `RepositoryName`"
    " has no default",
    '!Sub "repo:${GitHubOrg}/${RepositoryName}:*"': "`${RepositoryName}`: the parameter"
    " `RepositoryName` has no default",
    '!Sub "repo:${AWS::StackName}:*"': "`${AWS::StackName}`: it is only known once the stack is",
    "!Ref AWS::Region": "it is only known once the stack is deployed",
    "!Ref Nothing": "`Nothing` is declared nowhere",
    "!GetAtt Nothing.Arn": "`Nothing` is declared nowhere",
    "!GetAtt Role.RoleId": "it is only known once the stack is deployed",
    "!GetAtt Role.Arn": "CloudFormation chooses the name of `Role`",
    "!ImportValue other": "`!ImportValue other` (template.yml:38): another stack exports it",
    "!Join ['', [a, !Ref RepositoryName]]": "the parameter `RepositoryName` has no default",
    "!Select [7, [a]]": "index out of range",
    "!FindInMap [Envs, dev, Context]": "'dev'",
    "!Base64 x": "`!Base64 x` (template.yml:38): this function is not followed",
    "{'Fn::Transform': {Name: x}}": "this function is not followed",
    "!If [Nothing, a, b]": "the condition `Nothing` is declared nowhere",
    "{a: b}": "a condition's value must be a string, a number or a boolean",
}


@pytest.mark.parametrize(("subject", "why"), UNTOLD.items(), ids=UNTOLD.keys())
def test_what_the_template_does_not_tell_is_unavailable(subject: str, why: str) -> None:
    (reason,) = answers(read(template(subject))).values()
    assert isinstance(reason, str)
    assert why in reason


def test_a_role_without_a_policy_is_not_dropped() -> None:
    found = read("Resources:\n  R:\n    Type: AWS::IAM::Role\n")
    assert answers(found) == {"R": "`R` (template.yml:2) has no `AssumeRolePolicyDocument`"}


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("Resources:\n  A: {}\n  A: {}\n", "`template.yml`, line 3: `A` is given twice"),
        ("Resources: [\n", "not valid YAML"),
        ("Resources: {}\n---\nResources: {}\n", "line 2: GitHub refuses a second document"),
        ("a: b\n", "`template.yml` holds no trust policy"),
        ("just text\n", "`template.yml` holds no trust policy"),
        ("# nothing\n", "`template.yml`, line 1: nothing in it"),
        (
            '{"Resources": {"A": 1,\n "A": 2}}',
            "`template.yml`, line 2: the member `A` is given twice",
        ),
        ('{"Resources": []}', "`template.yml` holds no trust policy"),
    ],
)
def test_what_is_no_template_is_refused(text: str, complaint: str) -> None:
    with pytest.raises(UserError) as problem:
        read(text)
    assert complaint in problem.value.message


def test_what_may_make_further_roles_is_a_gap() -> None:
    found = read("""\
Transform: [AWS::Serverless-2016-10-31, OurMacro]
Resources:
  Fn::ForEach::Roles: [Name, [a], {}]
  Nested:
    Type: AWS::CloudFormation::Stack
    Properties: {TemplateURL: roles.yml}
""")
    assert [gap.reason for gap in found.gaps] == [
        "`Fn::ForEach::Roles` (template.yml:3) makes resources that are not read",
        "the nested stack `Nested` (template.yml:4) is a template of its own: give its file too",
        "the macro `OurMacro` of `template.yml` may change what is declared",
    ]


TOLD: dict[str, Any] = {
    "repo:acme/app:*": "repo:acme/app:*",
    '!Sub "repo:${GitHubOrg}/app:*"': "repo:acme/app:*",
    '!Sub ["repo:${Org}/app:${Env}", {Org: !Ref GitHubOrg, Env: x}]': "repo:acme/app:x",
    '{"Fn::Sub": "repo:${GitHubOrg}/app:*"}': "repo:acme/app:*",
    '!Sub "${!aws:username}"': "${aws:username}",
    "!Join [':', ['repo', !Sub '${GitHubOrg}/app', '*']]": "repo:acme/app:*",
    "[repo:acme/app:*, AWS::x]": ["repo:acme/app:*", "AWS::x"],
    "!Ref Branches": ["main", "dev"],
    "!Select [1, !Ref Branches]": "dev",
    "!Join ['/', !Split ['-', 'acme-app']]": "acme/app",
    "!Join [':', ['repo:acme/app', !FindInMap [Envs, prod, Context]]]": (
        "repo:acme/app:environment:production"
    ),
    "!If [IsAcme, a, b]": "a",
    "!If [MakeProvider, a, a]": "a",
    "[a, !If [IsAcme, !Ref AWS::NoValue, b], c]": ["a", "c"],
    "!Sub '${AWS::AccountId}-${AWS::Partition}'": "000000000000-aws",
    "!Sub '${GithubOidc}'": PROVIDER,
    "!GetAtt GithubOidc.Arn": PROVIDER,
}


@pytest.mark.parametrize(("subject", "value"), TOLD.items(), ids=TOLD.keys())
def test_a_function_gives_what_cloudformation_says(subject: str, value: Any) -> None:
    found = read(template(subject))
    assert subjects(found) == {"Role": [value]}
    (entry,) = found.entries
    assert isinstance(entry.found, Role)
    assert entry.found.policy.statements[0].principals[0].value == PROVIDER


def test_each_branch_of_an_open_condition_is_read() -> None:
    text = template("repo:acme/app:*").replace(
        "!Ref GithubOidc", "!If [UseProvider, !Ref ProviderArn, !Ref GithubOidc]"
    )
    found = answers(read(text))
    assert list(found) == ["Role (if MakeProvider)", "Role (if not MakeProvider)"]
    made, given = found.values()
    assert made["Statement"][0]["Principal"] == {"Federated": PROVIDER}
    assert "the parameter `ProviderArn` has no default" in given


def test_too_many_open_conditions_are_unavailable() -> None:
    many = [f"C{n}" for n in range(5)]
    head = HEAD.replace(
        "Mappings:",
        "".join(f"  {name}: !Equals [!Ref ProviderArn, {name}]\n" for name in many) + "Mappings:",
    )
    nested = "x"
    for name in many:
        nested = f"!If [{name}, {name}, {nested}]"
    listed = ", ".join(f"!If [{name}, {name}, x]" for name in many)
    (reason,) = answers(read(head + DOCUMENT % f"[{listed}]")).values()
    assert "depends on more than 4 conditions" in reason


def test_a_name_and_defaults_that_were_assumed_are_said() -> None:
    text = template('!Sub "repo:${GitHubOrg}/app:*"') + "      RoleName: deploy\n"
    (entry,) = read(text).entries
    assert entry.name == "deploy"
    assert entry.origin == "template.yml:29 (with the default of `GitHubOrg`)"


def test_places_are_those_of_the_template() -> None:
    (entry,) = read(template("repo:acme/app:*")).entries
    assert isinstance(entry.found, Role)
    (statement,) = entry.found.policy.statements
    assert statement.place == (32, 13)
    (condition,) = statement.conditions
    assert condition.place == (38, 17)


def test_a_synthesised_template_in_json_is_read() -> None:
    document = {
        "Statement": [
            {
                "Action": "sts:AssumeRoleWithWebIdentity",
                "Condition": {"StringLike": {f"{HOST}:sub": "repo:acme/app:*"}},
                "Effect": "Allow",
                "Principal": {"Federated": {"Ref": "Github1A2B"}},
            }
        ],
        "Version": "2012-10-17",
    }
    resources = {
        "Github1A2B": {
            "Type": "Custom::AWSCDKOpenIdConnectProvider",
            "Properties": {"Url": f"https://{HOST}"},
        },
        "Role": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": document}},
        "Sam": {
            "Type": "AWS::Serverless::Function",
            "Properties": {"AssumeRolePolicyDocument": document},
        },
        "Plain": {"Type": "AWS::Serverless::Function", "Properties": {}},
    }
    found = read(json.dumps({"Resources": resources}, indent=1), "stack.template.json")
    assert subjects(found) == {"Role": ["repo:acme/app:*"], "Sam": ["repo:acme/app:*"]}
    assert answers(found)["Role"]["Statement"][0]["Principal"] == {"Federated": PROVIDER}
