"""What the base of a pull request has too is told apart, in every format and in the review."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from oidc_enforcer.comparison import compared
from oidc_enforcer.report import Report, numbered
from oidc_enforcer.reporters import wording
from tests.reporters.example import example
from tests.reporters.test_secrets import RENDERERS

OLD, *NEW = (key for key, _ in numbered(example().files[0].findings))
SAID: dict[str, Callable[[str], int]] = {
    name: lambda text: text.count(wording.OLD) for name in ("text", "github", "markdown", "html")
}
SAID["json"] = lambda text: text.count('"new": false')
SAID["sarif"] = lambda text: text.count('"baselineState": "unchanged"')


def written(name: str, report: Report) -> str:
    return "".join(RENDERERS[name](report))


@pytest.mark.parametrize("name", SAID)
def test_nothing_is_called_old_where_nobody_compared(name: str) -> None:
    assert compared(example(), None) == example()
    assert SAID[name](written(name, example())) == 0
    assert SAID[name](written(name, compared(example(), frozenset()))) == 0


@pytest.mark.parametrize("name", SAID)
def test_one_old_finding_is_called_so(name: str) -> None:
    text = written(name, compared(example(), frozenset({OLD})))
    assert SAID[name](text) == (2 if name == "markdown" else 1)


def test_programs_tell_new_from_not_compared() -> None:
    def new(report: Report) -> list[bool | None]:
        return [one["new"] for one in json.loads(written("json", report))["findings"]]

    assert new(example()) == [None, None, None]
    assert new(compared(example(), frozenset({OLD}))) == [False, True, True]


def test_one_more_of_the_same_is_new() -> None:
    report = example()
    first, *_ = report.files
    twice = report._replace(files=(first._replace(findings=(first.findings[0],) * 2),))
    told = compared(twice, frozenset({OLD})).files[0].findings
    assert [one.is_old for one in told] == [True, False]
