"""Whether a job uses the token, may do without, or nobody can tell."""

from __future__ import annotations

import textwrap

import pytest

from oidc_enforcer import check
from oidc_enforcer.facts import Facts
from oidc_enforcer.report import FileReport
from tests.workflow.test_callers import Files, call, missing
from tests.workflow.test_job_credentials import read, steps

OIDC = "- uses: aws-actions/configure-aws-credentials@v4\n  with: {role-to-assume: r}\n"
ENV = "env: {AWS_ACCESS_KEY_ID: '%s', AWS_SECRET_ACCESS_KEY: '%s'}\n"


def job(body: str, *, head: str = "", runs_on: str = "ubuntu-latest") -> str:
    """A workflow whose only job has these steps, and no permission."""
    text = steps(f"{head}steps:\n{textwrap.indent(body, '  ')}")
    text = text.replace("permissions: {id-token: write, contents: read}", "")
    return text.replace("runs-on: ubuntu-latest", f"runs-on: {runs_on}")


def report(text: str, neighbours: dict[str, str] | None = None) -> FileReport:
    return check.judge(read(text, neighbours), Facts(""))


def verdict(text: str, neighbours: dict[str, str] | None = None) -> str:
    """What `missing-id-token` says: "missing", "doubt" or "fine"."""
    found = report(text, neighbours)
    if any(finding.rule == "missing-id-token" for finding in found.findings):
        return "missing"
    return "doubt" if any(s.rule == "missing-id-token" for s in found.skipped) else "fine"


RUNNERS = {
    "ubuntu-latest": "missing",
    "[macos-14]": "missing",
    "a-label-of-ours": "missing",
    "[Self-Hosted, linux]": "doubt",
    "{group: deployers}": "doubt",
    "{group: big, labels: ubuntu-latest-8-cores}": "doubt",
    "codebuild-site-${{ github.run_id }}-${{ github.run_attempt }}": "doubt",
    "runs-on=${{ github.run_id }}/runner=2cpu": "doubt",
    "${{ vars.RUNNER }}": "doubt",
    "${{ vars.RUNNER || 'ubuntu-latest' }}": "doubt",
    "${{ github.ref == 'x' && 'ubuntu-latest' || 'ubuntu-22.04' }}": "missing",
    "${{ github.ref == 'x' && 'self-hosted' || 'ubuntu-22.04' }}": "doubt",
    "${{ fromJSON('[\"self-hosted\"]') }}": "doubt",
    "${{ fromJSON('[\"ubuntu-latest\"]') }}": "missing",
    "${{ matrix.hosted }}": "missing",
    "${{ matrix.own }}": "doubt",
    "${{ matrix.computed }}": "doubt",
    "${{ matrix.unheard-of }}": "doubt",
}


@pytest.mark.parametrize(("runs_on", "expected"), RUNNERS.items())
def test_a_runner_may_have_a_role_of_its_own(runs_on: str, expected: str) -> None:
    matrix = (
        "{hosted: [ubuntu-latest, windows-latest], own: [ubuntu-latest, self-hosted], "
        "computed: ['${{ vars.A }}']}"
    )
    assert verdict(job(OIDC, head=f"strategy: {{matrix: {matrix}}}\n", runs_on=runs_on)) == expected


MISSING = {
    "keys in the environment assume the role": (
        job(OIDC, head=ENV % ("${{ secrets.A }}", "${{ secrets.B }}")),
        "fine",
    ),
    "keys in the environment that are unset first": (
        job(
            OIDC.replace("r}", "r, unset-current-credentials: true}"),
            head=ENV % ("${{ secrets.A }}", "${{ secrets.B }}"),
        ),
        "missing",
    ),
    "dummies in the environment assume nothing": (
        job(OIDC, head=ENV % ("test", "test")),
        "missing",
    ),
    "another provider's keys assume nothing": (
        job(OIDC, head=ENV % ("${{ secrets.R2_ACCESS_KEY_ID }}", "${{ secrets.R2_SECRET }}")),
        "missing",
    ),
    "a guard is no request": (
        job('- run: if [ -z "$ACTIONS_ID_TOKEN_REQUEST_URL" ]; then echo none; fi\n'),
        "fine",
    ),
    "a request behind a guard": (
        job('- run: test -n "$X" && curl "$ACTIONS_ID_TOKEN_REQUEST_URL"\n'),
        "missing",
    ),
    "a token of another issuer may lie on a runner of one's own": (
        job(
            "- run: aws sts assume-role-with-web-identity --web-identity-token file://t\n",
            runs_on="self-hosted",
        ),
        "doubt",
    ),
}


@pytest.mark.parametrize(("text", "expected"), MISSING.values(), ids=MISSING.keys())
def test_missing(text: str, expected: str) -> None:
    assert verdict(text) == expected


def test_a_request_in_the_script_of_an_action_is_shown_where_it_stands() -> None:
    text = job(
        "- uses: actions/github-script@v7\n  with:\n    script: |\n      const a = 1\n"
        "      const t = await core.getIDToken('sts.amazonaws.com')\n"
    )
    (finding,) = report(text).findings
    assert finding.place.region.line == 11


def test_a_program_may_do_all_its_work_by_what_it_imports() -> None:
    (found,) = read(steps("steps:\n  - run: import deploy\n    shell: python\n")).jobs
    assert found.uses_token is None


@pytest.mark.parametrize("runs", ["{using: node20, main: x.js}", "{using: docker, image: x}"])
def test_a_local_action_that_is_not_made_of_steps_may_use_the_token(runs: str) -> None:
    text = steps("steps:\n  - uses: ./.github/actions/deploy\n")
    (found,) = read(text, {".github/actions/deploy/action.yml": f"runs: {runs}\n"}).jobs
    assert found.uses_token is None


@pytest.mark.parametrize(
    ("inputs", "env", "expected"),
    [
        ("use-existing-credentials: true", ENV % ("${{ secrets.A }}", "${{ secrets.B }}"), True),
        ("aws-access-key-id: '${{ secrets.A }}'", "", True),
        ("web-identity-token-file: /t", "", None),
    ],
)
def test_who_mends_such_a_step_may_need_the_permission(
    inputs: str, env: str, expected: bool | None
) -> None:
    body = OIDC.replace("r}", f"r, {inputs}}}")
    (found,) = read(steps(f"{env}steps:\n{textwrap.indent(body, '  ')}")).jobs
    assert found.uses_token is expected


TOKEN_FILES = {
    "in the job's": "env: {AWS_WEB_IDENTITY_TOKEN_FILE: /t}\nsteps:\n  - run: aws s3 ls",
    "in the step's": (
        "steps:\n  - run: aws s3 ls\n    env: {AWS_WEB_IDENTITY_TOKEN_FILE: /t, AWS_ROLE_ARN: r}"
    ),
    "by the script": (
        "steps:\n  - run: |\n      export AWS_WEB_IDENTITY_TOKEN_FILE=/t\n      aws s3 ls"
    ),
}


@pytest.mark.parametrize("body", TOKEN_FILES.values(), ids=TOKEN_FILES.keys())
def test_a_token_file_that_the_tools_find_by_themselves_is_oidc(body: str) -> None:
    (found,) = read(steps(body)).jobs
    assert [credential.kind.value for credential in found.credentials] == ["oidc"]


LOGIN = """\
inputs: {role: {}, push: {}}
runs:
  using: composite
  steps:
    - uses: aws-actions/configure-aws-credentials@v4
      if: inputs.push == 'true'
      with: {role-to-assume: '${{ inputs.role }}'}
"""


def repository(given: str) -> Files:
    use = "{uses: ./.github/actions/login, with: {role: r, push: '${{ inputs.push }}'}}"
    callee = (
        "on: {workflow_call: {inputs: {push: {type: boolean}}}}\njobs:\n  inner:\n"
        f"    runs-on: ubuntu-latest\n    steps:\n      - {use}\n"
    )
    return {
        "main": call("permissions: {}", given=given),
        "callee": callee,
        ".github/actions/login/action.yml": LOGIN,
    }


@pytest.mark.parametrize(
    ("given", "expected"),
    [("{push: false}", []), ("{}", []), ("{push: true}", [("main", 5)])],
)
def test_what_a_call_gives_is_followed_into_local_actions(
    given: str, expected: list[tuple[str, int]]
) -> None:
    assert missing(repository(given)) == expected
