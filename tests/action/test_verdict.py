"""What makes of findings and doubt a step that fails, and that it says why."""

from __future__ import annotations

import pytest

from tests.action.workshop import DEPLOY, HARMLESS, KEYS, ROLE, Workshop

ORGANISATION = "acme/.github"


def test_a_clean_run_needs_no_reason(workshop: Workshop) -> None:
    step = workshop.on_pull(workshop.pull({DEPLOY: HARMLESS}))
    assert "fail" not in step.summary


@pytest.mark.parametrize(
    ("files", "inputs", "status", "said"),
    [
        (KEYS, {}, 1, ""),
        (KEYS, {"mode": "audit"}, 0, "fail nothing: <code>mode</code> is <code>audit</code>"),
        (KEYS, {"fail_on": "never"}, 0, "fail nothing: <code>fail-on</code> is <code>never"),
        (ROLE, {"strict": "true"}, 3, "could not be verified, and <code>strict</code> is set"),
    ],
)
def test_why_a_step_ends_as_it_does_is_said(
    workshop: Workshop, files: str, inputs: dict[str, str], status: int, said: str
) -> None:
    workshop.default({DEPLOY: HARMLESS})
    step = workshop.on_pull(workshop.pull({DEPLOY: files}), **inputs)
    assert step.status == status
    assert said in step.summary
    assert bool(said) == ("fail" in step.summary)
    assert step.summary.startswith("## ❌" if status else "## ⚠️"), "as the step ends"


def test_doubt_that_fails_a_step_is_an_error_among_its_annotations(workshop: Workshop) -> None:
    workshop.default({DEPLOY: HARMLESS})
    step = workshop.on_pull(workshop.pull({DEPLOY: ROLE}), strict="true")
    assert step.out.startswith("::error title=oidc-enforcer::this check fails, because something")
    assert step.out.count("this check fails") == 1


def test_an_input_that_sets_something_is_named_once(workshop: Workshop) -> None:
    step = workshop.on_pull(workshop.pull({DEPLOY: HARMLESS}), strict="true", scope="new")
    assert "configuration: input <code>scope</code>, input <code>strict</code>\n" in step.summary


@pytest.mark.parametrize(
    ("scope", "said"),
    [("new", "were there before"), ("changed", "have no part in a file that is changed")],
)
def test_errors_that_the_scope_lets_off_are_not_said_to_be_too_slight(
    workshop: Workshop, scope: str, said: str
) -> None:
    workshop.default({DEPLOY: KEYS})
    step = workshop.on_pull(workshop.pull({DEPLOY: KEYS, "README.md": "x\n"}), scope=scope)
    assert step.status == 0
    assert f"None of the findings fails this check: those that could {said}" in step.summary
    assert "fail-on" not in step.summary


def test_warnings_that_fail_say_by_which_setting(workshop: Workshop) -> None:
    workshop.default({DEPLOY: HARMLESS})
    login = KEYS.replace("aws s3 ls", "aws sso login").replace("aws-access-key-id", "x")
    pull = workshop.pull({DEPLOY: login.replace("aws-secret-access-key", "y")})
    assert "none of the findings fails" in workshop.on_pull(pull).summary.lower()
    strictly = workshop.on_pull(pull, fail_on="warning")
    assert strictly.status == 1
    assert "This check fails, because <code>fail-on</code> is <code>warning" in strictly.summary
    assert strictly.out.startswith(
        "::error title=oidc-enforcer::this check fails, because `fail-on`"
    )


READER = {"aws_role_to_assume": "arn:aws:iam::123456789012:role/reader"}


@pytest.mark.parametrize(("ring", "status"), [("observe", 0), ("warn", 0), ("block", 3)])
def test_before_the_rings_that_block_even_an_aws_out_of_reach_fails_nothing(
    workshop: Workshop, ring: str, status: int
) -> None:
    workshop.state.push(ORGANISATION, {"oidc-enforcer.yml": f"rings: [{{ring: {ring}}}]\n"})
    step = workshop.on_pull(workshop.pull({DEPLOY: ROLE}), **READER)
    assert step.status == status
    assert ("`on-aws-error` is `fail`" in step.out) == bool(status)


def test_a_ring_that_lets_findings_be_is_named(workshop: Workshop) -> None:
    workshop.state.push(ORGANISATION, {"oidc-enforcer.yml": "rings: [{ring: warn}]\n"})
    workshop.default({DEPLOY: HARMLESS})
    step = workshop.on_pull(workshop.pull({DEPLOY: KEYS}))
    assert step.status == 0
    assert "fail nothing: the ring is `warn`" in step.out
