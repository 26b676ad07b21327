"""A new block takes nothing away where it is known what the job had before it."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from oidc_enforcer import mending
from oidc_enforcer.config import DEFAULT
from oidc_enforcer.facts import Facts
from oidc_enforcer.finding import Fix, Safety
from oidc_enforcer.fixes.proposal import Choices
from oidc_enforcer.source import SourceFile
from oidc_enforcer.workflow.parse import parse
from oidc_enforcer.workflow.surroundings import Surroundings

UNKNOWN = "- uses: someone/unknown@v1"
KEYS = """\
    - uses: aws-actions/configure-aws-credentials@v4
      with:
        aws-access-key-id: ${{ secrets.AWS_ACCESS_KEY_ID }}
        aws-secret-access-key: ${{ secrets.AWS_SECRET_ACCESS_KEY }}
        aws-region: eu-west-1
"""
CALLEE = "callee.yml"


def workflow(step: str, on: str = "push", jobs: int = 1) -> str:
    job = f"    runs-on: ubuntu-latest\n    steps:\n    {step}\n{KEYS}"
    return f"on: {on}\njobs:\n" + "".join(f"  j{n}:\n{job}" for n in range(jobs))


def told(default: str) -> Facts:
    return Facts(default_workflow_permissions=default)


def mended(
    text: str, facts: Facts, callers: Mapping[str, str] | None = None
) -> tuple[Mapping[str, str], Fix]:
    """All files afterwards, and the fix of the first key."""
    texts = {CALLEE: text, **(callers or {})}
    files = {path: SourceFile(path, one) for path, one in texts.items()}
    around = Surroundings(
        lambda path: parse(files[path]).content if path in files else None,
        {CALLEE: tuple(callers or {})},
        root="",
    )
    bench = mending.Bench(around, facts, Choices())
    done = bench.mend(files[CALLEE], mending.every)
    after = {**texts, **{path: one.text for path, one in bench.texts.items()}}
    return after, done.applied[0].fix


def block(text: str) -> list[str]:
    """The lines of the first `permissions` block."""
    lines = text.split("\n")
    at = next(i for i, line in enumerate(lines) if line.strip() == "permissions:")
    width = len(lines[at]) - len(lines[at].lstrip())
    inner = [line for line in lines[at + 1 :] if line.strip()]
    end = next(i for i, line in enumerate(inner) if len(line) - len(line.lstrip()) <= width)
    return [line.strip() for line in inner[:end]]


RESTRICTED = ["id-token: write", "contents: read", "packages: read"]


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_default_that_may_only_read_is_written_out(jobs: int) -> None:
    after, fix = mended(workflow(UNKNOWN, jobs=jobs), told("read"))
    assert fix.safety is Safety.SAFE
    assert block(after[CALLEE]) == RESTRICTED


def test_what_is_known_not_to_be_used_is_not_written_out() -> None:
    after, fix = mended(workflow("- uses: actions/checkout@v4"), told("read"))
    assert fix.safety is Safety.SAFE
    assert block(after[CALLEE]) == RESTRICTED[:2]


def test_what_the_default_never_gave_is_not_asked_for() -> None:
    after, _ = mended(workflow("- run: git push"), told("read"))
    assert "contents: read" in block(after[CALLEE])


@pytest.mark.parametrize("default", ["", "write"])
def test_a_default_that_may_write_stays_in_doubt(default: str) -> None:
    _, fix = mended(workflow(UNKNOWN), told(default))
    assert fix.safety is Safety.UNSAFE


def test_a_pull_request_target_writes_whatever_the_default_says() -> None:
    _, fix = mended(workflow(UNKNOWN, "[push, pull_request_target]"), told("read"))
    assert fix.safety is Safety.UNSAFE


def test_the_configuration_goes_before_what_github_said() -> None:
    config = DEFAULT._replace(default_workflow_permissions="write")
    _, fix = mended(workflow(UNKNOWN), told("read")._replace(config=config))
    assert fix.safety is Safety.UNSAFE


CALL = "on: push\n{top}jobs:\n  ship:\n    uses: ./callee.yml\n    secrets: inherit\n"
GRANT = "permissions:\n  contents: write\n  packages: read\n"


def test_a_called_job_had_what_its_caller_grants() -> None:
    text = workflow(UNKNOWN, "workflow_call")
    after, fix = mended(text, Facts(), {"a.yml": CALL.format(top=GRANT)})
    assert fix.safety is Safety.SAFE
    assert block(after[CALLEE]) == ["id-token: write", "contents: write", "packages: read"]
    assert block(after["a.yml"])[0] == "id-token: write"


def test_callers_that_grant_different_things_leave_doubt() -> None:
    text = workflow("- uses: actions/checkout@v4", "workflow_call")
    other = GRANT.replace("contents", "issues")
    callers = {"a.yml": CALL.format(top=GRANT), "b.yml": CALL.format(top=other)}
    _, fix = mended(text, Facts(), callers)
    assert [doubt for doubt in fix.doubts if "grants no `contents: read`" in doubt]


def test_a_caller_that_says_nothing_gets_a_block_of_its_own() -> None:
    text = workflow("- uses: actions/checkout@v4", "workflow_call")
    after, fix = mended(text, Facts(), {"a.yml": CALL.format(top="")})
    assert fix.safety is Safety.SAFE
    assert block(after["a.yml"]) == RESTRICTED[:2]


def test_a_caller_is_told_where_nobody_knows_what_the_called_jobs_need() -> None:
    text = workflow(UNKNOWN, "workflow_call")
    plain = CALL.format(top="")
    after, fix = mended(text, Facts(), {"a.yml": plain})
    assert after["a.yml"] == plain
    assert any("grant `id-token: write` to job `ship`" in said for said in fix.first)
    after, fix = mended(text, told("read"), {"a.yml": plain})
    assert block(after["a.yml"]) == block(after[CALLEE]) == RESTRICTED
