"""Third-party actions: how they take AWS access, whose credentials they bring, who asks for tokens.

All of it is data that somebody looked up, and every row says where. `action.yml@1b6cb1ac` is that
file at that commit, read on 2026-11-22; without a commit it was read earlier in that autumn. "use"
is what public workflows do. A name that ends in `*` stands for all that begin so.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable
from datetime import date
from functools import lru_cache
from typing import NamedTuple, Protocol, TypeVar


class AwsAccess(enum.Enum):
    """How an action comes by its AWS credentials."""

    KEYS_REQUIRED = "required"  # it refuses to work, or cannot, without a key pair
    KEYS_OR_AMBIENT = "optional"  # keys may be given; else the environment's are used
    AMBIENT = "ambient"  # the environment's only: variables, profile, instance role
    REGISTRY = "registry"  # the login is a key pair when the registry is ECR; else it is no key


class Through(enum.Enum):
    """Where the names in a row are given."""

    INPUTS = "with"
    ENV = "env"


class KnownAction(NamedTuple):
    """One action. The first names are those of inputs or variables, "" where it has none.

    `credentials_file` takes the text of a whole credentials file. `role` takes a role that is
    assumed by OIDC; a role that is assumed *with* the keys is in the note. `hints` take an endpoint
    or a provider, and so tell whose keys they are.
    """

    name: str
    key_id: str
    secret: str
    session_token: str
    access: AwsAccess
    through: Through
    source: str
    credentials_file: str = ""
    role: str = ""
    hints: tuple[str, ...] = ()
    note: str = ""

    @property
    def needs_static_keys(self) -> bool:
        """Whether temporary credentials cannot be handed to it: no place for a session token."""
        return self.access is AwsAccess.KEYS_REQUIRED and not self.session_token


#: Name; inputs or variables for key id, secret, session token; access, through what; source.
#: Indented: what else there is to say of the row above.
_ACTION_TABLE = """
aws-actions/configure-aws-credentials | {kebab-token} | optional with | action.yml, index.ts @6.2.3
    role: role-to-assume
    note: a key id wins over the role: the keys then assume it, and OIDC is not used
docker/login-action | username password | registry with | action.yml@087884b3, src/aws.ts
    hints: registry ecr
    note: for ECR the login is a key pair; `AWS` and a password is a token; none given: ambient
mr-smithers-excellent/docker-build-push | username password | registry with | action.yml@099225b4
    hints: registry
    note: for ECR it reads AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY from the environment
einaregilsson/beanstalk-deploy | {short} aws_session_token | required with | action.yml@02687fd5
appleboy/lambda-action | {snake-token} | optional with | action.yml@1b6cb1ac
shallwefootball/s3-upload-action | {key-id} | required with | action.yml
    hints: endpoint
shallwefootball/upload-s3-action | {key-id} | required with | action.yml@03f642ac
    hints: endpoint
dusyanthmaniks/s3fileupload | {key-id} | required with | action.yml@7a29060d
hkusu/s3-upload-action | {kebab} | required with | action.yml@2dd3d668
sellpy/s3-upload-action | aws_secret_access_key_id aws_secret_access_key | required with | {sellpy}
    note: the id's input has `secret` in its name
bshelling/s3upload-action | keyid accesskey | required with | action.yml@23939279
    note: `accesskey` is the secret
ably/sdk-upload-action | s3AccessKeyId s3AccessKey | required with | action.yml@16bc5495
    note: `s3AccessKey` is the secret
noelware/s3-action | access-key secret-key | required with | action.yml@0f01fa1e
    hints: endpoint use-wasabi
matdave/s3-action | access-key secret-key | required with | action.yml@f346edce
    hints: endpoint-override
keithweaver/aws-s3-github-action | {snake-token} | optional with | action.yml@087001f8
leroy-merlin-br/action-s3-cache | {kebab} | required with | action.yml@23734ad3
    hints: endpoint
whywaita/actions-cache-s3 | {kebab-token} | optional with | action.yml@b2bce2db
    hints: aws-endpoint
tespkg/actions-cache | accessKey secretKey sessionToken | required with | action.yml@036b0ae8
    hints: endpoint
    note: `endpoint` is s3.amazonaws.com unless given
s3-actions/s3cmd | access_key secret_key | required with | use; action.yml@09963a00 has no inputs
    hints: provider
jwalton/gh-ecr-push | access-key-id secret-access-key | required with | action.yml@314a0bfc
jwalton/gh-ecr-login | access-key-id secret-access-key | optional with | action.yml@2a9619ec
kciter/aws-ecr-action | access_key_id secret_access_key | required with | action.yml@03115c66
    note: `assume_role` is assumed with the keys
elgohr/ecr-login-action | access_key secret_access_key | required with | action.yml@29e986ac
digital-ai/push-ecr-action | {kebab} | required with | action.yml@18f19e41
hands-lab/push-ecr-action | {kebab} | required with | README
    note: now digital-ai/push-ecr-action
aexeagmbh/gh-actions-docker-compose-up | {kebab} | optional with | action.yml@017ae431
    note: without keys it logs in to no ECR
gagoar/invoke-aws-lambda | {upper-token} | required with | action.yml@15f59770
dydxprotocol/invoke-aws-lambda | {upper-token} | required with | action.yml
say8425/aws-secrets-manager-actions | {upper} | required with | action.yml@0eaea6fd
abhilash1in/aws-secrets-manager-action | {kebab} | required with | action.yml@0fa56794
entrecode/action.frontend-deploy | {upper} | required with | README
sourcetoad/aws-codedeploy-action | {short} | required with | action.yaml@12f4ba60
ianbelcher/eks-kubectl-action | {snake} | required with | action.yml@02bf0fd8
bitovi/github-actions-deploy-docker-to-ec2 | {snake-token} | optional with | action.yaml
bitovi/github-actions-deploy-eks-helm | {kebab} | optional with | action.yaml
bitovi/github-actions-deploy-static-site-to-aws | {snake} | optional with | action.yaml@00f94893
    note: `aws_role_to_assume` is assumed with the keys; without keys it is ignored
nextchaptersoftware/ec2-action-builder | {snake-token} | required with | action.yaml@23e2bc9d
    note: `aws_iam_role_arn` is assumed with the keys
nrccua/github-action-install-awscli | {key-id} | optional with | action.yml@304517b9
    role: aws_iam_role
oryanmoshe/ecs-wait-action | {kebab} | required with | action.yml@bfbd4d0e
silinternational/ecs-deploy | {short} | optional with | action.yml@005b8a44
    note: inputs in `_cmd` are flags; `aws_assume_role` is assumed with the keys
peterkimzz/aws-ssm-send-command | {kebab} | required with | action.yml@013baaec
inmar/actions-sns-tag-alert | aws_key_id aws_secret_key | required with | action.yml@36c240c5
newrelic/infrastructure-publish-action | {snake} | required with | action.yml@026f4ef5
    note: `aws_role_arn` is required, and assumed with the keys
mammutmw/usc-rotate-keys-gha | aws_access_key aws_secret_access_key | required with | action.yml
    note: rotates the keys of an IAM user: static by construction
onshape/configure-build-credentials | aws-access-key aws-secret-key | optional with | {onshape}
    note: its README calls them aws-access-key-id and aws-secret-access-key
mad-pixels/github-workflows/* | {short} | optional with | internal/aws-auth/action.yml@1469af88
    role: role_to_assume
    note: the role wins over the keys; some of its actions spell the inputs out
utrustdev/actions-push-s3-cloudfront | | required with | README
    credentials_file: aws_credentials
gmo-media/tofu-actions/setup-aws-credentials | | required with | action.yml@d44b551f
    credentials_file: aws_credentials
possie-engine/gha-terragrunt | | required env | README
    credentials_file: AWS_CREDENTIALS
jakejarvis/s3-sync-action | {upper} | required env | README
    hints: AWS_S3_ENDPOINT
    note: copies the pair to a profile without the session token, so temporary keys fail
chetan/invalidate-cloudfront-action | {upper} | required env | entrypoint.sh@00aa3e59
    note: copies the pair to a profile without the session token, so temporary keys fail
prewk/s3-cp-action | {upper} | required env | entrypoint.sh@09b536f0
    hints: AWS_S3_ENDPOINT
    note: copies the pair to a profile without the session token, so temporary keys fail
zdurham/s3-upload-github-action | {upper} | required env | entrypoint.sh@161dfa69
    note: copies the pair to a profile without the session token, so temporary keys fail
kneemaa/github-action-rotate-aws-secrets | {upper} | required env | action.yml@0706ac45
    note: rotates the keys of an IAM user: static by construction
koraykoska/s3-upload-github-action | {s3} | required env | README@0186b1e8
    hints: S3_ENDPOINT
    note: for any store that speaks S3
kaskadi/action-s3cp | AWS_KEY_ID AWS_KEY_SECRET | required env | README@0d7a29dd
nordcloud/aws-assume-role | {upper-token} | ambient env | README@cbfc9404
    note: assumes the role in `args` with the environment's keys, and exports the session
reggionick/s3-deploy | {upper-token} | ambient env | action.yml@05927608
badsyntax/github-action-aws-cloudfront | {upper-token} | ambient env | action.yml@1e901662
serverless/github-action | {upper-token} | ambient env | action.yml@033f5243
    note: `aws-credentials` is a switch, not a key
kodermax/kubectl-aws-eks | {upper-token} | ambient env | entrypoint.sh@07bc6868
hmanzur/actions-aws-eb | {upper-token} | ambient env | action.yml@293d22b9
youyo/aws-cdk-github-actions | {upper-token} | ambient env | action.yml
mariamrf/py-lambda-action | {upper-token} | ambient env | entrypoint.sh@06daca06
dflook/terraform-* | {upper-token} | ambient env | action.yml
machulav/ec2-github-runner | {upper-token} | ambient env | action.yml@00d75de4
    note: `iam-role-name` is the role of the instance that it starts
webfactory/create-aws-codedeploy-deployment | {upper-token} | ambient env | action.yml
yyoshiki41/ecs-run-task-action | {upper-token} | ambient env | action.yml
runs-on/cache | {upper-token} | ambient env | action.yml
everpcpc/actions-cache | {upper-token} | ambient env | action.yml
dsfx3d/action-aws-ses | {upper-token} | ambient env | use
springworks/deploy-to-ecs | {upper-token} | ambient env | use
racl/kube | {upper-token} | ambient env | use
andrcuns/allure-publish-action | {upper-token} | ambient env | use
peter-evans/s3-backup | {upper-token} | ambient env | use
infracost/actions/* | {upper-token} | ambient env | use
pulumi/actions | {upper-token} | ambient env | use
hashicorp/setup-terraform | {upper-token} | ambient env | use
    note: for the `terraform` of later steps
aws-actions/* | {upper-token} | ambient env | action.yml of amazon-ecr-login and others
"""
#: What stands in braces in the table: spellings that many actions share.
_SPELLINGS = {
    "{kebab}": "aws-access-key-id aws-secret-access-key",
    "{kebab-token}": "aws-access-key-id aws-secret-access-key aws-session-token",
    "{snake}": "aws_access_key_id aws_secret_access_key",
    "{snake-token}": "aws_access_key_id aws_secret_access_key aws_session_token",
    "{upper}": "AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY",
    "{upper-token}": "AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN",
    "{short}": "aws_access_key aws_secret_key",
    "{key-id}": "aws_key_id aws_secret_access_key",
    "{s3}": "S3_ACCESS_KEY_ID S3_SECRET_ACCESS_KEY",
    "{sellpy}": "action.yml@262513c1",
    "{onshape}": "action.yml@1c61d7e1",
}


# -- actions that bring credentials ----------------------------------------------------------------


class BrokerKind(enum.Enum):
    """What the credentials are that an action brings into the job."""

    TEMPORARY = "temporary"  # a session of STS, or one that a person typed in; it expires
    BROKERED = "brokered"  # issued by a service on demand; they expire
    EXTERNAL_STORE = "external-store"  # stored values, long-lived unless a session token is there
    UNKNOWN = "unknown"


class Broker(NamedTuple):
    """An action that exports credentials, or that may."""

    name: str
    kind: BrokerKind
    note: str
    source: str


#: Name; kind; note; source.
_BROKER_TABLE = """
aws-actions/configure-aws-credentials | temporary | by role; keys alone are exported | index.ts
catnekaise/* | temporary | a Cognito identity pool's, by OIDC | action.yml@0bca1930
nordcloud/aws-assume-role | temporary | assumed with the environment's keys | README@cbfc9404
step-security/wait-for-secrets | temporary | typed in by a person during the run | README@0b3ab172
pulumi/esc-action | external-store | stored, but for sessions by `aws-login` | action.yml@0a7617ca
pulumi/auth-actions | brokered | Pulumi's token, for which ESC issues sessions | action.yml@1ae13f1a
hashicorp/vault-action | unknown | issued by `aws/creds` and `aws/sts`, else stored | README
akeyless-community/akeyless-github-action | unknown | dynamic or static secrets | docs.akeyless.io
lancemccarthy/akeyless-action | unknown | dynamic or static secrets | use
1password/load-secrets-action | external-store | `op://` references | action.yml@0a7975f9
aws-actions/aws-secretsmanager-get-secrets | external-store | Secrets Manager | action.yml@14df009e
say8425/aws-secrets-manager-actions | external-store | Secrets Manager | action.yml@0eaea6fd
abhilash1in/aws-secrets-manager-action | external-store | Secrets Manager | action.yml@0fa56794
infisical/secrets-action | external-store | Infisical | action.yaml@108ed3b1
dopplerhq/secrets-fetch-action | external-store | Doppler | action.yml@1cf55a37
dopplerhq/cli-action | external-store | Doppler, by commands in later steps | use
bitwarden/sm-action | external-store | Bitwarden Secrets Manager | action.yml@150e2435
cyberark/conjur-action | external-store | Conjur | action.yml@0334efa6
google-github-actions/get-secretmanager-secrets | external-store | Google Secret Manager | README
azure/get-keyvault-secrets | external-store | Azure Key Vault | README
keeper-security/ksm-action | external-store | Keeper | README
"""


# -- who asks GitHub for an OIDC token -------------------------------------------------------------


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
_ABSTAINERS = {
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
_ABSTAINING = frozenset(name for names in _ABSTAINERS.values() for name in names.split())

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


# -- releases of configure-aws-credentials ---------------------------------------------------------


class Runs(enum.Enum):
    """What GitHub does with a release, by the Node that its `action.yml` declares."""

    AS_DECLARED = "on the Node that it declares"
    ON_LATER_NODE = "on a later Node, and GitHub still documents the declared one"
    WITHDRAWN = "on a Node that GitHub removed and no longer documents"


class ReleaseStatus(NamedTuple):
    """A release of aws-actions/configure-aws-credentials; `since` when GitHub removed its Node."""

    major: str
    speaks_oidc: bool
    node: str
    runs: Runs
    since: date | None
    source: str

    @property
    def is_outdated(self) -> bool:
        """Whether it is too old for OIDC, or GitHub no longer says that it runs."""
        return not self.speaks_oidc or self.runs is Runs.WITHDRAWN


_BLOG = "github.blog/changelog/"
#: What became of each Node, when, and the article that says so. That on Node 16 says that its
#: actions can no longer be used; that on Node 20, that runners use Node 24 for them instead. The
#: reference of metadata syntax (docs.github.com, 2026-09-24) lists node20 and node24 alone.
_NODES: dict[str, tuple[Runs, date | None, str]] = {
    "node12": (
        Runs.WITHDRAWN,
        date(2023, 8, 14),
        f"{_BLOG}2023-07-17-github-actions-removal-of-node12-from-the-actions-runner",
    ),
    "node16": (
        Runs.WITHDRAWN,
        date(2024, 11, 12),
        f"{_BLOG}2024-09-25-end-of-life-for-actions-node16",
    ),
    "node20": (
        Runs.ON_LATER_NODE,
        date(2026, 9, 23),
        f"{_BLOG}2026-09-23-node-20-is-no-longer-available-in-github-actions",
    ),
    "node24": (
        Runs.AS_DECLARED,
        None,
        f"{_BLOG}2025-09-19-deprecation-of-node-20-on-github-actions-runners",
    ),
}
#: The Node of each major, by the action's CHANGELOG.md; `v1-node16` follows v2 (pull request 685).
_MAJORS = {
    "v1": "node12",
    "v1-node16": "node16",
    "v2": "node16",  # 2.0.0, 2023-03-06: Node 16
    "v3": "node16",  # 3.0.0, 2023-08-21
    "v4": "node20",  # 4.0.0, 2023-09-11: Node 20
    "v5": "node20",  # 5.0.0, 2025-09-03
    "v6": "node24",  # 6.0.0, 2026-02-04: Node 24
}
LATEST_MAJOR = "v6"
_FIRST_OIDC_MINOR = 6  # 1.6.0, 2021-11-23: "added OIDC"
_LONGEST_REF = 256  # characters


def release_status(ref: str, comment: str = "") -> ReleaseStatus | None:
    """The release that a ref of configure-aws-credentials names; None for what the table lacks.

    Branches move and commits are many, so they are unknown, unless `comment`, which stands behind
    a commit, names the version.
    """
    found = _version_of(ref.strip()[:_LONGEST_REF], comment[:_LONGEST_REF])
    if found is None:
        return None
    major = f"v{found['major']}{found['branch'] or ''}"
    if major not in _MAJORS:
        return None
    node = _MAJORS[major]
    # NOTE: the tag `v1` itself is 1.7.0, which speaks OIDC.
    minor = found["minor"]
    speaks_oidc = major != "v1" or minor is None or int(minor) >= _FIRST_OIDC_MINOR
    return ReleaseStatus(major, speaks_oidc, node, *_NODES[node])


def _version_of(ref: str, comment: str) -> re.Match[str] | None:
    is_commit = len(ref) == 40 and frozenset("0123456789abcdefABCDEF").issuperset(ref)
    if not is_commit:
        return _version().fullmatch(ref.removeprefix("refs/tags/"))
    # A number alone, without a `v` or a point, is no version when it stands in prose.
    versions = _version().finditer(comment)
    return next((found for found in versions if found["v"] or found["minor"]), None)


@lru_cache(maxsize=1)
def _version() -> re.Pattern[str]:
    return re.compile(
        r"(?<![\w.])(?P<v>v?)(?P<major>[1-9]\d?)(?:\.(?P<minor>\d{1,4})(?:\.\d{1,4})?)?"
        r"(?P<branch>-node16)?(?![\w.-])"
    )


# -- looking up ------------------------------------------------------------------------------------


class _HasName(Protocol):
    @property
    def name(self) -> str: ...


_Row = TypeVar("_Row", bound=_HasName)
#: Rows by full name, and rows by the beginning of a name; no two beginnings fit one name.
_Index = tuple[dict[str, _Row], tuple[tuple[str, _Row], ...]]


def _index(rows: Iterable[_Row]) -> _Index[_Row]:
    by_name = {row.name: row for row in rows}
    return by_name, tuple((name[:-1], by_name[name]) for name in by_name if name.endswith("*"))


def _find(index: _Index[_Row], name: str) -> _Row | None:
    by_name, beginnings = index
    found = by_name.get(name)
    if found is not None or not name:
        return found
    return next((row for beginning, row in beginnings if name.startswith(beginning)), None)


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.split("|")]


@lru_cache(maxsize=1)
def known_actions() -> tuple[KnownAction, ...]:
    """All rows of the table of how actions take AWS access."""
    table = _ACTION_TABLE
    for spelling, text in _SPELLINGS.items():
        table = table.replace(spelling, text)
    rows: list[tuple[str, dict[str, str]]] = []
    for line in table.strip().splitlines():
        if line.startswith(" "):
            field, _, value = line.strip().partition(": ")
            rows[-1][1][field] = value
        else:
            rows.append((line, {}))
    return tuple(_known_action(_cells(line), more) for line, more in rows)


def _known_action(cells: list[str], more: dict[str, str]) -> KnownAction:
    name, inputs, kind, source = cells
    key_id, secret, session_token = (*inputs.split(), "", "", "")[:3]
    access, through = kind.split()
    return KnownAction(
        name,
        key_id,
        secret,
        session_token,
        AwsAccess(access),
        Through(through),
        source,
        credentials_file=more.get("credentials_file", ""),
        role=more.get("role", ""),
        hints=tuple(more.get("hints", "").split()),
        note=more.get("note", ""),
    )


@lru_cache(maxsize=1)
def brokers() -> tuple[Broker, ...]:
    """All rows of the table of actions that bring credentials."""
    rows = map(_cells, _BROKER_TABLE.strip().splitlines())
    return tuple(Broker(name, BrokerKind(kind), note, source) for name, kind, note, source in rows)


@lru_cache(maxsize=1)
def token_users() -> tuple[TokenUser, ...]:
    """All rows of the table of actions that ask for the job's OIDC token."""
    rows = map(_cells, _TOKEN_TABLE.strip().splitlines())
    return tuple(TokenUser(name, frozenset(when.split()), src) for name, when, src in rows)


@lru_cache(maxsize=1)
def _indexes() -> tuple[_Index[KnownAction], _Index[Broker], _Index[TokenUser]]:
    return _index(known_actions()), _index(brokers()), _index(token_users())


@lru_cache(maxsize=4096)
def action_name(uses: str) -> str:
    """`owner/repo` or `owner/repo/path` in lower case; "" for local actions and images."""
    if len(uses) > _LONGEST_REF:
        return ""
    name = uses.strip().partition("@")[0].rstrip("/").lower()
    if "/" not in name or ":" in name or "$" in name or name.startswith((".", "/")):
        return ""
    return name.replace("/./", "/")


@lru_cache(maxsize=4096)
def known_action(uses: str) -> KnownAction | None:
    """How the action that a step uses takes AWS access; None when nobody looked."""
    return _find(_indexes()[0], action_name(uses))


@lru_cache(maxsize=4096)
def broker(uses: str) -> Broker | None:
    """The action that a step uses, when it brings credentials into the job."""
    return _find(_indexes()[1], action_name(uses))


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
    user = _find(_indexes()[2], name)
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
