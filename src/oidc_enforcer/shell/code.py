"""Settings in Python and JavaScript: environment, files, and keyword arguments of clients."""

from __future__ import annotations

from oidc_enforcer.shell import interpret
from oidc_enforcer.shell.code_calls import Call, call
from oidc_enforcer.shell.code_tokens import Tokens
from oidc_enforcer.shell.model import Sink
from oidc_enforcer.shell.names import is_credential
from oidc_enforcer.shell.reading import Reading, Sheet
from oidc_enforcer.shell.text import Text

#: Of Python, JavaScript, Ruby and Perl.
_ENVIRONMENTS = frozenset({"os.environ", "environ", "process.env", "ENV"})
_ASSIGNS = frozenset({"=", "||=", "??=", "|="})
_REMOVES = frozenset({"del", "delete"})
#: Deeper brackets are read over: their entries' values would otherwise be copied again and again.
_MAX_BRACKETS = 20
#: `new Client({ credentials: { … } })` is three brackets away from its entries.
_MAX_OWNERS = 3


def read_code(masked: str, plain: str, kind: str, sheet: Sheet, host: str, level: int) -> None:
    """Reads a Python (`python`) or JavaScript (`node`) program and files what it says."""
    tokens = Tokens(masked, plain, python=kind == "python")
    reading = Reading(tokens, sheet, host, level)
    program = _Program(reading, tokens)
    index = 0
    while index < len(tokens):
        index = program.step(index)
    interpret.run(reading)


class _Program:
    def __init__(self, reading: Reading, tokens: Tokens) -> None:
        self._reading = reading
        self._tokens = tokens
        self._groups: dict[int, int] = {}
        self._depths: dict[int, int] = {-1: 0}
        #: The call that a parenthesis belongs to, for messages and for what its arguments set.
        self._calls: dict[int, str] = {}
        self._files: dict[str, Text] = {}

    def step(self, index: int) -> int:
        """Looks at the token at `index`; returns the index of the next to look at."""
        tokens = self._tokens
        kind = tokens.kinds[index]
        if kind == "s":
            if tokens.word(index + 1) == ":" and self._bracket(index) == "{":
                text = tokens.text(tokens.starts[index], tokens.ends[index])
                self._entry(text.plain, index, index + 2)
            return index + 1
        if kind != "n":
            self._deepen(index)
            return index + 1
        name, following = tokens.dotted(index)
        self._name(name, index, following)
        return following

    def _deepen(self, index: int) -> None:
        if self._tokens.partners[index] > index:
            outer = self._tokens.around[index]
            self._depths[index] = self._depths.get(outer, _MAX_BRACKETS) + 1

    def _bracket(self, index: int) -> str:
        return self._tokens.word(self._tokens.around[index])

    def _name(self, name: str, index: int, following: int) -> None:
        tokens = self._tokens
        operator = tokens.word(following)
        if operator in ("[", "{") and name in _ENVIRONMENTS:
            self._subscript(index, following)
        elif operator == "(" and tokens.partners[following] > 0:
            self._call(name, index, following)
        elif operator in _ASSIGNS:
            self._assigned(name, index, following + 1)
        elif name.startswith("process.env.") and tokens.word(index - 1) in _REMOVES:
            self._unset(name.rsplit(".", 1)[1], index, following - 1)
        elif operator == ":" and self._bracket(index) == "{" and "." not in name:
            self._entry(name, index, following + 1)

    def _subscript(self, index: int, bracket: int) -> None:
        tokens = self._tokens
        close = tokens.partners[bracket]
        if close != bracket + 2 or tokens.kinds[bracket + 1] not in ("s", "n"):
            return
        name = tokens.text(tokens.starts[bracket + 1], tokens.ends[bracket + 1]).plain
        if tokens.kinds[bracket + 1] == "n" and tokens.word(bracket) == "[":
            name = self._reading.sheet.values.get(name, name)
        if tokens.word(close + 1) in _ASSIGNS:
            self._put(Sink.EXPORTED, name, index, close + 2)
        elif tokens.word(index - 1) in _REMOVES:
            self._unset(name, index, close)

    def _assigned(self, name: str, index: int, value: int) -> None:
        tokens = self._tokens
        depth = self._depths.get(tokens.around[index], _MAX_BRACKETS)
        if name.startswith("process.env."):
            self._put(Sink.EXPORTED, name.rsplit(".", 1)[1], index, value)
        elif self._bracket(index) == "(":
            self._entry(name, index, value)
        elif name in _ENVIRONMENTS:
            self._calls[value] = "os.environ.update"
        elif "." not in name and depth < _MAX_BRACKETS and tokens.begins_statement(index):
            if tokens.word(index - 1) == ":" and tokens.is_annotated(index - 2):
                index -= 2
            self._put(Sink.VARIABLE, tokens.words[index], index, value)

    def _entry(self, name: str, index: int, value: int) -> None:
        """A keyword argument, or an entry of a dictionary or object."""
        tokens = self._tokens
        bracket = tokens.around[index]
        if self._depths.get(bracket, _MAX_BRACKETS) >= _MAX_BRACKETS:
            return
        owner = self._owner(bracket)
        if owner in ("os.environ.update", "environ.update", "Object.assign"):
            self._put(Sink.EXPORTED, name, index, value)
        elif is_credential(name):
            group = self._groups.setdefault(bracket, 0) or self._reading.sheet.new_group()
            self._groups[bracket] = group
            self._put(Sink.FLAG, name, index, value, group=group, target=owner)

    def _owner(self, bracket: int) -> str:
        if bracket in self._calls:
            return self._calls[bracket]
        for _ in range(_MAX_OWNERS):
            bracket = self._tokens.around[bracket] if bracket >= 0 else -1
            if bracket in self._calls:
                return self._calls[bracket]
        return ""

    def _put(
        self,
        sink: Sink,
        name: str,
        index: int,
        value: int,
        *,
        group: int = 0,
        target: str = "",
    ) -> None:
        tokens, reading = self._tokens, self._reading
        end = tokens.expression_end(value) if value < len(tokens) else value
        if end <= value:
            return
        start, stop = tokens.starts[value], tokens.ends[end - 1]
        text = (
            tokens.text(start, stop)
            if end == value + 1
            else Text.of(tokens.masked[start:stop], tokens.plain[start:stop], start)
        )
        group = group or reading.sheet.group(reading.key("env"), name)
        place = (tokens.starts[index], start, stop)
        reading.put(sink, name, text, 0, text.length, place, group, target)

    def _unset(self, name: str, first: int, last: int) -> None:
        place = (self._tokens.starts[first], self._tokens.ends[last])
        self._reading.sheet.close_group(self._reading.key("env"), name)
        self._reading.put_name(Sink.UNSET, name, place, self._reading.sheet.new_group())

    def _call(self, name: str, index: int, bracket: int) -> None:
        outer = self._tokens.around[bracket]
        if self._depths.get(outer, _MAX_BRACKETS) >= _MAX_BRACKETS:
            return
        self._calls[bracket] = name
        call(self._reading, self._tokens, Call(name, index, bracket), self._files)
