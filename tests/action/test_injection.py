"""Hostile names and values go through a whole run, and act in nothing that it leaves behind."""

from __future__ import annotations

import json
import re

import pytest

from tests.action.test_roles import snapshot
from tests.action.workshop import DEPLOY, HARMLESS, KEYS, ROLE, Workshop
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


def role_file(text: str) -> str:
    """A role of a hostile name whose trust policy is open, and hostile in whatever it says."""
    role = json.loads(snapshot("repo:acme/app:*"))
    policy = role["Role"]["AssumeRolePolicyDocument"]
    policy["Statement"][0]["Sid"] = "a"
    policy["Statement"].append(
        {
            "Effect": "Allow",
            "Principal": {"AWS": "arn:aws:iam::123456789012:role/x"},
            "Action": "sts:AssumeRole",
            "Condition": {"StringLike": {"aws:PrincipalTag/x": text}},
        }
    )
    return json.dumps(role)


@pytest.mark.parametrize("text", TEXTS)
def test_a_policy_that_is_offered_acts_in_nothing(workshop: Workshop, text: str) -> None:
    workshop.default({DEPLOY: HARMLESS, "roles.json": role_file(text)})
    workshop.permissions["actions"] = "read"
    said = json.dumps(text)
    files = {
        DEPLOY: ROLE.replace("    runs-on", f"    environment: {said}\n    runs-on"),
        ".github/workflows/b.yml": ROLE,
    }
    pull = workshop.pull(files)
    step = workshop.on_pull(pull, trust_snapshot="roles.json")
    assert step.status == 1
    bodies = [one.body for one in [*pull.review_comments, *pull.comments]]
    assert len(pull.review_comments) >= 2
    for body in [step.summary, *bodies]:
        page = inert(body, "blockquote")
        assert all(
            re.match(r"https://github\.com/(oidc-enforcer|acme)/", one) for one in page.links
        )
        assert unprintable(body.replace("\u26a0\ufe0f", "")) == ""
        assert len(body) < 65_536
    assert any("<summary>The trust policy" in body or "No trust policy" in body for body in bodies)


def test_no_input_ends_its_message_or_sets_an_output(workshop: Workshop) -> None:
    pull = workshop.pull({DEPLOY: HARMLESS})
    for text in TEXTS:
        step = workshop.on_pull(pull, trust_snapshot=text.strip() or "x")
        assert step.status == 2
        (row,) = step.out.splitlines()
        assert row.startswith("::error title=oidc-enforcer::")
        assert step.outputs == {"conclusion": "unverified"}
        inert(step.summary)
