"""The text of the pull request that moves a repository to OIDC."""

from __future__ import annotations

from oidc_enforcer.finding import Fix, Safety
from oidc_enforcer.fixes.aftercare import Aftercare
from oidc_enforcer.mending import Applied, Mended
from oidc_enforcer.report import FileReport
from oidc_enforcer.reporters import proposal_text
from oidc_enforcer.source import Edit, SourceFile, Span
from tests.reporters.pull_request import STATIC

_FIRST = "## First, in AWS and on GitHub"


def body(*first: str) -> str:
    finding = STATIC.finding(SourceFile("a.yml", "x"), Span(0, 1), "m", job="a")
    fix = Fix("let job `a` ask for a token", (Edit(Span(0, 1), "y"),), Safety.SAFE, first=first)
    before, after = FileReport("a.yml", (finding,)), FileReport("a.yml")
    done = Mended("x", before, after, (Applied(finding, fix),))
    return proposal_text.body([done], Aftercare((), (), ()))


def test_what_must_be_there_first_is_asked_for_only_where_something_must() -> None:
    assert _FIRST not in body()
    assert "bootstrap" not in body()
    assert f"{_FIRST}\n\n- create a role\n" in body("create a role")
