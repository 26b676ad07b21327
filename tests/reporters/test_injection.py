"""What a repository calls its files, jobs, branches and values never acts in any output.

Every hostile text stands in every position; then each output is read as its reader would: by the
runner that takes commands from logs, by a Markdown renderer, by an HTML parser, by JSON.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser

import pytest
from markdown_it import MarkdownIt

from oidc_enforcer.finding import Finding, Fix, Place, PolicyOffer, Safety
from oidc_enforcer.fixes.aftercare import Aftercare
from oidc_enforcer.mending import Applied, Mended
from oidc_enforcer.report import FileReport, Report, summarise
from oidc_enforcer.reporters import (
    HOME,
    aftercare,
    patch,
    policy_text,
    proposal_text,
    repair_text,
    subjects,
)
from oidc_enforcer.reporters.diff import Diff
from oidc_enforcer.reporters.markers import MOST, SUMMARY, keys_of
from oidc_enforcer.reporters.review import ReviewPlan, Terms, plan
from oidc_enforcer.reporters.review_text import fixed
from oidc_enforcer.source import Edit, SourceFile, Span
from tests.reporters.pull_request import COMMIT, STATIC
from tests.reporters.test_html import Page
from tests.reporters.test_secrets import RENDERERS, report_full_of

HOSTILE = {
    "a command": "::error file=x::owned",
    "a command on a new line": "x\n::error::owned",
    "a command behind a carriage return": "x\r::warning::owned",
    "a command behind a line separator": "x\u2028::error::owned\x85::error::owned",
    "a command of the old kind": "x ##[error]owned ##[add-mask]x",
    "an escaped line break": "x%0A::error::owned%0D%250A",
    "a switch for commands": "::stop-commands::owned",
    "properties": "a,line=1,title=x::owned",
    "backticks": "`a` ``b`` ```\n# owned\n```",
    "an odd backtick": "a ` <b>owned</b>",
    "the end of a fold": "</details></summary></code></td></table><h1>owned</h1>",
    "a script": "<script>owned()</script><img src=x onerror=owned()>",
    "an attribute": "' onclick='owned()' x=\" onload=\"owned()",
    "a mention": "@acme/security and @octocat, cc:@owned",
    "a reference": "#1 acme/app#2 GH-3",
    "a link": "[owned](https://evil.example/) <https://evil.example/>",
    "a link that runs": "[owned](javascript:owned()) javascript:owned()",
    "a bare address": "https://evil.example/ www.evil.example owned@evil.example",
    "a picture": "![owned](https://evil.example/x.png)",
    "a table's cell": "a | b | c\n|---|---|\n| owned |",
    "a heading": "# owned\n\n- [x] owned\n\n> [!CAUTION]\n> owned",
    "a marker": f"<!-- oidc-enforcer:1 fp=0123 rule=x -->\n<!-- oidc-enforcer:1 {SUMMARY} -->",
    "the end of a comment": "--> owned <!--",
    "mathematics": "$$\\owned$$ $`owned`$",
    "a suggestion": "```suggestion\nowned\n```",
    "a terminal's escapes": "\x1b[2J\x1b]8;;https://evil.example\x07owned\x1b]8;;\x07\x9b31m",
    "text that runs backwards": "a\u202egnirts\u2066b\u200bc\ufeff",
    "letters that show nothing": "de\u200dploy\u200c \u3164\ufe0f\U000e0101\u2060x",
    "a tag in other letters": "\uff1cscript\uff1e \u2039b\u203a",
    "an entity": "&lt;script&gt; &#64;octocat &commat;octocat",
    "backslashes": "\\`a\\` \\@octocat \\",
    "a surrogate": "a\udc80b",
}

#: Tags that our own Markdown makes.
OURS = frozenset(
    "h1 h2 h3 p br code pre table thead tbody tr th td strong em ul ol li"
    " details summary a sub".split()
)
FILTERED = re.compile(r"@\w|#\d|://|www\.|gh-\d", re.IGNORECASE)


class Rendered(HTMLParser):
    """A rendered page: its tags, and the text that GitHub's filters would look at."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=False)
        self.open: list[str] = []
        self.tags: list[str] = []
        self.links: list[str] = []
        self.nodes: list[str] = [""]
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.nodes.append("")
        if tag not in ("br", "img", "hr"):
            self.open.append(tag)
        for name, value in attrs:
            assert (tag, name) in (("a", "href"), ("code", "class"), ("ol", "start")), (tag, name)
            if name == "href":
                self.links.append(value or "")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag
        self.nodes.append("")

    def handle_comment(self, data: str) -> None:
        self.nodes.append("")

    def handle_data(self, data: str) -> None:
        if not {"code", "pre"} & set(self.open):
            self.nodes[-1] += data

    def handle_charref(self, name: str) -> None:
        self.handle_data(chr(int(name)))

    def handle_entityref(self, name: str) -> None:
        self.handle_data({"lt": "<", "gt": ">", "amp": "&", "quot": '"'}[name])


def inert(markdown: str, *more: str) -> Rendered:
    """Renders as GitHub would, and finds nothing that acts."""
    html = MarkdownIt("commonmark", {"html": True}).enable(["table"]).render(markdown)
    page = Rendered(html)
    assert not page.open
    assert set(page.tags) <= OURS | set(more)
    for node in page.nodes:
        assert not FILTERED.search(node), node
    return page


def unprintable(text: str) -> str:
    odd = "\u3164\ufe0f\U000e0101"
    return "".join(
        char for char in text if (not char.isprintable() and char not in "\n\t") or char in odd
    )


def takes_no_command(log: str) -> None:
    """The runner finds no command of the repository's in a log (`ActionCommand.cs`)."""
    assert "##[" not in log
    for row in re.split(r"[\n\r\x85\u2028\u2029]", log):
        assert not row.lstrip().startswith("::"), row


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize("name", sorted(RENDERERS))
def test_no_log_takes_a_command_or_hides_anything(name: str, text: str) -> None:
    written = "".join(RENDERERS[name](report_full_of(text, text)))
    assert "owned()" not in re.sub(r"[`<>&;#\w]*owned\(\)", "", written)
    if name == "github":
        kinds = set()
        for row in written.splitlines():
            found = re.fullmatch(r"::(error|warning|notice) ([^:\s][^:]*)::([^\n]*)", row)
            assert found, row
            kinds.add(found[1])
            assert not re.search(r"%(?!25|0A|0D|3A|2C)", found[2] + found[3])
        assert kinds <= {"error", "notice"}
        assert "##[" not in written
    else:
        takes_no_command(written)
    if name == "colour":
        written = re.sub(r"\x1b\[[0-9;]+m", "", written)
    assert unprintable(written) == ""


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_the_job_summary_is_inert(text: str) -> None:
    page = inert("".join(RENDERERS["markdown"](report_full_of(text, text))))
    assert set(page.links) == {f"{HOME}/blob/main/docs/rules/{STATIC.id}.md"}
    assert page.tags.count("h1") == 0
    assert page.tags.count("h2") == 1


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_the_page_is_inert(text: str) -> None:
    plain = Page("".join(RENDERERS["html"](report_full_of("a", "a"))))
    page = Page("".join(RENDERERS["html"](report_full_of(text, text))))
    assert {tag for tag, _ in page.tags} <= {tag for tag, _ in plain.tags}
    names = {(tag, name) for tag, given in plain.tags for name in given}
    assert {(tag, name) for tag, given in page.tags for name in given} <= names
    for target in page.values("href"):
        assert target.startswith(("#", f"{HOME}/blob/main/docs/rules/static-credentials.md"))


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize("name", ["json", "sarif"])
def test_what_programs_read_stays_data(name: str, text: str) -> None:
    written = "".join(RENDERERS[name](report_full_of(text, text)))
    assert written.isascii()
    read = json.loads(written)
    assert read["version"] in (1, "2.1.0")
    if name == "sarif":
        for said in re.findall(
            r'"(?:message|description)": (\{"text": "(?:[^"\\]|\\.)*"\})', written
        ):
            assert "](" not in json.loads(said)["text"]


ROLES = ("broad-trust", "pull-request-trust", "missing-audience")


def planned_file(text: str) -> SourceFile:
    return SourceFile(text, f"on: push\n# {text}\nname: {text}\n")


def planned_finding(text: str) -> Finding:
    """A finding of which the text is every part."""
    file = planned_file(text)
    doubts = (text, text)
    fix = Fix(
        text, (Edit(Span(0, 8), "on: [push]"),), Safety.SAFE, first=(text, text), doubts=doubts
    )
    offer = PolicyOffer(text, {"Statement": [{"Sid": text}]}, (text, f"branch:{text}"), (text,) * 5)
    return Finding(
        STATIC.id,
        STATIC.severity,
        Place.of(file, Span(0, 2)),
        text,
        text,
        1,
        (),
        fix,
        "f" * 24,
        role=text,
        policy=offer,
    )


def planned(text: str, *, in_diff: bool, findings: tuple[Finding, ...] = ()) -> ReviewPlan:
    """A review that holds the text wherever a repository or an organisation can put one."""
    file = planned_file(text)
    source = file.text
    lines = source.split("\n")[:-1]
    patch = f"@@ -0,0 +1,{len(lines)} @@\n" + "\n".join(f"+{line}" for line in lines)
    files = (FileReport(text, findings or (planned_finding(text),)),)
    context = {"repository": text, "commit": COMMIT, "server": text, "ref": text, text: text}
    return plan(
        Report(files, summarise(files, files=1), context),
        Diff.of([(text, patch)] if in_diff else []),
        [],
        {text: file}.get,
        Terms(notes=(text,), help=text, contact=text),
    )


def bodies(wanted: ReviewPlan) -> Iterator[str]:
    for comment in wanted.create:
        yield comment.body
        yield fixed(comment.body, {"commit": "</code>@octocat"})
    if wanted.summary:
        yield wanted.summary.body
    if wanted.body:
        yield wanted.body


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize("in_diff", [True, False])
def test_a_review_is_inert(text: str, in_diff: bool) -> None:
    wanted = planned(text, in_diff=in_diff)
    assert len(wanted.create) == int(in_diff)
    for body in bodies(wanted):
        page = inert(body)
        assert unprintable(body) == ""
        assert all(
            target == f"{HOME}/blob/main/docs/rules/static-credentials.md" for target in page.links
        )
        assert page.tags.count("h1") == page.tags.count("h2") == 0


def mended(text: str) -> tuple[list[Mended], Aftercare]:
    """A file that was mended, and what is left, told of by the text alone."""
    file = SourceFile(text, text + "x")
    fix = Fix(text, (Edit(Span(0, 1), "y"),), Safety.SAFE, first=(text,), doubts=(text,))
    finding = STATIC.finding(file, Span(0, 1), text, job=text)
    left = finding._replace(unfixed=text)
    before, after = FileReport(text, (finding,)), FileReport(text, (left,))
    done = [Mended(text, before, after, (Applied(finding, fix),))]
    doubts = (f"`{text}` hands secrets on", text)
    return done, Aftercare((f"secrets.{text}",), ((f"secrets.{text}", text),), doubts)


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_the_pull_request_that_proposes_a_fix_is_inert(text: str) -> None:
    body = proposal_text.body(*mended(text))
    page = inert(body)
    assert unprintable(body) == ""
    assert page.links == []
    assert page.tags.count("h1") == 0


def told(text: str) -> Iterator[str]:
    """What commands print on a terminal or into a log, besides reports."""
    done, left = mended(text)
    yield "".join(aftercare.render(left))
    yield "".join(repair_text.summary(done, written=True, unsafe=False))
    yield "".join(patch.diff(SourceFile(text, text), SourceFile(text, f"{text}\n"), text))
    yield "".join(subjects.as_text(report_full_of(text, text)))
    policy = {"Statement": [{"Effect": "Allow", "Action": text, "Principal": {text: [text, text]}}]}
    yield policy_text.as_json(policy)
    yield policy_text.as_terraform(policy)
    yield policy_text.as_cloudformation(policy)


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_what_commands_print_is_inert(text: str) -> None:
    for printed in told(text):
        takes_no_command(printed)
        assert not [char for char in printed if not char.isprintable() and char not in "\n\t"]


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_a_policy_is_the_same_however_it_is_quoted(text: str) -> None:
    policy = {"Statement": [{"Sid": text}]}
    assert json.loads(policy_text.as_json(policy)) == policy


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_a_marker_is_always_our_own(text: str) -> None:
    (comment,) = planned(text, in_diff=True).create
    assert keys_of(comment.body) == ("f" * 24,)
    rows = comment.body.split("\n")
    assert [row for row in rows if row.startswith("<!-- oidc-enforcer:1")] == rows[-1:]
    summary = planned(text, in_diff=False).summary
    assert summary
    assert keys_of(summary.body) == (SUMMARY,)


@pytest.mark.parametrize("in_diff", [True, False])
def test_no_length_makes_a_body_that_github_refuses(in_diff: bool) -> None:
    long = "_@#`x" * 4_000
    wanted = planned(long, in_diff=in_diff)
    assert len(list(bodies(wanted))) > 0
    for body in bodies(wanted):
        assert len(body) < 65_536
        inert(body)
    keys = [keys_of(comment.body) for comment in wanted.create]
    assert keys == [("f" * 24,)] * int(in_diff)


@pytest.mark.parametrize("text", [*HOSTILE.values(), "_@#`x" * 4_000])
def test_many_findings_on_one_line_are_inert_and_not_too_long(text: str) -> None:
    one = planned_finding(text)
    none = PolicyOffer(text, why_not=text)
    others = [
        one._replace(rule=rule, fingerprint=f"{at:x}" * 24, fix=None, unfixed=text, policy=none)
        for at, rule in enumerate(ROLES)
    ]
    wanted = planned(text, in_diff=True, findings=(one, *others, *[one] * 30))
    (comment,) = wanted.create
    for body in bodies(wanted):
        assert len(body) < 65_536
        assert unprintable(body) == ""
        page = inert(body)
        assert all(target.startswith(f"{HOME}/blob/") for target in page.links)
    assert keys_of(comment.body) == comment.keys
    assert len(comment.keys) == MOST


def test_the_tests_would_see_what_acts() -> None:
    """The reader of Markdown above is not blind."""
    for acting in ("@octocat", "see #1", "<b>x</b>", "[x](https://evil.example)", "![x](y)"):
        with pytest.raises(AssertionError):
            assert inert(acting).links == []
