"""Why a token is refused, as whoever pastes it reads it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from oidc_enforcer.iam.document import TrustPolicy, parse
from oidc_enforcer.iam.evaluate import Decision
from oidc_enforcer.iam.explanation import Answer, answer
from oidc_enforcer.iam.issuers import GITHUB_COM, github_issuer
from oidc_enforcer.iam.remedies import implied
from tests.iam.policies import ACCOUNT, issuer, policy, provider, statement, trusting

MAIN = "repo:acme/app:ref:refs/heads/main"
PULL = "repo:acme/app:pull_request"
PRODUCTION = "repo:acme/app:environment:production"


def ask(asked: TrustPolicy, sub: str, **claims: str) -> Answer:
    given = {"aud": "sts.amazonaws.com", "sub": sub, **claims}
    return answer(asked, implied(given), issuer(), ACCOUNT)


def remedies(condition: dict[str, dict[str, Any]], sub: str, **claims: str) -> list[str]:
    found = ask(trusting(condition), sub, **claims)
    assert found.decision is not Decision.ALLOWED
    return [cause.remedy for cause in found.causes]


def test_an_allowed_token_has_no_cause() -> None:
    found = ask(trusting({"StringLike": {"sub": "repo:acme/app:*"}}), PULL)
    assert (found.decision, found.matched_statements, found.causes) == (Decision.ALLOWED, (1,), ())


def test_the_sentence_names_statement_condition_wanted_and_presented() -> None:
    data = statement({"StringLike": {"sub": ["repo:acme/app:ref:*", "repo:acme/web:*"]}})
    data["Sid"] = "Deploy"
    text = json.dumps({"Version": "2012-10-17", "Statement": [data]}, indent=1)
    (cause,) = ask(parse(text), PULL).causes
    assert cause.sentence == (
        f"statement 1 (`Deploy`): `StringLike` on `{GITHUB_COM}:sub` wants `repo:acme/app:ref:*`"
        " or `repo:acme/web:*`, and `repo:acme/app:pull_request` was presented"
    )
    assert cause.refusal is not None
    assert cause.refusal.place == (12, 6)


def test_the_nearest_statement_is_told_first() -> None:
    far = statement({"StringEquals": {"sub": "repo:acme/web:pull_request", "actor": "x"}})
    near = statement({"StringEquals": {"sub": MAIN}})
    service = {
        "Effect": "Allow",
        "Principal": {"Service": "ec2.amazonaws.com"},
        "Action": "sts:AssumeRole",
    }
    found = ask(policy(service, far, near), "repo:acme/app:ref:refs/heads/dev", actor="y")
    assert [cause.statement.number for cause in found.causes] == [3, 2, 2, 1, 1]
    assert [cause.statement.number for cause in found.nearest] == [3]


def test_a_deny_names_itself() -> None:
    asked = policy(
        statement({"StringLike": {"sub": "repo:acme/app:*"}}),
        statement({"StringLike": {"sub": "*:pull_request"}}, "Deny"),
    )
    found = ask(asked, PULL)
    assert found.decision is Decision.EXPLICIT_DENY
    (cause,) = found.causes
    assert cause.sentence == "statement 2 denies it, whatever others allow"
    assert cause.remedy == (
        f"`StringLike` on `{GITHUB_COM}:sub` holds: narrow this Deny, or keep such tokens away"
    )


@pytest.mark.parametrize(
    ("condition", "sub", "remedy"),
    [
        (
            {"StringEquals": {"sub": MAIN}},
            "repo:acme/app:ref:refs/heads/dev",
            "run the job on a ref that the policy names, or add"
            " `repo:acme/app:ref:refs/heads/dev` to the values",
        ),
        (
            {"StringEquals": {"sub": MAIN}},
            PULL,
            "a pull request presents no branch, and its code is unreviewed: run the job on `push`,"
            " or give pull requests a role of their own that can only read",
        ),
        (
            {"StringEquals": {"sub": MAIN}},
            PRODUCTION,
            f"a job in an environment presents that instead of its branch: add `{PRODUCTION}`,"
            " or take `environment:` out of the job",
        ),
        (
            {"StringEquals": {"sub": PRODUCTION}},
            MAIN,
            f"let the job name the `environment:` that the policy wants, or add `{MAIN}`",
        ),
        (
            {"StringEquals": {"sub": "repo:acme/app:environment:Production"}},
            PRODUCTION,
            f"they differ in casing alone: write `{PRODUCTION}`",
        ),
        (
            {"StringEquals": {"sub": "repo:acme/app:*"}},
            MAIN,
            "`StringEquals` takes `*` and `?` as they stand: use `StringLike`",
        ),
        (
            {"StringEquals": {"sub": MAIN}},
            "repo:acme@1001/app@2001:ref:refs/heads/main",
            "the repository's subjects carry ids now: add"
            " `repo:acme@1001/app@2001:ref:refs/heads/main` to the values",
        ),
        (
            {"StringEquals": {"sub": "repo:acme@1001/app@2001:ref:refs/heads/main"}},
            MAIN,
            "the policy wants a subject with ids, and the repository still mints the classic form:"
            f" add `{MAIN}`, or turn immutable subjects on",
        ),
        (
            {"StringLike": {"sub": "repo:acme/web:*"}},
            MAIN,
            "the policy names another repository than `acme/app`: give that one a role of its own,"
            f" or, only if it may do all that this role may, add `{MAIN}` to the values",
        ),
        (
            {"StringEquals": {"aud": "https://github.com/acme"}},
            MAIN,
            "let the workflow ask for `audience: https://github.com/acme`, or add"
            " `sts.amazonaws.com` to the values",
        ),
        (
            {"StringEquals": {"repository_owner": "acme"}},
            MAIN,
            f"AWS never sees this claim: use `{GITHUB_COM}:repository_owner_id`",
        ),
        (
            {"StringEquals": {"event_name": "push"}},
            MAIN,
            f"no token of GitHub brings `{GITHUB_COM}:event_name`: take it out, and pin `sub`"
            " instead",
        ),
        (
            {"StringEquals": {f"{GITHUB_COM}/acme:sub": MAIN}},
            MAIN,
            f"the token comes from `https://{GITHUB_COM}`: write the key as `{GITHUB_COM}:sub`",
        ),
        (
            {"StringEquals": {"environment": "production"}},
            MAIN,
            "let the job name an `environment:`, or take this condition out",
        ),
        (
            {"StringNotLike": {"sub": ["repo:evil/*", "*:ref:refs/heads/m*"]}},
            MAIN,
            "`StringNotLike` shuts it out by `*:ref:refs/heads/m*`: narrow that value, or take it"
            " out",
        ),
        (
            {"ArnLike": {"sub": "repo:acme/app:*"}},
            MAIN,
            "claims are no ARNs, so `ArnLike` never matches: use `StringLike`",
        ),
        (
            {"Null": {"sub": "true"}},
            MAIN,
            "the token always has this claim: take the condition out",
        ),
        (
            {"Null": {"environment": "false"}},
            MAIN,
            "take this condition out, or present the claim",
        ),
        (
            {"StringEquals": {"aws:username": "acme"}},
            MAIN,
            "no token of GitHub brings `aws:username`: take it out, and pin `sub` instead",
        ),
        (
            {"StringMatches": {"sub": MAIN}},
            MAIN,
            "`StringMatches` is no operator that is known: write it as IAM spells it",
        ),
        (
            {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}},
            MAIN,
            "it depends on `aws:SourceIp`, which no token tells",
        ),
    ],
)
def test_remedies(condition: dict[str, dict[str, Any]], sub: str, remedy: str) -> None:
    assert remedies(condition, sub) == [remedy]


def caller(**members: Any) -> list[str]:
    data = {**statement({}), **members}
    return [cause.remedy for cause in ask(policy(data), MAIN).causes]


def test_whoever_is_not_called_is_told_how_to_be() -> None:
    slug, other = provider(f"{GITHUB_COM}/acme"), provider(account="999999999999")
    assert caller(Action="sts:AssumeRole") == ["add `sts:AssumeRoleWithWebIdentity` to `Action`"]
    assert caller(Principal={"Federated": slug}) == [
        f"the token comes from `https://{GITHUB_COM}`: trust `{provider()}`"
    ]
    assert caller(Principal={"Federated": other}) == [
        f"STS looks the provider up in the role's own account: trust `{provider()}` if the role"
        f" is in account {ACCOUNT}"
    ]
    assert caller(Principal={"AWS": "*"}) == [f'add `"Federated": "{provider()}"` to `Principal`']


def test_a_missing_claim_is_asked_for() -> None:
    asked = trusting({"StringEquals": {"sub": MAIN, "actor": "octocat"}})
    found = answer(asked, implied({"sub": MAIN, "aud": "x"}), issuer(), ACCOUNT, complete=False)
    assert found.decision is Decision.UNDETERMINED
    assert found.missing == (f"{GITHUB_COM}:actor",)
    assert [cause.remedy for cause in found.causes] == ["give its value: `--claim actor=…`"]


@pytest.mark.parametrize(
    ("sub", "claims"),
    [
        (MAIN, {"repository": "acme/app", "repository_owner": "acme", "ref": "refs/heads/main"}),
        (PULL, {"repository": "acme/app", "repository_owner": "acme"}),
        (
            "repo:acme@1001/app@2001:environment:a/b",
            {
                "repository": "acme/app",
                "repository_owner": "acme",
                "repository_owner_id": "1001",
                "repository_id": "2001",
                "environment": "a/b",
            },
        ),
        # A customised subject may go on behind its ref; the name may hold a written `%3A`.
        (f"{MAIN}:actor:x", {"repository": "acme/app", "repository_owner": "acme"}),
        (
            "repo:acme/app:environment:a%3Ab",
            {"repository": "acme/app", "repository_owner": "acme"},
        ),
        ("repository_owner:acme", {}),
        ("environment:production", {}),
    ],
)
def test_a_subject_says_other_claims(sub: str, claims: dict[str, str]) -> None:
    assert implied({"sub": sub}) == {**claims, "sub": sub}


def test_every_issuer_is_told_by_its_own_name() -> None:
    server = github_issuer("ghe.example.com/_services/token")
    assert server is not None
    asked = trusting({"StringEquals": {"repository_id": "1"}}, "ghe.example.com/_services/token")
    found = answer(asked, {"sub": MAIN, "aud": "x"}, server, ACCOUNT)
    assert [cause.remedy for cause in found.causes] == [
        "AWS maps only `sub` and `aud` for `ghe.example.com/_services/token`: pin `sub` instead"
    ]
