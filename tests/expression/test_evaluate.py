"""What expressions come to, when all or only some of what they read is known."""

from __future__ import annotations

import math

import pytest

from oidc_enforcer.expression import UNKNOWN, Expression, condition, evaluate, template, truth

KNOWN: dict[tuple[str, ...], object] = {
    ("github", "event_name"): "push",
    ("github", "ref"): "refs/heads/main",
    ("inputs", "flag"): True,
    ("inputs", "count"): 3,
    ("inputs", "empty"): "",
    ("inputs", "nothing"): None,
    ("env", "STAGE"): "Prod",
    ("secrets", "KEY_Prod"): "by name",
    ("env", "LIST"): '["dev", "prod", {"name": "x"}, {"name": "y"}]',
    ("env", "BAG"): '{"Prod": {"id": 12, "on": true}, "list": [10, 20]}',
}


def lookup(path: tuple[str, ...]) -> object:
    return KNOWN.get(path, UNKNOWN)


def value(text: str) -> object:
    return evaluate(template("${{ " + text + " }}"), lookup)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("711", 711.0),
        ("-9.2", -9.2),
        (".5", 0.5),
        ("0xff", 255.0),
        ("0xffffffff", -1.0),
        ("0o17", 15.0),
        ("-2.99e-2", -0.0299),
        ("null", None),
        ("'It''s'", "It's"),
        ("GITHUB.event_name == 'PUSH'", True),
        ("'' == 0", True),
        ("null == ''", True),
        ("true == '1'", True),
        ("true == 'true'", False),
        ("'abc' == NaN", False),
        ("NaN == NaN", False),
        ("null >= null", True),
        ("'b' > 'A'", True),
        ("'10' < 9", False),
        ("'x' < 9", False),
        ("inputs.count >= 3 && inputs.count < '4'", True),
        ("inputs.empty || inputs.nothing", None),
        ("inputs.flag && 'a' || 'b'", "a"),
        ("!inputs.empty && !inputs.nothing", True),
        ("!0 == true", True),
        ("false || 1 < 2 == true && 'x'", "x"),
        ("false && env.UNKNOWN", False),
        ("'a' || env.UNKNOWN", "a"),
        ("format('{0} {{{1}}} {0}', 'a', 1.50)", "a {1.5} a"),
        ("format('{0}', 'a', env.UNKNOWN)", "a"),
        ("format('{0}{1}{2}{3}', null, true, -0, 1e20)", "true01E+20"),
        ("join(fromJSON(env.LIST).*.name, '+')", "x+y"),
        ("join(fromJSON('[1,null,true]'))", "1,,true"),
        ("contains(fromJSON(env.LIST), env.STAGE)", True),
        ("contains('Hello', 'ELL')", True),
        ("contains(fromJSON(env.BAG), 'list')", False),
        ("startsWith(github.ref, 'refs/HEADS/')", True),
        ("endsWith(github.ref, 12)", False),
        ("fromJSON(env.BAG)[env.STAGE].ID", 12.0),
        ("fromJSON(env.BAG).list['1']", 20.0),
        ("fromJSON(env.BAG).list[2]", None),
        ("fromJSON(env.BAG).Prod.on && always()", True),
        ("secrets[format('KEY_{0}', env.STAGE)]", "by name"),
        ("toJSON(fromJSON('[1, 2.5]'))", "[\n  1,\n  2.5\n]"),
        ("toJSON(fromJSON(env.BAG).Prod)", '{\n  "id": 12,\n  "on": true\n}'),
        (
            "toJSON(fromJSON('[[], {}, [null, 1e20]]'))",
            "[\n  [],\n  {},\n  [\n    null,\n    1E+20\n  ]\n]",
        ),
        ("toJSON('ä\"')", '"ä\\""'),
        ("case(inputs.count == 4, 'four', inputs.flag, 'flag', 'none')", "flag"),
        ("case(false, 1, 'none')", "none"),
        ("'ß' == 'SS'", False),
        ("'ä' == 'Ä'", True),
        ("'\u0131' == 'I'", False),
    ],
)
def test_values(text: str, expected: object) -> None:
    found = value(text)
    assert (type(found), found) == (type(expected), expected)


@pytest.mark.parametrize(
    "text",
    [
        "env.UNKNOWN",
        "env[env.UNKNOWN]",
        "env.UNKNOWN == ''",
        "env.UNKNOWN && false",
        "env.UNKNOWN || 'x'",
        "inputs.flag && env.UNKNOWN",
        "success()",
        "hashFiles('a')",
        "secrets.*",
        "format('{1}', 'a')",
        "format('{')",
        "format('}')",
        "fromJSON('{')",
        "fromJSON('" + "[" * 9000 + "')",
        "case('yes', 1, 2)",
        "nonsense('a')",
        "contains('a')",
        "format('{0}{0}{0}{0}'," * 40 + "'aaaa'" + ")" * 40,
    ],
)
def test_what_cannot_be_known(text: str) -> None:
    assert value(text) is UNKNOWN


def test_not_a_number_is_a_number() -> None:
    found = value("NaN")
    assert isinstance(found, float)
    assert math.isnan(found)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("env.UNKNOWN && false", False),
        ("env.UNKNOWN || 'x'", True),
        ("!(env.UNKNOWN || 'x')", False),
        ("!(env.UNKNOWN && '') && true", True),
        ("env.UNKNOWN || env.OTHER", None),
        ("env.UNKNOWN && true", None),
        ("success() && github.event_name == 'pull_request'", False),
        ("success() && github.event_name == 'push'", None),
        ("failure() || always()", True),
        ("github.event_name == 'push'", True),
        ("${{ github.event_name == 'release' }}", False),
        ("", True),
        (" \n", True),
        ("'false'", True),
        ("NaN", False),
        ("fromJSON('[]')", True),
        # Both are GitHub's well-known traps: text beside an expression makes a true string.
        ("${{ github.event_name == 'release' }} ", True),
        ("${{ env.UNKNOWN }} == 'x'", True),
        ("${{ env.UNKNOWN }}${{ env.OTHER }}", None),
        ("github.event_name == ", None),
    ],
)
def test_conditions(text: str, expected: bool | None) -> None:
    assert truth(condition(text), lookup) is expected


def test_a_condition_is_an_expression_from_end_to_end() -> None:
    found = condition("secrets.X != '' && inputs.p")
    (part,) = found.parts
    assert isinstance(part, Expression)
    assert (part.start, part.end, part.source) == (0, len(found.text), found.text)
    assert [(r.dotted, r.start) for r in found.reads] == [("secrets.X", 0), ("inputs.p", 19)]
