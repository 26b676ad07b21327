"""A file's change as a unified diff that Git applies; secrets are masked, which moves no line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import TypeAlias

from oidc_enforcer.masking import mask_text, redact
from oidc_enforcer.reporters.visible import visible
from oidc_enforcer.source import SourceFile

#: The last row of a diff in which something is masked.
MASKED = "(secrets are masked in this diff: only --write applies it)\n"
_CONTEXT = 3

#: What becomes of lines `i1` to `i2` of the old text and `j1` to `j2` of the new one, as `difflib`
#: says it: (tag, i1, i2, j1, j2).
_Step: TypeAlias = tuple[str, int, int, int, int]


def diff(before: SourceFile, after: SourceFile, name: str) -> Iterator[str]:
    """The rows of a diff of a file that Git calls `name`; its last line is ended."""
    old, new = _lines(before.text), _lines(after.text)
    shown_old, shown_new = (_lines(mask_text(one.text)) for one in (before, after))
    path = visible(redact(name))
    header = f"--- a/{path}\n+++ b/{path}\n"
    is_masked = False
    for hunk in _hunks(old, new):
        yield f"{header}@@ -{_range(hunk, 1)} +{_range(hunk, 3)} @@\n"
        header = ""
        for tag, i1, i2, j1, j2 in hunk:
            gone, come = ("", "") if tag == "equal" else ("-", "+")
            is_masked |= old[i1:i2] != shown_old[i1:i2] or new[j1:j2] != shown_new[j1:j2]
            yield from (_row(f"{gone or ' '}{line}") for line in shown_old[i1:i2])
            yield from (_row(f"{come}{line}") for line in shown_new[j1:j2] if come)
    if is_masked:
        yield MASKED


def _hunks(old: Sequence[str], new: Sequence[str]) -> Iterator[list[_Step]]:
    """The stretches that differ with the lines around them; what is alike at both ends is left."""
    most = min(len(old), len(new))
    head = next((at for at in range(most) if old[at] != new[at]), most)
    tail = next((at for at in range(most - head) if old[-1 - at] != new[-1 - at]), most - head)
    first, rest = max(0, head - _CONTEXT), max(0, tail - _CONTEXT)
    matcher = SequenceMatcher(None, old[first : len(old) - rest], new[first : len(new) - rest])
    for hunk in matcher.get_grouped_opcodes(_CONTEXT):
        yield [
            (tag, i1 + first, i2 + first, j1 + first, j2 + first) for tag, i1, i2, j1, j2 in hunk
        ]


def _range(hunk: Sequence[_Step], at: int) -> str:
    """First line and number of lines, as Git wants them: no number where it is one."""
    start, end = int(hunk[0][at]), int(hunk[-1][at + 1])
    count = end - start
    return f"{start + 1}" if count == 1 else f"{start + bool(count)},{count}"


def _lines(text: str) -> list[str]:
    """Lines as Git counts them, each with its break."""
    found = text.split("\n")
    lines = [line + "\n" for line in found[:-1]]
    return [*lines, found[-1]] if found[-1] else lines


def _row(row: str) -> str:
    if not row.endswith("\n"):
        return f"{_shown(row)}\n\\ No newline at end of file\n"
    return _shown(row[:-1]) + "\n"


def _shown(row: str) -> str:
    """Control characters made visible, but for tabs and the carriage return of a line's end."""
    end = "\r" if row.endswith("\r") else ""
    return "\t".join(visible(part) for part in row.removesuffix("\r").split("\t")) + end
