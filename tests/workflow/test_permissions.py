"""The effective `id-token`, with its derivation, over every shape and through callers."""

from __future__ import annotations

import pytest

from oidc_enforcer.workflow.model import Workflow
from oidc_enforcer.workflow.permissions import IdToken, effective, own_grant
from oidc_enforcer.workflow.reading import Reading
from tests.workflow.test_job_credentials import read

SHAPES = {
    "nothing anywhere": ("", "", "none"),
    "workflow write": ("permissions: {id-token: write}", "", "write"),
    "workflow write-all": ("permissions: write-all", "", "write"),
    "workflow read-all": ("permissions: read-all", "", "none"),
    "workflow empty": ("permissions: {}", "", "none"),
    "workflow null": ("permissions:", "", "none"),
    "workflow without the scope": ("permissions: {contents: read}", "", "none"),
    "read is not write": ("permissions: {id-token: read}", "", "none"),
    "job replaces and drops": (
        "permissions: {id-token: write}",
        "permissions: {contents: read}",
        "none",
    ),
    "job replaces and grants": ("permissions: read-all", "permissions: {id-token: write}", "write"),
    "job empties": ("permissions: write-all", "permissions: {}", "none"),
    "a misspelt scope": ("permissions: {id_token: write}", "", "none"),
    "wrong case": ("permissions: {id-token: Write}", "", "none"),
    "quoted": ('permissions: {"id-token": "write"}', "", "write"),
    "quoted write-all": ("permissions: 'write-all'", "", "write"),
    "write-all on a line of its own": ("permissions: >-\n  write-all", "", "write"),
    "a tilde": ("permissions: ~", "", "none"),
    "job null": ("permissions: {id-token: write}", "permissions:", "none"),
    "job says none": ("permissions: write-all", "permissions: {id-token: none}", "none"),
    "job write-all": ("permissions: read-all", "permissions: write-all", "write"),
    "an anchored value": ("name: &word write\npermissions: {id-token: *word}", "", "write"),
    "an anchored block": (
        "permissions: &block {id-token: write}",
        "permissions: *block",
        "write",
    ),
    "a scope in capitals": ("permissions: {ID-TOKEN: write}", "", "none"),
    "write-all in capitals": ("permissions: Write-All", "", "none"),
    "a word of GitHub's, misspelt": ("permissions: write_all", "", "none"),
    "a list": ("permissions: [id-token]", "", "none"),
    "a boolean": ("permissions: {id-token: true}", "", "none"),
    "a mapping for a value": ("permissions: {id-token: {id-token: write}}", "", "none"),
    "an expression for a value": ("permissions: {id-token: '${{ vars.ID_TOKEN }}'}", "", "none"),
    "an expression for a block": ("permissions: ${{ fromJSON(vars.PERMISSIONS) }}", "", "none"),
    "somewhere else": ("defaults: {permissions: write-all}", "", "none"),
}


def workflow(on: str, top: str, job: str) -> Reading:
    text = (
        f"on: {on}\n{top}\njobs:\n  deploy:\n    runs-on: ubuntu-latest\n    {job}\n    steps: []\n"
    )
    return read(text)


@pytest.mark.parametrize(("top", "job", "expected"), SHAPES.values(), ids=SHAPES.keys())
def test_shapes(top: str, job: str, expected: str) -> None:
    subject = workflow("push", top, job)
    assert subject.workflow is not None
    assert own_grant(subject.workflow, subject.workflow.jobs[0]).id_token.value == expected


def test_the_derivation_names_the_lines() -> None:
    subject = workflow("push", "permissions: {id-token: write}", "permissions: {contents: read}")
    assert subject.workflow is not None
    grant = own_grant(subject.workflow, subject.workflow.jobs[0])
    assert grant.derivation == ("granted at line 2", "replaced: none by the block at line 6")


def test_a_file_that_is_only_called_leaves_it_to_the_caller() -> None:
    subject = workflow("workflow_call", "", "")
    assert subject.workflow is not None
    grant = own_grant(subject.workflow, subject.workflow.jobs[0])
    assert grant.id_token is IdToken.CALLER


def test_another_trigger_beside_workflow_call_runs_without_a_caller() -> None:
    subject = workflow("[workflow_call, push]", "", "")
    assert subject.workflow is not None
    assert own_grant(subject.workflow, subject.workflow.jobs[0]).id_token is IdToken.NONE


CALLEE = "on: workflow_call\njobs:\n  inner:\n    runs-on: ubuntu-latest\n    steps: []\n"


@pytest.mark.parametrize(
    ("block", "expected"),
    [("", "none"), ("permissions: {id-token: write}", "write"), ("permissions: {}", "none")],
)
def test_a_callee_gets_what_its_caller_passes_on(block: str, expected: str) -> None:
    text = f"on: push\n{block}\njobs:\n  call:\n    uses: ./.github/workflows/callee.yml\n"
    subject = read(text, {".github/workflows/callee.yml": CALLEE})
    assert subject.workflow is not None
    job = subject.workflow.jobs[0]
    assert job.uses is not None
    callee = subject.surroundings.workflow(job.uses)
    assert isinstance(callee, Workflow)
    grant = effective(callee, callee.jobs[0], subject.surroundings)
    assert grant.id_token.value == expected
    assert "called from job `call`" in grant.derivation[1]
