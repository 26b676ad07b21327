"""A trust policy as what people keep it in: IAM's JSON, Terraform, CloudFormation."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeAlias

from oidc_enforcer.arn import OidcProviderArn
from oidc_enforcer.reporters.visible import is_seen

#: A trust policy as `json.loads` gives it.
Document: TypeAlias = Mapping[str, Any]

_LOOK_UP = "data.aws_iam_openid_connect_provider.github"
_LOOKED_UP = 'data "aws_iam_openid_connect_provider" "github"'


def as_json(document: Document) -> str:
    """As `aws iam update-assume-role-policy --policy-document file://…` takes it."""
    text = json.dumps(document, indent=2, ensure_ascii=False)
    return _seen(text, lambda char: json.dumps(char).strip('"')) + "\n"


def as_terraform(
    document: Document, name: str = "trust", *, here: OidcProviderArn | None = None
) -> str:
    """A data source, for a role's `assume_role_policy = data.aws_iam_policy_document.NAME.json`.

    The provider `here` is looked up in the account to which the code is applied.
    """
    if here is not None:
        text = as_terraform(document, name).replace(_hcl(here), f"{_LOOK_UP}.arn")
        return f"{_LOOKED_UP} {{\n  url = {_hcl(f'https://{here.issuer}')}\n}}\n\n{text}"
    lines = [f'data "aws_iam_policy_document" "{name}" {{']
    if document.get("Version") != "2012-10-17":  # the provider's own default
        lines.append(f"  version = {_hcl(document.get('Version', '2008-10-17'))}")
    for number, statement in enumerate(document["Statement"]):
        lines += ([""] if number or len(lines) > 1 else []) + list(_hcl_statement(statement))
    return "\n".join([*lines, "}", ""])


def _hcl_statement(statement: Document) -> Iterator[str]:
    yield "  statement {"
    if "Sid" in statement:
        yield f"    sid     = {_hcl(statement['Sid'])}"
    yield f"    effect  = {_hcl(statement['Effect'])}"
    yield f"    actions = {_hcl_list(statement['Action'])}"
    for kind, values in statement["Principal"].items():
        yield ""
        yield "    principals {"
        yield f"      type        = {_hcl(kind)}"
        yield f"      identifiers = {_hcl_list(values)}"
        yield "    }"
    for operator, keys in statement.get("Condition", {}).items():
        for key, values in keys.items():
            yield ""
            yield "    condition {"
            yield f"      test     = {_hcl(operator)}"
            yield f"      variable = {_hcl(key)}"
            listed = _hcl_list(values)
            # `terraform fmt` lines up neighbours of one line alone.
            yield f"      values {'' if chr(10) in listed else '  '}= {listed}"
            yield "    }"
    yield "  }"


def _hcl_list(values: object) -> str:
    listed = values if isinstance(values, list) else [values]
    if len(listed) == 1:
        return f"[{_hcl(listed[0])}]"
    inner = "".join(f"        {_hcl(value)},\n" for value in listed)
    return f"[\n{inner}      ]"


def _hcl(value: object) -> str:
    """A quoted text; `${` and `%{` would begin a template."""
    return _literal(str(value)).replace("${", "$${").replace("%{", "%%{")


def _literal(text: str) -> str:
    """A quoted text as Terraform and YAML read it."""
    return _seen(json.dumps(text, ensure_ascii=False), _escaped)


def _escaped(char: str) -> str:
    return f"\\u{ord(char):04x}" if char < "\U00010000" else f"\\U{ord(char):08x}"


def _seen(text: str, escaped: Callable[[str], str]) -> str:
    """Quoted texts in which nothing is invisible; the line breaks are those of the layout.

    GitHub's runner would take `##[` for a command (actions/runner, `ActionCommand.cs`).
    """
    shown = (
        char if char == "\n" or is_seen(text, at) else escaped(char) for at, char in enumerate(text)
    )
    return "".join(shown).replace("##[", "##\\u005b")


def as_cloudformation(document: Document, name: str = "DeployRole", *, here: bool = False) -> str:
    """A role to be put under a template's `Resources`.

    With `here` the provider is that of the account and partition in which the stack is made.
    """
    rows = [
        f"{name}:",
        "  Type: AWS::IAM::Role",
        "  Properties:",
        "    AssumeRolePolicyDocument:",
    ]
    return "\n".join([*rows, *_yaml(document, 6, here=here), ""])


def _yaml(value: object, indent: int, *, here: bool) -> Iterator[str]:
    """Block style; texts are quoted as in JSON, which YAML reads alike."""
    blank = " " * indent
    if isinstance(value, Mapping):
        for key, inner in value.items():
            name = key if key.isalnum() else _literal(key)
            if isinstance(inner, (Mapping, list)):
                yield f"{blank}{name}:"
                yield from _yaml(inner, indent + 2, here=here)
            else:
                yield f"{blank}{name}: {_yaml_text(str(inner), here=here)}"
    elif isinstance(value, list):
        for inner in value:
            if isinstance(inner, Mapping):
                first, *others = _yaml(inner, indent + 2, here=here)
                yield f"{blank}- {first.lstrip()}"
                yield from others
            else:
                yield f"{blank}- {_yaml_text(str(inner), here=here)}"


def _yaml_text(text: str, *, here: bool) -> str:
    provider = OidcProviderArn.parse(text) if here else None
    if provider is None:
        return _literal(text)
    arn = f"arn:${{AWS::Partition}}:iam::${{AWS::AccountId}}:oidc-provider/{provider.issuer}"
    return f"!Sub {json.dumps(arn)}"
