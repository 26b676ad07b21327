"""A baseline forgives what is on record, and can only shrink."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oidc_enforcer import baseline, cli
from oidc_enforcer.errors import UserError
from oidc_enforcer.finding import Finding, Place, Severity
from oidc_enforcer.source import Region, SourceFile, Span

AT = Place("a.yml", Span(0, 1), Region(1, 1, 1, 2))


def finding(mark: str, rule: str = "human-login") -> Finding:
    return Finding(rule, Severity.WARNING, AT, "message", "deploy", fingerprint=mark)


FINDINGS = st.lists(st.sampled_from("abcd").map(finding), max_size=8)


def marks(findings: Iterable[Finding]) -> list[str]:
    return sorted(one.fingerprint for one in findings)


@given(FINDINGS)
def test_what_is_recorded_is_neither_new_nor_fixed(findings: list[Finding]) -> None:
    known = baseline.of(findings)
    assert baseline.compare(known, findings) == ((), {})
    assert baseline.load(SourceFile("b.json", baseline.dump(known))) == known


@given(FINDINGS, FINDINGS)
def test_an_update_never_rises_and_forgives_nothing_new(
    before: list[Finding], now: list[Finding]
) -> None:
    known = baseline.of(before)
    after = baseline.updated(known, now)
    assert baseline.risen(known, after) == {}
    assert baseline.compare(after, now).fixed == {}
    assert baseline.compare(after, now).new == baseline.compare(known, now).new
    assert baseline.updated(after, now) == after


@given(FINDINGS, FINDINGS)
def test_new_and_known_are_all(before: list[Finding], now: list[Finding]) -> None:
    known = baseline.of(before)
    found = baseline.compare(known, now)
    fixed = sum(one.times for one in found.fixed.values())
    assert len(found.new) + len(before) - fixed == len(now)


@given(FINDINGS, FINDINGS)
def test_risen_is_empty_exactly_where_nothing_more_is_forgiven(
    before: list[Finding], after: list[Finding]
) -> None:
    more = baseline.risen(baseline.of(before), baseline.of(after))
    assert bool(more) == bool(baseline.compare(baseline.of(before), after).new)


def test_what_is_said_of_exceptions_is_never_recorded() -> None:
    found = baseline.of([finding("a", "expired-exception"), finding("b", "loosened-setting")])
    assert found == {}


def test_the_file_reads_well_in_a_diff() -> None:
    found = baseline.of([finding("b"), finding("a"), finding("a")])
    record = '"rule": "human-login", "file": "a.yml", "job": "deploy"}'
    assert baseline.dump(found) == (
        '{"version": 1,\n "findings": [\n'
        f'  {{"fingerprint": "a", "count": 2, {record},\n'
        f'  {{"fingerprint": "b", "count": 1, {record}\n'
        " ]}\n"
    )
    assert json.loads(baseline.dump({})) == {"version": 1, "findings": []}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "it is no JSON"),
        ("[" * 100_000, "it is no JSON"),
        ("[]", "it is no baseline of version 1"),
        ('{"version": 2, "findings": []}', "it is no baseline of version 1"),
        ('{"version": 1}', "its `findings` are no list"),
        ('{"version": 1, "findings": [1]}', "a record is no object"),
        ('{"version": 1, "findings": [{"fingerprint": "a"}]}', "no fingerprint or no count"),
        ('{"version": 1, "findings": [{"fingerprint": "a", "count": 0}]}', "no count"),
        ('{"version": 1, "findings": [{"fingerprint": "a", "count": true}]}', "no count"),
        ('{"version": 1, "findings": [{"fingerprint": "a", "count": 1, "rule": 1}]}', "not whole"),
        (
            '{"version": 1, "findings": [{"fingerprint": "a", "count": 1},'
            ' {"fingerprint": "a", "count": 1}]}',
            "it has `a` twice",
        ),
    ],
)
def test_a_broken_file_is_an_error(text: str, reason: str) -> None:
    with pytest.raises(UserError) as raised:
        baseline.load(SourceFile("b.json", text))
    assert raised.value.message.startswith("cannot use the baseline `b.json`: ")
    assert reason in raised.value.message


# -- the command --------------------------------------------------------------------------------

HEAD = "on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n"
LOGIN = "      - {name: one, run: aws sso login}\n"
OTHER = "      - {name: two, run: aws sso login}\n"
FILE = ".github/oidc-enforcer-baseline.json"


@pytest.fixture
def workflow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / ".github" / "workflows" / "a.yml"
    path.parent.mkdir(parents=True)
    path.write_text(HEAD + LOGIN, "utf-8")
    monkeypatch.chdir(tmp_path)
    return path


def check(*arguments: str) -> int:
    return cli.main(["check", "-q", "--fail-on", "warning", *arguments])


def test_old_ones_pass_and_new_ones_fail(
    workflow: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert check() == cli.FINDINGS
    assert cli.main(["baseline", "write"]) == cli.CLEAN
    assert check("--baseline", FILE) == cli.CLEAN
    assert cli.main(["baseline", "check", "--fail-on", "warning"]) == cli.CLEAN
    workflow.write_text(HEAD + "      - run: echo\n" + LOGIN, "utf-8")
    assert check("--baseline", FILE) == cli.CLEAN  # moved, and still the same
    workflow.write_text(HEAD + LOGIN + OTHER, "utf-8")
    assert check("--baseline", FILE) == cli.FINDINGS
    capsys.readouterr()
    assert cli.main(["baseline", "check", "--fail-on", "warning"]) == cli.FINDINGS
    said = capsys.readouterr().out
    assert ".github/workflows/a.yml:7:26: new: warning[human-login]" in said
    assert said.endswith("1 new, 1 on record, 0 records fixed\n")


def test_a_fixed_one_leaves_and_does_not_come_back(
    workflow: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cli.main(["baseline", "write"])
    workflow.write_text(HEAD + "      - run: echo\n", "utf-8")
    assert cli.main(["baseline", "check"]) == cli.CLEAN
    assert "fixed, and can be taken out: `human-login` in" in capsys.readouterr().out
    assert cli.main(["baseline", "update"]) == cli.CLEAN
    workflow.write_text(HEAD + LOGIN, "utf-8")
    assert check("--baseline", FILE) == cli.FINDINGS
    assert cli.main(["baseline", "update"]) == cli.CLEAN  # which adds nothing
    assert check("--baseline", FILE) == cli.FINDINGS
    capsys.readouterr()
    assert cli.main(["baseline", "write"]) == cli.USAGE
    assert "would grow by 1 record, first `human-login`" in capsys.readouterr().err


def test_a_head_that_writes_itself_into_the_baseline_is_seen(
    workflow: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cli.main(["baseline", "write"])
    before = Path("before.json")
    before.write_text(Path(FILE).read_text("utf-8"), "utf-8")
    workflow.write_text(HEAD + LOGIN + OTHER, "utf-8")
    Path(FILE).unlink()
    cli.main(["baseline", "write"])
    assert cli.main(["baseline", "check"]) == cli.CLEAN
    assert cli.main(["baseline", "check", "--against", "before.json"]) == cli.FINDINGS
    assert "recorded although it was not before" in capsys.readouterr().out


def test_the_report_shows_what_is_on_record(
    workflow: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cli.main(["baseline", "write"])
    capsys.readouterr()
    assert cli.main(["check", "--baseline", FILE, "--format", "json"]) == cli.CLEAN
    (excused,) = json.loads(capsys.readouterr().out)["suppressed"]
    assert (excused["by"], excused["reason"], excused["until"]) == (
        "baseline",
        "on record",
        "",
    )


@pytest.mark.parametrize("arguments", [[], ["rewrite"], ["check"], ["check", "--file", "x.json"]])
def test_what_cannot_be_done_is_said(workflow: Path, arguments: list[str]) -> None:
    assert cli.main(["baseline", *arguments]) == cli.USAGE
