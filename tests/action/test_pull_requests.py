"""The story on a pull request: keys are commented, nothing twice, a fix takes comments away."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from oidc_enforcer import gather
from oidc_enforcer.action import judging, telling
from oidc_enforcer.fixes.proposal import Choices
from oidc_enforcer.github.reviewing import obey, take_back
from oidc_enforcer.reporters.json import render
from tests.action.workshop import DEPLOY, HARMLESS, KEYS, REPOSITORY, ROLE, Workshop
from tests.fakegithub import Fault, events


def test_a_harmless_change_costs_three_calls_and_says_nothing(workshop: Workshop) -> None:
    pull = workshop.pull({DEPLOY: HARMLESS})
    step = workshop.on_pull(pull)
    assert (step.status, step.err) == (0, "")
    assert [(one.method, one.status) for one in workshop.github.log] == [
        ("GET", 200),
        ("POST", 200),
        ("GET", 200),
    ]
    assert [pull.reviews, pull.review_comments, pull.comments] == [[], [], []]
    assert step.outputs["conclusion"] == "success"


def test_keys_are_found_commented_and_fail_the_step(workshop: Workshop) -> None:
    workshop.default({DEPLOY: HARMLESS})
    pull = workshop.pull({DEPLOY: KEYS})
    step = workshop.on_pull(pull)
    assert step.status == 1
    assert step.out.startswith(f"::error file={DEPLOY},line=10,")
    (comment,) = pull.review_comments
    assert (comment.path, comment.author) == (DEPLOY, "github-actions[bot]")
    # The suggestion grants the token at line 3, so it reaches from there to the keys.
    assert (comment.start_line, comment.line) == (3, 11)
    assert "```suggestion" in comment.body
    assert "long-lived AWS access key" in comment.body
    (review,) = pull.reviews
    assert (review.event, review.commit) == ("COMMENT", pull.head_sha)
    assert "| **error** | [`static-credentials`](" in step.summary
    assert step.outputs == {
        "conclusion": "failure",
        "findings": "1",
        "errors": "1",
        "new-findings": "",
        "aws-jobs": "1",
        "oidc-jobs": "0",
        "static-jobs": "1",
        "adoption": "0.0",
        "sarif-file": "",
        "json-file": "",
    }
    # GraphQL at first, for what was posted meanwhile just before posting, and just after it.
    assert [one.path == "/graphql" for one in workshop.github.log].count(True) == 3
    assert len(workshop.github.log) == 6


def test_a_second_run_posts_nothing(workshop: Workshop) -> None:
    workshop.default({DEPLOY: HARMLESS})
    pull = workshop.pull({DEPLOY: KEYS})
    workshop.on_pull(pull)
    before = len(workshop.github.log)
    assert workshop.on_pull(pull).status == 1
    again = workshop.github.log[before:]
    assert [one.method for one in again if one.path != "/graphql"] == ["GET", "GET"]
    assert (len(pull.review_comments), len(pull.reviews), len(pull.comments)) == (1, 1, 0)


@pytest.mark.parametrize("comment", ["review", "summary"])
def test_what_another_run_posted_meanwhile_is_not_posted_again(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch, comment: str
) -> None:
    workshop.default({DEPLOY: HARMLESS})
    pull = workshop.pull({DEPLOY: KEYS})
    judge = judging.through_api
    others: list[int] = []

    def judge_slowly(*given: Any) -> judging.Judged:
        judged = judge(*given)
        if not others:
            others.append(1)
            assert workshop.on_pull(pull, comment=comment).status == 1
        return judged

    monkeypatch.setattr(judging, "through_api", judge_slowly)
    assert workshop.on_pull(pull, comment=comment).status == 1
    assert others
    assert len([*pull.review_comments, *pull.comments]) == 1


@pytest.mark.parametrize("is_older", [True, False], ids=["the older", "the younger"])
@pytest.mark.parametrize("comment", ["review", "summary"])
def test_what_two_runs_post_in_the_same_second_is_there_once_when_both_are_done(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch, comment: str, is_older: bool
) -> None:
    """Both have looked and seen nothing; then both post, and only then look again."""
    workshop.default({DEPLOY: HARMLESS})
    pull = workshop.pull({DEPLOY: KEYS})
    at_once: list[Any] = []

    def obey_beside_another(connection: Any, place: Any, plan: Any) -> Any:
        done = obey(connection, place, plan)
        if plan.adds and not at_once:
            other = obey(connection, place, plan)
            done, other = (done, other) if is_older else (other, done)
            at_once.append((connection, place, other))
        return done

    monkeypatch.setattr(telling, "obey", obey_beside_another)
    assert workshop.on_pull(pull, comment=comment).status == 1
    take_back(*at_once[0])
    kept = [*pull.review_comments, *pull.comments]
    assert len(kept) == 1
    assert [one.minimised for one in pull.reviews] == ["", "DUPLICATE"] * (comment == "review")
    assert not kept[0].review or kept[0].review == pull.reviews[0].id
    before = len(workshop.github.log)
    assert workshop.on_pull(pull, comment=comment).status == 1
    assert [*pull.review_comments, *pull.comments] == kept
    assert len(workshop.github.log) - before == 3


def test_a_comment_that_moved_is_not_taken_for_a_surplus_of_the_one_that_made_way(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """GitHub's list is a moment behind, and still has the old one."""
    workshop.default({DEPLOY: HARMLESS})
    pull = workshop.pull({DEPLOY: KEYS})
    workshop.on_pull(pull)
    (old,) = pull.review_comments
    workshop.head({DEPLOY: KEYS.replace("jobs:", "# moved\njobs:")})
    look = take_back

    def look_behind(*given: Any) -> Any:
        pull.review_comments.insert(0, old)
        done = look(*given)
        pull.review_comments.remove(old)
        return done

    monkeypatch.setattr(telling, "take_back", look_behind)
    assert workshop.on_pull(pull).status == 1
    (new,) = pull.review_comments
    assert (new.start_line, new.line) == (3, 12)


def test_a_look_after_posting_that_fails_is_no_failure(workshop: Workshop) -> None:
    workshop.default({DEPLOY: HARMLESS})
    pull = workshop.pull({DEPLOY: KEYS})
    workshop.github.faults.append(Fault("POST", "/graphql", skip=2, times=9, status=403))
    step = workshop.on_pull(pull)
    assert (step.status, len(pull.review_comments)) == (1, 1)
    assert "not all comments" not in step.out


def test_a_list_that_cannot_be_had_again_loses_no_comment(workshop: Workshop) -> None:
    workshop.default({DEPLOY: HARMLESS})
    pull = workshop.pull({DEPLOY: KEYS})
    workshop.github.faults.append(Fault("POST", "/graphql", skip=1, times=9, status=403))
    assert workshop.on_pull(pull).status == 1
    assert len(pull.review_comments) == 1


def test_the_fix_takes_the_comment_away(workshop: Workshop) -> None:
    workshop.default({DEPLOY: HARMLESS})
    pull = workshop.pull({DEPLOY: KEYS})
    workshop.on_pull(pull)
    workshop.head({DEPLOY: ROLE})
    assert workshop.on_pull(pull).status == 0
    assert pull.review_comments == []


def test_an_answered_comment_is_folded_away_instead(workshop: Workshop) -> None:
    workshop.default({DEPLOY: HARMLESS})
    pull = workshop.pull({DEPLOY: KEYS})
    workshop.on_pull(pull)
    (comment,) = pull.review_comments
    workshop.state.token("human", login="octocat")
    answer = type(comment)(7, "octocat", "will do", comment.path, reply_to=comment.id)
    pull.review_comments.append(answer)
    workshop.head({DEPLOY: ROLE})
    workshop.on_pull(pull)
    assert pull.review_comments == [comment, answer]
    assert comment.minimised == "RESOLVED"
    assert comment.body.startswith("✅ **Fixed**")


def test_what_cannot_be_commented_stands_in_one_sticky_comment(workshop: Workshop) -> None:
    workshop.default({DEPLOY: KEYS})
    pull = workshop.pull({DEPLOY: KEYS, "README.md": "changed\n"})
    for _ in range(2):
        assert workshop.on_pull(pull).status == 1
    (sticky,) = pull.comments
    assert "static-credentials" in sticky.body
    assert pull.review_comments == []
    workshop.head({DEPLOY: ROLE})
    workshop.on_pull(pull)
    assert "no findings" in pull.comments[0].body


@pytest.mark.parametrize(("comment", "lines", "beneath"), [("summary", 0, 1), ("off", 0, 0)])
def test_comments_can_be_one_or_none(
    workshop: Workshop, comment: str, lines: int, beneath: int
) -> None:
    workshop.default({DEPLOY: HARMLESS})
    pull = workshop.pull({DEPLOY: KEYS})
    assert workshop.on_pull(pull, comment=comment).status == 1
    assert (len(pull.review_comments), len(pull.comments)) == (lines, beneath)


def test_a_fork_gets_annotations_a_summary_and_a_verdict(workshop: Workshop) -> None:
    pull = workshop.fork({DEPLOY: KEYS})
    step = workshop.on_pull(pull)
    assert step.status == 1
    assert step.out.count("::notice") == 1
    assert "a run for a fork gets a token that only reads" in step.out
    assert "::error" in step.out
    assert "static-credentials" in step.summary
    assert not [one for one in workshop.github.log if one.method == "POST" and "acme" in one.path]
    assert "comments" not in "".join(workshop.github.violations)


def test_a_fork_that_is_gone_is_a_fork(workshop: Workshop) -> None:
    pull = workshop.fork({DEPLOY: KEYS})
    pull.head = None
    step = workshop.on_pull(pull)
    assert (step.status, "a fork" in step.out) == (1, True)


def test_a_fork_without_findings_never_fails(workshop: Workshop) -> None:
    step = workshop.on_pull(workshop.fork({DEPLOY: HARMLESS}))
    assert (step.status, step.outputs["conclusion"]) == (0, "success")


def test_dependabot_is_like_a_fork(workshop: Workshop) -> None:
    pull = workshop.pull({DEPLOY: KEYS})
    told = events.dependabot(workshop.state, REPOSITORY, pull)
    workshop.permissions = {"contents": "read", "pull_requests": "read"}
    step = workshop.step("pull_request", told, "0" * 40)
    assert (step.status, "for Dependabot" in step.out) == (1, True)


def test_a_token_that_may_not_write_degrades_at_the_first_refusal(workshop: Workshop) -> None:
    workshop.default({DEPLOY: HARMLESS})
    pull = workshop.pull({DEPLOY: KEYS})
    workshop.permissions = {"contents": "read", "pull_requests": "read"}
    step = workshop.on_pull(pull)
    assert step.status == 1
    assert "grant `pull-requests: write`" in step.out
    assert [one.status for one in workshop.github.log if one.method == "POST"] == [200, 200, 403]


def test_a_draft_is_judged_like_any_other(workshop: Workshop) -> None:
    workshop.default({DEPLOY: HARMLESS})
    pull = workshop.pull({DEPLOY: KEYS}, draft=True)
    assert workshop.on_pull(pull).status == 1
    assert len(pull.review_comments) == 1


def test_pull_request_target_judges_the_head_as_data(workshop: Workshop) -> None:
    pull = workshop.fork({DEPLOY: KEYS})
    workshop.permissions = {"contents": "read", "pull_requests": "write"}
    step = workshop.on_pull(pull, "pull_request_target")
    assert step.status == 1
    assert len(pull.comments) + len(pull.review_comments) == 1


def test_actions_in_the_tree_and_in_dependencies_are_judged_as_on_disk(
    workshop: Workshop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = "runs:\n  using: composite\n  steps:\n    - run: aws s3 ls\n      shell: bash\n"
    keys += "      env:\n        AWS_ACCESS_KEY_ID: ${{ inputs.id }}\n"
    keys += "        AWS_SECRET_ACCESS_KEY: ${{ inputs.key }}\n"
    keys += "inputs:\n  id: {}\n  key: {}\nname: x\ndescription: y\n"
    calls = (
        "on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n      - uses: ./vendor/s3\n"
        "        with:\n          id: ${{ secrets.AWS_ACCESS_KEY_ID }}\n"
        "          key: ${{ secrets.AWS_SECRET_ACCESS_KEY }}\n"
    )
    files: dict[str, bytes | str] = {
        DEPLOY: calls,
        "vendor/s3/action.yml": keys,
        "tools/deep/action.yaml": keys,
        ".github/workflows/below/no.yml": KEYS,
    }
    pull = workshop.pull(files)
    step = workshop.on_pull(pull, json_file="report.json")
    told = json.loads((workshop.folder / "workspace" / "report.json").read_text("utf-8"))
    assert step.outputs["json-file"] == "report.json"
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(str(text), "utf-8")
    monkeypatch.chdir(tmp_path)
    report = gather.check_paths((".",), gather.Options(fixes=Choices()))
    parts = ("findings", "skipped", "coverage", "jobs", "summary")
    on_disk = json.loads("".join(render(report)))
    assert told["findings"][0]["file"] == DEPLOY
    for findings in (told["findings"], on_disk["findings"]):
        for finding in findings:
            for only_where_fixes_are_shown in ("why", "fix", "unfixed"):
                finding.pop(only_where_fixes_are_shown)
    assert {part: told[part] for part in parts} == {part: on_disk[part] for part in parts}


# -- what is compared ---------------------------------------------------------------------------


def test_scope_new_lets_old_findings_be(workshop: Workshop) -> None:
    workshop.default({DEPLOY: KEYS})
    pull = workshop.pull({DEPLOY: KEYS, ".github/workflows/b.yml": HARMLESS})
    step = workshop.on_pull(pull, scope="new")
    assert (step.status, step.outputs["new-findings"], step.outputs["errors"]) == (0, "0", "1")
    assert "static-credentials" in step.summary
    workshop.head({DEPLOY: KEYS, ".github/workflows/b.yml": KEYS})
    step = workshop.on_pull(pull, scope="new")
    assert (step.status, step.outputs["new-findings"]) == (1, "1")
    assert [one.path for one in pull.review_comments] == [".github/workflows/b.yml"]


@pytest.mark.parametrize(
    ("scope", "said"),
    [("all", ""), ("changed", "a changed file has"), ("new", "are new with this")],
)
def test_what_may_fail_is_said_where_it_is_not_everything(
    workshop: Workshop, scope: str, said: str
) -> None:
    workshop.default({DEPLOY: HARMLESS})
    step = workshop.on_pull(workshop.pull({DEPLOY: KEYS}), scope=scope)
    assert step.status == 1
    assert step.summary.count("can fail this check") == bool(said)
    assert said in step.summary


def test_scope_new_compares_with_where_the_branch_began(workshop: Workshop) -> None:
    workshop.default({DEPLOY: HARMLESS})
    pull = workshop.pull({DEPLOY: KEYS})
    workshop.default({DEPLOY: KEYS})  # come to the default branch since
    assert workshop.on_pull(pull, scope="new").status == 1


def test_scope_new_without_an_answer_counts_everything_and_says_so(workshop: Workshop) -> None:
    workshop.default({DEPLOY: KEYS})
    pull = workshop.pull({DEPLOY: KEYS, "x": "y"})
    workshop.github.faults.append(Fault("GET", ".*/compare/.*", times=9, status=502))
    step = workshop.on_pull(pull, scope="new")
    assert step.status == 1
    assert "every finding counts" in step.summary


def test_scope_changed_lets_other_files_be(workshop: Workshop) -> None:
    workshop.default({DEPLOY: KEYS})
    pull = workshop.pull({DEPLOY: KEYS, "README.md": "changed\n"})
    assert workshop.on_pull(pull, scope="changed").status == 0
    workshop.head({DEPLOY: KEYS + "# touched\n"})
    assert workshop.on_pull(pull, scope="changed").status == 1


# -- other events -------------------------------------------------------------------------------


def test_a_merge_queue_is_judged_without_comments(workshop: Workshop) -> None:
    pull = workshop.pull({DEPLOY: KEYS})
    told = events.merge_group(workshop.state, REPOSITORY, pull, pull.head_sha)
    step = workshop.step("merge_group", told, "0" * 40)
    assert (step.status, pull.comments) == (1, [])


def test_pushes_timetables_and_buttons_check_the_whole_tree(workshop: Workshop) -> None:
    sha = workshop.default({DEPLOY: KEYS})
    for event, told in (
        ("push", events.push(workshop.state, REPOSITORY)),
        ("schedule", events.schedule(workshop.state, REPOSITORY)),
        ("workflow_dispatch", events.workflow_dispatch(workshop.state, REPOSITORY)),
    ):
        step = workshop.step(event, told, sha)
        assert (step.status, "::notice" in step.out) == (1, False), event


def test_any_other_event_says_so_and_checks_all(workshop: Workshop) -> None:
    sha = workshop.default({DEPLOY: KEYS})
    step = workshop.step("issues", {}, sha)
    assert (step.status, "`issues` is no event" in step.out) == (1, True)


def test_an_empty_repository_is_nothing_to_check(workshop: Workshop) -> None:
    workshop.app.branches.clear()
    step = workshop.step("workflow_dispatch", {}, "0" * 40)
    assert (step.status, step.err) == (0, "")
    assert "nothing was checked" in step.out


# -- what every report carries ------------------------------------------------------------------


def test_every_report_says_what_it_is_about(workshop: Workshop) -> None:
    pull = workshop.pull({DEPLOY: KEYS})
    workshop.on_pull(pull, json_file="out/r.json", sarif_file="r.sarif")
    told = json.loads((workshop.folder / "workspace" / "out" / "r.json").read_text("utf-8"))
    context = told["context"]
    assert context["repository"] == REPOSITORY
    assert context["commit"] == pull.head_sha
    assert context["run"] == "https://github.com/acme/app/actions/runs/42"
    assert {"time", "config", "event"} <= context.keys()
    assert told["tool"]["version"]
    assert (workshop.folder / "workspace" / "r.sarif").exists()
