"""Tokenizer of POSIX sh and bash: a script in, simple commands out.

It follows the Shell Command Language of POSIX.1-2017 (XCU chapter 2) and the Bash manual for
here-strings, `[[ ]]`, arrays, process substitution and `&>`. It never fails: a quote that is never
closed ends with its line, and nesting beyond MAX_DEPTH is read as plain characters.
"""

from __future__ import annotations

import re

from oidc_enforcer.shell.heredocs import HeredocIndex
from oidc_enforcer.shell.levels import Level
from oidc_enforcer.shell.patterns import Pattern
from oidc_enforcer.shell.quoting import (
    SINGLE_QUOTED,
    add_backslash,
    add_double,
    add_nested,
    add_single,
    dequoted,
    line_end,
)
from oidc_enforcer.shell.simple import Heredoc, Simple
from oidc_enforcer.shell.text import Text

MAX_DEPTH = 20

_PLAIN = r"[^ \t\r\n'\"\\`$|&;()<>]"
_DOUBLE = r'"(?:[^"\\`$]++|\\.|\$(?![({])|\$\{\w++\})*+"'
_VARIABLE = r"\$\{\w++\}|\$(?![({'\"])"
_NEWLINE, _COMMENT, _REDIRECT, _WORD, _QUOTED, _OPERATOR, _OTHER = range(1, 8)
# NOTE: every repetition is possessive and alternatives begin with different characters, so that
# no input can make this backtrack.
_TOKEN = Pattern(
    r"(?:[ \t\r]++|\\\r?\n)*+(?:(\n)"
    r"|(#[^\n]*+)"
    r"|(\d*+(?:<<<|<<-?|>>|<&|>&|<>|>\||[<>](?!\())|&>>?)"
    rf"|((?:{_PLAIN}++|{_VARIABLE})++(?![\"'\\`$]))"
    rf"|((?:{_PLAIN}++|'[^']*+'|{_DOUBLE}|{_VARIABLE}|\\[^\r\n])++(?![\"'\\`$]))"
    r"|(&&|\|\||\|&|;;&|;;|;&|[|&;()])"
    r"|(.)|\Z)",
    re.DOTALL,
)
_PLAIN_RUN = Pattern(rf"{_PLAIN}++")
_DOUBLE_RUN = Pattern(r'(?:[^"\\`$]++|\\.|\$(?![({]))*+', re.DOTALL)
_HEREDOC_RUN = Pattern(r"(?:[^\\`$]++|\\.|\$(?![({]))*+", re.DOTALL)
_BRACE_RUN = Pattern(r"(?:[^}\"'\\`$]++|\\.|\$(?![({]))*+", re.DOTALL)
_BACKTICKS = Pattern(r"`((?:[^`\\]++|\\.)*+)`", re.DOTALL)
_ANSI = Pattern(r"\$'((?:[^'\\]++|\\.)*+)'", re.DOTALL)
_ARITHMETIC = Pattern(r"\$?\(\((?:[^()]++|\((?:[^()]++|\([^()]*+\))*+\))*+\)\)")


class Posix:
    """One pass over a script, or over `[start, end)` of it; the result is in `simples`."""

    reads = Pattern(r"\$(?:\{[!#]?)?([A-Za-z_]\w*)")
    sigils = "$"
    folds_case = False
    blank_unsets = False

    def __init__(self, masked: str, plain: str, *, echo_escapes: bool = False) -> None:
        self.masked = masked
        self.plain = plain
        self.end = len(masked)
        self.echo_escapes = echo_escapes
        self.simples: list[Simple] = []
        self.pending: list[tuple[Simple, str, bool, bool]] = []
        #: Files that the script has opened under a number of its own.
        self.descriptors: dict[str, tuple[int, int]] = {}
        self._built: dict[int, Text] = {}
        self._bodies: dict[int, Text] = {}
        self._index: HeredocIndex | None = None
        #: Set by the first quote that is never closed; from then on quotes end with their line.
        self._broken = False

    def run(self) -> list[Simple]:
        """Reads everything."""
        at = 0
        while at < self.end:
            at, _ = self.commands(at, "", 0)
        return self.simples

    def commands(
        self, at: int, closer: str, depth: int, *, quiet: bool = False
    ) -> tuple[int, bool]:
        """Reads commands up to `closer`: where it goes on, and whether `closer` was met."""
        level = Level(self, closer, depth, quiet=quiet)
        masked, plain = self.masked, self.plain
        going = True
        while going:
            going = False
            for match in _TOKEN.finditer(masked, at, self.end):
                kind = match.lastindex
                if kind == _WORD:
                    start, end = match.span(_WORD)
                    if level.is_open:
                        level.current.append(plain[start:end], start, end)
                    else:
                        level.word(plain[start:end], start, end)
                    continue
                if kind == _QUOTED:
                    start, end = match.span(_QUOTED)
                    level.word(self._unquoted(start, end), start, end, quoted=True)
                    continue
                at = self._token(level, kind or 0, match)
                if at < 0:
                    return ~at, True
                if at:
                    going = True
                    break
        level.flush()
        return self.end, False

    def _token(self, level: Level, kind: int, match: re.Match[str]) -> int:
        """Where to go on: 0 for the next token, `~offset` when the level has been closed."""
        if kind == _NEWLINE:
            level.newline()
            return self._heredocs(match.end()) if self.pending else 0
        if kind == _REDIRECT:
            level.redirect(match[_REDIRECT])
        elif kind == _OPERATOR:
            return level.operator(match[_OPERATOR], match.start(_OPERATOR))
        elif kind == _OTHER:
            start = match.start(_OTHER)
            text = Text()
            end = self._word(start, text, level.depth)
            self._built[start] = text
            level.word(text.plain, start, end, quoted=True)
            return end
        return 0

    # Words

    def text(self, start: int, end: int) -> Text:
        """The word that is written at `[start, end)`, quotes taken off."""
        built = self._built.get(start)
        if built is not None:
            return built
        return dequoted(self.masked, self.plain, start, end)

    def extend_word(self, start: int, end: int) -> None:
        """Makes the raw text of `[start, end)` a word, as an array's parentheses do."""
        self._built[start] = Text.of(self.masked[start:end], self.plain[start:end], start)

    def _unquoted(self, start: int, end: int) -> str:
        masked = self.masked
        quote = masked[start]
        if quote in "\"'" and masked.find(quote, start + 1) == end - 1:
            raw = self.plain[start + 1 : end - 1]
            if quote == "'" or "\\" not in raw:
                return raw
        return self.text(start, end).plain

    def _word(self, at: int, text: Text, depth: int) -> int:
        """Reads a word that the token pattern could not take at once; returns where it ends."""
        masked, start = self.masked, at
        while at < self.end:
            char = masked[at]
            if char == '"':
                at = self._double(at + 1, text, depth)
            elif char == "'":
                at = add_single(text, masked, self.plain, at + 1, self.end)
            elif char == "\\":
                at = add_backslash(text, masked, self.plain, at, self.end)
            elif char == "$":
                at = self._dollar(at, text, depth, quoted=False)
            elif char == "`":
                at = self._backticks(at, text, depth)
            elif match := _PLAIN_RUN.match(masked, at, self.end):
                text.add(match[0], self.plain[at : match.end()], at)
                at = match.end()
            elif char in "<>" and at == start and masked.startswith("(", at + 1):
                at = self._substitution(at, text, depth)
            else:
                break
        return max(at, start + 1)

    def _double(self, at: int, text: Text, depth: int) -> int:
        return self._quoted(at, text, depth, _DOUBLE_RUN, '"')

    def _quoted(self, at: int, text: Text, depth: int, run: Pattern, closer: str) -> int:
        """Reads on to behind `closer`, which if it never comes is taken for the line's end."""
        length, simples, pending = text.length, len(self.simples), len(self.pending)
        outer = self.end
        if self._broken:
            self.end = line_end(self.masked, at, self.end)
        end, closed = self._run(at, text, depth, run, closer)
        self.end = outer
        if closed or self._broken:
            return end
        self._broken = True
        text.truncate(length)
        del self.simples[simples:], self.pending[pending:]
        self._built = {key: built for key, built in self._built.items() if key < at}
        return self._quoted(at, text, depth, run, closer)

    def _run(self, at: int, text: Text, depth: int, run: Pattern, closer: str) -> tuple[int, bool]:
        while at < self.end:
            if match := run.match(self.masked, at, self.end):
                add_double(text, self.masked, self.plain, at, match.end())
                at = match.end()
            if at >= self.end:
                break
            char = self.masked[at]
            if char == closer:
                if closer == "}":
                    text.add("}", "}", at)
                return at + 1, True
            at = self._special(char, at, text, depth)
        return self.end, False

    def _special(self, char: str, at: int, text: Text, depth: int) -> int:
        if char == "$":
            return self._dollar(at, text, depth, quoted=True)
        if char == "`":
            return self._backticks(at, text, depth)
        if char == "\\":
            return at + 1
        # Only inside `${…}`, where quotes are kept as written.
        end = at + 1
        if char == '"' and depth < MAX_DEPTH:
            end = self._double(at + 1, Text(), depth + 1)
        elif char == "'":
            match = SINGLE_QUOTED.match(self.masked, at, line_end(self.masked, at, self.end))
            end = match.end() if match else end
        text.add(self.masked[at:end], self.plain[at:end], at)
        return end

    def _dollar(self, at: int, text: Text, depth: int, *, quoted: bool) -> int:
        masked = self.masked
        follower = masked[at + 1] if at + 1 < self.end else ""
        if follower == "(":
            if match := _ARITHMETIC.match(masked, at, self.end):
                text.add(match[0], self.plain[at : match.end()], at)
                return match.end()
            return self._substitution(at, text, depth)
        if follower == "{" and depth < MAX_DEPTH:
            text.add("${", "${", at)
            return self._quoted(at + 2, text, depth + 1, _BRACE_RUN, "}")
        if not quoted and follower == "'" and (match := _ANSI.match(masked, at, self.end)):
            a, b = match.span(1)
            text.extend(Text.of(masked[a:b], self.plain[a:b], a, live=False).unescaped())
            return match.end()
        if not quoted and follower == '"':
            return at + 1
        text.add("$", "$", at)
        return at + 1

    def _substitution(self, at: int, text: Text, depth: int) -> int:
        """Reads `$(…)`, `<(…)` or `>(…)`."""
        if depth >= MAX_DEPTH:
            text.add(self.masked[at : at + 2], self.plain[at : at + 2], at, live=False)
            return at + 2
        end, closed = self.commands(at + 2, ")", depth + 1)
        add_nested(text, self.masked, self.plain, at, end, end - closed)
        return end

    def _backticks(self, at: int, text: Text, depth: int) -> int:
        match = _BACKTICKS.match(self.masked, at, self.end)
        if match is None or depth >= MAX_DEPTH:
            end = at + 1 if match is None else match.end()
            text.add(self.masked[at:end], self.plain[at:end], at, live=False)
            return end
        start, end = match.span(1)
        if "\\" in match[1]:
            script = Simple(depth + 1)
            script.script = Text()
            add_double(script.script, self.masked, self.plain, start, end)
            self.simples.append(script)
        else:
            outer, self.end = self.end, end
            self.commands(start, "", depth + 1)
            self.end = outer
        add_nested(text, self.masked, self.plain, at, match.end(), end)
        return match.end()

    # Heredocs

    def _heredocs(self, at: int) -> int:
        if self._index is None:
            self._index = HeredocIndex(self.masked)
        pending, self.pending = self.pending, []
        for simple, word, strips_tabs, live in pending:
            start = at
            body_end, at = self._index.find(word, at, self.end, strips_tabs=strips_tabs)
            if body_end >= 0:
                simple.stdin.append(Heredoc(start, body_end, live))
        return at

    def body(self, heredoc: Heredoc) -> Text:
        """What a heredoc feeds to its command; commands substituted in it join `simples`."""
        known = self._bodies.get(heredoc.start)
        if known is None:
            known = self._bodies[heredoc.start] = self._body(heredoc)
        return known

    def _body(self, heredoc: Heredoc) -> Text:
        start, end = heredoc.start, heredoc.end
        masked, plain = self.masked[start:end], self.plain[start:end]
        if not heredoc.live or not ("$(" in masked or "`" in masked or "\\" in masked):
            return Text.of(masked, plain, start, live=heredoc.live)
        text = Text()
        outer, self.end = self.end, end
        self._run(start, text, 1, _HEREDOC_RUN, "")
        self.end = outer
        return text
