"""`doctor --aws`: what AWS allows, tried by reading alone."""

from __future__ import annotations

import pytest

from oidc_enforcer import cli
from tests.aws.conftest import iam, make_role
from tests.aws.servers import KEY_ID, Answer, Door, refusal
from tests.fakegithub import FakeGitHub

ASKED = ["doctor", "--repo", "acme/app"]


@pytest.fixture(autouse=True)
def _github(github_here: FakeGitHub, monkeypatch: pytest.MonkeyPatch) -> None:
    github_here.state.push("acme/app", {"README.md": "x"})
    github_here.state.token("t")
    monkeypatch.setenv("GH_TOKEN", "t")


def test_aws_is_asked_only_where_somebody_wants_it(aws_door: Door) -> None:
    assert cli.main(ASKED) == 0
    assert aws_door.seen == []


def test_what_is_allowed_works(
    aws_door: Door, moto_port: int, capsys: pytest.CaptureFixture[str]
) -> None:
    arn = make_role(iam(moto_port))
    assert cli.main([*ASKED, "--aws", "--role", arn]) == 0
    out = capsys.readouterr().out
    assert "ok         know the account's OIDC providers\n" in out
    assert f"ok         judge the role {arn}\n" in out
    assert not [each for each in aws_door.seen if not each.startswith(("Get", "List"))]


@pytest.mark.parametrize(
    ("answer", "mark", "status"),
    [
        (refusal("AccessDenied"), "missing    ", 1),
        (refusal("ServiceFailure", 400), "unknown    ", 3),
    ],
)
def test_what_is_denied_is_named(
    aws_door: Door,
    answer: Answer,
    mark: str,
    status: int,
    capsys: pytest.CaptureFixture[str],
) -> None:
    aws_door.answers = lambda action, count: answer if action == "ListRoles" else None
    assert cli.main([*ASKED, "--aws"]) == status
    out = capsys.readouterr().out
    assert f"{mark}judge every role of the account" in out
    assert "`iam:ListRoles`" in out
    assert KEY_ID not in out


def test_a_role_of_another_account_needs_a_reader(
    aws_door: Door, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main([*ASKED, "--role", "arn:aws:iam::210987654321:role/deploy"]) == 3
    assert "give `--profile` for that account" in capsys.readouterr().out
    assert cli.main([*ASKED, "--role", "deploy"]) == 2


def test_credentials_that_are_none_are_for_the_user(
    aws_door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    assert cli.main([*ASKED, "--aws"]) == 2
