"""`unprotected-pin`: what keeps a pinned branch or environment to who is meant."""

from __future__ import annotations

import json

import pytest

from oidc_enforcer import check
from oidc_enforcer.arn import RoleArn
from oidc_enforcer.config import Config
from oidc_enforcer.facts import Facts, Role, Unavailable
from oidc_enforcer.finding import Severity
from oidc_enforcer.iam.document import parse
from oidc_enforcer.iam.tokens import Repository
from oidc_enforcer.protection import (
    Branch,
    Environment,
    Protection,
    Pushes,
    Subject,
    branch,
    environment,
    subject,
)
from oidc_enforcer.report import FileReport
from oidc_enforcer.source import SourceFile
from oidc_enforcer.workflow.reading import read
from oidc_enforcer.workflow.surroundings import Surroundings

WORKFLOW = """\
on: push
jobs:
  deploy:
    runs-on: ubuntu-latest
    ENVIRONMENT
    permissions: {id-token: write}
    steps:
      - uses: aws-actions/configure-aws-credentials@v4
        with: {role-to-assume: "arn:aws:iam::123456789012:role/a", aws-region: eu-west-1}
"""
SAFE = {"main": Branch("main", Pushes.REVIEWED)}
OPEN = {"main": Branch("main", Pushes.OPEN)}


def judge(
    line: str, protection: Protection | None, allowed: tuple[str, ...] | None = None
) -> FileReport:
    text = WORKFLOW.replace("ENVIRONMENT", line or "timeout-minutes: 5")
    subject = read(SourceFile(".github/workflows/x.yml", text), Surroundings())
    config = Config(allowed=allowed)
    return check.judge(subject, Facts("2026-11-28", config, protection=protection))


def said(report: FileReport) -> list[str]:
    return [finding.message for finding in report.findings if finding.rule == "unprotected-pin"]


@pytest.mark.parametrize(
    ("line", "protection"),
    [
        ("", None),  # GitHub was not asked
        ("environment: production", None),
        ("", Protection("main", SAFE, {})),
        ("environment: other", Protection("main", OPEN, {})),  # not asked for
        ("environment: p", Protection("main", OPEN, {"p": Environment("p", reviewers=1)})),
        ("environment: P", Protection("main", SAFE, {"p": Environment("p", 0, ("main",))})),
        ("environment: p", Protection("main", SAFE, {"p": Environment("p", 0, None, True)})),
        ("environment: p", Protection("main", OPEN, {"p": Environment("p", 0, ("release/*",))})),
        ("environment: p", Protection("main", OPEN, {"p": Environment("p", 0, ())})),
    ],
)
def test_a_pin_that_holds_is_no_finding(line: str, protection: Protection | None) -> None:
    report = judge(line, protection)
    assert said(report) == []
    assert report.skipped == ()


@pytest.mark.parametrize(
    ("line", "protection", "message"),
    [
        ("", Protection("main", OPEN, {}), "can push to `main` and get its role"),
        (
            "",
            Protection("main", OPEN, {}, "write"),
            "and get its role; by default that goes for every workflow's token too",
        ),
        (
            "environment: p",
            Protection("main", SAFE, {"p": Environment("p")}),
            "environment `p` admits every branch, and nobody has to approve",
        ),
        (
            "environment: p",
            Protection("main", SAFE, {"p": None}),
            "there is no environment `p` yet",
        ),
        (
            "environment: {name: p, url: x}",
            Protection("main", SAFE, {"p": Environment("p", 0, ("*",))}),
            "admits `*`, which is any branch",
        ),
        (
            "environment: p",
            Protection("main", OPEN, {"p": Environment("p", 0, ("main",))}),
            "environment `p` admits `main`: whoever may write",
        ),
        (
            "environment: p",
            Protection("main", OPEN, {"p": Environment("p", 0, None, True)}),
            "environment `p` admits `main`: whoever may write",
        ),
        (
            "environment: p",  # where nothing is protected, everything counts as it
            Protection("main", SAFE, {"p": Environment("p", 0, (), True)}),
            "environment `p` admits protected branches alone, and no branch is protected",
        ),
        (
            "environment: p",
            Protection(
                "main",
                {**SAFE, "old": Branch("old", Pushes.OPEN)},
                {"p": Environment("p", 0, ("main", "old"), True)},
            ),
            "environment `p` admits `old`: whoever may write",
        ),
        (
            "environment: p",
            Protection(
                "main", {"gone": Branch("gone", None)}, {"p": Environment("p", 0, ("gone",))}
            ),
            "environment `p` admits `gone`: there is no branch `gone`",
        ),
    ],
)
def test_a_pin_that_does_not_hold_is(line: str, protection: Protection, message: str) -> None:
    (found,) = said(judge(line, protection))
    assert message in found


def test_the_configured_branch_is_what_counts() -> None:
    branches = {**SAFE, "master": Branch("master", None), "rel": Branch("rel", Pushes.PROPOSED)}
    report = judge("", Protection("main", branches, {}), ("branch:master", "branch:rel", "tag:v*"))
    first, second = said(report)
    assert first.startswith("there is no branch `master` (the default one is `main`), so whoever")
    assert "a pull request and no approval" in second
    levels = [one.severity for one in report.findings if one.rule == "unprotected-pin"]
    assert levels == [Severity.WARNING, Severity.NOTE]


ARN = "arn:aws:iam::123456789012:role/a"
ISSUER = "token.actions.githubusercontent.com"


def by_policy(line: str, protection: Protection, *subjects: str) -> FileReport:
    """The report where the role's trust policy is at hand."""
    policy = {
        "Statement": {
            "Effect": "Allow",
            "Principal": {"Federated": f"arn:aws:iam::123456789012:oidc-provider/{ISSUER}"},
            "Action": "sts:AssumeRoleWithWebIdentity",
            "Condition": {
                "StringLike": {
                    f"{ISSUER}:aud": "sts.amazonaws.com",
                    f"{ISSUER}:sub": [f"repo:acme/app:{one}" for one in subjects],
                }
            },
        }
    }
    role = Role("a", RoleArn.parse(ARN), parse(json.dumps(policy)), "snapshot")
    facts = Facts(
        "2026-11-28",
        repository=Repository("acme", "app", immutable_subject=False),
        roles={ARN: role},
        protection=protection,
        judges_roles=True,
    )
    text = WORKFLOW.replace("ENVIRONMENT", line or "timeout-minutes: 5")
    return check.judge(read(SourceFile(".github/workflows/x.yml", text), Surroundings()), facts)


def test_what_the_role_is_not_pinned_to_does_not_matter() -> None:
    """Neither the default branch nor the job's own environment is what opens this role."""
    loose = Protection("main", OPEN, {"p": None})
    branches = {**OPEN, "release": Branch("release", Pushes.REVIEWED)}
    held = loose._replace(branches=branches)
    assert said(by_policy("", held, "ref:refs/heads/release")) == []
    assert said(by_policy("environment: p", held, "ref:refs/heads/release")) == []


def test_each_pin_of_the_role_is_judged_wherever_the_job_runs() -> None:
    protection = Protection(
        "main",
        {**SAFE, "release": Branch("release", Pushes.OPEN)},
        {"p": Environment("p", reviewers=1), "forgotten": None},
    )
    pins = ("ref:refs/heads/main", "ref:refs/heads/release", "environment:forgotten")
    first, second = sorted(said(by_policy("environment: p", protection, *pins)))
    assert first.startswith("there is no environment `forgotten` yet")
    assert second.startswith("whoever may write to the repository can push to `release`")
    assert said(by_policy("environment: p", protection, "environment:p")) == []


def test_a_role_that_is_not_pinned_by_name_has_other_findings() -> None:
    report = by_policy("", Protection("main", OPEN, {}), "*")
    assert said(report) == []
    assert "broad-trust" in [one.rule for one in report.findings]


def test_a_policy_that_is_not_at_hand_leaves_the_likely_pins() -> None:
    facts = Facts(
        repository=Repository("acme", "app"),
        roles={ARN: Unavailable("AWS said no")},
        protection=Protection("main", OPEN, {}),
        judges_roles=True,
    )
    text = WORKFLOW.replace("ENVIRONMENT", "timeout-minutes: 5")
    file = SourceFile(".github/workflows/x.yml", text)
    (message,) = said(check.judge(read(file, Surroundings()), facts))
    assert "can push to `main`" in message
    assert message.endswith("pinned to `main`: its trust policy could not be read for that")


@pytest.mark.parametrize(
    ("line", "what"),
    [("", "main"), ("environment: p", "p")],
)
def test_where_no_policy_was_read_the_finding_says_so(line: str, what: str) -> None:
    (message,) = said(judge(line, Protection("main", OPEN, {"p": None})))
    assert message.endswith(
        f"; this matters if its role is pinned to `{what}`:"
        " no trust policy was read (--policy gives it)"
    )
    told = by_policy("", Protection("main", OPEN, {}), "ref:refs/heads/main")
    assert said(told) == ["whoever may write to the repository can push to `main` and get its role"]


@pytest.mark.parametrize(
    ("on", "runs"),
    [
        ("pull_request", False),
        ("{push: {tags: [v*]}}", False),
        ("{push: {branches: [next]}}", False),
        ("release", False),
        ("{push: {branches-ignore: [next]}}", True),
        ("{pull_request: {types: [closed]}}", True),  # it may work on the branch it went to
        ("[pull_request, schedule]", True),
        ("workflow_dispatch", True),
        ("workflow_call", True),  # by whom is not in sight
        ("an_event_of_tomorrow", True),
    ],
)
def test_a_branch_on_which_the_workflow_cannot_run_is_not_taken_for_a_pin(
    on: str, runs: bool
) -> None:
    text = WORKFLOW.replace("on: push", f"on: {on}").replace("ENVIRONMENT", "timeout-minutes: 5")
    facts = Facts("2026-11-28", protection=Protection("main", OPEN, {}))
    reading = read(SourceFile(".github/workflows/x.yml", text), Surroundings())
    assert bool(said(check.judge(reading, facts))) is runs


def test_what_could_not_be_read_is_a_doubt() -> None:
    unknown = {"main": Branch("main", Unavailable("no permission"))}
    for line, protection in (
        ("", Protection("main", unknown, {})),
        ("environment: p", Protection("main", SAFE, {"p": Unavailable("no permission")})),
        ("environment: ${{ inputs.to }}", Protection("main", SAFE, {})),
    ):
        report = judge(line, protection)
        assert said(report) == []
        assert [one.rule for one in report.skipped] == ["unprotected-pin"]


def test_two_jobs_of_one_environment_are_one_finding() -> None:
    job = WORKFLOW.partition("jobs:\n")[2]
    text = WORKFLOW + job.replace("deploy:", "again:")
    text = text.replace("ENVIRONMENT", "environment: p")
    reading = read(SourceFile("x.yml", text), Surroundings())
    protection = Protection("main", SAFE, {"p": None})
    assert len(said(check.judge(reading, Facts("2026-11-28", protection=protection)))) == 1


@pytest.mark.parametrize(
    ("rules", "classic", "pushes"),
    [
        ([], None, Pushes.OPEN),
        ([{"type": "deletion"}, {"type": "non_fast_forward"}], None, Pushes.OPEN),
        ([{"type": "required_status_checks"}], None, Pushes.OPEN),
        ([{"type": "pull_request"}], None, Pushes.PROPOSED),
        (
            [{"type": "pull_request", "parameters": {"required_approving_review_count": 1}}],
            None,
            Pushes.REVIEWED,
        ),
        ([{"type": "update"}], None, Pushes.REVIEWED),
        ([], {}, Pushes.OPEN),
        ([], {"enforce_admins": {"enabled": True}}, Pushes.OPEN),
        ([], {"required_pull_request_reviews": {}}, Pushes.PROPOSED),
        (
            [],
            {"required_pull_request_reviews": {"required_approving_review_count": 2}},
            Pushes.REVIEWED,
        ),
        ([], {"restrictions": {"users": []}}, Pushes.REVIEWED),
        ([{"type": "update"}], Unavailable("x"), Pushes.REVIEWED),
        ([{"type": "pull_request"}], Unavailable("x"), Unavailable("x")),
    ],
)
def test_what_rules_and_protection_amount_to(
    rules: list[dict[str, object]], classic: object, pushes: object
) -> None:
    assert branch("main", rules, classic) == Branch("main", pushes)  # type: ignore[arg-type]


def test_an_environment_as_github_tells_it() -> None:
    found = {
        "name": "production",
        "protection_rules": [
            {"type": "wait_timer", "wait_timer": 5},
            {"type": "required_reviewers", "reviewers": [{}, {}]},
        ],
        "deployment_branch_policy": {"protected_branches": False, "custom_branch_policies": True},
    }
    policies = [{"name": "main", "type": "branch"}, {"name": "v*", "type": "tag"}]
    assert environment(found, policies) == Environment("production", 2, ("main", "v*"))
    assert environment({"name": "p", "deployment_branch_policy": None}, []) == Environment("p")
    only = {
        "name": "p",
        "deployment_branch_policy": {"protected_branches": True, "custom_branch_policies": False},
    }
    assert environment(only, None) == Environment("p", 0, None, True)
    assert environment(only, [{"name": "main"}]) == Environment("p", 0, ("main",), True)
    assert environment(only, []) == Environment("p", 0, (), True)


@pytest.mark.parametrize(
    ("found", "organisation", "wanted"),
    [
        ({"use_default": True}, [], Subject(None, None)),
        ({"use_default": True, "include_claim_keys": ["repo"]}, ["repo"], Subject(None, None)),
        ({"use_default": False, "include_claim_keys": ["repo"]}, [], Subject(("repo",), None)),
        ({"use_default": False}, ["repo", "actor"], Subject(("repo", "actor"), None)),
        ({"use_default": True, "use_immutable_subject": True}, [], Subject(None, True)),
        (
            {
                "use_default": True,
                "use_immutable_subject": True,
                "sub_claim_prefix": "repo:acme/app",
            },
            [],
            Subject(None, False),
        ),
        (
            {"use_default": True, "sub_claim_prefix": "repo:acme@1/app@2"},
            [],
            Subject(None, True),
        ),
    ],
)
def test_how_subjects_are_made(
    found: dict[str, object], organisation: list[str], wanted: Subject
) -> None:
    assert subject(found, organisation) == wanted
