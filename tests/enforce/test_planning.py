"""A plan has what is missing, no more, and says whom the rule does not reach."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oidc_enforcer.enforce.planning import (
    BATCH,
    Plan,
    Repository,
    There,
    drift,
    plan,
    record,
)
from oidc_enforcer.enforce.ruleset import Bypass, Property, Targets, Wanted, Workflow
from oidc_enforcer.enforce.workflow_file import problems
from oidc_enforcer.errors import UserError
from oidc_enforcer.source import SourceFile

SHA = "a" * 40
FILE = Workflow("acme/.github", 7, ".github/workflows/aws-oidc.yml", SHA)
AWS = Targets((Property("cloud", "aws"),), (Property("oidc-exempt", "true"),))
SOURCE = Repository(".github", "public", properties={"cloud": ("aws",)})


def after(there: There, made: Plan) -> There:
    """What is there once the steps are taken, as GitHub would have it."""
    ruleset, repositories = there.ruleset, list(there.repositories)
    for step in made.steps:
        if step.kind == "mark":
            for at, one in enumerate(repositories):
                if one.name in step.body["repository_names"]:
                    more = {p["property_name"]: (p["value"],) for p in step.body["properties"]}
                    repositories[at] = one._replace(properties={**one.properties, **more})
        else:
            ruleset = {"id": 9, "node_id": "x", "source": "acme", **step.body}
    return There(ruleset, tuple(repositories))


def test_the_first_plan_creates_and_evaluates_whatever_was_asked() -> None:
    for mode in ("", "evaluate", "active"):
        made = plan(Wanted(FILE, AWS, enforcement=mode), There(None, (SOURCE,)))
        (step,) = made.steps
        assert step.kind == "create"
        assert step.body["enforcement"] == "evaluate"
        assert any("begins in `evaluate`" in one for one in made.remarks) is (mode == "active")
        assert all(line.startswith("+ ") for line in step.diff)


def test_the_second_plan_is_empty_and_the_third_goes_active() -> None:
    wanted = Wanted(FILE, AWS, (Bypass("OrganizationAdmin", None),))
    there = after(There(None, (SOURCE,)), plan(wanted, There(None, (SOURCE,))))
    assert plan(wanted, there).steps == ()
    active = plan(wanted._replace(enforcement="active"), there)
    (step,) = active.steps
    assert (step.kind, step.id) == ("update", 9)
    changed = [line for line in step.diff if line[0] in "+-"]
    assert changed == ['-   "enforcement": "evaluate",', '+   "enforcement": "active",']
    # Nobody makes an active ruleset evaluate again by leaving the option out.
    assert plan(wanted, after(there, active)).steps == ()


def test_another_commit_or_a_removed_rule_is_an_update() -> None:
    wanted = Wanted(FILE, AWS)
    there = after(There(None, (SOURCE,)), plan(wanted, There(None, (SOURCE,))))
    newer = wanted._replace(workflow=FILE._replace(sha="b" * 40))
    assert [step.kind for step in plan(newer, there).steps] == ["update"]
    assert there.ruleset
    for key, value in (("rules", []), ("bypass_actors", [{"actor_id": 5}]), ("target", "tag")):
        tampered = there._replace(ruleset={**there.ruleset, key: value})
        assert [step.kind for step in plan(wanted, tampered).steps] == ["update"], key


REPOSITORIES = [
    (Repository("plain", properties={"cloud": ("aws",)}), "", True),
    (Repository("other", properties={"cloud": ("gcp",)}), "its property cloud is not aws", False),
    (Repository("none"), "its property cloud is not aws", False),
    (
        Repository("free", properties={"cloud": ("aws",), "oidc-exempt": ("true",)}),
        "its property oidc-exempt=true excludes it",
        False,
    ),
    (Repository("many", properties={"cloud": ("gcp", "aws")}), "", True),
    (Repository("old", is_archived=True, properties={"cloud": ("aws",)}), "it is archived", True),
    (
        Repository("off", actions=False, properties={"cloud": ("aws",)}),
        "Actions are disabled there",
        True,
    ),
    (Repository("dim", actions=None, properties={"cloud": ("aws",)}), "could not be read", True),
]


@pytest.mark.parametrize(("repository", "reason", "is_meant"), REPOSITORIES)
def test_each_repository_is_covered_or_has_a_reason(
    repository: Repository, reason: str, *, is_meant: bool
) -> None:
    made = plan(Wanted(FILE, AWS), There(None, (SOURCE, repository)))
    if not reason:
        assert repository.name in made.covered
        return
    (one,) = made.uncovered
    assert one.name == repository.name
    assert reason in one.reason
    assert one.is_meant is is_meant


def test_names_and_branches_and_visibility_count() -> None:
    repositories = (
        Repository(".github", "private"),
        Repository("Web-1"),
        Repository("api"),
        Repository("web-2", default_branch="trunk"),
        Repository("web-3", "public"),
    )
    targets = Targets(names=("web-*",), branches=("refs/heads/main",))
    made = plan(Wanted(FILE, targets), There(None, repositories))
    assert made.covered == ("Web-1",)
    reasons = {one.name: one.reason for one in made.uncovered}
    assert reasons["api"] == "no name pattern means it"
    assert reasons["web-2"] == "its default branch is `trunk`, which no branch pattern means"
    assert reasons["web-3"] == "it is public, and the workflow's repository is private"


def test_who_may_bypass_is_said() -> None:
    actors = ("org-admin", "team:5:always", "app:6:exempt")
    wanted = Wanted(FILE, AWS, tuple(map(Bypass.parse, actors)))
    assert plan(wanted, There(None, ())).remarks == (
        "OrganizationAdmin may merge past the rule in a pull request",
        "Team 5 may push and merge past the rule",
        "Integration 6 is not asked at all",
    )


@pytest.mark.parametrize(
    "text", ["", "admin", "team", "team:x", "team:0", "org-admin:5", "app:1:2", "a:1"]
)
def test_nobody_else_may_bypass(text: str) -> None:
    with pytest.raises(UserError, match="is nobody who may bypass"):
        Bypass.parse(text)


NAMES = [f"r{number}" for number in range(70)]


@given(st.sets(st.sampled_from(NAMES)), st.sets(st.sampled_from(NAMES)), st.integers(0, 5))
def test_a_plan_that_stopped_half_way_is_taken_up(
    marked: set[str], has: set[str], steps: int
) -> None:
    """Whatever was done of a plan, the next plan has exactly the rest, and then there is none."""
    wanted = Wanted(FILE, AWS)
    there = There(
        None,
        tuple(
            Repository(name, properties={"cloud": ("aws",)} if name in has else {})
            for name in NAMES
        ),
    )
    names = tuple(sorted(marked))
    whole = plan(wanted, there, names)
    assert all(len(step.body.get("repository_names", ())) <= BATCH for step in whole.steps)
    half = after(there, whole._replace(steps=whole.steps[:steps]))
    rest = plan(wanted, half, names)
    assert [step.body for step in rest.steps] == [step.body for step in whole.steps[steps:]]
    done = after(half, rest)
    assert plan(wanted, done, names).steps == ()
    assert set(whole.covered) == set(plan(wanted, done, names).covered) == marked | has


def test_drift_is_told_line_by_line() -> None:
    wanted = Wanted(FILE, AWS)
    repositories = (SOURCE, Repository("web", properties={"cloud": ("aws",)}))
    start = There(None, repositories)
    first = plan(wanted, start)
    before = record(wanted, first, start)
    there = after(start, first)
    assert list(drift(before, plan(wanted, there), there)) == []
    assert there.ruleset
    off = Repository("web", actions=False, properties={"cloud": ("aws",)})
    new = Repository("new", properties={"cloud": ("aws",)})
    changed = There({**there.ruleset, "enforcement": "disabled"}, (SOURCE, off, new))
    assert list(drift(before, plan(wanted, changed), changed)) == [
        'ruleset -   "enforcement": "evaluate",',
        'ruleset +   "enforcement": "disabled",',
        "`web` is no longer covered: Actions are disabled there: the workflow cannot run, and pull"
        " requests would wait",
        "`new` is covered now",
    ]
    gone = There(None, (SOURCE,))
    assert list(drift(before, plan(wanted, gone), gone)) == [
        "the ruleset is gone",
        "`web` is no longer covered: it is gone",
    ]


GOOD = "on: {pull_request: , merge_group: }\njobs: {a: {runs-on: x, steps: [{run: x}]}}\n"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (GOOD, ""),
        ("on: [pull_request, merge_group]\n" + GOOD.partition("\n")[2], ""),
        (GOOD.replace(", merge_group: ", ""), "it does not run on `merge_group`"),
        (GOOD.replace("pull_request: , ", "push: , "), "it does not run on `pull_request`"),
        (GOOD.replace("pull_request: ", "pull_request: {paths: [a]}"), "`paths` of `pull_request`"),
        (
            GOOD.replace("pull_request: ", "pull_request: {types: [opened]}"),
            "leaves out `reopened`",
        ),
        (
            GOOD.replace("runs-on: x", "if: '!github.event.pull_request.draft', runs-on: x"),
            "drafts",
        ),
        ("on: [", "line 1: not valid YAML"),
        ("on: [pull_request, merge_group]\njobs: {}\n", "no job"),
    ],
)
def test_a_workflow_that_could_lock_somebody_out_is_refused(text: str, problem: str) -> None:
    found: list[Any] = list(problems(SourceFile("w.yml", text)))
    assert bool(found) is bool(problem)
    assert any(problem in one for one in found) or not problem
