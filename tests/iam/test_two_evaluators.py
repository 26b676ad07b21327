"""Two evaluators and the reach must agree on random policies and random tokens.

`TRUST_POLICIES=100000 pytest tests/iam/test_two_evaluators.py` runs the long version.
"""

from __future__ import annotations

import json
import os
from random import Random

import pytest

from oidc_enforcer.iam.contexts import ReachClass
from oidc_enforcer.iam.document import from_data
from oidc_enforcer.iam.evaluate import evaluate
from oidc_enforcer.iam.identity import Identity
from oidc_enforcer.iam.reach import Reach, reach
from oidc_enforcer.iam.tokens import DEFAULT_TEMPLATE, Repository
from oidc_enforcer.iam.web_identity import web_identity_request
from tests.iam.policies import issuer
from tests.iam.random_policies import (
    NEIGHBOURS,
    PROVIDER,
    SQUATTERS,
    STRANGERS,
    SUCCESSORS,
    Data,
    Token,
    fragments,
    random_policy,
    random_token,
)
from tests.iam.second_opinion import decide, minted

POLICIES = int(os.environ.get("TRUST_POLICIES", "400"))
SEED = int(os.environ.get("TRUST_SEED", "1"))
TOKENS_PER_POLICY = 6
BATCHES = 8
APP = Repository("acme", "app", "1001", "2001")


@pytest.mark.parametrize("batch", range(BATCHES))
def test_no_disagreement(batch: int) -> None:
    random = Random(f"{SEED}.{batch}")
    for _ in range(POLICIES // BATCHES):
        check(random_policy(random), random)


def check(data: Data, random: Random) -> None:
    policy = from_data(data)
    answer = reach(policy, APP)
    shown = json.dumps(data)
    for witness in answer.witnesses:
        claims, context = dict(witness.claims), dict(witness.context)
        decision = decide(data, claims, PROVIDER, context)
        assert decision == "allowed" or answer.undetermined, f"{witness} is denied by {shown}"
        assert minted(claims, witness.template), f"GitHub would not mint {witness}"
    pieces = fragments(data)
    for _ in range(TOKENS_PER_POLICY):
        token = random_token(random, pieces)
        decision = decide(data, token.claims, PROVIDER, {})
        request = web_identity_request(token.claims, issuer(), "123456789012")
        assert evaluate(policy, request).decision.value == decision, f"{token.claims} {shown}"
        if decision == "allowed":
            assert is_within(token, answer, shown), (
                f"{token} is outside {answer.reach!r} of {shown}"
            )


def is_within(token: Token, answer: Reach, shown: str) -> bool:
    """Whether a token that gets in belongs to the reach that was reported."""
    if token.repo in SQUATTERS:
        return answer.identity >= Identity.NAME
    if token.repo in SUCCESSORS:
        return answer.identity >= Identity.OWNER_ID
    if token.repo in STRANGERS:
        by_call = token.called_from and answer.reach >= ReachClass.REUSABLE_WORKFLOW
        return (
            answer.reach >= ReachClass.ANY_ORG or bool(by_call) or is_provider(token, answer, shown)
        )
    if token.repo in NEIGHBOURS:
        if token.repo.name.startswith("a") and answer.reach >= ReachClass.REPO_PREFIX:
            return True
        by_call = token.called_from and answer.reach >= ReachClass.REUSABLE_WORKFLOW
        return (
            answer.reach >= ReachClass.ORG_WIDE
            or bool(by_call)
            or is_provider(token, answer, shown)
        )
    return is_own_context(token, answer)


def is_provider(token: Token, answer: Reach, shown: str) -> bool:
    """Whether the token comes from the home of a workflow that others get in by calling."""
    named = f"{token.repo.owner}/{token.repo.name}/" in shown
    return named and answer.reach >= ReachClass.REUSABLE_WORKFLOW


def is_own_context(token: Token, answer: Reach) -> bool:
    (part,) = answer.parts
    if part.undetermined and not part.own:
        return True  # too complex: everything is reported
    default = any(found.mint.template == DEFAULT_TEMPLATE for found in part.own)
    if token.template != "repo,context" and default:
        # Our own template is taken to be GitHub's where that can be; see `survey`.
        return True
    branches, tags, environments = part.contexts.names
    environment = token.claims.get("environment")
    if environment is not None and environments.has(environment):
        return True
    if token.run == "pull":
        return part.contexts.pull_requests
    return (branches if token.run == "branch" else tags).has(token.ref_name)
