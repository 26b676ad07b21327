from __future__ import annotations

import pytest

from oidc_enforcer.iam.allowed import Allowed, outside
from oidc_enforcer.iam.reach import reach
from tests.iam.policies import APP, reach_of, sub

MAIN = "repo:acme/app:ref:refs/heads/main"
ALLOWED = Allowed.parse(["branch:main", "branch:release/*", "environment:production", "tag:v*"])


@pytest.mark.parametrize(
    "entry", ["main", "branch:", "refs/heads/main", "branches:main", "", "pull-request:1"]
)
def test_an_entry_that_says_nothing_is_an_error(entry: str) -> None:
    with pytest.raises(ValueError, match="must be `branch:…`"):
        Allowed.parse([entry])


@pytest.mark.parametrize(
    ("patterns", "expected"),
    [
        ([MAIN], []),
        ([MAIN, "repo:acme/app:ref:refs/heads/release/1.*"], []),
        (["repo:acme/app:environment:production"], []),
        (["repo:acme/app:environment:Production"], []),
        (["repo:acme/app:ref:refs/tags/v1*"], []),
        (["repo:evil/x:*"], [("any-org", "repo:evil/x:ref:refs/heads/feature/x")]),
        (
            ["repo:acme/app:environment:staging"],
            [("environment", "repo:acme/app:environment:staging")],
        ),
        (
            ["repo:acme/app:ref:refs/heads/main*"],
            [("branch", "repo:acme/app:ref:refs/heads/maina")],
        ),
        (
            ["repo:acme/app:ref:refs/heads/*"],
            [("branch", "repo:acme/app:ref:refs/heads/feature/x")],
        ),
        (["repo:acme/app:ref:refs/tags/*"], [("tag", "repo:acme/app:ref:refs/tags/1.0.0")]),
        (
            ["repo:acme/app:*"],
            [
                ("pull-request", "repo:acme/app:pull_request"),
                ("branch", "repo:acme/app:ref:refs/heads/feature/x"),
                ("tag", "repo:acme/app:ref:refs/tags/1.0.0"),
                ("environment", "repo:acme/app:environment:staging"),
            ],
        ),
    ],
)
def test_what_is_outside(patterns: list[str], expected: list[tuple[str, str]]) -> None:
    found = outside(reach(sub(*patterns), APP), ALLOWED)
    assert [(each.reach.word, each.claims["sub"]) for each in found] == expected


def test_a_job_in_an_environment_is_within_by_its_ref() -> None:
    pinned = reach_of({"StringEquals": {"repository_id": "2001", "ref": "refs/heads/main"}})
    assert outside(pinned, ALLOWED) == ()
    loose = reach_of({"StringEquals": {"repository_id": "2001", "ref": "refs/heads/dev"}})
    assert [each.claims["ref"] for each in outside(loose, ALLOWED)] == ["refs/heads/dev"] * 2


def test_pull_requests_can_be_allowed() -> None:
    found = reach(sub("repo:acme/app:pull_request"), APP)
    assert len(outside(found, ALLOWED)) == 1
    assert outside(found, Allowed.parse(["pull-request"])) == ()


def test_nothing_allowed_means_everything_is_outside() -> None:
    assert len(outside(reach(sub(MAIN), APP), Allowed())) == 1
