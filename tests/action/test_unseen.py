"""What is not looked at is never clean by the choice of whoever opens a pull request."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from oidc_enforcer.github import contents, folders
from tests.action.test_tampering import CALLS, COMPOSITE
from tests.action.workshop import DEPLOY, HARMLESS, Workshop
from tests.fakegithub import content
from tests.fakegithub.git import Link

Files = Mapping[str, bytes | str]
IDLE = "name: n\nruns: {using: composite, steps: [{run: make, shell: bash}]}\n"
HERE = "zz/copy/action.yml"


def steps(*names: str) -> str:
    """A composite action that uses these."""
    used = "".join(f"    - uses: {name}\n" for name in names)
    return f"name: n\nruns:\n  using: composite\n  steps:\n{used}"


def passing(name: str) -> str:
    """A composite action that hands what it gets to another."""
    given = "      with: {id: '${{ inputs.id }}', key: '${{ inputs.key }}'}\n"
    return f"inputs: {{id: {{}}, key: {{}}}}\n{steps(name)}{given}"


def calling(uses: str, before: str = "") -> str:
    return CALLS.replace("uses: ./zz/copy", f"uses: {uses}").replace(
        "steps:\n", f"steps:\n{before}"
    )


def status(workshop: Workshop, files: Files, base: Files | None = None, **inputs: str) -> int:
    workshop.default(base or {DEPLOY: HARMLESS})
    return workshop.on_pull(workshop.pull(files), **inputs).status


# -- bounds of the walk -------------------------------------------------------------------------

BURN = {f"q/{n}/action.yml": steps(*[f"./q/{n + 1}"] * 9) for n in range(5)} | {
    "q/5/action.yml": IDLE
}


@pytest.mark.parametrize("when", ["false", "hashFiles('nope') != ''"])
def test_what_never_runs_uses_up_no_bound_unseen(workshop: Workshop, when: str) -> None:
    before = f"      - uses: ./q/0\n        if: {when}\n"
    files = {DEPLOY: calling("./zz/copy", before), HERE: COMPOSITE, **BURN}
    assert status(workshop, files) == 3


def test_the_way_to_a_key_may_be_longer_than_is_followed(workshop: Workshop) -> None:
    chain = {f"q/{n}/action.yml": passing(f"./q/{n + 1}") for n in range(12)}
    files = {DEPLOY: calling("./q/0"), **chain, "q/12/action.yml": COMPOSITE}
    assert status(workshop, files) == 3


# -- other repositories -------------------------------------------------------------------------


def elsewhere(workshop: Workshop, files: Files, name: str = "mallory/copy") -> None:
    workshop.state.push(name, dict(files))


@pytest.mark.parametrize(
    "uses",
    [
        "mallory/copy@main",
        "Mallory/Copy@main",
        "mallory//copy/@main",
        "/mallory/copy@main",
        "mallory\\copy@main",
        "https://github.com/mallory/copy@main",
        '"mallory/co\\\n          py@main"',
    ],
)
def test_an_action_elsewhere_that_gets_secrets_is_looked_into(
    workshop: Workshop, uses: str
) -> None:
    elsewhere(workshop, {"action.yml": COMPOSITE})
    assert status(workshop, {DEPLOY: calling(uses)}) == 1


@pytest.mark.parametrize(
    "files",
    [
        {"action.yaml": COMPOSITE},
        {"ACTION.YML": COMPOSITE},
        {"action.yml": Link(b"real.yml"), "real.yml": COMPOSITE},
        {"action.yml": COMPOSITE.encode("utf-16")},
    ],
)
def test_it_is_found_as_the_runner_finds_it(workshop: Workshop, files: Files) -> None:
    elsewhere(workshop, files)
    assert status(workshop, {DEPLOY: calling("mallory/copy@main")}) == 1


@pytest.mark.parametrize("uses", ["mallory/copy/ZZ@main", "mallory/copy/link@main"])
def test_so_is_its_folder(workshop: Workshop, uses: str) -> None:
    elsewhere(workshop, {"zz/action.yml": COMPOSITE, "link": Link(b"zz")})
    assert status(workshop, {DEPLOY: calling(uses)}) == 1


def test_behind_five_others(workshop: Workshop) -> None:
    for n in range(5):
        elsewhere(workshop, {"action.yml": passing(f"mallory/n{n + 1}@main")}, f"mallory/n{n}")
    elsewhere(workshop, {"action.yml": COMPOSITE}, "mallory/n5")
    assert status(workshop, {DEPLOY: calling("mallory/n0@main")}) == 1


def test_behind_an_action_of_this_repository_that_was_there_before(workshop: Workshop) -> None:
    elsewhere(workshop, {"action.yml": COMPOSITE})
    before = {DEPLOY: HARMLESS, HERE: passing("mallory/copy@main")}
    assert status(workshop, {**before, DEPLOY: CALLS}, before) == 1


def test_a_workflow_elsewhere_that_is_given_secrets_by_name(workshop: Workshop) -> None:
    called = (
        "on: {workflow_call: {secrets: {one: {}, other: {}}}}\njobs:\n  a:\n    runs-on: x\n"
        "    steps:\n      - run: aws s3 ls\n        env:\n"
        "          AWS_ACCESS_KEY_ID: ${{ secrets.one }}\n"
        "          AWS_SECRET_ACCESS_KEY: ${{ secrets.other }}\n"
    )
    elsewhere(workshop, {".github/workflows/c.yml": called})
    call = (
        "on: push\njobs:\n  a:\n    uses: mallory/copy/.github/workflows/c.yml@main\n"
        "    secrets: {one: '${{ secrets.ONE }}', other: '${{ secrets.OTHER }}'}\n"
    )
    assert status(workshop, {DEPLOY: call}) == 1


def test_its_own_repository_by_a_dollar(workshop: Workshop) -> None:
    elsewhere(workshop, {"action.yml": passing("$/in"), "in/action.yml": COMPOSITE})
    assert status(workshop, {DEPLOY: calling("mallory/copy@main")}) == 1


def test_a_path_out_of_its_repository_is_not_clean(workshop: Workshop) -> None:
    elsewhere(workshop, {"action.yml": IDLE})
    assert status(workshop, {DEPLOY: calling("mallory/copy/../../../evil@main")}) == 3


def test_a_file_that_did_not_change_costs_no_call(workshop: Workshop) -> None:
    elsewhere(workshop, {"action.yml": COMPOSITE})
    workshop.default({DEPLOY: calling("mallory/copy@main")})
    pull = workshop.pull({DEPLOY: calling("mallory/copy@main"), "x.txt": "x"})
    workshop.on_pull(pull)
    assert not [call for call in workshop.github.log if "mallory" in str(call.body)]


def test_githubs_own_token_is_no_secret_that_is_handed_on(workshop: Workshop) -> None:
    given = calling("mallory/copy@main")
    given = given.replace("secrets.ONE", "secrets.GITHUB_TOKEN").replace("secrets.OTHER", "1")
    assert status(workshop, {DEPLOY: given}) == 0
    assert not [call for call in workshop.github.log if "mallory" in str(call.body)]


def test_one_that_is_missing_here_and_gets_secrets_is_named(workshop: Workshop) -> None:
    workshop.default({DEPLOY: HARMLESS})
    pull = workshop.pull({DEPLOY: calling("./sub/copy")})
    step = workshop.on_pull(pull)
    assert (step.status, "no such action in this repository" in step.summary) == (0, True)
    assert workshop.on_pull(pull, strict="true").status == 3


# -- other spellings ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "uses",
    [
        "./ZZ/copy",
        "./zz\\copy",
        ".\\zz\\copy",
        "./zz//copy",
        ".//zz/copy",
        "./x/../zz/copy",
        "./zz/copy. ",
        "$/zz/copy",
        "./../app/zz/copy",
        "./../../app/app/zz/copy",
        "./" + "./" * 200 + "zz/copy",
        '".\\/zz/copy"',
        '"./zz\\/copy"',
        '"./zz/co\\\n          py"',
        ">-\n          ./zz/copy",
        "!!str ./zz/copy",
        "./zz/copy # here",
    ],
)
def test_an_action_of_this_repository_by_any_spelling(workshop: Workshop, uses: str) -> None:
    assert status(workshop, {DEPLOY: calling(uses), HERE: COMPOSITE}) == 1


@pytest.mark.parametrize(
    ("uses", "path"),
    [
        ("./zz/copy", "zz/copy/ACTION.YML"),
        ("./zz/copy", "ZZ/Copy/Action.yaml"),
        ("./vendor/copy", "VENDOR/copy/action.yml"),
        ("./VENDOR/copy", "vendor/copy/action.yml"),
    ],
)
def test_by_any_letter_case(workshop: Workshop, uses: str, path: str) -> None:
    assert status(workshop, {DEPLOY: calling(uses), path: COMPOSITE}) == 1


@pytest.mark.parametrize(
    ("uses", "path"),
    [
        ("./zz/co,py", "zz/co,py/action.yml"),
        ("./zz/a, b", "zz/a, b/action.yml"),
        ("./zz/co\n          py", "zz/co py/action.yml"),
        ("'./zz/it''s'", "zz/it's/action.yml"),
        ("./zz/a#b", "zz/a#b/action.yml"),
        ("./vendor/co,py", "vendor/co,py/action.yml"),
    ],
)
def test_names_with_signs_of_yaml(workshop: Workshop, uses: str, path: str) -> None:
    assert status(workshop, {DEPLOY: calling(uses), path: COMPOSITE}) == 1


@pytest.mark.parametrize(
    "other", ["ZZ/copy/action.yml", "zz/copy/ACTION.YML", "zz/Copy/action.yaml"]
)
def test_two_that_differ_by_case_alone_are_not_clean(workshop: Workshop, other: str) -> None:
    files = {DEPLOY: calling("./zz/copy"), "zz/copy/action.yml": IDLE, other: COMPOSITE}
    assert status(workshop, files) == 3


def test_both_spellings_of_yaml_are_no_clash(workshop: Workshop) -> None:
    files = {DEPLOY: HARMLESS, "zz/copy/action.yml": IDLE, "zz/copy/action.yaml": IDLE}
    assert status(workshop, files, strict="true") == 0


def test_a_workflow_in_capitals_is_judged(workshop: Workshop) -> None:
    direct = calling("./zz/copy")
    files = {".github/workflows/deploy.YML": direct, HERE: COMPOSITE}
    assert status(workshop, files) == 1


# -- large trees, and files that cost a call each -----------------------------------------------

MANY = {f"!{number}": "x" for number in range(9)}


@pytest.fixture
def cut_short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(content, "TREE_LIMIT", 5)


@pytest.mark.usefixtures("cut_short")
@pytest.mark.parametrize(
    "there",
    [
        {HERE: COMPOSITE},
        {"zz": Link(b"yy"), "yy/copy/action.yml": COMPOSITE},
        {"zz/copy": Link(b"../yy"), "yy/action.yaml": COMPOSITE},
        {HERE: Link(b"../../yy.yml"), "yy.yml": COMPOSITE},
        {"ZZ/COPY/Action.yml": COMPOSITE},
    ],
)
def test_a_list_that_is_cut_short_hides_no_action(workshop: Workshop, there: Files) -> None:
    fake = "".join(f"      - uses: ./n{n}\n" for n in range(120))
    assert status(workshop, {**MANY, DEPLOY: calling("./zz/copy", fake), **there}) == 1


@pytest.mark.usefixtures("cut_short")
def test_more_folders_than_are_looked_into_are_not_clean(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folders, "_MOST", 4)
    real = {f"n/{n}/action.yml": IDLE for n in range(6)}
    fake = "".join(f"      - uses: ./n/{n}\n" for n in range(6))
    files = {**MANY, DEPLOY: calling("./zz/copy", fake), **real, HERE: COMPOSITE}
    assert status(workshop, files) == 3


def test_files_that_take_a_call_each_use_up_no_more_than_is_bearable(workshop: Workshop) -> None:
    files = {f"b/{n}/action.yml": b"\0%d" % n for n in range(130)}
    assert status(workshop, {DEPLOY: HARMLESS, **files}) == 3
    asked = [call for call in workshop.github.log if "/git/blobs/" in call.path]
    assert len(asked) <= 100


def test_more_actions_than_anybody_has_are_not_clean(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(contents, "MOST_FILES", 5)
    files = {f"b/{n}/action.yml": f"{IDLE}# {n}\n" for n in range(6)}
    assert status(workshop, {DEPLOY: HARMLESS, **files}) == 3


def test_an_action_too_large_to_read_is_not_clean(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("oidc_enforcer.files.MAX_BYTES", 2000)
    assert status(workshop, {DEPLOY: CALLS, HERE: COMPOSITE + "#" * 2000}) == 3


# -- what is there, and is read otherwise than the runner does ------------------------------------

REMOTE = "mallory/copy@main"
LARGE = f"#{'x' * 4_200_000}\n"  # beyond what is parsed; the runner drops comments
AS_WORKFLOW = "on: push\njobs: {a: {runs-on: x, steps: [{run: make}]}}\n"
FROM_ENVIRONMENT = """\
name: n
runs:
  using: composite
  steps:
    - shell: bash
      run: aws s3 ls
      env: {AWS_ACCESS_KEY_ID: "${{ env.ID }}", AWS_SECRET_ACCESS_KEY: "${{ env.KEY }}"}
"""


@pytest.mark.parametrize(
    "text", [AS_WORKFLOW + COMPOSITE, COMPOSITE.replace("composite", "Composite")]
)
@pytest.mark.parametrize("where", ["zz/copy", "vendor/copy"])
def test_an_action_that_looks_otherwise(workshop: Workshop, text: str, where: str) -> None:
    assert status(workshop, {DEPLOY: calling(f"./{where}"), f"{where}/action.yml": text}) == 1


def test_one_elsewhere_that_looks_otherwise(workshop: Workshop) -> None:
    elsewhere(workshop, {"action.yml": AS_WORKFLOW + COMPOSITE.replace("composite", "COMPOSITE")})
    assert status(workshop, {DEPLOY: calling(REMOTE)}) == 1


def test_more_comments_than_are_read_are_not_clean(workshop: Workshop) -> None:
    elsewhere(workshop, {"action.yml": COMPOSITE + LARGE})
    vendored = {"vendor/copy/action.yml": COMPOSITE + LARGE}
    assert status(workshop, {DEPLOY: calling("./vendor/copy"), **vendored}) == 3
    assert status(workshop, {DEPLOY: calling(REMOTE)}) == 3


def test_files_too_large_are_not_clean_wherever_they_lie(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("oidc_enforcer.files.MAX_BYTES", 2000)
    text = COMPOSITE.encode("utf-16") + "#".encode("utf-16-le") * 2000
    elsewhere(workshop, {"action.yml": text})
    assert status(workshop, {DEPLOY: calling(REMOTE)}) == 3
    assert status(workshop, {DEPLOY: calling("./vendor/a"), "vendor/a/action.yml": text}) == 3


def test_a_workflow_in_utf_16(workshop: Workshop) -> None:
    elsewhere(workshop, {"action.yml": COMPOSITE})
    assert status(workshop, {DEPLOY: calling(REMOTE).encode("utf-16")}) == 1
    vendored = {"vendor/copy/action.yml": COMPOSITE}
    assert status(workshop, {DEPLOY: calling("./vendor/copy").encode("utf-16"), **vendored}) == 1


@pytest.mark.parametrize(
    "given",
    [
        "    env: {ID: '${{ secrets.ONE }}', KEY: '${{ secrets.TWO }}'}\n    steps:\n",
        "    steps:\n      - run: |\n          echo ID=${{ secrets.ONE }} >> $GITHUB_ENV\n"
        "          echo KEY=${{ secrets.TWO }} >> $GITHUB_ENV\n",
    ],
)
def test_an_action_elsewhere_sees_the_environment(workshop: Workshop, given: str) -> None:
    elsewhere(workshop, {"action.yml": FROM_ENVIRONMENT})
    text = f"on: push\njobs:\n  a:\n    runs-on: x\n{given}      - uses: {REMOTE}\n"
    assert status(workshop, {DEPLOY: text}) == 1


@pytest.mark.parametrize("where", ["zz/copy", "vendor/copy"])
def test_an_action_elsewhere_may_hand_on_to_one_of_this_repository(
    workshop: Workshop, where: str
) -> None:
    elsewhere(workshop, {"action.yml": passing(f"./{where}")})
    assert status(workshop, {DEPLOY: calling(REMOTE), f"{where}/action.yml": COMPOSITE}) == 1


def test_a_file_that_is_called_like_an_action_elsewhere_is_not_clean(workshop: Workshop) -> None:
    sha = workshop.state.push("x/y", {"action.yml": passing("./q")})
    workshop.state.repositories["x/y"].tags["a/action.yml"] = sha
    before = "      - uses: x/y@a/action.yml\n"
    files = {DEPLOY: calling("./x/y@a", before), "x/y@a/action.yml": COMPOSITE}
    assert status(workshop, files) in (1, 3)


@pytest.mark.parametrize(
    "files",
    [
        {f"l{n}": Link(b"l%d" % (n + 1)) for n in range(30)}
        | {"l30": Link(b"vendor"), "vendor/copy/action.yml": COMPOSITE},
        {"l0": Link(b"/home/runner/work/app/app/vendor"), "vendor/copy/action.yml": COMPOSITE},
        {"l0": Link(b"../app/vendor"), "vendor/copy/action.yml": COMPOSITE},
        {"l0": Link(b"./" * 600 + b"vendor"), "vendor/copy/action.yml": COMPOSITE},
        {"l0/copy/action.yml": Link(b"REAL.YML"), "l0/copy/real.yml": COMPOSITE},
    ],
)
def test_links_as_the_runner_follows_them(workshop: Workshop, files: Files) -> None:
    assert status(workshop, {DEPLOY: calling("./l0/copy"), **files}) == 1


POINTER = f"version https://git-lfs.github.com/spec/v1\noid sha256:{'4d' * 32}\nsize 340\n"


def test_what_lies_in_git_lfs_is_not_clean_where_it_is_called(workshop: Workshop) -> None:
    elsewhere(workshop, {"action.yml": POINTER})
    assert status(workshop, {DEPLOY: HARMLESS, HERE: POINTER}, strict="true") == 0
    assert status(workshop, {DEPLOY: calling("./zz/copy"), HERE: POINTER}) == 3
    vendored = {"vendor/copy/action.yml": POINTER}
    assert status(workshop, {DEPLOY: calling("./vendor/copy"), **vendored}) == 3
    assert status(workshop, {DEPLOY: calling(REMOTE)}) == 3


def test_a_links_own_text_is_a_file_on_windows(workshop: Workshop) -> None:
    assert status(workshop, {DEPLOY: calling("./zz/copy"), HERE: Link(COMPOSITE.encode())}) == 1


def test_a_link_among_the_workflows_may_be_one_itself(workshop: Workshop) -> None:
    text = calling("./zz/copy").encode()
    assert status(workshop, {DEPLOY: Link(text), HERE: COMPOSITE}) == 1


def test_a_folder_of_dependencies_by_another_case_is_a_clash(workshop: Workshop) -> None:
    files = {"vendor/copy/action.yml": IDLE, "VENDOR/copy/action.yml": COMPOSITE}
    assert status(workshop, {DEPLOY: calling("./vendor/copy"), **files}) == 3


@pytest.mark.parametrize("where", ["./vendor/copy", "$/copy"])
def test_a_workflow_elsewhere_hands_on_to_an_action(workshop: Workshop, where: str) -> None:
    called = calling(where).replace("on: push", "on: workflow_call")
    elsewhere(workshop, {".github/workflows/c.yml": called, "copy/action.yml": COMPOSITE})
    call = (
        "on: push\njobs:\n  a:\n    uses: mallory/copy/.github/workflows/c.yml@main\n"
        "    secrets: inherit\n"
    )
    assert status(workshop, {DEPLOY: call, "vendor/copy/action.yml": COMPOSITE}) == 1
