from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oidc_enforcer.iam.document import MAX_LENGTH, Effect, PolicyError, from_data, parse

ALLOW = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}


def document(**changes: Any) -> dict[str, Any]:
    statement = {**ALLOW, **changes}
    return {"Statement": {name: each for name, each in statement.items() if each is not None}}


@pytest.mark.parametrize(
    ("data", "pointer", "message"),
    [
        ([], "", "the policy must be an object"),
        ({}, "", "the policy has no `Statement`"),
        ({"Statement": []}, "/Statement", "`Statement` lists no statement"),
        ({"Statement": "Allow"}, "/Statement", "a statement must be an object"),
        ({"Statement": [ALLOW, 1]}, "/Statement/1", "a statement must be an object"),
        ({"statement": ALLOW}, "/statement", "`statement` is no element of a trust policy"),
        (
            {"Version": "2012-10-18", "Statement": ALLOW},
            "/Version",
            "`Version` must be 2012-10-17 or 2008-10-17",
        ),
        (document(Effect="allow"), "/Statement/Effect", "`Effect` must be Allow or Deny"),
        (document(Effect=None), "/Statement", "`Effect` must be Allow or Deny"),
        (document(Principal=None), "/Statement", "the statement has no `Principal`"),
        (document(Principal={}), "/Statement/Principal", "`Principal` names nobody"),
        (document(Principal="me"), "/Statement/Principal", "`Principal` must be an object"),
        (
            document(Principal={"Aws": "*"}),
            "/Statement/Principal/Aws",
            "`Aws` is no kind of principal: use one of AWS, Federated, Service, CanonicalUser",
        ),
        (document(Principal={"AWS": []}), "/Statement/Principal/AWS", "`AWS` is empty"),
        (
            document(Principal={"AWS": [1]}),
            "/Statement/Principal/AWS",
            "`AWS` must be a string or a list of strings",
        ),
        (
            document(NotPrincipal={"AWS": "*"}),
            "/Statement/NotPrincipal",
            "`NotPrincipal` is not allowed in a trust policy: name who may, in `Principal`",
        ),
        (
            document(Resource="*"),
            "/Statement/Resource",
            "`Resource` is not allowed in a trust policy: the role is the resource",
        ),
        (
            document(Action=None),
            "/Statement",
            "the statement needs one of `Action` and `NotAction`",
        ),
        (
            document(NotAction="sts:TagSession"),
            "/Statement",
            "the statement needs one of `Action` and `NotAction`",
        ),
        (
            document(Action="AssumeRole"),
            "/Statement/Action",
            "`AssumeRole` is no action: write service:name, such as sts:AssumeRoleWithWebIdentity",
        ),
        (document(Sid=1), "/Statement/Sid", "`Sid` must be a string"),
        (document(Condition=[]), "/Statement/Condition", "`Condition` must be an object"),
        (
            document(Condition={"StringEquals": "x"}),
            "/Statement/Condition/StringEquals",
            "`StringEquals` must be an object",
        ),
        (
            document(Condition={"StringEquals": {"a/b": {"c": "d"}}}),
            "/Statement/Condition/StringEquals/a~1b",
            "a condition's value must be a string, a number or a boolean",
        ),
        (
            document(Condition={"StringEquals": {"a": None}}),
            "/Statement/Condition/StringEquals/a",
            "a condition's value must be a string, a number or a boolean",
        ),
    ],
)
def test_what_iam_would_not_store_is_an_error(data: Any, pointer: str, message: str) -> None:
    for read in (from_data, lambda each: parse(json.dumps(each, indent=2))):
        with pytest.raises(PolicyError) as caught:
            read(data)
        assert (caught.value.pointer, caught.value.message) == (pointer, message)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("${aws:username", "a policy variable is not closed"),
        ("${}", "`${}` names no policy variable"),
        (
            "${aws:username, none}",
            "the default in `${aws:username, none}` must stand in single quotes",
        ),
        ("${a${b}}", "`${a${b}` names no policy variable"),
    ],
)
def test_a_variable_that_iam_refuses_is_an_error(value: str, message: str) -> None:
    data = {"Version": "2012-10-17", **document(Condition={"StringLike": {"k": value}})}
    with pytest.raises(PolicyError) as caught:
        from_data(data)
    assert caught.value.message == message
    assert from_data({**data, "Version": "2008-10-17"}).statements[0].conditions[0].values == (
        value,
    )


def test_numbers_take_no_variables() -> None:
    data = {"Version": "2012-10-17", **document(Condition={"NumericEquals": {"k": "${aws:x}"}})}
    with pytest.raises(PolicyError, match="`NumericEquals` takes no policy variables"):
        from_data(data)


@pytest.mark.parametrize(
    ("text", "line", "column", "message"),
    [
        ("", 1, 1, "expected a JSON value"),
        ('{"Version": "2012-10-17",\n "Version": "2012-10-17"}', 2, 2, "`Version` is given twice"),
        (
            '{"Statement": [\n  {"Effect": "Allow",\n   "Effect": "Deny"}]}',
            3,
            4,
            "`Effect` is given twice",
        ),
        ("{} {}", 1, 4, "unexpected text after the policy"),
        ('{"a": NaN}', 1, 7, "expected a JSON value"),
        ('{"a": -Infinity}', 1, 7, "expected a JSON value"),
        ('{"a" 1}', 1, 6, "expected `:`"),
        ('{"a": 1 "b": 2}', 1, 9, "expected `,`"),
        ("{a: 1}", 1, 2, "expected a member's name in quotes"),
        ('["\\q"]', 1, 2, "expected a JSON value"),
        ("[" * 40 + "]" * 40, 1, 34, "nested deeper than 32 levels"),
    ],
)
def test_json_that_is_none_says_where(text: str, line: int, column: int, message: str) -> None:
    with pytest.raises(PolicyError) as caught:
        parse(text)
    error = caught.value
    assert (error.message, error.line, error.column) == (message, line, column)


def test_a_policy_of_absurd_length_is_refused() -> None:
    with pytest.raises(PolicyError, match="longer than 100,000 characters"):
        parse(" " * (MAX_LENGTH + 1))


def test_a_huge_number_is_kept_as_written() -> None:
    digits = "9" * 9_000
    text = json.dumps(document(Condition={"StringEquals": {"k": "#"}})).replace('"#"', digits)
    assert parse(text).statements[0].conditions[0].values == (digits,)


POLICY = """\
{
  "Version": "2012-10-17",
  "Id": "deploy",
  "Statement": [
    {
      "Sid": "GitHub",
      "Effect": "Allow",
      "Principal": {"Federated": ["arn:aws:iam::1:oidc-provider/a", "b"], "AWS": "*"},
      "NotAction": ["sts:TagSession"],
      "Condition": {
        "StringEquals": {"a:sub": ["x", 2001, true, 1.50]},
        "Null": {"a/b~c": false}
      }
    },
    {"Effect": "Deny", "Principal": "*", "Action": "*"}
  ]
}
"""


def test_every_part_knows_its_place() -> None:
    policy = parse(POLICY)
    first, second = policy.statements
    assert policy.version == "2012-10-17"
    assert (first.number, first.sid, first.effect, first.place) == (
        1,
        "GitHub",
        Effect.ALLOW,
        (5, 5),
    )
    assert [(each.kind, each.value) for each in first.principals] == [
        ("Federated", "arn:aws:iam::1:oidc-provider/a"),
        ("Federated", "b"),
        ("AWS", "*"),
    ]
    assert (first.actions, first.not_action) == (("sts:TagSession",), True)
    equals, null = first.conditions
    assert (equals.operator, equals.key, equals.place) == ("StringEquals", "a:sub", (11, 26))
    assert equals.values == ("x", "2001", "true", "1.50")
    assert null.values == ("false",)
    assert null.pointer == "/Statement/0/Condition/Null/a~1b~0c"
    assert second.effect is Effect.DENY
    assert [(each.kind, each.value) for each in second.principals] == [("AWS", "*")]
    assert second.conditions == ()


def test_no_version_means_the_old_one() -> None:
    policy = from_data(document(Condition={"StringEquals": {"k": "${aws:username}"}}))
    assert policy.version == "2008-10-17"
    assert not policy.statements[0].conditions[0].variables


def test_parsed_data_has_no_places() -> None:
    policy = from_data(json.loads(POLICY))
    assert policy.statements[0].place is None
    assert policy.statements[0].conditions[0].place is None


@given(st.text(max_size=200) | st.text(alphabet='{}[]",: ${*}SsEtatmn01\\', max_size=200))
def test_any_text_is_read_or_refused(text: str) -> None:
    with suppress(PolicyError):
        parse(text)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["Statement", "Effect", "Principal", "Action", "Condition", "AWS", "x"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(JSON)
def test_any_data_is_read_or_refused(data: object) -> None:
    with suppress(PolicyError):
        from_data(data)
