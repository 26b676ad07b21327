"""From simple commands to settings: the collector that all dialects share."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol

from oidc_enforcer.records import NamedTuple
from oidc_enforcer.shell.model import Command, Setting, Sink
from oidc_enforcer.shell.names import repeats
from oidc_enforcer.shell.patterns import Pattern
from oidc_enforcer.shell.simple import Heredoc, Simple
from oidc_enforcer.shell.text import HOLE, Text

_PAIR = Pattern(rf"([A-Za-z_{HOLE}][\w.\-\[\]{HOLE}]*+)\+?=")
#: The same, where a variable of the script gives a part of the name.
_COMPOSED_PAIR = Pattern(r"((?:\w++|\$\w++|\$\{\w++\})++)=")
_EXPANDED = Pattern(r"\$\{?(\w++)\}?")
#: Before the name of a host that is a container on the runner.
CONTAINER = "container of "
#: Of the value of a variable that names a key, or a part of such a name.
_LONGEST_PART = 64
_VARIABLES = frozenset({Sink.VARIABLE, Sink.EXPORTED})


class Reader(Protocol):
    """A tokenizer at the end of its work."""

    masked: str
    plain: str
    simples: list[Simple]

    @property
    def reads(self) -> Pattern:
        """Matches an expanded variable; the one group that takes part is its name."""

    @property
    def sigils(self) -> str:
        """The characters one of which every expanded variable has."""

    @property
    def echo_escapes(self) -> bool:
        """Whether `echo` understands `\\n` without being asked."""

    @property
    def folds_case(self) -> bool:
        """Whether commands are the same in upper and lower case."""

    @property
    def blank_unsets(self) -> bool:
        """Whether an environment variable set to nothing is removed."""

    def text(self, start: int, end: int) -> Text:
        """The word that is written at `[start, end)`."""

    def body(self, heredoc: Heredoc) -> Text:
        """What a heredoc feeds to its command."""


class Pair(NamedTuple):
    """`NAME=VALUE` found in a word: the value is `text` from `at` on."""

    name: str
    text: Text
    at: int
    start: int
    value_start: int
    value_end: int


class FileState:
    """How far the lines written to one file have come: the section, and a value still open."""

    __slots__ = ("delimiter", "lines", "name", "section", "start")

    def __init__(self) -> None:
        self.section = ""
        self.delimiter: str | None = None
        self.name = ""
        self.start = 0
        self.lines: list[tuple[Text, int, int]] = []


class Sheet:
    """What has been read so far, across all nested scripts."""

    def __init__(self) -> None:
        self.settings: list[Setting] = []
        self.commands: list[Command] = []
        self.files: dict[tuple[str, str], FileState] = {}
        #: Index in `settings` of a shell variable that a later `export` may promote.
        self.variables: dict[tuple[str, str], int] = {}
        #: Names, by host, that `export NAME` has marked.
        self.exported: set[tuple[str, str]] = set()
        self.exports_all = False
        #: The folder that the script has gone to, where that is one of AWS's settings.
        self.folder = ""
        #: Files whose content has been copied into the environment or the outputs.
        self.copied: set[tuple[str, str]] = set()
        #: Short plain values of the variables set so far, of which names may be put together.
        self.values: dict[str, str] = {}
        self.has_nested = False
        self._groups: dict[tuple[str, ...], tuple[int, set[str]]] = {}
        self._next = 0

    def new_group(self) -> int:
        """A group number not used before."""
        self._next += 1
        return self._next

    def group(self, key: tuple[str, ...], name: str) -> int:
        """The group kept under `key`; a credential's name met again begins a new one."""
        known = self._groups.get(key)
        if known is None or (name in known[1] and repeats(name)):
            known = self._groups[key] = (self.new_group(), set())
        known[1].add(name)
        return known[0]

    def close_group(self, key: tuple[str, ...], name: str) -> None:
        """Ends the group under `key` if `name` is in it, because it has been unset."""
        known = self._groups.get(key)
        if known is not None and name in known[1] and repeats(name):
            del self._groups[key]

    def composed(self, name: str) -> str:
        """A name with the values of variables in the place of their names."""
        if "$" not in name or "{{" in name:
            return name
        return _EXPANDED.sub(lambda found: self.values.get(found[1], found[0]), name)

    def script_parts(self) -> tuple[tuple[Setting, ...], tuple[Command, ...]]:
        """Everything in the order of the script, nothing twice."""
        settings, commands = self.settings, self.commands
        if self.has_nested:
            settings = list({(s.sink, s.name, s.start, s.end): s for s in settings}.values())
            commands = list({(c.words, c.start, c.end): c for c in commands}.values())
        settings.sort(key=_start)
        commands.sort(key=_start)
        return tuple(settings), tuple(commands)


def _start(item: Setting | Command) -> int:
    return item[3] if isinstance(item, Setting) else item[1]


class Reading:
    """One script being read. `host` is where it runs, `level` how many scripts are around it."""

    def __init__(self, reader: Reader, sheet: Sheet, host: str = "", level: int = 0) -> None:
        self.reader = reader
        self.sheet = sheet
        self.host = host
        self.level = level
        #: Whether something printed may be meant for the runner (`::set-output`).
        self.has_workflow_commands = "::set-" in reader.masked

    def words(self, simple: Simple, at: int) -> Iterator[tuple[str, int, int]]:
        """The words of a command from `at` on, each with its range."""
        return zip(simple.texts[at:], simple.starts[at:], simple.ends[at:], strict=True)

    def command(self, simple: Simple, group: int) -> None:
        """Files the command itself."""
        starts, ends = simple.starts, simple.ends
        start, end = starts[0], ends[-1]
        reads: tuple[str, ...] = ()
        masked = self.reader.masked
        for sigil in self.reader.sigils:
            if masked.find(sigil, start, end) >= 0:
                reads = self._command_reads(simple, masked[start:end])
        self.sheet.commands.append(
            Command(
                tuple(simple.texts),
                start,
                end,
                group,
                reads,
                tuple(starts),
                tuple(ends),
                self.host,
            )
        )

    def _command_reads(self, simple: Simple, raw: str) -> tuple[str, ...]:
        if "'" not in raw and "\\" not in raw:
            return self.reads(raw)
        names: list[str] = []
        for start, end in zip(simple.starts, simple.ends, strict=True):
            word = self.reader.masked[start:end]
            if "'" in word or "\\" in word:
                word = self.reader.text(start, end).masked
            names += self.reads(word)
        return tuple(dict.fromkeys(names))

    def reads(self, masked: str) -> tuple[str, ...]:
        """The variables expanded in a piece of masked text, each once."""
        found = self.reader.reads.findall(masked)
        if found and isinstance(found[0], tuple):
            found = ["".join(names) for names in found]
        return tuple(dict.fromkeys(found))

    def put(
        self,
        sink: Sink,
        name: str,
        text: Text,
        at: int,
        end: int,
        place: tuple[int, int, int],
        group: int,
        target: str = "",
    ) -> None:
        """Files a setting whose value is `text[at:end]`.

        `place` is where the setting starts, and where its value starts and ends, in the script.
        """
        start, value_start, value_end = place
        live = text.is_live(at, end)
        value = text.plain[at:end]
        if "$" in name:
            name = self.sheet.composed(name)
        if len(value) <= _LONGEST_PART and sink in _VARIABLES and "$" not in value:
            self.sheet.values[name] = value
        self.sheet.settings.append(
            Setting(
                self._sink(sink),
                name,
                value,
                min(start, value_start),
                max(start, value_end),
                value_start,
                value_end,
                group,
                self.host or target,
                self.reads(text.masked[at:end]) if live else (),
                text.substitution(at, end),
                live,
            )
        )

    def put_name(
        self, sink: Sink, name: str, place: tuple[int, int], group: int, target: str = ""
    ) -> None:
        """Files a setting that gives no value."""
        start, end = place
        self.sheet.settings.append(
            Setting(self._sink(sink), name, None, start, end, end, end, group, self.host or target)
        )

    def put_pair(self, sink: Sink, pair: Pair, group: int, target: str = "") -> None:
        """Files `NAME=VALUE`."""
        place = (pair.start, pair.value_start, pair.value_end)
        self.put(sink, pair.name, pair.text, pair.at, pair.text.length, place, group, target)

    def put_word(
        self,
        sink: Sink,
        name: str,
        start: int,
        word: tuple[int, int],
        group: int,
        target: str = "",
    ) -> None:
        """Files a setting whose value is a whole word."""
        text = self.reader.text(*word)
        self.put(sink, name, text, 0, text.length, (start, *word), group, target)

    def _sink(self, sink: Sink) -> Sink:
        if not self.host or sink is Sink.UNSET:
            return sink
        return Sink.CONTAINER_ENV if self.host.startswith(CONTAINER) else Sink.REMOTE

    def pair(self, start: int, end: int, skip: int = 0) -> Pair | None:
        """The word at `[start, end)`, behind its first `skip` characters, as `NAME=VALUE`."""
        text = self.reader.text(start, end)
        masked = text.masked
        found = _PAIR.match(masked, skip)
        if found is None and masked.startswith("$", skip):
            found = _COMPOSED_PAIR.match(masked, skip)
        if found is None:
            return None
        at = found.end()
        name = text.plain[skip : found.end(1)]
        if self.reader.masked.startswith(masked[:at], start):
            return Pair(name, text, at, start + skip, start + at, end)
        name_start = text.offset(skip)
        return Pair(name, text, at, name_start, *_value_span(text, at))

    def key(self, *parts: str) -> tuple[str, ...]:
        """A key for `Sheet.group`: the same words on another host are another file."""
        return (self.host, *parts)

    def texts(self, simple: Simple) -> Iterable[Text]:
        """What a command gets on stdin, as far as the script says."""
        for source in simple.stdin:
            if isinstance(source, Heredoc):
                yield self.reader.body(source)
            else:
                yield self.reader.text(*source)
        if simple.source is not None:
            for producer in self.reader.simples[simple.source[0] : simple.source[1]]:
                if producer.depth == simple.depth:
                    yield from producer.printed


def _value_span(text: Text, at: int) -> tuple[int, int]:
    if at < text.length:
        return text.span(at, text.length)
    end = text.offset(at - 1) + 1
    return end, end
