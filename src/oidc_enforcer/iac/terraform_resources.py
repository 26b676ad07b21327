"""Attributes of the resources and data sources that trust policies refer to.

An account that the code does not tell is written as twelve zeros: every reference of the code to
its own account then agrees with every other. Source: the AWS provider's documentation, "Attribute
Reference" of each resource.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from oidc_enforcer.arn import UNTOLD_ACCOUNT
from oidc_enforcer.iac.hcl_functions import text
from oidc_enforcer.iac.policy_document import policy_document
from oidc_enforcer.iac.terraform_accounts import account, partition, setting
from oidc_enforcer.iac.values import JsonText, Unknown, Value

if TYPE_CHECKING:
    from oidc_enforcer.iac.terraform_modules import Instance


def attribute(instance: Instance, name: str) -> Value:
    """An attribute of a resource or data source; Unknown where only AWS tells it."""
    kind = instance.block.labels[0]
    known = _ATTRIBUTES.get(kind if instance.block.kind == "resource" else f"data.{kind}", {})
    if name in known:
        return known[name](instance)
    if name in instance.block.body.attributes and instance.block.kind == "resource":
        return instance.argument(name)
    return Unknown(f"`{instance.address}.{name}` is only known once it has been applied")


def _arn(instance: Instance, resource: str) -> str:
    return f"arn:{partition(instance)}:iam::{account(instance) or UNTOLD_ACCOUNT}:{resource}"


def _issuer(instance: Instance) -> Value:
    """The provider's URL as IAM gives it back: without its scheme."""
    url = instance.argument("url")
    if isinstance(url, str):
        return url.removeprefix("https://")
    written = instance.argument("arn")
    if isinstance(written, str) and ":oidc-provider/" in written:
        return written.partition(":oidc-provider/")[2]
    missing = url if isinstance(url, Unknown) else written
    return missing if isinstance(missing, Unknown) else Unknown(f"`{instance.address}` has no URL")


def _provider_arn(instance: Instance) -> Value:
    written = instance.argument("arn") if instance.block.kind == "data" else None
    if isinstance(written, str):
        return written
    issuer = _issuer(instance)
    return issuer if isinstance(issuer, Unknown) else _arn(instance, f"oidc-provider/{issuer}")


def _named_arn(kind: str) -> Callable[[Instance], Value]:
    """The ARN of a role, user or the like, from its path and name."""

    def arn(instance: Instance) -> Value:
        name = _name(instance)
        path = instance.argument("path")
        if isinstance(name, Unknown):
            return name
        if isinstance(path, Unknown):
            return path
        return _arn(instance, f"{kind}{'/' if path is None else text(path)}{text(name)}")

    return arn


def _name(instance: Instance) -> Value:
    name = instance.argument("name")
    if name is None:
        return Unknown(f"the name of `{instance.address}` is only known once it has been applied")
    return name


def _root_arn(instance: Instance) -> Value:
    return Unknown(f"`{instance.address}.arn` depends on who applies the code")


_ROLE: dict[str, Callable[[Instance], Value]] = {
    "arn": _named_arn("role"),
    "id": _name,
    "name": _name,
}
_OIDC_PROVIDER: dict[str, Callable[[Instance], Value]] = {
    "arn": _provider_arn,
    "id": _provider_arn,
    "url": _issuer,
}
_DOCUMENT: dict[str, Callable[[Instance], Value]] = {
    name: lambda instance: JsonText.of(policy_document(instance))
    for name in ("json", "minified_json")
}
_ATTRIBUTES: dict[str, dict[str, Callable[[Instance], Value]]] = {
    "aws_iam_openid_connect_provider": _OIDC_PROVIDER,
    "data.aws_iam_openid_connect_provider": _OIDC_PROVIDER,
    "aws_iam_role": _ROLE,
    "data.aws_iam_role": _ROLE,
    "aws_iam_user": {"arn": _named_arn("user"), "id": _name, "name": _name},
    "data.aws_iam_policy_document": _DOCUMENT,
    "data.aws_caller_identity": {
        "account_id": lambda instance: account(instance) or UNTOLD_ACCOUNT,
        "id": lambda instance: account(instance) or UNTOLD_ACCOUNT,
        "arn": _root_arn,
    },
    "data.aws_partition": {
        "partition": lambda instance: partition(instance),
        "id": lambda instance: partition(instance),
        "dns_suffix": lambda instance: (
            "amazonaws.com.cn" if partition(instance) == "aws-cn" else "amazonaws.com"
        ),
    },
    "data.aws_region": dict.fromkeys(
        ("name", "region", "id"),
        lambda instance: setting(instance, "region") or Unknown("no region is told"),
    ),
}
