"""A policy means the same in whatever form it is written."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oidc_enforcer.facts import Role
from oidc_enforcer.iam.document import TrustPolicy, from_data
from oidc_enforcer.policies import load
from tests.iac.terraform_code import HOST, PROVIDER

#: What is special to one of the languages stands beside what is plain.
#: `&{` is how a policy document spells `${`; python-hcl2 refuses a `%%{` that is never closed.
WORDS = st.text(
    st.sampled_from("abz019:/*?-_.@ é🚀\"'\\%#!&~{}[],|>\t"), min_size=1, max_size=12
).filter(lambda text: "&{" not in text and "%{" not in text)
MARKED = st.sampled_from(
    ["$${x}", "%{if}", "${aws:x}", "$", "%%", "yes", "null", "1.0", "<<EOF", "EOF"]
)
VALUES = st.lists(st.one_of(WORDS, MARKED), min_size=1, max_size=3, unique=True)
KEYS = st.sampled_from([f"{HOST}:sub", f"{HOST}:aud", f"{HOST}:repository_id", "aws:SourceAccount"])
#: Without variables, whose syntax IAM would refuse in random text.
OPERATORS = st.sampled_from(
    ["StringEquals", "StringLike", "ForAnyValue:StringLike", "StringNotEqualsIfExists"]
)
CONDITION = st.dictionaries(
    OPERATORS, st.dictionaries(KEYS, VALUES, min_size=1, max_size=2), min_size=0, max_size=2
)
PRINCIPAL = st.fixed_dictionaries(
    {"Federated": st.just([PROVIDER])},
    optional={
        "AWS": st.just(["arn:aws:iam::123456789012:root"]),
        "Service": st.just(["ec2.amazonaws.com"]),
    },
)


@st.composite
def statements(draw: st.DrawFn) -> dict[str, Any]:
    statement: dict[str, Any] = {
        "Effect": draw(st.sampled_from(["Allow", "Deny"])),
        "Principal": draw(PRINCIPAL),
        draw(st.sampled_from(["Action", "NotAction"])): draw(
            st.sampled_from([["sts:AssumeRoleWithWebIdentity"], ["sts:*", "sts:TagSession"]])
        ),
    }
    if draw(st.booleans()):
        statement["Sid"] = draw(st.from_regex(r"[A-Za-z0-9]{1,8}", fullmatch=True))
    if condition := draw(CONDITION):
        statement["Condition"] = condition
    return statement


POLICIES = st.lists(
    statements(), min_size=1, max_size=3, unique_by=lambda each: each.get("Sid", id(each))
).map(lambda found: {"Version": "2008-10-17", "Statement": found})


def quoted(text: str) -> str:
    """A text as Terraform quotes it."""
    return json.dumps(text, ensure_ascii=False).replace("${", "$${").replace("%{", "%%{")


def hcl(value: Any) -> str:
    if isinstance(value, dict):
        return (
            "{" + ", ".join(f"{quoted(name)} = {hcl(each)}" for name, each in value.items()) + "}"
        )
    if isinstance(value, list):
        return "[" + ", ".join(map(hcl, value)) + "]"
    return quoted(value)


def role(expression: str) -> str:
    return f'resource "aws_iam_role" "r" {{\n  assume_role_policy = {expression}\n}}\n'


def as_policy_document(policy: dict[str, Any]) -> str:
    lines = [f'data "aws_iam_policy_document" "d" {{\n  version = "{policy["Version"]}"']
    for each in policy["Statement"]:
        lines.append(f'  statement {{\n    effect = "{each["Effect"]}"')
        for element, name in (("Sid", "sid"), ("Action", "actions"), ("NotAction", "not_actions")):
            if element in each:
                lines.append(f"    {name} = {hcl(each[element])}")
        for kind, names in each["Principal"].items():
            lines.append(
                f'    principals {{\n      type = "{kind}"\n'
                f"      identifiers = {hcl(names)}\n    }}"
            )
        for operator, keys in each.get("Condition", {}).items():
            for key, values in keys.items():
                inner = (
                    f'      test = "{operator}"\n      variable = "{key}"\n'
                    f"      values = {hcl(values)}\n"
                )
                lines.append(f"    condition {{\n{inner}    }}")
        lines.append("  }")
    return "\n".join([*lines, "}\n"]) + role("data.aws_iam_policy_document.d.json")


def yaml(value: Any, indent: str = "\n") -> str:
    """Block style, every text in double quotes, which YAML reads as JSON does."""
    if isinstance(value, dict):
        return "".join(
            f'{indent}"{name}":{yaml(each, indent + "  ")}' for name, each in value.items()
        )
    if isinstance(value, list):
        return "".join(f"{indent}-{yaml(each, indent + '  ')}" for each in value)
    return " " + json.dumps(value, ensure_ascii=False)


def template(policy: dict[str, Any]) -> dict[str, Any]:
    properties = {"AssumeRolePolicyDocument": policy}
    return {"Resources": {"R": {"Type": "AWS::IAM::Role", "Properties": properties}}}


def plan(policy: dict[str, Any]) -> str:
    values = {"name": "r", "assume_role_policy": json.dumps(policy)}
    resource = {"address": "aws_iam_role.r", "type": "aws_iam_role", "values": values}
    return json.dumps(
        {"format_version": "1.2", "planned_values": {"root_module": {"resources": [resource]}}}
    )


def heredoc(policy: dict[str, Any]) -> str:
    text = (
        json.dumps(policy, indent=2, ensure_ascii=False).replace("${", "$${").replace("%{", "%%{")
    )
    return role("<<-POLICY\n" + "".join(f"    {line}\n" for line in text.split("\n")) + "  POLICY")


FORMS: dict[str, tuple[str, Callable[[dict[str, Any]], str]]] = {
    "policy": ("p.json", lambda policy: json.dumps(policy, indent=1)),
    "get-role": (
        "r.json",
        lambda policy: json.dumps({"Role": {"AssumeRolePolicyDocument": policy}}),
    ),
    "heredoc": ("a.tf", heredoc),
    "jsonencode": ("b.tf", lambda policy: role(f"jsonencode({hcl(policy)})")),
    "policy document": ("c.tf", as_policy_document),
    "plan": ("plan.json", plan),
    "template in JSON": ("t.json", lambda policy: json.dumps(template(policy))),
    "template in YAML": ("t.yml", lambda policy: yaml(template(policy)).lstrip("\n")),
}


def meaning(policy: TrustPolicy) -> object:
    """Without places; the order of members does not matter, that of statements does."""
    return policy.version, [
        (
            each.sid,
            each.effect,
            each.not_action,
            each.actions,
            sorted(principal[:2] for principal in each.principals),
            sorted((one.operator, one.key, one.values) for one in each.conditions),
        )
        for each in policy.statements
    ]


@pytest.mark.parametrize("form", FORMS)
@given(policy=POLICIES)
@settings(max_examples=25)
def test_a_policy_comes_back_from_every_form(form: str, policy: dict[str, Any]) -> None:
    path, written = FORMS[form]
    (entry,) = load(path, written(policy).encode()).entries
    assert isinstance(entry.found, Role), entry.found
    assert meaning(entry.found.policy) == meaning(from_data(policy))
