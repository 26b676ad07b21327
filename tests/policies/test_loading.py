from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import jsonschema
import pytest

from oidc_enforcer.arn import RoleArn
from oidc_enforcer.errors import UserError
from oidc_enforcer.facts import Role, Unavailable
from oidc_enforcer.iam.document import from_data
from oidc_enforcer.iam.writing import as_data
from oidc_enforcer.policies import Policies, load, snapshot
from oidc_enforcer.policies.accounts import in_account
from tests.policies.documents import ARN, ISSUER, POLICY, role

SCHEMA = json.loads(
    (Path(__file__).parents[2] / "src/oidc_enforcer/schemas/trust-snapshot-1.json").read_text()
)


def _load(data: Any, path: str = "roles.json", today: str = "") -> Policies:
    text = data if isinstance(data, str) else json.dumps(data)
    return load(path, text.encode(), today)


def _complaint(data: Any, path: str = "roles.json") -> str:
    with pytest.raises(UserError) as problem:
        _load(data, path)
    assert problem.value.hint
    return problem.value.message


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "`roles.json`, line 1: not valid JSON: expecting value"),
        ("  \n", "`roles.json`, line 2: not valid JSON: expecting value"),
        ('{\n "Version": "2012-10-17",\n}', "`roles.json`, line 3: not valid JSON: expecting"),
        ('{\n "a": NaN}', "`roles.json`: not valid JSON: `NaN` is no JSON value"),
        (
            '{"Roles": [\n {"RoleName": "a",\n "RoleName": "b"}]}',
            "`roles.json`, line 3: the member `RoleName` is given twice in one object",
        ),
        (
            '{"Version": "2012-10-17",\n "Statement": [],\n "Statement": []}',
            "`roles.json`, line 3: the member `Statement` is given twice in one object",
        ),
        ("[" * 100_000, "`roles.json`: nested too deep to be a policy"),
        ('{"a":' * 100_000, "`roles.json`: nested too deep to be a policy"),
        ("{}", "`roles.json` holds no trust policy"),
        ("[]", "`roles.json` holds no trust policy"),
        ("[1]", "`roles.json` holds no trust policy"),
        ('"text"', "`roles.json` holds no trust policy"),
        ('{"Version": "2012-10-17",\n "Statement": []}', "`roles.json`, line 2: `Statement` lists"),
        (
            '{"Version": "2012-10-17", "Statement": [{\n "Effect": "Allow",\n "Resource": "*"}]}',
            "`roles.json`, line 3: `Resource` is not allowed in a trust policy",
        ),
    ],
)
def test_what_is_no_policy_file_is_refused_with_its_line(text: str, complaint: str) -> None:
    assert _complaint(text).startswith(complaint)


def test_a_plan_in_terraform_s_own_form_says_what_to_do() -> None:
    with pytest.raises(UserError) as problem:
        load("a.plan", b"PK\x03\x04")
    assert "terraform show -json a.plan" in problem.value.hint


def test_bytes_that_are_no_text_are_refused() -> None:
    with pytest.raises(UserError, match="line 2: the text is not valid UTF-8"):
        load("roles.json", b'{"Version":\n"\xff"}')


def test_a_policy_that_iam_would_not_store_does_not_pass_and_does_not_hide_the_others() -> None:
    found = _load({"Roles": [role(policy={"Version": "2012-10-17"}), role("other")]})
    bad, good = found.entries
    assert bad.found == Unavailable(
        "not a trust policy that IAM would store: the policy has no `Statement`"
    )
    assert isinstance(good.found, Role)
    assert found.roles()[ARN] == bad.found


@pytest.mark.parametrize("data", [{"RoleName": "x", "Arn": "arn:aws:s3:::x"}, 5, None])
def test_what_is_no_role_in_a_list_of_roles_is_not_dropped(data: Any) -> None:
    found = _load({"Roles": [data]})
    assert [type(entry.found) for entry in found.entries] == [Unavailable]


def test_one_page_of_several_is_a_gap() -> None:
    found = _load({"IsTruncated": True, "Marker": "x", "RoleDetailList": [role()]})
    assert [gap.reason for gap in found.gaps] == [
        "`roles.json` is one page of several: run the command without a page limit"
    ]


def test_two_sources_that_disagree_are_not_believed() -> None:
    other = {**POLICY, "Version": "2008-10-17"}
    both = _load(role()).plus(_load(role(policy=other), "other.json"))
    found = both.roles()[ARN]
    assert isinstance(found, Unavailable)
    assert found.reason.startswith("its trust policy in roles.json is not the one in other.json")
    assert isinstance(_load(role()).plus(_load(role())).roles()[ARN], Role)


def test_a_role_without_an_account_is_known_by_its_name_while_that_is_clear() -> None:
    code = 'resource "aws_iam_role" "r" {\n  name = "deploy"\n  assume_role_policy = %s\n}\n'
    one = _load(code % f"jsonencode({json.dumps(POLICY)})", "a.tf")
    assert isinstance(one.roles()["deploy"], Role)
    assert isinstance(one.plus(one).roles()["deploy"], Role)
    wider = {**POLICY, "Version": "2008-10-17"}
    other = _load(code % f"jsonencode({json.dumps(wider)})", "b.tf")
    untold = _load(code % "var.x", "c.tf")
    for more in (other, untold):
        assert isinstance(one.plus(more).roles()["deploy"], Unavailable)
        assert isinstance(more.plus(one).roles()["deploy"], Unavailable)


def test_code_that_means_its_own_account_means_the_role_s() -> None:
    untold = json.dumps(POLICY).replace("123456789012", "000000000000")
    other = untold.replace("000000000000", "210987654321")
    arn = RoleArn.parse("arn:aws-cn:iam::123456789012:role/deploy")
    assert arn is not None
    principals = []
    for text in (untold, other):
        (entry,) = _load(text, "deploy.json").entries
        assert isinstance(entry.found, Role)
        (statement,) = in_account(entry.found, arn).policy.statements
        principals.append(statement.principals[0].value)
        known = entry.found._replace(arn=arn)
        assert in_account(known, arn) == known
    assert principals == [
        f"arn:aws-cn:iam::123456789012:oidc-provider/{ISSUER}",
        f"arn:aws:iam::210987654321:oidc-provider/{ISSUER}",
    ]


@pytest.mark.parametrize(
    "data",
    [
        role(),
        {"Role": role()},
        {"provider": {}, "role": role()},
        {"Roles": [role()]},
        [role()],
        {"UserDetailList": [], "RoleDetailList": [role()], "IsTruncated": False},
        {"Role": role(policy=quote(json.dumps(POLICY)))},
        {"Role": role(policy=json.dumps(POLICY))},
    ],
    ids="role get-role bootstrap list-roles query details encoded text".split(),
)
def test_what_aws_commands_print_is_read(data: Any) -> None:
    (entry,) = _load(data).entries
    assert isinstance(entry.found, Role)
    assert entry.name == "deploy"
    assert str(entry.arn) == ARN
    assert as_data(entry.found.policy) == as_data(from_data(POLICY))


def test_a_role_among_others_has_the_places_of_its_policy() -> None:
    profile = {"InstanceProfileName": "x", "Roles": [role("first")]}
    data = {
        "RoleDetailList": [
            {**role("first"), "Description": '"AssumeRolePolicyDocument": {', "x": [profile]},
            role("twin"),
            role("text", policy=json.dumps(POLICY)),
            role("second", policy={**POLICY, "Id": "second"}),
        ]
    }
    text = json.dumps(data, indent=1)
    lines = text.splitlines()
    first, twin, without, second = (each.found for each in _load(text).entries)
    for found in (first, twin, second):
        assert isinstance(found, Role)
        assert found.file is not None
        (statement,) = found.policy.statements
        assert statement.place is not None
        above = lines[: statement.place.line]
        assert [line.strip() for line in above[-2:]] == ['"Statement": [', "{"]
        names = [line for line in above if '"RoleName"' in line]
        assert f'"RoleName": "{found.name}"' in names[-1]
        for condition in statement.conditions:
            assert condition.place is not None
            assert lines[condition.place.line - 1].strip().startswith(f'"{condition.key}"')
    assert isinstance(without, Role)
    assert without.file is None
    assert without.policy.statements[0].place is None


YAML = f"""\
Roles:
- Arn: {ARN}
  AssumeRolePolicyDocument:
    Statement:
    - Action: sts:AssumeRoleWithWebIdentity
      Condition:
        StringLike:
          {ISSUER}:sub: repo:acme/app:*
      Effect: Allow
      Principal:
        Federated: arn:aws:iam::123456789012:oidc-provider/{ISSUER}
    Version: '2012-10-17'
  CreateDate: '2026-01-01T00:00:00+00:00'
  MaxSessionDuration: 3600
  RoleName: deploy
"""


@pytest.mark.parametrize("text", [YAML, YAML.replace("Roles:\n- Arn", "Role:\n  Arn")])
def test_what_aws_commands_print_as_yaml_is_read(text: str) -> None:
    (entry,) = _load(text, "roles.yml").entries
    assert isinstance(entry.found, Role)
    assert str(entry.arn) == ARN
    (statement,) = entry.found.policy.statements
    assert statement.conditions[0].values == ("repo:acme/app:*",)
    (broken,) = _load(text.replace("Effect: Allow", "Effect: Maybe"), "roles.yml").entries
    assert isinstance(broken.found, Unavailable)


def test_a_file_of_one_long_line_has_no_places() -> None:
    data = [role(f"r{number}") for number in range(300)]
    for indent, place in ((None, None), (1, True)):
        found = _load(json.dumps(data, indent=indent)).entries[-1].found
        assert isinstance(found, Role)
        assert (found.policy.statements[0].place is not None) is bool(place)


def test_a_policy_alone_has_the_file_s_name_and_its_places() -> None:
    (entry,) = _load(json.dumps(POLICY, indent=1), "trust/deploy.json").entries
    assert isinstance(entry.found, Role)
    assert (entry.name, entry.arn) == ("deploy", None)
    assert entry.found.policy.statements[0].place == (4, 3)
    assert entry.found.file is not None


def _taken(policies: Policies, day: str = "2026-11-20") -> str:
    return snapshot.write(policies, day, "0.1")


def test_a_snapshot_gives_back_what_was_read() -> None:
    broken = {"Roles": [role(), role("a", policy=None)], "IsTruncated": True}
    before = _load(broken)
    text = _taken(before)
    jsonschema.validate(json.loads(text), SCHEMA)
    after = _load(text, "snapshot.json", "2026-11-21")
    assert [entry.name for entry in after.entries] == ["a", "deploy"]
    missing, found = (entry.found for entry in after.entries)
    assert isinstance(found, Role)
    assert as_data(found.policy) == as_data(from_data(POLICY))
    assert found.file is not None
    assert found.policy.statements[0].place is not None
    assert isinstance(missing, Unavailable)
    assert missing.reason == (
        "it has no `AssumeRolePolicyDocument` (snapshot of 2026-11-20 (`snapshot.json`))"
    )
    assert len(after.gaps) == 1


@pytest.mark.parametrize(
    ("days", "says"),
    [
        (-1, "says it was taken in the future"),
        (0, "2026-11-20, 0 days old"),
        (1, "2026-11-20, 1 day old"),
        (14, "2026-11-20, 14 days old"),
        (15, "15 days old: roles may have changed since"),
    ],
)
def test_a_snapshot_says_how_old_it_is(days: int, says: str) -> None:
    today = (date(2026, 11, 20) + timedelta(days)).isoformat()
    (note,) = _load(_taken(_load(role())), today=today).notes
    assert says in note
    assert note.endswith(" old") is (0 <= days <= snapshot.STALE_DAYS)


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"version": 2}, "is a snapshot of version 2, this program reads 1"),
        ({"version": None}, "is a snapshot of version None, this program reads 1"),
        ({"taken": "yesterday"}, "is a damaged snapshot: `taken`"),
        ({"roles": {}}, "is a damaged snapshot"),
        ({"roles": [{}]}, "a role has no `name`"),
        ({"roles": [{"name": "x", "arn": "x"}]}, "`arn` of the role `x` is no role's ARN"),
        ({"roles": [{"name": "x", "arn": None}]}, "needs one of `policy` and `unavailable`"),
        ({"providers": {"1": 5}}, "an account's `providers` are no list"),
        ({"providers": {"1": [{}]}}, "a provider needs `arn` and `audiences`"),
        ({"unavailable": None}, "`unavailable` is missing"),
    ],
)
def test_a_damaged_snapshot_is_refused(change: dict[str, Any], complaint: str) -> None:
    assert complaint in _complaint(json.loads(_taken(_load(role()))) | change)


def test_a_snapshot_holds_no_secret() -> None:
    key = "AKIA" + "Q3EXAMPLE7KEY5ID"
    leaky = _load({"Roles": [role()]})._replace(gaps=(Unavailable(f"denied for {key}"),))
    assert key not in _taken(leaky)


def test_writing_a_policy_and_reading_it_again_changes_nothing() -> None:
    assert from_data(as_data(from_data(POLICY))) == from_data(POLICY)
