"""The Action asks GitHub what guards the pins, how subjects are made, and which ring holds."""

from __future__ import annotations

import pytest

from tests.action.workshop import DEPLOY, HARMLESS, KEYS, ROLE, Workshop
from tests.fakegithub import Environment

READS = {"contents": "read", "pull_requests": "write", "actions": "read"}
IN_PRODUCTION = ROLE.replace("    steps:", "    environment: production\n    steps:")


def paths(workshop: Workshop) -> list[str]:
    return [call.path for call in workshop.github.log]


def test_nothing_is_asked_where_nothing_can_mint(workshop: Workshop) -> None:
    workshop.on_pull(workshop.pull({DEPLOY: KEYS}))
    assert not any("/rules/" in path or "/oidc/" in path for path in paths(workshop))


@pytest.mark.parametrize(("default", "suggests"), [("read", True), ("write", False)])
def test_a_suggestion_goes_by_what_githubs_token_may_do_by_default(
    workshop: Workshop, default: str, suggests: bool
) -> None:
    workshop.permissions = {**READS, "administration": "read"}
    workshop.app.workflow_permissions = default
    silent = KEYS.replace("permissions:\n  contents: read\n", "")
    pull = workshop.pull(
        {DEPLOY: silent.replace("steps:\n", "steps:\n      - uses: some/one@v1\n")}
    )
    workshop.on_pull(pull)
    (comment,) = pull.review_comments
    assert ("nobody knows what" not in comment.body) is suggests
    assert ("packages: read" in comment.body) is suggests


def test_an_unprotected_branch_is_found(workshop: Workshop) -> None:
    assert "unprotected-pin" not in workshop.on_pull(workshop.pull({DEPLOY: ROLE})).out
    workshop.app.branch_rules.clear()
    step = workshop.on_pull(workshop.pull({DEPLOY: ROLE}), fail_on="warning")
    assert step.status == 1
    assert "can push to `main` and get its role" in step.out
    assert "no permission" not in step.out


def test_an_environment_is_read_where_the_token_may(workshop: Workshop) -> None:
    pull = workshop.pull({DEPLOY: IN_PRODUCTION})
    blind = workshop.on_pull(pull)
    assert "how environment `production` is protected" in blind.summary.replace(
        "<code>", "`"
    ).replace("</code>", "`")
    workshop.permissions = READS
    step = workshop.on_pull(pull)
    assert "there is no environment `production` yet" in step.out
    workshop.app.environments["production"] = Environment(
        "production", [{"type": "required_reviewers", "reviewers": [{"type": "User"}]}]
    )
    assert "unprotected-pin" not in workshop.on_pull(pull).out


RINGS = "rings:\n  - {property: {cloud: aws}, ring: block}\n  - {ring: observe}\n"


@pytest.mark.parametrize(("cloud", "status", "comments"), [("aws", 1, 1), ("gcp", 0, 0)])
def test_the_ring_goes_by_the_repositorys_property(
    workshop: Workshop, cloud: str, status: int, comments: int
) -> None:
    workshop.state.push("acme/.github", {"oidc-enforcer.yml": RINGS})
    workshop.app.properties["cloud"] = cloud
    workshop.default({DEPLOY: HARMLESS})
    pull = workshop.pull({DEPLOY: KEYS})
    step = workshop.on_pull(pull)
    assert step.status == status
    assert len(pull.review_comments) == comments
    assert "ring <code>" in step.summary


def test_an_input_may_not_undo_the_ring(workshop: Workshop) -> None:
    workshop.state.push("acme/.github", {"oidc-enforcer.yml": "rings: [{ring: block}]\n"})
    workshop.default({DEPLOY: HARMLESS})
    assert workshop.on_pull(workshop.pull({DEPLOY: KEYS}), mode="audit").status == 1


def test_an_input_may_tighten_the_ring(workshop: Workshop) -> None:
    workshop.state.push("acme/.github", {"oidc-enforcer.yml": "rings: [{ring: observe}]\n"})
    workshop.default({DEPLOY: HARMLESS})
    pull = workshop.pull({DEPLOY: KEYS})
    assert workshop.on_pull(pull).status == 0
    assert workshop.on_pull(pull, fail_on="error").status == 1


def test_block_new_lets_pass_what_was_there(workshop: Workshop) -> None:
    workshop.state.push("acme/.github", {"oidc-enforcer.yml": "rings: [{ring: block-new}]\n"})
    workshop.default({DEPLOY: KEYS})
    assert workshop.on_pull(workshop.pull({DEPLOY: f"# touched\n{KEYS}"})).status == 0
    second = KEYS.replace("AWS_ACCESS_KEY_ID }}", "B_ID }}").replace("SECRET_ACCESS_KEY }}", "B }}")
    workshop.head({DEPLOY: KEYS, ".github/workflows/new.yml": second})
    (pull,) = workshop.app.pulls.values()
    assert workshop.on_pull(pull).status == 1
