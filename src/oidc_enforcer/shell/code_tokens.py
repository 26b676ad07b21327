"""Tokens of Python and JavaScript, as far as finding names, strings and brackets needs them."""

from __future__ import annotations

import re

from oidc_enforcer.shell.patterns import Pattern
from oidc_enforcer.shell.simple import Heredoc, Simple
from oidc_enforcer.shell.text import Text

_DOUBLE = r'"(?:[^"\\\n]++|\\.)*+(?:"|(?=\n)|\Z)'
_SINGLE = r"'(?:[^'\\\n]++|\\.)*+(?:'|(?=\n)|\Z)"
_PYTHON = Pattern(
    r"[ \t\r]*+(?:\\\r?\n[ \t]*+)*+(?:(#[^\n]*+)"
    r'|((?:[rRbBuUfF]{1,2})?(?:"""(?:[^"\\]++|\\.|"(?!""))*+(?:"""|\Z)'
    rf"|'''(?:[^'\\]++|\\.|'(?!''))*+(?:'''|\Z)|{_DOUBLE}|{_SINGLE}))"
    r"|([^\W\d]\w*+)|(\n)|(\d[\w.]*+|[=!<>+\-*/|&^%]=|\|\||.)|\Z)",
    re.DOTALL,
)
_JAVASCRIPT = Pattern(
    r"[ \t\r]*+(?:(//[^\n]*+|/\*(?:[^*]++|\*(?!/))*+(?:\*/|\Z))"
    rf"|({_DOUBLE}|{_SINGLE})"
    r"|((?:[^\W\d]|\$)[\w$]*+)|(\n)|(\d[\w.]*+|[=!]==?|=>|[<>+\-*/|&?]+=|\?\.|.)|\Z)",
    re.DOTALL,
)
_COMMENT, _STRING, _NAME, _NEWLINE, _OPERATOR = range(1, 6)
# A regular expression's length is bounded, so that many slashes on one line stay cheap.
_REGEX = Pattern(r"/(?:[^/\\\n\[]|\\.|\[(?:[^\]\\\n]|\\.){0,100}+\]){1,200}+/[a-z]*+")
_BEFORE_REGEX = frozenset(
    [
        "(",
        ",",
        "=",
        ":",
        "[",
        "!",
        "&",
        "|",
        "?",
        "{",
        "}",
        ";",
        "=>",
        "&&",
        "||",
        "return",
        "==",
        "===",
        "!==",
        "!=",
    ]
) | {""}
_BEFORE_STATEMENT = frozenset({";", "{", "}", ":", ")", "const", "let", "var", "export"})
_TEMPLATE_RUN = Pattern(r"(?:[^`\\$]++|\\.|\$(?!\{))*+", re.DOTALL)
_CODE_RUN = Pattern(r"[^{}\"'`]++")
_QUOTED = Pattern(rf"{_DOUBLE}|{_SINGLE}", re.DOTALL)
_PREFIX = Pattern(r"[rRbBuUfF]{1,2}(?=[\"'])")
_PAIRS = {")": "(", "]": "[", "}": "{"}
_MAX_TEMPLATES = 20


class Tokens:
    """A program's tokens: `kinds` are "s" string, "n" name, "o" operator and "l" line end.

    `partners` gives the index of the bracket that belongs to a bracket, -1 where there is none;
    `around` the index of the innermost bracket that is open at a token.
    """

    reads = Pattern(
        r"environ(?:\.get\(|\.pop\(|\[)\s*+[\"'](\w++)|getenv\(\s*+[\"'](\w++)"
        r"|process\.env(?:\??\.|\[\s*+[\"'])(\w++)|\$?\{([^\W\d]\w*+)\}|\A([^\W\d]\w*+)\Z"
    )
    echo_escapes = False
    sigils = ""
    folds_case = False
    blank_unsets = False

    def __init__(self, masked: str, plain: str, *, python: bool) -> None:
        self.masked = masked
        self.plain = plain
        self.simples: list[Simple] = []
        self.kinds: list[str] = []
        self.words: list[str] = []
        self.starts: list[int] = []
        self.ends: list[int] = []
        self.partners: list[int] = []
        self.around: list[int] = []
        self._open: list[int] = []
        self._scan(_PYTHON if python else _JAVASCRIPT, python=python)

    def __len__(self) -> int:
        return len(self.kinds)

    def _scan(self, pattern: Pattern, *, python: bool) -> None:
        at, going = 0, True
        while going:
            going = False
            for match in pattern.finditer(self.masked, at):
                kind = match.lastindex or 0
                if kind in (0, _COMMENT):
                    continue
                start, end = match.span(kind)
                if not python and kind == _OPERATOR and match[kind] in ("`", "/", "/="):
                    end = self._template_or_regex(match[kind], start)
                    if end:
                        self._add("s", start, end)
                        at, going = end, True
                        break
                    end = match.end(kind)
                self._add("?snlo"[kind - 1], start, end)

    def _template_or_regex(self, word: str, start: int) -> int:
        if word == "`":
            return self._template(start + 1, 0)
        before = self.words[-1] if self.words else ""
        if before not in _BEFORE_REGEX:
            return 0
        match = _REGEX.match(self.masked, start)
        return match.end() if match else 0

    def _template(self, at: int, depth: int) -> int:
        masked = self.masked
        while at < len(masked):
            if match := _TEMPLATE_RUN.match(masked, at):
                at = match.end()
            if masked.startswith("`", at):
                return at + 1
            at = self._placeholder(at + 2, depth) if masked.startswith("${", at) else at + 1
        return len(masked)

    def _placeholder(self, at: int, depth: int) -> int:
        masked, braces = self.masked, 1
        while at < len(masked) and braces:
            char = masked[at]
            if char == "`" and depth < _MAX_TEMPLATES:
                at = self._template(at + 1, depth + 1)
            elif match := _CODE_RUN.match(masked, at) or _QUOTED.match(masked, at):
                at = max(match.end(), at + 1)
            else:
                braces += (char == "{") - (char == "}")
                at += 1
        return at

    def _add(self, kind: str, start: int, end: int) -> None:
        index = len(self.kinds)
        word = "" if kind == "s" else self.masked[start:end]
        self.kinds.append(kind)
        self.words.append(word)
        self.starts.append(start)
        self.ends.append(end)
        self.partners.append(-1)
        opening = _PAIRS.get(word) if kind == "o" else None
        if opening and self._open and self.words[self._open[-1]] == opening:
            opened = self._open.pop()
            self.partners[opened], self.partners[index] = index, opened
        self.around.append(self._open[-1] if self._open else -1)
        if kind == "o" and word in "([{" and word:
            self._open.append(index)

    def word(self, index: int) -> str:
        """The name or operator at `index`; empty for strings and beyond the end."""
        return self.words[index] if 0 <= index < len(self.words) else ""

    def kind(self, index: int) -> str:
        """The kind of the token at `index`; empty beyond the end."""
        return self.kinds[index] if 0 <= index < len(self.kinds) else ""

    def dotted(self, index: int) -> tuple[str, int]:
        """The dotted name that begins at `index`, and the index behind it."""
        parts = [self.words[index]]
        index += 1
        while self.word(index) in (".", "?.") and self.kind(index + 1) == "n":
            parts.append(self.words[index + 1])
            index += 2
        return ".".join(parts), index

    def begins_statement(self, index: int) -> bool:
        """Whether the token at `index` is the first of a statement, declarations aside."""
        return self.kind(index - 1) in ("", "l") or self.word(index - 1) in _BEFORE_STATEMENT

    def is_annotated(self, index: int) -> bool:
        """Whether the token at `index` is a variable whose type stands behind a colon."""
        is_keyword = self.word(index) in ("else", "try", "finally")
        return self.kind(index) == "n" and not is_keyword and self.begins_statement(index)

    def expression_end(self, index: int) -> int:
        """The index behind the expression that begins at `index`."""
        bracket = self.word(self.around[index]) if index < len(self) else ""
        lines_end = bracket in ("", "{")
        while index < len(self):
            word = self.words[index]
            if word in (",", ";", ")", "]", "}") or (lines_end and self.kinds[index] == "l"):
                break
            index = self.partners[index] + 1 if self.partners[index] > index else index + 1
        return index

    def text(self, start: int, end: int) -> Text:
        """What a string token at `[start, end)` holds, or the code there as written."""
        raw = self.masked[start:end]
        prefix = _PREFIX.match(raw)
        begin = prefix.end() if prefix else 0
        quote = raw[begin : begin + 1]
        if not quote or quote not in "\"'`":
            return Text.of(raw, self.plain[start:end], start)
        width = 3 if raw.startswith(quote * 3, begin) and quote != "`" else 1
        inner_end = end - width if raw.endswith(quote * width) and end - start > 1 else end
        first = min(start + begin + width, inner_end)
        letters = raw[:begin].lower()
        live = quote == "`" or "f" in letters
        text = Text.of(self.masked[first:inner_end], self.plain[first:inner_end], first, live=live)
        return text if "r" in letters else text.unescaped()

    def body(self, heredoc: Heredoc) -> Text:
        """Programs have no heredocs."""
        return self.text(heredoc.start, heredoc.end)
