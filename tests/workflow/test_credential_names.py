"""What names say: first those that say nothing of a key, then every spelling of those that do."""

from __future__ import annotations

import string
import time
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oidc_enforcer.workflow.credential_names import Evidence, Half, Named, read_name
from oidc_enforcer.workflow.key_literals import LiteralKind, literal_kind
from oidc_enforcer.workflow.name_words import words
from oidc_enforcer.workflow.object_stores import (
    AWS_PROVIDER,
    LOCAL_PROVIDER,
    endpoint_stem,
    is_endpoint_name,
    provider_of_endpoint,
    provider_of_name,
    provider_of_region,
)

AWS, GENERIC, OTHER = Evidence.AWS, Evidence.GENERIC, Evidence.OTHER
ID, SECRET, TOKEN, PAIR = Half.ID, Half.SECRET, Half.TOKEN, Half.PAIR


def split(text: str) -> list[str]:
    return text.split()


# -- names that announce no key --------------------------------------------------------------------

NO_KEYS = split(
    """
AWS AWS_REGION AWS_PROFILE AWS_ROLE_ARN AWS_ROLE_TO_ASSUME role-to-assume AWS_ACCOUNT_ID
AMAZON_SECRET AMAZON_KEY AWS_BUCKET AWS_ECR_LOGIN_URI AWS_WEB_IDENTITY_TOKEN_FILE AWS_CONFIG_FILE
AWS_SHARED_CREDENTIALS_FILE AWS_CREDENTIALS_PATH AWS_CREDENTIALS_PROFILE AWS_CREDENTIALS_ID
AWS_SECRET_ID AWS_SECRET_NAME AWS_SECRET_ARN AWS_SECRETS AWS_SECRETS_MANAGER AWS_SECRET_TOKEN
AWS_KEY_NAME AWS_KEY_PAIR AWS_KEY_PATH AWS_KEY_FILE AWS_KEY_STORE AWS_EC2_KEY_PAIR_NAME
AWS_PRIVATE_KEY AWS_PUBLIC_KEY AWS_SSH_KEY AWS_SERVICE_SSH_KEY EC2_SSH_PRIVATE_KEY SSH_KEY
AWS_KMS_KEY_ID KMS_KEY_ID AWS_SIGNING_KEY_ID GPG_KEY_ID JAVA_SIGNING_KEY_ID APPLE_API_KEY_ID
AWS_ACCESS_KEY_ID_FILE AWS_ACCESS_KEY_NAME aws_access_key_cmd AWS_ACCESS_KEY_ROTATION_DAYS
HAS_AWS_ACCESS_KEY_ID unset-aws-access-key-id USE_AWS_SECRET_KEY configure-aws-credentials
S3_KEY s3-key SCCACHE_S3_KEY_PREFIX AWS_S3_TERRAFORM_STATE_OBJECT_KEY BASE64_KEY KEY_NAME
ARROW_GPG_SECRET_KEY OSSRH_GPG_SECRET_KEY DJANGO_SECRET_KEY AGE_SECRET_KEY STRIPE_SECRET_KEY
API_SECRET_KEY SECRET_KEY_BASE JWT_SECRET_KEY AUTH_SESSION_TOKEN API_KEY_SECRET
PULUMI_ACCESS_TOKEN GITHUB_TOKEN accessToken NPM_TOKEN ID_TOKEN CONTRIB_DOCKER_USR
vault_secret_id SECRET_ID RELEASE_CN_SECRET SECRET SECRETS KEY ID TOKEN CREDENTIALS CREDS
MONGODB_ATLAS_PUBLIC_KEY GCLOUD_SERVICE_KEY keycloak monkey accessKeys
"""
)


@pytest.mark.parametrize("name", ["", "_", "-", "🔑", "${{", *NO_KEYS])
def test_names_that_announce_no_key(name: str) -> None:
    assert read_name(name) is None


@pytest.mark.parametrize(
    ("name", "provider"),
    [
        ("SAUCE_ACCESS_KEY", "Sauce Labs"),
        ("SERVERLESS_ACCESS_KEY", "Serverless Dashboard"),
        ("BUILDPULSE_ACCESS_KEY_ID", "BuildPulse"),
        ("AZURE_STORAGE_ACCESS_KEY", "Azure"),
        ("ARM_ACCESS_KEY", "Azure"),
        ("R2_ACCESS_KEY_ID", "Cloudflare R2"),
        ("R2_SECRET", "Cloudflare R2"),
        ("AWS_R2_ACCESS_KEY_ID", "Cloudflare R2"),
        ("CF_ACCESS_KEY_ID", "Cloudflare R2"),
        ("B2_SECRET_ACCESS_KEY", "Backblaze B2"),
        ("DO_ACCESS_KEY", "DigitalOcean Spaces"),
        ("SPACES_SECRET_KEY", "DigitalOcean Spaces"),
        ("HETZNER_CACHE_ACCESS_KEY", "Hetzner"),
        ("MINIO_AWS_SECRET_ACCESS_KEY", "MinIO"),
        ("TENCENT_CLOUD_SECRET_KEY", "Tencent Cloud"),
        ("OSS_ACCESS_KEY_SECRET", "Alibaba Cloud"),
        ("GCS_HMAC_ACCESS_ID", "Google Cloud Storage"),
        ("SCW_ACCESS_KEY", "Scaleway"),
        ("AWS_ACCESS_KEY_ID_WASABI", "Wasabi"),
        ("r2AccessKeyId", "Cloudflare R2"),
    ],
)
def test_keys_of_others_name_their_owner(name: str, provider: str) -> None:
    named = read_name(name)
    assert named is not None
    assert (named.evidence, named.provider) == (OTHER, provider)


# -- names of AWS keys -----------------------------------------------------------------------------

READINGS = [
    ("AWS_ACCESS_KEY_ID", ID, "", AWS),
    ("AWS_ACCESS_KEY", ID, "", AWS),
    ("AWS_KEY_ID", ID, "", AWS),
    ("AWS_KEY", ID, "", AWS),
    ("AWS_USR", ID, "", AWS),
    ("aws_access_id", ID, "", AWS),
    ("AWSAccessKeyId", ID, "", AWS),
    ("AWSACCESSKEYID", ID, "", AWS),
    ("AWS_SECRET_ACCESS_KEY_ID", ID, "", AWS),
    ("AWS_SECRET_ACCESS_KEY", SECRET, "", AWS),
    ("AWS_SECRET_KEY", SECRET, "", AWS),
    ("AWS_SECRET", SECRET, "", AWS),
    ("AWS_ACCESS_SECRET", SECRET, "", AWS),
    ("AWS_KEY_SECRET", SECRET, "", AWS),
    ("AWS_PSW", SECRET, "", AWS),
    ("AWS_SESSION_TOKEN", TOKEN, "", AWS),
    ("AWS_SECURITY_TOKEN", TOKEN, "", AWS),
    ("X_AWS_AK", ID, "x_aws", AWS),
    ("X_AWS_SK", SECRET, "x_aws", AWS),
    ("CI_COVERAGE_AWS_TOKEN", TOKEN, "ci_coverage_aws", AWS),
    ("PROD_AWS_ACCESS_KEY_ID", ID, "prod_aws", AWS),
    ("AWS_ACCESS_KEY_ID_PROD", ID, "aws_prod", AWS),
    ("AWS_ACCESS_KEY_ES", ID, "aws_es", AWS),
    ("AWS_SECRET_ACCESS_KEY_ES", SECRET, "aws_es", AWS),
    ("AWS_ACCESS_KEY_ID2", ID, "aws_2", AWS),
    ("AWS_SECRET_ACCESS_KEY_2", SECRET, "aws_2", AWS),
    ("TF_VAR_aws_access_key", ID, "tf_var_aws", AWS),
    ("target-aws-access-key-id", ID, "target_aws", AWS),
    ("AWS_ROLE_ACCESS_KEY_ID", ID, "aws_role", AWS),
    ("AWS_EB_ACCESS_SECRET", SECRET, "aws_eb", AWS),
    ("CF_AWS_ACCESS_KEY_ID", ID, "cf_aws", AWS),
    ("B2B_AWS_ACCESS_KEY_ID", ID, "b2b_aws", AWS),
    ("IDP_AWS_ACCESSKEY", ID, "idp_aws", AWS),
    ("ECR_ACCESS_KEY_ID", ID, "ecr", AWS),
    ("AMAZON_ACCESS_KEY_ID", ID, "", AWS),
    ("PULUMI_AWS_ACCESS_KEY_ID", ID, "pulumi_aws", AWS),
    ("REDSHIFT_TEST_IAM_ROLE_SECRET_ACCESS_KEY", SECRET, "redshift_test_iam_role", AWS),
    ("ACCESS_KEY_ID", ID, "", GENERIC),
    ("keyid", ID, "", GENERIC),
    ("accesskey", ID, "", GENERIC),
    ("--access-key", ID, "", GENERIC),
    ("--secret_key", SECRET, "", GENERIC),
    ("SESSION_TOKEN", TOKEN, "", GENERIC),
    ("security_token", TOKEN, "", GENERIC),
    ("S3_ACCESS_KEY", ID, "s3", GENERIC),
    ("s3AccessKeyId", ID, "s3", GENERIC),
    ("S3ACCESSKEY", ID, "s3", GENERIC),
    ("s3AccessKey", ID, "s3", GENERIC),
    ("GT_S3_ACCESS_KEY_ID", ID, "gt_s3", GENERIC),
    ("DUCKDB_CORE_EXTENSION_S3_ID", ID, "duckdb_core_extension_s3", GENERIC),
    ("DUCKDB_CORE_EXTENSION_S3_SECRET", SECRET, "duckdb_core_extension_s3", GENERIC),
    ("RCLONE_CONFIG_R_ACCESS_KEY_ID", ID, "rclone_config_r", GENERIC),
    ("NODE_PRE_GYP_SECRETACCESSKEY", SECRET, "node_pre_gyp", GENERIC),
    ("RELEASE_CN_KEY_ID", ID, "release_cn", GENERIC),
    ("AWS_CREDENTIALS", PAIR, "aws_credentials", AWS),
    ("aws-credentials", PAIR, "aws_credentials", AWS),
    ("awsCreds", PAIR, "aws_creds", AWS),
    ("AWS_CREDENTIALS_FILE", PAIR, "aws_file_credentials", AWS),
    ("PROD_AWS_CREDENTIALS_BASE64", PAIR, "prod_aws_base64_credentials", AWS),
    ("AWS_BEARER_TOKEN_BEDROCK", PAIR, "aws_bearer_token_bedrock", AWS),
    ("BEDROCK_API_KEY", PAIR, "bedrock_api_key", AWS),
]


@pytest.mark.parametrize(("name", "half", "stem", "evidence"), READINGS)
def test_readings(name: str, half: Half, stem: str, evidence: Evidence) -> None:
    assert read_name(name) == Named(half, stem, evidence)


# -- laws ------------------------------------------------------------------------------------------

#: Words that mean nothing here, so that they may stand in any name.
PLAIN = ["blaze", "ci", "dev", "files", "gt", "legacy", "team", "x", "e2e", "eu"]
PHRASES = {
    ID: ["aws access key id", "access key id", "aws key id", "s3 access key", "r2 access key"],
    SECRET: ["aws secret access key", "secret access key", "aws secret key", "s3 secret key"],
    TOKEN: ["aws session token", "session token"],
}
plain = st.lists(st.sampled_from(PLAIN), max_size=3)
halves = st.sampled_from([(half, text) for half, texts in PHRASES.items() for text in texts])
SPELLINGS: dict[str, Callable[[list[str]], str]] = {
    "UPPER_SNAKE": lambda parts: "_".join(parts).upper(),
    "lower_snake": "_".join,
    "kebab-case": "-".join,
    "UPPER-KEBAB": lambda parts: "-".join(parts).upper(),
    "dotted.name": ".".join,
    "PascalCase": lambda parts: "".join(part.capitalize() for part in parts),
    "camelCase": lambda parts: parts[0] + "".join(part.capitalize() for part in parts[1:]),
    "--flag": lambda parts: "--" + "-".join(parts),
}


@given(plain, halves, plain)
def test_every_spelling_of_a_name_reads_the_same(
    before: list[str], half: tuple[Half, str], after: list[str]
) -> None:
    # NOTE: `e2e` and single letters have no boundary that a capital could show.
    unclear = {"e2e", "x"}
    parts = [part for part in (*before, *half[1].split(), *after) if part not in unclear]
    readings = {style: read_name(spell(parts)) for style, spell in SPELLINGS.items()}
    assert len(set(readings.values())) == 1, readings


@given(plain, halves, plain)
def test_what_stands_around_a_phrase_never_changes_its_half(
    before: list[str], half: tuple[Half, str], after: list[str]
) -> None:
    bare = read_name(half[1].replace(" ", "_"))
    named = read_name("_".join([*before, *half[1].split(), *after]))
    assert named is not None
    assert bare is not None
    assert (named.half, named.evidence, named.provider) == (half[0], bare.evidence, bare.provider)
    assert (named.half, named.evidence) == (bare.half, bare.evidence)


@given(plain, plain, st.sampled_from(["aws", "s3", "aws_s3", "r2", ""]))
def test_the_halves_of_a_pair_share_their_stem(
    before: list[str], after: list[str], store: str
) -> None:
    def stem(phrase: str) -> str | None:
        named = read_name("_".join(part for part in (*before, store, phrase, *after) if part))
        return named.stem if named else None

    assert stem("access_key_id") == stem("secret_access_key") == stem("session_token") is not None


@given(st.text())
def test_no_name_is_too_strange(name: str) -> None:
    named = read_name(name)
    assert named is None or named.half in Half
    assert words(name) == words(name.strip())
    assert is_endpoint_name(name) is (endpoint_stem(name) is not None)
    assert provider_of_region(name) != AWS_PROVIDER
    assert provider_of_name(name) != AWS_PROVIDER
    assert provider_of_endpoint(name) != ""
    assert literal_kind(name) in LiteralKind


@pytest.mark.parametrize("text", ["A", "aA", "a.", "${{", "$(", "AKIA", "_", "[", "9", "://"])
def test_hostile_names_cost_nothing(text: str) -> None:
    hostile = text * 200_000
    before = time.process_time()
    for read in (read_name, endpoint_stem, provider_of_name, provider_of_endpoint, literal_kind):
        read(hostile)
    assert time.process_time() - before < 1


# -- providers by name, endpoint and region --------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        "",
        "AWS_ACCESS_KEY_ID",
        "CF_AWS_SECRET_KEY",
        "AWS_OSS_BUCKET",
        "DOCS_BUCKET",
        "CFN_STACK",
        "OSSRH_USERNAME",
        "COSIGN_KEY",
        "S3_ENDPOINT",
        "DOT_FILES",
        "R2D2",
        "AB2_KEY",
    ],
)
def test_names_without_another_provider(name: str) -> None:
    assert provider_of_name(name) is None


@pytest.mark.parametrize(
    ("name", "provider"),
    [
        ("R2_BUCKET", "Cloudflare R2"),
        ("AWS_R2_BUCKET", "Cloudflare R2"),
        ("CLOUDFLARE_ACCOUNT_ID", "Cloudflare R2"),
        ("cf-bucket", "Cloudflare R2"),
        ("B2_KEY", "Backblaze B2"),
        ("DO_SPACES_KEY", "DigitalOcean Spaces"),
        ("doSpacesKey", "DigitalOcean Spaces"),
        ("WASABI_KEY", "Wasabi"),
        ("SCW_KEY", "Scaleway"),
        ("YC_KEY", "Yandex Cloud"),
        ("HETZNER_CACHE_ENDPOINT", "Hetzner"),
        ("EXOSCALE_KEY", "Exoscale"),
        ("GT_MINIO_BUCKET", "MinIO"),
        ("OSS_KEY", "Alibaba Cloud"),
        ("ALIYUN_KEY", "Alibaba Cloud"),
        ("TENCENT_KEY", "Tencent Cloud"),
        ("COS_KEY", "Tencent Cloud"),
        ("TOS_KEY", "Volcengine"),
        ("OVH_KEY", "OVHcloud"),
        ("LINODE_KEY", "Linode"),
        ("GCS_HMAC_KEY", "Google Cloud Storage"),
    ],
)
def test_names_with_another_provider(name: str, provider: str) -> None:
    assert provider_of_name(name) == provider


@pytest.mark.parametrize(
    "text",
    [
        "",
        "http://",
        "${{ secrets.S3_ENDPOINT }}",
        "${{ vars.REGION }}.${{ vars.ENDPOINT }}",
        "http://${{ secrets.HOST }}:9000",
        "$S3_ENDPOINT",
        "${S3_ENDPOINT}",
        "https://s3.example.com",
        "https://amazonaws.com.example.org",
        "https://evil-amazonaws.com",
        "us-east-2",
        "s3",
        "s3://bucket/key",
        "arn:aws:s3:::bucket",
        "8.8.8.8:9000",
    ],
)
def test_endpoints_that_tell_nothing(text: str) -> None:
    assert provider_of_endpoint(text) is None


@pytest.mark.parametrize(
    ("text", "provider"),
    [
        ("https://s3.amazonaws.com", AWS_PROVIDER),
        ("s3.amazonaws.com", AWS_PROVIDER),
        ("https://bucket.s3.eu-west-1.amazonaws.com/path?x=1", AWS_PROVIDER),
        ("https://s3.${{ inputs.region }}.amazonaws.com", AWS_PROVIDER),
        ("https://s3.$AWS_REGION.amazonaws.com", AWS_PROVIDER),
        ("https://s3.cn-north-1.amazonaws.com.cn", AWS_PROVIDER),
        ("HTTPS://S3.DUALSTACK.API.AWS", AWS_PROVIDER),
        ("https://${{ secrets.ID }}.r2.cloudflarestorage.com", "Cloudflare R2"),
        ("https://nyc3.digitaloceanspaces.com", "DigitalOcean Spaces"),
        ("https://s3.eu-central-003.backblazeb2.com", "Backblaze B2"),
        ("s3.wasabisys.com", "Wasabi"),
        ("https://s3.fr-par.scw.cloud", "Scaleway"),
        ("https://fsn1.your-objectstorage.com", "Hetzner"),
        ("https://storage.yandexcloud.net", "Yandex Cloud"),
        ("https://storage.googleapis.com", "Google Cloud Storage"),
        ("https://s3.gra.io.cloud.ovh.net/", "OVHcloud"),
        ("https://sos-ch-dk-2.exo.io", "Exoscale"),
        ("http://localhost:4566", LOCAL_PROVIDER),
        ("'http://127.0.0.1:9000'", LOCAL_PROVIDER),
        ("0.0.0.0:9000", LOCAL_PROVIDER),
        ("http://[::1]:9000", LOCAL_PROVIDER),
        ("http://user:word@172.17.0.1:9000", LOCAL_PROVIDER),
        ("http://host.docker.internal:9000", LOCAL_PROVIDER),
        ("http://minio:$PORT", LOCAL_PROVIDER),
        ("storage:9000", LOCAL_PROVIDER),
        ("http://store", LOCAL_PROVIDER),
        ("minio", LOCAL_PROVIDER),
        ("http://s3.localhost.localstack.cloud:4566", LOCAL_PROVIDER),
        ("http://minio.default.svc.cluster.local", LOCAL_PROVIDER),
    ],
)
def test_endpoints(text: str, provider: str) -> None:
    assert provider_of_endpoint(text) == provider


@pytest.mark.parametrize(
    ("region", "provider"),
    [
        ("us-east-1", None),
        ("eu-central-1", None),
        ("cn-north-1", None),
        ("us-gov-west-1", None),
        ("${{ vars.REGION }}", None),
        ("", None),
        ("eu-central-03", None),
        ("eu-central-00x", None),
        ("auto", "Cloudflare R2"),
        ("NYC3", "DigitalOcean Spaces"),
        ("fr-par", "Scaleway"),
        ("ru-central1", "Yandex Cloud"),
        ("eu-central-003", "Backblaze B2"),
        ("us-west-004", "Backblaze B2"),
    ],
)
def test_regions(region: str, provider: str | None) -> None:
    assert provider_of_region(region) == provider


@pytest.mark.parametrize(
    "name",
    [
        "",
        "AWS_ACCESS_KEY_ID",
        "sts-endpoint",
        "VPC_ENDPOINT",
        "BLAZE_ELASTICSEARCH_ENDPOINT",
        "aws-s3-bucket-endpoint",
        "USE_ENDPOINT",
        "API_ENDPOINT",
        "mon_endpoints",
        "ENDPOINT_NAME",
        "endpointless",
    ],
)
def test_names_that_carry_no_endpoint(name: str) -> None:
    assert endpoint_stem(name) is None
    assert not is_endpoint_name(name)


@pytest.mark.parametrize(
    ("name", "stem"),
    [
        ("AWS_ENDPOINT_URL", ""),
        ("AWS_ENDPOINT_URL_S3", ""),
        ("AWS_ENDPOINT_URL_DYNAMODB", ""),
        ("AWS_S3_ENDPOINT", ""),
        ("AWS_S3_ENDPOINT_URL", ""),
        ("S3_ENDPOINT", ""),
        ("s3_endpoint", ""),
        ("s3Endpoint", ""),
        ("MLFLOW_S3_ENDPOINT_URL", ""),
        ("endpoint", ""),
        ("endpoint-url", ""),
        ("--endpoint-url", ""),
        ("aws-endpoint", ""),
        ("endpoint-override", ""),
        ("R2_ENDPOINT", "r2"),
        ("GT_MINIO_ENDPOINT_URL", "gt_minio"),
        ("BLAZE_FILES_S3_ENDPOINT", "blaze_files_s3"),
        ("RCLONE_CONFIG_X_ENDPOINT", "rclone_config_x"),
    ],
)
def test_names_that_carry_an_endpoint(name: str, stem: str) -> None:
    assert endpoint_stem(name) == stem


@given(plain.filter(bool), st.sampled_from(["s3", "minio", "r2"]))
def test_an_endpoint_shares_the_stem_of_its_keys(before: list[str], store: str) -> None:
    prefix = "_".join([*before, store])
    named = read_name(f"{prefix}_ACCESS_KEY_ID")
    assert named is not None
    assert endpoint_stem(f"{prefix}_ENDPOINT_URL") == named.stem


# -- literals: every key-like one is put together here, so that none stands in this file -----------

DUMMIES = split(
    """
test fake dummy DUMMYKEY placeholder minio minio123 minioadmin minioAccessKey superpower_ci_user
deltalake weloverust ACCESS_KEY SECRET_KEY ABCDEFGHIJKLMN 0123456789 duckdb-signing-validation - XXX
null 000000000000 testAWSAccessKeyId true AKIA AKIAI ABSK
"""
)


@pytest.mark.parametrize("value", ["", " ", "''", '""', "\n"])
def test_empty_literals(value: str) -> None:
    assert literal_kind(value) is LiteralKind.EMPTY


@pytest.mark.parametrize(
    "value",
    [
        *DUMMIES,
        "AKIA" + "IOSFODNN7EXAMPLE",
        "AKIA" + "IOSFDNN7EXAMPLEQ",
        "wJalrXUtnFEMI/K7MDENG/" + "bPxRfiCYEXAMPLEKEY",
        "AKIA" + "X" * 16,
        "AKIA" + "ABCDEFGHIJKLMNOP",
        "AKIA" + "1234567890ABCDEF",
        "AKIA" + "z7q2" * 4,
        "AKIA" + "Z7Q2" * 4 + "Z",
        "AKIA" + "Z7Q2" * 3,
        "AKIA" + "Z7Q-" * 4,
        "x" + "AKIA" + "Z7Q2" * 4,
        "0123456789abcdef" * 2 + "01234567",
        "correcthorsebatterystaplecorrecthorsebat",
        "CorrectHorseBatteryStaplyQuickBrownFoxJu",
        "aB3" + "a" * 37,
        "ABSK" + "a" * 200 + "!",
    ],
)
def test_literals_that_aws_never_issued(value: str) -> None:
    assert literal_kind(value) is LiteralKind.DUMMY


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("AKIA" + "Z7Q2" * 4, LiteralKind.ACCESS_KEY_ID),
        (f"  '{'AKIA' + 'Z7Q2' * 4}' \n", LiteralKind.ACCESS_KEY_ID),
        ("AKIA" + "IVRN" + "REDACTED" + "5LBQ", LiteralKind.ACCESS_KEY_ID),
        ("ASIA" + "Z7Q2" * 4, LiteralKind.TEMPORARY_KEY_ID),
        ("ABSK" + "QmVkcm9ja0FQSUtleS1" * 6 + "==", LiteralKind.BEDROCK),
        (string.ascii_letters[20:40] + "0123456789+/ABCDEFGH", LiteralKind.SECRET_LIKE),
    ],
)
def test_literals_that_aws_may_have_issued(value: str, kind: LiteralKind) -> None:
    assert literal_kind(value) is kind


@given(st.text(string.ascii_uppercase + "234567", min_size=16, max_size=16))
def test_a_random_key_id_is_seen(body: str) -> None:
    made_up = ("EXAMPLE", "XXXX", "ABCDEFG", "234567")
    kind = literal_kind("AKIA" + body)
    if len(set(body)) >= 6 and not any(word in body for word in made_up):
        assert kind is LiteralKind.ACCESS_KEY_ID
    assert kind in (LiteralKind.ACCESS_KEY_ID, LiteralKind.DUMMY)


@given(st.text(string.ascii_letters + string.digits + "+/", min_size=1, max_size=60))
def test_only_forty_characters_make_a_secret(value: str) -> None:
    assert (literal_kind(value) is not LiteralKind.SECRET_LIKE) or len(value) == 40
