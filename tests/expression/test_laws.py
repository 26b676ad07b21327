"""Laws of expressions: two parsers and two evaluators agree, nothing is lost, nothing raises."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from oidc_enforcer.expression import (
    UNKNOWN,
    Expression,
    Reference,
    Template,
    condition,
    end_of_expression,
    evaluate,
    template,
    truth,
)
from oidc_enforcer.expression.template import _braced, _path
from oidc_enforcer.expression.tree import Node
from tests.expression.models import (
    LEVELS,
    Model,
    Path,
    functionless,
    models,
    normal,
    printed,
    seeds,
    shape,
    tagged,
    trees,
)
from tests.expression.twins import Failed, Reading, Run, truthy


def braced(text: str) -> Template:
    return template("${{ " + text + " }}")


def tree_of(text: str) -> Node | None:
    (part,) = braced(text).parts
    assert isinstance(part, Expression)
    return part.tree


@pytest.mark.parametrize(
    ("text", "grouped"),
    [
        ("1 == 2 < 3", "1 == (2 < 3)"),
        ("1 < 2 == 3", "(1 < 2) == 3"),
        ("1 != 2 == 3", "(1 != 2) == 3"),
        ("1 >= 2 < 3", "(1 >= 2) < 3"),
        ("1 && 2 == 3", "1 && (2 == 3)"),
        ("1 || 2 && 3 || 4", "1 || (2 && 3) || 4"),
        ("1 && (2 && 3)", "(1 && 2) && 3"),
        ("!1 == 2", "(!1) == 2"),
        ("1 == !!2 && 3", "(1 == (!(!2))) && 3"),
        ("!env['a'][env.b]", "!((env['a'])[env.b])"),
    ],
)
def test_operators_bind_as_documented(text: str, grouped: str) -> None:
    one, two = tree_of(text), tree_of(grouped)
    assert one is not None
    assert two is not None
    assert shape(one) == shape(two)


@given(models, st.sampled_from(["", " ", "\n "]))
def test_printing_and_parsing_are_inverse(model: Model, space: str) -> None:
    text = printed(model, 0, space)
    tree = tree_of(text)
    assert tree is not None
    assert shape(tree) == normal(model)
    assert braced(text).problems == ()


SOUP = ["env", "x", "null", "1", "'s'", "(", ")", "[", "]", ".", "*", ",", "!", *LEVELS]
simple = trees(st.sampled_from(["s", 1.0, True, None]))
edits = st.lists(st.tuples(st.integers(0, 60), st.booleans(), st.sampled_from(SOUP)), max_size=3)


@given(simple, edits)
def test_two_parsers_agree_on_good_and_bad_text(
    model: Model, changes: list[tuple[int, bool, str]]
) -> None:
    text = printed(model)
    assume("format" not in text)
    tokens = re.findall(r"'s'|[\w-]+|[=!<>]=|&&|\|\||\S", text)
    for at, replace, token in changes:
        at %= len(tokens) + 1
        tokens[at : at + replace] = [token]
    try:
        expected = normal(Reading(tokens).whole())
    except (ValueError, IndexError):
        expected = ("refused",)
    tree = tree_of(" ".join(tokens))
    assert (("refused",) if tree is None else shape(tree)) == expected


def outcome(run: Run, model: Model) -> object:
    try:
        return run.value(model)
    except Failed:
        assume(False)


def canonical(value: object) -> object:
    is_number = isinstance(value, float | int) and not isinstance(value, bool)
    return float(value) if is_number else [*value] if isinstance(value, list) else value  # type: ignore[arg-type]


@given(models, seeds)
def test_two_evaluators_agree_and_all_known_is_never_unknown(model: Model, seed: list[Any]) -> None:
    run = Run(seed)
    found = evaluate(braced(printed(model)), run.known)
    expected = outcome(Run(seed), model)
    assert tagged(canonical(found)) == tagged(canonical(expected))


@given(models, seeds, st.integers(0, 127))
def test_what_is_decided_stays_so_whatever_the_unknown_is(
    model: Model, seed: list[Any], hidden: int
) -> None:
    run = Run(seed, hidden)
    expected = outcome(run, model)
    found = condition(printed(model))
    assert truth(found, run.partly) in (None, truthy(expected))
    decided = evaluate(found, run.partly)
    assert decided is UNKNOWN or tagged(canonical(decided)) == tagged(canonical(expected))


# What is read, and what flows.


def covers(read: Reference, path: Path) -> bool:
    """Whether a reference stands for this path, or for something in it (`needs.*`)."""
    both = zip(read.path, path, strict=False)
    return len(read.path) >= len(path) and all(name in (None, own) for name, own in both)


@given(models, seeds)
def test_whatever_evaluation_asks_for_is_among_the_reads(model: Model, seed: list[Any]) -> None:
    run = Run(seed)
    found = braced(printed(model))
    evaluate(found, run.known)
    assert all(any(covers(read, path) for read in found.reads) for path in run.asked)


@given(models, st.integers(0, 127))
def test_a_value_that_shows_in_the_result_flows(model: Model, falsy: int) -> None:
    """Every truthy value is a mark of its own; marks do not look like anything else."""
    paths: list[Path] = []

    def marked(path: Path) -> object:
        paths.append(path)
        return (None, False)[len(path) % 2] if falsy >> len(path[-1]) % 7 & 1 else f"<{len(paths)}>"

    found = braced(printed(model))
    result = str(evaluate(found, marked))
    shown = [path for at, path in enumerate(paths, 1) if f"<{at}>" in result]
    assert all(any(covers(flow, path) for flow in found.flows) for path in shown)


@given(functionless, st.lists(st.sampled_from([None, True, False, 3.5]), min_size=7, max_size=7))
def test_a_text_that_no_function_made_is_among_the_constants(model: Model, seed: list[Any]) -> None:
    text = printed(model)
    assume("(" not in re.sub(r"(?<![a-zA-Z])\(", "", text))
    found = braced(text)
    result = evaluate(found, Run(seed).known)
    assert not isinstance(result, str) or result in found.constants


@given(models)
def test_what_flows_is_read_and_stands_where_it_says(model: Model) -> None:
    text = printed(model)
    found = condition(text)
    remaining = iter(found.reads)
    assert all(flow in remaining for flow in found.flows)
    for read in found.reads:
        assert text[read.start : read.end].lower().startswith(read.context)


# Templates.

pieces = st.one_of(
    st.text("${}' a\n", max_size=8), models.map(lambda model: "${{ " + printed(model) + "}}")
)
texts = st.lists(pieces, max_size=5).map("".join)
# Characters that matter, and words that make something of them.
scraps = st.lists(
    st.sampled_from([*"${}'\"()[]!&|=<>.,*-+ \n\t\x00é", "${{", "}}", "secrets", "env", "a", "1"])
).map("".join)


def spans(found: Template) -> Iterator[tuple[int, int, str]]:
    at = 0
    for part in found.parts:
        source = part if isinstance(part, str) else part.source
        start, end = (at, at + len(part)) if isinstance(part, str) else (part.start, part.end)
        yield start, end, source
        at = end


@given(st.one_of(texts, scraps))
def test_parts_tile_the_text(text: str) -> None:
    at = 0
    for start, end, source in spans(template(text)):
        assert (start, text[start:end]) == (at, source)
        at = end
    assert at == len(text)


@given(st.one_of(texts, scraps, st.text()))
def test_nothing_raises_and_problems_stand_in_the_text(text: str) -> None:
    for found in (template(text), condition(text)):
        evaluate(found, lambda _: "x")
        truth(found, lambda _: UNKNOWN)
        places = [(problem.start, problem.end) for problem in found.problems]
        places += [(read.start, read.end) for read in found.reads]
        assert all(0 <= start < end <= len(text) for start, end in places)
        broken = any(isinstance(part, Expression) and part.tree is None for part in found.parts)
        assert not broken or found.problems


junk = st.text("()[]'\",!&|=<>*+${} 0\n.", max_size=12)


@given(junk, junk, junk)
def test_a_broken_expression_loses_no_secret(before: str, between: str, after: str) -> None:
    text = "${{" + f"{before} secrets.ONE {between} secrets['TWO'] {after}"
    found = template(text)
    for part in found.parts:
        if not isinstance(part, Expression) or part.tree is not None:
            continue
        for source, name in (("secrets.ONE", "ONE"), ("secrets['TWO']", "TWO")):
            if part.start <= text.index(source) < part.end - len(source):
                assert name in [read.name for read in part.flows]


name = st.from_regex(r"[A-Za-z_][A-Za-z0-9_-]{0,8}", fullmatch=True)
blank = st.text(" \n\t\xa0", max_size=3)


@given(
    st.sampled_from(["secrets", "ENV", "github", "true", "null", "foo", "a-b"]),
    st.lists(name, max_size=60),
    blank,
    blank,
)
def test_the_short_way_equals_the_long_way(
    context: str, names: list[str], before: str, after: str
) -> None:
    text = "x ${{" + before + ".".join([context, *names]) + after + "}} y"
    problems: list[Any] = []
    long = _braced(text, 2, problems)
    short = _path(text, 2)
    assert short is None or (short, []) == (long, problems)
    known = context.lower() in ("secrets", "env", "github") and len(names) < 50
    assert (short is not None) is known


@given(scraps)
def test_two_searches_for_the_end_agree(text: str) -> None:
    text = "${{" + text
    quoted, end = False, -1
    for at in range(3, len(text)):
        if text[at] == "'":
            quoted = not quoted
        elif not quoted and text[at - 1 : at + 1] == "}}" and end < 0:
            end = at + 1
    assert end_of_expression(text, 0) == end


@given(models)
def test_a_condition_means_the_same_with_and_without_delimiters(model: Model) -> None:
    text = printed(model)
    bare, delimited = condition(text), condition("${{" + text + "}}")
    assert bare.constants == delimited.constants
    assert [read.dotted for read in bare.flows] == [read.dotted for read in delimited.flows]
    assert repr(evaluate(bare, lambda _: "x")) == repr(evaluate(delimited, lambda _: "x"))
