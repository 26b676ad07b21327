"""A comment excuses what it stands beside, and nothing that only looks like a comment does."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oidc_enforcer import check, comparison
from oidc_enforcer.config import Config
from oidc_enforcer.facts import Facts
from oidc_enforcer.report import FileReport, Report, summarise
from oidc_enforcer.source import SourceFile
from oidc_enforcer.workflow.reading import read
from oidc_enforcer.workflow.surroundings import Surroundings

PATH = ".github/workflows/x.yml"
GOOD = "# oidc-enforcer: ignore[human-login] until 2026-12-31 -- the vendor has no OIDC"
TODAY = "2026-11-28"


def judge(text: str, facts: Facts | None = None) -> FileReport:
    return check.judge(read(SourceFile(PATH, text), Surroundings()), facts or Facts(TODAY))


def job(*steps: str) -> str:
    head = "on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n"
    return head + "".join(f"      {line}\n" for step in steps for line in step.split("\n"))


def rules(report: FileReport) -> list[str]:
    return [finding.rule for finding in report.findings]


@pytest.mark.parametrize(
    "text",
    [
        # Text that is no comment.
        job(f"- run: \"echo '{GOOD}' && aws sso login\""),
        job(f'- run: "aws sso login {GOOD}"'),
        job(f"- run: |\n    {GOOD}\n    aws sso login"),
        job(f"- run: |\n    aws sso login  {GOOD}"),
        job(f"- run: >\n    aws sso login\n    {GOOD}"),
        job(f'- {{env: {{A: "{GOOD}"}}, run: aws sso login}}'),
        job(f'- {{run: aws sso login, name: "{GOOD}"}}'),
        job(f"# see {GOOD}", "- run: aws sso login"),
        # Comments elsewhere.
        job(GOOD, "", "- run: aws sso login"),
        job("- run: aws sso login", GOOD),
        job(GOOD, "# and words", "- run: aws sso login"),
        GOOD + "\n" + job("- run: aws sso login"),
        # Comments for something else, or not whole.
        job("- run: aws sso login  " + GOOD.replace("human-login", "static-credentials")),
        job("- run: aws sso login  " + GOOD.replace("human-login", "*")),
        job("- run: aws sso login  " + GOOD.replace("[human-login]", "")),
        job("- run: aws sso login  " + GOOD.replace("human-login", "")),
        job("- run: aws sso login  " + GOOD.replace(" until 2026-12-31", "")),
        job("- run: aws sso login  " + GOOD.replace("2026-12-31", "2026-13-31")),
        job("- run: aws sso login  " + GOOD.replace("2026-12-31", "later")),
        job("- run: aws sso login  " + GOOD.partition(" -- ")[0]),
        job("- run: aws sso login  " + GOOD.partition(" -- ")[0] + " --   "),
        job("- run: aws sso login  " + GOOD.replace("ignore", "ignored")),
        job("- run: aws sso login  " + GOOD.replace("2026-12-31", "2026-11-27")),
        job("- run: aws sso login  " + GOOD.replace("2026-12-31", "2999-12-31")),
    ],
)
def test_what_does_not_excuse(text: str) -> None:
    report = judge(text)
    assert "human-login" in rules(report)
    assert report.suppressed == ()


@pytest.mark.parametrize(
    "text",
    [
        job(f"- run: aws sso login  {GOOD}"),
        job(f"- run: aws sso login\t{GOOD}"),
        job(GOOD, "- run: aws sso login"),
        job(f"- run: |  {GOOD}\n    echo\n    aws sso login"),
        job(GOOD, "- run: |\n    echo\n    aws sso login"),
        job(f'- run: "aws sso login"  {GOOD}'),
        job(GOOD.replace("[human-login]", "[static-credentials]"), GOOD, "- run: aws sso login"),
        job("- run: aws sso login  " + GOOD.replace("human-", " syntax , human-")),
        job("- run: aws sso login  " + GOOD.replace("# ", "##")),
        job(f"- run: |\n    echo\n{GOOD}", f"- run: aws sso login  {GOOD}"),
    ],
)
def test_what_excuses(text: str) -> None:
    report = judge(text)
    assert "human-login" not in rules(report)
    (excused,) = report.suppressed
    assert excused.by == "inline"
    assert excused.until == "2026-12-31"
    assert excused.reason == "the vendor has no OIDC"


def test_the_line_is_all_that_it_excuses() -> None:
    report = judge(job(f"- run: aws sso login  {GOOD}", "- run: aws sso login"))
    assert rules(report) == ["human-login"]
    assert len(report.suppressed) == 1


@pytest.mark.parametrize(
    ("comment", "rule", "said"),
    [
        (GOOD.replace("2026-12-31", "2026-11-27"), "expired-exception", "ended on 2026-11-27"),
        (GOOD.replace("2026-12-31", "2027-12-31"), "overlong-exception", "lasts 398 days"),
        (GOOD.partition(" -- ")[0], "incomplete-exception", "gives no reason"),
        (GOOD.replace(" until 2026-12-31", ""), "incomplete-exception", "has no end"),
        (GOOD.replace("human-login", "human"), "incomplete-exception", "names `human`"),
        (
            GOOD.replace("human-login", "expired-exception"),
            "incomplete-exception",
            "no rule that may be excused",
        ),
        ("# oidc-enforcer: please", "incomplete-exception", "this is no exception"),
    ],
)
def test_each_flaw_is_a_finding_of_its_own(comment: str, rule: str, said: str) -> None:
    report = judge(job(comment, "- run: aws sso login"))
    assert sorted(rules(report)) == sorted([rule, "human-login"])
    (flaw,) = [finding for finding in report.findings if finding.rule == rule]
    assert said in flaw.message
    assert flaw.place.region.line == 6


def test_one_that_nothing_needs_is_reported_and_one_in_doubt_is_not() -> None:
    assert rules(judge(job(GOOD, "- run: echo"))) == ["unused-exception"]
    doubt = GOOD.replace("human-login", "excess-id-token")
    unsure = judge(
        "on: push\n"
        f"permissions: {{id-token: write}}  {doubt}\n"
        "jobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: vendor/tool@v1\n"
    )
    assert [one.rule for one in unsure.skipped] == ["excess-id-token"]
    assert rules(unsure) == []


def test_an_exception_does_not_excuse_what_is_said_of_exceptions() -> None:
    shield = GOOD.replace("human-login", "incomplete-exception")
    report = judge(job(shield, "# oidc-enforcer: ignore[human-login]", "- run: aws sso login"))
    assert rules(report).count("incomplete-exception") == 2


def test_where_the_file_cannot_be_read_no_comment_counts() -> None:
    text = job("- run: aws sso login", "- run: [", GOOD, "- run: aws sso login")
    assert judge(text).suppressed == ()


def test_comments_can_be_forbidden() -> None:
    facts = Facts(TODAY, Config(inline_exceptions=False))
    report = judge(job(GOOD, "- run: aws sso login"), facts)
    assert sorted(rules(report)) == ["human-login", "incomplete-exception"]


# -- pull requests ------------------------------------------------------------------------------


def judge_head(base: str | None, head: str) -> FileReport:
    before = () if base is None else (judge(base, Facts(TODAY, compares=True)),)
    granted = comparison.excused(Report(before, summarise(before)))
    return judge(head, Facts(TODAY, compares=True, granted=granted))


PLAIN = job("- run: aws sso login")
EXCUSED = job(GOOD, "- run: aws sso login")


@pytest.mark.parametrize(
    ("base", "head"),
    [
        (PLAIN, EXCUSED),  # added
        (None, EXCUSED),  # with the file
        (EXCUSED, EXCUSED.replace("2026-12-31", "2027-01-31")),  # prolonged
        (EXCUSED.replace("aws sso login", "aws sso login --profile x"), EXCUSED),  # moved
        (EXCUSED.replace("[human-login]", "[syntax]"), EXCUSED),  # for another rule
        (EXCUSED.replace("  a:", "  b:"), EXCUSED),  # for another job
    ],
)
def test_what_the_head_adds_is_pending(base: str | None, head: str) -> None:
    report = judge_head(base, head)
    (finding,) = [one for one in report.findings if one.rule == "human-login"]
    assert report.suppressed == ()
    assert finding.related[-1].message.startswith("pending: this exception counts after")
    assert finding.related[-1].place.region.line == 6


def test_what_the_base_has_counts_wherever_it_has_gone() -> None:
    moved = EXCUSED.replace("    steps:\n", "    steps:\n      - run: echo\n")
    assert rules(judge_head(EXCUSED, moved)) == []


def test_a_script_that_is_excused_may_not_take_another_key_in() -> None:
    before = job(GOOD, "- run: |\n    aws sso login\n    echo")
    after = before.replace("    echo", "    aws sso login --profile other")
    assert rules(judge_head(before, before)) == []
    assert rules(judge_head(before, before.replace("echo", "make"))) == []
    report = judge_head(before, after)
    assert (rules(report), len(report.suppressed)) == (["human-login"], 1)


def test_one_exception_of_the_base_is_not_two_of_the_head() -> None:
    twice = EXCUSED + EXCUSED.partition("steps:\n")[2]
    report = judge_head(EXCUSED, twice)
    assert len(report.suppressed) == 1
    assert rules(report) == ["human-login"]


@given(
    st.lists(st.sampled_from([GOOD, "- run: aws sso login", "- run: echo", "# x", ""]), max_size=6),
    st.lists(st.sampled_from([GOOD, "- run: aws sso login", "- run: echo", "# x", ""]), max_size=6),
)
def test_no_head_excuses_more_than_its_base(base: list[str], head: list[str]) -> None:
    """Whatever the head's author does, no more findings are excused than the base excused."""
    before, after = judge(job(*base)), judge_head(job(*base), job(*head))
    assert len(after.suppressed) <= len(before.suppressed)


@given(st.text(alphabet="#'\"|>-: \n\taG[]{}", max_size=60))
def test_nothing_before_a_comment_makes_it_crash(text: str) -> None:
    judge(job(f"- run: {text} aws sso login {GOOD}"))
    judge(f"{text}\n{GOOD}\n{text}")
