"""The corpus of decisions: one policy, one token, one answer, and where the rule is written.

In the files `~` stands for the issuer: `~sub` for its key, a lone `~` for its provider. A case with
`condition` has one Allow statement for GitHub's tokens.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from oidc_enforcer.iam.document import from_data
from oidc_enforcer.iam.evaluate import evaluate
from oidc_enforcer.iam.issuers import GITHUB_COM, github_issuer
from oidc_enforcer.iam.web_identity import web_identity_request
from tests.iam.second_opinion import decide

ACCOUNT = "123456789012"
PROVIDER = f"arn:aws:iam::{ACCOUNT}:oidc-provider/{GITHUB_COM}"
Case = dict[str, Any]


def cases() -> Iterator[Any]:
    for file in sorted((Path(__file__).parent / "decisions").glob("*.json")):
        corpus = json.loads(file.read_text("utf-8"))
        for case in corpus["cases"]:
            claims = {"aud": "sts.amazonaws.com", **corpus["defaults"], **case.get("claims", {})}
            yield pytest.param({**case, "claims": claims}, id=f"{file.stem}: {case['name']}")


@pytest.mark.parametrize("case", list(cases()))
def test_decision(case: Case) -> None:
    issuer = github_issuer(GITHUB_COM)
    assert issuer is not None
    given = case.get("context", {})
    context = {key: tuple(each) if isinstance(each, list) else each for key, each in given.items()}
    request = web_identity_request(case["claims"], issuer, ACCOUNT, context=context)
    assert evaluate(from_data(policy(case)), request).decision.value == case["decision"]


@pytest.mark.parametrize("case", [each for each in cases() if each.values[0].get("second", True)])
def test_second_opinion(case: Case) -> None:
    found = decide(policy(case), case["claims"], PROVIDER, case.get("context", {}))
    assert found == case["decision"]


def policy(case: Case) -> Any:
    statement = {
        "Effect": "Allow",
        "Principal": {"Federated": "~"},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": case.get("condition", {}),
    }
    document = {"Version": "2012-10-17", "Statement": case.get("statements", [statement])}
    if "version" in case:
        document.pop("Version")
        if case["version"]:
            document["Version"] = case["version"]
    text = json.dumps(document).replace('"~"', json.dumps(PROVIDER))
    return json.loads(text.replace("~", f"{GITHUB_COM}:"))
