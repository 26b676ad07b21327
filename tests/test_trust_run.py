"""Two processes say of many roles what one says."""

from __future__ import annotations

import json

import pytest

from oidc_enforcer import forking, trust_run
from oidc_enforcer.facts import Facts
from oidc_enforcer.iam.tokens import Repository
from oidc_enforcer.policies import load
from oidc_enforcer.reporters.trust_json import render
from oidc_enforcer.trust import Asked, TrustReport
from tools.trust_roles import account

APP = Repository("acme", "app")
ROLES = account(240)
ROLES["RoleDetailList"][200] = {"RoleName": "odd"}
ENTRIES = load("roles.json", json.dumps(ROLES).encode()).entries
ASKED = (Asked({"sub": "repo:acme/app:pull_request"}, False),)


def told(processes: int, asked: tuple[Asked, ...] = ()) -> str:
    roles = trust_run.judged(ENTRIES, Facts(repository=APP), asked, processes=processes)
    return "".join(render(TrustReport(APP, roles)))


@pytest.mark.skipif(not forking.CAN_FORK, reason="this system cannot fork")
def test_two_processes_say_what_one_says() -> None:
    alone = told(1)
    assert told(2) == alone
    assert any(role["findings"] for role in json.loads(alone)["roles"])
    assert told(2, ASKED) == told(1, ASKED)
    assert [each["what"] for each in json.loads(alone)["unavailable"]] == ["odd"]


def test_a_child_that_dies_loses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    alone = told(1)
    monkeypatch.setattr(forking, "start", lambda work: lambda: None)
    assert told(2) == alone
