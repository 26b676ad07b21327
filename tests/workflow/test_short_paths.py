"""Steps and entries that are not looked at in full could not have said anything."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oidc_enforcer import check
from oidc_enforcer.facts import Facts
from oidc_enforcer.report import FileReport
from oidc_enforcer.source import SourceFile
from oidc_enforcer.workflow import reading
from oidc_enforcer.workflow.surroundings import Surroundings

ROOT = Path(__file__).parents[2]
OURS = [*(ROOT / "examples").rglob("*.yml"), *(ROOT / "tests" / "accuracy").rglob("*.yml")]

#: Steps of which some matter only by what stands elsewhere in the job.
STEPS = (
    "uses: actions/checkout@v4",
    "uses: actions/checkout@v4\n        with: {token: '${{ env.AWS_ACCESS_KEY_ID }}'}",
    "uses: hashicorp/vault-action@v3\n        id: v\n        with: {secrets: 'kv/aws a_key | K'}",
    "uses: aws-actions/amazon-ecr-login@v2\n        id: v",
    "uses: ./local",
    "uses: docker://alpine\n        with: {args: '--access-key ${{ secrets.A }}'}",
    "uses: sigstore/cosign-installer@v3",
    "uses: someone/unknown@v1\n        env: {A: '${{ secrets.AWS_SECRET_ACCESS_KEY }}'}",
    "uses: aws-actions/configure-aws-credentials@v4\n        with: {role-to-assume: r}",
    "run: make\n        env: {AWS_ACCESS_KEY_ID: '${{ secrets.A }}'}",
    "run: make\n        env: {A: '${{ steps.v.outputs.password }}'}",
    "run: echo A=${{ secrets.B }} >> $GITHUB_ENV",
    "run: aws s3 ls",
    "run: cosign sign x",
    "name: neither",
)


def report(text: str, *, in_full: bool) -> FileReport:
    read = reading.read(SourceFile("w.yml", text), Surroundings(), in_full=in_full)
    return check.judge(read, Facts("2026-01-01"))


def assert_same(text: str) -> None:
    assert report(text, in_full=False) == report(text, in_full=True)


@pytest.mark.parametrize("path", OURS, ids=lambda path: "-".join(path.parts[-4:]))
def test_every_labelled_file_says_the_same_in_full(path: Path) -> None:
    assert_same(path.read_text(encoding="utf-8"))


@given(st.lists(st.sampled_from(STEPS), max_size=8), st.booleans())
def test_steps_in_any_order_say_the_same_in_full(steps: list[str], grants: bool) -> None:
    lines = "".join(f"\n      - {step}" for step in steps)
    top = "permissions: {id-token: write}\n" if grants else ""
    assert_same(f"on: push\n{top}jobs:\n  a:\n    runs-on: x\n    steps:{lines}\n")
