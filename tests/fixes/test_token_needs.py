"""What steps need of GitHub's token: what nobody has looked up is doubt."""

from __future__ import annotations

import pytest

from oidc_enforcer.fixes.token_needs import Needs, of_jobs
from oidc_enforcer.source import SourceFile
from oidc_enforcer.workflow.model import Workflow
from oidc_enforcer.workflow.parse import parse
from oidc_enforcer.workflow.surroundings import Surroundings

TOKEN = "{token: '${{ secrets.GITHUB_TOKEN }}'}"


def needs(step: str) -> Needs:
    text = f"on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n      - {step}\n"
    content = parse(SourceFile(".github/workflows/w.yml", text)).content
    assert isinstance(content, Workflow)
    return of_jobs(content.jobs, Surroundings())


@pytest.mark.parametrize(
    "step",
    [
        "uses: google-github-actions/release-please-action@v4",
        "uses: aquasecurity/something-new@v1",
        "uses: gradle/something-new@v1",
        "uses: azure/k8s-deploy@v5",
        f"{{uses: google-github-actions/deploy-cloudrun@v2, with: {TOKEN}}}",
        f"{{uses: aws-actions/amazon-ecs-deploy-task-definition@v2, with: {TOKEN}}}",
    ],
)
def test_nobody_vouches_for_what_was_not_looked_up(step: str) -> None:
    assert needs(step).doubts


@pytest.mark.parametrize(
    ("step", "scopes"),
    [
        ("uses: aws-actions/amazon-ecs-deploy-task-definition@v2", {}),
        ("uses: google-github-actions/deploy-cloudrun@v2", {}),
        (f"{{uses: actions/setup-go@v5, with: {TOKEN}}}", {}),
        (f"{{uses: hashicorp/setup-terraform@v3, with: {TOKEN}}}", {}),
        ("uses: gradle/actions/dependency-submission@v4", {"contents": "write"}),
        ("uses: aquasecurity/tfsec-pr-commenter-action@v1", {"pull-requests": "write"}),
        ("uses: actions-rs/clippy-check@v1", {"checks": "write"}),
    ],
)
def test_what_was_looked_up_is_granted(step: str, scopes: dict[str, str]) -> None:
    assert needs(step) == Needs({"contents": "read", **scopes}, ())
