"""The GitHub that the tests trust answers as GitHub describes itself, and refuses as it does."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.fakegithub import Environment, FakeGitHub, Fault, events
from tests.fakegithub.git import Objects, unified
from tests.fakegithub.server import ROUTES

ROOT = Path(__file__).parents[2]
BASE = {"ci.yml": "".join(f"line {n}\n" for n in range(1, 41)), "gone.txt": "bye\n"}
HEAD = {"ci.yml": BASE["ci.yml"].replace("line 5\n", "line five\n").replace("line 30\n", "")}
REVIEW = "/repos/acme/app/pulls/1/reviews"


@pytest.fixture
def acme(github: FakeGitHub) -> FakeGitHub:
    """An organisation with a repository that has one of everything."""
    state = github.state
    state.push("acme/app", BASE)
    state.push("acme/app", HEAD, "feature")
    state.open_pull("acme/app", "feature")
    app = state.repositories["acme/app"]
    app.environments["production"] = Environment(
        "production",
        [{"type": "required_reviewers", "reviewers": []}],
        {"protected_branches": False, "custom_branch_policies": True},
        [{"name": "release/*", "type": "branch"}],
        {"AWS_KEY": {}},
    )
    app.secrets["AWS_ACCESS_KEY_ID"] = {}
    app.properties["cloud"] = "aws"
    app.protection["main"] = {"enforce_admins": {"enabled": True}}
    app.owner.secrets["ORG_KEY"] = {"visibility": "selected", "repositories": ["app"]}
    app.owner.rulesets.append(
        {
            "id": 7,
            "name": "required",
            "source": "acme",
            "source_type": "Organization",
            "target": "branch",
            "enforcement": "active",
            "conditions": {
                "ref_name": {"include": ["~DEFAULT_BRANCH"], "exclude": []},
                "repository_name": {"include": ["~ALL"], "exclude": []},
            },
            "rules": [{"type": "deletion"}],
        }
    )
    state.token("all", login="octocat")
    return github


def ask(
    github: FakeGitHub, method: str, path: str, body: Any = None, token: str = "all", **headers: str
) -> requests.Response:
    return requests.request(
        method,
        github.url + path,
        json=body,
        headers={"Authorization": f"bearer {token}", **headers},
        timeout=10,
    )


def graphql(github: FakeGitHub, query: str, token: str = "all") -> dict[str, Any]:
    answer = requests.post(
        github.graphql_url,
        json={"query": query},
        headers={"Authorization": f"bearer {token}"},
        timeout=10,
    )
    assert answer.status_code == 200
    told: dict[str, Any] = answer.json()
    return told


def paths(github: FakeGitHub) -> Iterator[str]:
    """Where everything is that can be read."""
    sha = github.state.repositories["acme/app"].branches["main"]
    blob = github.state.objects.at(sha, "ci.yml")
    assert blob
    names = {
        "{owner}/{repo}": "acme/app",
        "{org}": "acme",
        "{branch}": "main",
        "{ref}": "heads/main",
        "{commit_sha}": sha,
        "{tree_sha}": sha,
        "{file_sha}": blob.sha,
        "{path}": "ci.yml",
        "{basehead}": "main...feature",
        "{pull_number}": "1",
        "{issue_number}": "1",
        "{environment_name}": "production",
        "{ruleset_id}": "7",
        "{secret_name}": "ORG_KEY",
    }
    for route in ROUTES:
        method, template = route.operation
        if method == "GET" and "{comment_id}" not in template:
            for hole, name in names.items():
                template = template.replace(hole, name)
            yield template


def test_all_that_can_be_read_is_as_described(acme: FakeGitHub) -> None:
    asked = list(paths(acme))
    assert len(asked) > 30
    for path in asked:
        answer = ask(acme, "GET", path)
        assert answer.status_code == 200, (path, answer.text)
    # The fixture sees to it that no answer was against the description.


def test_an_answer_against_the_description_is_a_violation(acme: FakeGitHub) -> None:
    acme.state.repositories["acme/app"].subject = {"use_default": "yes"}
    ask(acme, "GET", "/repos/acme/app/actions/oidc/customization/sub")
    assert any("use_default" in one for one in acme.violations)
    acme.violations.clear()


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (REVIEW, {"event": "SHOUT"}),
        (REVIEW, {"comments": [{"path": "ci.yml"}]}),
        ("/repos/acme/app/issues/1/comments", {}),
        ("/orgs/acme/rulesets", {"name": "no enforcement"}),
    ],
)
def test_a_request_against_the_description_is_refused(
    acme: FakeGitHub, path: str, body: Any
) -> None:
    assert ask(acme, "POST", path, body).status_code == 422
    assert acme.complaints
    acme.complaints.clear()


def review(acme: FakeGitHub, **anchor: Any) -> requests.Response:
    comment = {"path": "ci.yml", "body": "why?", **anchor}
    return ask(acme, "POST", REVIEW, {"event": "COMMENT", "body": "look", "comments": [comment]})


@pytest.mark.parametrize(
    ("anchor", "words"),
    [
        ({"line": 20}, "line must be part of the diff"),
        ({"line": 2, "start_line": 1}, "same hunk"),
        ({"line": 5, "start_line": 5}, "start line must precede the end line"),
        ({"line": 29, "start_line": 5}, "same hunk"),
        ({"line": 5, "path": "other.yml"}, "path is invalid"),
        ({"line": 30, "side": "LEFT", "path": "gone.yml"}, "path is invalid"),
    ],
)
def test_one_bad_anchor_refuses_the_whole_review(
    acme: FakeGitHub, anchor: dict[str, Any], words: str
) -> None:
    answer = review(acme, **anchor)
    assert answer.status_code == 422
    assert words in answer.json()["errors"][0]
    assert not acme.state.repositories["acme/app"].pulls[1].reviews


@pytest.mark.parametrize(
    "anchor", [{"line": 5}, {"line": 8, "start_line": 3}, {"line": 30, "side": "LEFT"}]
)
def test_lines_of_a_hunk_may_be_commented(acme: FakeGitHub, anchor: dict[str, Any]) -> None:
    assert review(acme, **anchor).status_code == 200
    (comment,) = ask(acme, "GET", "/repos/acme/app/pulls/1/comments").json()
    assert comment["line"] == anchor["line"]


def test_a_comment_may_not_be_too_long(acme: FakeGitHub) -> None:
    answer = ask(acme, "POST", "/repos/acme/app/issues/1/comments", {"body": "x" * 65_537})
    assert answer.status_code == 422
    assert "too long" in answer.text


def test_a_token_does_what_it_may_and_no_more(acme: FakeGitHub) -> None:
    acme.state.token("r", repository="acme/app", permissions={"pull_requests": "read"})
    assert ask(acme, "GET", REVIEW, token="r").status_code == 200
    refused = ask(acme, "POST", REVIEW, {"event": "COMMENT", "body": "x"}, token="r")
    assert (refused.status_code, refused.json()["message"]) == (
        403,
        "Resource not accessible by integration",
    )
    assert ask(acme, "GET", "/user", token="nobody").status_code == 401
    acme.state.repository("acme/secret", visibility="private").branches["main"] = "0" * 40
    assert ask(acme, "GET", "/repos/acme/secret", token="r").status_code == 404


def test_lists_come_in_pages(acme: FakeGitHub) -> None:
    for number in range(45):
        acme.state.repository(f"acme/r{number}")
    first = ask(acme, "GET", "/orgs/acme/repos?per_page=30")
    assert len(first.json()) == 30
    second = requests.get(
        first.links["next"]["url"], headers={"Authorization": "bearer all"}, timeout=10
    )
    assert len(second.json()) == 16
    assert "next" not in second.links


def test_what_has_not_changed_costs_nothing(acme: FakeGitHub) -> None:
    first = ask(acme, "GET", "/repos/acme/app")
    again = ask(acme, "GET", "/repos/acme/app", **{"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, acme.used) == (304, 1)


def test_the_limit_is_a_limit(acme: FakeGitHub) -> None:
    acme.limit = 1
    assert ask(acme, "GET", "/repos/acme/app").headers["X-RateLimit-Remaining"] == "0"
    assert ask(acme, "GET", "/repos/acme/app").status_code == 403


def test_an_answer_can_be_lost_after_the_deed(acme: FakeGitHub) -> None:
    acme.faults.append(Fault("POST", status=502, after=True))
    path = "/repos/acme/app/issues/1/comments"
    assert ask(acme, "POST", path, {"body": "hello"}).status_code == 502
    assert [one["body"] for one in ask(acme, "GET", path).json()] == ["hello"]


def test_an_answer_can_be_cut_short(acme: FakeGitHub) -> None:
    acme.faults.append(Fault(truncate=10))
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        ask(acme, "GET", "/repos/acme/app")


@pytest.mark.parametrize("query", ["{ nonsense }", "{ viewer { secrets } }", "{"])
def test_documents_are_held_to_the_schema(acme: FakeGitHub, query: str) -> None:
    assert "errors" in graphql(acme, query)
    assert acme.complaints
    acme.complaints.clear()


def test_a_field_that_nobody_wrote_does_not_look_empty(acme: FakeGitHub) -> None:
    query = '{ repository(owner:"acme", name:"app") { forkCount } }'
    requests.post(
        acme.graphql_url,
        json={"query": query},
        headers={"Authorization": "bearer all"},
        timeout=10,
    )
    assert "Repository.forkCount" in acme.violations.pop()


def test_graphql_tells_partial_data_and_why(acme: FakeGitHub) -> None:
    told = graphql(acme, '{ viewer { login } repository(owner:"acme", name:"no") { id } }')
    assert told["data"] == {"viewer": {"login": "octocat"}, "repository": None}
    assert told["errors"][0]["type"] == "NOT_FOUND"


def test_resolving_a_thread_needs_more_than_commenting(acme: FakeGitHub) -> None:
    review(acme, line=5)
    acme.state.token("p", permissions={"pull_requests": "write"})
    (comment,) = acme.state.repositories["acme/app"].pulls[1].review_comments
    resolve = (
        'mutation { resolveReviewThread(input: {threadId: "PRRT_%d"}) { thread { isResolved } } }'
    )
    assert graphql(acme, resolve % comment.id, "p")["errors"][0]["type"] == "FORBIDDEN"
    minimise = (
        'mutation { minimizeComment(input: {subjectId: "PRRC_%d", classifier: RESOLVED})'
        " { minimizedComment { isMinimized } } }"
    )
    assert "errors" not in graphql(acme, minimise % comment.id, "p")
    assert comment.minimised == "RESOLVED"


def mint(acme: FakeGitHub, **run: str) -> dict[str, Any]:
    acme.state.runs["run"] = {"repository": "acme/app", **run}
    answer = requests.get(
        f"{acme.oidc_url()}&audience=sts.amazonaws.com",
        headers={"Authorization": "bearer run"},
        timeout=10,
    )
    body = answer.json()["value"].split(".")[1]
    claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    return claims


def test_tokens_claim_what_the_run_is(acme: FakeGitHub) -> None:
    push = mint(acme, ref="refs/heads/main")
    assert push["sub"] == "repo:acme/app:ref:refs/heads/main"
    assert push["aud"] == "sts.amazonaws.com"
    assert mint(acme, event_name="pull_request")["sub"] == "repo:acme/app:pull_request"
    assert mint(acme, environment="a:b")["sub"] == "repo:acme/app:environment:a%3Ab"
    called = mint(acme, job_workflow_ref="acme/.github/.github/workflows/x.yml@refs/heads/main")
    assert called["job_workflow_ref"].startswith("acme/.github/")
    app = acme.state.repositories["acme/app"]
    app.subject = {"use_default": True, "use_immutable_subject": True}
    assert mint(acme)["sub"].startswith(f"repo:acme@{app.owner.id}/app@{app.id}:ref:")
    app.subject = {"use_default": False, "include_claim_keys": ["repository_id", "context"]}
    assert mint(acme)["sub"] == f"repository_id:{app.id}:ref:refs/heads/main"


def test_events_are_githubs_with_our_facts(acme: FakeGitHub) -> None:
    state = acme.state
    pull = state.repositories["acme/app"].pulls[1]
    assert (
        events.pull_request(state, "acme/app", pull)["pull_request"]["head"]["sha"] == pull.head_sha
    )
    state.repository("mallory/app", parent="acme/app").branches["x"] = pull.head_sha
    fork = state.open_pull("acme/app", "x", head="mallory/app", author="mallory")
    told = events.pull_request(state, "acme/app", fork)["pull_request"]
    assert told["head"]["repo"]["fork"]
    assert told["head"]["repo"]["id"] != told["base"]["repo"]["id"]
    fork.head = None
    assert events.pull_request(state, "acme/app", fork)["pull_request"]["head"]["repo"] is None
    assert events.dependabot(state, "acme/app", pull)["sender"]["login"] == "dependabot[bot]"
    queued = events.merge_group(state, "acme/app", pull, pull.head_sha)["merge_group"]
    assert queued["head_ref"].endswith(f"pr-1-{pull.head_sha}")


def test_objects_have_the_names_that_git_gives_them(tmp_path: Path) -> None:
    files = {"b/c.txt": b"1\n", "b.txt": b"2\n", "a": b"\0\xff"}
    for path, data in files.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_bytes(data)
    git = ["git", "-C", str(tmp_path)]
    for command in (["init", "-q"], ["add", "-A"]):
        subprocess.run([*git, *command], check=True)
    tree = subprocess.run(
        [*git, "write-tree"], check=True, capture_output=True, text=True
    ).stdout.strip()
    objects = Objects()
    assert objects.tree_of(objects.commit(files)) == tree


def test_patches_are_those_that_git_shows(tmp_path: Path) -> None:
    old, new = BASE["ci.yml"], HEAD["ci.yml"] + "no line break at the end"
    (tmp_path / "old").write_text(old)
    (tmp_path / "new").write_text(new)
    shown = subprocess.run(
        ["git", "diff", "--no-index", "old", "new"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    ).stdout
    hunks = "@@" + shown.partition("@@")[2]
    # What stands behind `@@` is git's guess at a heading.
    lines = [
        line[: line.rfind("@@") + 2] if line[:2] == "@@" else line for line in hunks.split("\n")
    ]
    assert unified(old, new) == "\n".join(lines).rstrip("\n")


def test_it_runs_for_tests_in_another_process(github: FakeGitHub, tmp_path: Path) -> None:
    seed = {
        "repositories": {"acme/app": {"id": 5, "branches": {"main": BASE, "feature": HEAD}}},
        "pulls": [{"repository": "acme/app", "branch": "feature"}],
        "tokens": {"all": {}},
    }
    (tmp_path / "seed.json").write_text(json.dumps(seed))
    command = [sys.executable, "-m", "tests.fakegithub", "--seed", str(tmp_path / "seed.json")]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        url = process.stdout.readline().strip()
        try:
            answer = requests.get(
                f"{url}/repos/acme/app", headers={"Authorization": "bearer all"}, timeout=10
            )
            assert answer.json()["id"] == 5
            with urllib.request.urlopen(f"{url}/_fake/pulls", timeout=10) as told:
                assert json.load(told)["acme/app"]["1"]["comments"] == []
        finally:
            process.terminate()
