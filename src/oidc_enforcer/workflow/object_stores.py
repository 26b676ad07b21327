"""Whose service a key opens, as far as names, regions and endpoints tell: AWS's or another's.

What the words mean is data. Nothing here knows a whole workflow; `provider` weighs what is found.
"""

from __future__ import annotations

import re
from functools import lru_cache

from oidc_enforcer.workflow.name_words import AWS_WORDS, STORES, SWITCHES, word_set, words

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
Yandex Cloud | yandex | yc ya | yandexcloud.net | ru-central1
"""
_STORE_ROWS = [
    [cell.strip() for cell in row.split("|")] for row in _STORE_TABLE.strip().splitlines()
]


def _column(at: int) -> dict[str, str]:
    return {word: row[0] for row in _STORE_ROWS for word in row[at].split()}


#: Decisive words, probable ones, domains and regions, each with its provider.
DECISIVE, _PROBABLE, _DOMAINS, _REGIONS = (_column(at) for at in (1, 2, 3, 4))
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


def provider_in(parts: tuple[str, ...], *, is_aws: bool) -> str:
    """The provider that words speak of, "" if none; where they say AWS, only decisive ones do."""
    decisive = next((DECISIVE[part] for part in parts if part in DECISIVE), "")
    if decisive or is_aws:
        return decisive
    return next((_PROBABLE[part] for part in parts if part in _PROBABLE), "")


def product_in(parts: tuple[str, ...]) -> str:
    """The product, no store, whose keys a name's words speak of; "" if none."""
    return next((_PRODUCTS[part] for part in parts if part in _PRODUCTS), "")


def provider_of_name(name: str) -> str | None:
    """The provider, not AWS, that a name speaks of; whole words count, so `DO_` but not `DOCS_`."""
    parts = words(name)
    return provider_in(parts, is_aws=not AWS_WORDS.isdisjoint(parts)) or None


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
_B2_REGIONS = word_set("us-west us-east eu-central ca-east")


# -- endpoints -------------------------------------------------------------------------------------

_LONGEST_URL = 2048  # characters
_MOST_LABELS = 4  # of a domain in the table
_LOCAL_HOSTS = word_set("localhost minio localstack moto ::1 0.0.0.0")
_LOCAL_DOMAINS = word_set("localhost local svc")
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
_NOT_STORES = word_set(
    """bucket vpc sts db rds database redis elasticsearch opensearch smb graphql api oidc otel otlp
    metrics health kafka webhook sagemaker redshift eks openai token auth rgw mon grpc"""
)
#: Words that leave an endpoint general: it goes with AWS's own variables.
_GENERAL = STORES | {"mlflow", "sccache"}
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
    if "endpoint" not in parts or parts[0] in SWITCHES:
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
