"""The job summary, as GitHub would render it: by CommonMark with tables and raw HTML."""

from __future__ import annotations

import pytest
from markdown_it import MarkdownIt

from oidc_enforcer.finding import PolicyOffer
from oidc_enforcer.report import CredentialUse, FileReport, Gap, JobReport, Report, summarise
from oidc_enforcer.reporters import HOME
from oidc_enforcer.reporters.escaping import code, fence, prose
from oidc_enforcer.reporters.markdown import LIMIT, render
from oidc_enforcer.source import SourceFile, Span
from tests.reporters.example import STATIC, clean, empty, example, golden


def page(text: str) -> str:
    html: str = MarkdownIt("commonmark", {"html": True}).enable(["table"]).render(text)
    return html


def test_the_example_is_summed_up_as_it_should_be() -> None:
    text = "".join(render(example()))
    assert text == golden("summary.md", text)


def test_the_example_renders_to_a_table_and_folds() -> None:
    html = page("".join(render(example())))
    assert html.count("<table>") == 3
    assert html.count("<details>") == html.count("</details>") == 5
    assert html.count("<tr>") == 4 + 3 + 2
    assert '<code class="language-text">' in html


def test_a_clean_run_has_neither_table_of_findings_nor_alarm() -> None:
    text = "".join(render(clean()))
    assert text.startswith("## ✅ oidc-enforcer: no findings\n")
    assert "what |" not in text
    assert "nothing was checked" in "".join(render(empty()))


@pytest.mark.parametrize(
    ("fails", "mark"), [(None, "❌"), (True, "❌"), (False, "⚠️")], ids=["", "fails", "passes"]
)
def test_the_heading_says_how_the_step_ends_not_how_bad_the_findings_are(
    fails: bool | None, mark: str
) -> None:
    assert "".join(render(example(), fails=fails)).startswith(f"## {mark} oidc-enforcer: ")


def test_a_clean_run_that_fails_for_doubt_is_marked_as_failed() -> None:
    assert "".join(render(clean(), fails=True)).startswith("## ❌ oidc-enforcer: no findings")
    assert "".join(render(clean(), fails=False)).startswith("## ✅ oidc-enforcer: no findings")


def test_a_row_leads_to_the_page_of_its_rule() -> None:
    row = f"| [`static-credentials`]({HOME}/blob/main/docs/rules/static-credentials.md) |"
    assert row in "".join(render(example()))


def test_why_a_job_gets_no_token_is_not_said_twice() -> None:
    use = CredentialUse("static", 1, 1, "secrets.X")
    for derivation, said in (
        ("none by the block", "none by the block"),
        ("granted", "none, granted"),
    ):
        job = JobReport("a", 1, (use,), "none", (derivation,))
        files = (FileReport("a.yml", jobs=(job,)),)
        assert f"| {said} |" in "".join(render(Report(files, summarise(files))))


def test_a_policy_that_is_offered_stands_once_below_the_first_finding_of_its_role() -> None:
    file = SourceFile("a.yml", "on: push\n")
    offer = PolicyOffer("deploy", {"Version": "2012-10-17"}, ("branch:main", "pull-request"))
    one = STATIC.finding(file, Span(0, 1), "too wide")._replace(role="deploy", policy=offer)
    files = (FileReport("a.yml", (one, one._replace(message="and so")), lines={1: "on: push"}),)
    text = "".join(render(Report(files, summarise(files))))
    assert text.count('"Version": "2012-10-17"') == 1
    assert "It lets in branch <code>main</code> and pull requests of this repository" in text
    assert page(text).count("<details>") == page(text).count("</details>") == 2


HOSTILE = [
    "| a | b |",
    "`code` ``x`` ``` fence",
    "</details></code><script>alert(1)</script>",
    "@octocat and @acme/team #1 GH-1",
    "[click](https://evil.example) ![x](http://evil.example/x.png)",
    "https://evil.example www.evil.example <https://evil.example>",
    "**bold** _it_ ~~gone~~ $x$ \\",
    "a\n\n# heading\n- list\n```\n",
    "\u202eevil\x1b[2J",
    "&lt;b&gt; &#64;octocat",
]


@pytest.mark.parametrize("odd", HOSTILE)
def test_no_text_of_the_repository_is_markup(odd: str) -> None:
    file = SourceFile(odd, odd)
    finding = STATIC.finding(file, Span(0, 1), odd, job=odd)
    use = CredentialUse("static", 1, 1, odd)
    files = (
        FileReport(
            odd,
            (finding,),
            (STATIC.skipped(file, Span(0, 1), odd),),
            jobs=(JobReport(odd, 1, (use,), "write", (odd,)),),
            coverage=(Gap(odd, odd),),
            lines={1: odd.splitlines()[0]},
        ),
    )
    text = "".join(render(Report(files, summarise(files))))
    outside_fences = "".join(text.split("```")[::2]) if "```" not in odd else text
    html = page(text)
    for tag in ("<script", "<img", "<h1", "<em>", "<del>"):
        assert tag not in html
    assert html.count("<a ") == html.count("href") == html.count(f'<a href="{HOME}/') == 1
    assert html.count("<details>") == html.count("</details>")
    assert html.count("<table>") == 2
    assert html.count("<h2>") == 1
    if "@" in odd and "```" not in odd:
        assert "@octocat" not in outside_fences
    assert text.replace("\n", "").isprintable()


def test_a_fence_is_longer_than_any_inside() -> None:
    assert fence("a ```` b").startswith("`````text\n")
    assert page(fence("```\n<b>")).count("<pre>") == 1


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("plain words, no markup", "plain words, no markup"),
        ("`secrets.KEY` is *read*", "<code>secrets.KEY</code> is &#42;read&#42;"),
        ("an odd ` backtick", "an odd &#96; backtick"),
        ("`` empty", " empty"),
    ],
)
def test_words_between_backticks_become_code(said: str, written: str) -> None:
    assert prose(said) == written


def test_an_empty_name_is_visible() -> None:
    assert code("") == "-"


def big(files: int, findings: int) -> Report:
    source = SourceFile("a.yml", "x" * 130)
    finding = STATIC.finding(source, Span(0, 130), "message " * 20)
    reports = [
        FileReport(f"{at}.yml", (finding,) * findings, lines={1: "x" * 130}) for at in range(files)
    ]
    return Report(reports, summarise(reports))


@pytest.mark.parametrize(("files", "findings"), [(3000, 2), (3, 5000)])
def test_a_summary_ends_before_github_drops_it_and_says_so(files: int, findings: int) -> None:
    text = "".join(render(big(files, findings)))
    assert len(text.encode()) <= LIMIT
    assert "are not in this table" in text
    assert "left out" in text or "are not shown here" in text
    html = page(text)
    assert html.count("<details>") == html.count("</details>")


def test_a_small_limit_is_kept_too() -> None:
    assert len("".join(render(big(50, 5), limit=5000)).encode()) <= 5000
