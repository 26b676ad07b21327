"""Roles out of what `terraform show -json` prints of a plan or a state, and out of state files.

Source: Terraform documentation, "JSON Output Format" (plan and state representation, format 1);
state files are of version 4.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from oidc_enforcer.arn import OidcProviderArn, RoleArn
from oidc_enforcer.iac.declared import Declared, DeclaredProvider
from oidc_enforcer.iac.values import MAX_DEPTH, Unknown
from oidc_enforcer.iam.document import PolicyError, TrustPolicy, from_data
from oidc_enforcer.iam.json_text import JsonError, Number, read

_TYPE = "aws_iam_role"
_PROVIDER = "aws_iam_openid_connect_provider"


class Shown(NamedTuple):
    """The roles and OIDC providers of a plan or state, and what of it is not told."""

    roles: tuple[Declared, ...]
    gaps: tuple[str, ...]
    providers: tuple[DeclaredProvider, ...] = ()


class _Resource(NamedTuple):
    type: str
    address: str
    values: Mapping[str, object]


def is_shown(data: Mapping[str, object]) -> bool:
    """Whether the data is a plan or a state."""
    if "format_version" in data:
        return "planned_values" in data or "values" in data or "terraform_version" in data
    return "terraform_version" in data and isinstance(data.get("resources"), list)


def roles(data: Mapping[str, object], path: str) -> Shown:
    """The roles that are there once the plan is applied, or that the state has."""
    gaps = []
    if data.get("errored") is True:
        gaps.append(f"`{path}` is a plan that Terraform could not finish")
    unknown = _unknown_policies(data)
    resources = list(_resources(data, gaps, path))
    found = [_declared(each, path, unknown) for each in resources if each.type == _TYPE]
    providers = (_provider(each) for each in resources if each.type == _PROVIDER)
    return Shown(tuple(found), tuple(gaps), tuple(each for each in providers if each is not None))


def _provider(resource: _Resource) -> DeclaredProvider | None:
    """None where its ARN or its audiences are not told, as before the apply."""
    arn, audiences = resource.values.get("arn"), resource.values.get("client_id_list")
    found = OidcProviderArn.parse(arn) if isinstance(arn, str) else None
    if found is None or not isinstance(audiences, list):
        return None
    return DeclaredProvider(found, tuple(each for each in audiences if isinstance(each, str)))


def _matters(resource: Mapping[str, object]) -> bool:
    """Managed roles; providers also where they are only looked up."""
    kind, mode = resource.get("type"), resource.get("mode", "managed")
    return (kind, mode) in ((_TYPE, "managed"), (_PROVIDER, "managed"), (_PROVIDER, "data"))


def _resources(data: Mapping[str, object], gaps: list[str], path: str) -> Iterator[_Resource]:
    if "format_version" not in data:
        yield from _of_state_file(data, gaps, path)
        return
    # NOTE: of an empty state `terraform show -json` prints no values at all.
    if "planned_values" not in data and "values" not in data:
        return
    values = data.get("planned_values", data.get("values"))
    root = values.get("root_module", {}) if isinstance(values, dict) else None
    if isinstance(root, dict):
        yield from _of_module(root, gaps, path, 0)
    else:
        gaps.append(f"`{path}` has no `root_module` among its values: nothing in it was judged")


def _of_module(
    module: Mapping[str, object], gaps: list[str], path: str, depth: int
) -> Iterator[_Resource]:
    if depth > MAX_DEPTH:
        gaps.append(f"`{path}` nests modules deeper than {MAX_DEPTH} levels")
        return
    gaps += (
        f"`{path}` has `{member}` that are no list: these were not judged"
        for member in ("resources", "child_modules")
        if not isinstance(module.get(member, []), list)
    )
    for resource in _dicts(module.get("resources")):
        if _matters(resource):
            values = resource.get("values")
            kind = str(resource["type"])
            address = str(resource.get("address", kind))
            yield _Resource(kind, address, values if isinstance(values, dict) else {})
    for child in _dicts(module.get("child_modules")):
        yield from _of_module(child, gaps, path, depth + 1)


def _of_state_file(data: Mapping[str, object], gaps: list[str], path: str) -> Iterator[_Resource]:
    for resource in _dicts(data.get("resources")):
        if not _matters(resource):
            continue
        if not isinstance(resource.get("instances"), list):
            gaps.append(f"`{path}` has a role whose `instances` are no list: it was not judged")
        module = f"{resource['module']}." if resource.get("module") else ""
        for instance in _dicts(resource.get("instances")):
            key = instance.get("index_key")
            shown = "" if key is None else f"[{key}]" if isinstance(key, Number) else f'["{key}"]'
            values = instance.get("attributes")
            yield _Resource(
                str(resource["type"]),
                f"{module}{resource['type']}.{resource.get('name')}{shown}",
                values if isinstance(values, dict) else {},
            )


def _unknown_policies(data: Mapping[str, object]) -> frozenset[str]:
    """The roles whose trust policy is only known after the apply."""
    found = []
    for change in _dicts(data.get("resource_changes")):
        after = change.get("change")
        unknown = after.get("after_unknown") if isinstance(after, dict) else None
        if isinstance(unknown, dict) and unknown.get("assume_role_policy") is True:
            found.append(str(change.get("address")))
    return frozenset(found)


def _declared(resource: _Resource, path: str, unknown: frozenset[str]) -> Declared:
    values = resource.values
    arn = values.get("arn")
    name = values.get("name")
    return Declared(
        name if isinstance(name, str) and name else resource.address,
        resource.address,
        RoleArn.parse(arn) if isinstance(arn, str) else None,
        _policy(resource, unknown),
        None,
        f"`{resource.address}` in {path}",
    )


def _policy(resource: _Resource, unknown: frozenset[str]) -> TrustPolicy | Unknown:
    text = resource.values.get("assume_role_policy")
    if resource.address in unknown:
        return Unknown(
            f"`{resource.address}.assume_role_policy` is only known after the apply:"
            " give the Terraform source, or the state afterwards"
        )
    if not isinstance(text, str):
        return Unknown(f"`{resource.address}` has no `assume_role_policy`")
    try:
        return from_data(read(text).value)
    except JsonError as problem:
        return Unknown(f"the policy of `{resource.address}` is no JSON: {problem.message}")
    except PolicyError as problem:
        return Unknown(f"not a trust policy that IAM would store: {problem.message}")


def _dicts(value: object) -> Iterator[dict[str, object]]:
    if isinstance(value, list):
        yield from (each for each in value if isinstance(each, dict))
