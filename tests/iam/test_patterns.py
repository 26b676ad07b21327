from __future__ import annotations

from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oidc_enforcer.iam.patterns import EVERYTHING, NOTHING, StringSet
from oidc_enforcer.iam.searches import Effort, TooComplexError
from oidc_enforcer.iam.value_pattern import glob, matches

#: Their lower case depends on what stands around them.
SIGMAS = "\u03a3\u03c3\u03c2"
TEXTS = st.text(alphabet="ab:", max_size=5)
GLOBS = st.text(alphabet="ab:*?", max_size=5)


def spelled(pattern: str, text: str) -> bool:
    """Wildcards by their definition, one character at a time."""

    @cache
    def rest(p: int, t: int) -> bool:
        if p == len(pattern):
            return t == len(text)
        if pattern[p] == "*":
            return rest(p + 1, t) or (t < len(text) and rest(p, t + 1))
        return t < len(text) and pattern[p] in ("?", text[t]) and rest(p + 1, t + 1)

    return rest(0, 0)


@st.composite
def sets(draw: st.DrawFn, depth: int = 3) -> tuple[StringSet, object]:
    """A set, and how to tell its members another way."""
    kind = draw(st.integers(0, 5 if depth else 2))
    if kind == 0:
        texts = draw(st.lists(TEXTS, max_size=3))
        return StringSet.of(*texts), ("of", tuple(texts))
    if kind == 1:
        globs = draw(st.lists(GLOBS, max_size=3))
        return StringSet.like(*globs), ("like", tuple(globs))
    if kind == 2:
        text = draw(TEXTS)
        return StringSet.ignoring_case(text.upper()), ("of", (text, text.upper()))
    left, how = draw(sets(depth=depth - 1))
    if kind == 3:
        return ~left, ("not", how)
    right, how_right = draw(sets(depth=depth - 1))
    return (
        (left & right, ("and", how, how_right))
        if kind == 4
        else (left | right, ("or", how, how_right))
    )


def member(how: object, text: str) -> bool:
    assert isinstance(how, tuple)
    match how[0]:
        case "of":
            return text in how[1]
        case "like":
            return any(spelled(glob, text) for glob in how[1])
        case "not":
            return not member(how[1], text)
        case "and":
            return member(how[1], text) and member(how[2], text)
        case _:
            return member(how[1], text) or member(how[2], text)


@given(sets(), TEXTS)
def test_membership_is_by_definition(pair: tuple[StringSet, object], text: str) -> None:
    chosen, how = pair
    assert (text in chosen) == member(how, text)


@given(sets())
def test_the_shortest_member_is_one_and_none_is_shorter(pair: tuple[StringSet, object]) -> None:
    chosen, how = pair
    found = chosen.shortest()
    shorter = [""] if found is None else short_texts(len(found))
    if found is not None:
        assert member(how, found) or not set(found) <= set("ab:")
        assert found in chosen
    assert not any(member(how, text) for text in shorter if found is None or len(text) < len(found))


def short_texts(length: int) -> list[str]:
    texts = [""]
    for text in texts:
        if len(text) < min(length, 4):
            texts.extend(text + letter for letter in "ab:")
    return texts


@given(sets(), sets(), sets())
@settings(max_examples=60)
def test_the_laws_of_sets(
    a: tuple[StringSet, object], b: tuple[StringSet, object], c: tuple[StringSet, object]
) -> None:
    x, y, z = a[0], b[0], c[0]
    assert same(x | y, y | x)
    assert same(x & (y | z), (x & y) | (x & z))
    assert same(~(x & y), ~x | ~y)
    assert same(x - y, x & ~y)
    assert same(x | ~x, EVERYTHING)
    assert (x & ~x).is_empty()
    assert x & y <= x <= x | y
    assert NOTHING <= x <= EVERYTHING


def same(x: StringSet, y: StringSet) -> bool:
    return x <= y <= x


@given(GLOBS, TEXTS)
def test_matching_is_by_definition(pattern: str, text: str) -> None:
    assert matches(glob(pattern), text) == spelled(pattern, text)


@given(st.text(max_size=6), st.text(max_size=6))
def test_any_casing_is_what_lower_casing_makes_equal(wanted: str, text: str) -> None:
    if "İ" not in text + wanted and not set(SIGMAS) & set(text + wanted):
        expected = wanted.lower() == text.lower() and max(wanted + text, default="") <= "\uffff"
        assert (text in StringSet.ignoring_case(wanted)) == (expected or text == wanted)


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        (StringSet.like("repo:acme*/*") - StringSet.like("repo:acme/*"), "repo:acmea/"),
        (StringSet.like("a*") & StringSet.like("*b"), "ab"),
        (StringSet.ignoring_case("MAIN") - StringSet.of("main"), "maiN"),
        (StringSet.like("release/*") - StringSet.of("release/", "release/a"), "release/b"),
        (StringSet.of("b", "a", "aa"), "a"),
        (EVERYTHING, ""),
        (NOTHING, None),
    ],
)
def test_the_shortest_member_is_readable(chosen: StringSet, expected: str | None) -> None:
    assert chosen.shortest() == expected


def test_two_units_make_a_rocket() -> None:
    assert "🚀" in StringSet.like("??")
    assert "🚀" not in StringSet.like("?")
    assert StringSet.of("🚀").shortest() == "🚀"
    assert (StringSet.like("*🚀") - StringSet.of("🚀")).shortest() == "a🚀"


@pytest.mark.parametrize(
    "pattern", ["*a" * 60, "a*" * 60, "*" * 200 + "a", "*ab" * 40 + "*", "?*" * 50]
)
def test_many_stars_cost_little(pattern: str) -> None:
    hostile, effort = StringSet.like(pattern), Effort(20_000)
    assert not hostile.is_empty(effort)
    assert hostile <= StringSet.like("*")
    text = "a" * 3_000 + "b"
    assert (text in hostile) == matches(glob(pattern), text)


def test_what_explodes_is_said_to() -> None:
    """`*a` followed by n question marks remembers the last n units: 2 to the n states."""
    one, two = StringSet.like("*a" + "?" * 40), StringSet.like("*b" + "?" * 38)
    with pytest.raises(TooComplexError):
        (one & two & ~StringSet.like("*a" + "?" * 21 + "*")).is_empty(Effort(20_000))
