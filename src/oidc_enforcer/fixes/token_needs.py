"""What a job's steps need of GitHub's own token, so that new permissions take nothing away.

All of it is data that somebody looked up: an action's README says which permissions it wants, or
its source which endpoints it calls. What nobody has looked up is doubt, and doubt is said.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

from oidc_enforcer.expression import template
from oidc_enforcer.workflow.known_actions import action_name, known_action
from oidc_enforcer.workflow.model import Job, Step, UsesKind
from oidc_enforcer.workflow.surroundings import MAX_DEPTH, Surroundings

#: Action (a name that ends in `*` stands for all that begin so); scopes; where that is said.
_TABLE = """
actions/checkout | contents:read | README
actions/cache* | | its own token, not the job's
actions/upload-artifact* | | its own token, not the job's
actions/download-artifact | | its own token, but for other runs: actions:read
actions/setup-* | | reads public releases
actions/configure-pages | pages:read | README
actions/upload-pages-artifact | | README
actions/deploy-pages | pages:write | README
actions/labeler | contents:read pull-requests:write | README
actions/stale | issues:write pull-requests:write | README
actions/dependency-review-action | contents:read | README
actions/attest* | attestations:write | README
actions/first-interaction | issues:write pull-requests:write | README
actions/create-release | contents:write | README
actions/upload-release-asset | contents:write | README
github/codeql-action/* | security-events:write actions:read | README
aws-actions/configure-aws-credentials | | speaks to AWS alone
aws-actions/amazon-ecr-login | | speaks to AWS alone
aws-actions/amazon-ecs-* | | speaks to AWS alone
aws-actions/amazon-eks-* | | speaks to AWS alone
aws-actions/aws-cloudformation-github-deploy | | speaks to AWS alone
aws-actions/aws-codebuild-run-build | | speaks to AWS alone
aws-actions/aws-secretsmanager-get-secrets | | speaks to AWS alone
aws-actions/aws-lambda-deploy | | speaks to AWS alone
aws-actions/setup-sam | | reads public releases
docker/setup-* | | speaks to no API
docker/metadata-action | | reads the event
docker/build-push-action | | pushes with the login before it
docker/bake-action | | pushes with the login before it
docker/login-action | | logs in with what it is given
hashicorp/setup-* | | reads public releases
hashicorp/vault-action | | speaks to Vault
hashicorp/packer-github-actions | | speaks to no API
hashicorp/tfc-workflows-github/* | | speaks to HCP Terraform
opentofu/setup-opentofu | | speaks to no API
terraform-linters/setup-tflint | | reads public releases
azure/setup-* | | reads public releases
azure/k8s-set-context | | speaks to the cluster
azure/k8s-create-secret | | speaks to the cluster
azure/k8s-bake | | speaks to no API
google-github-actions/auth | | speaks to Google alone
google-github-actions/setup-gcloud | | speaks to Google alone
google-github-actions/get-gke-credentials | | speaks to Google alone
google-github-actions/get-secretmanager-secrets | | speaks to Google alone
google-github-actions/upload-cloud-storage | | speaks to Google alone
google-github-actions/deploy-* | | speaks to Google alone
ruby/setup-ruby | | reads public releases
pnpm/action-setup | | speaks to no API
oven-sh/setup-bun | | reads public releases
astral-sh/setup-uv | | reads public releases
denoland/setup-deno | | reads public releases
shivammathur/setup-php | | reads public releases
subosito/flutter-action | | reads public releases
dtolnay/rust-toolchain | | speaks to no API
actions-rs/toolchain | | speaks to no API
actions-rs/cargo | | speaks to no API
actions-rs/install | | speaks to no API
actions-rs/clippy-check | checks:write | README
swatinem/rust-cache | | its own token, not the job's
gradle/gradle-build-action | | its own token, not the job's
gradle/actions/setup-gradle | | its own token, not the job's
gradle/actions/wrapper-validation | | speaks to no API
gradle/wrapper-validation-action | | speaks to no API
gradle/actions/dependency-submission | contents:write | README
snok/install-poetry | | speaks to no API
abatilo/actions-poetry | | speaks to no API
bahmutov/npm-install | | its own token, not the job's
borales/actions-yarn | | speaks to no API
jwalton/gh-docker-logs | | speaks to no API
jwalton/gh-ecr-* | | speaks to AWS alone
jlumbroso/free-disk-space | | speaks to no API
webfactory/ssh-agent | | speaks to no API
appleboy/ssh-action | | speaks to the server
appleboy/scp-action | | speaks to the server
appleboy/telegram-action | | speaks to Telegram
appleboy/discord-action | | speaks to Discord
appleboy/lambda-action | | speaks to AWS alone
easingthemes/ssh-deploy | | speaks to the server
burnett01/rsync-deployments | | speaks to the server
jakejarvis/s3-sync-action | | speaks to AWS alone
chetan/invalidate-cloudfront-action | | speaks to AWS alone
einaregilsson/beanstalk-deploy | | speaks to AWS alone
chrislennon/action-aws-cli | | speaks to AWS alone
unfor19/install-aws-cli-action | | speaks to AWS alone
kodermax/kubectl-aws-eks | | speaks to the cluster
s3-actions/s3cmd | | speaks to AWS alone
serverless/github-action | | speaks to AWS alone
slackapi/slack-github-action | | speaks to Slack
8398a7/action-slack | actions:read | README: reads the run's jobs
rtcamp/action-slack-notify | | speaks to Slack
ravsamhq/notify-slack-action | actions:read | README: reads the run's jobs
act10ns/slack | | speaks to Slack
dawidd6/action-send-mail | | speaks to the mail server
dorny/paths-filter | contents:read pull-requests:read | README
tj-actions/changed-files | contents:read pull-requests:read | README
tj-actions/branch-names | | reads the event
softprops/action-gh-release | contents:write | README
ncipollo/release-action | contents:write | README
goreleaser/goreleaser-action | contents:write | README
peter-evans/create-pull-request | contents:write pull-requests:write | README
peter-evans/create-or-update-comment | issues:write pull-requests:write | README
peter-evans/find-comment | issues:read pull-requests:read | README
marocchino/sticky-pull-request-comment | pull-requests:write | README
stefanzweifel/git-auto-commit-action | contents:write | README
peaceiris/actions-gh-pages | contents:write | README
jamesives/github-pages-deploy-action | contents:write | README
mikepenz/action-junit-report | checks:write pull-requests:write | README
dorny/test-reporter | actions:read checks:write contents:read | README
enricomi/publish-unit-test-result-action | checks:write pull-requests:write issues:read | README
golangci/golangci-lint-action | contents:read pull-requests:read | README
codecov/codecov-action | | reads the event
coverallsapp/github-action | | speaks to Coveralls with the token as an identity
aquasecurity/trivy-action | contents:read | README
aquasecurity/setup-trivy | contents:read | README
aquasecurity/tfsec-action | contents:read | README
aquasecurity/tfsec-pr-commenter-action | contents:read pull-requests:write | README
anchore/sbom-action | contents:write actions:read | README
bridgecrewio/checkov-action | | reads the checkout
amannn/action-semantic-pull-request | pull-requests:read | README
mathieudutour/github-tag-action | contents:write | README
anothrnick/github-tag-action | contents:write | README
rlespinasse/github-slug-action | | reads the event
nick-invision/retry | | runs a command
nick-fields/retry | | runs a command
ilammy/msvc-dev-cmd | | speaks to no API
microsoft/setup-msbuild | | speaks to no API
madhead/semver-utils | | speaks to no API
mxschmitt/action-tmate | | speaks to its own server
pypa/gh-action-pypi-publish | | speaks to the index
styfle/cancel-workflow-action | actions:write | README
chromaui/action | | speaks to Chromatic
cypress-io/github-action | | speaks to Cypress
dydxprotocol/invoke-aws-lambda | | speaks to AWS alone
gagoar/invoke-aws-lambda | | speaks to AWS alone
"""


class Needs(NamedTuple):
    """Scopes and their levels, and steps of which nobody can tell what they need."""

    scopes: dict[str, str]
    doubts: tuple[str, ...]


def of_jobs(jobs: Iterable[Job], around: Surroundings) -> Needs:
    """What all steps of these jobs need together; reading the repository is always among it."""
    scopes = {"contents": "read"}
    doubts: dict[str, None] = {}
    for job in jobs:
        for step in job.steps:
            for scope, level, doubt in _of_step(step, around, 0):
                if doubt:
                    doubts[doubt] = None
                elif scopes.get(scope) != "write":
                    scopes[scope] = level
        if job.uses is not None and job.uses.kind is UsesKind.REPOSITORY:
            doubts[f"what `{job.uses.name}` needs of GitHub's token"] = None
    return Needs(scopes, tuple(doubts))


_Need = tuple[str, str, str]


def _of_step(step: Step, around: Surroundings, depth: int) -> Iterator[_Need]:
    inner = around.action(step.uses) if step.uses is not None else None
    if inner is not None and inner.using == "composite" and depth < MAX_DEPTH:
        for own in inner.steps:
            yield from _of_step(own, around, depth + 1)
    elif step.uses is not None:
        yield from _of_action(step)
    elif step.run is not None:
        yield from _of_script(step)


def _of_action(step: Step) -> Iterator[_Need]:
    uses = step.uses
    assert uses is not None
    if uses.kind is UsesKind.DOCKER:
        if _reads_token(step):
            yield "", "", f"what `{uses.name}` needs of GitHub's token"
        return
    name = action_name(uses.value.text)
    row = _row(name)
    if row == () and _is_vouched_by_kind(name) and _reads_token(step):
        row = None  # a row for many says nothing of the one that is handed the token
    if row is not None:
        yield from ((scope, level, "") for scope, level in row)
        if uses.name == "docker/login-action" and step.inputs.text("registry") == "ghcr.io":
            yield "packages", "write", ""
        elif uses.is_action("actions/checkout") or not row:
            return
        return
    if known_action(uses.value.text) is not None and not _reads_token(step):
        return
    yield "", "", f"what `{uses.name}` needs of GitHub's token"


def _is_vouched_by_kind(name: str) -> bool:
    """Whether a row for many actions speaks of this one, and not of its set-up alone."""
    exact, beginnings = _rows()
    return name not in exact and not any(
        name.startswith(one) and one.endswith("/setup-") for one, _ in beginnings
    )


def _reads_token(step: Step) -> bool:
    texts = [item.value.text for item in (*step.inputs, *step.env)]
    if step.run is not None:
        texts.append(step.run.text)
    return any(
        flow.dotted.lower() in ("secrets.github_token", "github.token")
        for text in texts
        for flow in template(text).reads
    )


#: Commands by the scopes that they need, the first that fits.
_COMMANDS = (
    (r"\bgit\s+(?:-\S+\s+)*push\b", "contents", "write"),
    (r"\bgh\s+release\s+(?:create|upload|edit|delete)", "contents", "write"),
    (r"\bgh\s+release\s+(?:view|list|download)", "contents", "read"),
    (r"\bgh\s+pr\s+(?:comment|create|edit|merge|review|close)", "pull-requests", "write"),
    (r"\bgh\s+pr\s+(?:view|list|diff|checks|checkout)", "pull-requests", "read"),
    (r"\bgh\s+issue\s+(?:comment|create|edit|close)", "issues", "write"),
    (r"\bgh\s+workflow\s+run", "actions", "write"),
    (r"\bgh\s+run\s+(?:list|view|download|watch)", "actions", "read"),
)


def _of_script(step: Step) -> Iterator[_Need]:
    assert step.run is not None
    text = step.run.text
    found = False
    for pattern, scope, level in _COMMANDS:
        if scope and _compiled(pattern).search(text):
            found = True
            yield scope, level, ""
    if "ghcr.io" in text and _reads_token(step):
        found = True
        yield "packages", "write", ""
    if _reads_token(step) and not found:
        what = step.name or f"step {step.number}"
        yield "", "", f"what `{what}` does with GitHub's token"


@lru_cache(maxsize=64)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


@lru_cache(maxsize=1)
def _rows() -> tuple[dict[str, tuple[tuple[str, str], ...]], tuple[tuple[str, str], ...]]:
    exact: dict[str, tuple[tuple[str, str], ...]] = {}
    for line in _TABLE.strip().splitlines():
        name, scopes, _ = (cell.strip() for cell in line.split("|"))
        exact[name] = tuple(
            (scope.partition(":")[0], scope.partition(":")[2]) for scope in scopes.split()
        )
    return exact, tuple((name[:-1], name) for name in exact if name.endswith("*"))


def _row(name: str) -> tuple[tuple[str, str], ...] | None:
    exact, beginnings = _rows()
    if name in exact:
        return exact[name]
    found = [full for beginning, full in beginnings if name.startswith(beginning)]
    return exact[max(found, key=len)] if found and name else None
