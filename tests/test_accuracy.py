"""Workflows with a label each: what is found in them is what their labels say, line by line."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tools import accuracy

LABELS = json.loads((accuracy.OWN / "labels.json").read_text("utf-8"))


@pytest.mark.parametrize("label", LABELS, ids=[label["file"] for label in LABELS])
def test_what_is_found_is_what_the_label_says(label: dict[str, Any]) -> None:
    scored = accuracy.score(label, accuracy.judge(accuracy.OWN / label["file"]))
    assert list(accuracy.misses([scored])) == []


def test_a_score_that_differs_from_its_label_is_a_miss() -> None:
    label = next(one for one in LABELS if one["static_key"] is True and one["classes"])
    other = {**label, "lines": [1], "id_token_write": "ok"}
    scored = accuracy.score(other, accuracy.judge(accuracy.OWN / label["file"]))
    assert [line.split()[0] for line in accuracy.misses([scored])] == ["lines", "wrong", "id-token"]


def test_every_workflow_here_has_a_label() -> None:
    assert {path.name for path in accuracy.OWN.glob("*.yml")} == {one["file"] for one in LABELS}
