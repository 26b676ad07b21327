"""Policies offered with findings about roles: first where none is, then what they are worth."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from oidc_enforcer import check, trust_offers
from oidc_enforcer.arn import RoleArn
from oidc_enforcer.config import Config
from oidc_enforcer.facts import Facts, Role
from oidc_enforcer.finding import PolicyOffer
from oidc_enforcer.iam.document import TrustPolicy, from_data
from oidc_enforcer.report import Report, summarise
from oidc_enforcer.roles import role_reading
from tests.iam.policies import ACCOUNT, statement, trusting
from tests.iam.policies import policy as policy_of
from tests.test_roles import PUSH, arn, assume, facts, read
from tests.workflow.presenting import workflow

AUDIENCE = {"StringEquals": {"aud": "sts.amazonaws.com"}}


def open_to(sub: str) -> TrustPolicy:
    return trusting({**AUDIENCE, "StringLike": {"sub": sub}})


WIDE = open_to("repo:acme/app:*")


def offers(
    files: Mapping[str, str] | str, known: Facts, *, others: Mapping[str, str] | None = None
) -> dict[str, PolicyOffer | None]:
    """By rule, what is offered with the findings of the first file."""
    reports = [check.judge(read(files), known)]
    reports += [check.judge(read({name: text}), known) for name, text in (others or {}).items()]
    report = trust_offers.offered(Report(tuple(reports), summarise(reports)), known)
    return {one.rule: one.policy for one in report.files[0].findings if one.role}


def deploys(more: str = "", on: str = PUSH) -> str:
    return workflow(on, assume(arn("deploy"), more))


def conditions(offer: PolicyOffer | None) -> Any:
    assert offer
    assert offer.document
    statements: Any = offer.document["Statement"]
    (only,) = statements
    return {
        key.rpartition(":")[2]: value
        for keys in only["Condition"].values()
        for key, value in keys.items()
    }


def test_nothing_is_offered_for_what_is_no_finding_about_a_role() -> None:
    known = facts()
    report = check.judge(read(deploys()), known)
    whole = Report((report,), summarise([report]))
    assert trust_offers.offered(whole, known) is whole


def test_nothing_is_offered_that_would_not_mend_the_finding() -> None:
    """The job runs on pull requests alone: no policy lets it in and keeps pull requests out."""
    found = offers(deploys(on="pull_request"), facts({"deploy": open_to("repo:acme/other:*")}))
    offer = found["unassumable-role"]
    assert offer
    assert offer.document is None
    assert offer.why_not == "no run that may use the role is told by the workflows"


def test_nothing_is_offered_to_a_job_that_another_job_of_the_role_would_be_let_in_for() -> None:
    pulls = deploys(on="pull_request")
    known = facts({"deploy": open_to("repo:acme/other:*")})
    found = offers({"a": pulls}, known, others={"b": deploys()})
    offer = found["unassumable-role"]
    assert offer
    assert (offer.document, offer.why_not) == (
        None,
        "the policy for the runs that are told would not mend this",
    )


def test_a_wide_role_is_offered_what_its_jobs_need_and_nothing_else() -> None:
    found = offers(deploys(), facts({"deploy": WIDE}))
    assert found.keys() == {"broad-trust", "pull-request-trust", "recyclable-trust"}
    assert len({id(offer) for offer in found.values()}) == 1
    offer = found["broad-trust"]
    assert offer
    assert (offer.role, offer.lets_in, offer.doubts) == ("deploy", ("branch:main",), ())
    told = conditions(offer)
    assert told["sub"] == "repo:acme/app:ref:refs/heads/main"
    assert told["repository_id"] == "2001"


def test_what_is_offered_leaves_nothing_to_say_about_the_role() -> None:
    for more, on in (("", PUSH), ("environment: production", "push"), ("", "push")):
        known = facts({"deploy": WIDE})
        offer = offers(deploys(more, on), known)["broad-trust"]
        assert offer
        assert offer.document
        role = Role("deploy", RoleArn.parse(arn("deploy")), from_data(offer.document), "offered")
        after = check.judge(read(deploys(more, on)), known._replace(roles={arn("deploy"): role}))
        assert [one for one in after.findings if one.role] == []


def test_a_job_that_cannot_get_in_is_offered_the_policy_that_lets_it_in() -> None:
    pinned = trusting(
        {"StringEquals": {"aud": "sts.amazonaws.com", "sub": "repo:acme/app:environment:old"}}
    )
    found = offers(deploys("environment: production"), facts({"deploy": pinned}))
    offer = found["unassumable-role"]
    assert offer
    assert offer.lets_in == ("environment:production",)


def test_the_jobs_of_all_files_count_and_those_with_another_role_do_not() -> None:
    others = {
        "b": deploys("environment: production"),
        "c": workflow(PUSH, assume(arn("other"), "environment: elsewhere")),
        "d": workflow(PUSH, assume("${{ vars.OTHER }}", "environment: far")),
    }
    known = facts({"deploy": WIDE}, Config(roles={"vars.Other": arn("other")}))
    offer = offers({"a": deploys()}, known, others=others)["broad-trust"]
    assert offer
    assert offer.lets_in == ("branch:main", "environment:production")


@pytest.mark.parametrize(
    ("policy", "more", "on", "config", "doubt"),
    [
        (open_to("repo:acme/*"), "", PUSH, None, "other repositories that use this role today"),
        (WIDE, "", "push", None, "of jobs that run on any branch, those on `main` alone"),
        (WIDE, "", "[push, pull_request]", None, "jobs on pull requests are shut out"),
        (WIDE, "environment: '${{ vars.STAGE }}'", PUSH, None, "one that is missing here loses"),
        (WIDE, "", "{push: {tags: ['v*']}}", None, "need `tag:v*`, which the configuration's"),
    ],
)
def test_what_to_look_at_before_is_said(
    policy: TrustPolicy, more: str, on: str, config: Config | None, doubt: str
) -> None:
    offer = offers(deploys(more, on), facts({"deploy": policy}, config)).get("broad-trust")
    assert offer
    assert offer.document, offer.why_not
    assert any(doubt in one for one in offer.doubts), offer.doubts


def test_a_provider_of_another_account_is_not_trusted_again() -> None:
    """STS looks a token's provider up in the role's own account."""
    wide = statement({**AUDIENCE, "StringLike": {"sub": "repo:acme/app:*"}})
    wide["Principal"] = {"Federated": wide["Principal"]["Federated"].replace(ACCOUNT, "9" * 12)}
    known = facts({"deploy": policy_of(wide)})
    offer = offers(deploys(), known)["unassumable-role"]
    assert offer
    assert offer.document
    role = Role("deploy", RoleArn.parse(arn("deploy")), from_data(offer.document), "offered")
    after = check.judge(read(deploys()), known._replace(roles={arn("deploy"): role}))
    assert [one for one in after.findings if one.role] == []


def test_two_forms_of_one_subject_are_explained() -> None:
    known = facts({"deploy": WIDE})
    assert known.repository
    unknown = known._replace(repository=known.repository._replace(immutable_subject=None))
    offer = offers(deploys(), unknown)["broad-trust"]
    assert offer
    assert len(conditions(offer)["sub"]) == 2
    assert offer.doubts[-1].startswith("GitHub writes `sub` with numbers for newer repositories")


def test_statements_about_others_are_named_as_they_would_go() -> None:
    wide = statement({**AUDIENCE, "StringLike": {"sub": "repo:acme/app:*"}})
    more = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
        "Action": "sts:AssumeRole",
    }
    offer = offers(deploys(), facts({"deploy": policy_of(wide, more)}))["broad-trust"]
    assert offer
    assert offer.doubts[0].startswith("statement 2 of the policy in force say")


def test_pull_requests_are_let_in_where_the_configuration_allows_them() -> None:
    config = Config(allowed=("branch:main", "pull-request"))
    found = offers(deploys(on="[push, pull_request]"), facts({"deploy": WIDE}, config))
    offer = found["broad-trust"]
    assert offer
    assert offer.lets_in == ("branch:main", "pull-request")
    assert not any("shut out" in one for one in offer.doubts)
    assert offer.document
    assert "repo:acme/app:pull_request" in conditions(offer)["sub"]


@pytest.mark.parametrize(
    "name",
    ["prod?", "</details>@octocat", "a:b", "${aws:x}", "::error::x", "``` ##[x]", "é\u200b", "%3A"],
)
def test_an_odd_environment_is_named_exactly_or_not_at_all(name: str) -> None:
    known = facts({"deploy": WIDE})
    offer = offers(deploys(f"environment: {json.dumps(name)}"), known)["broad-trust"]
    assert offer
    if offer.document is None:
        assert name == "prod?"
        return
    policy = from_data(offer.document)
    role = Role("deploy", RoleArn.parse(arn("deploy")), policy, "offered")
    admitted = role_reading(role, known._replace(environments=frozenset({name})))
    assert not admitted.outsiders()


def test_policies_are_drawn_up_for_so_many_roles_and_no_more() -> None:
    names = [f"deploy{number:02}" for number in range(25)]
    known = facts(dict.fromkeys(names, WIDE))
    reports = [
        check.judge(read({name: workflow(PUSH, assume(arn(name)))}), known) for name in names
    ]
    after = trust_offers.offered(Report(tuple(reports), summarise(reports)), known)
    findings = [one for file in after.files for one in file.findings]
    offered = {one.role: one.policy for one in findings if one.policy}
    drawn = [name for name, offer in offered.items() if offer.document]
    assert (len(offered), len(drawn)) == (25, 20)
