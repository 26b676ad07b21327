"""Tokenizer of cmd.exe batch scripts: a script in, simple commands out.

Follows `help cmd`, `help set` and `help echo` of Windows.
"""

from __future__ import annotations

import re

from oidc_enforcer.shell.patterns import Pattern
from oidc_enforcer.shell.simple import Assignment, Heredoc, Simple
from oidc_enforcer.shell.text import Text

_JOINED_LINE = Pattern(r"(?:[^\n^]++|\^\r?\n|\^.|\^)*+")
_PIECE = Pattern(r'"[^"\n]*+"?|\^.|(\d?>>?&?|<)|(&&|\|\||[&|])|[^"^<>&|]', re.DOTALL)
_WORD = Pattern(r'(?:"[^"\n]*+"?|\^[^\r\n]|[^ \t\r\n,;"^])++')
_BLANKS = Pattern(r"(?:[ \t\r\n@,;]|\^\r?\n)*+")
_MAX_BLOCKS = 50
_ECHO = Pattern(r"echo(?:[.:(/\\]|(?=[ \t\r\n])|\Z)[ \t]?", re.IGNORECASE)
_SET = Pattern(r"set[ \t]++(?!/[aApP])(\"?)([^=\s\"][^=\n\"]*+)=", re.IGNORECASE)
_SETX = Pattern(r"setx[ \t]++", re.IGNORECASE)
_COMMENT = Pattern(r"rem\b|:", re.IGNORECASE)
_DO = Pattern(r"\bdo\b", re.IGNORECASE)
_ONE_WORD_TESTS = frozenset({"exist", "defined", "errorlevel", "cmdextversion"})


class Cmd:
    """One pass over a script; the result is in `simples`."""

    reads = Pattern(r"%([A-Za-z_]\w*+)(?::[^%\n]*+)?%|!([A-Za-z_]\w*+)!")
    echo_escapes = False
    sigils = "%!"
    folds_case = True
    blank_unsets = True

    def __init__(self, masked: str, plain: str) -> None:
        self.masked = masked
        self.plain = plain
        self.simples: list[Simple] = []
        #: Numbers of commands read when each open parenthesis was met.
        self._blocks: list[int] = []
        self._closed_block: int | None = None

    def run(self) -> None:
        """Reads everything."""
        at = 0
        while at < len(self.masked):
            match = _JOINED_LINE.match(self.masked, at)
            end = match.end() if match else at
            self._line(at, end)
            at = end + 1

    def text(self, start: int, end: int) -> Text:
        """The word that is written at `[start, end)`, without quotes and carets."""
        text = Text()
        if end - start > 1 and self.masked[start] == '"' == self.masked[end - 1]:
            start, end = start + 1, end - 1
        done = start
        while (caret := self.masked.find("^", done, end)) >= 0:
            text.add(self.masked[done:caret], self.plain[done:caret], done)
            done = caret + 1
            kept = min(done + 1, end)
            text.add(self.masked[done:kept], self.plain[done:kept], done)
            done = kept
        text.add(self.masked[done:end], self.plain[done:end], done)
        return text

    def body(self, heredoc: Heredoc) -> Text:
        """Batch scripts have no heredocs."""
        return self.text(heredoc.start, heredoc.end)

    def _line(self, at: int, end: int) -> None:
        piped = False
        while at < end:
            start = self._parentheses(at, end)
            if _COMMENT.match(self.masked, start, end):
                return
            stop, redirects, operator = self._command_end(start, end)
            first = len(self.simples)
            self._command(start, stop, redirects)
            if len(self.simples) > first:
                simple = self.simples[-1]
                simple.source = (first - 1, first) if piped and first else None
                simple.piped = piped = operator == "|"
            at = stop + max(len(operator), 1)

    def _blanks(self, at: int, end: int) -> int:
        match = _BLANKS.match(self.masked, at, end)
        return match.end() if match else at

    def _parentheses(self, at: int, end: int) -> int:
        """Skips blanks and parentheses, and keeps account of blocks."""
        self._closed_block = None
        while (at := self._blanks(at, end)) < end and self.masked[at] in "()":
            if self.masked[at] == "(":
                self._blocks.append(len(self.simples))
            else:
                self._close_block()
            at += 1
        return at

    def _close_block(self) -> None:
        if self._blocks:
            first = self._blocks.pop()
            self._closed_block = first if len(self._blocks) < _MAX_BLOCKS else None

    def _redirect_block(self, out: tuple[int, int] | None) -> None:
        if self._closed_block is None or out is None:
            return
        for simple in self.simples[self._closed_block :]:
            if simple.out is None and not simple.piped:
                simple.out = out

    def _command_end(self, at: int, end: int) -> tuple[int, list[tuple[int, int]], str]:
        """Where a command ends, where its redirections begin and end, and the operator."""
        redirects: list[tuple[int, int]] = []
        for match in _PIECE.finditer(self.masked, at, end):
            if match[1]:
                redirects.append(match.span(1))
            elif match[2] and not (redirects and match.start() < redirects[-1][1]):
                return match.start(), redirects, match[2]
        return end, redirects, ""

    def _command(self, start: int, end: int, redirects: list[tuple[int, int]]) -> None:
        simple = Simple()
        cut = end
        for a, b in reversed(redirects):
            word = _WORD.match(self.masked, self._blanks(b, end), end)
            is_out = self.masked[a:b] in (">", ">>", "1>", "1>>")
            if word and is_out and simple.out is None:
                simple.out = (word.start(), self._trimmed(word.start(), word.end()))
            if a == start and word:
                # `>>file echo text`
                start = self._blanks(word.end(), end)
            else:
                cut = a
        if cut <= start:
            self._redirect_block(simple.out)
            return
        self._words(simple, self._run_command(start, cut), cut)
        self._redirect_block(simple.out)

    def _trimmed(self, start: int, end: int) -> int:
        while end > start + 1 and self.masked[end - 1] == ")":
            end -= 1
        return end

    def _run_command(self, at: int, end: int) -> int:
        """Where the command stands that `if …` or `for … do` runs."""
        for _ in range(6):
            at = self._parentheses(at, end)
            word = _WORD.match(self.masked, at, end)
            name = word[0].lower() if word else ""
            if name in ("call", "else", "start"):
                at += len(name)
            elif name == "for" and (found := _DO.search(self.masked, at, end)):
                at = found.end()
            elif name == "if":
                at = self._behind_test(at + 2, end)
            else:
                break
        return at

    def _behind_test(self, at: int, end: int) -> int:
        """Skips `[/i] [not] exist f`, `a==b` or `a equ b`."""
        left = 0
        while word := _WORD.match(self.masked, self._blanks(at, end), end):
            at = word.end()
            name = word[0].lower()
            if left:
                left -= 1
            elif name in ("not", "/i"):
                continue
            elif name in _ONE_WORD_TESTS:
                left = 1
            else:
                left = 0 if "==" in name else 2
            if not left:
                break
        return at

    def _words(self, simple: Simple, at: int, end: int) -> None:
        masked, plain = self.masked, self.plain
        while end > at and masked[end - 1] in " \t\r\n":
            end -= 1
        if found := _SET.match(masked, at, end):
            closing = masked.rfind('"', found.end(), end) if found[1] else -1
            stop = closing if closing >= 0 else self._closed(found.end(), end)
            start = found.start(2)
            name = plain[start : found.end(2)].strip()
            simple.assignments.append(Assignment(name, start, found.end(), stop, exported=True))
            simple.append(plain[at : at + 3], at, at + 3)
            simple.append(plain[start:stop], start, stop)
        elif found := _ECHO.match(masked, at, end):
            simple.append("echo", at, at + 4)
            stop = self._closed(found.end(), end) if self._blocks else end
            if stop > found.end():
                simple.append(self.text(found.end(), stop).plain, found.end(), stop)
        else:
            for match in _WORD.finditer(masked, at, end):
                start, stop = match.span()
                stop = self._closed(start, stop) if self._blocks else stop
                simple.append(self.text(start, stop).plain, start, stop)
            if _SETX.match(masked, at, end) and len(simple.texts) > 2:
                start, stop = simple.starts[2], simple.ends[2]
                quoted = masked[start] == '"' == masked[stop - 1] and stop - start > 1
                place = (simple.starts[1], start + quoted, stop - quoted)
                simple.assignments.append(Assignment(simple.texts[1], *place, exported=True))
        if simple.texts:
            self.simples.append(simple)

    def _closed(self, start: int, end: int) -> int:
        """Without the parenthesis that closes a block on the same line, which opened before."""
        text = self.masked[start:end]
        unmatched = text.count(")") - text.count("(")
        while unmatched > 0 and end > start and self.masked[end - 1] in ") ":
            if self.masked[end - 1] == ")":
                unmatched -= 1
                self._close_block()
            end -= 1
        return end
