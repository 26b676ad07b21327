"""Hostile names and values go through a whole run, and act in nothing that it leaves behind."""

from __future__ import annotations

import json
import re

import pytest

from tests.action.workshop import DEPLOY, HARMLESS, KEYS, Workshop
from tests.fakegithub.state import Pull
from tests.reporters.test_injection import HOSTILE, inert, unprintable

#: Git has no name with a slash in it, and GitHub none that is no UTF-8.
TEXTS = [text.replace("/", "\u2215") for name, text in HOSTILE.items() if name != "a surrogate"]
ORGANISATION = "acme/.github"


def hostile(text: str) -> str:
    """A workflow with stored keys that says the text wherever a workflow can."""
    said = json.dumps(text)
    job = f"  deploy:\n    name: {said}\n    environment: {said}\n    env: {{NOTE: {said}}}\n"
    named = KEYS.replace("on: push", f"name: {said}\non: push").replace("  deploy:\n", job)
    return f"{named}  {said}:\n    runs-on: {said}\n    steps:\n      - uses: {said}\n"


@pytest.fixture
def pull(workshop: Workshop) -> Pull:
    """A pull request full of it, from a branch of such a name, in such an organisation."""
    said = json.dumps(HOSTILE["a mention"] + HOSTILE["a link that runs"])
    rules = f"help: {said}\ncontact: {said}\n"
    workshop.state.push(ORGANISATION, {"oidc-enforcer.yml": rules})
    workshop.default({DEPLOY: HARMLESS})
    workshop.environment["GITHUB_HEAD_REF"] = HOSTILE["a command on a new line"]
    return workshop.pull({f".github/workflows/{text}.yml": hostile(text) for text in TEXTS})


def test_nothing_that_a_run_leaves_behind_acts(workshop: Workshop, pull: Pull) -> None:
    step = workshop.on_pull(pull, max_comments="100")
    assert step.status == 1
    for row in step.out.splitlines():
        told = re.fullmatch(r"(?:::(?:error|warning|notice) [^:\n]*::)?(?!\s*::)[^\n]*", row)
        assert told, row
        assert "##[" not in row
        assert unprintable(row) == ""
    assert "owned()" in step.summary
    for body in [step.summary, *(one.body for one in [*pull.review_comments, *pull.comments])]:
        page = inert(body, "blockquote")
        assert page.tags.count("blockquote") == (body == step.summary)
        assert all(
            re.match(r"https://github\.com/(oidc-enforcer|acme)/", one) for one in page.links
        )
        assert unprintable(body.replace("\u26a0\ufe0f", "")) == ""
    assert len(pull.review_comments) + len(pull.comments) > len(TEXTS)
    assert set(step.outputs) >= {"conclusion", "findings"}


def test_no_input_ends_its_message_or_sets_an_output(workshop: Workshop) -> None:
    pull = workshop.pull({DEPLOY: HARMLESS})
    for text in TEXTS:
        step = workshop.on_pull(pull, trust_snapshot=text.strip() or "x")
        assert step.status == 2
        (row,) = step.out.splitlines()
        assert row.startswith("::error title=oidc-enforcer::")
        assert step.outputs == {"conclusion": "unverified"}
        inert(step.summary)
