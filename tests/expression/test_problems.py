"""What GitHub would refuse, where, and what is still read of it; text meant to do harm."""

from __future__ import annotations

import time

import pytest

from oidc_enforcer.expression import UNKNOWN, Reference, condition, evaluate, template


def dotted(references: tuple[Reference, ...]) -> list[str]:
    return [reference.dotted for reference in references]


@pytest.mark.parametrize(
    ("text", "at", "message"),
    [
        ("a ${{ b", "${{", "`${{` is not closed by `}}`"),
        ("${{ 'a }}", "${{", "`${{` is not closed by `}}`"),
        ("${{}}", "${{}}", "expected an expression between `${{` and `}}`"),
        ("a ${{\n}} b", "${{\n}}", "expected an expression between `${{` and `}}`"),
        ("${{ env.A + 1 }}", "+", "unexpected `+`"),
        ("${{ env.A 'b' }}", "'b'", "unexpected string"),
        ("${{ env.A && }}", "&& ", "expression ends too early"),
        ("${{ env. }}", ". ", "expression ends too early"),
        ("${{ env.5 }}", "5", "unexpected `5`"),
        ("${{ 'a'.b }}", ".", "unexpected `.`"),
        ("${{ (env.A }}", "(env.A ", "`(` is not closed by `)`"),
        ("${{ env[1 }}", "[1 ", "`[` is not closed by `]`"),
        ("${{ format('a' }}", "format('a' ", "`(` is not closed by `)`"),
        ("${{ env.A) }}", ")", "unexpected `)`"),
        ("${{ (env.A] }}", "]", "unexpected `]`"),
        ("${{ (env.A, 1) }}", ",", "unexpected `,`"),
        ("${{ format('a',) }}", ")", "unexpected `)`"),
        ("${{ env.A = 1 }}", "=", "unexpected `=`; equality is `==`"),
        ("${{ env.A & 1 }}", "&", "unexpected `&`; the operator is `&&`"),
        ('${{ env.A == "b" }}', '"', 'unexpected `"`; strings are written in single quotes'),
        ("${{ 1.2.3 }}", "1.2.3", "unexpected `1.2.3`"),
        ("${{ * }}", "*", "unexpected `*`"),
        ("${{ join(env.A) }} ${{ join() }}", "join", "`join` takes 1 to 2 arguments, not 0"),
        ("${{ always(1) }}", "always", "`always` takes 0 arguments, not 1"),
        (
            "${{ case(true, 1, 2, 3) }}",
            "case",
            "`case` takes pairs of a condition and a value, then a default",
        ),
    ],
)
def test_problems(text: str, at: str, message: str) -> None:
    (problem,) = template(text).problems
    assert (text[problem.start : problem.end], problem.message) == (at, message)


def test_unknown_names_are_problems_that_name_the_alternatives() -> None:
    first, second = template("${{ secret.X || toYAML(secrets.Y) }}").problems
    assert first.message.startswith("unknown context `secret`; known are `env`, `github`, ")
    assert second.message.startswith("unknown function `toYAML`; known are `always`, ")
    assert dotted(template("${{ toYAML(secrets.Y) }}").flows) == ["secrets.Y"]


def test_messages_never_repeat_what_may_be_a_secret() -> None:
    key = "AKIA" + "Z7Q2" * 4
    for text in (key, f"env {key}", f"env '{key[:9]}'", f"{key}()", f"env ~{key}", f"1{key}"):
        problems = template("${{ " + text + " }}").problems
        assert problems
        assert not any(key[:9] in problem.message for problem in problems)


@pytest.mark.parametrize(
    ("inner", "accepted"),
    [
        ("!" * 49 + "env", True),
        ("!" * 50 + "env", False),
        ("env" + ".a" * 49, True),
        ("env" + ".a" * 50, False),
        ("(" * 5000 + "env" + ")" * 5000, True),
        (" && ".join(["env"] * 2000), True),
        (" == ".join(["env"] * 51), False),
        ("'" + "a" * 20_998 + "'", True),
        ("'" + "a" * 20_999 + "'", False),
    ],
)
def test_limits_are_githubs(inner: str, accepted: bool) -> None:
    found = template("${{" + inner + "}}")
    assert bool(found.problems) is not accepted
    assert evaluate(found, lambda _: "x") is not UNKNOWN or not accepted


def test_long_text_around_an_expression_is_refused_by_github() -> None:
    text = "echo '{}'\n" * 1500 + "${{ secrets.X }}"
    (problem,) = template(text).problems
    assert problem.message == "text with expressions is longer than 21000 characters"
    assert template("echo {}\n" * 1000 + "${{ secrets.X }}").problems == ()
    assert dotted(template(text).flows) == ["secrets.X"]


# Of broken text, what can be made out is kept.


@pytest.mark.parametrize(
    ("text", "reads"),
    [
        ("${{ secrets.A + secrets['B'] }} ${{ env.C }}", ["secrets.A", "secrets.B", "env.C"]),
        ("${{ secrets.A ", ["secrets.A"]),
        ("it's ${{ 'x secrets.A }}", ["secrets.A"]),
        ('${{ secrets.A == "" }}', ["secrets.A"]),
        ("${{ env.x.secrets.A + }}", ["env.x.secrets.A"]),
        ("${{ my-secrets.A + secrets_b.A + }}", []),
        ("${{ needs.*.outputs.a + secrets }}", ["needs[…].outputs.a", "secrets"]),
        ("${{ secrets[format('A', 1 }}", ["secrets[…]"]),
        ("${{ secrets[secrets.A + secrets.B }}", ["secrets[…]", "secrets.A", "secrets.B"]),
    ],
)
def test_broken_text_still_reads(text: str, reads: list[str]) -> None:
    found = template(text)
    assert found.problems
    assert dotted(found.reads) == reads
    assert found.flows == found.reads
    assert evaluate(found, lambda _: "x") is UNKNOWN


def test_broken_text_keeps_the_words_of_a_computed_name() -> None:
    (reference, *_) = template('${{ secrets[format("AWS_{0}", matrix.x)] }}').reads
    assert (reference.path, reference.hint) == (("secrets", None), "AWS_{0}")


@pytest.mark.parametrize(
    "text",
    [
        "${{ secrets.X }} " * 30_000,
        "${{ secrets.X " * 30_000,
        "${{ ' " * 100_000,
        "${{" * 150_000,
        "${{" + "'" * 500_000,
        "${{" + "}'" * 250_000,
        "${{ secrets" + " " * 500_000,
        "${{ " + "secrets['" * 50_000,
        "${{ " + "(" * 20_000 + " }}",
        "${{ " + "env[" * 5_000 + " }}",
        "${{ " + "||".join(["env[env]"] * 2_000) + " }}",
        "${{ (" + "||".join(["env"] * 2_000) + ")[" + "||".join(["env"] * 2_000) + "] }}",
        "${{ " + "toJSON(" * 45 + "'\"\"'" + ")" * 45 + " }}",
    ],
    ids=range(13),
)
def test_hostile_text_costs_linear_time(text: str) -> None:
    started = time.process_time()
    evaluate(template(text), lambda _: UNKNOWN)
    condition(text)
    # Half a second at most on the machine of writing; anything quadratic takes minutes.
    assert time.process_time() - started < 15
