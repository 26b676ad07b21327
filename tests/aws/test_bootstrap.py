"""`bootstrap --apply`: a plan first, then what is missing, and nothing the second time."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from oidc_enforcer.cli import main
from oidc_enforcer.iam.document import from_data
from oidc_enforcer.iam.reach import reach
from oidc_enforcer.iam.tokens import Repository
from tests.aws.conftest import iam, make_role
from tests.aws.servers import Answer, Door, refusal

ACME = ["bootstrap", "--repo", "acme/app", "--allow", "environment:production"]
ROLE = "github-actions-app"
ADD = "AddClientIDToOpenIDConnectProvider"
ADDED = Answer(200, f"<{ADD}Response><ResponseMetadata/></{ADD}Response>")


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_what_is_missing_is_made_once(
    aws_door: Door, moto_port: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*ACME, "--apply"]) == 0
    out, err = capsys.readouterr()
    assert out.strip().endswith(f":role/{ROLE}")
    assert err.index("create the OIDC provider") < err.index("create the role")
    role = iam(moto_port).get_role(RoleName=ROLE)["Role"]
    trust = from_data(role["AssumeRolePolicyDocument"])
    assert reach(trust, Repository("acme", "app")).reach.word == "environment"
    policy = iam(moto_port).get_role_policy(RoleName=ROLE, PolicyName="permissions")
    assert '"Deny"' in json.dumps(policy["PolicyDocument"])
    aws_door.seen.clear()
    assert main([*ACME, "--apply"]) == 0
    assert "nothing to do" in capsys.readouterr().err
    assert not [each for each in aws_door.seen if not each.startswith("Get")]


def test_a_provider_that_is_there_is_used(
    aws_door: Door, moto_port: int, capsys: pytest.CaptureFixture[str]
) -> None:
    client = iam(moto_port)
    url = "https://token.actions.githubusercontent.com"
    client.create_open_id_connect_provider(Url=url, ClientIDList=["other"])
    assert main([*ACME, "--aws"]) == 0
    out = capsys.readouterr().out
    assert "default     = false" in out
    assert not [each for each in aws_door.seen if not each.startswith("Get")], "it only asks"
    # NOTE: moto does not know this call, so the door answers it as IAM does.
    aws_door.answers = lambda action, count: ADDED if action == ADD else None
    assert main([*ACME, "--apply"]) == 0
    assert "add the audience" in capsys.readouterr().err
    assert aws_door.seen.count(ADD) == 1
    assert "CreateOpenIDConnectProvider" not in aws_door.seen


def test_a_role_that_trusts_others_is_left_alone(
    aws_door: Door, moto_port: int, capsys: pytest.CaptureFixture[str]
) -> None:
    client = iam(moto_port)
    make_role(client, ROLE)
    before = client.get_role(RoleName=ROLE)["Role"]["AssumeRolePolicyDocument"]
    assert main([*ACME, "--apply"]) == 1
    assert "nothing was done" in capsys.readouterr().err
    assert client.get_role(RoleName=ROLE)["Role"]["AssumeRolePolicyDocument"] == before
    assert main([*ACME, "--apply", "--replace-trust"]) == 0
    assert client.get_role(RoleName=ROLE)["Role"]["AssumeRolePolicyDocument"] != before


def test_a_refusal_is_said(aws_door: Door, capsys: pytest.CaptureFixture[str]) -> None:
    aws_door.answers = lambda action, count: (
        refusal("AccessDenied") if action == "CreateRole" else None
    )
    assert main([*ACME, "--apply"]) == 2
    assert "create the role" in capsys.readouterr().err
