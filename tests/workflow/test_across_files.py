"""Keys that go from file to file: calls, what they give back, and actions of the repository."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import NamedTuple

import pytest

from oidc_enforcer.finding import Severity
from oidc_enforcer.gather import Options, check_paths
from oidc_enforcer.report import Summary


class Judged(NamedTuple):
    """Classes by file and job; lines of findings, their related lines included, by severity."""

    classes: dict[str, list[str]]
    lines: dict[Severity, set[str]]
    summary: Summary


def judged(folder: Path, files: dict[str, str]) -> Judged:
    """What is said of a repository; files without a folder are workflows."""
    for name, text in files.items():
        path = folder / (name if "/" in name else f".github/workflows/{name}")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text).lstrip(), encoding="utf-8")
    classes: dict[str, list[str]] = {}
    lines: dict[Severity, set[str]] = {severity: set() for severity in Severity}
    whole = check_paths([str(folder)], Options(processes=1))
    for report in whole.files:
        for job in report.jobs:
            key = f"{Path(report.file).name}:{job.job}"
            classes[key] = sorted({use.kind for use in job.credentials})
        for finding in report.findings:
            if finding.rule in ("static-credentials", "bypassed-oidc"):
                for place in (finding.place, *(each.place for each in finding.related)):
                    lines[finding.severity].add(f"{Path(place.file).name}:{place.region.line}")
    return Judged(classes, lines, whole.summary)


CALLEE = """
    on:
      workflow_call:
        secrets:
          one: {required: true}
          two: {required: true}
    jobs:
      run:
        runs-on: ubuntu-latest
        steps:
          - run: aws s3 ls OPTIONS
            env:
              AWS_ACCESS_KEY_ID: ${{ secrets.one }}
              AWS_SECRET_ACCESS_KEY: ${{ secrets.two }}
"""


def caller(name: str) -> str:
    """A call that gives two secrets under names that say nothing."""
    return f"""
    on: push
    jobs:
      call:
        uses: ./.github/workflows/{name}
        secrets:
          one: ${{{{ secrets.AAA }}}}
          two: ${{{{ secrets.BBB }}}}
    """


@pytest.mark.parametrize(
    "between", ["inherit", "{one: '${{ secrets.one }}', two: '${{ secrets.two }}'}"]
)
def test_names_are_followed_through_a_call_in_between(tmp_path: Path, between: str) -> None:
    middle = f"""
    on:
      workflow_call:
        secrets: {{one: {{required: true}}, two: {{required: true}}}}
    jobs:
      middle:
        uses: ./.github/workflows/last.yml
        secrets: {between}
    """
    found = judged(tmp_path, {"a.yml": caller("b.yml"), "b.yml": middle, "last.yml": CALLEE})
    assert found.classes["a.yml:call"] == ["static"]
    assert {"a.yml:6", "a.yml:7"} <= found.lines[Severity.ERROR]


def test_a_called_workflow_that_uses_another_store_tells_whose_the_callers_keys_are(
    tmp_path: Path,
) -> None:
    store = CALLEE.replace("OPTIONS", "--endpoint-url https://acme.r2.cloudflarestorage.com")
    store = store.replace("one", "AWS_ACCESS_KEY_ID").replace("two", "AWS_SECRET_ACCESS_KEY")
    call = (
        caller("b.yml")
        .replace("one:", "AWS_ACCESS_KEY_ID:")
        .replace("two:", "AWS_SECRET_ACCESS_KEY:")
    )
    found = judged(tmp_path, {"a.yml": call, "b.yml": store})
    assert found.classes == {"a.yml:call": ["other-provider"], "b.yml:run": ["other-provider"]}
    assert not any(found.lines.values())


def test_an_endpoint_is_followed_to_the_call_that_gives_it(tmp_path: Path) -> None:
    store = CALLEE.replace("OPTIONS", "--endpoint-url ${{ inputs.store }}").replace(
        "workflow_call:", "workflow_call:\n        inputs: {store: {type: string}}"
    )
    call = caller("b.yml").replace(
        "secrets:", "with: {store: 'https://acme.r2.cloudflarestorage.com'}\n        secrets:", 1
    )
    found = judged(tmp_path, {"a.yml": call, "b.yml": store})
    assert found.classes == {"a.yml:call": ["other-provider"], "b.yml:run": ["unknown"]}


FETCH = """
    on:
      workflow_call:
        outputs:
          id: {value: '${{ jobs.fetch.outputs.id }}'}
          password: {value: '${{ jobs.fetch.outputs.password }}'}
    jobs:
      fetch:
        runs-on: ubuntu-latest
        outputs:
          id: ${{ steps.pick.outputs.id }}
          password: ${{ steps.pick.outputs.password }}
        steps:
          - id: pick
            run: |
              echo "id=${{ secrets.AWS_ACCESS_KEY_ID }}" >> "$GITHUB_OUTPUT"
              echo "password=${{ secrets.AWS_SECRET_ACCESS_KEY }}" >> "$GITHUB_OUTPUT"
"""
USE = """
    on: push
    jobs:
      fetch:
        uses: ./.github/workflows/fetch.yml
        secrets: inherit
      use:
        needs: fetch
        runs-on: ubuntu-latest
        env:
          AWS_ACCESS_KEY_ID: ${{ needs.fetch.outputs.id }}
          AWS_SECRET_ACCESS_KEY: ${{ needs.fetch.outputs.password }}
        steps:
          - run: terraform apply
"""


def test_what_a_called_workflow_gives_back_is_followed(tmp_path: Path) -> None:
    found = judged(tmp_path, {"a.yml": USE, "fetch.yml": FETCH})
    assert found.classes["a.yml:use"] == ["static"]
    assert {"a.yml:10", "a.yml:11"} <= found.lines[Severity.ERROR]


def test_what_a_call_of_a_call_gives_back_is_followed(tmp_path: Path) -> None:
    outer = """
    on:
      workflow_call:
        outputs:
          id: {value: '${{ jobs.again.outputs.id }}'}
          password: {value: '${{ jobs.again.outputs.password }}'}
    jobs:
      again:
        uses: ./.github/workflows/inner.yml
        secrets: inherit
    """
    found = judged(tmp_path, {"a.yml": USE, "fetch.yml": outer, "inner.yml": FETCH})
    assert found.classes["a.yml:use"] == ["static"]


def test_workflows_that_give_back_each_others_outputs_end(tmp_path: Path) -> None:
    one = FETCH.replace("${{ steps.pick.outputs.id }}", "${{ needs.x.outputs.id }}").replace(
        "      fetch:\n", "      fetch:\n        uses: ./.github/workflows/fetch.yml\n", 1
    )
    found = judged(tmp_path, {"a.yml": USE, "fetch.yml": one})
    assert found.classes["a.yml:use"] == ["unknown"]


def test_both_halves_are_told_where_one_has_a_name_that_says_nothing(tmp_path: Path) -> None:
    call = """
    on: push
    jobs:
      pick:
        runs-on: ubuntu-latest
        outputs:
          a: ${{ steps.pick.outputs.a }}
          b: ${{ steps.pick.outputs.b }}
        steps:
          - id: pick
            run: |
              echo "a=${{ secrets.DEPLOYER }}" >> "$GITHUB_OUTPUT"
              echo "b=${{ secrets.AWS_KEY }}" >> "$GITHUB_OUTPUT"
      call:
        needs: pick
        uses: ./.github/workflows/b.yml
        secrets:
          one: ${{ needs.pick.outputs.a }}
          two: ${{ needs.pick.outputs.b }}
    """
    found = judged(tmp_path, {"a.yml": call, "b.yml": CALLEE})
    assert {"a.yml:11", "a.yml:12"} <= found.lines[Severity.ERROR]


ACTION = """
    name: login
    inputs: {id: {required: true}, password: {required: true}}
    runs:
      using: composite
      steps:
        - uses: aws-actions/configure-aws-credentials@v4
          with:
            aws-access-key-id: ${{ inputs.id }}
            aws-secret-access-key: ${{ inputs.password }}
            aws-region: eu-west-1
"""
BY_ACTION = """
    on:
      workflow_call:
        secrets: {one: {required: true}, two: {required: true}}
    jobs:
      run:
        runs-on: ubuntu-latest
        steps:
          - uses: ./login
            with: {id: '${{ secrets.one }}', password: '${{ secrets.two }}'}
"""


def test_a_run_through_a_call_and_an_action_counts_once(tmp_path: Path) -> None:
    files = {"a.yml": caller("b.yml"), "b.yml": BY_ACTION, "login/action.yml": ACTION}
    summary = judged(tmp_path, files).summary
    assert (summary.aws_jobs, summary.static_jobs, summary.adoption) == (1, 1, 0.0)


def test_where_secrets_are_inherited_the_called_job_counts(tmp_path: Path) -> None:
    call = "on: push\njobs:\n  call:\n    uses: ./.github/workflows/b.yml\n    secrets: inherit\n"
    summary = judged(tmp_path, {"a.yml": call, "b.yml": CALLEE}).summary
    assert (summary.aws_jobs, summary.static_jobs) == (1, 1)


def test_a_called_job_with_a_role_of_its_own_counts_beside_the_call_that_gives_it_keys(
    tmp_path: Path,
) -> None:
    role = """          - uses: aws-actions/configure-aws-credentials@v4
            with: {role-to-assume: 'arn:aws:iam::123456789012:role/x', aws-region: eu-west-1}
    """
    files = {"a.yml": caller("b.yml"), "b.yml": CALLEE.rstrip() + "\n" + role}
    summary = judged(tmp_path, files).summary
    assert (summary.aws_jobs, summary.oidc_jobs, summary.static_jobs) == (2, 1, 2)


def test_without_a_caller_in_sight_the_called_job_counts(tmp_path: Path) -> None:
    assert judged(tmp_path, {"b.yml": CALLEE}).summary.aws_jobs == 1


def test_an_action_is_no_job(tmp_path: Path) -> None:
    found = judged(tmp_path, {"login/action.yml": ACTION})
    assert found.classes == {"action.yml:login": ["pass-through"]}
    assert found.summary.aws_jobs == 0
