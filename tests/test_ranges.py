"""Ranges of offsets: asking all at once is asking each."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from oidc_enforcer.source import Ranges

OFFSETS = st.integers(0, 30)


@given(st.lists(st.tuples(OFFSETS, OFFSETS)), OFFSETS)
def test_a_place_is_in_them_where_it_is_in_one(ranges: list[tuple[int, int]], place: int) -> None:
    assert (place in Ranges(ranges)) == any(start <= place < end for start, end in ranges)
