"""Tokenizer of PowerShell: a script in, simple commands out.

Follows about_Quoting_Rules, about_Operators and about_Redirection of learn.microsoft.com. As with
POSIX, nothing fails: an unclosed string ends with its line, deep nesting is plain text.
"""

from __future__ import annotations

import re

from oidc_enforcer.shell.patterns import Pattern
from oidc_enforcer.shell.powershell_quoting import add_escape, add_single
from oidc_enforcer.shell.simple import Assignment, Heredoc, Simple
from oidc_enforcer.shell.text import Text

MAX_DEPTH = 20

_BLANK = Pattern(r"(?:[ \t\r,]++|`\r?\n|<#(?:[^#]++|#(?!>))*+(?:#>|\Z)|#[^\n]*+)*+")
_BLANK_LINES = Pattern(r"(?:[ \t\r\n]++|`\r?\n)*+")
_REDIRECT = Pattern(r"([\d*]?)(>>?)(&\d)?")
_PLAIN_RUN = Pattern(r"[^ \t\r\n\"'`$|;&(){}<>,@]++|[$@]")
_SINGLE = Pattern(r"'((?:[^']++|'')*+)'")
_SINGLE_HERE = Pattern(r"@'[ \t\r]*+\n((?:[^\n]++|\n(?!'@))*+)(?:\n'@|\Z)")
_DOUBLE_HERE = Pattern(r"@\"[ \t\r]*+\n((?:[^\n]++|\n(?!\"@))*+)(?:\n\"@|\Z)")
_DOUBLE_RUN = Pattern(r'(?:[^"`$]++|\$(?!\())*+')
_ASSIGNMENT = Pattern(
    r"(?:\[[\w.\[\]]{1,60}\][ \t]*+)?\$\{?(env:|global:|script:|local:)?([A-Za-z_]\w*+)\}?"
    r"[ \t]*+\+?=(?!=)[ \t]*+",
    re.IGNORECASE,
)
_ENTRY = Pattern(r"[\"']?([A-Za-z_][\w.\-]*+)[\"']?[ \t]*+=[ \t]*+")
_STATIC_CALL = Pattern(r"\[[\w.]{1,60}\]::(\w++)[ \t]*+\(")
_KEYWORDS = frozenset(
    """if elseif else foreach for while do until switch function filter try catch finally trap param
    process begin end return throw exit class enum""".split()
)
_CLOSERS = {"(": ")", "{": "}"}


class PowerShell:
    """One pass over a script.

    Besides `simples`: `entries` are the pairs of hash tables (table, name, start, value) and
    `calls` those of static methods (name, argument ranges, start, end).
    """

    reads = Pattern(
        r"\$\{?(?:(?:env|global|script|local|private|using):)?([A-Za-z_]\w*+)", re.IGNORECASE
    )
    echo_escapes = False
    sigils = "$"
    folds_case = True
    blank_unsets = True

    def __init__(self, masked: str, plain: str) -> None:
        self.masked = masked
        self.plain = plain
        self.end = len(masked)
        self.simples: list[Simple] = []
        self.entries: list[tuple[int, str, int, tuple[int, int]]] = []
        self.calls: list[tuple[str, list[tuple[int, int]], int, int]] = []
        self._built: dict[tuple[int, int], Text] = {}
        self._broken = False

    def run(self) -> None:
        """Reads everything."""
        at = 0
        while at < self.end:
            at = self._statements(at, "", 0) + 1

    def text(self, start: int, end: int) -> Text:
        """The word that is written at `[start, end)`, quotes taken off."""
        built = self._built.get((start, end))
        return built or Text.of(self.masked[start:end], self.plain[start:end], start)

    def body(self, heredoc: Heredoc) -> Text:
        """PowerShell has no heredocs that feed commands."""
        return self.text(heredoc.start, heredoc.end)

    def _statements(self, at: int, closer: str, depth: int, *, table: bool = False) -> int:
        """Reads statements up to `closer`; returns where that stands."""
        start = at
        while at < self.end:
            at = self._statement(at, closer, depth, start if table else -1)
            if at >= self.end or self.masked[at] == closer:
                return at
            at += 1
        return at

    def _statement(self, at: int, closer: str, depth: int, table: int) -> int:
        """Reads a statement; returns where its separator, or the closing bracket, stands."""
        masked = self.masked
        at = self._skip(at)
        start = at
        entry = _ENTRY.match(masked, at, self.end) if table >= 0 else None
        assigned = entry or _ASSIGNMENT.match(masked, at, self.end)
        if assigned is None and (called := _STATIC_CALL.match(masked, at, self.end)):
            at = self._static_call(called, start, depth)
        first = len(self.simples)
        value = assigned.end() if assigned else at
        at = last = value
        source = -1
        while True:
            at, last, source = self._pipeline_part(
                at, last, closer, depth, source=source, is_value=bool(assigned)
            )
            if at >= self.end or masked[at] != "|" or masked.startswith("||", at):
                break
            at = self._skip_lines(at + 1)
        if entry and last > value:
            self.entries.append((table, entry[1], start, (value, last)))
        elif assigned and last > value:
            self._assign(assigned, start, value, last, is_command=len(self.simples) > first)
        return at

    def _assign(
        self, assigned: re.Match[str], start: int, value: int, last: int, *, is_command: bool
    ) -> None:
        masked, plain = self.masked, self.plain
        text = Text.of(masked[start:value], plain[start:value], start)
        text.extend(self.text(value, last))
        if is_command:
            text.substitutions = [(value - start, text.length)]
        self._built[(start, last)] = text
        simple = Simple()
        exported = (assigned[1] or "").lower() == "env:"
        simple.assignments.append(Assignment(assigned[2], start, value, last, exported))
        self.simples.append(simple)

    def _skip(self, at: int) -> int:
        match = _BLANK.match(self.masked, at, self.end)
        return match.end() if match else at

    def _skip_lines(self, at: int) -> int:
        match = _BLANK_LINES.match(self.masked, at, self.end)
        return match.end() if match else at

    def _pipeline_part(
        self, at: int, last: int, closer: str, depth: int, *, source: int, is_value: bool
    ) -> tuple[int, int, int]:
        """Reads words up to a separator.

        Tells where that stands, where the last word ends, and the index of the command read.
        """
        masked = self.masked
        simple = Simple(depth)
        redirect = ""
        called = False
        while (at := self._skip(at)) < self.end:
            char = masked[at]
            if char == "&" and not simple.texts and not masked.startswith("&&", at):
                called, at = True, at + 1
                continue
            if char in ("\n", ";", "|", "&", ")", "}") or char == closer:
                if char in (")", "}") and char != closer and not closer:
                    at += 1
                    continue
                break
            if found := _REDIRECT.match(masked, at, self.end):
                redirect = "" if found[3] or found[1] not in ("", "1", "*") else found[2]
                at = found.end()
                if not redirect and not found[3]:
                    at, _ = self._word(self._skip(at), depth)
                continue
            end, text = self._word(at, depth)
            if redirect:
                simple.out, redirect = (at, end), ""
            else:
                simple.append(text.plain, at, end)
                last = end
            self._built[(at, end)] = text
            at = end
        piped = masked.startswith("|", at) and not masked.startswith("||", at)
        if source >= 0:
            simple.source = (source, source + 1)
        return at, last, self._file(simple, piped=piped, called=called, is_value=is_value)

    def _file(self, simple: Simple, *, piped: bool, called: bool, is_value: bool) -> int:
        if not simple.texts or simple.texts[0].lower() in _KEYWORDS:
            return -1
        first = self.masked[simple.starts[0]]
        simple.is_expression = not (called or first.isalpha() or first in "./\\_~")
        if simple.is_expression and is_value and not piped:
            return -1
        simple.piped = piped
        self.simples.append(simple)
        return len(self.simples) - 1

    def _static_call(self, called: re.Match[str], start: int, depth: int) -> int:
        """Reads the arguments of `[Type]::Method(…)`; returns where the statement goes on."""
        arguments: list[tuple[int, int]] = []
        at = called.end()
        begin = -1
        end = at
        while at < self.end:
            at = self._skip_lines(at)
            char = self.masked[at : at + 1]
            if char in (",", ")", ";", "") or char in "|&}":
                if begin >= 0:
                    arguments.append((begin, end))
                    begin = -1
                if char != ",":
                    break
                at += 1
                continue
            end, text = self._word(at, depth)
            self._built[(at, end)] = text
            begin = at if begin < 0 else begin
            at = end
        if self.masked.startswith(")", at):
            at += 1
        self.calls.append((called[1], arguments, start, at))
        return at

    # Words

    def _word(self, at: int, depth: int) -> tuple[int, Text]:
        start, text = at, Text()
        while at < self.end:
            end = self._piece(at, start, text, depth)
            if end == at:
                break
            at = end
        if at == start:
            at = start + 1
            text.add(self.masked[start:at], self.plain[start:at], start)
        return at, text

    def _piece(self, at: int, start: int, text: Text, depth: int) -> int:
        masked, char = self.masked, self.masked[at]
        if char == "@" and at == start:
            here = _DOUBLE_HERE.match(masked, at, self.end)
            found = here or _SINGLE_HERE.match(masked, at, self.end)
            if found:
                a, b = found.span(1)
                text.add(masked[a:b], self.plain[a:b], a, live=here is not None)
                return found.end()
        if char == "'":
            found = _SINGLE.match(masked, at, self._line_end(at) if self._broken else self.end)
            self._broken = self._broken or found is None
            return add_single(text, masked, self.plain, at, found, self._line_end(at))
        if char == '"':
            return self._double(at + 1, text, depth)
        if char == "`":
            return add_escape(text, masked, self.plain, at, self.end)
        width = 2 if char in "$@" and masked.startswith(("(", "{"), at + 1) else 1
        bracket = masked[at + width - 1]
        if bracket == "(" or (bracket == "{" and (at == start or width == 2)):
            return self._nested(at, width, text, depth, is_name=masked.startswith("${", at))
        if match := _PLAIN_RUN.match(masked, at, self.end):
            text.add(match[0], self.plain[at : match.end()], at)
            return match.end()
        return at

    def _nested(self, at: int, width: int, text: Text, depth: int, *, is_name: bool) -> int:
        masked, opening = self.masked, at + width
        if is_name:
            close = masked.find("}", at, min(at + 80, self.end))
            end = close + 1 if close >= 0 else opening
        elif depth >= MAX_DEPTH:
            end = opening
        else:
            closer = _CLOSERS[masked[opening - 1]]
            table = masked.startswith("@{", at)
            end = min(self._statements(opening, closer, depth + 1, table=table) + 1, self.end)
            length = text.length
            if masked[at] in "$(":
                text.substitutions.append((length + width, length + max(end - at - 1, width)))
        text.add(masked[at:end], self.plain[at:end], at)
        return end

    def _line_end(self, at: int) -> int:
        found = self.masked.find("\n", at, self.end)
        return self.end if found < 0 else found

    def _double(self, at: int, text: Text, depth: int) -> int:
        start, length, simples = at, text.length, len(self.simples)
        outer = self.end
        if self._broken:
            self.end = self._line_end(at)
        while at < self.end:
            if match := _DOUBLE_RUN.match(self.masked, at, self.end):
                text.add(match[0], self.plain[at : match.end()], at)
                at = match.end()
            char = self.masked[at] if at < self.end else ""
            if char == "`":
                at = add_escape(text, self.masked, self.plain, at, self.end)
            elif char == "$":
                at = self._nested(at, 2, text, depth, is_name=False)
            elif char and self.masked.startswith('""', at):
                text.add('"', '"', at + 1)
                at += 2
            elif char:
                self.end = outer
                return at + 1
        at, self.end = self.end, outer
        if self._broken:
            return at
        self._broken = True
        text.truncate(length)
        del self.simples[simples:]
        return self._double(start, text, depth)
