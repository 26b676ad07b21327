"""The live path against moto's HTTP server, in a process of its own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from oidc_enforcer import aws, trust_sources
from oidc_enforcer.arn import RoleArn
from oidc_enforcer.aws import Access, Aws
from oidc_enforcer.aws.trouble import Trouble
from oidc_enforcer.errors import UserError
from oidc_enforcer.facts import Provider, Role, Unavailable
from oidc_enforcer.iam.document import from_data
from oidc_enforcer.policies import Policies
from oidc_enforcer.trust_sources import Wanted
from tests.aws.conftest import iam, make_many, make_role
from tests.aws.servers import KEY_ID, Answer, Door, free_port, refusal
from tests.policies.documents import ISSUER, POLICY

ACCOUNT = "123456789012"
OTHER = "210987654321"
EXAMPLES = Path(__file__).parents[2] / "examples" / "aws"


def arn(name: str = "deploy", account: str = ACCOUNT, partition: str = "aws") -> str:
    return f"arn:{partition}:iam::{account}:role/{name}"


def read(*roles: str, **access: Any) -> Policies:
    return trust_sources.collect(Wanted(roles=roles, access=Access(**{"attempts": 2, **access})))


def reason(*roles: str, **access: Any) -> str:
    (entry,) = read(*roles, **access).entries
    assert isinstance(entry.found, Unavailable)
    assert KEY_ID not in entry.found.reason
    return entry.found.reason


def refuse(door: Door, action: str, answer: Answer) -> None:
    door.answers = lambda asked, _: answer if asked == action else None


# -- what must not pass -------------------------------------------------------------------------


def test_nothing_is_asked_of_aws_unless_it_is_wanted(aws_door: Door) -> None:
    assert trust_sources.collect(Wanted()) == Policies()
    assert not aws_door.seen


def test_a_role_is_named_by_its_arn_and_never_by_its_name(aws_door: Door) -> None:
    with pytest.raises(UserError) as problem:
        read("deploy")
    assert "`deploy` is no ARN of a role" in problem.value.message
    assert not aws_door.seen


def test_no_such_role(aws_door: Door) -> None:
    assert reason(arn()) == (
        f"there is no role `deploy` in account {ACCOUNT}: check the ARN; it may have been deleted"
    )


def test_a_role_of_another_account_is_never_looked_up_by_its_name_here(aws_door: Door) -> None:
    make_role(iam(aws_door.behind))
    assert reason(arn(account=OTHER)) == (
        f"it is in account {OTHER}, the credentials are for account {ACCOUNT}: give `--profile`"
        " for that account, or `--reader-role arn:aws:iam::{account}:role/NAME` with a role there"
        " that these may assume"
    )
    assert "GetRole" not in aws_door.seen


def test_a_role_of_another_partition_is_not_looked_up(aws_door: Door) -> None:
    make_role(iam(aws_door.behind))
    found = reason(arn(partition="aws-cn"), region="us-east-1")
    assert found.startswith("it is in the partition aws-cn, the credentials are for aws")
    assert "GetRole" not in aws_door.seen


def test_a_role_under_another_path_is_another_role(aws_door: Door) -> None:
    make_role(iam(aws_door.behind), path="/ci/")
    assert reason(arn()) == (
        f"account {ACCOUNT} has `arn:aws:iam::{ACCOUNT}:role/ci/deploy` instead: correct the ARN"
    )


def test_a_reader_role_that_may_not_be_assumed(aws_door: Door) -> None:
    refuse(aws_door, "AssumeRole", refusal("AccessDenied"))
    found = reason(arn(account=OTHER), reader_role="arn:aws:iam::{account}:role/reader")
    assert found.startswith(
        f"AWS denied `sts:AssumeRole` for the reader role arn:aws:iam::{OTHER}:role/reader: allow"
    )


def test_a_reader_role_of_one_account_is_not_used_for_another(aws_door: Door) -> None:
    found = reason(arn(account=OTHER), reader_role=f"arn:aws:iam::{ACCOUNT}:role/reader")
    assert found.startswith(f"it is in account {OTHER}")
    assert "AssumeRole" not in aws_door.seen


@pytest.mark.parametrize(
    ("code", "says"),
    [
        (
            "AccessDenied",
            "AWS denied `iam:GetRole` for role `deploy` in account 123456789012: allow",
        ),
        ("ServiceFailure", "AWS refused `iam:GetRole` for role `deploy`"),
        ("Throttling", "AWS throttled `iam:GetRole` in 2 attempts: run it again later"),
    ],
)
def test_what_iam_refuses_says_what_to_do(aws_door: Door, code: str, says: str) -> None:
    refuse(aws_door, "GetRole", refusal(code, 400))
    assert reason(arn()).startswith(says)


@pytest.mark.parametrize("action", ["GetCallerIdentity", "GetRole"])
@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("ExpiredToken", "the AWS credentials have expired"),
        ("InvalidClientTokenId", "AWS does not accept the credentials (InvalidClientTokenId)"),
    ],
)
def test_credentials_that_do_not_work_end_the_run(
    aws_door: Door, action: str, code: str, says: str
) -> None:
    refuse(aws_door, action, refusal(code))
    with pytest.raises(UserError) as problem:
        read(arn())
    assert problem.value.message == says
    assert problem.value.hint


def test_no_credentials(aws_door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    with pytest.raises(UserError, match="there are no AWS credentials"):
        read(arn())
    assert not aws_door.seen


def test_no_such_profile(aws_door: Door) -> None:
    with pytest.raises(UserError, match="there is no such AWS profile"):
        read(arn(), profile="nobody")


def test_an_sso_profile_without_a_sign_in_says_to_sign_in(aws_door: Door, tmp_path: Path) -> None:
    (tmp_path / "config").write_text(
        "[profile work]\nsso_start_url = https://example.awsapps.com/start\n"
        "sso_region = us-east-1\n"
        f"sso_account_id = {ACCOUNT}\nsso_role_name = Reader\n"
    )
    with pytest.raises(UserError) as problem:
        read(arn(), profile="work")
    assert problem.value.message == "the sign-in to AWS has ended or could not be used"
    assert "aws sso login" in problem.value.hint


def test_an_endpoint_that_cannot_be_reached(
    aws_door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{free_port()}")
    with pytest.raises(UserError) as problem:
        read(arn(), attempts=1)
    assert "AWS could not be reached for `sts:GetCallerIdentity`" in problem.value.message
    assert "check the network" in problem.value.hint


@pytest.mark.parametrize("body", ["not xml", "<GetRoleResponse/>"])
def test_an_answer_that_is_no_answer(aws_door: Door, body: str) -> None:
    refuse(aws_door, "GetRole", Answer(200, body))
    assert "`iam:GetRole` failed" in reason(arn())
    refuse(aws_door, "GetCallerIdentity", Answer(200, body))
    with pytest.raises(UserError, match="`sts:GetCallerIdentity` failed"):
        read(arn())


def test_providers_that_may_not_be_read_are_unavailable_and_not_absent(aws_door: Door) -> None:
    client = iam(aws_door.behind)
    made = make_role(client)
    client.create_open_id_connect_provider(
        Url=f"https://{ISSUER}", ClientIDList=["sts.amazonaws.com"]
    )
    for action in ("ListOpenIDConnectProviders", "GetOpenIDConnectProvider"):
        refuse(aws_door, action, refusal("AccessDenied"))
        found = read(made)
        assert isinstance(found.entries[0].found, Role)
        providers = found.providers[ACCOUNT]
        assert isinstance(providers, Unavailable)
        assert f"AWS denied `iam:{action}`" in providers.reason


def test_an_account_whose_roles_may_not_be_listed_is_a_gap(aws_door: Door) -> None:
    refuse(aws_door, "ListRoles", refusal("AccessDenied"))
    found = trust_sources.collect(Wanted(account=True, access=Access(attempts=2)))
    assert not found.entries
    assert [gap.reason for gap in found.gaps] == [
        f"not all roles of account {ACCOUNT} were read: AWS denied `iam:ListRoles` for the account"
        f" {ACCOUNT}: allow `iam:ListRoles` (examples/aws/ has the whole policy)"
    ]


# -- what is read -------------------------------------------------------------------------------


def test_throttling_is_waited_out(aws_door: Door) -> None:
    made = make_role(iam(aws_door.behind))
    throttled = refusal("Throttling", 400)
    aws_door.answers = lambda action, count: (
        throttled if action == "GetRole" and count < 3 else None
    )
    (entry,) = read(made, attempts=4).entries
    assert isinstance(entry.found, Role)
    assert aws_door.seen.count("GetRole") == 3


def test_a_role_and_its_account_s_providers_are_read(aws_door: Door) -> None:
    client = iam(aws_door.behind)
    make_role(client, path="/ci/prod/")
    client.create_open_id_connect_provider(
        Url=f"https://{ISSUER}", ClientIDList=["sts.amazonaws.com", "other"]
    )
    found = read(arn("ci/prod/deploy"), arn("missing"))
    first, second = found.entries
    assert isinstance(first.found, Role)
    assert first.found.policy == from_data(POLICY)
    assert first.origin == "live AWS"
    assert isinstance(second.found, Unavailable)
    assert found.notes == (
        "AWS was called: iam:GetOpenIDConnectProvider 1, iam:GetRole 2,"
        " iam:ListOpenIDConnectProviders 1, sts:GetCallerIdentity 1",
    )
    (provider,) = found.providers[ACCOUNT]
    assert isinstance(provider, Provider)
    assert str(provider.arn) == f"arn:aws:iam::{ACCOUNT}:oidc-provider/{ISSUER}"
    assert set(provider.audiences) == {"sts.amazonaws.com", "other"}


@pytest.mark.parametrize(
    ("region", "partition"), [("us-gov-west-1", "aws-us-gov"), ("cn-north-1", "aws-cn")]
)
def test_other_partitions(aws_door: Door, region: str, partition: str) -> None:
    made = make_role(iam(aws_door.behind, region))
    assert made == arn(partition=partition)
    (entry,) = read(made).entries
    assert isinstance(entry.found, Role)
    assert str(entry.arn) == made


def test_a_reader_role_reads_another_account(aws_door: Door) -> None:
    from boto3.session import Session

    sts = Session(region_name="us-east-1").client(
        "sts", endpoint_url=f"http://127.0.0.1:{aws_door.behind}"
    )
    given = sts.assume_role(RoleArn=arn("admin", OTHER), RoleSessionName="test")["Credentials"]
    there = iam(
        aws_door.behind,
        "us-east-1",
        given["AccessKeyId"],
        given["SecretAccessKey"],
        given["SessionToken"],
    )
    make_role(iam(aws_door.behind), policy={**POLICY, "Version": "2008-10-17"})
    make_role(there)
    found = read(arn(), arn(account=OTHER), reader_role="arn:aws:iam::{account}:role/reader")
    versions = [
        entry.found.policy.version for entry in found.entries if isinstance(entry.found, Role)
    ]
    assert versions == ["2008-10-17", "2012-10-17"]
    assert set(found.providers) == {ACCOUNT, OTHER}


def test_more_than_a_thousand_roles_are_read_page_by_page(aws_door: Door) -> None:
    names = [f"role-{number:04}" for number in range(1005)]
    make_many(aws_door.behind, names)
    edge = Aws(Access())
    found = aws.account(edge)
    assert [entry.name for entry in found.entries] == names
    assert all(isinstance(entry.found, Role) for entry in found.entries)
    assert aws_door.seen.count("ListRoles") == 2
    assert edge.calls == {
        "sts:GetCallerIdentity": 1,
        "iam:ListRoles": 2,
        "iam:ListOpenIDConnectProviders": 1,
    }
    many = [RoleArn.parse(arn(name)) for name in [*names[:40], "missing"]]
    picked = aws.named_roles(edge, [each for each in many if each])
    assert [isinstance(entry.found, Role) for entry in picked.entries] == [True] * 40 + [False]
    assert "GetRole" not in aws_door.seen
    refuse(aws_door, "ListRoles", refusal("AccessDenied"))
    one_by_one = aws.named_roles(edge, [each for each in many[:26] if each])
    assert all(isinstance(entry.found, Role) for entry in one_by_one.entries)
    assert aws_door.seen.count("GetRole") == 26


# -- the Action's own session -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("AccessDenied", "the role's trust policy refuses this job's token"),
        ("InvalidIdentityToken", "the account has no OIDC provider for this token's issuer"),
        ("ExpiredTokenException", "the token has expired"),
    ],
)
def test_a_token_that_is_refused_says_why(aws_door: Door, code: str, says: str) -> None:
    refuse(aws_door, "AssumeRoleWithWebIdentity", refusal(code, 400))
    role = RoleArn.parse(arn())
    assert role is not None
    found = aws.web_identity_access("token", role, "us-east-1")
    assert isinstance(found, Trouble)
    assert found.reason.startswith(says)


def test_a_token_gives_a_session_without_any_other_credentials(
    aws_door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = make_role(iam(aws_door.behind))
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    role = RoleArn.parse(made)
    assert role is not None
    access = aws.web_identity_access("header.claims.signature", role, "us-east-1")
    assert isinstance(access, Access)
    (entry,) = read(made, session=access.session).entries
    assert isinstance(entry.found, Role)


# -- least privilege ----------------------------------------------------------------------------


def _actions(name: str) -> set[str]:
    policy = json.loads((EXAMPLES / name).read_text())
    return {action for statement in policy["Statement"] for action in statement["Action"]}


#: STS answers this one whatever a policy says.
ALWAYS = {"sts:GetCallerIdentity"}


def test_the_policies_of_the_examples_allow_what_is_called_and_nothing_else(aws_door: Door) -> None:
    client = iam(aws_door.behind)
    role = RoleArn.parse(make_role(client))
    assert role is not None
    client.create_open_id_connect_provider(Url=f"https://{ISSUER}", ClientIDList=["x"])
    named = Aws(Access())
    aws.named_roles(named, [role])
    assert set(named.calls) - ALWAYS == _actions("read-named-roles.json")
    whole = Aws(Access())
    aws.account(whole)
    assert set(whole.calls) - ALWAYS == _actions("read-account.json")
    other = role._replace(account=OTHER)
    across = Aws(Access(reader_role="arn:aws:iam::{account}:role/oidc-enforcer-reader"))
    aws.named_roles(across, [other])
    own = _actions("read-named-roles.json") | _actions("assume-reader-role.json")
    # The other account has no provider that could be read.
    assert set(across.calls) - ALWAYS == own - {"iam:GetOpenIDConnectProvider"}
