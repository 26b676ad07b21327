"""From the events of libyaml to a tree, in one pass that stops at nothing but its limits.

GitHub's limits, from actions/runner (`ParseOptions`, `YamlTemplateLoader`, `YamlObjectReader` and
`TemplateMemory` under `src/Sdk/WorkflowParser`): 1,048,576 UTF-16 units; collections 50 deep, the
outermost being the first; 50,000 events, where an alias counts as the events that it replays.
Ours are wider, as GitHub's servers may be set up otherwise: between the two the tree is whole.
"""

from __future__ import annotations

import enum
from itertools import repeat
from operator import length_hint
from typing import TYPE_CHECKING, NamedTuple

from oidc_enforcer.source import SourceFile, Span
from oidc_enforcer.yaml_tree.c_parser import Parser, library, readable, unreadable
from oidc_enforcer.yaml_tree.core_schema import tag_problem
from oidc_enforcer.yaml_tree.nodes import (
    Mapping,
    Node,
    Scalar,
    Sequence,
    Written,
    ordinal_fold,
    scalar_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ruamel.yaml.error import MarkedYAMLError, YAMLError
    from ruamel.yaml.events import AliasEvent, Event, ScalarEvent

GITHUB_CHARACTERS, MOST_CHARACTERS = 1_048_576, 4 * 1_048_576
GITHUB_DEPTH, MOST_DEPTH = 50, 100
GITHUB_EVENTS, MOST_EVENTS = 50_000, 250_000
_MOST_PROBLEMS = 100


class Trouble(enum.Enum):
    """What a problem means for the file as a whole."""

    REFUSED = "GitHub refuses this file"
    BEYOND = "too large or too deep to be judged"


class Problem(NamedTuple):
    """What is wrong, and where."""

    span: Span
    message: str
    trouble: Trouble


class Tree(NamedTuple):
    """What could be read.

    `root` is None when there is nothing but comments. From the offset `unread_from` on, the text
    did not make it into the tree (some of it may be in both); None when all of it did.
    """

    root: Node | None
    problems: tuple[Problem, ...]
    unread_from: int | None


def parse(source: SourceFile) -> Tree:
    """Reads any text; what is wrong with it is in the tree's problems."""
    text = source.text
    too_costly = _too_costly(text)
    if too_costly:
        return Tree(None, (Problem(Span(0, 0), too_costly, Trouble.BEYOND),), 0)
    reading = _Reading(text)
    if not reading.fill(text):
        reading = _Reading(text)
        reading.problems += _unreadable_characters(text)
        reading.fill(readable(text))
    reading.check_size()
    if source.decode_problem is not None:
        message = f"the text is not valid {source.encoding.removesuffix('-sig').upper()}"
        reading.report(_one(text, source.decode_problem), message)
    problems = sorted(reading.problems, key=lambda problem: problem.span)
    return Tree(next(iter(reading.roots), None), tuple(problems), reading.unread_from)


def _unreadable_characters(text: str) -> list[Problem]:
    found = []
    for match in unreadable(text):
        message = f"YAML does not allow the character U+{ord(match[0]):04X}: remove or escape it"
        found.append(Problem(Span(*match.span()), message, Trouble.REFUSED))
        if len(found) == _MOST_PROBLEMS:
            break
    return found


def _one(text: str, at: int) -> Span:
    """The character at an offset, or the end of the text."""
    return Span(min(at, len(text)), min(at + 1, len(text)))


#: Beyond these, libyaml's time grows with the square of the text: it clears a scalar's whole buffer
#: of blanks at every word, and looks through all `%TAG` directives at each.
HARMLESS_CHARACTERS = 65_536
_MOST_BLANKS = 2_048
_MOST_DIRECTIVES = 200


def _too_costly(text: str) -> str | None:
    if len(text) > MOST_CHARACTERS:
        return f"too large to be judged: {len(text):,} characters, at most {MOST_CHARACTERS:,}"
    if len(text) <= HARMLESS_CHARACTERS:
        return None
    if text.count("%TAG") > _MOST_DIRECTIVES:
        return f"too many `%TAG` directives to be judged: at most {_MOST_DIRECTIVES}"
    # A run of twice that length fills at least one of these slices.
    for at in range(0, len(text) - _MOST_BLANKS, _MOST_BLANKS):
        if text[at : at + _MOST_BLANKS].isspace():
            return f"too many blanks in a row to be judged: at most {_MOST_BLANKS:,}"
    return None


class _Stopped(Exception):  # noqa: N818 - not an error: a limit is reached
    """Reading ends here, for the reason that this says."""


class _Reading:
    """One text on its way into a tree."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.roots: list[Node] = []
        self.problems: list[Problem] = []
        self.unread_from: int | None = None
        self.anchors: dict[str, Node] = {}
        #: One step takes one event, or a key and the event behind it.
        self.steps = repeat(None, MOST_EVENTS)
        #: Where the loop is when it ends: the event it had last, and the collection it was in.
        self.last: Any = None
        self.holder: Mapping | Sequence | None = None
        #: Events that GitHub counts: those that aliases replay, and those inside of odd keys.
        self.replayed = 0
        self.skipped = 0
        #: How many events and how many levels a collection is, by its identity.
        self.measures: dict[int, tuple[int, int]] = {}
        self.is_too_deep = False

    def fill(self, readable: str) -> bool:
        """Reads the text; false when libyaml's reader refuses a character of it.

        `readable` is the text, with other characters in place of those.
        """
        of = library()
        # libyaml takes one byte-order mark off; another behind it counts as a character.
        marked = "\ufeff" + readable if readable.startswith("\ufeff") else readable
        try:
            self._read(of.CParser(marked))
        except (of.ReaderError, UnicodeEncodeError):
            return False
        except of.YAMLError as failure:
            self._stop(*_told(failure, self.text), Trouble.REFUSED)
        except UnicodeDecodeError:
            # NOTE: libyaml passes on what `%80` and the like in a tag stand for without a look.
            self._stop(None, "a tag escapes what is not UTF-8", Trouble.REFUSED)
        except _Stopped as reason:
            self._stop(None, str(reason), Trouble.BEYOND)
        return True

    def _read(self, parser: Parser) -> None:
        """The hot loop: most of a run's time is spent here and in what it calls in C.

        Hence one function, local names, slots assigned past the constructors, and no test that
        only an unusual file needs.
        """
        of = library()
        scalar, mapping, mapping_end = of.ScalarEvent, of.MappingStartEvent, of.MappingEndEvent
        sequence, sequence_end = of.SequenceStartEvent, of.SequenceEndEvent
        new, get, text = object.__new__, parser.get_event, self.text
        holder: Any = None
        values: list[Node] = self.roots
        keys: dict[str, Any] | None = None
        outer: list[Any] = []
        event: Any = None
        child: Any
        try:
            get()
            event = get()
            for _ in self.steps:
                event = get()
                kind = type(event)
                if keys is not None:
                    if kind is not scalar:
                        if kind is mapping_end:
                            holder._end = event
                            holder, values, keys = outer.pop()
                            continue
                        event = self._odd_key(event, get, len(outer))
                    first = keys.setdefault(event.value.upper(), event)
                    if first is not event:
                        self._repeat(holder, event, first)
                    if event.anchor is not None or event.ctag is not None:
                        self._declare(scalar_of(event.value, event, text), event)
                    event = get()
                    kind = type(event)
                if kind is scalar:
                    child = Scalar()
                    child.text = event.value
                    child._event = event
                    child._source = text
                    values.append(child)
                    if event.anchor is not None or event.ctag is not None:
                        self._declare(child, event)
                elif kind is mapping:
                    child = new(Mapping)
                    values.append(child)
                    outer.append((holder, values, keys))
                    holder = child
                    child._start = event
                    child._source = text
                    child._keys = keys = {}
                    child._values = values = []
                    child._end = child._entries = child._span = child._index = None
                    child._repeats = child._aliases = None
                    if event.anchor is not None or len(outer) > GITHUB_DEPTH:
                        self._open(child, event, len(outer))
                elif kind is sequence_end:
                    holder._end = event
                    holder, values, keys = outer.pop()
                elif kind is sequence:
                    child = new(Sequence)
                    values.append(child)
                    outer.append((holder, values, keys))
                    holder, keys = child, None
                    child._start = event
                    child._source = text
                    child.items = values = []
                    child._end = child._span = child._aliases = None
                    if event.anchor is not None or len(outer) > GITHUB_DEPTH:
                        self._open(child, event, len(outer))
                elif kind is of.AliasEvent:
                    values.append(self._alias(event, holder, len(values), len(outer)))
                else:
                    break
            else:
                raise _Stopped(f"too large to be judged: more than {MOST_EVENTS:,} events")
            if event is not None:
                self._end(get())
        finally:
            self.last, self.holder = event, holder

    def _end(self, event: Event) -> None:
        if isinstance(event, library().DocumentStartEvent):
            at = event.start_mark.index
            message = "GitHub refuses a second document: put it into a file of its own"
            self.report(_one(self.text, at), message)
            self.unread_from = self._line_start(at)

    def _stop(self, at: int | None, message: str, trouble: Trouble) -> None:
        """Closes the tree where reading broke off, so that no character is lost between the two."""
        end = self.last.end_mark.index if self.last else 0
        self.report(_one(self.text, end if at is None else at), message, trouble)
        self.unread_from = self._line_start(end)
        holder = self.holder
        if isinstance(holder, Mapping):
            keys = len(holder._keys) + len(holder._repeats or ())
            if keys > len(holder._values):
                holder._values.append(scalar_of("", Written(Span(end, end)), self.text))

    def _line_start(self, at: int) -> int:
        return self.text.rfind("\n", 0, at) + 1

    def report(self, span: Span, message: str, trouble: Trouble = Trouble.REFUSED) -> None:
        """Notes a problem, unless there are so many that one more tells nothing."""
        if len(self.problems) < _MOST_PROBLEMS or trouble is Trouble.BEYOND:
            self.problems.append(Problem(span, message, trouble))

    def _open(self, node: Node, event: Event, depth: int) -> None:
        """A collection begins that is deep down or has an anchor."""
        self._declare(node, event)
        self._descend(depth, event)

    def _descend(self, depth: int, event: Event) -> None:
        if depth > MOST_DEPTH:
            raise _Stopped(f"too deep to be judged: more than {MOST_DEPTH} levels")
        if depth > GITHUB_DEPTH and not self.is_too_deep:
            self.is_too_deep = True
            message = f"GitHub refuses more than {GITHUB_DEPTH} levels of mappings and lists"
            self.report(Span(event.start_mark.index, event.end_mark.index), message)

    def _declare(self, node: Node, event: Any) -> None:
        """A node has an anchor or a tag. An anchor holds until the next of its name."""
        if event.anchor is not None:
            self.anchors[event.anchor] = node
        if isinstance(node, Scalar) and node.tag is not None:
            message = tag_problem(node.tag, node.style, node.text)
            if message:
                self.report(node.span, message)

    def _alias(self, event: AliasEvent, holder: Any, at: int, depth: int) -> Node:
        """The node that an alias stands for, or null where it stands for none."""
        span = Span(event.start_mark.index, event.end_mark.index)
        node = self.anchors.get(event.anchor)
        if isinstance(node, Mapping | Sequence) and node._end is None:
            self.report(span, f"GitHub refuses the alias `*{event.anchor}` inside of its own anchor")
            node = None
        elif node is None:
            self.report(span, f"there is no anchor `&{event.anchor}` above this alias")
        if node is None:
            return scalar_of("", Written(span), self.text)
        events, levels = self._measure(node)
        self.replayed += events
        if self.replayed > MOST_EVENTS:
            raise _Stopped(f"too large to be judged: aliases replay more than {MOST_EVENTS:,} events")
        self._descend(depth + levels, event)
        if holder._aliases is None:
            holder._aliases = {}
        holder._aliases[at] = event
        return node

    def _measure(self, node: Node) -> tuple[int, int]:
        """The events and levels of a node, aliases as what they replay.

        INVARIANT: aliases inside have been measured when they were met, so this goes no deeper
        than the text is nested.
        """
        if isinstance(node, Scalar):
            return 1, 0
        known = self.measures.get(id(node))
        if known is not None:
            return known
        values, events = (
            (node._values, 2 + len(node._values)) if isinstance(node, Mapping) else (node.items, 2)
        )
        levels = 0
        for value in values:
            if isinstance(value, Scalar):
                events += 1
                continue
            inner, deep = self._measure(value)
            events += inner
            levels = max(levels, deep)
        self.measures[id(node)] = events, levels + 1
        return events, levels + 1

    def _odd_key(self, event: Any, get: Callable[[], Any], depth: int) -> ScalarEvent:
        """A key that is an alias or a collection, as an event of a scalar in its place."""
        is_alias = isinstance(event, library().AliasEvent)
        start, end, style, tag = event.start_mark, event.end_mark, "", None
        known = self.anchors.get(event.anchor) if is_alias else None
        if isinstance(known, Scalar):
            text, style, tag = known.text, known.style, known.tag
        else:
            if is_alias:
                message = f"the alias `*{event.anchor}` stands for no text and cannot be a key"
            else:
                message = "GitHub refuses a key that is a mapping or a list: quote it"
                end = self._skip(event, get, depth)
            text = self.text[start.index : end.index].rstrip()
            self.report(Span(start.index, start.index + len(text)), message)
        return library().ScalarEvent(None, tag, (True, False), text, start, end, style)

    def _skip(self, event: Any, get: Callable[[], Any], depth: int) -> Any:
        """Reads over a collection and returns where it ends."""
        of = library()
        inner = 1
        self._descend(depth + inner, event)
        for _ in self.steps:
            event = get()
            self.skipped += 1
            if isinstance(event, of.MappingStartEvent | of.SequenceStartEvent):
                inner += 1
                self._descend(depth + inner, event)
            elif isinstance(event, of.MappingEndEvent | of.SequenceEndEvent):
                inner -= 1
                if not inner:
                    return event.end_mark
        raise _Stopped(f"too large to be judged: more than {MOST_EVENTS:,} events")

    def _repeat(self, holder: Mapping, event: ScalarEvent, first: ScalarEvent) -> None:
        """A key is there for the second time. GitHub compares with OrdinalIgnoreCase."""
        if holder._repeats is None:
            holder._repeats = {}
        holder._repeats[len(holder._values)] = event
        if ordinal_fold(event.value) == ordinal_fold(first.value):
            key = scalar_of(event.value, event, self.text)
            message = f"`{event.value[:80]}` is already defined in this mapping: GitHub ignores case"
            self.report(key.span, message)

    def check_size(self) -> None:
        """Holds the whole text against GitHub's limits."""
        # An UTF-16 unit is a character or half of one.
        if len(self.text) > GITHUB_CHARACTERS // 2:
            units = len(self.text.encode("utf-16-le", "surrogatepass")) // 2
            if units > GITHUB_CHARACTERS:
                limit = f"at most {GITHUB_CHARACTERS:,}: move scripts into files"
                self.report(Span(0, 0), f"GitHub refuses {units:,} characters, {limit}")
        taken = 2 * (MOST_EVENTS - length_hint(self.steps)) + self.replayed + self.skipped
        if taken <= GITHUB_EVENTS or not self.roots or self.unread_from is not None:
            return
        # The four are the starts and ends of the stream and of the document.
        events = 4 + self._measure(self.roots[0])[0] + self.skipped
        if events > MOST_EVENTS:
            message = f"too large to be judged: {events:,} events, at most {MOST_EVENTS:,}"
            self.report(Span(0, 0), message, Trouble.BEYOND)
        elif events > GITHUB_EVENTS:
            limit = f"at most {GITHUB_EVENTS:,}: split the file"
            self.report(Span(0, 0), f"GitHub refuses {events:,} YAML events, {limit}")


def _told(failure: YAMLError, text: str) -> tuple[int | None, str]:
    """Where libyaml broke off, and what it says, in one clause."""
    mark = getattr(failure, "problem_mark", None)
    problem = getattr(failure, "problem", None) or "it cannot be read"
    message = f"not valid YAML: {problem}"
    context, begin = getattr(failure, "context", None), getattr(failure, "context_mark", None)
    if context and begin is not None:
        line = text.count("\n", 0, begin.index) + 1
        message += f" ({context} that begins in line {line})"
    return (None if mark is None else mark.index), message
