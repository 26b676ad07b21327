from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest

from tests.aws.servers import KEY_ID, SECRET, Door, door, moto
from tests.policies.documents import POLICY

if TYPE_CHECKING:
    from boto3.session import Session
    from types_boto3_iam import IAMClient


@pytest.fixture(scope="session")
def moto_port() -> Iterator[int]:
    with moto() as port:
        yield port


@pytest.fixture
def aws_door(moto_port: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Door]:
    """AWS as the code under test sees it, emptied before each test."""
    import urllib.request

    reset = urllib.request.Request(f"http://127.0.0.1:{moto_port}/moto-api/reset", method="POST")
    urllib.request.urlopen(reset).close()
    with door(moto_port) as made:
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{made.port}")
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEY_ID)
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
        monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
        monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
        yield made


def iam(
    port: int,
    region: str = "us-east-1",
    key_id: str = KEY_ID,
    secret: str = SECRET,
    token: str | None = None,
) -> IAMClient:
    """A client that prepares what AWS holds."""
    session = _session(key_id, secret, token, region)
    return session.client("iam", endpoint_url=f"http://127.0.0.1:{port}")


@cache
def _session(key_id: str, secret: str, token: str | None, region: str) -> Session:
    """Remembered, as it has read the description of the service."""
    from boto3.session import Session

    return Session(key_id, secret, token, region_name=region)


def make_role(
    client: IAMClient, name: str = "deploy", policy: Any = POLICY, path: str = "/"
) -> str:
    made = client.create_role(RoleName=name, Path=path, AssumeRolePolicyDocument=json.dumps(policy))
    return made["Role"]["Arn"]


def make_many(port: int, names: list[str]) -> None:
    """Many roles without the time that a client takes to sign and read each."""
    connection = http.client.HTTPConnection("127.0.0.1", port)
    scope = f"{KEY_ID}/20260101/us-east-1/iam/aws4_request"
    headers = {
        "Authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0",
        "Content-Type": "application/x-www-form-urlencoded",
    }
    fixed = {"Action": "CreateRole", "AssumeRolePolicyDocument": json.dumps(POLICY)}
    for name in names:
        connection.request("POST", "/", urlencode({**fixed, "RoleName": name}), headers)
        answer = connection.getresponse()
        answer.read()
        assert answer.status == 200
