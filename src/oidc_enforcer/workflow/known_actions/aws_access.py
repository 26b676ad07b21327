"""How actions of others take AWS access: by which inputs or variables, and if they need keys."""

from __future__ import annotations

import enum
from functools import lru_cache

from oidc_enforcer.records import NamedTuple
from oidc_enforcer.workflow.known_actions.tables import Index, action_name, cells, find, index


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
    or a provider, and so tell whose keys they are. `since` is the major release from which on this
    is known of the session token, 0 where no release was seen to lack it.
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
    since: int = 0

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
    since: 18
    note: that action.yml takes a session token, and lacks an input which README says is new in v18
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
    return tuple(_known_action(cells(line), more) for line, more in rows)


def _known_action(row: list[str], more: dict[str, str]) -> KnownAction:
    name, inputs, kind, source = row
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
        since=int(more.get("since", "0")),
    )


@lru_cache(maxsize=1)
def _by_name() -> Index[KnownAction]:
    return index(known_actions())


@lru_cache(maxsize=4096)
def known_action(uses: str) -> KnownAction | None:
    """How the action that a step uses takes AWS access; None when nobody looked."""
    return find(_by_name(), action_name(uses))
