"""Labelled policies and tokens from outside, for measuring: `DATA=<folder> pytest -k vectors`."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from oidc_enforcer.iam.document import from_data, parse
from oidc_enforcer.iam.evaluate import evaluate
from oidc_enforcer.iam.issuers import github_issuer
from oidc_enforcer.iam.reach import reach
from oidc_enforcer.iam.tokens import Repository
from oidc_enforcer.iam.web_identity import web_identity_request

FILE = Path(os.environ.get("DATA") or "nowhere") / "trust-vectors.json"
VECTORS: dict[str, Any] = json.loads(FILE.read_text("utf-8")) if FILE.is_file() else {}
ACCOUNT = "123456789012"
APP = Repository("acme", "app", owner_id="1001", id="2001", default_branch="main")
EXPECTED = {"allow": {"allowed"}, "deny": {"explicitDeny", "implicitDeny"}}

pytestmark = pytest.mark.skipif(not VECTORS, reason="DATA names no folder with trust-vectors.json")


def test_every_evaluation_vector_is_decided_as_labelled() -> None:
    wrong = {}
    for vector in VECTORS["evaluation_vectors"]:
        issuer = github_issuer(vector["claims"]["iss"].removeprefix("https://"))
        assert issuer is not None
        request = web_identity_request(
            vector["claims"],
            issuer,
            ACCOUNT,
            partition=vector.get("partition", "aws"),
            context=vector.get("context"),
        )
        for policy in (
            from_data(vector["trust_policy"]),
            parse(json.dumps(vector["trust_policy"])),
        ):
            decision = evaluate(policy, request).decision.value
            if decision not in EXPECTED[vector["expected"]]:
                wrong[vector["name"]] = decision
    assert not wrong


def test_every_pin_vector_has_the_labelled_reach_and_identity() -> None:
    wrong: dict[str, tuple[str, ...]] = {}
    for vector in VECTORS["pin_vectors"]:
        answer = reach(from_data(vector["trust_policy"]), APP, account=ACCOUNT, partition="aws")
        found = (answer.reach.word, answer.identity.word)
        if found != (vector["expected_pin"], vector["identity"]):
            wrong[vector["name"]] = found
        if answer.undetermined:
            wrong[vector["name"]] = answer.undetermined
    assert not wrong


def test_every_example_token_is_let_in() -> None:
    wrong = []
    for vector in VECTORS["pin_vectors"]:
        policy = from_data(vector["trust_policy"])
        federated = policy.statements[0].principals[0].value
        for example in vector.get("example_admitted", ()):
            issuer = github_issuer(federated.partition("oidc-provider/")[2])
            assert issuer is not None
            claims = {"aud": "sts.amazonaws.com", "enterprise_id": "77", **example}
            context = {"sts:RoleSessionName": "GitHubActions"}
            request = web_identity_request(claims, issuer, ACCOUNT, context=context)
            if evaluate(policy, request).decision.value != "allowed":
                wrong.append((vector["name"], example))
    assert not wrong
