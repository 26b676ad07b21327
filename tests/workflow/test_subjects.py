"""What jobs present: by event, filter, condition, environment, caller; and what stays unknown."""

from __future__ import annotations

import pytest

from oidc_enforcer.iam.tokens import Repository
from oidc_enforcer.workflow.subjects import MAX_SUBJECTS
from tests.workflow.presenting import APP, present, texts, workflow

MAIN = "ref:refs/heads/main"
ANY_BRANCH, ANY_TAG = "ref:refs/heads/*", "ref:refs/tags/*"
PULL = "pull_request"


@pytest.mark.parametrize(
    ("on", "expected"),
    [
        ("push", [ANY_BRANCH, ANY_TAG]),
        ("{push: {paths: [src/**]}}", [ANY_BRANCH, ANY_TAG]),
        ("{push: {branches: [main]}}", [MAIN]),
        ("{push: {branches: main}}", [MAIN]),
        ("{push: {branches: []}}", []),
        ("{push: {branches: ['!main']}}", []),
        ("{push: {branches: [main, 'release/**']}}", [MAIN, "ref:refs/heads/release/*"]),
        ("{push: {branches: ['**', '!main']}}", [ANY_BRANCH]),
        ("{push: {branches: [main, '!main', main]}}", [MAIN]),
        ("{push: {branches-ignore: [main]}}", [ANY_BRANCH]),
        ("{push: {tags: [v1]}}", ["ref:refs/tags/v1"]),
        ("{push: {tags: ['v*'], branches: [main]}}", [MAIN, "ref:refs/tags/v*"]),
        ("{push: {tags-ignore: ['v*']}}", [ANY_TAG]),
        ("pull_request", [PULL]),
        ("{pull_request: {branches: [main]}}", [PULL]),
        ("{pull_request: {types: [closed]}}", [PULL]),
        ("pull_request_target", [PULL, MAIN]),
        ("pull_request_review", [PULL, "ref:refs/pull/*/merge"]),
        ("merge_group", ["ref:refs/heads/gh-readonly-queue/*"]),
        ("{merge_group: {branches: [main]}}", ["ref:refs/heads/gh-readonly-queue/main/pr-*"]),
        ("schedule", [MAIN]),
        ("[issues, issue_comment, workflow_run, repository_dispatch]", [MAIN]),
        ("workflow_dispatch", [ANY_BRANCH, ANY_TAG]),
        ("release", [ANY_TAG]),
        ("create", [ANY_BRANCH, ANY_TAG]),
        ("delete", [MAIN]),
        ("deployment", [ANY_BRANCH, ANY_TAG]),
        ("no_such_event", [ANY_BRANCH, ANY_TAG, PULL]),
        ("workflow_call", []),
    ],
)
def test_by_event(on: str, expected: list[str]) -> None:
    assert texts(present(workflow(on))) == expected


@pytest.mark.parametrize(
    "on",
    [
        "pull_request_target",
        "pull_request_review",
        "deployment",
        "no_such_event",
        "{pull_request: {types: [closed]}}",
    ],
)
def test_what_is_not_documented_is_said(on: str) -> None:
    assert any(each.unknown for each in present(workflow(on)).subjects)


@pytest.mark.parametrize("on", ["push", "pull_request", "schedule", "release", "merge_group"])
def test_what_is_documented_is_certain(on: str) -> None:
    found = present(workflow(on))
    assert not found.gaps
    assert not any(each.unknown for each in found.subjects)


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("github.ref == 'refs/heads/main'", [MAIN]),
        ("github.ref == 'refs/heads/MAIN' && github.ref_name != 'x'", "any casing"),
        ("github.ref_name == 'main' && github.ref_type == 'branch'", [MAIN]),
        ("github.ref != 'refs/heads/main'", [ANY_BRANCH, ANY_TAG, PULL]),
        ("${{ github.event_name == 'pull_request' }}", [PULL]),
        ("github.event_name != 'pull_request'", [ANY_BRANCH, ANY_TAG]),
        ("startsWith(github.ref, 'refs/tags/')", [ANY_TAG]),
        ("startsWith(github.ref, 'refs/tags/v1')", ["ref:refs/tags/v1*"]),
        ("endsWith(github.ref, '/merge') && github.event_name == 'pull_request'", [PULL]),
        # A branch may be called `refs/tags/x`.
        ("contains(github.ref, 'refs/tags/')", [ANY_BRANCH, ANY_TAG]),
        ('contains(fromJSON(\'["refs/heads/dev","refs/tags/9"]\'), github.ref)', "two"),
        ("github.ref_type == 'tag'", [ANY_TAG]),
        ("github.ref == format('refs/heads/{0}', github.event.repository.default_branch)", [MAIN]),
        ("github.repository == 'acme/app' && github.ref == 'refs/heads/main'", [MAIN]),
        ("github.repository == 'other/fork'", []),
        ("github.repository_owner == 'ACME' && github.ref_type == 'tag'", [ANY_TAG]),
        ("false", []),
        ("github.ref == 'refs/heads/main' || github.event_name == 'pull_request'", [MAIN, PULL]),
        ("!(github.ref_type == 'branch')", [ANY_TAG]),
        ("success() && github.ref == 'refs/heads/main'", [MAIN]),
        ("!cancelled() && github.event_name == 'pull_request'", [PULL]),
        ("github.actor == 'octocat'", [ANY_BRANCH, ANY_TAG, PULL]),
        ("github.actor != 'x' && github.head_ref == ''", "no pull request is certain"),
        ("vars.DEPLOY == 'true' && github.ref_type == 'tag'", [ANY_TAG]),
        ("github.event.pull_request.merged == true", [PULL]),
        ("not an expression (", [ANY_BRANCH, ANY_TAG, PULL]),
    ],
)
def test_by_condition(condition: str, expected: list[str] | str) -> None:
    job = f"if: {condition!r}" if "'" not in condition else f'if: "{condition}"'
    if '"' in condition:
        job = f"if: >-\n  {condition}"
    found = texts(present(workflow("[push, pull_request]", job)))
    special = {
        "any casing": [ANY_BRANCH],
        "two": ["ref:refs/heads/dev", "ref:refs/tags/9"],
        "no pull request is certain": [ANY_BRANCH, ANY_TAG, PULL],
    }
    wanted = special[expected] if isinstance(expected, str) else expected
    if expected == "any casing":
        assert len(found) <= 16
        assert all(each.lower() == MAIN for each in found)
    else:
        assert found == wanted


def test_a_job_is_skipped_with_the_job_that_it_needs() -> None:
    gate = "\n  gate:\n    if: github.ref == 'refs/heads/main'\n    runs-on: x\n"
    assert texts(present(workflow("push", "needs: gate") + gate)) == [MAIN]
    assert texts(present(workflow("push", "needs: [gate]\nif: always()") + gate)) == [
        ANY_BRANCH,
        ANY_TAG,
    ]


@pytest.mark.parametrize(
    ("job", "expected"),
    [
        ("environment: production", ["environment:production"]),
        ("environment: {name: production, url: x}", ["environment:production"]),
        ("environment: 'eu:west'", ["environment:eu%3Awest"]),
        ("environment: ''", [MAIN, PULL]),
        ("environment: {url: x}", [MAIN, PULL]),
        ("environment: ${{ github.ref_name }}", ["environment:main", "environment:*", PULL]),
        (
            "environment: ${{ github.event_name == 'push' && 'live' || 'test' }}",
            ["environment:live", "environment:test"],
        ),
        (
            "environment: ${{ github.ref == 'refs/heads/main' && 'live' || 'test' }}",
            ["environment:live", "environment:test"],
        ),
        (
            "environment: ${{ github.event_name == 'push' && 'live' || '' }}",
            [
                "environment:live",
                PULL,
            ],
        ),
        ("environment: ${{ vars.ENV }}", ["environment:*", MAIN, PULL]),
        ("environment: ${{ vars.KNOWN }}", ["environment:told"]),
        ("environment: eu-${{ vars.ENV }}", ["environment:eu-*"]),
        (
            "environment: ${{ matrix.e }}\nstrategy: {matrix: {e: [a, b]}}",
            ["environment:a", "environment:b"],
        ),
        (
            "environment: ${{ matrix.t.e }}\nstrategy: {matrix: {t: [{e: a}, {e: b}]}}",
            ["environment:a", "environment:b"],
        ),
        (
            "environment: ${{ matrix.e }}\nstrategy: {matrix: {include: [{e: a}, {e: b}]}}",
            ["environment:a", "environment:b"],
        ),
        (
            "environment: ${{ matrix.e }}\n"
            "strategy: {matrix: {e: [a, b, c], exclude: [{e: b}], include: [{e: c, x: 1}]}}",
            ["environment:a", "environment:c"],
        ),
        (
            "environment: ${{ matrix.e }}\nstrategy: {matrix: {e: '${{ fromJSON(vars.X) }}'}}",
            ["environment:*", MAIN, PULL],
        ),
    ],
)
def test_by_environment(job: str, expected: list[str]) -> None:
    on = "{push: {branches: [main]}, pull_request: {}}"
    found = texts(present(workflow(on, job), stored={"vars.known": "told"}))
    assert found == expected


def test_an_environment_and_its_ref_go_together() -> None:
    job = "environment: ${{ github.ref == 'refs/heads/main' && 'live' || 'test' }}"
    found = present(workflow("{push: {branches: [main, dev]}}", job)).subjects
    pairs = [
        (each.presented.claims["environment"], each.presented.languages["branch"].examples)
        for each in found
    ]
    assert pairs == [(("live",), ("main",)), (("test",), ("dev",))]


INPUTS = "{workflow_dispatch: {inputs: {env: {type: choice, options: [dev, live]}}}, push: {}}"


@pytest.mark.parametrize("name", ["inputs.env", "github.event.inputs.env", "inputs.ENV"])
def test_the_options_of_a_manual_run_are_all_there_is(name: str) -> None:
    job = f"environment: ${{{{ {name} || 'other' }}}}"
    assert texts(present(workflow(INPUTS, job))) == [
        "environment:dev",
        "environment:live",
        "environment:other",
    ]


def test_an_input_that_is_typed_freely_stays_open() -> None:
    on = "{workflow_dispatch: {inputs: {env: {type: environment}}}}"
    found = present(workflow(on, "environment: ${{ inputs.env }}"))
    assert texts(found) == ["environment:*", ANY_BRANCH, ANY_TAG]
    assert all("is not known" in each.unknown[0] for each in found.subjects)


CALLED = workflow(
    "{workflow_call: {inputs: {env: {type: string, default: dev}}}}",
    "environment: ${{ inputs.env }}",
)
CALL = "uses: ./.github/workflows/deploy.yml"


def test_a_called_job_presents_its_callers_events() -> None:
    files = {
        "deploy": CALLED,
        "one": workflow("schedule", f"{CALL}\nwith: {{env: live}}"),
        "two": workflow("pull_request", CALL),
        "three": workflow("push", f"{CALL}\nif: false"),
    }
    found = present(files)
    assert [(each.event, each.called_by) for each in found.subjects] == [
        ("schedule", ("`deploy` of `.github/workflows/one.yml`",)),
        ("pull_request", ("`deploy` of `.github/workflows/two.yml`",)),
    ]
    assert texts(found) == ["environment:live", "environment:dev"]
    claims = found.subjects[0].presented.claims
    assert "deploy.yml@refs/heads/" in str(claims["job_workflow_ref"])
    assert claims["workflow"] == (".github/workflows/one.yml",)


def test_a_callers_matrix_reaches_the_called_job() -> None:
    call = f"{CALL}\nwith: {{env: '${{{{ matrix.e }}}}'}}\nstrategy: {{matrix: {{e: [qa, live]}}}}"
    files = {"deploy": CALLED, "one": workflow("schedule", call)}
    assert texts(present(files)) == ["environment:qa", "environment:live"]


def test_nobody_in_sight_calls_it() -> None:
    found = present(CALLED)
    assert found.subjects == ()
    assert found.gaps == (
        "called by no workflow in sight; it presents what its caller's event makes",
    )


def test_workflows_that_call_each_other_come_to_an_end() -> None:
    call = "uses: ./.github/workflows/{}.yml"
    files = {
        "deploy": workflow("workflow_call", call.format("two")),
        "two": workflow("workflow_call", call.format("deploy")),
    }
    assert present(files).subjects == ()


def test_a_caller_presents_nothing_itself() -> None:
    assert present(workflow("push", CALL)) == ((), ())


@pytest.mark.parametrize(
    ("repository", "expected"),
    [
        (APP._replace(immutable_subject=True), [f"repo:acme@1001/app@2001:{MAIN}"]),
        (Repository("acme", "app", immutable_subject=True), [f"repo:acme@*/app@*:{MAIN}"]),
        (APP._replace(default_branch="trunk"), ["ref:refs/heads/trunk"]),
        (
            APP._replace(template=("repository_owner", "ref", "workflow")),
            ["repository_owner:acme:ref:refs/heads/main:workflow:.github/workflows/deploy.yml"],
        ),
        (APP._replace(template=("repo", "event_name")), ["event_name:schedule"]),
        (APP._replace(template=("environment",)), []),
        (APP._replace(template=("repo_property_team",)), ["repo_property_team:*"]),
    ],
)
def test_the_form_of_the_subject(repository: Repository, expected: list[str]) -> None:
    found = present(workflow("schedule"), repository=repository)
    assert texts(found, repository) == expected


def test_either_form_is_possible_where_nobody_has_said() -> None:
    found = present(workflow("schedule"), repository=APP._replace(immutable_subject=None))
    assert len(found.subjects[0].presented.subjects) == 2


def test_a_template_that_asks_for_what_is_not_there_mints_nothing() -> None:
    found = present(workflow("push"), repository=APP._replace(template=("environment",)))
    assert all("there is none" in each.unknown[0] for each in found.subjects)


def test_a_matrix_bigger_than_github_allows_is_not_known() -> None:
    big = ", ".join(f"{name}: [{', '.join(map(str, range(20)))}]" for name in "ab")
    job = f"environment: ${{{{ matrix.a }}}}-${{{{ matrix.b }}}}\nstrategy: {{matrix: {{{big}}}}}"
    assert texts(present(workflow("schedule", job))) == ["environment:*-*"]


def test_more_combinations_than_are_followed_are_a_gap() -> None:
    options = ", ".join(f"o{number}" for number in range(20))
    inputs = ", ".join(f"{name}: {{type: choice, options: [{options}]}}" for name in "ab")
    on = f"{{workflow_dispatch: {{inputs: {{{inputs}}}}}}}"
    found = present(workflow(on, "environment: ${{ inputs.a }}-${{ inputs.b }}"))
    assert found == ((), ("more combinations than are followed on `workflow_dispatch`",))


def test_more_kinds_of_tokens_than_are_followed_are_a_gap() -> None:
    options = ", ".join(f"o{number}" for number in range(200))
    given = f"inputs: {{a: {{type: choice, options: [{options}]}}}}"
    calls = "\n".join(
        f"  c{number}:\n    uses: ./.github/workflows/deploy.yml\n"
        "    with: {a: '${{ inputs.a }}'}"
        for number in range(6)
    )
    caller = f"on: {{workflow_dispatch: {{{given}}}}}\njobs:\n{calls}\n"
    called = workflow(
        "{workflow_call: {inputs: {a: {type: string}}}}", "environment: ${{ inputs.a }}"
    )
    found, gaps = present({"deploy": called, "ci": caller})
    assert gaps == ("more kinds of tokens than are followed",)
    assert len(found) <= MAX_SUBJECTS
