"""The corpus of reaches: a policy, what it lets in for `acme/app`, and where the rule is written.

In the files `~` stands for the issuer, as in `decisions/`. `repository` changes what is known of
`acme/app` (owner 1001, id 2001), `issuer` whose tokens are trusted; `second` is false where the
second evaluator does not know the operator.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest

from oidc_enforcer.iam.document import from_data
from oidc_enforcer.iam.issuers import GITHUB_COM
from oidc_enforcer.iam.reach import reach
from tests.iam.policies import APP, provider, words
from tests.iam.second_opinion import decide

Case = dict[str, Any]


def cases() -> Iterator[Any]:
    for file in sorted((Path(__file__).parent / "reaches").glob("*.json")):
        for case in json.loads(file.read_text("utf-8"))["cases"]:
            yield pytest.param(case, id=f"{file.stem}: {case['name']}")


def document(case: Case) -> Any:
    statement = {
        "Effect": "Allow",
        "Principal": {"Federated": "~"},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": case.get("condition", {}),
    }
    issuer = case.get("issuer", GITHUB_COM)
    found: Case = {"Statement": case.get("statements", [statement])}
    if case.get("version", "2012-10-17"):
        found["Version"] = case.get("version", "2012-10-17")
    text = json.dumps(found).replace('"~"', json.dumps(provider(issuer)))
    return json.loads(text.replace("~", f"{issuer}:"))


def repository(case: Case) -> Any:
    changes: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in case.get("repository", {}).items()
    }
    return APP._replace(**changes)


@pytest.mark.parametrize("case", list(cases()))
def test_reach(case: Case) -> None:
    found = reach(from_data(document(case)), repository(case))
    assert words(found) == case["reach"]
    assert not found.undetermined


@pytest.mark.parametrize("case", [each for each in cases() if each.values[0].get("second", True)])
def test_every_witness_is_let_in(case: Case) -> None:
    data = document(case)
    for witness in reach(from_data(data), repository(case)).witnesses:
        trusted = provider(witness.claims["iss"].removeprefix("https://"))
        found = decide(data, dict(witness.claims), trusted, dict(witness.context))
        assert found == "allowed", witness


def test_the_order_of_everything_is_nothing() -> None:
    random = Random(7)
    for case in (each.values[0] for each in cases()):
        shuffled = json.loads(json.dumps(document(case)), object_pairs_hook=_shuffler(random))
        random.shuffle(shuffled["Statement"])
        found = reach(from_data(shuffled), repository(case))
        assert words(found) == case["reach"], case


def _shuffler(random: Random) -> Any:
    def members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        random.shuffle(pairs)
        for _, value in pairs:
            if isinstance(value, list):
                random.shuffle(value)
        return dict(pairs)

    return members
