"""A fix as whole lines: to be accepted with one click, or to be read as a patch."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from oidc_enforcer.finding import Fix, Safety
from oidc_enforcer.masking import mask_text
from oidc_enforcer.reporters.diff import Diff
from oidc_enforcer.reporters.patch import MASKED, diff
from oidc_enforcer.source import SourceFile, apply_edits
from oidc_enforcer.workflow.parse import parse

#: Characters of a suggestion or a patch; a comment has room for two. `fix` writes them whole.
_LIMIT = 20_000


class Replacement(NamedTuple):
    """Lines `first` to `last` of the file at head, both included, give way to `lines`.

    `last` is below `first` where lines are only put in, before `first`.
    """

    first: int
    last: int
    lines: tuple[str, ...]


def replacement(file: SourceFile, fix: Fix) -> Replacement | None:
    """The fewest whole lines that hold all of the fix; None when it changes nothing."""
    old = file.text.split("\n")
    try:
        new = apply_edits(file.text, fix.edits).split("\n")
    except ValueError:
        return None
    if old == new:
        return None
    head = 0
    while head < min(len(old), len(new)) and old[head] == new[head]:
        head += 1
    tail = 0
    while tail < min(len(old), len(new)) - head and old[-1 - tail] == new[-1 - tail]:
        tail += 1
    return Replacement(head + 1, len(old) - tail, tuple(new[head : len(new) - tail]))


def suggestion(file: SourceFile, fix: Fix, diff: Diff) -> Replacement | None:
    """The fix as GitHub applies it with one click, None where that would not be right.

    It holds every edit of the fix, so that the workflow is whole after one click; it lies inside
    one hunk, whose lines are those that were judged; it repeats no secret and nothing invisible.
    """
    whole = replacement(file, fix)
    if whole is None or not _is_writable(file, fix, whole):
        return None
    for anchored in _anchored(file, whole):
        hunk = diff.hunk(file.path, anchored.first, anchored.last)
        if hunk is None:
            continue
        shown = hunk.text(anchored.first, anchored.last)
        if shown == _lines(file, anchored.first, anchored.last):
            return anchored
    return None


def _anchored(file: SourceFile, whole: Replacement) -> Iterator[Replacement]:
    """The lines to anchor on: lines that are only put in take a neighbour with them."""
    if whole.last >= whole.first:
        yield whole
        return
    if whole.first > 1:
        before = whole.first - 1
        yield Replacement(before, before, (*_lines(file, before, before), *whole.lines))
    after = _lines(file, whole.first, whole.first)
    if after:
        yield Replacement(whole.first, whole.first, (*whole.lines, *after))


def _lines(file: SourceFile, first: int, last: int) -> tuple[str, ...]:
    return tuple(file.text.split("\n")[first - 1 : last])


def _is_writable(file: SourceFile, fix: Fix, whole: Replacement) -> bool:
    """Whether these lines may stand in a comment as they are, and leave a workflow behind."""
    if fix.elsewhere:
        return False  # one click would do half of it
    text = "\n".join(whole.lines)
    if len(text) > _LIMIT or mask_text(text) != text:
        return False
    if not text.replace("\n", "").replace("\t", "").isprintable():
        return False
    taken = "\n".join(_lines(file, whole.first, whole.last))
    if fix.safety is Safety.UNSAFE and mask_text(taken) != taken:
        return False  # a leaked key: taking it out of the file does not make it safe
    after = SourceFile(file.path, apply_edits(file.text, fix.edits))
    return not _problems(after) - _problems(file)


def _problems(file: SourceFile) -> set[str]:
    return {problem.message for problem in parse(file).problems}


def patch(file: SourceFile, fix: Fix) -> tuple[str, bool]:
    """The fix as a unified diff to read, and whether something had to be masked in it."""
    if replacement(file, fix) is None:
        return "", False
    after = SourceFile(file.path, apply_edits(file.text, fix.edits))
    rows = [row.replace("\r\n", "\n") for row in diff(file, after, file.path)]
    is_masked = rows[-1] == MASKED
    text = "".join(rows[:-1] if is_masked else rows).rstrip("\n")
    return (f"{text[:_LIMIT]}\n… (cut here)" if len(text) > _LIMIT else text), is_masked
