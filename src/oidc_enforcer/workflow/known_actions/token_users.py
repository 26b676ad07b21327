"""Who asks GitHub for the job's OIDC token: actions, and words of scripts."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from oidc_enforcer.records import NamedTuple
from oidc_enforcer.workflow.known_actions.aws_access import AwsAccess, known_action
from oidc_enforcer.workflow.known_actions.tables import Index, action_name, cells, find, index


class TokenUser(NamedTuple):
    """An action that asks for the job's OIDC token: always, or `when` one of the names is given."""

    name: str
    when: frozenset[str]
    source: str


#: Name; inputs or variables of which one must be given; source.
_TOKEN_TABLE = """
aws-actions/configure-aws-credentials | role-to-assume | src/index.ts at 6.2.3
nrccua/github-action-install-awscli | aws_iam_role | action.yml@304517b9
mad-pixels/github-workflows/* | role_to_assume | internal/aws-auth/action.yml@1469af88
oidc-enforcer/oidc-enforcer | aws-role-to-assume | our own action.yml
catnekaise/* | | action.yml@0bca1930
google-github-actions/auth | workload_identity_provider | action.yml@12ea1f12
azure/login | client-id | action.yml@06f20c52
aliyun/configure-aliyun-credentials-action | | README
actions/attest* | | docs.github.com, artifact attestations: id-token: write
actions/deploy-pages | | README: id-token: write
actions/publish-immutable-action | | README: id-token: write
sigstore/* | | docs.sigstore.dev: `cosign sign` takes the job's token by itself
slsa-framework/* | | README of slsa-github-generator: id-token: write
ossf/scorecard-action | publish_results | README; action.yaml@037e7b75
pypa/gh-action-pypi-publish | | the index's documentation of trusted publishers
rubygems/* | | action.yml@46657252 of configure-rubygems-credentials
rust-lang/crates-io-auth-action | | action.yml@05f529d3
nuget/login | | action.yml@6624e869
dart-lang/setup-dart | | dart.dev, automated publishing: id-token: write
js-devtools/npm-publish | | README: provenance, trusted publishing
docker/login-action | DOCKERHUB_OIDC_CONNECTIONID | its pull request 1048, since 4.5.0
docker/oidc-action | | docs.docker.com, OIDC connections
jfrog/setup-jfrog-cli | oidc-provider-name | action.yml@00769381
depot/* | | action.yml@11b21d01 of setup-action
octo-sts/action | | action.yml@43a7677c
chainguard-dev/* | | README of setup-chainctl: id-token: write
determinatesystems/* | | README: id-token: write, for FlakeHub
hashicorp/vault-action | method | docs.github.com, OIDC in HashiCorp Vault: `method: jwt`
pulumi/auth-actions | | action.yml@1ae13f1a
pulumi/esc-action | oidc-auth | action.yml@0a7617ca
infisical/secrets-action | method identity-id | action.yaml@108ed3b1
dopplerhq/secrets-fetch-action | auth-method | action.yml@1cf55a37
akeyless-community/akeyless-github-action | | docs.akeyless.io: id-token: write
cyberark/conjur-action | authn_id | action.yml@0334efa6
step-security/wait-for-secrets | | README@0b3ab172: id-token: write
step-security/harden-runner | policy | action.yml@018beb85
codecov/codecov-action | use_oidc | README
codecov/test-results-action | use_oidc | README
codspeedhq/action | | use: by OIDC unless a token is given
tailscale/github-action | | tailscale.com, workload identity federation
"""

#: Actions that do not ask for the token, by what they do instead; their code was not read.
ABSTAINERS = {
    "works with GitHub's own token alone": """
        actions/checkout actions/cache actions/cache/save actions/cache/restore
        actions/upload-artifact actions/upload-artifact/merge actions/download-artifact
        actions/upload-pages-artifact actions/configure-pages actions/create-github-app-token
        actions/labeler actions/stale actions/dependency-review-action actions/first-interaction
        actions/add-to-project actions/delete-package-versions github/codeql-action/analyze
        github/codeql-action/autobuild github/codeql-action/upload-sarif dependabot/fetch-metadata
        dorny/paths-filter tj-actions/changed-files softprops/action-gh-release
        peter-evans/create-pull-request peter-evans/create-or-update-comment
        peter-evans/find-comment peter-evans/repository-dispatch geekyeggo/delete-artifact
        marocchino/sticky-pull-request-comment mikepenz/action-junit-report
        jamesives/github-pages-deploy-action peaceiris/actions-gh-pages
        googleapis/release-please-action google-github-actions/release-please-action
        """,
    "installs a tool; what later steps do with it is theirs": """
        actions/setup-node actions/setup-python actions/setup-go actions/setup-java
        actions/setup-dotnet ruby/setup-ruby pnpm/action-setup oven-sh/setup-bun
        astral-sh/setup-uv denoland/setup-deno shivammathur/setup-php subosito/flutter-action
        dtolnay/rust-toolchain actions-rs/toolchain swatinem/rust-cache sbt/setup-sbt
        snok/install-poetry arduino/setup-task microsoft/setup-msbuild ilammy/msvc-dev-cmd
        hashicorp/setup-terraform hashicorp/setup-packer opentofu/setup-opentofu
        terraform-linters/setup-tflint azure/setup-helm azure/setup-kubectl
        google-github-actions/setup-gcloud gradle/actions/setup-gradle
        gradle/actions/wrapper-validation gradle/wrapper-validation-action
        docker/setup-buildx-action docker/setup-qemu-action aws-actions/setup-sam
        unfor19/install-aws-cli-action chrislennon/action-aws-cli crazy-max/ghaction-import-gpg
        jlumbroso/free-disk-space
        """,
    "builds or describes an image; the provenance that BuildKit adds is not signed": """
        docker/build-push-action docker/bake-action docker/metadata-action
        """,
    "uses the AWS credentials that are there": """
        aws-actions/amazon-ecr-login aws-actions/amazon-ecs-render-task-definition
        aws-actions/amazon-ecs-deploy-task-definition aws-actions/aws-cloudformation-github-deploy
        aws-actions/aws-codebuild-run-build aws-actions/aws-secretsmanager-get-secrets
        reggionick/s3-deploy badsyntax/github-action-aws-cloudfront machulav/ec2-github-runner
        """,
    "reads the checkout and reports": """
        golangci/golangci-lint-action psf/black bridgecrewio/checkov-action
        aquasecurity/trivy-action aquasecurity/tfsec-action anchore/sbom-action
        anchore/scan-action coverallsapp/github-action sonarsource/sonarqube-scan-action
        sonarsource/sonarcloud-github-action
        """,
    "sends a message": """
        slackapi/slack-github-action 8398a7/action-slack rtcamp/action-slack-notify
        ravsamhq/notify-slack-action dawidd6/action-send-mail
        """,
}
_ABSTAINING = frozenset(name for names in ABSTAINERS.values() for name in names.split())

#: Of a script in lower case: programs that take the job's OIDC token by themselves.
_TOKEN_WORDS = (
    "actions_id_token_request",  # the variables by which any program asks
    "getidtoken",  # of @actions/core
    "cosign",
    "sigstore",
    "gitsign",
    "npm publish",  # of npm, pnpm and yarn
    "--provenance",
    "lerna publish",
    "changeset publish",
    "semantic-release",
    "uv publish",
    "pdm publish",
    "--trusted-publishing",
    "deno publish",
    "jsr publish",
    "goreleaser",
    "octo-sts",
    "--oidc",
    "arm_use_oidc",  # of Terraform's azurerm provider
)


def mentions_id_token(script: str) -> bool:
    """Whether a script names a program or a variable by which the job's OIDC token is asked for."""
    folded = script.lower()
    return any(word in folded for word in _TOKEN_WORDS)


@lru_cache(maxsize=1)
def token_users() -> tuple[TokenUser, ...]:
    """All rows of the table of actions that ask for the job's OIDC token."""
    rows = map(cells, _TOKEN_TABLE.strip().splitlines())
    return tuple(TokenUser(name, frozenset(when.split()), src) for name, when, src in rows)


@lru_cache(maxsize=1)
def _by_name() -> Index[TokenUser]:
    return index(token_users())


def uses_id_token(uses: str, given: Iterable[str] | None = None) -> bool | None:
    """Whether an action asks GitHub for the job's OIDC token; None when nobody looked.

    `given` are the inputs and variables that the step has: without them, an action that asks only
    in one of its modes counts as asking.
    """
    answer, wanted = _token_use(uses)
    if wanted and given is not None:
        return any(_folded(word) in wanted for word in given)
    return answer


@lru_cache(maxsize=4096)
def _token_use(uses: str) -> tuple[bool | None, frozenset[str]]:
    """The answer, and the inputs without one of which it would be no."""
    name = action_name(uses)
    user = find(_by_name(), name)
    if user is not None:
        return True, frozenset(map(_folded, user.when))
    if name in _ABSTAINING:
        return False, frozenset()
    known = known_action(uses)
    # NOTE: an action that asks for keys has no use for a token, unless it takes a role too.
    takes_keys = known is not None and known.access is not AwsAccess.AMBIENT and not known.role
    return False if takes_keys else None, frozenset()


def _folded(word: str) -> str:
    return word.lower().replace("-", "_")
