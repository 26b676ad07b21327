"""Which lines of a pull request a comment may stand on."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from oidc_enforcer.reporters.diff import Diff, Hunk, hunks

PATCH = """\
@@ -1,3 +1,4 @@ jobs:
 one
-two
+2
+2b
 three
@@ -20 +21,0 @@
-twenty
@@ -30,2 +30,2 @@
 @@ -1 +1 @@
-old
\\ No newline at end of file
+new
\\ No newline at end of file"""


def test_nothing_may_stand_where_the_diff_shows_nothing() -> None:
    diff = Diff.of([("a.yml", PATCH), ("binary.yml", None)])
    assert diff.hunk("a.yml", 5, 5) is None
    assert diff.hunk("a.yml", 4, 30) is None, "two hunks"
    assert diff.hunk("a.yml", 0, 0) is None
    assert diff.hunk("a.yml", 3, 2) is None
    assert diff.hunk("a.yml", 21, 21) is None, "only deleted there"
    assert diff.hunk("binary.yml", 1, 1) is None
    assert diff.hunk("b.yml", 1, 1) is None


def test_hunks_hold_the_lines_of_the_head() -> None:
    assert list(hunks(PATCH)) == [
        Hunk(1, ("one", "2", "2b", "three"), frozenset({2, 3})),
        Hunk(21, (), frozenset()),
        Hunk(30, ("@@ -1 +1 @@", "new"), frozenset({31})),
    ]


def test_what_is_no_patch_has_no_hunks() -> None:
    assert list(hunks("")) == []
    assert list(hunks("@@ nonsense @@\n+a")) == []
    assert list(hunks("@@ -1,2 +1,2 @@")) == [Hunk(1, (), frozenset())]


@given(st.text(alphabet="@+- ,019\\\na", max_size=60))
def test_any_text_is_read_without_a_word(text: str) -> None:
    for hunk in hunks(text):
        assert all(hunk.holds(number, number) for number in hunk.added)
