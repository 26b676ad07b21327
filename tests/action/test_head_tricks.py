"""What the head of a pull request may try to turn its own check green."""

from __future__ import annotations

import pytest

from tests.action.test_tampering import CALLS, COMPOSITE, EXCUSE
from tests.action.workshop import DEPLOY, HARMLESS, KEYS, Workshop
from tests.fakegithub.git import Link

SESSION = "          aws-session-token: ${{ %s }}\n          aws-region"
COMMENTED = "# AKIAQ7XZ3MNB2KLP4RST\n"  # an id of the right form that is nobody's

FROM_NOTHING = {
    "a flood of warnings": "# oidc-enforcer: q\n" * 1005 + KEYS,
    "a flood of notes": COMMENTED * 51 + HARMLESS + "      - run: ./x AKIAQ7XZ3MNB2KLP4RSV\n",
    "a session token that is empty": KEYS.replace("          aws-region", SESSION % "env.NOPE"),
    "one of a step that is not there": KEYS.replace(
        "          aws-region", SESSION % "steps.nope.outputs.token"
    ),
}


@pytest.mark.parametrize("head", FROM_NOTHING.values(), ids=FROM_NOTHING.keys())
def test_a_new_key_is_red_whatever_stands_beside_it(head: str, workshop: Workshop) -> None:
    workshop.default({DEPLOY: HARMLESS})
    assert workshop.on_pull(workshop.pull({DEPLOY: head})).status == 1


def test_what_was_a_note_is_not_old_once_it_is_an_error(workshop: Workshop) -> None:
    before = KEYS.replace("          aws-region", SESSION % "secrets.AWS_SESSION_TOKEN")
    workshop.default({DEPLOY: before, ".github/oidc-enforcer.yml": "scope: new\n"})
    assert workshop.on_pull(workshop.pull({DEPLOY: KEYS})).status == 1


def test_an_exception_beside_a_linked_action_is_no_bug_of_ours(workshop: Workshop) -> None:
    workshop.default({DEPLOY: HARMLESS})
    head: dict[str, bytes | str] = {DEPLOY: CALLS + EXCUSE, "zz": Link(b"vendor")}
    head["vendor/copy/action.yml"] = COMPOSITE
    assert workshop.on_pull(workshop.pull(head)).status == 1
