"""The trust policies among the examples do what their names and their table promise."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from oidc_enforcer import cli
from oidc_enforcer.iam.allowed import Allowed, outside
from oidc_enforcer.iam.document import parse
from oidc_enforcer.iam.reach import Reach, reach
from tests.iam.policies import APP

FOLDER = Path(__file__).parent.parent / "examples" / "trust"
TABLE = re.findall(
    r"^\| \[`(.+?)`\]\(\1\) \| `(.+?)` \| `(.+?)` \|",
    (FOLDER / "README.md").read_text("utf-8"),
    re.MULTILINE,
)
MAIN = Allowed.parse(["branch:main"])


def reach_of(name: str) -> Reach:
    return reach(parse((FOLDER / name).read_text("utf-8")), APP)


def test_the_table_has_every_policy() -> None:
    assert sorted(name for name, *_ in TABLE) == sorted(path.name for path in FOLDER.glob("*.json"))


@pytest.mark.parametrize(("name", "reaches", "identity"), TABLE)
def test_a_policy_reaches_as_far_as_it_says(name: str, reaches: str, identity: str) -> None:
    found = reach_of(name)
    assert (found.reach.word, found.identity.word) == (reaches, identity)


def test_the_wide_one_is_flagged_with_witnesses() -> None:
    found = reach_of("wide-as-in-most-posts.json")
    assert {each.claims["sub"] for each in outside(found, MAIN)} >= {"repo:acme/app:pull_request"}
    shown = {each.reach.word: each.claims["sub"] for each in found.witnesses}
    assert shown["pull-request"] == "repo:acme/app:pull_request"
    assert shown["any-branch"].startswith("repo:acme/app:ref:refs/heads/")


@pytest.mark.parametrize("name", [name for name, *_ in TABLE if name.startswith("pinned")])
def test_the_pinned_ones_let_nothing_else_in(name: str) -> None:
    allowed = Allowed.parse(["environment:production"]) if "environment" in name else MAIN
    assert outside(reach_of(name), allowed) == ()


def test_the_last_is_what_is_suggested_for_the_first(capsys: pytest.CaptureFixture[str]) -> None:
    wide = str(FOLDER / "wide-as-in-most-posts.json")
    typed = ["--repo", "acme/app", "--repo-id", "2001", "--owner-id", "1001"]
    status = cli.main(
        ["trust", "--policy", wide, *typed, "--suggest", "json", "--allow", "branch:main"]
    )
    assert status == cli.CLEAN
    suggested = parse(capsys.readouterr().out)
    kept = parse((FOLDER / "pinned-in-both-forms.json").read_text("utf-8"))
    assert reach(suggested, APP) == reach(kept, APP)._replace(parts=reach(suggested, APP).parts)
    assert [
        (each.operator, each.key, each.values) for each in suggested.statements[0].conditions
    ] == [(each.operator, each.key, each.values) for each in kept.statements[0].conditions]
