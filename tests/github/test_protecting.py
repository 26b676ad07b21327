"""What guards branches and environments, read from a GitHub held to its own description."""

from __future__ import annotations

import pytest

from oidc_enforcer.facts import Unavailable
from oidc_enforcer.github.connection import Bounds, Connection, Server
from oidc_enforcer.github.protecting import oidc_subject, protection
from oidc_enforcer.protection import Branch, Pushes, Subject
from oidc_enforcer.protection import Environment as Guarded
from tests.fakegithub import Environment, FakeGitHub, Fault


@pytest.fixture
def app(github: FakeGitHub) -> FakeGitHub:
    github.state.push("acme/app", {"a": "b"})
    github.state.push("acme/app", {"a": "c"}, "release/1")
    app = github.state.repositories["acme/app"]
    app.environments["Production"] = Environment(
        "Production",
        [],
        {"protected_branches": False, "custom_branch_policies": True},
        [{"name": "release/1", "type": "branch"}, {"name": "v*", "type": "tag"}],
    )
    app.environments["open"] = Environment("open")
    app.branch_rules["main"] = [
        {
            "type": "pull_request",
            "parameters": {
                "dismiss_stale_reviews_on_push": False,
                "require_code_owner_review": False,
                "require_last_push_approval": False,
                "required_approving_review_count": 1,
                "required_review_thread_resolution": False,
            },
            "ruleset_id": 1,
            "ruleset_source": "acme/app",
            "ruleset_source_type": "Repository",
        }
    ]
    github.state.token("t")
    return github


def connect(github: FakeGitHub) -> Connection:
    return Connection("t", Server(github.url, github.graphql_url), Bounds(patience=0.5))


def test_branches_and_environments_are_read(app: FakeGitHub) -> None:
    found = protection(connect(app), "acme/app", ["gone"], ["Production", "open", "new"])
    assert found.default_branch == "main"
    assert found.branches == {
        "main": Branch("main", Pushes.REVIEWED),
        "gone": Branch("gone", None),
        "release/1": Branch("release/1", Pushes.OPEN),
    }
    assert found.environments == {
        "production": Guarded("Production", 0, ("release/1", "v*")),
        "open": Guarded("open"),
        "new": None,
    }
    assert found.workflow_permissions == "read"


def test_classic_protection_counts_and_may_be_hidden(app: FakeGitHub) -> None:
    repository = app.state.repositories["acme/app"]
    repository.branch_rules.clear()
    repository.protection["main"] = {
        "required_pull_request_reviews": {
            "dismiss_stale_reviews": False,
            "require_code_owner_reviews": False,
            "required_approving_review_count": 1,
        }
    }
    assert protection(connect(app), "acme/app", [], []).branches["main"].pushes is Pushes.REVIEWED


APPROVAL = {"dismiss_stale_reviews": False, "require_code_owner_reviews": False}


@pytest.mark.parametrize(("needed", "is_told"), [(1, True), (0, False)])
def test_who_does_not_administer_is_shown_whether_an_approval_is_needed(
    app: FakeGitHub, needed: int, is_told: bool
) -> None:
    """That none is needed may hold for this token alone, and is not believed."""
    repository = app.state.repositories["acme/app"]
    repository.branch_rules.clear()
    reviews = {**APPROVAL, "required_approving_review_count": needed}
    repository.protection["main"] = {"required_pull_request_reviews": reviews}
    app.state.token("t", permissions={"contents": "read", "actions": "read"})
    found = protection(connect(app), "acme/app", [], ["open"])
    pushes = found.branches["main"].pushes
    assert (pushes is Pushes.REVIEWED) is is_told
    assert isinstance(pushes, Unavailable) is not is_told
    assert isinstance(found.workflow_permissions, Unavailable)
    assert found.environments == {"open": Guarded("open")}


@pytest.mark.parametrize("status", [403, 404, 500])
def test_a_protection_that_is_hidden_is_not_taken_for_none(app: FakeGitHub, status: int) -> None:
    """GitHub answers 404 to who may not know, and to who may where there is none."""
    repository = app.state.repositories["acme/app"]
    repository.branch_rules.clear()
    repository.protection["main"] = {}
    path = "/repos/acme/app/branches/main/protection"
    app.faults.append(Fault("GET", path, status=status, body={"message": "Not Found"}, times=9))
    app.faults.append(Fault("POST", "/graphql", status=status, body={"message": "no"}, times=9))
    assert isinstance(
        protection(connect(app), "acme/app", [], []).branches["main"].pushes, Unavailable
    )


def test_where_rulesets_ask_for_approval_nobody_asks_for_more(app: FakeGitHub) -> None:
    app.state.repositories["acme/app"].protection["main"] = {}
    protection(connect(app), "acme/app", [], [])
    assert app.calls(contains="/protection") == []


def test_what_may_not_be_read_is_unavailable(app: FakeGitHub) -> None:
    app.state.token("t", permissions={"contents": "read"})
    found = protection(connect(app), "acme/app", [], ["open"])
    assert isinstance(found.environments["open"], Unavailable)
    assert isinstance(oidc_subject(connect(app), "acme/app"), Unavailable)


def test_subjects_are_as_the_repository_says_or_its_organisation(app: FakeGitHub) -> None:
    repository = app.state.repositories["acme/app"]
    assert oidc_subject(connect(app), "acme/app") == Subject(None, None)
    repository.subject = {"use_default": False, "include_claim_keys": ["repo", "actor"]}
    assert oidc_subject(connect(app), "acme/app") == Subject(("repo", "actor"), None)
    repository.subject = {"use_default": False}
    repository.owner.subject_keys = ["repo", "job_workflow_ref"]
    assert oidc_subject(connect(app), "acme/app") == Subject(("repo", "job_workflow_ref"), None)
    repository.subject = {
        "use_default": True,
        "use_immutable_subject": False,
        "sub_claim_prefix": "repo:acme@1/app@2",
    }
    assert oidc_subject(connect(app), "acme/app") == Subject(None, True)


def test_an_environment_for_protected_branches_names_them(app: FakeGitHub) -> None:
    repository = app.state.repositories["acme/app"]
    only = {"protected_branches": True, "custom_branch_policies": False}
    repository.environments["p"] = Environment("p", [], only)
    found = protection(connect(app), "acme/app", [], ["p"])
    assert found.environments == {"p": Guarded("p", 0, (), True)}
    repository.protection["release/1"] = {}
    found = protection(connect(app), "acme/app", [], ["p"])
    assert found.environments == {"p": Guarded("p", 0, ("release/1",), True)}
    assert found.branches["release/1"] == Branch("release/1", Pushes.OPEN)
