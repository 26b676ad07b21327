"""A diff that Git applies: what it must not show, and that it tells the whole change."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from oidc_enforcer.reporters.patch import MASKED, diff
from oidc_enforcer.source import SourceFile

SECRET = "q9Zt" + "R4vX/2bN" * 4 + "mY7p"
LINES = st.lists(st.sampled_from(["", "a", "b", "on: push", "--- x", "@@ -1 +1 @@"]), max_size=30)


def rows(old: str, new: str) -> list[str]:
    return "".join(diff(SourceFile("a.yml", old), SourceFile("a.yml", new), "a.yml")).splitlines(
        keepends=True
    )


def applied(old: str, patch: list[str]) -> str:
    """The new text, as Git makes it of the old one."""
    lines = re.findall(r"[^\n]*\n|[^\n]+", old)
    out: list[str] = []
    at = 0
    for number, row in enumerate(patch):
        mark, line = row[0], row[1:]
        if number < 2:
            continue
        if patch[number + 1 : number + 2] == ["\\ No newline at end of file\n"]:
            line = line.removesuffix("\n")
        if found := re.fullmatch(r"@@ -(\d+)(?:,(\d+))? \+\d+(?:,\d+)? @@\n", row):
            start = int(found[1]) - (found[2] != "0")
            out += lines[at:start]
            at = start
        elif mark in " -":
            assert lines[at] == line
            at += 1
        if mark in " +" and not row.startswith("@@"):
            out.append(line)
    return "".join([*out, *lines[at:]])


@given(LINES, LINES, LINES, st.booleans(), st.booleans())
def test_it_turns_the_old_text_into_the_new_one(
    around: list[str], old: list[str], new: list[str], ended: bool, still: bool
) -> None:
    before = "\n".join([*around, *old, *around]) + "\n" * ended
    after = "\n".join([*around, *new, *around]) + "\n" * still
    found = rows(before, after)
    assert bool(found) == (before != after)
    if found:
        assert found[:2] == ["--- a/a.yml\n", "+++ b/a.yml\n"]
        assert applied(before, found) == after


def test_a_secret_is_masked_and_that_is_said() -> None:
    found = rows(f"a: b\nkey: {SECRET}\n", "a: c\n")
    assert found[-1] == MASKED
    assert SECRET not in "".join(found)
    assert f"-key: {'*' * len(SECRET)}\n" in found


def test_a_secret_that_changes_is_a_change() -> None:
    found = rows(f"key: {SECRET}\n", f"key: {SECRET[::-1]}\n")
    assert [row[0] for row in found[3:]] == ["-", "+", "("]


def test_a_secret_far_from_the_change_is_nobodys_business() -> None:
    far = "x: y\n" * 9
    assert MASKED not in rows(f"a: b\n{far}key: {SECRET}\n", f"a: c\n{far}key: {SECRET}\n")
