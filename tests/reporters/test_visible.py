"""What may be printed, and how wide it is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oidc_enforcer.reporters.visible import clip, laid_out, visible, width


@pytest.mark.parametrize(
    "text",
    [
        *("plain", "日本", "e\u0301", "a::b", "# [x]"),
        pytest.param("\U0001f469\u200d\U0001f4bb", id="somebody at a computer"),
        pytest.param("\u2764\ufe0f\u200d\U0001f525", id="a heart on fire"),
        pytest.param("1\ufe0f\u20e3", id="a key on a telephone"),
        pytest.param("\u0915\u094d\u200d\u0937", id="Devanagari"),
    ],
)
def test_what_is_harmless_stays(text: str) -> None:
    assert visible(text) == text


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("\x1b[31m", r"\x1b[31m"),
        ("a\tb\nc\r", r"a\x09b\x0ac\x0d"),
        ("\u202e\u2066\u200b\ufeff", r"\u202e\u2066\u200b\ufeff"),
        ("\u00a0\u2028\x85", r"\xa0\u2028\x85"),
        ("\U000e0041\ud800", r"\U000e0041\ud800"),
        ("de\u200dploy\u200c", r"de\u200dploy\u200c"),
        ("a\ufe0f\ufe0fb\U000e0100", r"a\ufe0f\ufe0fb\U000e0100"),
        ("\u2764\ufe0f\ufe0e", "\u2764\ufe0f" + r"\ufe0e"),
        ("\u3164\u115f\u2800\u034f", r"\u3164\u115f\u2800\u034f"),
        ("##[error]x", r"##\x5berror]x"),
        ("  ::add-mask::x", r"  \x3a:add-mask::x"),
    ],
)
def test_what_is_not_is_shown_by_its_number(text: str, seen: str) -> None:
    assert visible(text) == seen


@given(st.text() | st.text(alphabet=st.characters()))
def test_whatever_it_is_it_can_be_printed_on_one_line(text: str) -> None:
    seen = visible(text)
    assert seen.replace("\u200c", "").replace("\u200d", "").isprintable()
    assert "##[" not in seen
    assert not seen.lstrip().startswith("::")
    shown, widths = laid_out(text)
    assert shown.replace("\u200c", "").replace("\u200d", "").isprintable()
    assert "##[" not in shown
    assert len(widths) == len(text)
    assert sum(widths) == width(shown)


@given(st.text(), st.integers(min_value=1, max_value=50))
def test_clipped_text_fits(text: str, columns: int) -> None:
    assert width(clip(visible(text), columns)) <= columns


def test_a_cut_is_shown() -> None:
    assert clip("abcdef", 6) == "abcdef"
    assert clip("abcdef", 4) == "abc…"
    assert clip("日本語", 4) == "日…"
