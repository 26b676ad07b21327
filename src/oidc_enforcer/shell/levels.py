"""The state of one level of a POSIX script: which command, which keyword, which redirection.

A level is the script itself or the inside of one `$( )`, backtick pair or array.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from oidc_enforcer.shell.names import repeats
from oidc_enforcer.shell.patterns import Pattern
from oidc_enforcer.shell.simple import Assignment, Simple
from oidc_enforcer.shell.text import HOLE

if TYPE_CHECKING:
    from oidc_enforcer.shell.posix import Posix

_ASSIGNMENT = Pattern(rf"([A-Za-z_{HOLE}][\w{HOLE}]*+)(?:\[[^\]\n]*+\])?\+?=")
_FUNCTION = Pattern(r"\([ \t]*+\)")
_ARITHMETIC = Pattern(r"\(\((?:[^()]++|\((?:[^()]++|\([^()]*+\))*+\))*+\)\)")
_OPENERS = frozenset({"{", "if", "while", "until", "for", "select", "case"})
_CLOSERS = {
    "}": ("{",),
    "fi": ("if",),
    "esac": ("case",),
    "done": ("while", "until", "for", "select"),
}
_PLAIN_KEYWORDS = frozenset({"then", "else", "elif", "do", "!", "time", "coproc", "function"})
_KEYWORDS = _OPENERS | _CLOSERS.keys() | _PLAIN_KEYWORDS | {"[["}
_ANY_OUTPUT = frozenset({">", ">>", ">|", "&>", "&>>", ">&"})
#: Deeper blocks are read, but a redirection behind one is not handed to what is inside.
_MAX_BLOCKS = 50


class Level:
    """Takes tokens one by one and files finished commands with its reader.

    `mode` says what the next words are, when they are not a command's: the word behind `case`, its
    patterns, the head of `for`, a function's name, or the inside of `[[ ]]`.
    """

    def __init__(self, reader: Posix, closer: str, depth: int, *, quiet: bool) -> None:
        self.depth = depth
        self._reader = reader
        self._closer = closer
        self._quiet = quiet
        self.current = Simple(depth)
        #: Whether the next word is simply one more of the current command's.
        self.is_open = False
        self._mode = ""
        self._redirect = ""
        self._blocks: list[tuple[str, int]] = []
        self._closed: tuple[int, int] | None = None
        self._source: tuple[int, int] | None = None
        self._joined = False
        #: Where output goes that no command sends elsewhere, when the script has said so.
        self._out: tuple[int, int] | None = None

    def word(self, text: str, start: int, end: int, *, quoted: bool = False) -> None:
        """Takes a word: `text` is what the program gets, `[start, end)` where it is written."""
        current = self.current
        if self._redirect:
            self._redirected(text, start, end, quoted=quoted)
        elif self._mode:
            self._in_mode(text, start, end)
        elif current.texts:
            current.append(text, start, end)
        elif not quoted and text in _KEYWORDS and not current.assignments:
            self._keyword(text, start, end)
        elif "=" in text and (found := _ASSIGNMENT.match(self._reader.masked, start, end)):
            name = self._reader.plain[start : found.end(1)]
            current.assignments.append(Assignment(name, start, found.end(), end))
        else:
            self._closed = None
            current.append(text, start, end)
        self._joined = False
        self.is_open = bool(current.texts and not self._mode)

    def _in_mode(self, text: str, start: int, end: int) -> None:
        if self._mode == "test":
            self.current.append(text, start, end)
            if text == "]]":
                self._mode = ""
        elif self._mode == "case":
            self._mode = "pattern" if text == "in" else "case"
        elif self._mode == "pattern":
            if text == "esac":
                self._mode = ""
                self._close("esac")
        elif self._mode == "function" or text == "do":
            self._mode = ""
        elif "=" in text:
            self._exports(text, start, end)

    def _exports(self, text: str, start: int, end: int) -> None:
        """`for each in NAME=value …`: whatever the loop does, it brings the value to the name."""
        if not repeats(text.partition("=")[0]):
            return
        export = Simple(self.depth)
        export.append("export", start, start)
        export.append(text, start, end)
        self._reader.simples.append(export)

    def _keyword(self, text: str, start: int, end: int) -> None:
        if text == "[[":
            self._mode = "test"
            self.current.append(text, start, end)
        elif text in _OPENERS:
            self._open(text)
            if text in ("case", "for", "select"):
                self._mode = "case" if text == "case" else "for"
        elif text in _CLOSERS:
            self._close(text)
        elif text == "function":
            self._mode = "function"

    def _open(self, kind: str) -> None:
        self._blocks.append((kind, len(self._reader.simples)))
        self._source = None
        self._closed = None

    def _close(self, word: str) -> None:
        if self._blocks and self._blocks[-1][0] in _CLOSERS.get(word, ("(",)):
            _, first = self._blocks.pop()
            if len(self._blocks) < _MAX_BLOCKS:
                self._closed = (first, len(self._reader.simples))

    def newline(self) -> None:
        """The end of a line; inside `[[ ]]` it goes on only behind `&&` and `||`."""
        self._redirect = ""
        self.is_open = False
        if self._mode == "test" and not self._joined:
            self._mode = ""
        if self._mode in ("", "for", "function"):
            if self._mode == "for":
                self._mode = ""
            if not self._mode:
                self.flush()

    def redirect(self, operator: str) -> None:
        """A redirection; the word to come says where."""
        self._redirect = "" if self._mode in ("test", "pattern") else operator
        self.is_open = False

    def _redirected(self, text: str, start: int, end: int, *, quoted: bool) -> None:
        operator = self._redirect.lstrip("0123456789")
        digits = self._redirect[: len(self._redirect) - len(operator)]
        self._redirect = ""
        current = self.current
        if operator == "<<<":
            current.stdin.append((start, end))
        elif operator in ("<<", "<<-"):
            self._reader.pending.append((current, text, operator == "<<-", not quoted))
        elif operator == "<" and text.startswith("<("):
            current.stdin.append((start, end))
        elif operator == ">&" and (text.isdigit() or text == "-"):
            target = self._reader.descriptors.get(text)
            if current.texts == ["exec"] and digits in ("", "1"):
                self._out = target
            elif target is not None and digits in ("", "1"):
                current.out = target
        elif current.texts == ["exec"] and not text.startswith(">("):
            self._opened(operator, digits, (start, end))
        elif operator in _ANY_OUTPUT and digits in ("", "1"):
            current.out = (start, end)

    def _opened(self, operator: str, digits: str, word: tuple[int, int]) -> None:
        """`exec >> FILE` and `exec 3> FILE`: where the shell's own output goes from here on."""
        if operator in _ANY_OUTPUT and digits in ("", "1"):
            self._out = word
        elif operator in _ANY_OUTPUT:
            self._reader.descriptors[digits] = word

    def operator(self, operator: str, at: int) -> int:
        """Takes an operator: where to go on, 0 for the next token, `~offset` when closed."""
        self._redirect = ""
        self.is_open = False
        if operator == "(":
            return self._parenthesis(at)
        if operator == ")":
            return self._closing(at)
        if self._mode == "test" and operator in ("&&", "||", "|"):
            self._joined = True
            return 0
        if self._mode == "pattern" and operator == "|":
            return 0
        piped = operator in ("|", "|&")
        if self._mode in ("test", "for"):
            self._mode = ""
        self.flush(piped=piped)
        if operator in (";;", ";&", ";;&") and any(kind == "case" for kind, _ in self._blocks[-9:]):
            self._mode = "pattern"
        return 0

    def _parenthesis(self, at: int) -> int:
        reader, current = self._reader, self.current
        masked = reader.masked
        if self._mode in ("test", "pattern"):
            return 0
        if masked.startswith("((", at) and not current.texts:
            found = _ARITHMETIC.match(masked, at, reader.end)
            if found:
                return found.end()
        if (len(current.texts) == 1 and not current.assignments) or self._mode == "function":
            found = _FUNCTION.match(masked, at, reader.end)
            if found:
                self.current = Simple(self.depth)
                self._mode = ""
                return found.end()
        if masked[at - 1 : at] == "=" and self._ends_at(at) and self.depth < 20:
            return self._array(at)
        self.flush()
        self._open("(")
        return 0

    def _ends_at(self, at: int) -> bool:
        current = self.current
        if current.texts:
            return current.ends[-1] == at
        return bool(current.assignments) and current.assignments[-1].end == at

    def _array(self, at: int) -> int:
        current, reader = self.current, self._reader
        end, _ = reader.commands(at + 1, ")", self.depth + 1, quiet=True)
        if current.texts:
            current.texts[-1] += reader.plain[at:end]
            current.ends[-1] = end
            reader.extend_word(current.starts[-1], end)
        else:
            current.assignments[-1] = current.assignments[-1]._replace(end=end)
            reader.extend_word(current.assignments[-1].start, end)
        return end

    def _closing(self, at: int) -> int:
        if self._mode == "test":
            return 0
        if self._mode in ("pattern", "case"):
            self._mode = ""
            return 0
        self.flush()
        self._mode = ""
        kinds = [kind for kind, _ in self._blocks[-_MAX_BLOCKS:]]
        if "(" in kinds:
            while self._blocks[-1][0] != "(":
                self._blocks.pop()
            self._close(")")
        elif self._closer == ")":
            return ~(at + 1)
        return 0

    def flush(self, *, piped: bool = False) -> None:
        """Ends the command in hand."""
        current, simples = self.current, self._reader.simples
        producers: tuple[int, int] | None = self._closed
        if current.texts or current.assignments:
            current.source, current.piped = self._source, piped
            if self._out is not None and current.out is None and not piped:
                current.out = self._out
            producers = (len(simples), len(simples) + 1)
            if not self._quiet:
                simples.append(current)
            self._source = None
        elif current.out is not None and self._closed is not None:
            self._redirect_block(self._closed, current.out)
        elif not piped and current.out is None and not current.stdin:
            return
        self._closed = None
        self.current = Simple(self.depth)
        if piped:
            self._source = producers
            for simple in self._reader.simples[producers[0] : producers[1]] if producers else ():
                simple.piped = simple.piped or (simple.out is None and simple.depth == self.depth)

    def _redirect_block(self, block: tuple[int, int], out: tuple[int, int]) -> None:
        for simple in self._reader.simples[block[0] : block[1]]:
            if simple.out is None and not simple.piped and simple.depth == self.depth:
                simple.out = out
