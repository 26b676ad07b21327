"""Each way in which GitHub can fail: what is said, how it ends, nothing twice and nothing lost."""

from __future__ import annotations

from typing import Any

import pytest

from oidc_enforcer.github import connection
from tests.action.workshop import DEPLOY, HARMLESS, KEYS, ROLE, Workshop
from tests.fakegithub import PRIMARY_LIMIT, SECONDARY_LIMIT, Fault
from tests.fakegithub.pulls import MAX_FILES

TREE = ".*/git/trees/.*"
REVIEWS = ".*/pulls/1/reviews"
LIMITS = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "32503680000"}


def fail(workshop: Workshop, *faults: Fault) -> None:
    workshop.github.faults += faults


def commented(workshop: Workshop) -> Any:
    workshop.default({DEPLOY: HARMLESS})
    return workshop.pull({DEPLOY: KEYS})


@pytest.mark.parametrize(
    ("fault", "status", "words"),
    [
        (Fault(path=TREE, status=401, body={"message": "Bad credentials"}), 2, "Bad credentials"),
        (
            Fault(
                path=TREE, status=403, body={"message": "Resource not accessible by integration"}
            ),
            2,
            "lacks a permission",
        ),
        (Fault(path=TREE, status=404, body={"message": "Not Found"}), 2, "may not read it"),
        (Fault(path=TREE, status=422, body={"message": "Odd"}), 3, "refused GET"),
        (Fault(path=TREE, times=9, status=429, headers=LIMITS), 3, "rate limit"),
        (
            Fault(path=TREE, times=9, status=403, headers=LIMITS, body={"message": PRIMARY_LIMIT}),
            3,
            "rate limit",
        ),
        (Fault(path=TREE, times=9, status=502), 3, "answered 502"),
        (Fault(path=TREE, times=9, hang_up=True), 3, "did not answer"),
        (Fault(path=TREE, times=9, truncate=20), 3, "did not answer"),
        (Fault(path=TREE, times=9, status=200, body="<html>"), 3, "did not answer"),
        (Fault(path="/graphql", times=9, status=504), 3, "answered 504"),
    ],
)
def test_what_cannot_be_read_is_said_and_fails(
    workshop: Workshop, fault: Fault, status: int, words: str
) -> None:
    pull = commented(workshop)
    fail(workshop, fault)
    step = workshop.on_pull(pull)
    assert step.status == status
    assert "Traceback" not in step.err
    (row,) = step.out.splitlines()
    assert row.startswith("::error title=oidc-enforcer::")
    assert words in row
    assert "could not judge" in step.summary
    assert step.outputs == {"conclusion": "unverified"}
    assert not [one for one in workshop.github.log if one.method != "GET" and "pulls" in one.path]


@pytest.mark.parametrize(
    "fault",
    [
        Fault(path=TREE, times=2, status=502),
        Fault(path=TREE, times=2, hang_up=True),
        Fault(path=TREE, truncate=20),
        Fault("POST", "/graphql", times=2, status=502),
        Fault(path=TREE, status=429, headers={"Retry-After": "3"}),
        Fault(path=TREE, status=403, body={"message": SECONDARY_LIMIT}),
        Fault("POST", "/graphql", status=200, body={"errors": [{"type": "RATE_LIMITED"}]}),
    ],
)
def test_what_passes_is_waited_for(workshop: Workshop, fault: Fault, waits: list[float]) -> None:
    pull = commented(workshop)
    fail(workshop, fault)
    assert workshop.on_pull(pull).status == 1
    assert len(pull.review_comments) == 1
    assert waits
    assert sum(waits) <= 90


def test_nobody_waits_for_hours(workshop: Workshop, waits: list[float]) -> None:
    pull = commented(workshop)
    fail(workshop, Fault(path=TREE, status=403, headers={"Retry-After": "7200"}))
    assert workshop.on_pull(pull).status == 3
    assert waits == []


@pytest.fixture
def _impatient(workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    bounds = connection.Bounds(answer=1, between_writes=0.0)
    monkeypatch.setattr(connection, "DEFAULT_BOUNDS", bounds)


@pytest.mark.usefixtures("_impatient")
def test_an_answer_that_takes_too_long_is_asked_for_again(workshop: Workshop) -> None:
    pull = commented(workshop)
    fail(workshop, Fault(path=TREE, delay=1.3), Fault("POST", REVIEWS, delay=1.3))
    assert workshop.on_pull(pull).status == 1
    assert len(workshop.github.calls("GET", "/git/trees/")) == 2
    assert len(pull.review_comments) == 1


@pytest.mark.usefixtures("_impatient")
def test_answers_that_never_come_are_no_verdict(workshop: Workshop, waits: list[float]) -> None:
    pull = commented(workshop)
    fail(workshop, Fault(path=TREE, times=9, delay=1.3))
    step = workshop.on_pull(pull)
    assert (step.status, step.outputs["conclusion"]) == (3, "unverified")
    assert "did not answer GET" in step.out
    assert len(waits) == 3


# -- the checkout -------------------------------------------------------------------------------


def check_out(workshop: Workshop, text: str) -> None:
    workflows = workshop.folder / "workspace" / ".github" / "workflows"
    workflows.mkdir(parents=True)
    (workflows / "deploy.yml").write_text(text, "utf-8")


def test_without_github_the_checkout_is_judged_and_that_is_no_success(workshop: Workshop) -> None:
    pull = commented(workshop)
    check_out(workshop, KEYS)
    workshop.is_cut_off = True
    step = workshop.on_pull(pull)
    assert (step.status, step.outputs["errors"]) == (3, "1")
    assert "the checkout was judged instead" in step.out
    assert step.outputs["conclusion"] == "unverified"


@pytest.mark.parametrize(("text", "status"), [(KEYS, 1), (ROLE, 0)])
def test_an_organisation_may_go_by_the_checkout(workshop: Workshop, text: str, status: int) -> None:
    pull = commented(workshop)
    check_out(workshop, text)
    workshop.is_cut_off = True
    step = workshop.on_pull(pull, config="on-github-error: warn")
    assert step.status == status
    assert "no configuration of the repository" in step.summary


def test_the_checkout_of_pull_request_target_is_not_the_head(workshop: Workshop) -> None:
    pull = commented(workshop)
    check_out(workshop, ROLE)
    workshop.is_cut_off = True
    assert workshop.on_pull(pull, "pull_request_target").status == 3


# -- writing ------------------------------------------------------------------------------------


@pytest.mark.parametrize("after", [True, False])
@pytest.mark.parametrize("how", [{"status": 502}, {"hang_up": True}])
def test_a_lost_answer_posts_nothing_twice(
    workshop: Workshop, how: dict[str, Any], *, after: bool
) -> None:
    pull = commented(workshop)
    if "hang_up" in how and not after:
        how = {"status": 503}
    fail(workshop, Fault("POST", REVIEWS, after=after, **how))
    assert workshop.on_pull(pull).status == 1
    assert len(pull.review_comments) == 1


def test_a_lost_answer_to_the_sticky_comment_posts_nothing_twice(workshop: Workshop) -> None:
    workshop.default({DEPLOY: KEYS})
    pull = workshop.pull({DEPLOY: KEYS, "README.md": "x"})
    fail(workshop, Fault("POST", ".*/issues/1/comments", status=502, after=True))
    workshop.on_pull(pull)
    assert len(pull.comments) == 1


def test_one_bad_comment_never_loses_the_others(workshop: Workshop) -> None:
    workshop.default({DEPLOY: HARMLESS})
    names = [f".github/workflows/{letter}.yml" for letter in "abcde"]
    pull = workshop.pull(dict.fromkeys(names, KEYS))
    refusal = {"message": "Unprocessable Entity", "errors": ["line must be part of the diff"]}
    bad = Fault("POST", REVIEWS, contains="workflows/c.yml", times=9, status=422, body=refusal)
    fail(workshop, bad)
    assert workshop.on_pull(pull).status == 1
    assert {one.path for one in pull.review_comments} == {*names} - {names[2]}
    (sticky,) = pull.comments
    assert "c.yml" in sticky.body
    # The next run tries again, and posts no other twice.
    workshop.github.faults.clear()
    workshop.on_pull(pull)
    assert sorted(one.path for one in pull.review_comments) == names


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (Fault("POST", REVIEWS, times=9, status=422, body={"message": "Odd"}), "Odd"),
        (Fault("POST", REVIEWS, times=9, status=502), "502"),
        (Fault("POST", REVIEWS, status=403, body={"message": SECONDARY_LIMIT}), "rate limit"),
        (Fault("POST", REVIEWS, status=429, headers={"Retry-After": "99"}), "rate limit"),
    ],
)
def test_what_cannot_be_posted_stands_in_the_summary(
    workshop: Workshop, fault: Fault, words: str
) -> None:
    pull = commented(workshop)
    fail(workshop, fault)
    step = workshop.on_pull(pull)
    assert step.status == 1
    assert pull.review_comments == []
    assert "| **error** | [`static-credentials`](" in step.summary
    assert "not all comments could be posted" in step.out
    assert words in step.out


def test_comments_that_somebody_else_took_away_are_no_trouble(workshop: Workshop) -> None:
    pull = commented(workshop)
    workshop.on_pull(pull)
    workshop.head({DEPLOY: ROLE})
    fail(workshop, Fault("DELETE", status=404, body={"message": "Not Found"}))
    step = workshop.on_pull(pull)
    assert (step.status, "not all comments" in step.out) == (0, False)


# -- odd repositories ---------------------------------------------------------------------------


def test_a_long_file_is_judged_whole(workshop: Workshop) -> None:
    filler = "".join(f"      - run: echo {number} {'x' * 90}\n" for number in range(6000))
    head, _, tail = KEYS.rpartition("    steps:\n")
    pull = workshop.pull({DEPLOY: f"{head}    steps:\n{filler}{tail}"})
    step = workshop.on_pull(pull)
    assert workshop.github.calls("GET", "/git/blobs/")
    assert (step.status, step.outputs["errors"]) == (1, "1")


@pytest.mark.parametrize("text", [b"\x00\x01\x02 binary", "on: push\n".encode("utf-16")])
def test_a_binary_workflow_is_judged_by_its_bytes(workshop: Workshop, text: bytes) -> None:
    step = workshop.on_pull(workshop.pull({DEPLOY: text}))
    assert step.status == 1
    assert "syntax" in step.summary
    assert "Traceback" not in step.err


def test_keys_in_utf_16_are_keys(workshop: Workshop) -> None:
    step = workshop.on_pull(workshop.pull({DEPLOY: KEYS.encode("utf-16")}))
    assert "static-credentials" in step.summary


def test_a_pull_request_of_three_thousand_files_is_judged(workshop: Workshop) -> None:
    many = {f"docs/{number}.md": str(number) for number in range(MAX_FILES + 5)}
    workshop.default({DEPLOY: HARMLESS})
    pull = workshop.pull({**many, "zzz/action.yml": "runs: []\n", DEPLOY: KEYS})
    step = workshop.on_pull(pull)
    assert step.status == 1
    assert "no more than 3,000 files" in step.out
    assert len(workshop.github.calls("GET", "/pulls/1/files")) == MAX_FILES // 100
    assert [one.path for one in pull.review_comments] == [DEPLOY]


def test_what_the_runner_does_not_say_is_the_users_to_change(workshop: Workshop) -> None:
    pull = commented(workshop)
    workshop.environment["GITHUB_EVENT_PATH"] = str(workshop.folder / "nowhere")
    step = workshop.on_pull(pull)
    assert (step.status, "event file" in step.err) == (2, True)


@pytest.mark.parametrize(
    ("inputs", "words"),
    [
        ({"mode": "adit"}, "did you mean `audit`"),
        ({"max_comments": "many"}, "a number from 0 to 100"),
        ({"strict": "yes"}, "choose `true` or `false`"),
    ],
)
def test_inputs_are_checked_and_explained(
    workshop: Workshop, inputs: dict[str, str], words: str
) -> None:
    step = workshop.on_pull(commented(workshop), **inputs)
    assert (step.status, words in step.err) == (2, True), step.err
