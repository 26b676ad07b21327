"""Where the lines stand that end heredocs."""

from __future__ import annotations

from bisect import bisect_left


class HeredocIndex:
    """All lines of a script by their text, so that a thousand heredocs cost one pass."""

    def __init__(self, masked: str) -> None:
        self._exact: dict[str, list[tuple[int, int]]] = {}
        self._tabbed: dict[str, list[tuple[int, int]]] = {}
        self._loose: dict[str, list[tuple[int, int]]] = {}
        self._has_run_to_end = False
        at = 0
        for line in masked.split("\n"):
            whole = line.removesuffix("\r")
            tabbed = whole.lstrip("\t")
            word = whole.strip(" \t").rstrip("`)\"';")
            self._exact.setdefault(whole, []).append((at, at + len(whole)))
            self._tabbed.setdefault(tabbed, []).append((at, at + len(whole)))
            self._loose.setdefault(word, []).append((at, at + line.find(word) + len(word)))
            at += len(line) + 1

    def find(self, word: str, at: int, end: int, *, strips_tabs: bool) -> tuple[int, int]:
        """Where the body ends and where reading goes on, for a body that begins at `at`.

        A last line that is indented, or followed by a closing parenthesis, is accepted when there
        is no exact one. When there is none at all, the first such heredoc runs to the end, as in
        bash; reading goes on right behind its word, and later ones (-1) have no body.
        """
        for lines in (self._tabbed if strips_tabs else self._exact, self._loose):
            places = lines.get(word, [])
            found = bisect_left(places, (at, 0))
            if found < len(places) and places[found][1] <= end:
                return places[found]
        if self._has_run_to_end:
            return -1, at
        self._has_run_to_end = True
        return end, at
