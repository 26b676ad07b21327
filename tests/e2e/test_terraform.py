"""Terraform itself, against moto: what we read of code is what Terraform makes of it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.aws.servers import KEY_ID, SECRET, moto
from tests.e2e.terraform import needs_terraform, outputs, provide, terraform
from tests.iac.terraform_code import answers, read, subject
from tests.iac.test_terraform_expressions import KNOWN

EXAMPLE = Path(__file__).parents[2] / "examples" / "terraform"
COMMAND = os.environ.get("OIDC_ENFORCER", "")
RUN = [COMMAND] if COMMAND else [sys.executable, "-m", "oidc_enforcer"]


class Applied(NamedTuple):
    """A folder whose configuration was applied, and where AWS answers."""

    folder: Path
    endpoint: str


def _environment(endpoint: str) -> dict[str, str]:
    return {
        "LANG": "C.UTF-8",
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": KEY_ID,
        "AWS_SECRET_ACCESS_KEY": SECRET,
        "AWS_REGION": "us-east-1",
    }


@pytest.fixture(scope="module")
def applied(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Applied]:
    needs_terraform(provider=True)
    folder = tmp_path_factory.mktemp("terraform") / "infra"
    shutil.copytree(EXAMPLE, folder)
    with moto() as port:
        endpoint = provide(folder, port)
        terraform(folder, "init", "-no-color", "-input=false")
        terraform(folder, "plan", "-out=first.plan", "-no-color", "-input=false")
        (folder / "first.json").write_text(terraform(folder, "show", "-json", "first.plan"))
        terraform(folder, "apply", "-no-color", "-input=false", "first.plan")
        terraform(folder, "plan", "-out=second.plan", "-no-color", "-input=false")
        (folder / "second.json").write_text(terraform(folder, "show", "-json", "second.plan"))
        (folder / "state.json").write_text(terraform(folder, "show", "-json"))
        yield Applied(folder, endpoint)


def _trust(applied: Applied, *arguments: str) -> dict[str, Any]:
    """Each role by name as `trust` reports it; or why it was not read."""
    done = subprocess.run(
        [*RUN, "trust", "--repo", "acme/app", "--format", "json", *arguments],
        cwd=applied.folder,
        env=_environment(applied.endpoint),
        capture_output=True,
        text=True,
        check=False,
    )
    # 1: the example is wide on purpose.
    assert done.returncode in (0, 1, 3), done.stderr
    told = json.loads(done.stdout)
    judged = {each["name"]: each for each in told["roles"]}
    return judged | {each["what"]: each["reason"] for each in told["unavailable"]}


def _said(roles: dict[str, Any]) -> dict[str, Any]:
    """What of a report does not depend on where the policy is written."""
    kept = ("reach", "identity", "pinned", "admits", "audiences", "undetermined", "other_doors")
    return {
        name: [each[word] for word in kept] + [[one["claims"] for one in each["witnesses"]]]
        for name, each in roles.items()
    }


REACH = {
    "app-production": "environment",
    "app-wide": "repo-wide",
    "app-branches": "branch",
    "tags-app": "tag-pattern",
    "tags-api": "org-wide",
}


def test_code_plan_state_and_live_roles_reach_equally_far(applied: Applied) -> None:
    code = _trust(applied, "--policy", ".")
    assert {name: each["reach"] for name, each in code.items()} == REACH
    assert _said(_trust(applied, "--policy", "second.json")) == _said(code)
    assert _said(_trust(applied, "--policy", "state.json")) == _said(code)
    assert _said(_trust(applied, "--policy", "terraform.tfstate")) == _said(code)
    arns = [f"arn:aws:iam::123456789012:role/{name}" for name in REACH]
    live = _trust(applied, *(word for arn in arns for word in ("--role", arn)))
    assert _said(live) == _said(code)
    assert _said(_trust(applied, "--aws")) == _said(code)


def test_a_first_plan_says_what_only_the_apply_will_tell(applied: Applied) -> None:
    first = _trust(applied, "--policy", "first.json")
    assert first["app-wide"]["reach"] == "repo-wide"
    for name in ("app-production", "app-branches", "tags-app", "tags-api"):
        assert "is only known after the apply" in first[name]


def test_the_values_of_the_code_are_terraform_s_own(applied: Applied) -> None:
    """The whole policies, not their reach alone."""
    sources = {
        str(path.relative_to(applied.folder)): path.read_text()
        for path in applied.folder.rglob("*.tf")
        if ".terraform" not in path.parts
    }
    state = json.loads((applied.folder / "state.json").read_text())["values"]["root_module"]
    modules = [state, *state["child_modules"]]
    theirs = {
        each["values"]["name"]: json.loads(each["values"]["assume_role_policy"])
        for module in modules
        for each in module["resources"]
        if each["type"] == "aws_iam_role"
    }
    ours = json.loads(json.dumps(answers(read(sources))).replace("000000000000", "123456789012"))
    assert ours == theirs


def test_expressions_are_worth_what_terraform_says(tmp_path: Path) -> None:
    """All expressions that the unit tests claim to know, asked of Terraform in one run."""
    needs_terraform(provider=False)
    asked = [expression for expression, value in KNOWN.items() if value is not None]
    folder = tmp_path / "expressions"
    folder.mkdir()
    (folder / "main.tf").write_text(
        "".join(
            f'output "e{at}" {{\n  value = {expression}\n}}\n'
            for at, expression in enumerate(asked)
        )
    )
    theirs = outputs(folder)
    for at, expression in enumerate(asked):
        value = theirs[f"e{at}"]
        told = value[0] if isinstance(value, list) and len(value) == 1 else value
        # A condition's value is a text: IAM writes numbers as such.
        assert subject(expression) == (str(told) if isinstance(told, int) else told), expression


DOCUMENTS = """
data "aws_iam_policy_document" "base" {
  statement {
    sid     = "A"
    actions = ["sts:AssumeRoleWithWebIdentity"]
    principals {
      type        = "Federated"
      identifiers = ["x", "y"]
    }
    principals {
      type        = "Federated"
      identifiers = ["z"]
    }
    principals {
      type        = "AWS"
      identifiers = ["*"]
    }
    dynamic "condition" {
      for_each = { "v:sub" = ["a", "&{aws:username}"], "v:aud" = ["b"] }
      content {
        test     = "StringLike"
        variable = condition.key
        values   = condition.value
      }
    }
    condition {
      test     = "StringLike"
      variable = "v:aud"
      values   = ["c"]
    }
  }
  statement {
    effect      = "Deny"
    not_actions = ["sts:TagSession", "sts:AssumeRole"]
    principals {
      type        = "*"
      identifiers = ["*"]
    }
  }
}
data "aws_iam_policy_document" "merged" {
  source_policy_documents   = [data.aws_iam_policy_document.base.json]
  override_policy_documents = [jsonencode({ Version = "2008-10-17", Statement = [{
    Sid = "A", Effect = "Deny", Action = "sts:X", Principal = "*" }] })]
  statement {
    sid     = "B"
    actions = ["sts:B"]
    principals {
      type        = "Service"
      identifiers = ["ec2.amazonaws.com"]
    }
  }
}
"""


def test_policy_documents_are_what_the_provider_writes(tmp_path: Path) -> None:
    needs_terraform(provider=True)
    folder = tmp_path / "documents"
    folder.mkdir()
    names = ("base", "merged")
    fixed = (
        'terraform {\n  required_providers {\n    aws = { source = "hashicorp/aws" }\n  }\n}\n'
        f'provider "aws" {{\n  region = "us-east-1"\n  access_key = "{KEY_ID}"\n'
        f'  secret_key = "{SECRET}"\n  skip_credentials_validation = true\n'
        "  skip_requesting_account_id = true\n  skip_metadata_api_check = true\n}\n"
    )
    given = "".join(
        f'output "{name}" {{\n  value = data.aws_iam_policy_document.{name}.json\n}}\n'
        for name in names
    )
    (folder / "main.tf").write_text(fixed + DOCUMENTS + given)
    theirs = outputs(folder)
    roles = "".join(
        f'resource "aws_iam_role" "{name}" {{\n  name = "{name}"\n'
        f"  assume_role_policy = data.aws_iam_policy_document.{name}.json\n}}\n"
        for name in names
    )
    ours = answers(read(DOCUMENTS + roles))
    for name in names:
        assert _unordered(ours[name]) == _unordered(json.loads(theirs[name]))


def _unordered(value: Any, name: str = "") -> Any:
    """The provider writes principals and conditions of several blocks in an order of its own."""
    if isinstance(value, dict):
        return {each: _unordered(below, each) for each, below in value.items()}
    if isinstance(value, list):
        inner = [_unordered(each) for each in value]
        return inner if name == "Statement" else sorted(inner, key=json.dumps)
    return {"AWS": "*"} if (name, value) == ("Principal", "*") else value
