"""The roles that a pull request's jobs assume: asked of AWS by the run's token, or a snapshot."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.action.workshop import DEPLOY, HARMLESS, REPOSITORY, ROLE, Step, Workshop
from tests.aws.conftest import iam, make_role
from tests.aws.servers import moto
from tests.fakegithub import Environment, Fault
from tests.fakegithub.state import Pull

ARN = "arn:aws:iam::123456789012:role/deploy"
READER = "arn:aws:iam::123456789012:role/reader"
PROVIDER = "token.actions.githubusercontent.com"


def trusting(sub: str) -> dict[str, Any]:
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Federated": f"arn:aws:iam::123456789012:oidc-provider/{PROVIDER}"},
                "Action": "sts:AssumeRoleWithWebIdentity",
                "Condition": {
                    "StringEquals": {f"{PROVIDER}:aud": "sts.amazonaws.com"},
                    "StringLike": {f"{PROVIDER}:sub": sub},
                },
            }
        ],
    }


@pytest.fixture(scope="module")
def _moto() -> Iterator[int]:
    with moto() as port:
        yield port


@pytest.fixture
def aws(_moto: int, monkeypatch: pytest.MonkeyPatch) -> str:
    """An account with a provider, a reader role and a deploy role that is too broad."""
    import urllib.request

    url = f"http://127.0.0.1:{_moto}"
    reset = urllib.request.Request(f"{url}/moto-api/reset", method="POST")
    urllib.request.urlopen(reset).close()
    client = iam(_moto)
    client.create_open_id_connect_provider(
        Url=f"https://{PROVIDER}", ClientIDList=["sts.amazonaws.com"]
    )
    make_role(client, "deploy", trusting("repo:acme/*"))
    make_role(client, "reader", trusting("repo:acme/*"))
    monkeypatch.setenv("AWS_ENDPOINT_URL", url)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    return url


@pytest.fixture
def pull(workshop: Workshop) -> Pull:
    """A pull request whose job assumes the role, and which may have a token."""
    workshop.default({DEPLOY: HARMLESS})
    workshop.permissions["actions"] = "read"
    return workshop.pull({DEPLOY: ROLE})


def with_token(workshop: Workshop) -> None:
    workshop.state.runs["mint"] = {"repository": REPOSITORY, "event_name": "pull_request"}
    workshop.environment |= {
        "ACTIONS_ID_TOKEN_REQUEST_URL": workshop.github.oidc_url(),
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "mint",
    }


def snapshot(sub: str) -> str:
    role = {
        "RoleName": "deploy",
        "Arn": ARN,
        "Path": "/",
        "AssumeRolePolicyDocument": trusting(sub),
    }
    return json.dumps({"Role": role})


def on(workshop: Workshop, pull: Pull, **inputs: str) -> Step:
    step = workshop.on_pull(pull, **inputs)
    assert "Traceback" not in step.err, step.err
    return step


def test_without_a_source_each_role_is_said_not_to_be_verified(
    workshop: Workshop, pull: Pull
) -> None:
    step = on(workshop, pull)
    assert step.status == 0
    assert "no source of trust policies is given" in step.summary
    assert on(workshop, pull, strict="true").status == 3


def test_a_broad_role_is_found_by_the_runs_own_token(
    workshop: Workshop, pull: Pull, aws: str
) -> None:
    with_token(workshop)
    step = on(workshop, pull, aws_role_to_assume=READER)
    assert step.status == 1
    assert "broad-trust" in step.out
    assert "broad-trust" in step.summary
    assert any("broad-trust" in one.body for one in [*pull.review_comments, *pull.comments])
    assert len(workshop.github.calls("GET", "_oidc")) == 1


def test_keys_that_lie_around_are_not_used(
    workshop: Workshop, pull: Pull, aws: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIA" + "X" * 16)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "y" * 40)
    step = on(workshop, pull)
    assert "no source of trust policies is given" in step.summary


@pytest.mark.parametrize(
    ("sub", "status"), [("repo:acme/*", 1), ("repo:acme/app:ref:refs/heads/main", 0)]
)
def test_a_snapshot_of_the_default_branch_does_without_aws(
    workshop: Workshop, sub: str, status: int
) -> None:
    workshop.default({DEPLOY: HARMLESS, "roles.json": snapshot(sub)})
    # The head's own copy, which would let it off or get it caught, is not looked at.
    other = "repo:acme/app:ref:refs/heads/main" if status else "repo:*"
    pull = workshop.pull({DEPLOY: ROLE, "roles.json": snapshot(other)})
    workshop.permissions["actions"] = "read"
    step = on(workshop, pull, trust_snapshot="roles.json")
    assert (step.status, "broad-trust" in step.summary) == (status, bool(status))


def offered_in(body: str) -> dict[str, Any]:
    """The policy that stands in a comment or a summary."""
    (found,) = re.findall(r"^( *)```json\n(.*?)\n *```$", body, re.M | re.S)
    policy: dict[str, Any] = json.loads(found[1])
    return policy


def test_the_comment_on_a_role_holds_the_policy_that_takes_it_away(workshop: Workshop) -> None:
    workshop.default({DEPLOY: HARMLESS, "roles.json": snapshot("repo:acme/app:*")})
    workshop.permissions["actions"] = "read"
    pull = workshop.pull({DEPLOY: ROLE, "roles.json": snapshot("repo:acme/app:*")})
    step = on(workshop, pull, trust_snapshot="roles.json")
    assert step.status == 1
    (comment,) = pull.review_comments
    assert comment.body.startswith("**2 errors, 1 note on this line**")
    policy = offered_in(comment.body)
    assert policy == offered_in(step.summary)
    role = json.loads(snapshot(""))
    role["Role"]["AssumeRolePolicyDocument"] = policy
    files = {"roles.json": json.dumps(role)}
    workshop.default({DEPLOY: HARMLESS, **files})
    workshop.head({DEPLOY: ROLE, **files})
    step = on(workshop, pull, trust_snapshot="roles.json")
    assert (step.status, pull.review_comments) == (0, [])


def test_an_answered_comment_on_a_role_changes_with_what_is_left(workshop: Workshop) -> None:
    def with_roles(sub: str | list[str]) -> None:
        role = json.loads(snapshot(""))
        statement = role["Role"]["AssumeRolePolicyDocument"]["Statement"][0]
        statement["Condition"]["StringLike"][f"{PROVIDER}:sub"] = sub
        workshop.default({DEPLOY: HARMLESS, "roles.json": json.dumps(role)})

    workshop.permissions["actions"] = "read"
    with_roles("repo:acme/app:*")
    pull = workshop.pull({DEPLOY: ROLE})
    on(workshop, pull, trust_snapshot="roles.json")
    (comment,) = pull.review_comments
    pull.review_comments.append(type(comment)(7, "o", "why?", comment.path, reply_to=comment.id))
    with_roles(["repo:acme/app:ref:refs/heads/main", "repo:acme/app:pull_request"])
    assert on(workshop, pull, trust_snapshot="roles.json").status == 1
    assert pull.review_comments[0] is comment
    assert len(pull.review_comments) == 2
    assert "pull-request-trust" in comment.body
    assert "broad-trust" not in comment.body


def test_a_fork_is_judged_by_the_snapshot_and_told_so(workshop: Workshop) -> None:
    workshop.default({DEPLOY: HARMLESS, "roles.json": snapshot("repo:acme/*")})
    pull = workshop.fork({DEPLOY: ROLE})
    step = on(workshop, pull, trust_snapshot="roles.json", aws_role_to_assume=READER)
    assert step.status == 1
    (told,) = [row for row in step.out.splitlines() if "fork" in row]
    assert told.startswith("::notice title=oidc-enforcer::")
    assert "gets no OIDC token" in told
    assert "broad-trust" in step.summary
    assert offered_in(step.summary)["Version"] == "2012-10-17"


def test_a_fork_without_a_snapshot_never_fails_for_that(workshop: Workshop) -> None:
    pull = workshop.fork({DEPLOY: ROLE})
    step = on(workshop, pull, aws_role_to_assume=READER, strict="true")
    assert (step.status, "gets no OIDC token" in step.out) == (0, True)


@pytest.mark.parametrize(
    ("fault", "words"),
    [(None, "id-token: write"), (Fault(path=".*/_oidc/token", times=9, status=503), "503")],
)
def test_aws_that_cannot_be_asked_fails_unless_the_configuration_says_otherwise(
    workshop: Workshop, pull: Pull, fault: Fault | None, words: str
) -> None:
    if fault:
        with_token(workshop)
        workshop.github.faults.append(fault)
    step = on(workshop, pull, aws_role_to_assume=READER)
    assert (step.status, step.outputs["conclusion"]) == (3, "unverified")
    assert words in step.out
    lenient = on(workshop, pull, aws_role_to_assume=READER, config="on-aws-error: warn")
    assert lenient.status == 0


@pytest.mark.parametrize(
    ("inputs", "words"),
    [
        ({"trust_snapshot": "no.json"}, "no `no.json` on the default branch"),
        ({"aws_role_to_assume": "deploy"}, "no ARN of a role"),
    ],
)
def test_a_source_that_cannot_be_is_the_users_to_change(
    workshop: Workshop, pull: Pull, inputs: dict[str, str], words: str
) -> None:
    step = on(workshop, pull, **inputs)
    assert (step.status, words in step.err) == (2, True)


def test_how_subjects_are_made_is_asked_of_github(workshop: Workshop, pull: Pull, aws: str) -> None:
    with_token(workshop)
    keys = {"use_default": False, "include_claim_keys": ["repository_id"]}
    workshop.app.subject = keys
    step = on(workshop, pull, aws_role_to_assume=READER)
    assert step.status == 1
    assert workshop.github.calls("GET", "oidc/customization/sub")
    assert "unassumable-role" in step.summary


def test_an_unprotected_environment_is_seen_where_workflows_change(workshop: Workshop) -> None:
    text = ROLE.replace("    runs-on", "    environment: production\n    runs-on")
    workshop.default({DEPLOY: text})
    workshop.permissions["actions"] = "read"
    workshop.app.environments["production"] = Environment("production")
    pull = workshop.pull({DEPLOY: text + "# touched\n"})
    assert "unprotected-pin" in on(workshop, pull).summary
    other = workshop.state.open_pull(REPOSITORY, "feature")
    workshop.head({DEPLOY: text, "README.md": "only words\n"})
    before = len(workshop.github.log)
    assert "unprotected-pin" not in on(workshop, other).summary
    assert len(workshop.github.log) - before <= 4


def test_what_guards_the_pins_of_the_policy_is_asked_for(workshop: Workshop) -> None:
    """The role is open to a branch and an environment that no workflow and no setting names."""
    pins = ["repo:acme/app:ref:refs/heads/old", "repo:acme/app:environment:forgotten"]
    role = json.loads(snapshot(""))
    statement = role["Role"]["AssumeRolePolicyDocument"]["Statement"][0]
    statement["Condition"]["StringLike"][f"{PROVIDER}:sub"] = pins
    workshop.default({DEPLOY: HARMLESS, "roles.json": json.dumps(role)})
    workshop.permissions["actions"] = "read"
    pull = workshop.pull({DEPLOY: ROLE, "roles.json": json.dumps(role)})
    step = on(workshop, pull, trust_snapshot="roles.json", scope="new")
    assert "there is no branch `old`" in step.out
    assert "there is no environment `forgotten` yet" in step.out
    paths = [call.path for call in workshop.github.log]
    for name in ("branches/main", "branches/old", "environments/forgotten"):
        assert paths.count(f"/repos/acme/app/{name}") == 1
