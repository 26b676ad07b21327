"""What the pages show must be there: the files that they link to, the options that they type."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from oidc_enforcer.cli import commands

ROOT = Path(__file__).parents[1]
PAGES = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("examples/**/*.md")]
LINK = re.compile(r"\]\(([^)\s]+)\)")
HEADING = re.compile(r"(?m)^#+ (.*)$")
TYPED = re.compile(rf"oidc-enforcer ({'|'.join(commands.COMMANDS)})\b([^\n`#|>]*)")


def anchors(page: Path) -> set[str]:
    """As GitHub makes them: lower case, words joined by dashes, marks left out."""
    text = page.read_text("utf-8")
    named = re.findall(r'<a id="([^"]+)"', text)
    words = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in HEADING.findall(text))
    return {*named, *(each.strip().replace(" ", "-") for each in words)}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_page_links_to_what_is_there(page: Path) -> None:
    for link in LINK.findall(page.read_text("utf-8")):
        path, _, anchor = link.partition("#")
        if "://" in link:
            continue
        target = page.parent / path if path else page
        assert target.exists(), f"{link}: there is no such file"
        assert not anchor or anchor in anchors(target), f"{link}: there is no such heading"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_page_types_options_that_are_there(page: Path) -> None:
    text = re.sub(r"\\\n\s*", " ", page.read_text("utf-8"))
    for name, rest in TYPED.findall(text):
        known = {flag for option in commands.module(name).COMMAND.options for flag in option.flags}
        flags = re.findall(r"(?<!\S)(--?[a-zA-Z][\w-]*)", rest)
        assert not [flag for flag in flags if flag not in known], f"oidc-enforcer {name}{rest}"


def test_pages_do_link_and_type() -> None:
    text = "".join(page.read_text("utf-8") for page in PAGES)
    assert len(LINK.findall(text)) > 100
    assert len(TYPED.findall(text)) > 100
