"""A key in the workflow's own `env`: which jobs it reaches is told, not the first job alone."""

from __future__ import annotations

import pytest

from oidc_enforcer import check
from oidc_enforcer.facts import Facts
from oidc_enforcer.report import Report, summarise
from oidc_enforcer.reporters import text as text_reporter
from oidc_enforcer.source import SourceFile
from oidc_enforcer.workflow.reading import read
from oidc_enforcer.workflow.surroundings import Surroundings

ABOVE = """\
on: push
env:
  AWS_ACCESS_KEY_ID: ${{ secrets.A }}
  AWS_SECRET_ACCESS_KEY: ${{ secrets.B }}
jobs:
"""
JOB = """\
  NAME:
    runs-on: ubuntu-latest
    steps:
      - run: aws s3 ls
"""
CALL = "  call:\n    uses: ./.github/workflows/other.yml\n"


def jobs(*names: str) -> str:
    return "".join(JOB.replace("NAME", name) for name in names)


def said(text: str) -> list[str]:
    file = read(SourceFile(".github/workflows/x.yml", text), Surroundings())
    report = check.judge(file, Facts("2026-11-28"))
    lines = "".join(text_reporter.render(Report([report], summarise([report])))).splitlines()
    return [line.partition("= job: ")[2] for line in lines if "= job: " in line]


@pytest.mark.parametrize(
    ("text", "reached"),
    [
        (ABOVE + jobs("build", "deploy").replace("aws s3 ls", "make", 1), "every job"),
        (ABOVE + jobs("only"), "only"),
        (ABOVE + jobs("build", "deploy") + CALL, "build, deploy"),
        (ABOVE + jobs(*"abcdefg") + CALL, "a, b, c, d, e and 2 more"),
    ],
)
def test_a_key_above_all_jobs_names_those_that_it_reaches(text: str, reached: str) -> None:
    assert said(text) == [reached]


def test_a_key_of_one_job_names_it() -> None:
    env = ABOVE.partition("env:")[2].partition("jobs:")[0].replace("\n  ", "\n      ")
    text = "on: push\nenv: {X: y}\njobs:\n" + jobs("a") + jobs("b") + f"    env:{env}"
    assert said(text) == ["b"]


def test_the_name_that_exceptions_and_fingerprints_go_by_stays() -> None:
    file = read(SourceFile("x.yml", ABOVE + jobs("build", "deploy")), Surroundings())
    (finding,) = check.judge(file, Facts("2026-11-28")).findings
    assert (finding.job, finding.reaches) == ("build", "every job")
