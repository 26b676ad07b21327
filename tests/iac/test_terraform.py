from __future__ import annotations

import json
from typing import Any

import pytest

from oidc_enforcer.errors import UserError
from oidc_enforcer.facts import Role
from tests.iac.terraform_code import AROUND, HOST, PROVIDER, answers, read, subjects, trust

DOCUMENT = """
data "aws_iam_policy_document" "trust" {
  statement {
    effect  = "Allow"
    actions = ["sts:AssumeRoleWithWebIdentity"]

    principals {
      type        = "Federated"
      identifiers = [aws_iam_openid_connect_provider.github.arn]
    }

    condition {
      test     = "StringEquals"
      variable = "token.actions.githubusercontent.com:aud"
      values   = ["sts.amazonaws.com"]
    }

    condition {
      test     = "StringLike"
      variable = "token.actions.githubusercontent.com:sub"
      values   = %s
    }
  }
}
"""
ROLE = """
resource "aws_iam_role" "deploy" {
  name               = "deploy"
  assume_role_policy = data.aws_iam_policy_document.trust.json
}
"""


def document(values: str) -> str:
    return AROUND + DOCUMENT % values + ROLE


def reason(code: str | dict[str, str]) -> str:
    (answer,) = answers(read(code)).values()
    assert isinstance(answer, str), f"it was told: {answer}"
    return answer


# -- what must not pass, and must not be dropped ------------------------------------------------

HEREDOC = """resource "aws_iam_role" "r" {
  assume_role_policy = <<EOF
%s
EOF
}
"""
UNTOLD = {
    "variable without default": (
        document('["repo:${var.org}/${var.repo}:*"]') + 'variable "org" {}\nvariable "repo" {}\n',
        "`var.org` (main.tf:29): the variable `org` (main.tf:38) has no default",
    ),
    "no such local": (document("[local.sub]"), "the local value `sub` is declared nowhere"),
    "remote state": (
        document("[data.terraform_remote_state.x.outputs.sub]")
        + 'data "terraform_remote_state" "x" {\n  backend = "s3"\n}\n',
        "`data.terraform_remote_state.x.outputs` is only known once it has been applied",
    ),
    "parameter of the account": (
        document("[data.aws_ssm_parameter.sub.value]")
        + 'data "aws_ssm_parameter" "sub" {\n  name = "/sub"\n}\n',
        "`data.aws_ssm_parameter.sub.value` is only known once it has been applied",
    ),
    "for_each over what is not told": (
        AROUND
        + 'variable "repos" {}\n'
        + 'resource "aws_iam_role" "r" {\n  for_each = var.repos\n  name = each.key\n'
        + "  assume_role_policy = jsonencode({ Statement = each.value })\n}\n",
        "the variable `repos` (main.tf:9) has no default",
    ),
    "dynamic block over what is not told": (
        AROUND
        + DOCUMENT.replace(
            'condition {\n      test     = "StringLike"',
            'dynamic "condition" {\n'
            '      for_each = var.conditions\n      content {\n      test = "StringLike"',
            1,
        ).replace("%s\n    }", '["x"]\n    }\n    }')
        + ROLE
        + 'variable "conditions" {}\n',
        "the variable `conditions`",
    ),
    "no trust policy": (
        'resource "aws_iam_role" "r" {\n  name = "r"\n}\n',
        "`aws_iam_role.r` (main.tf:1) has no `assume_role_policy`",
    ),
    "null": (
        'resource "aws_iam_role" "r" {\n  assume_role_policy = null\n}\n',
        "has no `assume_role_policy`",
    ),
    "no JSON": (
        HEREDOC % '{\n  "Version": ,\n}',
        "the policy is not valid JSON: expected a JSON value (main.tf:4)",
    ),
    "a member twice": (
        'resource "aws_iam_role" "r" {\n  assume_role_policy = <<EOF\n{\n  "Version": "2012-10-17",'
        '\n  "Version": "2012-10-17"\n}\nEOF\n}\n',
        "the policy is not valid JSON: `Version` is given twice (main.tf:5)",
    ),
    "empty": (
        'resource "aws_iam_role" "r" {\n  assume_role_policy = ""\n}\n',
        "the policy is not valid JSON",
    ),
    "a permissions policy": (
        'resource "aws_iam_role" "r" {\n  assume_role_policy = jsonencode({\n'
        '    Statement = [{\n      Effect = "Allow"\n      Action = "s3:*"\n      Resource = "*"'
        "\n    }]\n  })\n}\n",
        "`Resource` is not allowed in a trust policy: the role is the resource (line 6 of main.tf)",
    ),
    "a directive that is no directive": (
        HEREDOC % "%{ unless true }{}%{ endif }",
        "`%{ unless true }` is no directive",
    ),
    "a directive that is not closed": (
        HEREDOC % "%{ if true }{}",
        "a template's `endif` is missing",
    ),
    "a directive that closes nothing": (
        HEREDOC % "{}%{ endfor }",
        "a template's `endfor` closes nothing",
    ),
    "a directive over what is not told": (
        HEREDOC % "%{ for x in var.nothing }{}%{ endfor }",
        "the variable `nothing` is declared nowhere",
    ),
    "a template that is not there": (
        'resource "aws_iam_role" "r" {\n  assume_role_policy = file("${path.module}/t.json")\n}\n',
        "`t.json`, which `file` reads, is not among the files",
    ),
    "a policy document that is not there": (ROLE, "is declared nowhere"),
    "an output of a foreign module": (
        'module "oidc" {\n  source = "example/oidc/aws"\n}\nresource "aws_iam_role" "r" {\n'
        "  assume_role_policy = module.oidc.policy\n}\n",
        "the module `oidc` (main.tf:1) comes from `example/oidc/aws`, which is not read",
    ),
    "count that is not told": (
        'variable "n" {}\nresource "aws_iam_role" "r" {\n  count = var.n\n'
        '  assume_role_policy = "${count.index}"\n}\n',
        "the variable `n` (main.tf:1) has no default",
    ),
}


@pytest.mark.parametrize(("code", "why"), UNTOLD.values(), ids=UNTOLD.keys())
def test_what_the_code_does_not_tell_is_unavailable(code: str, why: str) -> None:
    assert why in reason(code)


def test_a_file_that_is_no_terraform_is_refused_with_its_line() -> None:
    with pytest.raises(UserError, match=r"`main.tf`, line 2: not Terraform syntax near `x = = 1`"):
        read('resource "aws_iam_role" "r" {\n  x = = 1\n}\n')


def test_one_broken_file_of_several_is_a_gap() -> None:
    found = read({"broken.tf": "x = = 1\n", "main.tf": document('["repo:acme/app:*"]')})
    assert [gap.reason for gap in found.gaps] == [
        "`broken.tf`, line 1: not Terraform syntax near `x = = 1`"
    ]
    assert len(found.entries) == 1


def test_terraform_as_json_and_foreign_modules_are_gaps() -> None:
    code = 'module "x" {\n  source = "terraform-aws-modules/vpc/aws"\n}\n'
    found = read({"a.tf.json": "{}", "main.tf": code})
    assert [gap.reason for gap in found.gaps] == [
        "`a.tf.json` is Terraform written as JSON, which is not read",
        "the module `x` (main.tf:1) comes from `terraform-aws-modules/vpc/aws`, which is not read:"
        " `terraform show -json` tells what it makes",
    ]


def test_a_secret_in_an_expression_is_not_repeated() -> None:
    key = "AKIA" + "Q3EXAMPLE7KEY5ID"
    assert key not in reason(
        f'resource "aws_iam_role" "r" {{\n  assume_role_policy = x("{key}")\n}}\n'
    )


# -- what is read -------------------------------------------------------------------------------

LITERAL = json.dumps(trust("repo:acme/app:*"), indent=2)
LOCALS = """
locals {
  org   = "acme"
  repos = ["app", "api"]
  subs  = [for repo in local.repos : "repo:${local.org}/${repo}:ref:refs/heads/main"]
}
"""
JSONENCODE = """
resource "aws_iam_role" "deploy" {
  name = "deploy"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect = "Allow"
        Principal = {
          Federated = aws_iam_openid_connect_provider.github.arn
        }
        Action = "sts:AssumeRoleWithWebIdentity"
        Condition = {
          StringLike = {
            "${aws_iam_openid_connect_provider.github.url}:sub" = "repo:acme/app:*" # any branch
          }
          StringEquals = {
            "token.actions.githubusercontent.com:aud" : "sts.amazonaws.com",
          }
        }
      },
    ]
  })
}
"""
TOLD: dict[str, tuple[str, Any]] = {
    "policy document": (document('["repo:acme/app:*"]'), ["repo:acme/app:*"]),
    "variables with defaults": (
        document('["repo:${var.org}/${var.repo}:*"]')
        + 'variable "org" {\n  default = "acme"\n}\nvariable "repo" {\n  type = string\n'
        + '  default = "app"\n}\n',
        ["repo:acme/app:*"],
    ),
    "locals and a loop": (
        document("local.subs") + LOCALS,
        [["repo:acme/app:ref:refs/heads/main", "repo:acme/api:ref:refs/heads/main"]],
    ),
    "format": (document('[format("repo:%s/%s:*", "acme", "app")]'), ["repo:acme/app:*"]),
    "concat": (
        document(
            'concat(["repo:acme/app:*"], [for b in ["main"] : "repo:acme/x:ref:refs/heads/${b}"])'
        ),
        [["repo:acme/app:*", "repo:acme/x:ref:refs/heads/main"]],
    ),
    "heredoc": (
        HEREDOC.replace('"r" {', '"deploy" {\n  name = "deploy"') % LITERAL,
        ["repo:acme/app:*"],
    ),
    "indented heredoc with expressions": (
        AROUND
        + 'resource "aws_iam_role" "deploy" {\n  name = "deploy"\n'
        + "  assume_role_policy = <<-POLICY\n    "
        + LITERAL.replace(PROVIDER, "${aws_iam_openid_connect_provider.github.arn}")
        .replace("repo:acme/app:*", 'repo:acme/${lower("APP")}:*')
        .replace("\n", "\n    ")
        + "\n  POLICY\n}\n",
        ["repo:acme/app:*"],
    ),
    "jsonencode": (AROUND + JSONENCODE, ["repo:acme/app:*"]),
    "a policy document by count": (
        AROUND
        + (DOCUMENT % '["repo:acme/app:*"]').replace('"trust" {', '"trust" {\n  count = 1')
        + ROLE.replace(".trust.json", ".trust[0].json"),
        ["repo:acme/app:*"],
    ),
    "a provider that is there already": (
        AROUND.replace(
            'resource "aws_iam_openid_connect_provider"', 'data "aws_iam_openid_connect_provider"'
        )
        + DOCUMENT.replace("[aws_iam", "[data.aws_iam") % '["repo:acme/app:*"]'
        + ROLE,
        ["repo:acme/app:*"],
    ),
    "a provider that is made or found": (
        AROUND.replace('"github" {', '"github" {\n  count = var.create ? 1 : 0')
        + 'variable "create" {\n  default = false\n}\n'
        + 'data "aws_iam_openid_connect_provider" "found" {\n  count = var.create ? 0 : 1\n'
        + '  url = "https://token.actions.githubusercontent.com"\n}\n'
        + DOCUMENT.replace(
            "aws_iam_openid_connect_provider.github.arn",
            "try(aws_iam_openid_connect_provider.github[0].arn,"
            " data.aws_iam_openid_connect_provider.found[0].arn)",
        )
        % '["repo:acme/app:*"]'
        + ROLE,
        ["repo:acme/app:*"],
    ),
    "a provider by the account's number": (
        AROUND
        + DOCUMENT.replace(
            "aws_iam_openid_connect_provider.github.arn",
            '"arn:${data.aws_partition.current.partition}:iam::'
            "${data.aws_caller_identity.current.account_id}:oidc-provider/"
            'token.actions.githubusercontent.com"',
        )
        % '["repo:acme/app:*"]'
        + ROLE,
        ["repo:acme/app:*"],
    ),
    "a heredoc with directives": (
        HEREDOC.replace('"r" {', '"deploy" {\n  name = "deploy"')
        % LITERAL.replace(
            '"repo:acme/app:*"',
            '[\n%{ for index, repo in ["app", "api"] ~}\n%{ if index > 0 }, %{ else }%{ endif }'
            '"repo:acme/${repo}:*"\n%{~ endfor ~}\n]',
        ),
        [["repo:acme/app:*", "repo:acme/api:*"]],
    ),
    "a dynamic block": (
        AROUND
        + DOCUMENT.replace(
            "%s\n    }",
            '["repo:acme/app:*"]\n    }\n'
            + """
    dynamic "condition" {
      for_each = { "StringNotLike" = "repo:acme/app:pull_request" }
      iterator = each_condition
      content {
        test     = each_condition.key
        variable = "token.actions.githubusercontent.com:sub"
        values   = [each_condition.value]
      }
    }""",
        )
        + ROLE,
        ["repo:acme/app:*", "repo:acme/app:pull_request"],
    ),
    "two conditions on one key": (
        AROUND
        + DOCUMENT.replace(
            "%s\n    }",
            '["repo:acme/app:*"]\n    }\n'
            + """
    condition {
      test     = "StringLike"
      variable = "token.actions.githubusercontent.com:sub"
      values   = ["repo:acme/api:*"]
    }""",
        )
        + ROLE,
        [["repo:acme/app:*", "repo:acme/api:*"]],
    ),
}


@pytest.mark.parametrize(("code", "expected"), TOLD.values(), ids=TOLD.keys())
def test_a_role_s_subjects_are_read(code: str, expected: list[Any]) -> None:
    found = read(code)
    assert subjects(found) == {"deploy": expected}
    (entry,) = found.entries
    assert isinstance(entry.found, Role)
    (statement,) = entry.found.policy.statements
    assert statement.principals[0].value == PROVIDER
    assert not found.gaps


def test_each_instance_is_a_role_of_its_own() -> None:
    code = document('["repo:acme/${each.key}:*"]').replace(
        '"trust" {', '"trust" {\n  for_each = local.repos'
    )
    code = code.replace(
        'resource "aws_iam_role" "deploy" {\n  name               = "deploy"',
        'resource "aws_iam_role" "deploy" {\n  for_each = local.repos\n'
        '  name = "deploy-${each.value.env}"',
    ).replace(".trust.json", ".trust[each.key].json")
    code += 'locals {\n  repos = {\n    app = { env = "prod" }\n    api = { env = "dev" }\n  }\n}\n'
    assert subjects(read(code)) == {
        "deploy-dev": ["repo:acme/api:*"],
        "deploy-prod": ["repo:acme/app:*"],
    }


def test_no_instance_is_no_role() -> None:
    code = document('["x"]').replace('"deploy" {', '"deploy" {\n  count = 0')
    assert not read(code).entries


def test_a_role_that_is_the_same_for_every_unknown_instance_is_read_once() -> None:
    code = document('["repo:acme/app:*"]').replace(
        '"deploy" {\n  name               = "deploy"',
        '"deploy" {\n  for_each = var.names\n  name = each.key',
    )
    assert subjects(read(code + 'variable "names" {}\n')) == {
        "aws_iam_role.deploy[*]": ["repo:acme/app:*"]
    }


def test_a_module_in_the_tree_is_read_as_it_is_called() -> None:
    module = (
        'variable "subjects" {\n  type = list(string)\n}\nvariable "name" {}\n'
        + document("var.subjects").replace('= "deploy"', "= var.name")
        + 'output "arn" {\n  value = aws_iam_role.deploy.arn\n}\n'
    )
    caller = (
        'module "deploy" {\n  source   = "./modules/role"\n  for_each = toset(["app", "api"])\n'
        '  name     = "deploy-${each.key}"\n  subjects = ["repo:acme/${each.key}:*"]\n}\n'
        'resource "aws_iam_role" "next" {\n  name = "next"\n  assume_role_policy = jsonencode({\n'
        '    Version = "2012-10-17"\n    Statement = { Effect = "Allow", Action = "sts:AssumeRole",'
        ' Principal = { AWS = module.deploy["app"].arn } }\n  })\n}\n'
    )
    found = read({"infra/main.tf": caller, "infra/modules/role/main.tf": module}, "infra")
    assert subjects(found) == {
        "deploy-api": ["repo:acme/api:*"],
        "deploy-app": ["repo:acme/app:*"],
        "next": [],
    }
    next_policy = answers(found)["next"]
    assert next_policy["Statement"][0]["Principal"] == {
        "AWS": "arn:aws:iam::000000000000:role/deploy-app"
    }


def test_a_module_that_nobody_calls_is_not_dropped() -> None:
    module = 'variable "sub" {}\n' + document("[var.sub]")
    found = read({"main.tf": "", "modules/role/main.tf": module})
    assert "has no default" in answers(found)["deploy"]


def test_a_module_that_calls_itself_ends() -> None:
    code = 'module "again" {\n  source = "../a"\n}\n' + document('["repo:acme/app:*"]')
    found = read({"a/main.tf": code}, "a")
    assert set(subjects(found)) == {"deploy"}
    assert "modules deep" in found.gaps[0].reason


def test_values_come_from_the_files_that_terraform_reads_by_itself() -> None:
    code = document('["repo:${var.org}/app:*"]') + 'variable "org" {\n  default = "wide"\n}\n'
    for name, expected in (
        ("terraform.tfvars", "acme"),
        ("x.auto.tfvars", "acme"),
        ("x.tfvars", "wide"),
    ):
        found = read({"main.tf": code, name: 'org = "acme"\n'})
        assert subjects(found) == {"deploy": [f"repo:{expected}/app:*"]}
    assert "with the default of `var.org`" in read(code).entries[0].origin
    given = read({"main.tf": code, "terraform.tfvars": 'org = "acme"\n'})
    assert given.entries[0].origin == "main.tf:34"


def test_an_override_file_goes_over_what_it_names() -> None:
    override = ROLE.replace("data.aws_iam_policy_document.trust.json", 'file("trust.json")')
    sources = {"main.tf": document('["x"]'), "main_override.tf": override, "trust.json": LITERAL}
    assert subjects(read(sources)) == {"deploy": ["repo:acme/app:*"]}


def test_files_and_templates_of_the_folder_are_read() -> None:
    plain = 'resource "aws_iam_role" "deploy" {\n  name = "deploy"\n  assume_role_policy = %s\n}\n'
    sources = {"infra/trust.json": LITERAL, "infra/t.tftpl": LITERAL.replace("app", "${repo}")}
    one = {**sources, "infra/main.tf": plain % 'file("${path.module}/trust.json")'}
    two = {
        **sources,
        "infra/main.tf": plain % 'templatefile("${path.module}/t.tftpl", { repo = "x" })',
    }
    assert subjects(read(one, "infra")) == {"deploy": ["repo:acme/app:*"]}
    assert subjects(read(two, "infra")) == {"deploy": ["repo:acme/x:*"]}


def test_only_the_roles_of_a_named_file_are_given() -> None:
    sources = {"a.tf": AROUND + DOCUMENT % '["x"]' + ROLE, "b.tf": ROLE.replace("deploy", "other")}
    assert list(answers(read(sources, only="b.tf"))) == ["other"]


def test_sources_and_overrides_are_merged_by_sid() -> None:
    code = """
data "aws_iam_policy_document" "base" {
  statement {
    sid     = "GitHub"
    actions = ["sts:AssumeRoleWithWebIdentity"]
    principals {
      type        = "Federated"
      identifiers = ["arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"]
    }
  }
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "AWS"
      identifiers = ["arn:aws:iam::123456789012:root", "arn:aws:iam::210987654321:root"]
    }
  }
}
data "aws_iam_policy_document" "trust" {
  source_policy_documents   = [data.aws_iam_policy_document.base.json, ""]
  override_policy_documents = [jsonencode({ Statement = [{
    Sid = "GitHub", Effect = "Deny", Principal = "*", Action = "sts:*"
  }, { Effect = "Deny", Principal = { AWS = "*" }, Action = ["sts:TagSession"] }] })]
  statement {
    sid     = "GitHub"
    actions = ["sts:replaced"]
  }
}
"""
    (answer,) = answers(read(code + ROLE)).values()
    assert answer == {
        "Version": "2012-10-17",
        "Statement": [
            {"Sid": "GitHub", "Effect": "Deny", "Principal": {"AWS": "*"}, "Action": "sts:*"},
            {
                "Effect": "Allow",
                "Principal": {
                    "AWS": ["arn:aws:iam::123456789012:root", "arn:aws:iam::210987654321:root"]
                },
                "Action": "sts:AssumeRole",
            },
            {"Effect": "Deny", "Principal": {"AWS": "*"}, "Action": "sts:TagSession"},
        ],
    }


def test_a_policy_variable_is_not_taken_for_an_expression() -> None:
    code = document('["repo:&{aws:PrincipalTag/x}:*"]')
    assert subjects(read(code)) == {"deploy": ["repo:${aws:PrincipalTag/x}:*"]}


def test_the_provider_may_tell_the_account() -> None:
    code = document('["repo:acme/app:*"]')
    provider = (
        'provider "aws" {\n  region = "us-gov-west-1"\n'
        '  allowed_account_ids = ["123456789012"]\n}\n'
    )
    (entry,) = read(code + provider).entries
    assert str(entry.arn) == "arn:aws-us-gov:iam::123456789012:role/deploy"
    assert isinstance(entry.found, Role)
    principal = entry.found.policy.statements[0].principals[0].value
    assert principal == f"arn:aws-us-gov:iam::123456789012:oidc-provider/{HOST}"
    inner = 'assume_role {\n    role_arn = "arn:aws:iam::123456789012:role/x"\n  }'
    (entry,) = read(f'{code}provider "aws" {{\n  {inner}\n}}\n').entries
    assert str(entry.arn) == "arn:aws:iam::123456789012:role/deploy"
    assert read(code).entries[0].arn is None


def test_a_variable_s_type_fills_in_what_is_optional() -> None:
    code = (
        document('["repo:acme/${var.repos["app"].name}:${var.repos["app"].context}"]')
        + """
variable "repos" {
  type = map(object({
    name    = string
    context = optional(string, "ref:refs/heads/main")
    other   = optional(string)
  }))
  default = { app = { name = "app" } }
}
"""
    )
    assert subjects(read(code)) == {"deploy": ["repo:acme/app:ref:refs/heads/main"]}


def test_places_are_those_of_the_code() -> None:
    (entry,) = read(document('["repo:acme/app:*"]')).entries
    assert isinstance(entry.found, Role)
    (statement,) = entry.found.policy.statements
    assert entry.origin == "main.tf:34"
    assert statement.place is not None
    assert statement.place.line == 11
    assert [each.place.line for each in statement.conditions if each.place] == [20, 26]
    heredoc = read(TOLD["indented heredoc with expressions"][0]).entries[0].found
    assert isinstance(heredoc, Role)
    assert heredoc.file is not None
    for condition in heredoc.policy.statements[0].conditions:
        assert condition.place is not None
        line = heredoc.file.line(condition.place.line)
        assert line[condition.place.column - 1 :].startswith(f'"{condition.key}')
