"""Laws of the reach: what must never change it."""

from __future__ import annotations

import json
import re
import time
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oidc_enforcer.iam.document import from_data
from oidc_enforcer.iam.evaluate import Decision, evaluate
from oidc_enforcer.iam.reach import reach
from oidc_enforcer.iam.tokens import Repository
from oidc_enforcer.iam.web_identity import web_identity_request
from tests.iam.policies import ACCOUNT, APP, issuer, statement, sub, words
from tests.iam.random_policies import random_policy

SEEDS = st.integers(0, 10**9)


@given(SEEDS)
@settings(max_examples=60, deadline=None)
def test_every_witness_gets_in(seed: int) -> None:
    policy = from_data(random_policy(Random(seed)))
    answer = reach(policy, APP)
    for witness in answer.witnesses:
        request = web_identity_request(witness.claims, issuer(), ACCOUNT, context=witness.context)
        decision = evaluate(policy, request).decision
        assert decision is Decision.ALLOWED or answer.undetermined


@given(SEEDS)
@settings(max_examples=60, deadline=None)
def test_order_never_matters(seed: int) -> None:
    random = Random(seed)
    data = random_policy(random)
    first, second = (reach(from_data(each), APP) for each in (data, shuffled(data, random)))
    assert words(first) == words(second)
    assert sorted(first.admits) == sorted(second.admits)
    assert bool(first.undetermined) == bool(second.undetermined)


def shuffled(data: Any, random: Random) -> Any:
    if isinstance(data, dict):
        keys = random.sample(list(data), len(data))
        return {key: shuffled(data[key], random) for key in keys}
    if isinstance(data, list):
        return [shuffled(each, random) for each in random.sample(data, len(data))]
    return data


#: Values that wildcards cut at the ends of names alone, so that names can be exchanged in them.
SUBJECTS = (
    "repo:acme/app:ref:refs/heads/main repo:acme/app:* repo:acme/* repo:acme/app* repo:acme*/app:* "
    "repo:acme*/* repo:*/app:* repo:acme/app:environment:production repo:acme/app:pull_request "
    "repo:acme@1001/app@2001:* repo:acme@*/app@*:ref:refs/heads/main repo:acme@1001/* * repo:* "
    "repo:acme/app:ref:refs/heads/* repo:acme/app:ref:refs/tags/v* repository_owner:acme "
    "job_workflow_ref:acme/shared/.github/workflows/deploy.yml@* repo:acme/other:* repo:acme/app "
    "repository:acme/app:environment:* repo:acme/app-evil:* repo:acme/app:*:ref:refs/heads/main"
).split()
CLAIMS = (
    ("repository", "acme/app"),
    ("repository", "acme/*"),
    ("ref", "refs/heads/main"),
    ("environment", "production"),
    ("repository_owner_id", "1001"),
    ("repository_id", "2001"),
    ("job_workflow_ref", "acme/app/.github/workflows/*"),
    ("job_workflow_ref", "acme/shared/.github/workflows/deploy.yml@*"),
)


@given(SEEDS)
@settings(max_examples=60, deadline=None)
def test_names_never_matter(seed: int) -> None:
    random = Random(seed)
    statements = [named_statement(random) for _ in range(random.choice((1, 1, 2)))]
    text = json.dumps({"Version": "2012-10-17", "Statement": statements})
    renamed = re.sub(r"\bapp\b", "quay.io", re.sub(r"\bacme\b", "Zulu-7", text))
    there = Repository("Zulu-7", "quay.io", owner_id="1001", id="2001")
    before, after = (
        reach(from_data(json.loads(text)), APP),
        reach(from_data(json.loads(renamed)), there),
    )
    assert words(before) == words(after)
    assert before.admits == after.admits


def named_statement(random: Random) -> dict[str, Any]:
    operator = random.choice(("StringLike", "StringLike", "StringLike", "StringNotLike"))
    condition: dict[str, dict[str, Any]] = {
        operator: {"sub": random.sample(SUBJECTS, random.choice((1, 1, 2)))}
    }
    if random.random() < 0.4:
        key, value = random.choice(CLAIMS)
        condition.setdefault("StringLike", {})[key] = value
    return statement(condition, random.choice(("Allow", "Allow", "Allow", "Deny")))


@pytest.mark.parametrize(
    "pattern",
    [
        "*a" * 80,
        "repo:" + "*a?" * 60 + ":*",
        "repo:acme/app:" + "*:" * 40 + "x",
        "*" + "?" * 60 + "a" + "?" * 60,
        "*:" * 30 + "production",
        "repo:*/*:*:*:*:*:*:*:*:*:*:main",
        "?" * 400,
        "*repo:acme/app:*repo:acme/app:*",
    ],
)
def test_hostile_wildcards_are_bounded(pattern: str) -> None:
    started = time.process_time()
    answer = reach(sub(pattern, pattern + "b", "repo:acme/app:ref:refs/heads/main"), APP)
    assert time.process_time() - started < 3
    assert answer.witnesses or answer.undetermined


def test_a_thousand_roles_take_no_time() -> None:
    """Two seconds are the aim on one core; twice that is allowed to a busy machine."""
    policies = [from_data(realistic(number)) for number in range(1_000)]
    started = time.process_time()
    answers = [reach(policy, APP) for policy in policies]
    assert time.process_time() - started < 4
    assert not any(answer.undetermined for answer in answers)


def realistic(number: int) -> Any:
    repo = ("app", "api", "web", "infra", "docs")[number % 5] + (str(number) if number % 3 else "")
    patterns = (
        f"repo:acme/{repo}:ref:refs/heads/main",
        f"repo:acme/{repo}:*",
        f"repo:acme/{repo}:environment:production",
        [
            f"repo:acme/{repo}:ref:refs/heads/main",
            f"repo:acme@1001/{repo}@{number}:ref:refs/heads/main",
        ],
        f"repo:acme/{repo}:ref:refs/tags/v*",
        "repo:acme/*",
        [f"repo:acme/{name}:pull_request" for name in ("app", "api", "web")],
    )
    operator = "StringLike" if number % 2 else "StringEquals"
    condition = {"StringEquals": {"aud": "sts.amazonaws.com"}}
    condition.setdefault(operator, {})["sub"] = patterns[number % len(patterns)]  # type: ignore[assignment]
    extra = (
        [statement({"StringLike": {"sub": "*:pull_request"}}, "Deny")] if number % 11 == 0 else []
    )
    return {"Version": "2012-10-17", "Statement": [statement(condition), *extra]}
