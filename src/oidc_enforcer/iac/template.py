"""A CloudFormation template, and what its names, functions and conditions come to.

Source: AWS CloudFormation Template Reference, "Pseudo parameters reference".
An account that no template tells is twelve zeros, as in Terraform code.
"""

from __future__ import annotations

from oidc_enforcer.arn import UNTOLD_ACCOUNT
from oidc_enforcer.iac.hcl_functions import text
from oidc_enforcer.iac.intrinsics import FUNCTIONS, as_object
from oidc_enforcer.iac.values import MAX_DEPTH, List, Object, Site, Unknown, Value
from oidc_enforcer.source import SourceFile

_PSEUDO: dict[str, Value] = {
    "AWS::AccountId": UNTOLD_ACCOUNT,
    "AWS::Partition": "aws",
    "AWS::URLSuffix": "amazonaws.com",
}
_OIDC_PROVIDERS = ("AWS::IAM::OIDCProvider", "Custom::AWSCDKOpenIdConnectProvider")
#: What `Ref` and `GetAtt` make of each: the word in its ARN, and the property that names it.
_NAMED = {"AWS::IAM::Role": ("role", "RoleName"), "AWS::IAM::User": ("user", "UserName")}


class _NoValue:
    """What `AWS::NoValue` stands for: the member is not there."""


_NO_VALUE = _NoValue()


class Template:
    """A template's parts, and which of its conditions have been decided for the moment.

    `opened` collects the conditions that nothing decides, `assumed` the parameters that were taken
    at their defaults.
    """

    def __init__(self, data: Value) -> None:
        self.data = as_object(data)
        self.resources = self.part("Resources")
        self.parameters = self.part("Parameters")
        self.choices: dict[str, bool] = {}
        self.opened: set[str] = set()
        self.assumed: set[str] = set()
        self._depth = 0
        self._steps = 100_000

    def part(self, name: str) -> Object:
        """A top-level section."""
        return as_object(self.data.get(name))

    @property
    def transforms(self) -> list[str]:
        """The macros that CloudFormation runs over the template."""
        named = self.data.get("Transform")
        listed = named if isinstance(named, list) else [] if named is None else [named]
        return [each if isinstance(each, str) else "Fn::Transform" for each in listed]

    def type_of(self, name: str) -> str:
        """A resource's type."""
        kind = as_object(self.resources.get(name)).get("Type")
        return kind if isinstance(kind, str) else ""

    def properties(self, name: str) -> Object:
        """A resource's properties, unresolved."""
        return as_object(as_object(self.resources.get(name)).get("Properties"))

    def site(self, name: str, source: SourceFile) -> Site:
        """Where a resource is written."""
        return self.resources.sites.get(name, Site(source, 0))

    # -- resolving ------------------------------------------------------------------------------

    def resolve(self, value: Value) -> Value:
        """The value with every function replaced by what it gives, Unknown where that is open."""
        self._steps -= 1
        if self._depth > MAX_DEPTH or self._steps < 0:
            return Unknown("the template is too deep or too large to be resolved")
        self._depth += 1
        try:
            return self._resolve(value)
        except (TypeError, ValueError, KeyError, IndexError) as problem:
            return Unknown(f"{_shown(value)}: {problem}")
        finally:
            self._depth -= 1

    def _resolve(self, value: Value) -> Value:
        if isinstance(value, dict):
            function = _function(value)
            if function is not None:
                return self._called(function, value)
            resolved = {name: self.resolve(each) for name, each in value.items()}
            kept = {name: each for name, each in resolved.items() if each is not _NO_VALUE}
            return Object(kept, value.sites if isinstance(value, Object) else {})
        if isinstance(value, list):
            found = [self.resolve(each) for each in value]
            sites = value.sites if isinstance(value, List) else ()
            pairs = zip(found, sites, strict=False)
            kept_sites = [site for each, site in pairs if each is not _NO_VALUE]
            return List((each for each in found if each is not _NO_VALUE), kept_sites)
        return value

    def _called(self, function: str, value: dict[str, Value]) -> Value:
        rule = FUNCTIONS.get(function)
        found = (
            Unknown("this function is not followed")
            if rule is None
            else rule(self, value[function])
        )
        if isinstance(found, Unknown) and "(" not in found.reason:
            site = value.sites.get(function) if isinstance(value, Object) else None
            where = f" ({site})" if site else ""
            return Unknown(f"{_shown(value)}{where}: {found.reason}")
        return found

    def named(self, name: str) -> Value:
        """What `Ref` gives."""
        if name == "AWS::NoValue":
            return _NO_VALUE
        if name in _PSEUDO:
            return _PSEUDO[name]
        if name.startswith("AWS::"):
            return Unknown("it is only known once the stack is deployed")
        if name in self.parameters:
            return self._parameter(name)
        kind = self.type_of(name)
        if kind in _OIDC_PROVIDERS:
            return self.attribute(name, "Arn")
        if kind in _NAMED:
            return self._physical_name(name)
        why = "it is only known once the stack is deployed"
        return Unknown(why if name in self.resources else f"`{name}` is declared nowhere")

    def attribute(self, name: str, attribute: str) -> Value:
        """What `GetAtt` gives."""
        kind = self.type_of(name)
        if attribute == "Arn" and kind in _OIDC_PROVIDERS:
            url = self.resolve(self.properties(name).get("Url"))
            if not isinstance(url, str):
                return url if isinstance(url, Unknown) else Unknown(f"`{name}` has no `Url`")
            return _arn(f"oidc-provider/{url.removeprefix('https://')}")
        if attribute == "Arn" and kind in _NAMED:
            word, _ = _NAMED[kind]
            named = self._physical_name(name)
            path = self.resolve(self.properties(name).get("Path", "/"))
            if isinstance(named, str) and isinstance(path, str):
                return _arn(f"{word}{path}{named}")
            return named if isinstance(named, Unknown) else path
        why = "it is only known once the stack is deployed"
        return Unknown(why if name in self.resources else f"`{name}` is declared nowhere")

    def _physical_name(self, name: str) -> Value:
        _, property_name = _NAMED[self.type_of(name)]
        named = self.resolve(self.properties(name).get(property_name))
        return Unknown(f"CloudFormation chooses the name of `{name}`") if named is None else named

    def _parameter(self, name: str) -> Value:
        declared = as_object(self.parameters.get(name))
        default = declared.get("Default")
        kind = declared.get("Type")
        kind = kind if isinstance(kind, str) else "String"
        if default is None:
            return Unknown(f"the parameter `{name}` has no default")
        if kind.startswith("AWS::SSM::"):
            return Unknown(f"the parameter `{name}` is read from Parameter Store")
        self.assumed.add(name)
        if kind == "CommaDelimitedList" or kind.startswith("List<"):
            return List(each.strip() for each in text(default).split(","))
        return text(default)

    def holds(self, name: str) -> bool | Unknown:
        """Whether a condition of the template holds."""
        if name in self.choices:
            return self.choices[name]
        declared = self.part("Conditions").get(name)
        if declared is None:
            return Unknown(f"the condition `{name}` is declared nowhere")
        before = len(self.opened)
        value = self.resolve(declared)
        if isinstance(value, bool):
            return value
        if len(self.opened) == before:
            self.opened.add(name)
        return Unknown(f"the template leaves the condition `{name}` open")


def _function(value: dict[str, Value]) -> str | None:
    if len(value) != 1:
        return None
    (name,) = value
    if name.startswith("Fn::") or name == "Ref":
        return name
    return name if name == "Condition" and isinstance(value[name], str) else None


def _shown(value: Value) -> str:
    """A function as the template's reader knows it."""
    if isinstance(value, dict) and len(value) == 1:
        (name,) = value
        inner = value[name]
        if name == "Fn::GetAtt" and isinstance(inner, list):
            inner = ".".join(map(str, inner))
        argument = f" {inner}" if isinstance(inner, str) else ""
        return f"`!{name.removeprefix('Fn::')}{argument[:80]}`"
    return "a value"


def _arn(resource: str) -> str:
    return f"arn:aws:iam::{UNTOLD_ACCOUNT}:{resource}"
