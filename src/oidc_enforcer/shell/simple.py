"""A simple command as the tokenizers of all dialects hand it on."""

from __future__ import annotations

from oidc_enforcer.records import NamedTuple
from oidc_enforcer.shell.text import Text


class Assignment(NamedTuple):
    """`NAME=VALUE` of a shell; `exported` where the dialect's own syntax says so."""

    name: str
    start: int
    value_start: int
    end: int
    exported: bool = False


class Heredoc(NamedTuple):
    """The range of lines between a heredoc's words; `live` when the shell expands them."""

    start: int
    end: int
    live: bool


class Simple:
    """One command while it is being read.

    `out` is the range of the word that stdout goes to, `stdin` what a heredoc (or, as a range, a
    here-string) feeds it, `source` the range of commands piped into it. `depth` counts the command
    substitutions around it. `script` is text that a shell reads once more, as in backticks with
    escapes. `is_expression` marks PowerShell's values that stand
    where a command could. `printed` is what it writes to stdout, as far as that is known.
    """

    __slots__ = (
        "assignments",
        "depth",
        "ends",
        "is_expression",
        "out",
        "piped",
        "printed",
        "script",
        "source",
        "starts",
        "stdin",
        "texts",
    )

    def __init__(self, depth: int = 0) -> None:
        self.texts: list[str] = []
        self.starts: list[int] = []
        self.ends: list[int] = []
        self.assignments: list[Assignment] = []
        self.out: tuple[int, int] | None = None
        self.stdin: list[Heredoc | tuple[int, int]] = []
        self.source: tuple[int, int] | None = None
        self.piped = False
        self.is_expression = False
        self.depth = depth
        self.script: Text | None = None
        self.printed: list[Text] = []

    def append(self, text: str, start: int, end: int) -> None:
        """Adds a word: what the program gets, and the range as written."""
        self.texts.append(text)
        self.starts.append(start)
        self.ends.append(end)
