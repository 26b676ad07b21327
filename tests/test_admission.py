"""Whether a policy lets in what a job presents: every answer replayed by the plain evaluator."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oidc_enforcer.arn import OidcProviderArn
from oidc_enforcer.iam.document import TrustPolicy, from_data
from oidc_enforcer.iam.evaluate import Decision, evaluate
from oidc_enforcer.iam.issuers import GITHUB_COM
from oidc_enforcer.iam.presented import Asked, Presented, Token
from oidc_enforcer.iam.question import Question, doubts
from oidc_enforcer.iam.searches import TooComplexError
from oidc_enforcer.iam.tokens import Repository
from oidc_enforcer.iam.web_identity import web_identity_request
from tests.iam.policies import ACCOUNT, issuer, sub
from tests.iam.random_policies import random_policy
from tests.workflow.presenting import APP, present, workflow

AUDIENCE = "sts.amazonaws.com"
SEEDS = st.integers(0, 10**9)
PROVIDER = OidcProviderArn("aws", ACCOUNT, GITHUB_COM)
#: What stands behind the repository's name in subjects, and the ref, of tokens made by hand.
BY_HAND: dict[str, tuple[str, list[tuple[str, str]]]] = {
    "branches": (
        workflow("{push: {branches: [main, 'release/**', '!release/old']}}"),
        [
            (f"ref:refs/heads/{branch}", f"refs/heads/{branch}")
            for branch in ("main", "release/1.0", "release/a/b", "release/x")
        ],
    ),
    "environment": (
        workflow("{push: {branches: [main, dev]}}", "environment: production"),
        [
            ("environment:production", "refs/heads/main"),
            ("environment:production", "refs/heads/dev"),
        ],
    ),
    "pulls": (workflow("pull_request"), [("pull_request", "refs/pull/7/merge")]),
    "tags": (
        workflow("{push: {tags: ['v*']}}"),
        [(f"ref:refs/tags/{tag}", f"refs/tags/{tag}") for tag in ("v1.0.0", "v2")],
    ),
    "either": (
        workflow("{push: {branches: [main]}, workflow_dispatch: {}}"),
        [
            ("ref:refs/heads/main", "refs/heads/main"),
            ("ref:refs/heads/feature/x", "refs/heads/feature/x"),
            ("ref:refs/tags/v1.0.0", "refs/tags/v1.0.0"),
        ],
    ),
}


def by_hand(name: str) -> Iterator[dict[str, str]]:
    """Tokens of the job, told by GitHub's documentation alone."""
    for context, ref in BY_HAND[name][1]:
        claims = {
            "iss": f"https://{GITHUB_COM}",
            "aud": AUDIENCE,
            "sub": f"repo:acme/app:{context}",
            "ref": ref,
            "repository": "acme/app",
            "repository_id": "2001",
            "repository_owner_id": "1001",
            "actor": "octocat",
            "actor_id": "4242",
            "workflow": ".github/workflows/deploy.yml",
            "job_workflow_ref": f"acme/app/.github/workflows/deploy.yml@{ref}",
        }
        if context.startswith("environment:"):
            claims["environment"] = context.removeprefix("environment:")
        yield claims


def decide(policy: TrustPolicy, claims: Mapping[str, str], context: Mapping[str, str]) -> Decision:
    request = web_identity_request(claims, issuer(), ACCOUNT, context=context)
    return evaluate(policy, request).decision


def kinds(name: str, repository: Repository = APP) -> list[Presented]:
    found = present(BY_HAND[name][0], repository=repository)
    return [each.presented.with_audience(AUDIENCE) for each in found.subjects]


def question(policy: TrustPolicy, repository: Repository = APP) -> Question:
    return Question(policy, repository, PROVIDER, issuer())


def asked(policy: TrustPolicy, name: str) -> tuple[list[Token], list[Token]] | None:
    """The tokens that get in and those that do not, one per kind; None where it is too complex."""
    try:
        about = [Asked(question(policy), kind) for kind in kinds(name)]
        admitted = [each.admitted() for each in about]
        refused = [each.refused() for each in about]
    except TooComplexError:
        return None
    return [one for one in admitted if one], [one for one in refused if one]


@pytest.mark.parametrize("name", BY_HAND)
@given(SEEDS)
@settings(max_examples=40, deadline=None)
def test_every_answer_replays(name: str, seed: int) -> None:
    policy = from_data(random_policy(Random(seed)))
    found = asked(policy, name)
    if found is None or any(doubts(question(policy))):
        return
    admitted, refused = found
    for token in admitted:
        assert decide(policy, token.claims, token.context) is Decision.ALLOWED, token
    for token in refused:
        assert decide(policy, token.claims, token.context) is not Decision.ALLOWED, token


@pytest.mark.parametrize("name", BY_HAND)
@given(SEEDS)
@settings(max_examples=40, deadline=None)
def test_no_token_made_by_hand_is_overlooked(name: str, seed: int) -> None:
    policy = from_data(random_policy(Random(seed)))
    found = asked(policy, name)
    if found is None:
        return
    admitted, refused = found
    for claims in by_hand(name):
        decision = decide(policy, claims, {})
        if decision is Decision.ALLOWED:
            assert admitted, claims
        elif decision is not Decision.UNDETERMINED:
            assert refused, claims


@pytest.mark.parametrize(
    ("patterns", "name", "some", "every"),
    [
        (["repo:acme/app:ref:refs/heads/main"], "branches", True, False),
        (["repo:acme/app:ref:refs/heads/*"], "branches", True, True),
        (
            ["repo:acme/app:ref:refs/heads/main", "repo:acme/app:ref:refs/heads/release/*"],
            "branches",
            True,
            True,
        ),
        (["repo:acme/app:ref:refs/heads/release/old"], "branches", False, False),
        (["repo:acme/app:environment:production"], "environment", True, True),
        (["repo:acme/app:environment:Production"], "environment", False, False),
        (["repo:acme/app:ref:*"], "environment", False, False),
        (["repo:acme/app:pull_request"], "pulls", True, True),
        (["repo:acme/app:ref:refs/pull/*"], "pulls", False, False),
        (["repo:acme/other:*"], "tags", False, False),
        (["repo:acme/app:ref:refs/tags/v1*"], "tags", True, False),
        (["repo:acme/app:*"], "either", True, True),
    ],
)
def test_some_and_every(patterns: list[str], name: str, *, some: bool, every: bool) -> None:
    found = asked(sub(*patterns), name)
    assert found is not None
    assert (bool(found[0]), not found[1]) == (some, every)


def test_another_audience_is_refused() -> None:
    kind = kinds("pulls")[0].with_audience("https://github.com/acme")
    assert Asked(question(sub("repo:acme/app:pull_request")), kind).admitted() is None


def test_an_audience_that_is_not_known_may_be_the_right_one() -> None:
    kind = kinds("pulls")[0].with_audience(None)
    token = Asked(question(sub("repo:acme/app:pull_request")), kind).admitted()
    assert token is not None
    assert token.claims["aud"] == AUDIENCE


def test_both_forms_are_tried_where_nobody_has_said() -> None:
    unsaid = APP._replace(immutable_subject=None)
    policy = sub("repo:acme@1001/app@2001:pull_request")
    [kind] = kinds("pulls", unsaid)
    token = Asked(question(policy, unsaid), kind).admitted()
    assert token is not None
    assert token.claims["sub"] == "repo:acme@1001/app@2001:pull_request"
    assert Asked(question(policy), kinds("pulls")[0]).admitted() is None
