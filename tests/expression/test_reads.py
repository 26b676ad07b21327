"""What an expression reads, what of it flows into the result, and where it stands."""

from __future__ import annotations

import pytest

from oidc_enforcer.expression import Reference, Template, end_of_expression, template


def dotted(references: tuple[Reference, ...]) -> list[str]:
    return [reference.dotted for reference in references]


# What must not happen: text that only looks like an expression, tests that are no use.


@pytest.mark.parametrize(
    "text",
    ["", "secrets.X}}", "{{ secrets.X }}", "$ {{ secrets.X }}", "$secrets.X", "${ { secrets.X } }"],
)
def test_plain_text_reads_nothing(text: str) -> None:
    assert template(text) == Template(text, (text,), (), (), (), (text,))
    assert template(text).literal == text


@pytest.mark.parametrize(
    "text",
    [
        "'secrets.X'",
        "'it''s secrets.X }} ${{ secrets.Y'",
        "always()",
        "true",
        "-0x10",
        'fromJSON(\'{"secrets": {"X": 1}}\').secrets.X',
    ],
)
def test_constants_read_nothing(text: str) -> None:
    assert template("${{" + text + "}}").reads == ()


@pytest.mark.parametrize(
    "text",
    [
        "secrets.X != ''",
        "!secrets.X",
        "!(secrets.X && secrets.Y)",
        "secrets.X < 3",
        "contains(secrets.X, 'a')",
        "startsWith(secrets.X, 'a') || endsWith('a', secrets.X)",
        "hashFiles(secrets.X)",
        "secrets.X && 'yes' || 'no'",
        "secrets.X && secrets.Y && 'yes'",
        "case(secrets.X == 'a', 'yes', 'no')",
        "format(secrets.X, 'a') && 'yes'",
        "'a' == secrets.X && 'b' == secrets.Y",
    ],
)
def test_what_is_only_tested_does_not_flow(text: str) -> None:
    found = template("${{ " + text + " }}")
    assert found.flows == ()
    assert {read.context for read in found.reads} == {"secrets"}
    assert not found.problems


@pytest.mark.parametrize(
    "text",
    [
        "false && secrets.X || ''",
        "1 == 2 && secrets.X",
        "'a' || secrets.X",
        "(true && 'a') || secrets.X || 'b'",
        "format('{0}', '') && secrets.X || 'a'",
        "secrets.X && false || 'a'",
        "case(false, secrets.X, 'a')",
        "case(true, 'a', secrets.X)",
        "case(github.actor == 'a', 'b', true, 'c', github.actor == 'd', secrets.X, secrets.X)",
    ],
)
def test_what_a_constant_keeps_from_being_the_result_does_not_flow(text: str) -> None:
    found = template("${{ " + text + " }}")
    assert found.flows == ()
    assert "secrets.X" in dotted(found.reads)


@pytest.mark.parametrize(
    ("text", "constants"),
    [
        ("false && 'a' || ''", ("",)),
        ("true && secrets.X || ''", ("",)),
        ("'' || secrets.X", ()),
        ("github.actor == 'a' && 'b' || secrets.X", ("b",)),
        ("case(false, 'a', github.actor == 'b', secrets.X, 'c')", ("c",)),
    ],
)
def test_a_constant_that_is_passed_over_is_no_result(text: str, constants: tuple[str]) -> None:
    assert template("${{ " + text + " }}").constants == constants


def test_an_index_does_not_flow_into_what_it_selects() -> None:
    found = template("${{ env[secrets.X] }}")
    assert dotted(found.flows) == ["env[…]"]
    assert dotted(found.reads) == ["env[…]", "secrets.X"]
    assert dotted(found.flows[0].index) == ["secrets.X"]


def test_sides_of_a_comparison_are_no_constants() -> None:
    assert template("${{ github.ref == 'x' }}").constants == ()
    assert template("${{ github.ref == 'x' && secrets.A }}").constants == ()


# What flows.


@pytest.mark.parametrize(
    ("text", "flows", "constants"),
    [
        ("${{secrets.X}}", ["secrets.X"], ()),
        ("${{  secrets.X\n}}", ["secrets.X"], ()),
        ("$${{ secrets.X }}", ["secrets.X"], ()),
        ("${{ secrets['X'] }}", ["secrets.X"], ()),
        ("${{ SECRETS.x }}", ["secrets.x"], ()),
        ("${{ secrets . X }}", ["secrets.X"], ()),
        ("${{ (secrets).X }}", ["secrets.X"], ()),
        ("${{ secrets }}", ["secrets"], ()),
        ("${{ toJSON(secrets) }}", ["secrets"], ()),
        ("${{ secrets.* }}", ["secrets[…]"], ()),
        ("${{ needs.*.outputs.x }}", ["needs[…].outputs.x"], ()),
        ("${{ steps.a.outputs['k'] }}", ["steps.a.outputs.k"], ()),
        ("${{ github.event.commits[0].id }}", ["github.event.commits.0.id"], ()),
        ("${{ secrets[format('{0}_KEY', 'AWS')] }}", ["secrets.AWS_KEY"], ()),
        ("${{ inputs.p && secrets.A || secrets.B }}", ["secrets.A", "secrets.B"], ()),
        ("${{ !inputs.p && secrets.A || '' }}", ["secrets.A"], ("",)),
        ("${{ inputs.p || secrets.A }}", ["inputs.p", "secrets.A"], ()),
        ("${{ github.event_name ==\n 'push' && 'a' || 'b' }}", [], ("a", "b")),
        ("${{ '' || secrets.A }}", ["secrets.A"], ()),
        ("${{ secrets.A && null }}", [], ("",)),
        (
            "${{ case(inputs.p, secrets.A, inputs.q, 'x', secrets.B) }}",
            ["secrets.A", "secrets.B"],
            ("x",),
        ),
        ("${{ format('{0}-{1}', secrets.A, env.B) }}", ["secrets.A", "env.B"], ()),
        ("${{ join(fromJSON(secrets.A), ',') }}", ["secrets.A"], ()),
        ("${{ (inputs.p && secrets || vars).X }}", ["secrets.X", "vars.X"], ()),
        ("${{ format('AKIA{0}', 'x') }}", [], ("AKIAx",)),
        ("${{ 'it''s' }}", [], ("it's",)),
        ("${{ (env.A || 'x').y }}", ["env.A.y"], ()),
        ("${{ fromJSON('{}').y }}", [], ()),
        ("a ${{ secrets.A }} b ${{ 'c' }}", ["secrets.A"], ()),
    ],
)
def test_flows(text: str, flows: list[str], constants: tuple[str, ...]) -> None:
    found = template(text)
    assert (dotted(found.flows), found.constants, found.problems) == (flows, constants, ())


@pytest.mark.parametrize(
    ("inner", "path", "hint", "index"),
    [
        (
            "secrets[format('AWS_ID_{0}', matrix.env)]",
            ("secrets", None),
            "AWS_ID_{0}",
            ["matrix.env"],
        ),
        ("secrets[matrix.name]", ("secrets", None), "", ["matrix.name"]),
        ("secrets[inputs.p && 'A' || 'B'].x", ("secrets", None, "x"), "A B", ["inputs.p"]),
        ("secrets[env.A == 'dev' && 'A' || 'B']", ("secrets", None), "A B", ["env.A"]),
        ("fromJSON(secrets.X)[env.T].accessKeyId", ("secrets", "X"), "accessKeyId", ["env.T"]),
        ("fromJSON(secrets.X).aws.key", ("secrets", "X"), "aws.key", []),
        ("fromJSON(toJSON(secrets)).KEY", ("secrets",), "KEY", []),
    ],
)
def test_computed_names(
    inner: str, path: tuple[str | None, ...], hint: str, index: list[str]
) -> None:
    (reference,) = template("${{ " + inner + " }}").flows
    assert (reference.path, reference.hint, dotted(reference.index)) == (path, hint, index)


def test_references_say_where_they_stand() -> None:
    text = "a ${{ fromJSON(secrets.X)[env.T].id }} ${{ secrets['Y'] }}"
    found = template(text)
    assert [text[r.start : r.end] for r in found.reads] == ["secrets.X", "env.T", "secrets['Y']"]
    first = found.reads[0]
    assert (first.context, first.name) == ("secrets", "X")
    assert Reference(("secrets",), 0, 0).name is None


def test_the_same_text_is_parsed_once() -> None:
    text = "${{ secrets.A || 'cached' }}"
    assert template(text) is template(str(text))


@pytest.mark.parametrize(
    ("text", "end"),
    [
        ("${{ a }} b", 8),
        ("${{ '}}' }} b", 11),
        ("${{ 'it''s }}' }}", 17),
        ("${{ a }", -1),
        ("${{ 'a }}", -1),
        ("${{}}}", 5),
        ("${{", -1),
    ],
)
def test_end_of_expression(text: str, end: int) -> None:
    assert end_of_expression(text, 0) == end
