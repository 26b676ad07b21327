from __future__ import annotations

import json
from pathlib import Path

import pytest

from oidc_enforcer.cli import main
from tests.policies.documents import ARN, role


def _roles(folder: Path, *roles: object) -> str:
    path = folder / "roles.json"
    path.write_text(json.dumps({"Roles": list(roles)}))
    return str(path)


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        (["snapshot"], "no file for the snapshot"),
        (["snapshot", "--output", "x.json"], "no source for the snapshot"),
        (["snapshots", "--output", "x.json"], "unexpected `snapshots`"),
        (["--output", "x.json", "--policy", "y"], "--output is given and `snapshot` is not"),
        (["snapshot", "again"], "unexpected `again`"),
        (
            ["--profile", "x", "--policy", "y", "--repo", "a/b"],
            "--profile is given and --aws or --role is not",
        ),
        (["--role", "deploy", "--repo", "a/b"], "`deploy` is no ARN of a role"),
        (["--aws", "--reader-role", "reader", "--repo", "a/b"], "`reader` is no ARN of a role"),
    ],
)
def test_what_is_not_told_is_asked_for(
    typed: list[str],
    says: str,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["trust", *typed]) == 2
    assert says in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_a_snapshot_that_cannot_be_written_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = str(tmp_path / "no" / "trust.json")
    assert (
        main(["trust", "snapshot", "--policy", _roles(tmp_path, role()), "--output", target]) == 2
    )
    assert "cannot write" in capsys.readouterr().err


def test_what_is_missing_is_said_and_stands_in_the_snapshot(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "trust.json"
    roles = _roles(tmp_path, role(), role("broken", policy={}))
    assert main(["trust", "snapshot", "--policy", roles, "--output", str(target)]) == 3
    said = capsys.readouterr().err
    assert "unavailable: not a trust policy that IAM would store" in said
    assert f"{target}: 1 of 2 roles, 0 gaps" in said
    assert "unavailable" in json.loads(target.read_text())["roles"][0]


def test_trust_says_the_same_of_a_snapshot_as_of_what_it_was_taken_from(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "trust.json"
    roles = _roles(tmp_path, role())
    assert main(["trust", "snapshot", "--policy", roles, "--output", str(target)]) == 0
    assert [each["arn"] for each in json.loads(target.read_text())["roles"]] == [ARN]
    assert list(tmp_path.iterdir()) != [target]
    assert not (tmp_path / "trust.json.new").exists()
    asked = ["--repo", "acme/app", "--format", "json"]
    capsys.readouterr()
    assert main(["trust", "--policy", roles, *asked]) == 1
    before = json.loads(capsys.readouterr().out)
    assert main(["trust", "--trust-snapshot", str(target), *asked]) == 1
    after = json.loads(capsys.readouterr().out)
    assert [each["reach"] for each in after["roles"]] == ["repo-wide"]
    for report in (before, after):
        for each in report["roles"]:
            each.pop("origin", None)
            for said in (*each["findings"], *each["skipped"]):
                said.pop("fingerprint", None)
                for name in ("file", "line", "column", "end_line", "end_column"):
                    said.pop(name, None)
            for said in each["witnesses"]:
                said.pop("statements", None)
    assert after["roles"] == before["roles"]
