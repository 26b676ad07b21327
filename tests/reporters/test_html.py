"""The page for the auditor: whole, closed to the world, and readable by everybody."""

from __future__ import annotations

import base64
import hashlib
import itertools
import re
from html.parser import HTMLParser

from oidc_enforcer.report import CredentialUse, FileReport, JobReport, Report, summarise
from oidc_enforcer.reporters import HOME
from oidc_enforcer.reporters.html import render
from tests.reporters.example import clean, empty, example, why

VOID = frozenset({"meta"})


class Page(HTMLParser):
    """Reads a page, insisting that whatever is opened is closed in order."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join("".join(self.words).split())

    def values(self, attribute: str) -> list[str]:
        return [value for _, given in self.tags if (value := given.get(attribute)) is not None]

    def named(self, tag: str) -> list[dict[str, str | None]]:
        return [given for name, given in self.tags if name == tag]


def page(report: Report) -> Page:
    return Page("".join(render(report, why=why)))


def test_nothing_is_fetched_and_nothing_runs() -> None:
    for report in (example(), clean(), empty()):
        found = page(report)
        tags = {tag for tag, _ in found.tags}
        assert not tags & {"script", "link", "img", "iframe", "object", "embed", "form", "base"}
        assert not found.values("src")
        assert not found.values("style")
        assert not [name for _, given in found.tags for name in given if name.startswith("on")]
        assert "url(" not in "".join(render(report))
        assert "@import" not in "".join(render(report))


def test_the_policy_allows_the_pages_own_style_alone() -> None:
    text = "".join(render(example()))
    (policy,) = [
        str(given["content"])
        for given in page(example()).named("meta")
        if given.get("http-equiv") == "Content-Security-Policy"
    ]
    style = text.partition("<style>")[2].partition("</style>")[0]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert policy == (
        f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    )
    before = text.partition("Content-Security-Policy")[0]
    assert "<style" not in before


def test_links_lead_into_the_page_or_to_our_documentation() -> None:
    found = page(example())
    ids = found.values("id")
    assert len(ids) == len(set(ids))
    for target in found.values("href"):
        assert target.removeprefix("#") in ids or target.startswith(f"{HOME}/blob/main/docs/rules/")
    for named in found.values("aria-labelledby"):
        assert named in ids


def test_headings_come_in_order_and_tables_say_what_they_hold() -> None:
    found = page(example())
    levels = [int(tag[1]) for tag, _ in found.tags if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))
    assert len(found.named("caption")) == len(found.named("table")) == 2
    assert all(given.get("scope") in ("row", "col") for given in found.named("th"))
    assert found.named("html")[0]["lang"] == "en"
    assert len(found.named("main")) == 1
    assert found.named("svg")[0]["aria-label"] == "adoption 50 %"


def test_everything_that_was_found_is_there() -> None:
    text = page(example()).text
    for said in (
        "2 errors, 1 warning, 1 not verified, 1 not looked at, 1 suppressed",
        "adoption 50 %",
        "repository acme/app",
        "a long-lived access key from secrets.AWS_ACCESS_KEY_ID signs this job in",
        "13 | aws-access-key-id: ${{ secrets.AWS_ACCESS_KEY_ID }}",
        "the secret half of the pair",
        ".github/workflows/caller.yml:4: called from here",
        "assume a role instead (review before applying)",
        "line 21: vendor/some-action@v1 is not known to leave the token alone",
        "acme/shared/.github/workflows/deploy.yml@v2: not fetched",
        "line 4, by a comment until 2026-12-31: moved next quarter",
        "deploy static line 13, step 2 secrets.AWS_ACCESS_KEY_ID",
        "repo:acme/app:ref:refs/heads/main",
        "release oidc line 12, step 1 vars.AWS_ROLE_ARN",
        "The reason of static-credentials.",
    ):
        joined = "".join(said.split())
        assert joined in "".join(text.split()), said


def test_an_excerpt_is_painted_by_us_alone() -> None:
    lines = {1: "\ue000e<b>bold</b>\ue001 & more"}
    one = example().files[0].findings[0]
    place = one.place._replace(region=one.place.region._replace(line=1, end_line=1))
    file = FileReport(one.place.file, (one._replace(place=place, related=()),), lines=lines)
    text = "".join(render(Report((file,), summarise((file,), files=1))))
    assert r"\ue000e&lt;b&gt;bold&lt;/b&gt;\ue001 &amp; more" in text
    Page(text)


def test_a_rule_that_is_broken_often_is_counted_and_listed_in_part() -> None:
    (one, *_), file = example().files[0].findings, example().files[0]
    many = file._replace(findings=(one,) * 150, skipped=(), suppressed=(), coverage=())
    found = page(Report((many,), summarise((many,), files=1)))
    assert "static-credentials: 150" in found.text
    assert "50 more" in found.text
    assert len([target for target in found.values("href") if target.startswith("#f")]) == 100


def test_a_page_without_findings_says_so() -> None:
    assert "No findings." in page(empty()).text
    assert "no job uses AWS" in page(empty()).text
    job = JobReport("build", 1, (CredentialUse("oidc", 2, 1, "vars.ROLE"),), "write", ())
    file = FileReport("a.yml", jobs=(job,))
    assert "vars.ROLE" in page(Report((file,), summarise((file,), files=1))).text


def test_what_a_fix_needs_and_why_there_is_none_is_said() -> None:
    first, second, *_ = example().files[0].findings
    assert first.fix
    fix = first.fix._replace(first=("make a role",), doubts=("its name is not known",))
    told = (first._replace(fix=fix), second._replace(unfixed="a leaked key is no edit's business"))
    file = example().files[0]._replace(findings=told)
    text = page(Report((file,), summarise((file,), files=1))).text
    for said in ("make a role", "its name is not known", "a leaked key is no edit's business"):
        assert said in text
