"""Where a comment may stand: on lines that a pull request's diff shows, in GitHub's own words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from tests.fakegithub.call import Refused
from tests.fakegithub.git import Change

_NOT_IN_DIFF = "Pull request review thread line must be part of the diff"
_OTHER_HUNK = "Pull request review thread start line must be part of the same hunk as the line."
_NO_HUNK = "Pull request review thread diff hunk can't be blank"
_NOT_BEFORE = "Pull request review thread start line must precede the end line."
_NO_FILE = "Pull request review thread path is invalid"


def hunks(patch: str, side: str) -> list[frozenset[int]]:
    """The lines that each hunk shows, as numbered on the right (new) or left (old) side."""
    found: list[frozenset[int]] = []
    shown: set[int] = set()
    at = 0
    for row in patch.split("\n"):
        if header := re.match(r"@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@", row):
            found.append(frozenset(shown))
            shown = set()
            at = int(header[2 if side == "RIGHT" else 1])
        elif row[:1] in (" ", "+" if side == "RIGHT" else "-"):
            shown.add(at)
            at += 1
    return [*found[1:], frozenset(shown)]


def refuse_bad_anchor(
    change: Change | None, comment: Mapping[str, Any], *, in_words: bool = False
) -> None:
    """Refuses a comment on lines that are not shown; `in_words`: as a review lists errors."""
    problem = _problem(change, comment)
    if problem:
        field = "path" if problem == _NO_FILE else "line"
        listed = {
            "resource": "PullRequestReviewComment",
            "code": "custom",
            "field": f"pull_request_review_thread.{field}",
            "message": problem.removeprefix("Pull request review thread "),
        }
        if in_words:
            raise Refused(422, "Unprocessable Entity", [problem])
        raise Refused(422, "Validation Failed", [listed])


def _problem(change: Change | None, comment: Mapping[str, Any]) -> str:
    if change is None:
        return _NO_FILE
    line, start = comment.get("line"), comment.get("start_line")
    if start is not None and line is not None and start >= line:
        return _NOT_BEFORE
    shown = hunks(change.patch or "", comment.get("side", "RIGHT"))
    for hunk in shown:
        if line in hunk:
            return "" if start is None or start in hunk else f"{_OTHER_HUNK}"
    said = (_NOT_IN_DIFF, _OTHER_HUNK, _NO_HUNK) if start is not None else (_NOT_IN_DIFF, _NO_HUNK)
    return ", ".join((*said[:-1], f"and {said[-1]}")) if len(said) > 2 else " and ".join(said)
