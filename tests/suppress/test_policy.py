"""Exceptions of the configuration, by the calendar and by the hour."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

import oidc_enforcer
from oidc_enforcer import cli, gather
from oidc_enforcer.config import Config
from oidc_enforcer.config.layers import merge, read
from oidc_enforcer.config.rings import Traits, applied
from oidc_enforcer.facts import Facts
from oidc_enforcer.iam.tokens import Repository
from oidc_enforcer.protection import Protection
from oidc_enforcer.report import Report
from oidc_enforcer.rules import severities
from oidc_enforcer.source import SourceFile
from oidc_enforcer.stored_secrets import Secrets

WORKFLOW = "on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n      - run: aws sso login\n"
ENTRY = "rule: human-login, until: 2026-12-31, reason: no OIDC, owner: web, ticket: W-1"


def configured(text: str, layer: str = "repository") -> Config:
    file = SourceFile("org.yml", text)
    return merge([read(layer, "org.yml", file, severities())], severities()).config


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / ".github" / "workflows").mkdir(parents=True)
    (tmp_path / ".github" / "workflows" / "a.yml").write_text(WORKFLOW, "utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(
    entry: str,
    *,
    now: str = "2026-11-28T12:00Z",
    more: str = "",
    repo: str = "web",
    layer: str = "repository",
) -> Report:
    config = configured(f"exceptions:\n  - {{{entry}}}\n{more}", layer)
    facts = Facts(now[:10], config, Repository("acme", repo) if repo else None, now=now)
    return gather.check_paths((".",), gather.Options(facts))


def rules(report: Report) -> list[str]:
    return sorted(finding.rule for file in report.files for finding in file.findings)


def excused(report: Report) -> list[tuple[str, str]]:
    return [(one.by, one.reason) for file in report.files for one in file.suppressed]


def test_an_entry_excuses_and_says_who_answers_for_it(repository: Path) -> None:
    report = run(ENTRY)
    assert rules(report) == []
    assert excused(report) == [("policy", "no OIDC (owner web, ticket W-1)")]
    assert report.summary.suppressed == 1


@pytest.mark.parametrize(
    ("more", "repo", "counts"),
    [
        ("repository: acme/web", "web", True),
        ("repository: ACME/W*", "web", True),
        ("repository: web", "web", True),
        ("repository: acme/api", "web", False),
        ("repository: acme/*", "", False),  # nobody has said which repository this is
        ("path: .github/workflows/a.yml", "web", True),
        ("path: .github/workflows/*", "web", True),
        ("path: a.yml", "web", False),
        ("job: a", "web", True),
        ("job: b", "web", False),
    ],
)
def test_an_entry_is_for_what_it_names(
    repository: Path, more: str, repo: str, *, counts: bool
) -> None:
    report = run(f"{ENTRY}, {more}", repo=repo)
    assert ("human-login" not in rules(report)) is counts


@pytest.mark.parametrize(
    ("now", "counts"),
    [
        ("2026-12-31T00:00Z", True),
        ("2026-12-31T23:59Z", True),  # inclusive, to 24:00 UTC
        ("2027-01-01T00:00Z", False),
    ],
)
def test_the_last_day_counts_whole(repository: Path, now: str, *, counts: bool) -> None:
    report = run(ENTRY, now=now)
    assert rules(report) == ([] if counts else ["expired-exception", "human-login"])


@pytest.mark.parametrize("zone", ["UTC", "Pacific/Kiritimati", "Etc/GMT+12", "America/New_York"])
def test_the_day_is_the_same_in_every_zone(
    repository: Path, zone: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        assert rules(run(ENTRY, now="2026-12-31T23:59Z")) == []
        assert "human-login" in rules(run(ENTRY, now="2027-01-01T00:00Z"))
        glass = ENTRY.replace("2026-12-31", "'2026-12-31T18:00Z'") + ", approver: ciso"
        assert rules(run(glass, now="2026-12-31T17:59Z")) == []
        assert "human-login" in rules(run(glass, now="2026-12-31T18:00Z"))
        config = configured("rings: [{ring: observe, then: [{ring: block, from: 2027-01-01}]}]")
        assert applied(config, Traits("a/b"), "2026-12-31").ring.word == "observe"
        assert applied(config, Traits("a/b"), "2027-01-01").ring.word == "block"
    finally:
        monkeypatch.undo()
        os.environ.pop("TZ", None)
        time.tzset()


def test_no_rule_and_no_judgement_reads_a_clock() -> None:
    source = Path(oidc_enforcer.__file__).parent
    for part in ("rules", "check", "config", "suppress", "reporters", "workflow", "iam"):
        modules = list((source / part).rglob("*.py"))
        assert modules
        for path in modules:
            text = path.read_text("utf-8")
            for clock in (".now(", ".today()", "utcnow", "time()", "gmtime", "localtime"):
                assert clock not in text, f"{path} reads a clock"


def test_one_that_is_too_long_does_not_count(repository: Path) -> None:
    assert rules(run(ENTRY, more="max-exception-days: 33\n")) == []
    report = run(ENTRY, more="max-exception-days: 32\n")
    assert rules(report) == ["human-login", "overlong-exception"]
    # However near its end: what counts is how long it lasts since it was added.
    report = run(f"{ENTRY}, added: 2026-01-01", more="max-exception-days: 90\n")
    assert rules(report) == ["human-login", "overlong-exception"]


@pytest.mark.parametrize("missing", ["until: 2026-12-31, ", ", reason: no OIDC"])
def test_one_without_an_end_or_a_reason_does_not_count(repository: Path, missing: str) -> None:
    assert rules(run(ENTRY.replace(missing, ""))) == ["human-login", "incomplete-exception"]


@pytest.mark.parametrize(
    ("added", "unused"),
    [
        ("2026-11-28", False),
        ("2026-11-29", False),  # it has begun in the east
        ("2026-11-30", True),  # no day to wait from
        ("2026-11-14", False),
        ("2026-11-13", True),
        ("", True),
    ],
)
def test_unused_is_said_after_two_weeks(repository: Path, added: str, *, unused: bool) -> None:
    entry = ENTRY.replace("human-login", "syntax") + (f", added: {added}" if added else "")
    found = ["human-login", "unused-exception"] if unused else ["human-login"]
    assert rules(run(entry)) == found
    assert "unused-exception" not in rules(run(entry + ", repository: acme/api"))
    assert "unused-exception" not in rules(run(entry, now="2027-02-01T00:00Z"))


def test_a_part_of_a_repository_cannot_tell_what_is_unused(repository: Path) -> None:
    entry = ENTRY.replace("human-login", "syntax") + ", added: 2026-01-01"
    config = configured(f"exceptions:\n  - {{{entry}}}\nmax-exception-days: 400\n")
    options = gather.Options(Facts("2026-11-28", config))
    assert rules(gather.check_paths((".github/workflows/a.yml",), options)) == ["human-login"]
    assert "unused-exception" in rules(gather.check_paths((".",), options))


@pytest.mark.parametrize(
    ("layer", "where", "unused"),
    [
        ("organisation", "", False),  # another repository may need it
        ("organisation", ", repository: acme/*", False),
        ("organisation", ", repository: web", False),
        ("organisation", ", repository: acme/web", True),
        ("input `config`", "", False),
        ("repository", "", True),
        ("repository", ", repository: acme/*", True),
    ],
)
def test_one_repository_does_not_tell_what_others_need(
    repository: Path, layer: str, where: str, *, unused: bool
) -> None:
    entry = ENTRY.replace("human-login", "syntax") + where
    assert ("unused-exception" in rules(run(entry, layer=layer))) is unused


@pytest.mark.parametrize("rule", ["unprotected-pin", "unrotated-secret", "orphaned-secret"])
def test_a_rule_that_was_not_asked_leaves_its_exceptions_alone(repository: Path, rule: str) -> None:
    assert "unused-exception" not in rules(run(ENTRY.replace("human-login", rule)))
    config = configured(f"exceptions:\n  - {{{ENTRY.replace('human-login', rule)}}}\n")
    facts = Facts("2026-11-28", config, Repository("acme", "web"))
    facts = facts._replace(secrets=Secrets("acme/web", ()), protection=Protection("main", {}, {}))
    report = gather.check_paths((".",), gather.Options(facts))
    assert "unused-exception" in rules(report)


# -- break-glass --------------------------------------------------------------------------------

GLASS = "until: '2026-11-28T18:00Z', reason: outage 7, approver: ciso"


def test_what_lasts_hours_is_never_called_unused(repository: Path) -> None:
    (repository / ".github" / "workflows" / "a.yml").write_text("on: push\njobs: {}\n", "utf-8")
    assert "unused-exception" not in rules(run(f"{GLASS}, rule: human-login"))


def test_break_glass_excuses_everything_for_hours_and_is_loud(repository: Path) -> None:
    report = run(GLASS)
    assert rules(report) == []
    assert excused(report) == [("break-glass", "outage 7 (approved by ciso)")]
    assert report.context["break_glass"] == (
        "break-glass for every rule until 2026-11-28T18:00Z: outage 7 (approved by ciso)"
    )


@pytest.mark.parametrize(
    ("entry", "more", "rule"),
    [
        (GLASS, "max-break-glass-hours: 5\n", "overlong-exception"),
        (GLASS.replace("T18:00Z", "T11:59Z"), "", "expired-exception"),
        (GLASS, "break-glass-approvers: [cto]\n", "incomplete-exception"),
        (GLASS.replace(", reason: outage 7", ""), "", "incomplete-exception"),
        (GLASS.replace("2026-11-28T18:00Z", "2026-11-30"), "", "overlong-exception"),
    ],
)
def test_break_glass_has_its_own_limits(repository: Path, entry: str, more: str, rule: str) -> None:
    report = run(entry, more=more)
    assert rules(report) == sorted(["human-login", rule])
    assert "break_glass" not in report.context


def test_a_named_approver_may_approve(repository: Path) -> None:
    assert rules(run(GLASS, more="break-glass-approvers: [ciso]\n")) == []


# -- the head's own configuration, severities, paths, rings -------------------------------------


def test_an_entry_that_the_head_adds_is_pending(repository: Path) -> None:
    pending = configured(f"exceptions:\n  - {{{ENTRY}}}\n").exceptions
    facts = Facts("2026-11-28", pending_exceptions=pending)
    report = gather.check_paths((".",), gather.Options(facts))
    (finding,) = [one for file in report.files for one in file.findings]
    assert finding.rule == "human-login"
    assert finding.related[-1].place.file == "org.yml"
    assert finding.related[-1].message.startswith("pending:")


def judged(text: str) -> Report:
    facts = Facts("2026-11-28", configured(text))
    return gather.check_paths((".",), gather.Options(facts))


def test_severities_are_as_configured(repository: Path) -> None:
    assert judged("severities: {human-login: error}").summary.errors == 1
    assert judged("severities: {human-login: note}").summary.notes == 1
    assert rules(judged("severities: {human-login: off}")) == []


def test_what_a_rule_calls_milder_itself_is_not_made_worse(repository: Path) -> None:
    from oidc_enforcer.check.excuses import leveled
    from oidc_enforcer.finding import Severity
    from oidc_enforcer.rules import static_credentials
    from oidc_enforcer.source import Span

    at = (SourceFile("a", "x"), Span(0, 1), "m")
    note = static_credentials.RULE.finding(*at, severity=Severity.NOTE)
    full = static_credentials.RULE.finding(*at)
    facts = Facts("2026-11-28", Config(severities={"static-credentials": Severity.WARNING}))
    levels = [finding.severity for finding in leveled([note, full], facts)]
    assert levels == [Severity.NOTE, Severity.WARNING]


def test_ignored_paths_are_named_and_do_not_make_strict_fail(repository: Path) -> None:
    from oidc_enforcer.cli.delivery import verdict

    report = judged("paths-ignore: ['*/a.yml']")
    assert rules(report) == []
    assert [gap.what for file in report.files for gap in file.coverage] == [
        ".github/workflows/a.yml"
    ]
    assert verdict(report, fail_on="error", strict=True) == cli.CLEAN


@pytest.mark.parametrize(
    ("text", "arguments", "status"),
    [
        ("fail-on: warning\n", (), cli.FINDINGS),
        ("fail-on: warning\nmode: audit\n", (), cli.CLEAN),
        ("fail-on: warning\nrings: [{ring: observe}]\n", (), cli.CLEAN),
        ("fail-on: warning\nrings: [{ring: warn}]\n", (), cli.CLEAN),
        ("fail-on: warning\nrings: [{ring: block}]\nmode: audit\n", (), cli.FINDINGS),
        ("rings: [{ring: observe}]\n", ("--fail-on", "warning"), cli.FINDINGS),
        # Nobody has said which repository this is: the tightest group that may fit counts.
        (
            "fail-on: warning\nrings: [{ring: block, repositories: a/b}, {ring: observe}]\n",
            (),
            cli.FINDINGS,
        ),
    ],
)
def test_the_ring_decides_what_fails(
    repository: Path, text: str, arguments: tuple[str, ...], status: int
) -> None:
    (repository / ".github" / "oidc-enforcer.yml").write_text(text, "utf-8")
    assert cli.main(["check", "-q", *arguments]) == status


def test_a_loosened_setting_is_found_where_it_stands(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (repository / "org.yml").write_text("fail-on: error\nenforce: all\n", "utf-8")
    (repository / ".github" / "oidc-enforcer.yml").write_text("mode: audit\n", "utf-8")
    assert cli.main(["check", "-q", "--org-config", "org.yml"]) == cli.CLEAN
    assert ".github/oidc-enforcer.yml:1:1: warning[loosened-setting]" in capsys.readouterr().out


def test_reports_without_exceptions_are_as_before(repository: Path) -> None:
    report = gather.check_paths((".",), gather.Options(Facts("2026-11-28")))
    assert rules(report) == ["human-login"]
    assert not any(file.suppressed for file in report.files)
