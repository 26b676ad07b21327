"""GitHub's filter patterns, against a second reading of the same documentation."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oidc_enforcer.iam.patterns import NOTHING
from oidc_enforcer.workflow.filters import excluded, included, matching

HEADS = "refs/heads/"


@pytest.mark.parametrize(
    ("pattern", "matched", "not_matched"),
    [
        ("main", ["main"], ["Main", "main2", "x/main", ""]),
        ("*", ["main", "v1.0"], ["a/b"]),
        ("**", ["main", "a/b/c"], []),
        ("feature/*", ["feature/a"], ["feature/a/b", "features/a", "feature"]),
        ("feature/**", ["feature/a", "feature/a/b"], ["feature"]),
        ("*feature", ["myfeature", "feature"], ["a/feature", "features"]),
        ("**/api", ["api", "a/api", "a/b/api"], ["xapi"]),
        ("v2*", ["v2", "v2.0", "v2.9"], ["v1", "v2/x"]),
        ("v[12].[0-9]+.[0-9]+", ["v1.10.1", "v2.0.0"], ["v3.0.0", "v1.1", "v1..1"]),
        ("releases?", ["release", "releases"], ["releasess"]),
        ("a+b", ["ab", "aab"], ["b", "aacb"]),
        (r"a\*b", ["a*b"], ["axb"]),
        ("[CB]at", ["Cat", "Bat"], ["cat", "at"]),
        ("[", ["["], ["x"]),
        ("a.c", ["a.c"], ["abc"]),
    ],
)
def test_what_a_pattern_matches(pattern: str, matched: list[str], not_matched: list[str]) -> None:
    refs = matching(pattern)
    assert [text for text in matched if text not in refs] == []
    assert [text for text in not_matched if text in refs] == []


def by_expression(pattern: str, text: str) -> bool:
    """The second reading: a regular expression, and another for what `**/` may leave out."""
    out = ""
    at = 0
    while at < len(pattern):
        if pattern.startswith("**/", at) and (at == 0 or pattern[at - 1] == "/"):
            out += "(?:.*/)?"
            at += 3
        elif pattern.startswith("**", at):
            out += ".*"
            at += 2
        elif pattern[at] == "*":
            out += "[^/]*"
            at += 1
        else:
            out += re.escape(pattern[at])
            at += 1
            if pattern[at : at + 1] in ("?", "+"):
                out += pattern[at]
                at += 1
    return re.fullmatch(out, text, re.DOTALL) is not None


PIECES = st.sampled_from(["a", "b", "/", "*", "**", "a?", "b+", "**/"])
PATTERNS = st.lists(PIECES, min_size=1, max_size=5).map("".join).filter(lambda p: "***" not in p)
TEXTS = st.text("ab/", max_size=6)


@given(PATTERNS, TEXTS)
def test_a_pattern_matches_as_its_regular_expression_does(pattern: str, text: str) -> None:
    assert (text in matching(pattern)) is by_expression(pattern, text)


def last_word(patterns: list[str], text: str) -> bool:
    """GitHub's order: the last pattern that matches decides."""
    inside = False
    for pattern in patterns:
        if by_expression(pattern.removeprefix("!"), text):
            inside = not pattern.startswith("!")
    return inside


@given(st.lists(st.tuples(st.booleans(), PATTERNS), max_size=4), TEXTS)
def test_the_last_pattern_that_matches_decides(signed: list[tuple[bool, str]], text: str) -> None:
    patterns = [("!" if negative else "") + pattern for negative, pattern in signed]
    union = NOTHING
    for refs in included(patterns, HEADS):
        union = union | refs
    assert (HEADS + text in union) is last_word(patterns, text)


@given(st.lists(PATTERNS, max_size=3), TEXTS)
def test_ignored_is_what_no_pattern_matches(patterns: list[str], text: str) -> None:
    expected = not any(by_expression(pattern, text) for pattern in patterns)
    assert (HEADS + text in excluded(patterns, HEADS)) is expected


def test_a_pattern_longer_than_any_may_match_anything() -> None:
    assert "refs/heads/x" in matching("y" * 2000, HEADS)
    assert "refs/tags/x" not in matching("y" * 2000, HEADS)
