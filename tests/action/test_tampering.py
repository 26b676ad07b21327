"""Nothing in a pull request's head decides by what it is judged."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.action.workshop import DEPLOY, HARMLESS, KEYS, REPOSITORY, ROLE, Workshop
from tests.fakegithub import content
from tests.fakegithub.git import Link

CONFIG = ".github/oidc-enforcer.yml"
EXEMPT = "mode: audit\nfail-on: never\n"


def test_a_head_that_exempts_itself_is_judged_all_the_same(workshop: Workshop) -> None:
    workshop.default({DEPLOY: HARMLESS})
    pull = workshop.pull({DEPLOY: KEYS, CONFIG: EXEMPT})
    step = workshop.on_pull(pull)
    assert (step.status, step.outputs["errors"]) == (1, "1")


def test_the_same_on_the_default_branch_counts(workshop: Workshop) -> None:
    workshop.default({DEPLOY: HARMLESS, CONFIG: EXEMPT})
    pull = workshop.pull({DEPLOY: KEYS})
    assert workshop.on_pull(pull).status == 0


def test_a_broken_configuration_of_the_head_hinders_nobody(workshop: Workshop) -> None:
    pull = workshop.pull({DEPLOY: ROLE, CONFIG: "]["})
    assert workshop.on_pull(pull).status == 0


def test_the_organisation_enforces_what_a_repository_may_not_loosen(workshop: Workshop) -> None:
    workshop.state.push(
        "acme/.github", {"oidc-enforcer.yml": "fail-on: error\nenforce: [fail-on]\n"}
    )
    workshop.default({DEPLOY: HARMLESS, CONFIG: "fail-on: never\n"})
    pull = workshop.pull({DEPLOY: KEYS})
    assert workshop.on_pull(pull).status == 1


def test_an_input_may_not_loosen_what_is_enforced(workshop: Workshop) -> None:
    workshop.state.push(
        "acme/.github", {"oidc-enforcer.yml": "fail-on: error\nenforce: [fail-on]\n"}
    )
    pull = workshop.pull({DEPLOY: KEYS})
    step = workshop.on_pull(pull, fail_on="never")
    assert step.status == 2
    assert "enforces it" in step.err


@pytest.mark.parametrize("config", ["strict.yml", "fail-on: note"])
def test_a_path_in_an_input_is_read_on_the_default_branch(workshop: Workshop, config: str) -> None:
    workshop.default({DEPLOY: ROLE, "strict.yml": "fail-on: note\n"})
    pull = workshop.pull({DEPLOY: ROLE, "strict.yml": "fail-on: never\n"})
    step = workshop.on_pull(pull, config=config)
    assert step.status == 0
    assert "configuration: input <code>config</code>" in step.summary
    audited = workshop.on_pull(pull, config=config, mode="audit", fail_on="")
    assert audited.outputs["conclusion"] == "success"


def test_a_path_that_only_the_head_has_is_no_path(workshop: Workshop) -> None:
    pull = workshop.pull({DEPLOY: KEYS, "mine.yml": "fail-on: never\n"})
    step = workshop.on_pull(pull, config="mine.yml")
    assert step.status == 2
    assert "no `mine.yml` on the default branch" in step.err


def test_somebody_elses_marker_is_no_comment_of_ours(workshop: Workshop) -> None:
    workshop.default({DEPLOY: HARMLESS})
    pull = workshop.pull({DEPLOY: KEYS})
    workshop.on_pull(pull)
    (comment,) = pull.review_comments
    comment.author = "mallory"  # the same marker, pasted by somebody else
    step = workshop.on_pull(pull)
    assert step.status == 1
    assert [one.author for one in pull.review_comments] == ["mallory", "github-actions[bot]"]


def test_the_checkout_is_not_looked_at_while_github_answers(workshop: Workshop) -> None:
    workflows = workshop.folder / "workspace" / ".github" / "workflows"
    workflows.mkdir(parents=True)
    (workflows / "deploy.yml").write_text(HARMLESS, "utf-8")
    assert workshop.on_pull(workshop.pull({DEPLOY: KEYS})).status == 1


def test_a_repositorys_own_workflow_is_self_reported(workshop: Workshop) -> None:
    pull = workshop.pull({DEPLOY: ROLE})
    assert "Self-reported" not in workshop.on_pull(pull).summary
    own = f"{REPOSITORY}/.github/workflows/ci.yml@refs/pull/1/merge"
    workshop.environment["GITHUB_WORKFLOW_REF"] = own
    assert "Self-reported" in workshop.on_pull(pull).summary


def test_a_required_configuration_that_is_not_there_verifies_nothing(workshop: Workshop) -> None:
    pull = workshop.pull({DEPLOY: ROLE})
    step = workshop.on_pull(pull, require_org_config="true")
    assert (step.status, step.outputs["conclusion"]) == (3, "unverified")
    assert "the organisation's configuration is required" in step.out
    workshop.state.push("acme/.github", {"oidc-enforcer.yml": "fail-on: error\n"})
    assert workshop.on_pull(pull, require_org_config="true").status == 0
    workshop.state.repositories["acme/.github"].visibility = "private"
    assert workshop.on_pull(pull, require_org_config="true").status == 3


SOON = (datetime.now(UTC) + timedelta(days=30)).date().isoformat()
EXCUSE = f"# oidc-enforcer: ignore[static-credentials] until {SOON} -- we know\n"


def excused(text: str) -> str:
    before, _, after = text.partition("          aws-access-key-id")
    return f"{before}          {EXCUSE}          aws-access-key-id{after}"


def test_an_exception_that_the_head_adds_counts_only_after_the_merge(workshop: Workshop) -> None:
    workshop.default({DEPLOY: HARMLESS})
    pull = workshop.pull({DEPLOY: excused(KEYS)})
    step = workshop.on_pull(pull)
    assert (step.status, step.outputs["errors"]) == (1, "1")


def test_one_that_the_default_branch_has_counts(workshop: Workshop) -> None:
    workshop.default({DEPLOY: excused(KEYS)})
    pull = workshop.pull({DEPLOY: "# touched\n" + excused(KEYS)})
    step = workshop.on_pull(pull)
    assert (step.status, step.outputs["errors"]) == (0, "0")


def test_an_exception_in_the_heads_configuration_is_pending(workshop: Workshop) -> None:
    granted = (
        f"exceptions:\n  - rule: static-credentials\n    path: {DEPLOY}\n    job: deploy\n"
        f"    until: {SOON}\n    reason: we know\n"
    )
    workshop.default({DEPLOY: HARMLESS})
    pull = workshop.pull({DEPLOY: KEYS, CONFIG: granted})
    assert workshop.on_pull(pull).status == 1
    workshop.default({DEPLOY: HARMLESS, CONFIG: granted})
    assert workshop.on_pull(pull).status == 0


@pytest.mark.parametrize(
    "name",
    [
        "x::error title=y::z.yml",
        "##[error]boo.yml",
        "a%0A::error::b.yml",
        "<img src=x onerror=y>.yml",
        "@acme-team `x` [a](javascript:alert(1)).yml",
        "\x1b[31mred\u202e.yml",
        "line\n::set-output name=x::y.yml",
    ],
)
def test_names_that_the_head_chooses_are_inert_wherever_they_stand(
    workshop: Workshop, name: str
) -> None:
    workshop.default({DEPLOY: HARMLESS})
    pull = workshop.pull({f".github/workflows/{name}": KEYS})
    step = workshop.on_pull(pull)
    assert step.status == 1
    commands = [row for row in step.out.splitlines() if "::" in row]
    assert all(row.startswith(("::error file=", "::notice title=oidc")) for row in commands)
    assert "##[" not in step.out
    for text in (step.summary, *(one.body for one in (*pull.review_comments, *pull.comments))):
        assert not {"\x1b", "\u202e"} & set(text)
        assert "<img" not in text
        assert "](javascript:" not in text
    assert step.outputs.keys() >= {"conclusion", "errors"}
    assert "x" not in step.outputs


COMPOSITE = """\
name: s3
description: copies
inputs: { id: {}, key: {} }
runs:
  using: composite
  steps:
    - shell: bash
      run: aws s3 ls
      env:
        AWS_ACCESS_KEY_ID: ${{ inputs.id }}
        AWS_SECRET_ACCESS_KEY: ${{ inputs.key }}
"""
CALLS = """\
on: push
jobs:
  a:
    runs-on: x
    steps:
      - uses: ./zz/copy
        with: { id: "${{ secrets.ONE }}", key: "${{ secrets.OTHER }}" }
"""


def test_a_symbolic_link_hides_no_action(workshop: Workshop) -> None:
    files: dict[str, bytes | str] = {
        DEPLOY: CALLS,
        "zz": Link(b"vendor/there"),
        "vendor/there/copy/action.yml": COMPOSITE,
    }
    workshop.default({DEPLOY: HARMLESS})
    step = workshop.on_pull(workshop.pull(files))
    assert (step.status, step.outputs["static-jobs"]) == (1, "1")


def test_a_link_out_of_the_repository_is_not_followed(workshop: Workshop) -> None:
    files: dict[str, bytes | str] = {DEPLOY: CALLS, "zz": Link(b"../../etc")}
    step = workshop.on_pull(workshop.pull(files))
    assert "Traceback" not in step.err
    assert step.outputs["static-jobs"] == "0"


def test_many_files_hide_no_workflow_and_no_action(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(content, "TREE_LIMIT", 5)
    many = {f"!{number}": "x" for number in range(9)}
    workshop.default({DEPLOY: HARMLESS})
    files = {**many, DEPLOY: CALLS, "zz/copy/action.yml": COMPOSITE}
    step = workshop.on_pull(workshop.pull(files))
    assert (step.status, step.outputs["static-jobs"]) == (1, "1")
    assert "cut short" in step.summary


def test_an_exception_in_the_checkout_is_not_believed(workshop: Workshop) -> None:
    workflows = workshop.folder / "workspace" / ".github" / "workflows"
    workflows.mkdir(parents=True)
    (workflows / "deploy.yml").write_text(excused(KEYS), "utf-8")
    pull = workshop.pull({DEPLOY: excused(KEYS)})
    workshop.is_cut_off = True
    step = workshop.on_pull(pull, config="on-github-error: warn")
    assert (step.status, step.outputs["errors"]) == (1, "1")
