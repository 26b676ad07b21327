"""What was looked up of each action: its evidence and its scopes, one row a line."""

from __future__ import annotations

#: Action; evidence; scopes (`scope:level?input=value` where an input decides).
TABLE = """
actions/checkout | README | contents:read
actions/cache | runner
actions/cache/restore | runner
actions/cache/save | runner
actions/upload-artifact | runner
actions/upload-artifact/merge | runner
actions/download-artifact | runner | actions:read?run-id
actions/setup-node | installs
actions/setup-python | installs
actions/setup-java | installs
actions/setup-go | installs
actions/setup-dotnet | installs
actions/setup-ruby | installs
actions/configure-pages | README | pages:read
actions/upload-pages-artifact | runner
actions/deploy-pages | README | pages:write
actions/labeler | README | contents:read pull-requests:write
actions/stale | README | issues:write pull-requests:write
actions/dependency-review-action | README | contents:read
actions/attest | README | attestations:write
actions/attest-build-provenance | README | attestations:write
actions/attest-sbom | README | attestations:write
actions/first-interaction | README | issues:write pull-requests:write
actions/create-release | README | contents:write
actions/upload-release-asset | README | contents:write
github/codeql-action/init | README | security-events:write actions:read
github/codeql-action/autobuild | README | security-events:write actions:read
github/codeql-action/analyze | README | security-events:write actions:read
github/codeql-action/upload-sarif | README | security-events:write actions:read
aws-actions/configure-aws-credentials | none
aws-actions/amazon-ecr-login | none
aws-actions/amazon-ecs-render-task-definition | none
aws-actions/amazon-ecs-deploy-task-definition | none
aws-actions/amazon-ecs-deploy-express-service | none
aws-actions/aws-cloudformation-github-deploy | none
aws-actions/aws-codebuild-run-build | none
aws-actions/aws-secretsmanager-get-secrets | none
aws-actions/aws-lambda-deploy | none
aws-actions/setup-sam | installs
docker/setup-buildx-action | installs
docker/setup-qemu-action | installs
docker/metadata-action | metadata
docker/build-push-action | none
docker/bake-action | none
docker/login-action | README | packages:write?registry=ghcr.io
hashicorp/setup-terraform | installs
hashicorp/setup-packer | installs
hashicorp/vault-action | none
hashicorp/packer-github-actions | none
hashicorp/tfc-workflows-github/actions/upload-configuration | none
hashicorp/tfc-workflows-github/actions/create-run | none
hashicorp/tfc-workflows-github/actions/apply-run | none
hashicorp/tfc-workflows-github/actions/plan-output | none
opentofu/setup-opentofu | installs
terraform-linters/setup-tflint | installs
autero1/action-terragrunt | installs
gruntwork-io/terragrunt-action | none
dflook/terraform-plan | none
dflook/terraform-apply | none
pulumi/actions | installs | pull-requests:write?comment-on-pr=true
infracost/actions/setup | installs
bridgecrewio/checkov-action | none
scottbrenner/cfn-lint-action | installs
azure/setup-kubectl | installs
azure/setup-helm | installs
azure/k8s-set-context | none
azure/k8s-create-secret | none
azure/k8s-bake | none
helm/kind-action | installs
imranismail/setup-kustomize | installs
actions-hub/kubectl | none
koslib/helm-eks-action | none
kodermax/kubectl-aws-eks | none
google-github-actions/auth | none
google-github-actions/setup-gcloud | installs
google-github-actions/get-gke-credentials | none
google-github-actions/get-secretmanager-secrets | none
google-github-actions/upload-cloud-storage | none
google-github-actions/deploy-cloudrun | none
google-github-actions/deploy-appengine | none
google-github-actions/deploy-cloud-functions | none
ruby/setup-ruby | installs
pnpm/action-setup | installs
oven-sh/setup-bun | installs
astral-sh/setup-uv | installs
denoland/setup-deno | installs
shivammathur/setup-php | installs
subosito/flutter-action | installs
conda-incubator/setup-miniconda | installs
volta-cli/action | installs
sbt/setup-sbt | installs
browniebroke/read-nvmrc-action | none
browser-actions/setup-chrome | installs
dtolnay/rust-toolchain | installs
actions-rs/toolchain | installs
actions-rs/cargo | none
actions-rs/install | installs
actions-rs/clippy-check | README | checks:write
swatinem/rust-cache | runner
gradle/gradle-build-action | runner
gradle/actions/setup-gradle | runner
gradle/actions/wrapper-validation | installs
gradle/wrapper-validation-action | installs
gradle/actions/dependency-submission | README | contents:write
snok/install-poetry | installs
abatilo/actions-poetry | installs
bahmutov/npm-install | runner
borales/actions-yarn | none
jwalton/gh-docker-logs | none
jwalton/gh-ecr-login | none
jwalton/gh-ecr-push | none
jlumbroso/free-disk-space | none
supercharge/redis-github-action | none
webfactory/ssh-agent | none
shimataro/ssh-key-action | none
tailscale/github-action | none
haythem/public-ip | none
appleboy/ssh-action | none
appleboy/scp-action | none
appleboy/telegram-action | none
appleboy/discord-action | none
appleboy/lambda-action | none
easingthemes/ssh-deploy | none
burnett01/rsync-deployments | none
wlixcc/sftp-deploy-action | none
samkirkland/ftp-deploy-action | none
jakejarvis/s3-sync-action | none
keithweaver/aws-s3-github-action | none
noelware/s3-action | none
s3-actions/s3cmd | none
chetan/invalidate-cloudfront-action | none
einaregilsson/beanstalk-deploy | none
noelzubin/aws-ecs-run-task | none
say8425/aws-secrets-manager-actions | none
kciter/aws-ecr-action | none
whoan/docker-build-with-cache-action | none
newrelic/infrastructure-publish-action | none
chrislennon/action-aws-cli | installs
unfor19/install-aws-cli-action | installs
serverless/github-action | none
dydxprotocol/invoke-aws-lambda | none
gagoar/invoke-aws-lambda | none
slackapi/slack-github-action | none
8398a7/action-slack | README | actions:read
rtcamp/action-slack-notify | none
ravsamhq/notify-slack-action | README | actions:read
act10ns/slack | none
juicedata/slack-notify-action | none
ilshidur/action-discord | none
sarisia/actions-status-discord | none
dawidd6/action-send-mail | none
fjogeleit/http-request-action | none
getsentry/action-release | none
expo/expo-github-action | installs
peter-evans/dockerhub-description | none
hadolint/hadolint-action | none
anchore/scan-action | none
sonarsource/sonarqube-scan-action | none
snyk/actions/setup | installs
cschleiden/replace-tokens | none
microsoft/variable-substitution | none
benjlevesque/short-sha | none
franzdiebold/github-env-vars-action | none
nrwl/nx-set-shas | README | actions:read contents:read
dorny/paths-filter | README | contents:read pull-requests:read
tj-actions/changed-files | README | contents:read pull-requests:read
tj-actions/branch-names | none
softprops/action-gh-release | README | contents:write
ncipollo/release-action | README | contents:write
goreleaser/goreleaser-action | README | contents:write
peter-evans/create-pull-request | README | contents:write pull-requests:write
peter-evans/create-or-update-comment | README | issues:write pull-requests:write
peter-evans/find-comment | README | issues:read pull-requests:read
peter-evans/repository-dispatch | README | contents:write
bobheadxi/deployments | README | deployments:write contents:read
marocchino/sticky-pull-request-comment | README | pull-requests:write
stefanzweifel/git-auto-commit-action | README | contents:write
peaceiris/actions-gh-pages | README | contents:write
jamesives/github-pages-deploy-action | README | contents:write
mikepenz/action-junit-report | README | checks:write pull-requests:write
dorny/test-reporter | README | actions:read checks:write contents:read
enricomi/publish-unit-test-result-action | README | checks:write pull-requests:write issues:read
golangci/golangci-lint-action | README | contents:read pull-requests:read
codecov/codecov-action | none
coverallsapp/github-action | metadata
aquasecurity/trivy-action | installs | contents:read
aquasecurity/setup-trivy | installs | contents:read
aquasecurity/tfsec-action | README | contents:read
aquasecurity/tfsec-pr-commenter-action | README | contents:read pull-requests:write
anchore/sbom-action | README | contents:write actions:read
amannn/action-semantic-pull-request | README | pull-requests:read
mathieudutour/github-tag-action | README | contents:write
anothrnick/github-tag-action | README | contents:write
rlespinasse/github-slug-action | none
nick-invision/retry | none
nick-fields/retry | none
ilammy/msvc-dev-cmd | none
microsoft/setup-msbuild | none
madhead/semver-utils | none
mxschmitt/action-tmate | metadata
lhotari/action-upterm | metadata
pypa/gh-action-pypi-publish | none
styfle/cancel-workflow-action | README | actions:write
chromaui/action | none
cypress-io/github-action | none
actions/create-github-app-token | none
azure/docker-login | none
azure/login | none
docker/setup-compose-action | none
docker/setup-docker-action | none
zachelrath/github-action-ecs-scale | none
webfactory/create-aws-codedeploy-deployment | none
machulav/ec2-github-runner | none
cloudflare/wrangler-action | none
superfly/flyctl-actions/setup-flyctl | none
digitalocean/action-doctl | none
mikefarah/yq | none
spicypizza/create-envfile | none
timheuer/base64-to-file | none
chuhlomin/render-template | none
andstor/file-existence-action | none
aszc/change-string-case-action | none
kanga333/variable-mapper | none
martinbeentjes/npm-get-version-action | none
notiz-dev/github-action-json-property | none
paulhatch/semantic-version | none
wyrihaximus/github-action-get-previous-tag | none
cloudposse/github-action-matrix-outputs-read | runner
crazy-max/ghaction-import-gpg | none
depot/setup-action | none
cachix/install-nix-action | installs
cachix/cachix-action | none
erlef/setup-beam | installs
jdx/mise-action | installs
asdf-vm/actions/install | installs
mamba-org/setup-micromamba | none
prefix-dev/setup-pixi | none
pdm-project/setup-pdm | installs
taiki-e/install-action | installs
actions-rust-lang/setup-rust-toolchain | none
android-actions/setup-android | none
maxim-lobanov/setup-xcode | none
coursier/setup-action | none
julia-actions/setup-julia | none
arduino/setup-protoc | installs
hendrikmuhs/ccache-action | none
lukka/get-cmake | none
satackey/action-docker-layer-caching | none
nanasess/setup-chromedriver | none
peaceiris/actions-hugo | none
sigstore/cosign-installer | none
yokawasa/action-setup-kube-tools | none
stefanprodan/kube-tools | none
helm/chart-testing-action | none
helm/chart-releaser-action | README | contents:write
terraform-docs/gh-actions | none | contents:write?git-push=true contents:write?tf_docs_git_push=true
pre-commit/action | none
psf/black | none
trufflesecurity/trufflehog | none
sonarsource/sonarcloud-github-action | README | contents:read pull-requests:read
sonarsource/sonarqube-quality-gate-action | none
treosh/lighthouse-ci-action | none
js-devtools/npm-publish | none
1password/load-secrets-action | none
dopplerhq/cli-action | none
dopplerhq/secrets-fetch-action | none
tibdex/github-app-token | none
jakejarvis/wait-action | none
joelwmale/webhook-action | none
distributhor/workflow-webhook | none
jdcargile/ms-teams-notification | none
voxmedia/github-action-slack-notify-build | none
archive/github-actions-slack | none
lazy-actions/slatify | README | contents:read
hmarr/auto-approve-action | README | pull-requests:write
thollander/actions-comment-pull-request | README | pull-requests:write
endbug/add-and-commit | README | contents:write
ad-m/github-push-action | README | contents:write
rickstaa/action-create-tag | README | contents:write
release-drafter/release-drafter | README | contents:write pull-requests:write
"""
