from __future__ import annotations

from random import Random

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from oidc_enforcer.arn import OidcProviderArn
from oidc_enforcer.iam.claims import ALL_CLAIMS, Cell, ClaimSet, accepted
from oidc_enforcer.iam.condition_sets import Bound, Values
from oidc_enforcer.iam.document import TrustPolicy, from_data
from oidc_enforcer.iam.evaluate import Decision, evaluate
from oidc_enforcer.iam.patterns import StringSet
from oidc_enforcer.iam.request import Caller
from oidc_enforcer.iam.searches import TooComplexError
from oidc_enforcer.iam.web_identity import domain, web_identity_request
from tests.iam.policies import ACCOUNT, issuer, policy, provider, statement, trusting
from tests.iam.random_policies import random_policy, random_token

PROVIDER = OidcProviderArn.parse(provider())
assert PROVIDER is not None
HERE = domain(PROVIDER, issuer(), mapped=True)
CALLER = Caller("Federated", provider())


def claims_of(chosen: TrustPolicy, bound: Bound) -> ClaimSet:
    return accepted(chosen, CALLER, HERE, bound)


@given(st.integers(0, 10**9))
@settings(max_examples=300, deadline=None)
def test_membership_in_the_accepted_set_is_evaluate(seed: int) -> None:
    random = Random(seed)
    chosen = from_data(random_policy(random))
    lower, upper = (claims_of(chosen, bound) for bound in Bound)
    for _ in range(10):
        claims = random_token(random).claims
        request = web_identity_request(claims, issuer(), ACCOUNT)
        decision = evaluate(chosen, request).decision
        assert lower.allows(claims, request) <= (decision is Decision.ALLOWED)
        assert upper.allows(claims, request) >= (decision is Decision.ALLOWED)
        if not any("${" in str(each) for each in chosen.statements):
            assert lower.allows(claims, request) == (decision is Decision.ALLOWED)
            assert upper.allows(claims, request) == (decision is Decision.ALLOWED)


TEXTS = st.sampled_from(["a", "b", "ab", "c"])
VALUES = st.builds(
    Values, st.lists(TEXTS, max_size=2).map(lambda texts: StringSet.of(*texts)), st.booleans()
) | st.builds(Values, st.just(StringSet.like("a*")), st.booleans())
CELLS = st.dictionaries(st.sampled_from(["x", "y"]), VALUES, max_size=2).map(lambda v: Cell(v))
SETS = st.lists(CELLS, max_size=2).map(lambda cells: ClaimSet(tuple(cells)))
MAPS = st.dictionaries(st.sampled_from(["x", "y"]), TEXTS, max_size=2)


@given(SETS, SETS, MAPS)
def test_membership_follows_the_operations(
    a: ClaimSet, b: ClaimSet, claims: dict[str, str]
) -> None:
    one, two = a.allows(claims), b.allows(claims)
    assert (a | b).allows(claims) == (one or two)
    assert (a & b).allows(claims) == (one and two)
    assert (a - b).allows(claims) == (one and not two)
    assert (~a).allows(claims) != one


@given(SETS, SETS)
@settings(max_examples=50, deadline=None)
def test_the_laws_of_sets(a: ClaimSet, b: ClaimSet) -> None:
    try:
        assert (a & ~a).is_empty()
        assert ((a & b) - a).is_empty()
        assert (a - (a | b)).is_empty()
        assert (ALL_CLAIMS - (a | ~a)).is_empty()
        assert (ClaimSet(()) - a).is_empty()
        assert ((~(a | b)) - (~a & ~b)).is_empty()
    except TooComplexError:
        assume(False)


def test_too_many_cells_are_too_complex() -> None:
    keys = ["sub", "ref", "actor", "workflow", "repository", "environment"]
    denies = [
        statement({"StringLike": dict.fromkeys(keys, f"{number}*")}, "Deny") for number in range(6)
    ]
    with pytest.raises(TooComplexError):
        claims_of(policy(statement({}), *denies), Bound.UPPER)


@pytest.mark.parametrize(
    ("operator", "number", "members"),
    [
        ("NumericEquals", "2001", "2001"),
        ("NumericEquals", "2001.5", ""),
        ("NumericLessThan", "12", "1 2 9 10 11"),
        ("NumericLessThanEquals", "12", "1 9 10 12"),
        ("NumericGreaterThan", "99", "100 101 999 1000"),
        ("NumericGreaterThanEquals", "1e2", "100 101 5000"),
        ("NumericNotEquals", "7", "6 8 70 77"),
        ("NumericLessThan", "1e30", "1 99999999999999999999"),
    ],
)
def test_numbers_are_exact_sets_of_ids(operator: str, number: str, members: str) -> None:
    chosen = trusting({operator: {"repository_id": number}})
    lower, upper = (claims_of(chosen, bound) for bound in Bound)
    wanted = set(members.split())
    probes = "1 2 6 7 8 9 10 11 12 13 70 77 99 100 101 999 1000 2000 2001 5000 99999999999999999999"
    for each in probes.split():
        request = web_identity_request({"repository_id": each}, issuer(), ACCOUNT)
        expected = evaluate(chosen, request).decision is Decision.ALLOWED
        assert (
            lower.allows({"repository_id": each})
            == expected
            == upper.allows({"repository_id": each})
        )
        assert expected or each not in wanted
