"""From the events of libyaml to a tree, in one pass."""

from __future__ import annotations

from collections.abc import Callable
from itertools import repeat
from operator import length_hint
from typing import TYPE_CHECKING, Any

from oidc_enforcer.source import Span
from oidc_enforcer.yaml_tree.c_parser import library
from oidc_enforcer.yaml_tree.characters import ordinal_fold
from oidc_enforcer.yaml_tree.core_schema import shown, tag_problem
from oidc_enforcer.yaml_tree.events import Alias, Start
from oidc_enforcer.yaml_tree.limits import (
    GITHUB_DEPTH,
    GITHUB_EVENTS,
    MOST_DEPTH,
    MOST_EVENTS,
    Measures,
)
from oidc_enforcer.yaml_tree.nodes import Mapping, Node, Sequence
from oidc_enforcer.yaml_tree.scalars import Placed, Scalar
from oidc_enforcer.yaml_tree.tree import Problem, Trouble

if TYPE_CHECKING:
    from ruamel.yaml.error import YAMLError

    from oidc_enforcer.yaml_tree.c_parser import Parser

MOST_PROBLEMS = 100
_TOO_MANY_EVENTS = f"too large to be judged: more than {MOST_EVENTS:,} YAML events"


class Stopped(Exception):  # noqa: N818 - not an error: a limit is reached
    """Reading ends here, for the reason that this says."""


class Reading:
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
        self.measures = Measures()
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
        except Stopped as reason:
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
                    event._source = text
                    first = keys.setdefault(event.text.upper(), event)
                    if first is not event:
                        self._repeat(holder, event, first)
                    if event.anchor is not None or event.tag is not None:
                        self._declare(event, event)
                    event = get()
                    kind = type(event)
                if kind is scalar:
                    event._source = text
                    values.append(event)
                    if event.anchor is not None or event.tag is not None:
                        self._declare(event, event)
                elif kind is mapping:
                    child = new(Mapping)
                    values.append(child)
                    outer.append((holder, values, keys))
                    holder = child
                    child._start = event
                    child._source = text
                    child._keys = keys = {}
                    child.values = values = []
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
                raise Stopped(_TOO_MANY_EVENTS)
            if event is not None:
                self._end(get())
        finally:
            self.last, self.holder = event, holder

    def _end(self, event: Any) -> None:
        if isinstance(event, library().DocumentStartEvent):
            at = event.start_mark.index
            message = "GitHub refuses a second document: put it into a file of its own"
            self.report(one_character(self.text, at), message)
            self.unread_from = self._line_start(at)

    def _stop(self, at: int | None, message: str, trouble: Trouble) -> None:
        """Closes the tree where reading broke off, so that no character is lost between the two."""
        last = self.last
        end = last.span.end if isinstance(last, Placed) else last.end_mark.index if last else 0
        self.report(one_character(self.text, end if at is None else at), message, trouble)
        self.unread_from = self._line_start(end)
        holder = self.holder
        if isinstance(holder, Mapping):
            keys = len(holder._keys) + len(holder._repeats or ())
            if keys > len(holder.values):
                holder.values.append(Placed("", Span(end, end), self.text))

    def _line_start(self, at: int) -> int:
        return self.text.rfind("\n", 0, at) + 1

    def report(self, span: Span, message: str, trouble: Trouble = Trouble.REFUSED) -> None:
        """Notes a problem, unless there are so many that one more tells nothing."""
        if len(self.problems) < MOST_PROBLEMS or trouble is Trouble.BEYOND:
            self.problems.append(Problem(span, message, trouble))

    def _open(self, node: Node, event: Start, depth: int) -> None:
        """A collection begins that is deep down or has an anchor."""
        self._declare(node, event)
        self._descend(depth, event)

    def _descend(self, depth: int, event: Any) -> None:
        if depth > MOST_DEPTH:
            raise Stopped(f"too deep to be judged: more than {MOST_DEPTH} levels")
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

    def _alias(self, event: Alias, holder: Any, at: int, depth: int) -> Node:
        """The node that an alias stands for, or null where it stands for none."""
        span = Span(event.start_mark.index, event.end_mark.index)
        node = self.anchors.get(event.anchor)
        if isinstance(node, Mapping | Sequence) and node._end is None:
            self.report(span, f"GitHub refuses `*{event.anchor}` inside of what it stands for")
            node = None
        elif node is None:
            self.report(span, f"there is no anchor `&{event.anchor}` above this alias")
        if node is None:
            return Placed("", span, self.text)
        events, levels = self.measures.of(node)
        self.replayed += events
        if self.replayed > MOST_EVENTS:
            raise Stopped(_TOO_MANY_EVENTS)
        self._descend(depth + levels, event)
        if holder._aliases is None:
            holder._aliases = {}
        holder._aliases[at] = event
        return node

    def _odd_key(self, event: Any, get: Callable[[], Any], depth: int) -> Placed:
        """A key that is an alias or a collection, in the shape of a scalar's event."""
        start, end = event.start_mark.index, event.end_mark.index
        if isinstance(event, library().AliasEvent):
            known = self.anchors.get(event.anchor)
            if isinstance(known, Scalar):
                return Placed(known.text, Span(start, end), self.text, known.style, known.tag)
            message = f"the alias `*{event.anchor}` stands for no text and cannot be a key"
        else:
            message = "GitHub refuses a key that is a mapping or a list: put it into quotes"
            end = self._skip(event, get, depth)
        text = self.text[start:end].rstrip()
        span = Span(start, start + len(text))
        self.report(span, message)
        return Placed(text, span, self.text)

    def _skip(self, event: Any, get: Callable[[], Any], depth: int) -> int:
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
                    return int(event.end_mark.index)
        raise Stopped(_TOO_MANY_EVENTS)

    def _repeat(self, holder: Mapping, key: Scalar, first: Scalar) -> None:
        """A key is there for the second time. GitHub compares with OrdinalIgnoreCase."""
        if holder._repeats is None:
            holder._repeats = {}
        holder._repeats[len(holder.values)] = key
        if ordinal_fold(key.text) != ordinal_fold(first.text):
            return
        message = f"`{shown(key.text)}` is already defined in this mapping"
        if key.text != first.text:
            message += f" as `{shown(first.text)}`: GitHub ignores case"
        self.report(key.span, message)

    def check_events(self) -> None:
        """Holds the events of the whole text against GitHub's limit and ours."""
        taken = 2 * (MOST_EVENTS - length_hint(self.steps)) + self.replayed + self.skipped
        if taken <= GITHUB_EVENTS or not self.roots or self.unread_from is not None:
            return
        # The four are the starts and ends of the stream and of the document.
        events = 4 + self.measures.of(self.roots[0])[0] + self.skipped
        if events > MOST_EVENTS:
            self.report(Span(0, 0), _TOO_MANY_EVENTS, Trouble.BEYOND)
        elif events > GITHUB_EVENTS:
            limit = f"at most {GITHUB_EVENTS:,}: split the file"
            self.report(Span(0, 0), f"GitHub refuses {events:,} YAML events, {limit}")


def one_character(text: str, at: int) -> Span:
    """The character at an offset, or the end of the text."""
    return Span(min(at, len(text)), min(at + 1, len(text)))


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
