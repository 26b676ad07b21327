"""What a name says of the value behind it: a half of an AWS key, an endpoint, another provider.

A name is an environment variable, an action's input, a secret or a command's flag. It is cut into
words first, so `AWS_ACCESS_KEY_ID`, `aws-access-key-id` and `awsAccessKeyId` read the same; what
words mean is data. What a value says (an endpoint's host, a region, a literal) stands here too.
"""

from __future__ import annotations

import enum
import re
from functools import lru_cache
from typing import NamedTuple


class Half(enum.Enum):
    """What a value is of a credential; a PAIR is a whole one: a credentials file, a Bedrock key."""

    ID = "key id"
    SECRET = "secret"
    TOKEN = "session token"
    PAIR = "whole credential"


class Evidence(enum.Enum):
    """Whose credential the name alone says that it is; GENERIC names need other evidence."""

    AWS = "aws"
    GENERIC = "generic"
    OTHER = "other"


class Named(NamedTuple):
    """A name's reading.

    `stem` is the rest of the name, lower case, words joined by `_`: halves of one pair share it.
    It is empty for AWS's own names. A whole credential's is never that of a pair of halves.
    `provider` names the store or product that the key belongs to where the evidence is OTHER.
    """

    half: Half
    stem: str
    evidence: Evidence
    provider: str = ""


#: Stems of pairs that are no access keys: a user and a password of an IAM user's for one service.
SES_SMTP, CODECOMMIT = "ses smtp", "codecommit"


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


# -- words -----------------------------------------------------------------------------------------

_LONGEST_NAME = 256  # characters
_WORD = re.compile(r"[A-Z][A-Z0-9]*(?![a-z])|[A-Z]?[a-z][a-z0-9]*|[0-9]+")
#: Words that may be numbered: `KEY_ID2` is `KEY_ID_2`, while `S3` and `EC2` are one word.
_NUMBERED = _set("aws access key id secret token")
_ONE_WORD = """access key;access key id;access key secret;access id;access secret;key id;key secret;
secret key;secret access key;session token;security token"""
#: Phrases that are written as one word, as they stand or behind the name of a store.
_GLUED: dict[str, tuple[str, ...]] = {
    "".join(parts): parts
    for store in ((), ("aws",), ("s3",))
    for phrase in _ONE_WORD.split(";")
    for parts in ((*store, *phrase.split()),)
} | {f"aws{word}": ("aws", word) for word in ("key", "secret", "credentials", "creds")}


@lru_cache(maxsize=8192)
def words(name: str) -> tuple[str, ...]:
    """The words of a name in lower case, whatever joins them: `-`, `_`, `.`, or a capital."""
    if len(name) > _LONGEST_NAME:
        return ()
    return tuple(part for word in _WORD.findall(name) for part in _parts(word.lower()))


def _parts(word: str) -> tuple[str, ...]:
    base = word.rstrip("0123456789")
    parts = _GLUED.get(base) or ((base,) if base in _NUMBERED else None)
    if parts is None:
        return (word,)
    return parts if base == word else (*parts, word[len(base) :])


# -- halves of a key -------------------------------------------------------------------------------

_AWS = frozenset({"aws"})
_STORES = _AWS | {"s3"}
#: AWS itself, and services that only AWS has.
_AWS_WORDS = _AWS | _set(
    """amazon ecr ecs eks ec2 iam sqs sns ses dynamodb cloudfront cloudformation cloudwatch route53
    redshift sagemaker bedrock codedeploy codecommit beanstalk"""
)
#: Phrases that say by themselves which half a name is; the longest one that fits is taken.
_PHRASES = {
    ("access", "key", "id"): Half.ID,
    ("access", "key"): Half.ID,
    ("secret", "key", "id"): Half.ID,
    ("secret", "access", "key", "id"): Half.ID,  # the input of sellpy/s3-upload-action
    ("secret", "access", "key"): Half.SECRET,
    ("secret", "key"): Half.SECRET,
    ("access", "secret"): Half.SECRET,
    ("access", "key", "secret"): Half.SECRET,
    ("access", "secret", "key"): Half.SECRET,
    ("session", "token"): Half.TOKEN,
    ("security", "token"): Half.TOKEN,
    ("bearer", "token", "bedrock"): Half.PAIR,
    ("bedrock", "api", "key"): Half.PAIR,
}
#: Phrases that say it only directly after one of the words given; None: after any word.
_SHORT_PHRASES: dict[tuple[str, ...], tuple[Half, frozenset[str] | None]] = {
    ("key", "id"): (Half.ID, None),
    ("key", "secret"): (Half.SECRET, None),
    ("access", "id"): (Half.ID, None),
    ("secret", "access"): (Half.SECRET, _AWS),
    ("key",): (Half.ID, _AWS),
    ("secret",): (Half.SECRET, _STORES),
    ("id",): (Half.ID, frozenset({"s3"})),
    ("usr",): (Half.ID, _AWS),
    ("psw",): (Half.SECRET, _AWS),
    ("ak",): (Half.ID, _STORES),
    ("sk",): (Half.SECRET, _STORES),
    ("token",): (Half.TOKEN, _AWS),
    ("credentials",): (Half.PAIR, _AWS),
    ("credential",): (Half.PAIR, _AWS),
    ("creds",): (Half.PAIR, _AWS),
}
#: Anywhere after the phrase: the value tells something *about* a key.
_ABOUT = _set(
    """name names path paths file filename dir arn prefix pair pairs rotation rotate rotated days
    expiry expires expiration ttl duration created date version type count length size cmd flag
    enabled required exists check status url uri host endpoint region bucket policy param parameter
    description message alias regex pattern label format base ring vault manager pem provider
    profile helper fingerprint hash md5 sha256"""
)
#: Directly after a short phrase: `AWS_SECRET_ID`, `AWS_KEY_STORE` and the like are no keys.
_ELSEWHERE = _set("id ids token secret store binding")
#: First of all words: a question, a switch or a deed, not a value.
_SWITCHES = _set(
    """has is use uses no unset check verify validate rotate enable require requires mask skip
    without missing need needs ignore configure setup get fetch"""
)
#: Directly before any phrase: kinds of key that are never an access key, not even AWS's own.
_OTHER_KEYS = _set("ssh gpg pgp rsa kms cmk jwt")
#: Directly before a phrase without "access": keys that programs sign or encrypt with.
_OWN_KEYS = _set(
    """signing sign encryption encrypt decryption age ed25519 ecdsa cosign minisign django flask
    rails laravel nextauth recaptcha captcha turnstile license keystore host master private
    public"""
)
#: The same, in names that do not say AWS: an application's keys to other services.
_APPLICATION_KEYS = _set("api app client session cookie webhook hmac auth oauth stripe paypal")


class _Core(NamedTuple):
    """Where the phrase stands in the words of a name, and what it says."""

    start: int
    end: int
    half: Half


@lru_cache(maxsize=8192)
def read_name(name: str) -> Named | None:
    """Which half of which credential the name announces; None when it announces none."""
    parts = words(name)
    core = _core(parts)
    if core is None or parts[0] in _SWITCHES or _is_about(core.half, parts[core.end :]):
        return None
    is_aws = not _AWS_WORDS.isdisjoint(parts)
    phrase = parts[core.start : core.end]
    if core.start and _is_other_key(parts[core.start - 1], phrase, is_aws=is_aws):
        return None
    rest = parts[: core.start] + parts[core.end :]
    if core.half is Half.PAIR:
        return Named(core.half, _stem((*rest, *phrase)), Evidence.AWS)
    provider = _provider(rest, is_aws=is_aws) or ("" if is_aws else _product(rest))
    if provider:
        return Named(core.half, _stem(rest), Evidence.OTHER, provider)
    return Named(core.half, _stem(rest), Evidence.AWS if is_aws else Evidence.GENERIC)


def _core(parts: tuple[str, ...]) -> _Core | None:
    for start in range(len(parts) - 1):
        for length in (4, 3, 2):
            half = _PHRASES.get(parts[start : start + length])
            if half is not None:
                return _Core(start, min(start + length, len(parts)), half)
    for start in range(len(parts)):
        for length in (2, 1):
            short = _SHORT_PHRASES.get(parts[start : start + length])
            if short is not None and _stands_free(parts, start, start + length, short[1]):
                return _Core(start, min(start + length, len(parts)), short[0])
    return None


def _stands_free(
    parts: tuple[str, ...], start: int, end: int, anchors: frozenset[str] | None
) -> bool:
    """Whether the words around a short phrase let it mean a half of a key."""
    before = parts[start - 1] if start else ""
    is_store = anchors is _STORES and before in _DECISIVE
    if anchors is not None and before not in anchors and not is_store:
        return False
    after = parts[end] if end < len(parts) else ""
    return not after if parts[start:end] == ("id",) else after not in _ELSEWHERE


def _is_about(half: Half, after: tuple[str, ...]) -> bool:
    about = _ABOUT.intersection(after)
    # NOTE: AWS_CREDENTIALS_FILE is what people call a secret that holds the file's text.
    return bool(about) and not (half is Half.PAIR and about == {"file"})


def _is_other_key(before: str, phrase: tuple[str, ...], *, is_aws: bool) -> bool:
    if before in _OTHER_KEYS:
        return True
    if "access" in phrase:
        return False
    return before in _OWN_KEYS or (before in _APPLICATION_KEYS and not is_aws)


def _stem(rest: tuple[str, ...]) -> str:
    return "" if rest in (("aws",), ("amazon",)) else "_".join(rest)


# -- providers -------------------------------------------------------------------------------------

AWS_PROVIDER = "AWS"
LOCAL_PROVIDER = "a local service"
_SPACES_REGIONS = "nyc1 nyc2 nyc3 ams3 sfo2 sfo3 sgp1 lon1 fra1 tor1 blr1 syd1 atl1"


#: A provider; words that name it even beside `AWS`, since its keys are often kept under AWS's
#: names; words that name it only where nothing says AWS: short ones, and owners of AWS accounts;
#: its domains; its regions.
_STORE_TABLE = f"""
{AWS_PROVIDER} | | | amazonaws.com amazonaws.com.cn amazonaws.eu api.aws |
{LOCAL_PROVIDER} | | | localstack.cloud host.docker.internal cluster.local |
Alibaba Cloud | aliyun alibaba alibabacloud alicloud | oss | aliyuncs.com | cn-hangzhou cn-shanghai
Azure | | azure azurerm arm | blob.core.windows.net |
Backblaze B2 | b2 backblaze | | backblazeb2.com |
Ceph | ceph rgw | | |
Cloudflare R2 | r2 cloudflare | cf | r2.cloudflarestorage.com r2.dev | auto wnam enam weur apac
Contabo | contabo | | contabostorage.com |
DigitalOcean Spaces | digitalocean spaces | do | digitaloceanspaces.com | {_SPACES_REGIONS}
DreamHost | dreamhost | | dream.io |
Exoscale | exoscale | | exo.io | ch-gva-2 ch-dk-2 de-fra-1 de-muc-1 at-vie-1 at-vie-2 bg-sof-1
Google Cloud Storage | | gcs gcp google | storage.googleapis.com |
Hetzner | hetzner | | your-objectstorage.com | fsn1 nbg1 hel1
Huawei Cloud | huawei huaweicloud | obs | myhuaweicloud.com |
IBM Cloud | | ibm | appdomain.cloud |
IDrive e2 | idrive | | idrivee2.com |
IONOS | ionos | | ionoscloud.com |
Linode | | linode akamai | linodeobjects.com |
LocalStack | localstack | | |
MinIO | minio | | min.io |
OVHcloud | ovh ovhcloud | | ovh.net ovh.us | gra rbx sbg bhs waw eu-west-par
Oracle Cloud | | oci oracle | oraclecloud.com |
Qiniu | qiniu | | qiniucs.com |
Scaleway | scaleway scw | | scw.cloud | fr-par nl-ams pl-waw it-mil
SeaweedFS | seaweedfs | | |
Storj | storj | | storjshare.io |
Supabase | | supabase | supabase.co supabase.com |
Tencent Cloud | tencent tencentcloud | cos | myqcloud.com | ap-guangzhou ap-shanghai ap-nanjing
Tigris | | tigris | tigris.dev t3.storage.dev |
UpCloud | upcloud | | upcloudobjects.com |
Volcengine | volcengine | tos | volces.com ivolces.com |
Vultr | vultr | | vultrobjects.com |
Wasabi | wasabi | | wasabisys.com |
Yandex Cloud | yandex | yc | yandexcloud.net | ru-central1
"""
_STORE_ROWS = [
    [cell.strip() for cell in row.split("|")] for row in _STORE_TABLE.strip().splitlines()
]


def _column(at: int) -> dict[str, str]:
    return {word: row[0] for row in _STORE_ROWS for word in row[at].split()}


_DECISIVE, _PROBABLE, _DOMAINS, _REGIONS = (_column(at) for at in (1, 2, 3, 4))
#: Products with an "access key" of their own that is no object store's.
_PRODUCTS = {
    "browserstack": "BrowserStack",
    "buildpulse": "BuildPulse",
    "bitbucket": "Bitbucket",
    "datadog": "Datadog",
    "dropbox": "Dropbox",
    "flickr": "Flickr",
    "github": "GitHub",
    "gitlab": "GitLab",
    "lambdatest": "LambdaTest",
    "langfuse": "Langfuse",
    "mongodb": "MongoDB",
    "pulumi": "Pulumi",
    "sauce": "Sauce Labs",
    "saucelabs": "Sauce Labs",
    "serverless": "Serverless Dashboard",
    "tumblr": "Tumblr",
    "twitter": "Twitter",
    "unsplash": "Unsplash",
    "vault": "Vault",
}


def says_aws(name: str) -> bool:
    """Whether a name speaks of AWS, or of a service that only AWS has."""
    return not _AWS_WORDS.isdisjoint(words(name))


def _provider(parts: tuple[str, ...], *, is_aws: bool) -> str:
    decisive = next((_DECISIVE[part] for part in parts if part in _DECISIVE), "")
    if decisive or is_aws:
        return decisive
    return next((_PROBABLE[part] for part in parts if part in _PROBABLE), "")


def _product(parts: tuple[str, ...]) -> str:
    return next((_PRODUCTS[part] for part in parts if part in _PRODUCTS), "")


def provider_of_name(name: str) -> str | None:
    """The provider, not AWS, that a name speaks of; whole words count, so `DO_` but not `DOCS_`."""
    parts = words(name)
    return _provider(parts, is_aws=not _AWS_WORDS.isdisjoint(parts)) or None


def provider_of_region(region: str) -> str | None:
    """The provider, not AWS, that calls a region so; None for AWS's regions and unknown words.

    A weak hint: tools want some region set, and `us-east-1` is what people write.
    """
    folded = region.strip().lower()
    head, _, number = folded.rpartition("-")
    if head in _B2_REGIONS and len(number) == 3 and number.isdigit():
        return "Backblaze B2"
    return _REGIONS.get(folded)


#: Backblaze numbers its regions with three digits: `eu-central-003`.
_B2_REGIONS = _set("us-west us-east eu-central ca-east")


# -- endpoints -------------------------------------------------------------------------------------

_LONGEST_URL = 2048  # characters
_MOST_LABELS = 4  # of a domain in the table
_LOCAL_HOSTS = _set("localhost minio localstack moto ::1 0.0.0.0")
_LOCAL_DOMAINS = _set("localhost local svc")
#: Stands for a reference to a value that is not in sight; what surrounds it may still say enough.
_UNKNOWN = "\0"


def provider_of_endpoint(text: str) -> str | None:
    """Whose service listens at an endpoint; None when its host is a variable or unheard of.

    `text` is a URL or a host, with or without a port; references in it may hide parts of it. What
    stands before a URL, as in restic's `s3:https://host/bucket`, is left out.
    """
    url = _hide_references(text[:_LONGEST_URL].strip().strip("\"'")).lower()
    url = url[max(url.find("http://"), url.find("https://"), 0) :]
    if url.startswith("s3:") and not url.startswith("s3://"):
        url = url[len("s3:") :]
    is_url = url.startswith(("http://", "https://"))
    host, port = _host(url.partition("://")[2] if is_url else url)
    labels = host.split(".")
    for size in range(min(len(labels), _MOST_LABELS), 1, -1):
        found = _DOMAINS.get(".".join(labels[-size:]))
        if found is not None:
            return found
    if host in _LOCAL_HOSTS or labels[-1] in _LOCAL_DOMAINS or _is_private(labels):
        return LOCAL_PROVIDER
    # NOTE: a name without a dot is a service container's, if it is a host at all: a value like
    # `us-east-2` in an option called `endpoint` is a region (s3fs).
    is_service = len(labels) == 1 and host and _UNKNOWN not in host and (is_url or port.isdigit())
    return LOCAL_PROVIDER if is_service else None


def _host(rest: str) -> tuple[str, str]:
    """The host and the port at the beginning of a URL's part after the scheme."""
    for mark in "/?#\"'}":
        rest = rest.partition(mark)[0]
    rest = rest.rpartition("@")[2]
    if rest.startswith("["):  # an IPv6 address
        host, _, port = rest[1:].partition("]")
        return host, port.removeprefix(":")
    host, _, port = rest.partition(":")
    return host.rstrip("."), port


def _hide_references(text: str) -> str:
    return _reference().sub(_UNKNOWN, text) if "$" in text else text


@lru_cache(maxsize=1)
def _reference() -> re.Pattern[str]:
    return re.compile(r"\$\{\{[^}]*\}\}|\$\{[^}]*\}|\$\([^)]*\)|\$\w+")


def _is_private(labels: list[str]) -> bool:
    """Whether a host is an IPv4 address that no other machine on the internet has."""
    if len(labels) != 4 or not all(label.isascii() and label.isdigit() for label in labels):
        return False
    first, second = int(labels[0][:4]), int(labels[1][:4])
    return (
        first in (10, 127)
        or (first, second) in ((192, 168), (169, 254))
        or (first == 172 and 16 <= second < 32)
    )


_ENDPOINT_SUFFIXES = frozenset({(), ("url",), ("uri",), ("override",), ("host",), ("url", "s3")})
#: Before "endpoint": other services' endpoints, and switches (`aws-s3-bucket-endpoint`).
_NOT_STORES = _set(
    """bucket vpc sts db rds database redis elasticsearch opensearch smb graphql api oidc otel otlp
    metrics health kafka webhook sagemaker redshift eks openai token auth rgw mon grpc"""
)
#: Words that leave an endpoint general: it goes with AWS's own variables.
_GENERAL = _STORES | {"mlflow", "sccache"}
#: Names that carry an endpoint without the word: s3cmd's `host_base`, restic's repository.
_ENDPOINT_PHRASES = frozenset({("host", "base"), ("restic", "repository")})


@lru_cache(maxsize=8192)
def endpoint_stem(name: str) -> str | None:
    """The stem of a name that carries an object store's endpoint; None for other names.

    Empty when it is meant for AWS's own variables (`AWS_ENDPOINT_URL`, `S3_ENDPOINT`, `endpoint`);
    else the endpoint belongs to the pair with the same stem, and to no other.
    """
    parts = words(name)
    if parts in _ENDPOINT_PHRASES:
        return ""
    if "endpoint" not in parts or parts[0] in _SWITCHES:
        return None
    at = parts.index("endpoint")
    before, after = parts[:at], parts[at + 1 :]
    if before and before[-1] in _NOT_STORES:
        return None
    # NOTE: AWS_ENDPOINT_URL_<SERVICE> is the SDKs' own, for any service.
    is_sdk = before == ("aws",) and after[:1] == ("url",)
    if after not in _ENDPOINT_SUFFIXES and not is_sdk:
        return None
    return "" if _GENERAL.issuperset(before) else "_".join(before)


def is_endpoint_name(name: str) -> bool:
    """Whether a name carries an object store's endpoint."""
    return endpoint_stem(name) is not None


# -- literals --------------------------------------------------------------------------------------


class LiteralKind(enum.Enum):
    """What a literal value is; whatever AWS could not have issued is a dummy."""

    EMPTY = "empty"
    DUMMY = "dummy"
    ACCESS_KEY_ID = "access key id"
    TEMPORARY_KEY_ID = "temporary access key id"
    SECRET_LIKE = "secret access key"
    BEDROCK = "Bedrock API key"


_ID_CHARACTERS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")
_SECRET_CHARACTERS = _ID_CHARACTERS | frozenset("abcdefghijklmnopqrstuvwxyz+/")
_ID_LENGTH = 20
_SECRET_LENGTH = 40
_SHORTEST_BEDROCK = 80
#: Key ids are drawn at random: these do not come up, and neither do three characters only.
_MADE_UP = ("EXAMPLE", "XXXX", "0000", "1234567", "ABCDEFG")
_FEWEST_ID_CHARACTERS = 4
_FEWEST_SECRET_CHARACTERS = 18  # of 40 random ones about 30 differ


def literal_kind(value: str) -> LiteralKind:
    """What a literal without references is: only what AWS could have issued is more than a dummy.

    IAM's "IAM identifiers" documents the prefixes `AKIA` (access key) and `ASIA` (temporary);
    Bedrock's long-term API keys begin with `ABSK`. Lengths are those of the keys that AWS issues.
    """
    text = value[:_LONGEST_URL].strip().strip("\"'")
    if not text:
        return LiteralKind.EMPTY
    prefix = text[:4]
    if prefix in ("AKIA", "ASIA") and _is_issued_id(text):
        return LiteralKind.ACCESS_KEY_ID if prefix == "AKIA" else LiteralKind.TEMPORARY_KEY_ID
    if prefix == "ABSK" and len(text) >= _SHORTEST_BEDROCK:
        is_key = _SECRET_CHARACTERS.issuperset(text.rstrip("="))
        return LiteralKind.BEDROCK if is_key else LiteralKind.DUMMY
    return LiteralKind.SECRET_LIKE if _is_issued_secret(text) else LiteralKind.DUMMY


def _is_issued_id(text: str) -> bool:
    return (
        len(text) == _ID_LENGTH
        and _ID_CHARACTERS.issuperset(text)
        and len(set(text[4:])) >= _FEWEST_ID_CHARACTERS
        and not any(word in text for word in _MADE_UP)
    )


def _is_issued_secret(text: str) -> bool:
    return (
        len(text) == _SECRET_LENGTH
        and _SECRET_CHARACTERS.issuperset(text)
        and len(set(text)) >= _FEWEST_SECRET_CHARACTERS
        and "EXAMPLE" not in text.upper()
        # A commit's SHA has no capitals, a made-up sentence no digits.
        and any(c.isupper() for c in text)
        and any(c.islower() for c in text)
        and not text.isalpha()
    )
