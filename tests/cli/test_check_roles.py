"""`oidc-enforcer check` with trust policies: the whole way, from files to the exit code."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from oidc_enforcer import cli, trust_sources
from oidc_enforcer.arn import RoleArn
from oidc_enforcer.facts import Role
from oidc_enforcer.policies import Entry, Policies
from tests.iam.policies import sub

EXAMPLE = Path(__file__).parent.parent.parent / "examples" / "checked-roles"
REPOSITORY = ("--repo", "acme/app", "--repo-id", "2001", "--owner-id", "1001")
POLICIES = ("--policy", "trust/site.json", "--policy", "trust/plan.json")
MAIN = "repo:acme/app:ref:refs/heads/main"


@pytest.fixture(autouse=True)
def _in_the_example(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(EXAMPLE)


def judged(capsys: pytest.CaptureFixture[str], *typed: str) -> tuple[int, dict[str, Any]]:
    status = cli.main(["check", "--format", "json", *typed])
    return status, json.loads(capsys.readouterr().out)


def test_the_example_is_judged_with_its_policies(capsys: pytest.CaptureFixture[str]) -> None:
    status, report = judged(capsys, *REPOSITORY, *POLICIES)
    assert status == cli.FINDINGS
    assert [(one["rule"], one["line"], one["job"]) for one in report["findings"]] == [
        ("broad-trust", 27, "plan"),
        ("pull-request-trust", 27, "plan"),
        ("recyclable-trust", 27, "plan"),
        ("unassumable-role", 36, "report"),
    ]
    related = report["findings"][0]["related"]
    assert [(place["file"], place["line"]) for place in related] == [("trust/plan.json", 4)]
    assert report["jobs"][0]["subjects"] == ["repo:acme/app:environment:production"]
    assert {one["rule"] for one in report["skipped"]} == {"missing-provider"}
    assert "trust" not in report["context"]


def test_a_snapshot_says_its_age(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    snapshot = tmp_path / "snapshot.json"
    policies = ("--policy", "trust/site.json")
    assert cli.main(["trust", "snapshot", *policies, "--output", str(snapshot)]) == cli.CLEAN
    found = json.loads(snapshot.read_text("utf-8"))
    snapshot.write_text(json.dumps({**found, "taken": "2026-01-01"}), "utf-8")
    capsys.readouterr()
    _, report = judged(capsys, *REPOSITORY, "--policy", str(snapshot))
    assert "is a snapshot of 2026-01-01" in report["context"]["policy_sources"]
    cli.main(["check", *REPOSITORY, "--policy", str(snapshot)])
    assert "take it again with `trust snapshot`" in capsys.readouterr().out


def test_without_policies_it_is_said_once_that_roles_were_not_judged(
    capsys: pytest.CaptureFixture[str],
) -> None:
    status, report = judged(capsys)
    assert status == cli.CLEAN
    assert report["findings"] == report["skipped"] == report["coverage"] == []
    assert "--policy FILE" in report["context"]["trust"]
    assert cli.main(["check"]) == cli.CLEAN
    assert capsys.readouterr().out.count("trust policies") == 1


def test_strict_wants_the_roles_judged(capsys: pytest.CaptureFixture[str]) -> None:
    status, report = judged(capsys, "--strict")
    assert status == cli.UNVERIFIED
    assert [gap["what"] for gap in report["coverage"]] == ["trust policies"]


def test_nothing_is_said_of_roles_where_no_job_assumes_one(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = tmp_path / "ci.yml"
    file.write_text("on: push\njobs:\n  a:\n    runs-on: x\n    steps: [{run: make}]\n")
    status, report = judged(capsys, "--strict", str(file))
    assert status == cli.CLEAN
    assert "trust" not in report["context"]


def test_policies_need_a_repository(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["check", *POLICIES]) == cli.USAGE
    assert "add `--repo OWNER/NAME`" in capsys.readouterr().err


def test_aws_is_asked_once_for_exactly_the_roles_that_are_assumed(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[trust_sources.Wanted] = []

    def collect(wanted: trust_sources.Wanted) -> Policies:
        asked.append(wanted)
        entries = []
        for text in wanted.roles:
            arn = RoleArn.parse(text)
            assert arn is not None
            role = Role(arn.name, arn, sub(MAIN), "live AWS")
            entries.append(Entry(arn.name, arn, role, "live AWS"))
        return Policies(tuple(entries))

    monkeypatch.setattr(trust_sources, "collect", collect)
    _, report = judged(capsys, *REPOSITORY, "--aws", "--profile", "audit")
    roles = [f"arn:aws:iam::123456789012:role/{name}" for name in ("plan", "site")]
    assert [wanted.roles for wanted in asked if wanted.roles] == [tuple(roles)]
    assert not any(wanted.account for wanted in asked)
    assert {one["rule"] for one in report["findings"]} == {"recyclable-trust", "unassumable-role"}
