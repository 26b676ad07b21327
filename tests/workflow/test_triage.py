"""What triage sets aside could not have held a finding: the same report with it and without it."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oidc_enforcer.gather import Options, check_paths
from oidc_enforcer.report import FileReport
from oidc_enforcer.workflow.credential_names import Half, read_name
from oidc_enforcer.workflow.triage import is_oddly_called, is_related, local_calls

HIDDEN = {
    "hexadecimal escape": '"\\x41WS_ACCESS_KEY_ID"'.replace("AWS", ""),
    "escaped unicode": '"\\u0041W\\u0053_ACC\\u0045SS_K\\u0045Y"',
    "line break joined": '"A\\\n  WS_ACCE\\\n  SS_K\\\n  EY_ID"',
    "carriage return joined": '"A\\\r  WS"',
    "next line joined": '"A\\\x85 WS"',
    "line separator joined": '"A\\\u2028 WS"',
    "upper case": "AKIA",
    "mixed case": "Id-ToKeN",
}


@pytest.mark.parametrize("text", HIDDEN.values(), ids=HIDDEN.keys())
def test_spellings_that_hide_a_word_are_related(text: str) -> None:
    assert is_related(f"a: {text}\n".encode())


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_wide_encodings_are_related(encoding: str) -> None:
    assert is_related("env: {A: b}".encode(encoding))


@pytest.mark.parametrize(
    "text", ["", "on: push", 'run: "a\\tb \\\n c"', "uses: actions/checkout@v4"]
)
def test_what_is_not_related(text: str) -> None:
    assert not is_related(text.encode())


NAME = st.lists(
    st.sampled_from(
        "AWS ACCESS KEY ID SECRET TOKEN SESSION S3 USR PSW AK SK FOO PROD CREDENTIALS BEARER "
        "BEDROCK SECURITY API FILE ACCESSKEY KEYID".split()
    ),
    min_size=1,
    max_size=6,
)


@given(NAME, st.sampled_from(["_", "-", ""]), st.sampled_from([str.upper, str.lower, str.title]))
def test_every_name_of_a_key_is_related(words: list[str], joint: str, case: object) -> None:
    name = joint.join(case(word) for word in words)  # type: ignore[operator]
    named = read_name(name)
    if named is not None and named.half is not Half.TOKEN:
        assert is_related(f"env:\n  {name}: x\n".encode())


def test_local_calls_are_read_from_bytes() -> None:
    text = b"jobs:\n  a:\n    uses: ./.github/workflows/deploy.yml\n  b: {uses: './tools/login/'}\n"
    assert set(local_calls(text)) >= {".github/workflows/deploy.yml", "tools/login"}


ACTION = "runs:\n  using: composite\n  steps:\n    - uses: ./inner\n"
INNER = """\
inputs: {a: {}, b: {}}
runs:
  using: composite
  steps:
    - run: aws s3 ls
      shell: bash
      env: {AWS_ACCESS_KEY_ID: "${{ inputs.a }}", AWS_SECRET_ACCESS_KEY: "${{ inputs.b }}"}
"""
FILES = {
    ".github/workflows/plain.yml": "on: push\njobs: {a: {runs-on: x, steps: [{run: make}]}}\n",
    ".github/workflows/caller.yml": (
        "on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n"
        "      - uses: ./inner\n        with: {a: '${{ secrets.ONE }}', b: '${{ secrets.TWO }}'}\n"
    ),
    ".github/workflows/broken.yml": "on: push\njobs:\n\t- x\n",
    ".github/workflows/calls-callee.yml": (
        "on: push\njobs: {a: {uses: ./.github/workflows/callee.yml}}\n"
    ),
    ".github/workflows/callee.yml": (
        "on: workflow_call\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n"
        "      - uses: aws-actions/configure-aws-credentials@v4\n"
        "        with: {role-to-assume: x, aws-region: y}\n"
    ),
    "outer/action.yml": ACTION,
    "inner/action.yml": INNER,
}


def reports(top: Path, *, triage: bool) -> dict[str, FileReport]:
    found = check_paths([str(top)], Options(triage=triage)).files
    return {Path(report.file).relative_to(top).as_posix(): report for report in found}


def test_the_report_is_the_same_with_and_without_triage(tmp_path: Path) -> None:
    for path, text in FILES.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    quick, thorough = reports(tmp_path, triage=True), reports(tmp_path, triage=False)
    assert quick == {path: report for path, report in thorough.items() if path in quick}
    set_aside = {path for path in thorough if path not in quick}
    assert set_aside == {".github/workflows/plain.yml"}
    assert all(not thorough[path].findings for path in set_aside)
    assert [f.rule for f in quick[".github/workflows/caller.yml"].findings] == [
        "static-credentials"
    ]
    assert [f.rule for f in quick[".github/workflows/broken.yml"].findings] == ["syntax"]
    calls = quick[".github/workflows/calls-callee.yml"].findings
    assert [f.rule for f in calls] == ["missing-id-token"]


PLAINLY = [
    b"- uses: ./a/b\n  with: x",
    b"- uses: ./a # c\n",
    b"- uses: './a'\n- run: x",
    b"- { uses: ./a, with: {} }",
    b'- "uses": "./a"',
    b"- uses: a/b@v1\r\n  with:\r\n- uses: ./c\r\n",
    b"uses: ./a\n\n\n  # x\n",
    b"- run: ./a, b\n- run: x \\\n  ./y\n",
]
ODDLY = [
    b"- uses: ./a\n    b\n",
    b"- uses: ./co,py\n",
    b"- uses: ./a, b\n  x: 1",
    b'- uses: "./a\\/b"',
    b'- uses: "./a\\\n b"',
    b"- uses: >-\n ./a b",
    b"- uses: *x\n a: &x ./a",
    b"? uses\n: ./a",
    b"- uses: './a''b'",
    b"- uses: ./a#b\n",
    b"- *k : ./a",
    b'- uses: ".\\/a"',
    b"- uses: !!str ./a",
    b"uses: # c\n ./a/b c",
    b"USES: ./a b",
    b"- uses: ./a\n   [b]\n",
    b"- uses:\n   ./a\n   b\n",
    b"- uses: " + b"./" * 200 + b"a\n",
    "- uses: ./a\n".encode("utf-16"),
]


@pytest.mark.parametrize("data", PLAINLY)
def test_paths_that_their_bytes_tell(data: bytes) -> None:
    assert not is_oddly_called(data)


@pytest.mark.parametrize("data", ODDLY)
def test_paths_that_only_a_parser_tells(data: bytes) -> None:
    assert is_oddly_called(data)


INNER = """\
inputs: {id: {}, key: {}}
runs:
  using: composite
  steps:
    - run: aws s3 ls
      shell: bash
      env: {AWS_ACCESS_KEY_ID: "${{ inputs.id }}", AWS_SECRET_ACCESS_KEY: "${{ inputs.key }}"}
"""


@pytest.mark.parametrize(
    ("uses", "path"),
    [
        ("./ZZ/copy", "zz/copy/ACTION.YML"),
        ("./zz\\copy", "zz/copy/action.yml"),
        ("$/zz//copy", "zz/copy/action.yml"),
        ("./../app/vendor/copy", "vendor/Copy/action.yaml"),
        ('"./zz/co\\\n          ,py"', "zz/co,py/action.yml"),
    ],
)
def test_actions_are_found_on_disk_by_any_spelling(tmp_path: Path, uses: str, path: str) -> None:
    inputs = "with: {id: '${{ secrets.A }}', key: '${{ secrets.B }}'}"
    caller = (
        "on: push\njobs:\n  a:\n    runs-on: windows-latest\n    steps:\n"
        f"      - uses: {uses}\n        {inputs}\n"
    )
    for name, text in {".github/workflows/a.yml": caller, path: INNER}.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, "utf-8")
    assert check_paths([str(tmp_path)]).summary.static_jobs == 1
