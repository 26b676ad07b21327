"""What a pull request shows, as samples for the documentation: `python tools/samples.py FOLDER`.

The workflow of examples/workflows/gross-way.yml is judged as if a pull request added it, and that
of examples/checked-roles with the policies beside it.
`make docs` keeps the texts in docs/samples/; with a folder, both are also drawn there by Chromium,
in colours like GitHub's: a likeness, not a photograph.
"""

from __future__ import annotations

import contextlib
import html
import re
import shutil
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

from markdown_it import MarkdownIt

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "src"))

from oidc_enforcer import trust_offers  # noqa: E402
from oidc_enforcer.facts import Facts  # noqa: E402
from oidc_enforcer.fixes.proposal import Choices  # noqa: E402
from oidc_enforcer.gather import Options, check_paths, with_policies  # noqa: E402
from oidc_enforcer.iam.tokens import Repository  # noqa: E402
from oidc_enforcer.policies import load  # noqa: E402
from oidc_enforcer.report import Report  # noqa: E402
from oidc_enforcer.reporters import markdown  # noqa: E402
from oidc_enforcer.reporters.diff import Diff  # noqa: E402
from oidc_enforcer.reporters.review import Comment, plan  # noqa: E402
from oidc_enforcer.source import SourceFile  # noqa: E402

PATH = ".github/workflows/deploy.yml"
_EXAMPLE = ROOT / "examples" / "workflows" / "gross-way.yml"
_HEIGHTS = {"comment": 1120, "summary": 640}
_COMMIT = "1f0c4a6b52d4f6d1b0e6c1d8a9f3b7c5e2d4a6f8"


def comment_text() -> str:
    """The comment's Markdown, as it is posted."""
    return f"{_comment().body}\n"


def role_text() -> str:
    """The Markdown of the comment on a role that lets in too much."""
    folder = ROOT / "examples" / "checked-roles"
    file = SourceFile(PATH, (folder / PATH).read_text("utf-8"))
    facts = Facts(repository=Repository("acme", "app", "1001", "2001"))
    for path in sorted((folder / "trust").glob("*.json")):
        facts = with_policies(facts, load(path.name, path.read_bytes(), "2026-11-28"))
    report = trust_offers.offered(_judged(file, facts), facts)
    (comment,) = (one for one in _planned(report, file) if "broad-trust" in one.body)
    return f"{comment.body}\n"


def summary_text() -> str:
    """The job summary's Markdown."""
    return "".join(markdown.render(_report()))


@cache
def _file() -> SourceFile:
    return SourceFile(PATH, _EXAMPLE.read_text("utf-8"))


@cache
def _report() -> Report:
    return _judged(_file(), Facts())


def _judged(file: SourceFile, facts: Facts) -> Report:
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        path = Path(PATH)
        path.parent.mkdir(parents=True)
        path.write_text(file.text, "utf-8")
        report = check_paths(["."], Options(facts, fixes=Choices()))
        files = tuple(report.files)
    context = {
        "repository": "acme/app",
        "commit": _COMMIT,
        "event": "pull_request",
        "server": "https://github.com",
    }
    return Report(files, report.summary, context)


@cache
def _comment() -> Comment:
    return _planned(_report(), _file())[0]


def _planned(report: Report, file: SourceFile) -> tuple[Comment, ...]:
    """The comments of a pull request that adds the file."""
    lines = file.text.split("\n")[:-1]
    patch = "\n".join([f"@@ -0,0 +1,{len(lines)} @@", *(f"+{line}" for line in lines)])
    return plan(report, Diff.of([(PATH, patch)]), [], {PATH: file}.get).create


def _summary_page() -> str:
    """The job's summary, its first fold open; few machines have a font for the cross."""
    text = summary_text().replace("❌", "<span class=cross>✖</span>")
    said = MarkdownIt("commonmark", {"html": True}).enable("table").render(text)
    said = said.replace("<details>", "<details open>", 1)
    return f"<!doctype html><meta charset=utf-8><style>{_STYLE}</style>{said}"


def _comment_page() -> str:
    """The comment under the lines it stands on."""
    comment = _comment()
    last = comment.line or 1
    first = comment.start_line or last
    lines = _file().text.split("\n")
    shown = "".join(
        f"<tr class=add><td>{at}<td>+<td>{html.escape(lines[at - 1])}"
        for at in range(max(1, last - 3), last + 1)
    )
    body = re.sub(
        r"^(`{3,})suggestion\n(.*?)^\1$",
        lambda found: _suggested(lines[first - 1 : last], found[2]),
        comment.body,
        flags=re.M | re.S,
    )
    said = MarkdownIt("commonmark", {"html": True}).render(body)
    return (
        f"<!doctype html><meta charset=utf-8><style>{_STYLE}</style>"
        f"<div class=file>{html.escape(PATH)}</div><table class=diff>{shown}</table>"
        f"<div class=comment><p class=who><b>github-actions</b> bot</p>{said}</div>"
    )


def _suggested(old: list[str], new: str) -> str:
    rows = [f"<tr class=del><td>-<td>{html.escape(row)}" for row in old]
    rows += [f"<tr class=add><td>+<td>{html.escape(row)}" for row in new.splitlines()]
    return f"<div class=box><p>Suggested change</p><table class=diff>{''.join(rows)}</table></div>"


_STYLE = """
body { margin: 16px; width: 868px; font: 14px/1.5 system-ui, "DejaVu Sans", sans-serif;
  color: #1f2328; background: #fff; }
.file { border: 1px solid #d1d9e0; background: #f6f8fa; padding: 6px 10px; font-weight: 600; }
table.diff { border-collapse: collapse; width: 100%; font: 12px/20px "DejaVu Sans Mono", monospace;
  white-space: pre; }
.diff td { padding: 0 6px; } .diff td:last-child { width: 100%; }
.add { background: #dafbe1; } .del { background: #ffebe9; }
.comment { border: 1px solid #d1d9e0; border-radius: 6px; margin: 10px; padding: 4px 16px; }
.who { border-bottom: 1px solid #d1d9e0; padding-bottom: 6px; }
.box { border: 1px solid #d1d9e0; border-radius: 6px; overflow: hidden; }
.box p { margin: 0; padding: 4px 10px; background: #f6f8fa; }
code { font: 12px "DejaVu Sans Mono", monospace; background: #eff1f3; padding: 2px 4px;
  border-radius: 4px; }
a { color: #0969da; }
h2 { border-bottom: 1px solid #d1d9e0; padding-bottom: 6px; }
.cross { color: #cf222e; }
blockquote { margin: 0 0 16px; padding: 0 14px; border-left: 4px solid #d1d9e0; color: #59636e; }
table:not(.diff) { border-collapse: collapse; margin-bottom: 16px; }
table:not(.diff) :is(td, th) { border: 1px solid #d1d9e0; padding: 6px 10px; text-align: left; }
pre { background: #f6f8fa; border-radius: 6px; padding: 12px; }
pre code { background: none; padding: 0; }
"""


def main() -> int:
    """Draws both."""
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if len(sys.argv) != 2 or not browser:
        sys.exit("usage: samples.py FOLDER, where Chromium is installed")
    for name, page in (("comment", _comment_page()), ("summary", _summary_page())):
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "page.html"
            file.write_text(page, "utf-8")
            options = ("--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars")
            size = f"--window-size=900,{_HEIGHTS[name]}"
            picture = f"--screenshot={(Path(sys.argv[1]) / name).resolve()}.png"
            subprocess.run([browser, *options, size, picture, file.as_uri()], check=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
