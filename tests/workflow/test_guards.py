"""On which refs an `if:` holds, against GitHub's evaluation for each ref by itself."""

from __future__ import annotations

from functools import partial

from hypothesis import given
from hypothesis import strategies as st

from oidc_enforcer.expression import UNKNOWN, Expression, condition, evaluate, template, truth
from oidc_enforcer.workflow.guards import Guard, values

HEADS = "refs/heads/"
REFS = [HEADS + name for name in ("main", "Main", "dev", "release/1.0", "release/x", "a-main")]
TEXTS = st.sampled_from(
    ["refs/heads/main", "REFS/HEADS/MAIN", "main", "dev", "release/", "refs/heads/rel", "main*", ""]
)
CONTEXTS = st.sampled_from(["github.ref", "github.ref_name", "github.event_name", "github.actor"])
TESTS = st.one_of(
    st.builds("{} == '{}'".format, CONTEXTS, TEXTS),
    st.builds("'{}' != {}".format, TEXTS, CONTEXTS),
    st.builds("startsWith({}, '{}')".format, CONTEXTS, TEXTS),
    st.builds("endsWith({}, '{}')".format, CONTEXTS, TEXTS),
    st.builds("contains({}, '{}')".format, CONTEXTS, TEXTS),
    st.builds('contains(fromJSON(\'["{}", "dev"]\'), {})'.format, TEXTS, CONTEXTS),
    st.just("true"),
    st.just("vars.X"),
)
CONDITIONS = st.recursive(
    TESTS,
    lambda inner: st.one_of(
        st.builds("({} && {})".format, inner, inner),
        st.builds("({} || {})".format, inner, inner),
        st.builds("!({})".format, inner),
    ),
    max_leaves=5,
)


def without_ref(path: tuple[str, ...]) -> object:
    return "push" if path == ("github", "event_name") else UNKNOWN


def on(ref: str, path: tuple[str, ...]) -> object:
    """What is known once the ref is."""
    known: dict[tuple[str, ...], object] = {
        ("github", "ref"): ref,
        ("github", "ref_name"): ref.removeprefix(HEADS),
    }
    return known.get(path, without_ref(path))


GUARD = Guard(HEADS, without_ref)


@given(CONDITIONS)
def test_a_condition_holds_on_the_refs_on_which_github_says_so(text: str) -> None:
    surely, possibly = GUARD.holds(condition(text))
    for ref in REFS:
        said = truth(condition(text), partial(on, ref))
        assert ref in possibly or said is False, ref
        assert ref not in surely or said is True, ref
        if "actor" not in text and "vars" not in text:
            assert (ref in possibly) is (ref in surely) is said, ref


@given(CONDITIONS, CONDITIONS)
def test_a_value_is_among_the_cases_of_its_ref(first: str, second: str) -> None:
    text = f"${{{{ {first} && 'live' || {second} && 'test' || '' }}}}"
    parsed = template(text)
    assert isinstance(parsed.parts[0], Expression)
    cases = values(parsed, GUARD)
    for ref in REFS:
        said = evaluate(parsed, partial(on, ref))
        here = [value for value, refs in cases if ref in refs]
        if said is not UNKNOWN:
            assert said in here or UNKNOWN in here, (ref, said, here)


@given(st.sampled_from(["live-{}", "{}", "{}-x"]), CONDITIONS)
def test_text_around_an_expression_is_a_part_of_each_case(around: str, text: str) -> None:
    whole = template(around.format(f"${{{{ {text} && 'a' || 'b' }}}}"))
    for ref in REFS:
        said = evaluate(whole, partial(on, ref))
        here = [value for value, refs in values(whole, GUARD) if ref in refs]
        assert said is UNKNOWN or said in here or UNKNOWN in here
