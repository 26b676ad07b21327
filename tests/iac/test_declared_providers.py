"""What infrastructure code tells of OIDC providers: that they are there, never that one is not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from oidc_enforcer import cli, trust_sources
from oidc_enforcer.arn import RoleArn
from oidc_enforcer.facts import Role
from oidc_enforcer.policies.accounts import in_account

PROVIDER = """resource "aws_iam_openid_connect_provider" "github" {
  url            = "https://token.actions.githubusercontent.com"
  client_id_list = [%s]
}
"""
ROLE = """resource "aws_iam_role" "deploy" {
  name               = "deploy"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRoleWithWebIdentity"
      Principal = { Federated = aws_iam_openid_connect_provider.github.arn }
      Condition = { StringEquals = {
        "token.actions.githubusercontent.com:aud" = "sts.amazonaws.com"
        "token.actions.githubusercontent.com:sub" = "repo:acme/app:ref:refs/heads/main"
      } }
    }]
  })
}
"""
TEMPLATE = """\
Parameters:
  Make: {Type: String, Default: '%s'}
Conditions:
  Makes: !Equals [!Ref Make, 'true']
Resources:
  GitHub:
    Type: AWS::IAM::OIDCProvider
    Condition: Makes
    Properties:
      Url: https://token.actions.githubusercontent.com
      ClientIdList: [sts.amazonaws.com]
  Deploy:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: '2012-10-17'
        Statement:
          Effect: Allow
          Action: sts:AssumeRoleWithWebIdentity
          Principal:
            Federated: !Sub
              'arn:aws:iam::${AWS::AccountId}:oidc-provider/token.actions.githubusercontent.com'
          Condition:
            StringEquals:
              token.actions.githubusercontent.com:aud: sts.amazonaws.com
              token.actions.githubusercontent.com:sub: repo:acme/app:ref:refs/heads/main
"""
AUDIENCE = '"sts.amazonaws.com"'


def said(capsys: pytest.CaptureFixture[str], path: Path) -> tuple[list[str], list[str]]:
    """What `missing-provider` finds, and what it cannot tell."""
    cli.main(["trust", "--policy", str(path), "--repo", "acme/app", "--format", "json"])
    (role,) = json.loads(capsys.readouterr().out)["roles"]
    found, skipped = (
        [one for one in role[kind] if one["rule"] == "missing-provider"]
        for kind in ("findings", "skipped")
    )
    return [one["message"] for one in found], [one["reason"] for one in skipped]


def test_terraform_tells_of_a_provider_that_it_makes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = tmp_path / "main.tf"
    code.write_text(PROVIDER % AUDIENCE + ROLE)
    assert said(capsys, code) == ([], [])
    code.write_text(PROVIDER % '"https://github.com/acme"' + ROLE)
    (message,), skipped = said(capsys, code)
    assert "asks for the audience `sts.amazonaws.com`" in message
    assert not skipped


@pytest.mark.parametrize(
    "code",
    [
        pytest.param(
            PROVIDER.replace("{", "{\n  provider = aws.other", 1) % AUDIENCE + ROLE,
            id="the provider is another account's",
        ),
        pytest.param(
            PROVIDER % AUDIENCE + ROLE.replace("{", "{\n  provider = aws.other", 1),
            id="the role is another account's",
        ),
        pytest.param(PROVIDER % "var.audience" + ROLE, id="its audiences are not told"),
        pytest.param(
            PROVIDER.replace("{", "{\n  count = var.count", 1) % AUDIENCE
            + ROLE.replace("github.arn", "github[0].arn"),
            id="whether it is made is not told",
        ),
        pytest.param(
            PROVIDER.replace("resource", "data") % AUDIENCE
            + ROLE.replace("aws_iam_openid", "data.aws_iam_openid"),
            id="it is looked up",
        ),
    ],
)
def test_what_terraform_does_not_surely_make_stays_open(
    code: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "main.tf"
    path.write_text(code)
    cli.main(["trust", "--policy", str(path), "--repo", "acme/app", "--format", "json"])
    report = json.loads(capsys.readouterr().out)
    unread = [one["what"] for one in report["unavailable"]]
    skipped = [one["rule"] for role in report["roles"] for one in role["skipped"]]
    assert "missing-provider" in skipped or unread == ["deploy"]


@pytest.mark.parametrize(
    ("handed", "number"),
    [
        ("", 1),
        ("  providers = { aws = aws.other }\n", 0),
        ("  providers = {\n    aws = aws\n  }\n", 1),
    ],
)
def test_a_module_may_make_its_provider_in_another_account(
    handed: str, number: int, tmp_path: Path
) -> None:
    (tmp_path / "inner").mkdir()
    output = 'output "arn" {\n  value = aws_iam_openid_connect_provider.github.arn\n}\n'
    (tmp_path / "inner" / "main.tf").write_text(PROVIDER % AUDIENCE + output)
    call = f'module "x" {{\n  source = "./inner"\n{handed}}}\n'
    role = ROLE.replace("aws_iam_openid_connect_provider.github", "module.x")
    (tmp_path / "main.tf").write_text(call + role)
    (entry,) = trust_sources.read(str(tmp_path)).entries
    assert isinstance(entry.found, Role)
    assert len(entry.found.providers) == number


ACCOUNTS = """provider "google" {
  region              = "us-gov-west-1"
  allowed_account_ids = ["333333333333"]
}
provider "aws" {
  allowed_account_ids = ["111111111111"]
  region              = "eu-west-1"
}
provider "aws" {
  alias               = "gov"
  region              = "us-gov-west-1"
  allowed_account_ids = ["444444444444"]
}
provider "aws" {
  alias               = "short"
  region              = var.nowhere
  allowed_account_ids = ["4444"]
}
provider "aws" {
  alias  = "prod"
  region = "cn-north-1"
  assume_role {
    role_arn = "arn:aws-cn:iam::222222222222:role/apply"
  }
}
"""
ACCOUNTS += """provider "aws" {
  alias               = "asking"
  allowed_account_ids = [data.aws_caller_identity.me.account_id]
}
data "aws_caller_identity" "me" {
  provider = aws.asking
}
"""
PROD = "arn:aws-cn:iam::222222222222:role/deploy"


@pytest.mark.parametrize(
    ("code", "inner", "arn"),
    [
        (ROLE, "", "arn:aws:iam::111111111111:role/deploy"),
        (ROLE.replace("{", "{\n  provider = aws.prod", 1), "", PROD),
        ('module "x" {\n  source = "./inner"\n  providers = { aws = aws.prod }\n}\n', ROLE, PROD),
        (
            'module "x" {\n  source = "./inner"\n  providers = { aws.there = aws.prod }\n}\n',
            ROLE.replace("{", "{\n  provider = aws.there", 1),
            PROD,
        ),
        (
            ROLE.replace("{", "{\n  provider = aws.gov", 1),
            "",
            "arn:aws-us-gov:iam::444444444444:role/deploy",
        ),
        # None of these tells whose account it is.
        (ROLE.replace("{", "{\n  provider = aws.short", 1), "", None),
        (ROLE.replace("{", "{\n  provider = aws.asking", 1), "", None),
        (ROLE.replace("{", "{\n  provider = aws.nowhere", 1), "", None),
        (
            'module "x" {\n  source = "./inner"\n}\n',
            ROLE.replace("{", "{\n  provider = aws.y", 1),
            None,
        ),
        (
            'module "x" {\n  source = "./inner"\n}\n',
            'provider "aws" {\n  region = "x"\n}\n' + ROLE,
            None,
        ),
    ],
)
def test_a_role_is_of_the_account_of_the_provider_that_makes_it(
    code: str, inner: str, arn: str | None, tmp_path: Path
) -> None:
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "main.tf").write_text(inner and PROVIDER % AUDIENCE + inner)
    own = "" if inner else PROVIDER % AUDIENCE
    (tmp_path / "main.tf").write_text(ACCOUNTS + own + code)
    (entry,) = trust_sources.read(str(tmp_path)).entries
    assert (entry.arn and str(entry.arn)) == arn


def test_a_default_that_decides_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = tmp_path / "main.tf"
    variable = f'variable "audience" {{\n  default = {AUDIENCE}\n}}\n'
    code.write_text(variable + PROVIDER % "var.audience" + ROLE)
    assert said(capsys, code) == ([], [])
    (entry,) = trust_sources.read(str(code)).entries
    assert "with the default of `var.audience`" in entry.origin


@pytest.mark.parametrize(("default", "told"), [("true", True), ("false", False)])
def test_a_template_tells_of_a_provider_that_it_makes(
    default: str, told: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "stack.yml"
    path.write_text(TEMPLATE % default)
    assert said(capsys, path)[0] == []
    assert bool(said(capsys, path)[1]) is not told
    (entry,) = trust_sources.read(str(path)).entries
    assert "with the default of `Make`" in entry.origin or not told


def test_the_providers_of_a_role_are_of_the_account_that_a_workflow_names(tmp_path: Path) -> None:
    path = tmp_path / "main.tf"
    path.write_text(PROVIDER % AUDIENCE + ROLE)
    (entry,) = trust_sources.read(str(path)).entries
    assert isinstance(entry.found, Role)
    arn = RoleArn.parse("arn:aws-cn:iam::210987654321:role/deploy")
    assert arn is not None
    (provider,) = in_account(entry.found, arn).providers
    assert (provider.arn.partition, provider.arn.account) == ("aws-cn", "210987654321")
