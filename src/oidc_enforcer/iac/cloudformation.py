"""Roles out of CloudFormation and SAM templates, without deploying them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import NamedTuple

from oidc_enforcer.arn import UNTOLD_ACCOUNT, OidcProviderArn
from oidc_enforcer.iac.declared import Declared, DeclaredProvider, read_policy
from oidc_enforcer.iac.intrinsics import as_object
from oidc_enforcer.iac.template import Template
from oidc_enforcer.iac.values import Object, Site, Unknown, Value
from oidc_enforcer.iam.document import TrustPolicy
from oidc_enforcer.source import SourceFile

_POLICY = "AssumeRolePolicyDocument"
#: More conditions than this that are left open make more branches than anybody reads.
_MOST_OPEN = 4
_KNOWN_TRANSFORMS = ("AWS::Serverless-2016-10-31", "AWS::LanguageExtensions")


class Declarations(NamedTuple):
    """The roles of a template, and what may make further ones and is not read."""

    roles: tuple[Declared, ...]
    gaps: tuple[str, ...]


def is_template(data: Value) -> bool:
    """Whether the data is a CloudFormation template."""
    return isinstance(data, dict) and isinstance(data.get("Resources"), dict)


def roles(data: Value, source: SourceFile) -> Declarations:
    """Every role that the template declares; in every branch that its conditions leave open."""
    template = Template(data)
    found: list[Declared] = []
    for name in template.resources:
        found += _declared(template, name, source)
    made = tuple(_providers(template))
    found = [role.beside(made) for role in found]
    return Declarations(tuple(found), tuple(_gaps(template, source)))


def _providers(template: Template) -> Iterator[DeclaredProvider]:
    """The OIDC providers that the template surely makes, as far as it tells them."""
    for name in template.resources:
        if template.type_of(name) != "AWS::IAM::OIDCProvider":
            continue
        template.assumed = set()
        condition = as_object(template.resources.get(name)).get("Condition")
        holds = template.holds(condition) if isinstance(condition, str) else condition is None
        properties = template.properties(name)
        url = template.resolve(properties.get("Url"))
        audiences = template.resolve(properties.get("ClientIdList"))
        listed = audiences if isinstance(audiences, list) else []
        if holds is True and isinstance(url, str) and all(isinstance(one, str) for one in listed):
            arn = OidcProviderArn("aws", UNTOLD_ACCOUNT, url.removeprefix("https://"))
            yield DeclaredProvider(arn, tuple(map(str, listed)), frozenset(template.assumed))


def _gaps(template: Template, source: SourceFile) -> Iterator[str]:
    for name in template.resources:
        if name.startswith("Fn::"):
            yield f"`{name[:80]}` ({template.site(name, source)}) makes resources that are not read"
        elif template.type_of(name) == "AWS::CloudFormation::Stack":
            where = template.site(name, source)
            yield f"the nested stack `{name}` ({where}) is a template of its own: give its file too"
    listed = template.transforms
    for each in listed:
        if each not in _KNOWN_TRANSFORMS:
            yield f"the macro `{each[:80]}` of `{source.path}` may change what is declared"


def _declared(template: Template, name: str, source: SourceFile) -> Iterator[Declared]:
    kind = template.type_of(name)
    properties = template.properties(name)
    if kind == "AWS::IAM::Role":
        pass
    elif not (kind.startswith("AWS::Serverless::") and _POLICY in properties):
        return
    home = properties.sites.get(_POLICY, template.site(name, source))
    branches = list(_branches(template, name, properties, home))
    first = branches[0]
    if all(each.policy == first.policy for each in branches):
        branches = [first._replace(name=first.name.partition(" (")[0])]
    yield from branches


def _branches(template: Template, name: str, properties: Object, home: Site) -> Iterator[Declared]:
    """The role once for every way in which conditions that are left open may turn out."""
    template.choices = {}
    template.opened = set()
    whole = _read(template, name, properties, home)
    opened = sorted(template.opened)
    if not opened:
        yield whole
        return
    if len(opened) > _MOST_OPEN:
        why = f"it depends on more than {_MOST_OPEN} conditions that the template leaves open"
        yield whole._replace(policy=Unknown(f"`{name}` ({home}): {why}"))
        return
    for turns in product((True, False), repeat=len(opened)):
        template.choices = dict(zip(opened, turns, strict=True))
        said = ", ".join(
            f"{'' if holds else 'not '}{each}" for each, holds in template.choices.items()
        )
        branch = _read(template, name, properties, home)
        yield branch._replace(name=f"{branch.name} (if {said})")
    template.choices = {}


def _read(template: Template, name: str, properties: Object, home: Site) -> Declared:
    template.assumed = set()
    policy, file = _policy(template, name, properties, home)
    assumed = tuple(sorted(template.assumed))
    role = template.resolve(properties.get("RoleName"))
    address = f"{name} ({home})"
    is_named = isinstance(role, str)
    return Declared(
        str(role) if is_named else name, address, None, policy, file, str(home), assumed
    )


def _policy(
    template: Template, name: str, properties: Object, home: Site
) -> tuple[TrustPolicy | Unknown, SourceFile | None]:
    document = properties.get(_POLICY)
    if document is None:
        return Unknown(f"`{name}` ({home}) has no `{_POLICY}`"), None
    return read_policy(template.resolve(document), home)
