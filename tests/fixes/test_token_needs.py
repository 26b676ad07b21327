"""What steps need of GitHub's token: what nobody has looked up is doubt."""

from __future__ import annotations

import pytest

from oidc_enforcer.fixes.token_needs import Needs, of_jobs
from oidc_enforcer.fixes.token_table import Evidence, rows
from oidc_enforcer.source import SourceFile
from oidc_enforcer.workflow.model import Workflow
from oidc_enforcer.workflow.parse import parse
from oidc_enforcer.workflow.surroundings import Surroundings

TOKEN = "{token: '${{ secrets.GITHUB_TOKEN }}'}"


def needs(step: str) -> Needs:
    text = f"on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n      - {step}\n"
    content = parse(SourceFile(".github/workflows/w.yml", text)).content
    assert isinstance(content, Workflow)
    return of_jobs(content, content.jobs, Surroundings())


@pytest.mark.parametrize(
    "step",
    [
        "uses: google-github-actions/release-please-action@v4",
        "uses: aquasecurity/something-new@v1",
        "uses: gradle/something-new@v1",
        "uses: azure/k8s-deploy@v5",
        "uses: actions/setup-something-new@v1",
        "{uses: actions/github-script@v7, with: {script: github.rest.issues.get(x)}}",
        "{uses: actions/github-script@v7, with: {script: require('./x.js')(context)}}",
        "uses: aws-actions/amazon-ecs-something-new@v1",
        "uses: github/codeql-action/something-new@v1",
        f"{{uses: docker/build-push-action@v6, with: {TOKEN}}}",
        f"{{uses: 'docker://alpine', with: {TOKEN}}}",
        f"{{uses: google-github-actions/deploy-cloudrun@v2, with: {TOKEN}}}",
        f"{{uses: jdcargile/ms-teams-notification@v1.4, with: {TOKEN}}}",
        "uses: graalvm/setup-graalvm@v1",
        "uses: googleapis/release-please-action@v4",
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
        ("uses: docker/build-push-action@v6", {}),
        ("{uses: actions/github-script@v7, with: {script: core.info(context.ref)}}", {}),
        ("uses: docker://alpine", {}),
        ("{uses: docker/login-action@v3, with: {registry: GHCR.io}}", {"packages": "write"}),
        ("{uses: docker/login-action@v3, with: {registry: quay.io}}", {}),
        ("{uses: pulumi/actions@v6, with: {comment-on-pr: true}}", {"pull-requests": "write"}),
        ("uses: pulumi/actions@v6", {}),
        ("{uses: actions/download-artifact@v4, with: {run-id: 7}}", {"actions": "read"}),
        ("uses: actions/download-artifact@v4", {}),
        ("uses: zachelrath/github-action-ecs-scale@1.2.0", {}),
        ("uses: cachix/install-nix-action@v27", {}),
        ("uses: terraform-docs/gh-actions@v1", {}),
        ("{uses: terraform-docs/gh-actions@v1, with: {git-push: true}}", {"contents": "write"}),
        ("uses: EndBug/add-and-commit@v9", {"contents": "write"}),
        (
            f"{{uses: SonarSource/sonarcloud-github-action@v5, env: {TOKEN}}}",
            {"pull-requests": "read"},
        ),
    ],
)
def test_what_was_looked_up_is_granted(step: str, scopes: dict[str, str]) -> None:
    assert needs(step) == Needs({"contents": "read", **scopes}, ())


JOB = """\
on: push
env: {TOKEN: "${{ github.token }}"}
jobs:
  a:
    runs-on: x
    container: {image: ghcr.io/a/b, credentials: {username: a, password: "${{ github.token }}"}}
    steps:
      - run: %s
"""


@pytest.mark.parametrize(
    ("script", "doubts"),
    [("make", 0), ("curl -H $TOKEN x", 1), ("echo $TOKEN | gh release view", 0)],
)
def test_a_token_in_every_steps_environment(script: str, doubts: int) -> None:
    content = parse(SourceFile(".github/workflows/w.yml", JOB % script)).content
    assert isinstance(content, Workflow)
    found = of_jobs(content, content.jobs, Surroundings())
    assert len(found.doubts) == doubts
    assert found.scopes == {"contents": "read", "packages": "read"}


@pytest.mark.parametrize(
    ("default", "is_sure"), [("''", True), ("${{ github.token }}", False), ("$GITHUB_TOKEN", False)]
)
def test_an_action_in_sight_has_no_token_that_nobody_gives_it(default: str, is_sure: bool) -> None:
    own = f"name: a\ninputs: {{t: {{default: {default!r}}}}}\nruns: {{using: node20, main: a.js}}\n"
    text = "on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n      - uses: ./own\n"
    content = parse(SourceFile("w.yml", text), is_action=False).content
    action = parse(SourceFile("own/action.yml", own), is_action=True).content
    assert isinstance(content, Workflow)
    around = Surroundings(lambda path: action if path == "own/action.yml" else None)
    assert bool(of_jobs(content, content.jobs, around).doubts) is not is_sure


def test_every_row_names_one_action_and_scopes_of_github() -> None:
    scopes = {"actions", "attestations", "checks", "contents", "deployments", "issues", "packages"}
    scopes |= {"pages", "pull-requests", "security-events"}
    for name, row in rows().items():
        assert name == name.lower()
        assert "*" not in name
        assert row.needs or row.evidence is not Evidence.README, name
        assert {need.scope for need in row.needs} <= scopes, name
        assert {need.level for need in row.needs} <= {"read", "write"}, name
