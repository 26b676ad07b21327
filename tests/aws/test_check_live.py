"""`check --aws` against a server: it asks for exactly the roles that the jobs assume, once each."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from oidc_enforcer import cli
from tests.aws.conftest import iam, make_role
from tests.aws.servers import KEY_ID, Door, refusal

EXAMPLE = Path(__file__).parent.parent.parent / "examples" / "checked-roles"
ISSUER = "https://token.actions.githubusercontent.com"
REPOSITORY = ("--repo", "acme/app", "--repo-id", "2001", "--owner-id", "1001")


@pytest.fixture(autouse=True)
def _in_the_example(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(EXAMPLE)


def make_account(port: int, *audiences: str) -> None:
    """The example's roles, one that nobody assumes, and a provider."""
    client = iam(port)
    for name in ("site", "plan"):
        make_role(client, name, json.loads((EXAMPLE / "trust" / f"{name}.json").read_text()))
    make_role(client, "unrelated")
    if audiences:
        client.create_open_id_connect_provider(Url=ISSUER, ClientIDList=list(audiences))


def judged(capsys: pytest.CaptureFixture[str]) -> tuple[int, dict[str, Any]]:
    status = cli.main(["check", "--format", "json", *REPOSITORY, "--aws"])
    out = capsys.readouterr().out
    assert KEY_ID not in out
    return status, json.loads(out)


def test_the_roles_that_are_assumed_and_no_others(
    aws_door: Door, moto_port: int, capsys: pytest.CaptureFixture[str]
) -> None:
    make_account(moto_port, "sts.amazonaws.com")
    status, report = judged(capsys)
    assert status == cli.FINDINGS
    assert [one["rule"] for one in report["findings"]] == [
        "broad-trust",
        "pull-request-trust",
        "recyclable-trust",
        "unassumable-role",
    ]
    assert report["skipped"] == []
    assert aws_door.seen.count("GetRole") == 2
    assert "iam:GetRole 2" in report["context"]["policy_sources"]
    assert not {"ListRoles", "GetAccountAuthorizationDetails"} & set(aws_door.seen)


@pytest.mark.parametrize("audiences", [(), ("https://github.com/acme",)])
def test_an_account_without_a_usable_provider(
    aws_door: Door, moto_port: int, capsys: pytest.CaptureFixture[str], audiences: tuple[str, ...]
) -> None:
    make_account(moto_port, *audiences)
    _, report = judged(capsys)
    assert {one["rule"] for one in report["findings"]} >= {"missing-provider"}


def test_what_aws_refuses_is_a_skip_and_never_a_pass(
    aws_door: Door, moto_port: int, capsys: pytest.CaptureFixture[str]
) -> None:
    make_account(moto_port, "sts.amazonaws.com")
    aws_door.answers = lambda action, _: refusal("AccessDenied") if action == "GetRole" else None
    status, report = judged(capsys)
    assert status == cli.CLEAN
    assert [one["rule"] for one in report["skipped"]] == ["broad-trust"] * 2
    assert cli.main(["check", "--strict", *REPOSITORY, "--aws"]) == cli.UNVERIFIED
