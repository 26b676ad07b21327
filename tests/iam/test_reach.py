"""The reach of single policies, for `acme/app` with known ids unless a test says otherwise."""

from __future__ import annotations

from typing import Any

import pytest

from oidc_enforcer.arn import RoleArn
from oidc_enforcer.iam.contexts import ReachClass
from oidc_enforcer.iam.document import from_data
from oidc_enforcer.iam.issuers import GITHUB_COM
from oidc_enforcer.iam.reach import Reach, reach
from oidc_enforcer.iam.tokens import Repository
from tests.iam.policies import (
    ACCOUNT,
    APP,
    keyed,
    policy,
    provider,
    reach_of,
    reasons,
    statement,
    sub,
    trusting,
    words,
)

MAIN = "repo:acme/app:ref:refs/heads/main"
SHARED = "acme/shared/.github/workflows/deploy.yml@refs/heads/main"
Condition = dict[str, dict[str, Any]]


@pytest.mark.parametrize(
    ("patterns", "expected"),
    [
        # Everybody, in every shape or in one.
        (["*"], "open none"),
        (["*", MAIN], "open none"),
        (["repo:*"], "any-org none"),
        (["repo:*/*"], "any-org none"),
        (["repo:*/app:*"], "any-org none"),
        (["repo:acme*"], "any-org none"),
        (["repo:acme*/*"], "any-org none"),
        (["repo:acme-*/app:*"], "any-org none"),
        (["*acme/app*"], "any-org none"),
        # A customised subject without a name of ours is anybody's.
        (["environment:production"], "any-org none"),
        (["workflow:deploy"], "any-org none"),
        (["repo_property_team:payments"], "any-org none"),
        # Names that somebody else has, or may register.
        (["repo:old-org/app:ref:refs/heads/main"], "any-org none"),
        (["repo:acme-1001/app-2001:ref:refs/heads/main"], "any-org none"),
        # Other repositories of the owner.
        (["repo:acme/*"], "org-wide name"),
        (["repo:acme/*:environment:production"], "org-wide name"),
        (["repo:acme@1001/*"], "org-wide owner-id"),
        (["repo:acme/api:*"], "org-wide name"),
        (["repository_owner:acme"], "org-wide name"),
        (["repository_owner_id:1001:environment:production"], "org-wide owner-id"),
        # `x/app@y` is a name for an environment.
        (["repo:acme@*/app@*:ref:refs/heads/main"], "org-wide name"),
        (["repo:acme/app*"], "repo-prefix name"),
        (["repo:acme/a*:ref:refs/heads/main"], "repo-prefix name"),
        (["repo:acme/app-*:*"], "repo-prefix name"),
        # One workflow file, whoever calls it.
        ([f"job_workflow_ref:{SHARED}"], "reusable-workflow none"),
        ([f"repository_owner_id:1001:job_workflow_ref:{SHARED}"], "reusable-workflow owner-id"),
        # Our repository.
        (["repo:acme/app:*"], "repo-wide name"),
        (["repo:acme@1001/app@2001:*"], "repo-wide id"),
        (["repo:acme/app"], "repo-wide name"),
        (["repository_id:2001"], "repo-wide id"),
        (["repo:acme/app:environment:*", "repo:acme/app:pull_request"], "repo-wide name"),
        (["repo:acme/app:pull_request"], "pull-request name"),
        (["repo:acme/app:p*"], "pull-request name"),
        ([MAIN, "repo:acme/app:pull_request"], "pull-request name"),
        (["repo:acme/app:ref:*"], "any-ref name"),
        (["repo:acme/app:ref:refs/?*"], "any-ref name"),
        (["repo:acme/app:ref:refs/heads/*"], "any-branch name"),
        (["repo:acme/app:ref:refs/heads/?*"], "any-branch name"),
        (["repo:acme/app:ref:refs/heads/*", "repo:acme/app:environment:x"], "any-branch name"),
        (["repo:acme/app:ref:refs/tags/*"], "any-tag name"),
        (["repo:acme/app:ref:refs/heads/release/*"], "branch-pattern name"),
        (["repo:acme/app:ref:refs/heads/??*"], "branch-pattern name"),
        (["repo:acme/app:ref:refs/heads/main*"], "branch-pattern name"),
        (["repo:acme/app:*main"], "branch-pattern name"),
        (["repo:acme/app:ref:refs/tags/v*"], "tag-pattern name"),
        ([MAIN, "repo:acme/app:ref:refs/tags/v*"], "tag-pattern name"),
        (["repo:acme/app:environment:?*"], "any-environment name"),
        (["repo:acme/app:environment:prod*"], "environment-pattern name"),
        ([MAIN], "branch name"),
        ([MAIN, "repo:acme@1001/app@2001:ref:refs/heads/main"], "branch name"),
        (["repo:acme@1001/app@2001:ref:refs/heads/main"], "branch id"),
        (["repo:acme@1001/app@*:ref:refs/heads/main"], "branch owner-id"),
        ([MAIN, "repo:acme/app:ref:refs/heads/dev"], "branch name"),
        ([MAIN, "repo:acme/app:environment:production"], "branch name"),
        (["repo:acme/app:*:ref:refs/heads/main"], "branch name"),
        (["repo:acme/app:ref:refs/tags/v1"], "tag name"),
        (["repo:acme/app:environment:production"], "environment name"),
        (["repo:acme/app:environment:production:*"], "environment name"),
        (["repo:acme/app:environment:a%3Ab"], "environment name"),
        # Nobody: no such owner while ours exists, no such branch, no such subject.
        (["repo:Acme/app:ref:refs/heads/main"], "never none"),
        (["repo:acme/app:ref:refs/heads/a..b"], "never none"),
        (["repo:acme/app:refs/heads/main"], "never none"),
        (["repo:acme/app:environment:a:b"], "never none"),
        (["REPO:acme/app:*"], "never none"),
        (["repo:acme/app:environment:"], "never none"),
    ],
)
def test_subjects(patterns: list[str], expected: str) -> None:
    answer = reach(sub(*patterns), APP)
    assert words(answer) == expected
    assert not answer.undetermined
    assert bool(answer.witnesses) is (answer.reach is not ReachClass.NEVER)


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ({}, "open none"),
        ({"StringEquals": {"aud": "sts.amazonaws.com"}}, "open none"),
        ({"StringEquals": {"sts:RoleSessionName": "GitHubActions"}}, "open none"),
        ({"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}, "open none"),
        ({"StringLike": {"sub": MAIN}, "StringNotEquals": {"sub": MAIN}}, "never none"),
        ({"StringEquals": {"sub": "repo:acme/app:*"}}, "never none"),
        ({"StringEqualsIgnoreCase": {"sub": MAIN}}, "branch-nocase name"),
        ({"StringEqualsIgnoreCase": {"sub": "repo:acme/app:environment:Prod"}}, "environment name"),
        ({"StringEqualsIgnoreCase": {"sub": "repo:acme/app:ref:refs/heads/1.0"}}, "branch name"),
        ({"StringNotEquals": {"sub": "repo:evil/x:ref:refs/heads/main"}}, "open none"),
        ({"StringNotLike": {"sub": "repo:evil/*"}}, "open none"),
        ({"StringNotEquals": {"environment": "production"}}, "open none"),
        ({"StringEquals": {"ref": "refs/heads/main"}}, "any-org none"),
        ({"StringEquals": {"environment": "production"}}, "any-org none"),
        ({"StringEquals": {"actor": "octocat"}}, "any-org none"),
        ({"StringEquals": {"workflow": "deploy"}}, "any-org none"),
        ({"StringEquals": {"repository": "acme/app"}}, "repo-wide name"),
        ({"StringLike": {"repository": "acme/*"}}, "org-wide name"),
        ({"StringEquals": {"repository_id": "2001"}}, "repo-wide id"),
        ({"NumericEquals": {"repository_id": 2001}}, "repo-wide id"),
        ({"StringEquals": {"repository_owner_id": "1001"}}, "org-wide owner-id"),
        ({"StringEquals": {"repository_id": "2001", "ref": "refs/heads/main"}}, "branch id"),
        ({"StringEquals": {"repository_id": "2001", "environment": "x"}}, "environment id"),
        ({"StringEquals": {"sub": MAIN, "repository_owner_id": "1001"}}, "branch owner-id"),
        ({"StringEquals": {"sub": MAIN, "ref": "refs/heads/dev"}}, "never none"),
        ({"StringEquals": {"sub": MAIN, "repository": "acme/other"}}, "never none"),
        # Only the template [repo, ref] leaves the environment out of the subject.
        ({"StringEquals": {"sub": MAIN, "environment": "production"}}, "environment name"),
        (
            {"StringLike": {"sub": "repo:acme/app:environment:*", "ref": "refs/heads/main"}},
            "branch name",
        ),
        (
            {"StringLike": {"sub": "repo:acme/app:*"}, "Null": {"environment": "false"}},
            "any-environment name",
        ),
        # A condition on what never is in the context.
        ({"StringEquals": {"repository_owner": "acme"}}, "never none"),
        ({"StringNotEquals": {"repository_owner": "evil"}}, "open none"),
        ({"StringEqualsIfExists": {"repository_owner": "acme"}}, "open none"),
        ({"ForAllValues:StringLike": {"subject": "repo:acme/app:*"}}, "open none"),
        ({"Bool": {"sts:RoleAuthorizedByIdp": "true"}}, "never none"),
        ({"StringEquals": {"aws:username": "x"}}, "never none"),
        ({"ArnLike": {"sub": "*"}}, "never none"),
        # The enterprise; whose it is nobody told us, so it is ours.
        ({"StringEquals": {"enterprise_id": "77"}}, "enterprise-wide id"),
        ({"StringLike": {"enterprise_id": "*"}}, "any-org none"),
        ({"StringEquals": {"enterprise_id": "77", "sub": MAIN}}, "branch id"),
        ({"StringEquals": {"sub": "enterprise:acme-inc"}}, "enterprise-wide name"),
        # Workflow files.
        ({"StringEquals": {"job_workflow_ref": SHARED}}, "reusable-workflow none"),
        ({"StringEquals": {"job_workflow_ref": SHARED, "repository_id": "2001"}}, "repo-wide id"),
        (
            {"StringEquals": {"job_workflow_ref": SHARED}, "StringLike": {"sub": "repo:acme/*"}},
            "reusable-workflow name",
        ),
        (
            {
                "StringEquals": {"job_workflow_ref": SHARED},
                "StringLike": {"sub": "repo:acme/api:*"},
            },
            "org-wide name",
        ),
        ({"StringLike": {"job_workflow_ref": "acme/app/.github/workflows/*@*"}}, "repo-wide name"),
        (
            {
                "StringEquals": {
                    "job_workflow_ref": "acme/app/.github/workflows/x.yml@refs/heads/main"
                }
            },
            "branch name",
        ),
        # A branch may be called `x@refs/heads/main`.
        (
            {"StringLike": {"job_workflow_ref": "acme/app/.github/workflows/*@refs/heads/main"}},
            "branch-pattern name",
        ),
        ({"StringLike": {"job_workflow_ref": "*/.github/workflows/deploy.yml@*"}}, "any-org none"),
        ({"StringLike": {"job_workflow_ref": "acme/*"}}, "org-wide none"),
        # Policy variables.
        ({"StringEquals": {"sub": f"${{{GITHUB_COM}:sub}}"}}, "open none"),
        ({"StringEquals": {"sub": "${aws:username}"}}, "never none"),
        ({"StringNotEquals": {"sub": "${aws:username}"}}, "open none"),
        ({"StringLike": {"sub": "repo:acme/app:environment:${*}"}}, "environment name"),
        (
            {
                "StringLike": {
                    "sub": f"repo:${{{GITHUB_COM}:repository}}:*",
                    "repository_id": "2001",
                }
            },
            "repo-wide id",
        ),
    ],
)
def test_claims(condition: Condition, expected: str) -> None:
    answer = reach_of(condition)
    assert words(answer) == expected
    assert not answer.undetermined


@pytest.mark.parametrize(
    ("denied", "expected"),
    [
        ({"StringLike": {"sub": "*:pull_request"}}, "repo-wide name"),
        ({"StringEquals": {"sub": [MAIN, "repo:acme/app:ref:refs/heads/dev"]}}, "repo-wide name"),
        ({"StringLike": {"sub": ["*:environment:*", "*:pull_request"]}}, "any-ref name"),
        ({"StringLike": {"sub": "repo:acme/app:ref:refs/heads/*"}}, "repo-wide name"),
        ({"StringNotLike": {"sub": "repo:acme/app:ref:refs/heads/*"}}, "any-branch name"),
        ({"StringNotEquals": {"sub": MAIN}}, "branch name"),
        ({"Null": {"environment": "true"}}, "any-environment name"),
        ({"StringNotEqualsIfExists": {"environment": "production"}}, "environment name"),
        (
            {"StringEquals": {"sub": MAIN}, "Bool": {"aws:SecureTransport": "true"}},
            "repo-wide name",
        ),
        ({}, "never none"),
    ],
)
def test_what_a_deny_takes_away(denied: Condition, expected: str) -> None:
    allowed = statement({"StringLike": {"sub": "repo:acme/app:*"}})
    assert words(reach(policy(allowed, statement(denied, "Deny")), APP)) == expected


def test_a_doubtful_deny_takes_nothing_away() -> None:
    allowed = statement({"StringEquals": {"sub": MAIN}})
    for denied, reason in (
        (
            {"Effect": "Deny", "Principal": {"AWS": "*"}, "Action": "*"},
            "statement 2: whether a Deny for every AWS principal stops tokens is not documented",
        ),
        (
            statement({"StringResembles": {"sub": MAIN}}, "Deny"),
            "statement 2: `StringResembles` is no operator that we know",
        ),
    ):
        answer = reach(policy(allowed, denied), APP)
        assert (words(answer), answer.undetermined) == ("branch name", (reason,))


def test_an_unknown_operator_may_let_in_everybody() -> None:
    answer = reach_of({"StringResembles": {"sub": "repo:acme/app:*"}})
    assert answer.reach is ReachClass.OPEN
    assert answer.undetermined == ("statement 1: `StringResembles` is no operator that we know",)


@pytest.mark.parametrize(
    ("issuer", "patterns", "expected"),
    [
        (f"{GITHUB_COM}/acme", ["*"], "enterprise-wide issuer"),
        (f"{GITHUB_COM}/acme", ["repo:acme/app:*"], "repo-wide issuer"),
        (f"{GITHUB_COM}/acme", ["repo:acme@1001/app@2001:*"], "repo-wide id"),
        ("token.actions.acme.ghe.com", ["repo:*:ref:refs/heads/main"], "enterprise-wide issuer"),
        ("token.actions.acme.ghe.com", [MAIN], "branch issuer"),
        ("ghe.example.com/_services/token", ["repo:*"], "instance-wide issuer"),
        ("ghe.example.com/_services/token", [MAIN], "branch issuer"),
        ("ghe.example.com/_services/token", ["repo:acme@1001/app@2001:*"], "never none"),
    ],
)
def test_issuers_that_are_not_everybodys(issuer: str, patterns: list[str], expected: str) -> None:
    assert words(reach(trusting({"StringLike": {"sub": patterns}}, issuer), APP)) == expected


def test_a_key_of_another_issuer_is_never_there() -> None:
    slug = f"{GITHUB_COM}/acme"
    data = statement({}, prefix=slug)
    data["Condition"] = keyed({"StringEquals": {"sub": MAIN}})
    assert words(reach(policy(data), APP)) == "never none"
    data["Condition"] = keyed({"ForAllValues:StringEquals": {"sub": MAIN}})
    assert words(reach(policy(data), APP)) == "enterprise-wide issuer"


def test_ghes_shows_the_policy_no_claims_of_its_own() -> None:
    ghes = "ghe.example.com/_services/token"
    assert (
        words(reach(trusting({"StringEquals": {"repository_id": "2001"}}, ghes), APP))
        == "never none"
    )
    vacuous = trusting({"StringNotEquals": {"ref": "refs/heads/dev"}}, ghes)
    assert words(reach(vacuous, APP)) == "instance-wide issuer"


def test_an_old_ghes_lets_names_pretend_to_be_claims() -> None:
    ghes = "ghe.example.com/_services/token"
    pinned = trusting({"StringEquals": {"sub": "environment:x:repository_owner:acme"}}, ghes)
    answer = reach(pinned, APP)
    assert words(answer) == "org-wide issuer"
    assert reasons(answer) == (
        "GHES up to 3.18 writes `:` in a name as it is, and lets in more than newer ones",
    )


def test_claims_outside_the_commercial_partition_are_in_doubt() -> None:
    data = statement({"StringEquals": {"repository_id": "2001"}})
    data["Principal"] = {"Federated": provider(partition="aws-us-gov")}
    answer = reach(policy(data), APP)
    assert words(answer) == "repo-wide id"
    assert answer.undetermined == (
        "whether IAM maps GitHub's own claims in `aws-us-gov` is not documented",
    )


def test_a_provider_elsewhere_lets_nobody_in() -> None:
    assert words(reach(sub("*"), APP, account="999999999999")) == "never none"
    assert words(reach(sub("*"), APP, partition="aws-cn")) == "never none"
    role = RoleArn("aws", ACCOUNT, "/", "deploy")
    assert words(reach(sub("*"), APP, role=role)) == "open none"


def test_tokens_of_an_issuer_that_is_not_ours_are_another_door() -> None:
    enterprise = APP._replace(issuer=f"{GITHUB_COM}/acme")
    answer = reach(sub(MAIN), enterprise)
    assert answer.reach is ReachClass.NEVER
    (door,) = answer.other_doors
    assert (door.kind.value, door.statement) == ("another GitHub issuer", 1)


class TestTheRepository:
    """What is known of the repository changes the answer."""

    def test_ids_that_nobody_told_are_taken_from_the_policy(self) -> None:
        unknown = Repository("acme", "app")
        assert (
            words(reach_of({"StringEquals": {"repository_id": "2001"}}, unknown)) == "repo-wide id"
        )
        assert words(reach(sub("repo:acme@1001/*"), unknown)) == "org-wide owner-id"

    def test_ids_that_are_not_ours_let_others_in(self) -> None:
        assert words(reach_of({"StringEquals": {"repository_id": "3333"}})) == "any-org none"
        assert words(reach_of({"StringEquals": {"repository_owner_id": "9"}})) == "any-org none"

    def test_a_classic_subject_matches_no_immutable_one(self) -> None:
        classic, immutable = (APP._replace(immutable_subject=each) for each in (False, True))
        with_ids = sub("repo:acme@1001/app@2001:ref:refs/heads/main")
        assert words(reach(with_ids, classic)) == "never none"
        assert words(reach(with_ids, immutable)) == "branch id"
        assert words(reach(sub(MAIN), immutable)) == "never none"

    def test_a_template_that_is_known_is_the_only_one(self) -> None:
        by_ref = APP._replace(template=("repo", "ref"))
        assert words(reach(sub("repo:acme/app:ref:*"), by_ref)) == "repo-wide name"
        assert words(reach(sub("repo:acme/app:environment:*"), by_ref)) == "never none"
        by_environment = APP._replace(template=("repo", "environment"))
        assert words(reach(sub("repo:acme/app:*"), by_environment)) == "any-environment name"

    def test_an_enterprise_that_is_known_is_the_only_one(self) -> None:
        ours = APP._replace(enterprise_id="77")
        assert (
            words(reach_of({"StringEquals": {"enterprise_id": "77"}}, ours)) == "enterprise-wide id"
        )
        assert words(reach_of({"StringEquals": {"enterprise_id": "78"}}, ours)) == "any-org none"

    def test_shared_workflows_let_their_callers_in(self) -> None:
        pinned = {
            "StringEquals": {"job_workflow_ref": "acme/app/.github/workflows/x.yml@refs/heads/main"}
        }
        unknown = reach_of(pinned)
        assert words(unknown) == "branch name"
        assert reasons(unknown) == (
            "another owner is let in if it may call this repository's workflows; "
            "whether it may is not known",
        )
        shared = reach_of(pinned, APP._replace(shares_workflows=True))
        assert (words(shared), reasons(shared)) == ("reusable-workflow none", ())
        private = reach_of(pinned, APP._replace(shares_workflows=False))
        assert (words(private), reasons(private)) == ("branch name", ())


def test_open_questions_about_github_are_named() -> None:
    assert reasons(reach(sub("repo:acme/app:ref:*"), APP)) == (
        "a `pull_request_review` run may present `repo:acme/app:ref:refs/pull/7/merge`, which is "
        "let in",
    )
    assert reasons(reach(sub(MAIN), APP)) == ()
    both = {"StringEquals": {"sub": "repo:acme/app:pull_request", "ref": "refs/heads/main"}}
    answer = reach_of(both)
    assert answer.reach is ReachClass.NEVER
    assert reasons(answer) == (
        "a `pull_request_target` run may present `repo:acme/app:pull_request`, which is let in",
    )


def test_a_pull_request_that_is_no_more_than_a_run_of_a_branch_let_in_is_no_open_question() -> None:
    by_ref = {
        "StringLike": {"sub": "repo:acme/app:*"},
        "StringEquals": {"ref": "refs/heads/main"},
    }
    answer = reach_of(by_ref)
    assert (words(answer), reasons(answer)) == ("branch name", ())


def test_an_empty_list_of_values_is_an_open_question() -> None:
    answer = reach_of({"StringEquals": {"sub": MAIN}, "StringNotEquals": {"ref": []}})
    assert answer.undetermined == ()
    assert reasons(answer) == (
        "statement 1: what IAM makes of an empty list of values is not documented",
    )


def admitted(answer: Reach) -> list[str]:
    return list(map(str, answer.admits))


def test_an_environment_opens_nothing_to_refs_that_are_let_in_without_it() -> None:
    subjects = ["repo:acme/app:ref:refs/heads/*", "repo:acme/app:environment:prod"]
    pinned = reach_of({"StringLike": {"ref": "refs/heads/release/*", "sub": subjects}})
    (some,) = pinned.admits
    assert some.kind is ReachClass.BRANCH_PATTERN
    assert some.name.startswith("release/")
    unpinned = reach_of({"StringLike": {"sub": subjects}})
    assert admitted(unpinned) == ["any-branch", "environment:prod"]


def test_every_class_has_a_token() -> None:
    answer = reach(sub("repo:acme/*"), APP)
    shown = [(each.reach.word, each.claims["sub"]) for each in answer.witnesses]
    assert shown == [
        ("org-wide", "repo:acme/other:ref:refs/heads/feature/x"),
        ("pull-request", "repo:acme/app:pull_request"),
        ("any-branch", "repo:acme/app:ref:refs/heads/feature/x"),
        ("any-tag", "repo:acme/app:ref:refs/tags/v1.0.0"),
        ("any-environment", "repo:acme/app:environment:production"),
    ]
    assert admitted(answer) == ["any-branch", "any-tag", "any-environment", "pull-request"]


def test_a_witness_names_its_template_and_its_surroundings() -> None:
    answer = reach_of(
        {
            "StringEquals": {"sub": "environment:production", "sts:RoleSessionName": "deploy"},
            "IpAddress": {"aws:SourceIp": "10.0.0.0/8"},
            "DateGreaterThan": {"aws:CurrentTime": "2026-01-01T00:00:00Z"},
        }
    )
    first = answer.witnesses[0]
    assert first.template == ("environment",)
    assert first.context == {
        "sts:rolesessionname": "deploy",
        "aws:sourceip": "10.0.0.0",
        "aws:currenttime": "1767225601",
    }


@pytest.mark.parametrize(
    ("patterns", "admits"),
    [
        ([MAIN, "repo:acme/app:ref:refs/heads/dev"], ("branch:dev", "branch:main")),
        (["repo:acme/app:ref:refs/heads/release/*"], ("branch-pattern:release/1.0",)),
        (["repo:acme/app:ref:refs/tags/v?"], ("tag-pattern:va",)),
        (
            ["repo:acme/app:environment:prod", "repo:acme/app:*t"],
            ("branch-pattern:at", "tag-pattern:latest", "environment-pattern:prod", "pull-request"),
        ),
        (["repo:evil/*"], ()),
    ],
)
def test_what_of_ours_is_let_in(patterns: list[str], admits: tuple[str, ...]) -> None:
    answer = reach(sub(*patterns), APP)
    assert [each.kind.word for each in answer.admits] == [each.partition(":")[0] for each in admits]
    if "pattern" not in "".join(admits):
        assert admitted(answer) == list(admits)


def test_audiences() -> None:
    assert reach(sub(MAIN), APP).audiences == ("sts.amazonaws.com",)
    anything = reach_of({"StringEquals": {"sub": MAIN}})
    assert (anything.audiences, anything.any_audience) == (None, True)
    pattern = reach_of({"StringLike": {"sub": MAIN, "aud": "sts.*"}})
    assert (pattern.audiences, pattern.any_audience) == (None, False)


def test_two_issuers_make_the_looser_reach() -> None:
    both = policy(
        statement({"StringEquals": {"sub": MAIN}}),
        statement(
            {"StringLike": {"sub": "repo:acme/app:*"}}, prefix="ghe.example.com/_services/token"
        ),
    )
    answer = reach(both, APP)
    assert words(answer) == "repo-wide name"
    assert [part.reach.word for part in answer.parts] == ["branch", "repo-wide"]


def test_the_old_version_reads_wildcards_between_braces() -> None:
    data = {"Statement": statement({"StringLike": {"sub": "repo:acme/app:environment:${*}"}})}
    assert words(reach(from_data(data), APP)) == "environment-pattern name"


def test_a_wildcard_lets_strange_environments_in() -> None:
    answer = reach(sub("repo:acme@*/app@*:ref:refs/heads/main"), APP)
    stranger = answer.witnesses[0]
    assert stranger.template == ("repo", "context", "ref")
    assert stranger.claims["repository"] == "acme/other"
    assert "/app@" in stranger.claims["environment"]


def test_of_many_issuers_the_first_are_looked_at() -> None:
    data = statement({})
    data["Principal"] = {"Federated": [provider(f"{GITHUB_COM}/e{number}") for number in range(60)]}
    data.pop("Condition")
    answer = reach(policy(data), APP)
    assert words(answer) == "enterprise-wide none"
    assert answer.undetermined == ("more of GitHub's issuers are trusted than are looked at",)
