from __future__ import annotations

import json
from typing import Any

import pytest

from oidc_enforcer.policies import Policies, load
from tests.iac.terraform_code import answers, subjects, trust

POLICY = trust("repo:acme/app:*")
ARN = "arn:aws:iam::123456789012:role/deploy"


def read(data: Any) -> Policies:
    return load("plan.json", json.dumps(data).encode())


def resource(address: str = "aws_iam_role.r", **values: Any) -> dict[str, Any]:
    return {
        "address": address,
        "mode": "managed",
        "type": "aws_iam_role",
        "name": "r",
        "values": {"assume_role_policy": json.dumps(POLICY), "name": "deploy", **values},
    }


def plan(*resources: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "format_version": "1.2",
        "terraform_version": "1.11.4",
        "planned_values": {"root_module": {"resources": list(resources)}},
        **more,
    }


def test_a_policy_that_is_only_known_after_the_apply_is_unavailable() -> None:
    change = {
        "address": "aws_iam_role.r",
        "change": {"after_unknown": {"assume_role_policy": True}},
    }
    made = resource()
    del made["values"]["assume_role_policy"]
    (reason,) = answers(read(plan(made, resource_changes=[change]))).values()
    assert reason.startswith("`aws_iam_role.r.assume_role_policy` is only known after the apply")


def test_a_role_without_a_policy_or_with_a_broken_one_is_not_dropped() -> None:
    broken = [
        resource("aws_iam_role.a", assume_role_policy=None, name="a"),
        resource("aws_iam_role.b", assume_role_policy="{", name="b"),
        resource("aws_iam_role.c", assume_role_policy="{}", name="c"),
    ]
    assert list(answers(read(plan(*broken))).values()) == [
        "`aws_iam_role.a` has no `assume_role_policy`",
        "the policy of `aws_iam_role.b` is no JSON: expected a member's name in quotes",
        "not a trust policy that IAM would store: the policy has no `Statement`",
    ]


def test_a_plan_that_failed_says_so() -> None:
    found = read(plan(errored=True))
    assert [gap.reason for gap in found.gaps] == [
        "`plan.json` is a plan that Terraform could not finish"
    ]


@pytest.mark.parametrize(
    "values",
    [
        None,
        [],
        {"root_module": None},
        {"root_module": {"resources": {}}},
        {"root_module": {"child_modules": "x"}},
        {"root_module": {"child_modules": [{"resources": None}]}},
    ],
)
def test_values_that_are_not_as_terraform_writes_them_never_pass(values: Any) -> None:
    assert read({"format_version": "1.2", "planned_values": values}).gaps


def test_a_state_without_anything_has_no_roles() -> None:
    found = read({"format_version": "1.0", "terraform_version": "1.11.4"})
    assert (found.entries, found.gaps) == ((), ())


def test_roles_of_child_modules_are_read() -> None:
    data = plan(resource())
    inner = {"resources": [resource("module.m.aws_iam_role.r", name="inner", arn=ARN)]}
    data["planned_values"]["root_module"]["child_modules"] = [{"child_modules": [inner]}]
    found = read(data)
    assert subjects(found) == {"deploy": ["repo:acme/app:*"], "inner": ["repo:acme/app:*"]}
    assert [str(entry.arn) for entry in found.entries] == ["None", ARN]


def test_other_resources_are_no_roles() -> None:
    other = {**resource(), "type": "aws_s3_bucket"}
    data = {**resource(), "mode": "data"}
    assert not read(plan(other, data)).entries


def provider_resource(mode: str = "managed", **values: Any) -> dict[str, Any]:
    arn = "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"
    return {
        "address": "aws_iam_openid_connect_provider.github",
        "mode": mode,
        "type": "aws_iam_openid_connect_provider",
        "values": {"arn": arn, "client_id_list": ["sts.amazonaws.com"], **values},
    }


def test_providers_are_seen_where_all_of_them_is_told() -> None:
    looked_up = provider_resource("data", client_id_list=["x"])
    planned = provider_resource(arn=None)
    odd = provider_resource(client_id_list="x")
    found = read(plan(resource(), provider_resource(), looked_up, planned, odd))
    assert [each.audiences for each in found.seen] == [("sts.amazonaws.com",), ("x",)]
    assert found.providers == {}
    instance = {"attributes": provider_resource()["values"]}
    stored = {**provider_resource(), "instances": [instance]}
    state = {"version": 4, "terraform_version": "1.11.4", "resources": [stored]}
    assert [each.audiences for each in read(state).seen] == [("sts.amazonaws.com",)]


def test_instances_that_are_no_list_are_a_gap() -> None:
    state = {
        "version": 4,
        "terraform_version": "1.11.4",
        "resources": [{"type": "aws_iam_role", "instances": "x"}],
    }
    (gap,) = read(state).gaps
    assert "has a role whose `instances` are no list" in gap.reason


def test_a_state_is_read_as_shown_and_as_stored() -> None:
    shown = {"format_version": "1.0", "values": {"root_module": {"resources": [resource(arn=ARN)]}}}
    assert subjects(read(shown)) == {"deploy": ["repo:acme/app:*"]}
    assert not read({"format_version": "1.0", "terraform_version": "1.11.4"}).entries
    values = resource(arn=ARN)["values"]
    stored = {
        "version": 4,
        "terraform_version": "1.11.4",
        "resources": [
            {
                "module": "module.m",
                "mode": "managed",
                "type": "aws_iam_role",
                "name": "r",
                "instances": [
                    {"index_key": 0, "attributes": values},
                    {"index_key": "k", "attributes": {"name": ""}},
                ],
            }
        ],
    }
    found = read(stored)
    assert [entry.name for entry in found.entries] == ["deploy", 'module.m.aws_iam_role.r["k"]']
    assert found.entries[0].origin == "`module.m.aws_iam_role.r[0]` in plan.json"
    assert str(found.entries[0].arn) == ARN
