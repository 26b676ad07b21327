"""What is suggested lets in what is needed, nothing else, and says so only when it is proven."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oidc_enforcer.arn import OidcProviderArn
from oidc_enforcer.iam.allowed import Allowed, outside
from oidc_enforcer.iam.issuers import GITHUB_COM
from oidc_enforcer.iam.reach import reach
from oidc_enforcer.iam.tightest import (
    CannotSuggestError,
    Form,
    Need,
    Suggestion,
    Wanted,
    parse_needs,
    tightest,
)
from oidc_enforcer.iam.tokens import Repository
from tests.iam import second_opinion
from tests.iam.policies import ACCOUNT, APP, provider
from tests.iam.random_policies import random_token

HERE = OidcProviderArn("aws", ACCOUNT, GITHUB_COM)
NAMELESS = Repository("acme", "app")


def suggest(
    *entries: str,
    repository: Repository = NAMELESS,
    form: Form = Form.CLASSIC,
    where: OidcProviderArn = HERE,
) -> Suggestion:
    return tightest(Wanted(repository, where, parse_needs(entries), form))


def words(found: Suggestion) -> str:
    return f"{found.reach.reach.word} {found.reach.identity.word}"


@pytest.mark.parametrize(
    ("entry", "subject", "said"),
    [
        ("branch:main", "repo:acme/app:ref:refs/heads/main", "branch name"),
        ("tag:v1.0", "repo:acme/app:ref:refs/tags/v1.0", "tag name"),
        ("environment:production", "repo:acme/app:environment:production", "environment name"),
        ("environment:a:b", "repo:acme/app:environment:a%3Ab", "environment name"),
        ("pull-request", "repo:acme/app:pull_request", "pull-request name"),
        ("branch:release/*", "repo:acme/app:ref:refs/heads/release/*", "branch-pattern name"),
    ],
)
def test_a_run_is_let_in_and_nothing_else(entry: str, subject: str, said: str) -> None:
    found = suggest(entry)
    assert found.subjects == (subject,)
    assert words(found) == said


def test_ids_make_it_nobody_elses() -> None:
    with_ids = "repo:acme@1001/app@2001:ref:refs/heads/main"
    immutable = suggest("branch:main", repository=APP, form=Form.IMMUTABLE)
    assert (immutable.subjects, words(immutable)) == ((with_ids,), "branch id")
    both = suggest("branch:main", repository=APP, form=Form.BOTH)
    assert both.subjects == ("repo:acme/app:ref:refs/heads/main", with_ids)
    assert words(both) == "branch id"
    assert words(suggest("branch:main", repository=APP)) == "branch id"


def test_ids_are_not_asked_for_where_iam_may_not_see_them() -> None:
    china = OidcProviderArn("aws-cn", ACCOUNT, GITHUB_COM)
    found = suggest("branch:main", repository=APP, where=china)
    assert words(found) == "branch name"
    (condition,) = {each.operator for each in found.policy.statements[0].conditions}
    assert condition == "StringEquals"
    assert found.reach.audiences == ("sts.amazonaws.com.cn",)


def test_the_template_shapes_the_subject() -> None:
    custom = APP._replace(template=("repository_owner_id", "repository_id", "ref"))
    found = suggest("branch:main", repository=custom)
    assert found.subjects == ("repository_owner_id:1001:repository_id:2001:ref:refs/heads/main",)
    assert words(found) == "branch id"
    unpinned = NAMELESS._replace(template=("environment",))
    with pytest.raises(CannotSuggestError, match="any-org"):
        suggest("environment:production", repository=unpinned)
    assert (
        words(suggest("environment:production", repository=unpinned._replace(id="2001")))
        == "environment id"
    )
    with pytest.raises(CannotSuggestError, match="names `job_workflow_ref`"):
        suggest("branch:main", repository=APP._replace(template=("repo", "job_workflow_ref")))


def test_what_cannot_be_had_is_said() -> None:
    server = OidcProviderArn("aws", ACCOUNT, "ghe.example.com/_services/token")
    for entries, changes, said in (
        ((), {}, "nothing is to be let in"),
        (("branch:main",), {"form": Form.IMMUTABLE}, "need the repository's id"),
        (("branch:main",), {"form": Form.BOTH, "where": server}, "Enterprise Server"),
        (("branch:main",), {"where": HERE._replace(issuer="gitlab.com")}, "no issuer of GitHub"),
    ):
        with pytest.raises(CannotSuggestError, match=said):
            suggest(*entries, **changes)
    for entry in ("", "branch", "branch:", "heads:main", "pull-request:7"):
        with pytest.raises(ValueError, match="must be"):
            Need.parse(entry)


def test_a_whole_subject_is_taken_as_it_is_if_it_is_the_repositorys() -> None:
    ours = "subject:repo:acme/app:environment:production:actor:x"
    template = NAMELESS._replace(template=("repo", "environment", "actor"))
    assert words(suggest(ours, repository=template)) == "environment name"
    with pytest.raises(CannotSuggestError, match="org-wide"):
        suggest("subject:repo:acme/*")


def test_names_are_never_variables_or_wildcards() -> None:
    assert suggest("environment:${aws:username}").subjects == (
        "repo:acme/app:environment:${aws%3Ausername}",
    )
    found = suggest("environment:${x}", "environment:*")
    assert words(found) == "any-environment name"


NAMES = st.sampled_from(
    ["branch:main", "branch:release/*", "branch:dev", "tag:v1.0.0", "tag:v*", "pull-request"]
    + [f"environment:{name}" for name in ("production", "a:b", "prod east", "x/app@y", "déploy")]
)


@given(
    st.lists(NAMES, min_size=1, max_size=4, unique=True),
    st.sampled_from(Form),
    st.booleans(),
    st.integers(0, 2**32),
)
@settings(max_examples=60)
def test_a_suggestion_holds_before_a_second_judge(
    entries: list[str], form: Form, with_ids: bool, seed: int
) -> None:
    repository = APP if with_ids or form is not Form.CLASSIC else NAMELESS
    found = suggest(*entries, repository=repository, form=form)
    assert not outside(reach(found.policy, repository), Allowed.parse(entries))
    random = Random(seed)
    for _ in range(20):
        token = random_token(random)
        decision = second_opinion.decide(found.document, token.claims, provider(), {})
        if decision == "allowed":
            assert token.claims["repository"] == "acme/app"
            assert token.claims["sub"].startswith("repo:acme")
            if repository.id:
                assert token.claims["repository_id"] == "2001"
