"""What the head of a pull request may try with exceptions and old findings of its base."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from tests.action.test_tampering import CALLS, COMPOSITE, CONFIG, EXCUSE, SOON, excused
from tests.action.workshop import DEPLOY, HARMLESS, KEYS, REPOSITORY, Step, Workshop
from tests.fakegithub import events
from tests.fakegithub.git import Link

Files = Mapping[str, bytes | str]
TOUCHED = "# touched\n"
IDLE = COMPOSITE.replace("aws s3 ls", "make").replace("AWS_", "")


def on_pull(workshop: Workshop, base: Files, head: Files, **inputs: str) -> Step:
    workshop.default(base)
    return workshop.on_pull(workshop.pull(head), **inputs)


def keys(key_id: str, secret: str, *, job: str = "", step: str = "run: aws s3 ls") -> str:
    """A job with a pair in a step's environment, excused; `job` are lines of the job."""
    return (
        f"on: push\njobs:\n  deploy:\n    runs-on: x\n{job}    steps:\n"
        f"      - {step}\n        env:\n"
        f"          {EXCUSE}          AWS_ACCESS_KEY_ID: {key_id}\n"
        f"          AWS_SECRET_ACCESS_KEY: {secret}\n"
    )


ONE, TWO = "${{ secrets.ONE }}", "${{ secrets.TWO }}"
LITERAL, OTHER = ("AKIAQ7XZ3MNB2KLP4RS" + last for last in "TV")
MATRIX = "    strategy: {matrix: {k: [%s]}}\n"
DYNAMIC = "${{ secrets[matrix.k] }}"
BY_ENV = "    env: {K: %s}\n"
PROD = "    environment: %s\n"
NAMED = "name: ship\n        uses: %s"
ANCHOR = keys(ONE, TWO).replace("        env:\n", "        env: &keys\n")
NEXT_LINE = excused(KEYS).replace("key-id: ${{", "key-id:\n            ${{")

#: What stands on the default branch, and what the head makes of it.
SWAPS = {
    "the other half": (excused(KEYS), "secrets.AWS_SECRET_ACCESS_KEY", "secrets.ADMIN"),
    "a value on the next line": (NEXT_LINE, "secrets.AWS_ACCESS_KEY_ID", "secrets.ADMIN"),
    "the matrix": (keys(DYNAMIC, TWO, job=MATRIX % "OLD"), "[OLD]", "[ADMIN]"),
    "a matrix by an alias": (
        "x: &m [OLD]\n" + keys(DYNAMIC, TWO, job=(MATRIX % "OLD").replace("[OLD]", "*m")),
        "[OLD]",
        "[ADMIN]",
    ),
    "the variable behind a name": (
        keys("${{ secrets[env.K] }}", TWO, job=BY_ENV % "OLD"),
        "K: OLD",
        "K: ADMIN",
    ),
    "a literal": (keys(LITERAL, TWO), LITERAL, OTHER),
    "the environment": (keys(ONE, TWO, job=PROD % "stage"), "stage", "production"),
    "the environment's matrix": (
        keys(ONE, TWO, job=PROD % "${{ matrix.k }}" + MATRIX % "stage"),
        "[stage]",
        "[production]",
    ),
    "another action of that name": (
        keys(ONE, TWO, step=NAMED % "acme/deploy@v2"),
        "acme/deploy@v2",
        "mallory/steal@v2",
    ),
}
LAST = "  last:\n    runs-on: x\n    steps:\n      - run: %s\n"
SWAPS["another job with the anchor"] = (
    ANCHOR + LAST % "make",
    LAST % "make",
    LAST % "aws s3 ls\n        env: *keys",
)


@pytest.mark.parametrize(("base", "before", "after"), SWAPS.values(), ids=SWAPS.keys())
def test_an_exception_covers_what_it_was_granted_for(
    base: str, before: str, after: str, workshop: Workshop
) -> None:
    base = base.replace("[static-credentials]", "[static-credentials, hardcoded-access-key]")
    assert on_pull(workshop, {DEPLOY: base}, {DEPLOY: TOUCHED + base}).status == 0
    head = base.replace(before, after)
    assert head != base
    step = on_pull(workshop, {DEPLOY: base}, {DEPLOY: head})
    assert step.status == 1
    assert "pending: this exception counts after it is merged" in step.out


@pytest.mark.parametrize(("base", "before", "after"), SWAPS.values(), ids=SWAPS.keys())
def test_another_key_in_the_place_of_an_old_one_is_new(
    base: str, before: str, after: str, workshop: Workshop
) -> None:
    base = base.replace(EXCUSE, "# x\n")
    step = on_pull(workshop, {DEPLOY: base}, {DEPLOY: TOUCHED + base}, scope="new")
    assert (step.status, step.outputs["new-findings"]) == (0, "0")
    step = on_pull(workshop, {DEPLOY: base}, {DEPLOY: base.replace(before, after)}, scope="new")
    assert (step.status, step.outputs["new-findings"]) == (1, "1")


CHECKOUT = "      - uses: actions/checkout@v3\n"
PICKED = keys(ONE, TWO, job="    needs: pick\n" + PROD % "${{ needs.pick.outputs.to }}").replace(
    "jobs:\n",
    "jobs:\n  pick:\n    runs-on: x\n    outputs: {to: '${{ steps.one.outputs.to }}'}\n"
    f"    steps:\n{CHECKOUT}"
    "      - {id: one, run: echo to=stage >> $GITHUB_OUTPUT}\n",
)
SET = keys("${{ secrets[env.K] }}", TWO).replace(
    "    steps:\n", f"    steps:\n{CHECKOUT}      - run: echo K=OLD >> $GITHUB_ENV\n"
)
OF_MATRIX = keys(
    ONE,
    TWO,
    job=PROD % "${{ matrix.to }}"
    + "    strategy: {fail-fast: true, matrix: {to: [stage], node: [16]}}\n",
)
EXCLUDING = OF_MATRIX.replace(
    "[stage], node: [16]", "[stage, production], node: [16], exclude: [{to: production, node: 16}]"
)
IMAGE = keys(ONE, TWO, step=NAMED % "docker://acme.test:5000/ship:1")
PATH = keys(ONE, TWO, step=NAMED % "./our/ship@1")

#: What a change makes of a file whose keys it leaves as they are.
HONEST = {
    "a step gets a name": (keys(ONE, TWO), "run: aws", "name: list\n        run: aws"),
    "a step gets an id": (keys(ONE, TWO), "run: aws", "id: list\n        run: aws"),
    "a step gets another name": (IMAGE, "name: ship", "name: deploy"),
    "an action in the job that names the environment": (PICKED, "checkout@v3", "checkout@v4"),
    "an action in the job that names the secret": (SET, "checkout@v3", "checkout@v4"),
    "the rest of the matrix": (OF_MATRIX, "node: [16]", "node: [18, 20]"),
    "the rest of the strategy": (OF_MATRIX, "fail-fast: true", "fail-fast: false"),
    "an image's tag": (IMAGE, "ship:1", "ship:2"),
    "an image's digest": (IMAGE, "ship:1", f"ship@sha256:{'a' * 64}"),
}
#: Much the same, and another key: the environment, the secret, or who is handed it.
SWAPPED = {
    "the environment that a job names": (PICKED, "to=stage", "to=production"),
    "the secret that a script names": (SET, "K=OLD", "K=ADMIN"),
    "more of the matrix": (OF_MATRIX, "[stage]", "[stage, production]"),
    "a row of the matrix": (OF_MATRIX, "[16]", "[16], include: [{node: 16, to: production}]"),
    "what the matrix excludes no more": (EXCLUDING, "node: [16],", "node: [16, 18],"),
    "an image of that name": (IMAGE, "acme.test:5000/ship", "acme.test:5000/steal"),
    "an image of another server": (IMAGE, "acme.test:5000", "acme.test:5001"),
    "a folder that looks like a release": (PATH, "ship@1", "ship@2"),
}


@pytest.mark.parametrize("is_excused", [True, False])
@pytest.mark.parametrize(("base", "before", "after"), HONEST.values(), ids=HONEST.keys())
def test_what_leaves_a_key_as_it_was_makes_it_no_new_one(
    base: str, before: str, after: str, is_excused: bool, workshop: Workshop
) -> None:
    assert before in base
    step = changed(workshop, base, base.replace(before, after), is_excused=is_excused)
    assert step.status == 0


@pytest.mark.parametrize("is_excused", [True, False])
@pytest.mark.parametrize(("base", "before", "after"), SWAPPED.values(), ids=SWAPPED.keys())
def test_what_only_looks_as_if_it_left_a_key_makes_it_a_new_one(
    base: str, before: str, after: str, is_excused: bool, workshop: Workshop
) -> None:
    assert before in base
    step = changed(workshop, base, base.replace(before, after), is_excused=is_excused)
    assert step.status == 1


def test_a_second_step_with_an_old_key_is_new(workshop: Workshop) -> None:
    base = keys(ONE, TWO)
    more = base.partition("    steps:\n")[2].replace("run:", "name: again\n        run:")
    assert changed(workshop, base, base + more, is_excused=True).status == 1
    assert changed(workshop, base, base + more, is_excused=False).status == 1


def changed(workshop: Workshop, base: str, head: str, *, is_excused: bool) -> Step:
    """The Action on a change from one to the other."""
    actions = {f"our/ship@{one}/action.yml": IDLE for one in (1, 2)}
    if is_excused:
        return on_pull(workshop, {DEPLOY: base, **actions}, {DEPLOY: head, **actions})
    files = ({DEPLOY: one.replace(EXCUSE, "# x\n"), **actions} for one in (base, head))
    return on_pull(workshop, *files, scope="new")


CALLED = ".github/workflows/called.yml"
CALLER = "on: push\njobs:\n  a:\n    uses: ./.github/workflows/called.yml\n    with: {to: stage}\n"


def test_a_callers_input_chooses_the_environment(workshop: Workshop) -> None:
    job = PROD % "${{ inputs.to }}"
    called = keys(ONE, TWO, job=job).replace(
        "on: push", "on: {workflow_call: {inputs: {to: {type: string}}}}"
    )
    base = {DEPLOY: CALLER, CALLED: called}
    assert on_pull(workshop, base, {**base, "x": "y"}).status == 0
    head = {**base, DEPLOY: CALLER.replace("stage", "production")}
    assert on_pull(workshop, base, head).status == 1


def test_a_script_may_change_beside_an_excused_key(workshop: Workshop) -> None:
    base = keys(ONE, TWO)
    head = base.replace("aws s3 ls", "aws s3 sync . s3://b").replace("runs-on: x", "runs-on: y")
    assert on_pull(workshop, {DEPLOY: base}, {DEPLOY: head}).status == 0
    quoted = base.replace(ONE, f"'{ONE}'").replace(
        "AWS_SECRET_ACCESS_KEY: ", "AWS_SECRET_ACCESS_KEY:  "
    )
    assert on_pull(workshop, {DEPLOY: base}, {DEPLOY: quoted}).status == 0


@pytest.mark.parametrize(
    "base",
    [keys(ONE, TWO, step="uses: acme/deploy@v2"), CALLS.replace("./zz/copy", "acme/copy@v2")],
)
def test_a_release_may_change_of_what_is_handed_an_old_key(base: str, workshop: Workshop) -> None:
    base = base.replace(EXCUSE, "# x\n")
    for place in (("acme/copy", "v2"), ("acme/copy", "v3"), ("mallory/copy", "v2")):
        workshop.state.push(place[0], {"action.yml": COMPOSITE}, place[1])
    step = on_pull(workshop, {DEPLOY: base}, {DEPLOY: base.replace("@v2", "@v3")}, scope="new")
    assert (step.status, step.outputs["errors"]) == (0, "1")
    head = base.replace("acme/", "mallory/")
    assert on_pull(workshop, {DEPLOY: base}, {DEPLOY: head}, scope="new").status == 1


PICK = (
    "name: p\nruns:\n  using: composite\n  steps:\n    - shell: bash\n"
    "      run: echo k=%s >> $GITHUB_OUTPUT\n"
)


def test_an_action_of_ours_may_choose_the_secret(workshop: Workshop) -> None:
    chosen = keys("${{ secrets[steps.pick.outputs.k] }}", TWO).replace(
        "    steps:\n", "    steps:\n      - id: pick\n        uses: ./pick\n"
    )
    base = {DEPLOY: chosen, "pick/action.yml": PICK % "OLD"}
    assert on_pull(workshop, base, {**base, "x": "y"}).status == 0
    assert on_pull(workshop, base, {**base, "pick/action.yml": PICK % "ADMIN"}).status == 1


# -- entries of the configuration ---------------------------------------------------------------


def entry(more: str = "") -> str:
    return (
        f"exceptions:\n  - rule: static-credentials\n    until: {SOON}\n    reason: we know\n{more}"
    )


WIDE = ("", "    path: .github/workflows/*\n", "    job: deploy\n", f"    path: {DEPLOY}\n")


@pytest.mark.parametrize("more", WIDE)
def test_a_wide_entry_is_for_what_is_there_already(more: str, workshop: Workshop) -> None:
    workshop.state.push("acme/.github", {"oidc-enforcer.yml": entry(more)})
    assert on_pull(workshop, {DEPLOY: KEYS}, {DEPLOY: TOUCHED + KEYS}).status == 0
    step = on_pull(workshop, {DEPLOY: HARMLESS}, {DEPLOY: KEYS})
    assert step.status == 1
    assert "this exception is for what the default branch has already" in step.out
    assert "nothing needs this exception" not in step.out


def test_an_entry_for_one_job_may_be_merged_first_and_is_told(workshop: Workshop) -> None:
    config = entry(f"    path: {DEPLOY}\n    job: deploy\n")
    step = on_pull(workshop, {DEPLOY: HARMLESS, CONFIG: config}, {DEPLOY: KEYS, CONFIG: config})
    assert step.status == 0
    assert "new with this change, and excused until" in step.out
    step = on_pull(workshop, {DEPLOY: KEYS, CONFIG: config}, {DEPLOY: KEYS, CONFIG: config})
    assert (step.status, "new with this change" in step.out) == (0, False)
    other = {DEPLOY: KEYS.replace("  deploy:", "  other:"), CONFIG: config}
    assert on_pull(workshop, {DEPLOY: HARMLESS, CONFIG: config}, other).status == 1


# -- scope `new` --------------------------------------------------------------------------------


def test_a_branch_from_before_a_key_was_mended_does_not_bring_it_back(workshop: Workshop) -> None:
    workshop.default({DEPLOY: KEYS})
    pull = workshop.pull({DEPLOY: KEYS + TOUCHED})
    untouched = workshop.pull({DEPLOY: KEYS, "x": "y"})
    assert workshop.on_pull(pull, scope="new").status == 0
    workshop.default({DEPLOY: HARMLESS})
    assert workshop.on_pull(pull, scope="new").status == 1
    # By commits that take the key out and put it in again, which are rebased one by one.
    step = workshop.on_pull(untouched, scope="new")
    assert (step.status, "bring the branch up to date" in step.out) == (1, True)


def test_a_base_that_anybody_makes_vouches_for_nothing(workshop: Workshop) -> None:
    workshop.default({DEPLOY: HARMLESS})
    workshop.state.push(REPOSITORY, {DEPLOY: KEYS}, "decoy")
    workshop.app.branches["feature"] = workshop.app.branches["decoy"]
    pull = workshop.pull({DEPLOY: KEYS, "x": "y"})
    pull.base_ref = "decoy"
    for scope in ("new", "changed"):
        assert workshop.on_pull(pull, scope=scope).status == 1


def many(count: int, tail: str = "") -> str:
    step = "      - run: echo {}\n        env: {{A: {}}}\n"
    return HARMLESS + "".join(step.format(at, LITERAL) for at in range(count)) + tail


@pytest.mark.parametrize("count", [51, 1001])
def test_many_old_findings_hide_no_new_one(count: int, workshop: Workshop) -> None:
    fresh = f"      - run: echo {OTHER}\n"
    step = on_pull(workshop, {DEPLOY: many(count)}, {DEPLOY: many(count, fresh)}, scope="new")
    assert step.status == 1


# -- scope `changed` ----------------------------------------------------------------------------

BEHIND: dict[str, bytes | str] = {
    DEPLOY: CALLS,
    "v/clean/copy/action.yml": IDLE,
    "v/dirty/copy/action.yml": COMPOSITE,
}
MIDDLE = """\
name: m
inputs: { id: {}, key: {} }
runs:
  using: composite
  steps:
    - uses: ./%s
      with: { id: "${{ inputs.id }}", key: "${{ inputs.key }}" }
"""
CHANGES: dict[str, tuple[Files, Files]] = {
    "a link that points elsewhere": (
        {**BEHIND, "zz": Link(b"v/clean")},
        {**BEHIND, "zz": Link(b"v/dirty")},
    ),
    "action.yml makes way for action.yaml": (
        {DEPLOY: CALLS, "zz/copy/action.yml": IDLE, "zz/copy/action.yaml": COMPOSITE},
        {DEPLOY: CALLS, "zz/copy/action.yaml": COMPOSITE},
    ),
    "an action in between": (
        {**BEHIND, "zz/copy/action.yml": MIDDLE % "v/clean/copy"},
        {**BEHIND, "zz/copy/action.yml": MIDDLE % "v/dirty/copy"},
    ),
}


@pytest.mark.parametrize("scope", ["changed", "new"])
@pytest.mark.parametrize(("base", "head"), CHANGES.values(), ids=CHANGES.keys())
def test_what_a_change_makes_of_an_untouched_workflow_counts(
    base: Files, head: Files, scope: str, workshop: Workshop
) -> None:
    assert on_pull(workshop, base, {**base, "x": "y"}, scope=scope).status == 0
    assert on_pull(workshop, base, head, scope=scope).status == 1


def test_a_push_while_the_run_is_on_changes_nothing(workshop: Workshop) -> None:
    workshop.state.push("mallory/copy", {"action.yml": COMPOSITE})
    theirs = {CALLED: CALLS.replace("./zz/copy", "mallory/copy@main")}
    workshop.default({DEPLOY: KEYS})
    pull = workshop.pull({DEPLOY: KEYS + TOUCHED, **theirs})
    told: Any = events.pull_request(workshop.state, REPOSITORY, pull)
    workshop.head({DEPLOY: KEYS, "x": "y"})
    sha = workshop.app.branches["main"]
    step = workshop.step("pull_request", told, sha, scope="changed")
    assert (step.status, step.outputs["errors"], step.outputs["new-findings"]) == (1, "2", "1")


# -- what it costs ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("base", "head", "inputs", "calls"),
    [
        (HARMLESS, HARMLESS + TOUCHED, {"scope": "new"}, 3),
        (HARMLESS, HARMLESS + TOUCHED, {"scope": "changed"}, 3),
        (KEYS, KEYS + TOUCHED, {}, 3),
        (KEYS, KEYS + TOUCHED, {"scope": "new"}, 6),
        (excused(KEYS), excused(KEYS) + TOUCHED, {}, 5),
        (excused(KEYS), excused(KEYS) + TOUCHED, {"scope": "new"}, 5),
        (EXCUSE + HARMLESS, EXCUSE + HARMLESS + TOUCHED, {}, 3),
    ],
)
def test_a_comparison_is_made_where_a_finding_hangs_on_it(
    base: str, head: str, inputs: dict[str, str], calls: int, workshop: Workshop
) -> None:
    on_pull(workshop, {DEPLOY: base}, {DEPLOY: head}, comment="off", **inputs)
    assert len(workshop.github.log) == calls
