"""`unrotated-secret` and `orphaned-secret`: what GitHub stores, beside what workflows read."""

from __future__ import annotations

import pytest

from oidc_enforcer import check
from oidc_enforcer.check import repository
from oidc_enforcer.config import Config, Exemption
from oidc_enforcer.facts import Facts
from oidc_enforcer.finding import Place, Severity
from oidc_enforcer.report import FileReport
from oidc_enforcer.source import Region, SourceFile, Span
from oidc_enforcer.stored_secrets import Keeper, Secret, Secrets, listed
from oidc_enforcer.workflow.reading import read
from oidc_enforcer.workflow.secret_reads import SecretReads, may_read, reads
from oidc_enforcer.workflow.surroundings import Surroundings

TODAY = "2026-11-28"
OLD, NEW = "2026-01-02T03:04:05Z", "2026-11-01T03:04:05Z"
WORKFLOW = """\
on: push
jobs:
  deploy:
    runs-on: ubuntu-latest
    ENVIRONMENT
    steps:
      - uses: aws-actions/configure-aws-credentials@v4
        with:
          aws-access-key-id: ${{ secrets.KEY_OF_WEB }}
          aws-secret-access-key: ${{ secrets.Other_Half }}
          aws-region: eu-west-1
"""


def stored(*secrets: Secret) -> Secrets:
    return Secrets("acme/app", secrets)


def judge(secrets: Secrets | None, days: int | None = 90, line: str = "") -> FileReport:
    text = WORKFLOW.replace("ENVIRONMENT", line or "timeout-minutes: 5")
    subject = read(SourceFile(".github/workflows/x.yml", text), Surroundings())
    return check.judge(subject, Facts(TODAY, Config(max_key_age=days), secrets=secrets))


def said(report: FileReport, rule: str = "unrotated-secret") -> list[str]:
    return [finding.message for finding in report.findings if finding.rule == rule]


@pytest.mark.parametrize(
    ("secrets", "days", "line"),
    [
        (None, 90, ""),  # GitHub was not asked
        (stored(), 90, ""),
        (stored(Secret("OTHER_HALF", OLD)), None, ""),  # nobody has said how old
        (stored(Secret("OTHER_HALF", NEW), Secret("KEY_OF_WEB", NEW)), 90, ""),
        (stored(Secret("OTHER_HALF", "2026-08-30T23:59:59Z")), 90, ""),  # 90 days, and no more
        (stored(Secret("UNRELATED", OLD)), 90, ""),
        (stored(Secret("OTHER_HALF", OLD, Keeper.ENVIRONMENT, "qa")), 90, "environment: live"),
        (
            stored(
                Secret("OTHER_HALF", OLD),
                Secret("other_half", NEW, Keeper.ENVIRONMENT, "Live"),
            ),
            90,
            "environment: live",
        ),
        (stored(Secret("OTHER_HALF", NEW), Secret("OTHER_HALF", OLD, Keeper.ORGANISATION)), 90, ""),
    ],
)
def test_a_key_that_is_young_or_not_given_to_the_job_is_no_finding(
    secrets: Secrets | None, days: int | None, line: str
) -> None:
    report = judge(secrets, days, line)
    assert said(report) == []
    assert report.skipped == ()


def test_a_key_is_as_old_as_its_older_half() -> None:
    report = judge(stored(Secret("OTHER_HALF", OLD), Secret("KEY_OF_WEB", NEW)))
    assert said(report) == [
        "the secret `OTHER_HALF` of the repository was last set 330 days ago (2026-01-02), and a"
        " stored key may be 90 days old"
    ]
    (finding,) = [one for one in report.findings if one.rule == "unrotated-secret"]
    assert (finding.severity, finding.job, finding.step) == (Severity.WARNING, "deploy", 1)
    assert finding.place.region.line == 9


@pytest.mark.parametrize(
    ("keeper", "environment", "line", "whose"),
    [
        (Keeper.ORGANISATION, "", "", "the organisation"),
        (Keeper.ENVIRONMENT, "Live", "environment: live", "the environment `Live`"),
    ],
)
def test_whoever_keeps_it_is_named(keeper: Keeper, environment: str, line: str, whose: str) -> None:
    (message,) = said(judge(stored(Secret("OTHER_HALF", OLD, keeper, environment)), line=line))
    assert f"`OTHER_HALF` of {whose} was" in message


def test_an_environment_that_only_the_run_knows_is_doubt_where_it_matters() -> None:
    line = "environment: ${{ inputs.where }}"
    report = judge(stored(Secret("OTHER_HALF", OLD, Keeper.ENVIRONMENT, "live")), line=line)
    assert said(report) == []
    assert [one.rule for one in report.skipped] == ["unrotated-secret"]
    assert said(judge(stored(Secret("OTHER_HALF", OLD)), line=line))  # all get this one


PAIR = (Secret("AWS_ACCESS_KEY_ID", OLD), Secret("AWS_SECRET_ACCESS_KEY", NEW))


def orphans(
    secrets: Secrets, subject: SecretReads | None = None, config: Config | None = None
) -> FileReport:
    facts = Facts(TODAY, config or Config(), secrets=secrets)
    return repository.judge(subject or SecretReads(), facts)


@pytest.mark.parametrize(
    "secret",
    [
        Secret("NPM_TOKEN", OLD),
        Secret("AWS_REGION", OLD),
        Secret("AWS_ROLE_ARN", OLD),
        Secret("AWS_SESSION_TOKEN", OLD),  # worth nothing any more
        Secret("R2_SECRET_ACCESS_KEY", OLD),
        Secret("SECRET_KEY", OLD),  # it may be anybody's
    ],
)
def test_what_is_no_key_of_aws_or_not_ours_is_no_orphan(secret: Secret) -> None:
    assert orphans(stored(secret)).findings == ()


@pytest.mark.parametrize(
    ("is_everywhere", "severity", "words"),
    [
        (False, Severity.NOTE, "no workflow of this repository reads it"),
        (True, Severity.WARNING, "no workflow reads it; deactivate the key"),
    ],
)
def test_a_key_of_the_organisation_is_no_orphan_of_one_repository(
    is_everywhere: bool, severity: Severity, words: str
) -> None:
    """Others may read it: one repository can only say that it need not be given."""
    secret = Secret("AWS_SECRET_ACCESS_KEY", OLD, Keeper.ORGANISATION)
    (found,) = orphans(stored(secret)._replace(is_everywhere=is_everywhere)).findings
    assert found.severity is severity
    assert words in found.message


@pytest.mark.parametrize(
    ("environments", "is_orphan"),
    [
        (frozenset({"", "qa"}), False),
        (None, False),  # only the run tells where it runs
        (frozenset({"", "live"}), True),
        (frozenset(), True),
    ],
)
def test_an_environments_key_is_given_to_those_who_run_there(
    environments: frozenset[str] | None, is_orphan: bool
) -> None:
    secret = PAIR[0]._replace(keeper=Keeper.ENVIRONMENT, environment="QA")
    subject = SecretReads(frozenset({secret.name}), (), environments)
    found = [one.message for one in orphans(stored(secret), subject).findings]
    assert bool(found) is is_orphan
    assert not found or "no job runs in that environment; deactivate the key" in found[0]


def test_where_jobs_run_is_told_of_those_that_may_read() -> None:
    there = WORKFLOW.replace("ENVIRONMENT", "environment: {name: Live}")
    file = SourceFile(".github/workflows/x.yml", there)
    assert reads(file, (), is_action=False).environments == frozenset({"live"})
    open_ = SourceFile("x.yml", WORKFLOW.replace("ENVIRONMENT", "environment: ${{ inputs.x }}"))
    assert reads(open_, (), is_action=False).environments is None
    called = CALL.format("acme/shared/.github/workflows/d.yml@v1").replace("inherit", "{A: x}")
    assert reads(SourceFile("x.yml", called), (), is_action=False).environments is None
    key = "acme/shared/.github/workflows/d.yml@v1"
    assert reads(SourceFile("x.yml", called), (key,), is_action=False).environments is not None
    both = reads(file, (), is_action=False)
    assert both.plus([SecretReads(), reads(open_, (), is_action=False)]).environments is None


def test_what_is_read_is_no_orphan() -> None:
    names = SecretReads(frozenset({"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"}))
    assert orphans(stored(*PAIR), names).findings == ()


def test_both_halves_of_an_orphan_are_one_finding() -> None:
    report = orphans(stored(*PAIR, Secret("QA_AWS_SECRET_ACCESS_KEY", OLD)))
    assert report.file == "Actions secrets of acme/app"
    assert said(report, "orphaned-secret") == [
        "`AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY` of the repository, last set on"
        " 2026-01-02: no workflow reads them; deactivate the key in IAM, then delete the secrets",
        "`QA_AWS_SECRET_ACCESS_KEY` of the repository, last set on 2026-01-02: no workflow reads"
        " it; deactivate the key in IAM, then delete the secret",
    ]


def test_the_same_key_of_two_keepers_is_two() -> None:
    both = stored(PAIR[1], PAIR[1]._replace(keeper=Keeper.ENVIRONMENT, environment="qa"))
    assert len({one.fingerprint for one in orphans(both).findings}) == 2


def test_doubt_about_what_is_read_is_no_finding() -> None:
    report = orphans(stored(*PAIR), SecretReads(doubts=("x.yml hands all of them on",)))
    assert report.findings == ()
    assert [one.reason for one in report.skipped] == [
        "whether a workflow reads `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY` of the"
        " repository: x.yml hands all of them on"
    ]


def test_severities_and_exceptions_hold_for_orphans() -> None:
    off = Config(severities={"orphaned-secret": None})
    assert orphans(stored(*PAIR), config=off).findings == ()
    doubt = SecretReads(doubts=("x",))
    assert orphans(stored(*PAIR), doubt, off).skipped == ()
    place = Place("o.yml", Span(0, 1), Region(1, 1, 1, 2))
    granted = Exemption("orphaned-secret", "2026-12-31", "the vendor reads it", place=place)
    report = orphans(stored(*PAIR), config=Config(exceptions=(granted,)))
    assert report.findings == ()
    assert [one.by for one in report.suppressed] == ["policy"]


def read_of(
    text: str, path: str = ".github/workflows/x.yml", fetched: tuple[str, ...] = ()
) -> SecretReads:
    assert may_read(text.encode())
    return reads(SourceFile(path, text), fetched, is_action=False)


JOB = "on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n      - run: make\n"


@pytest.mark.parametrize(
    ("text", "names"),
    [
        (JOB + "        env: {A: '${{ secrets.One }}'}\n", {"ONE"}),
        (JOB + "        env: {A: \"${{ secrets['one-two'] }}\"}\n", {"ONE-TWO"}),
        (JOB + '        env: {A: "${{ s\\x65crets.one }}"}\n', {"ONE"}),
        (
            JOB + "        env: {A: \"${{ vars.x == 'y' && secrets.a || secrets.b }}\"}\n",
            {"A", "B"},
        ),
        (JOB + "# ${{ secrets.COMMENT }}\n", set()),
        (JOB + "        env: {A: '$secrets.one'}\n", set()),
    ],
)
def test_what_expressions_read_is_read(text: str, names: set[str]) -> None:
    found = read_of(text)
    assert set(found.names) == names
    assert found.doubts == ()


CALL = "on: push\njobs:\n  a:\n    uses: {}\n    secrets: inherit\n"


@pytest.mark.parametrize(
    ("text", "doubt"),
    [
        (JOB + "        env: {A: '${{ toJSON(secrets) }}'}\n", "names that only the run can tell"),
        (JOB + "        env: {A: '${{ secrets[matrix.x] }}'}\n", "only the run can tell"),
        (JOB + "        env: {A: '${{ secrets.a b }}'}\n", "an expression in"),
        (JOB + "  secrets: [\n", "a part of"),
        (CALL.format("acme/shared/.github/workflows/d.yml@v1"), "which was not looked into"),
        (CALL.format("${{ vars.x }}"), "which was not looked into"),
    ],
)
def test_what_may_read_more_is_doubt(text: str, doubt: str) -> None:
    (reason,) = read_of(text).doubts
    assert doubt in reason


def test_a_call_whose_text_is_at_hand_is_no_doubt() -> None:
    key = "acme/shared/.github/workflows/d.yml@v1"
    assert (
        read_of(CALL.format("acme/Shared/.github/workflows/d.yml@v1"), fetched=(key,)).doubts == ()
    )
    assert read_of(CALL.format("./.github/workflows/d.yml")).doubts == ()
    # What a called workflow hands on to its neighbour lies in its own repository.
    (reason,) = read_of(CALL.format("./.github/workflows/e.yml"), key, (key,)).doubts
    assert "hands all secrets to `./.github/workflows/e.yml`" in reason


def test_what_github_lists_oddly_is_left_out() -> None:
    odd: list[object] = [{}, {"name": 1, "updated_at": OLD}, "x", {"name": "A", "created_at": OLD}]
    odd.append({"name": "B", "updated_at": "yesterday"})
    assert list(listed(odd, Keeper.REPOSITORY)) == [Secret("A", OLD)]
