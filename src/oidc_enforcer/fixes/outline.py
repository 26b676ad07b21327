"""A tree with its upward ways: which mapping an entry stands in, and what removing it leaves."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from oidc_enforcer.fixes import layout
from oidc_enforcer.fixes.proposal import NoFix
from oidc_enforcer.source import Edit, SourceFile, Span
from oidc_enforcer.yaml_tree import Entry, Mapping, Node, Sequence

#: Keys whose entry goes when nothing is left below it.
_GO_WHEN_EMPTY = frozenset({"env", "with", "secrets", "inputs"})


class Holder(NamedTuple):
    """A node's place: the container it stands in, and its entry (None in a sequence)."""

    node: Node
    entry: Entry | None


class Outline:
    """Every node of a file and what holds it. A node with an anchor may be held several times."""

    def __init__(self, file: SourceFile, root: Node) -> None:
        self.file = file
        self.text = file.text
        self._holders: dict[int, list[Holder]] = {}
        #: By the offset of its key: an entry and the mapping it stands in.
        self.entries: dict[int, tuple[Mapping, Entry]] = {}
        self._nodes: list[Node] = []
        self._walk(root)

    def _walk(self, root: Node) -> None:
        stack: list[Node] = [root]
        self._nodes.append(root)
        while stack:
            node = stack.pop()
            if isinstance(node, Mapping):
                below = [(entry.value, entry) for entry in node.entries]
                for entry in node.entries:
                    self.entries[entry.key.span.start] = (node, entry)
            elif isinstance(node, Sequence):
                below = [(item, None) for item in node.items]  # type: ignore[misc]
            else:
                continue
            for child, entry in below:
                known = self._holders.setdefault(id(child), [])
                known.append(Holder(node, entry))
                if len(known) == 1:
                    self._nodes.append(child)  # keeps the ids of fresh scalars apart
                    stack.append(child)

    def holders(self, node: Node) -> list[Holder]:
        """What holds a node: one place, or one for each alias."""
        return self._holders.get(id(node), [])

    def above(self, node: Node) -> Iterator[Node]:
        """Everything that holds a node, directly or not, over all aliases."""
        pending, seen = [node], {id(node)}
        while pending:
            for holder in self.holders(pending.pop()):
                if id(holder.node) not in seen:
                    seen.add(id(holder.node))
                    pending.append(holder.node)
                    yield holder.node

    def removal(self, doomed: Iterable[int], keep_empty: Iterable[int] = ()) -> list[Edit]:
        """Edits that take out the entries whose keys begin at these offsets.

        A mapping that becomes empty goes with its key where that key is `env`, `with` or
        `secrets`, but for those whose offsets are in `keep_empty`.
        """
        gone = set(doomed)
        kept = set(keep_empty)
        while fresh := self._emptied(gone, kept) - gone:
            gone |= fresh
        edits: list[Edit] = []
        for mapping in {id(self.entries[at][0]): self.entries[at][0] for at in gone}.values():
            if not self._is_inside(mapping, gone):
                edits += self._removal_in(mapping, gone)
        return edits

    def _emptied(self, gone: set[int], kept: set[int]) -> set[int]:
        found: set[int] = set()
        for at in gone:
            mapping, _ = self.entries[at]
            if any(entry.key.span.start not in gone for entry in mapping.entries):
                continue
            for holder in self.holders(mapping):
                entry = holder.entry
                if entry and entry.key.text in _GO_WHEN_EMPTY and entry.key.span.start not in kept:
                    found.add(entry.key.span.start)
        return found

    def _is_inside(self, mapping: Mapping, gone: set[int]) -> bool:
        """Whether the mapping goes as a whole with the entry that holds it."""
        pending: list[Node] = [mapping]
        while pending:
            for holder in self.holders(pending.pop()):
                if holder.entry and holder.entry.key.span.start in gone:
                    return True
                pending.append(holder.node)
        return False

    def _removal_in(self, mapping: Mapping, gone: set[int]) -> Iterator[Edit]:
        entries = mapping.entries
        if layout.is_flow(self.text, mapping):
            yield from self._from_flow(mapping, gone)
            return
        for number, entry in enumerate(entries):
            if entry.key.span.start not in gone:
                continue
            start = entry.key.span.start
            if layout.is_first_on_line(self.text, start):
                yield from self._lines_but_comments(entry)
                continue
            following = next(
                (e for e in entries[number + 1 :] if e.key.span.start not in gone), None
            )
            if following is None:
                raise NoFix("nothing would be left of the step")
            yield self._pulled_up(Span(start, following.key.span.start))

    def _pulled_up(self, span: Span) -> Edit:
        """Takes out what stands behind a dash, so that what follows does; its comments stay."""
        indent = layout.indent_of(self.text, span.start)
        nl = layout.newline(self.file)
        lines = self.text[span.start : span.end].split("\n")[1:]
        notes = [line.strip() for line in lines if line.lstrip().startswith("#")]
        return Edit(span, "".join(f"{note}{nl}{indent}" for note in notes))

    def _lines_but_comments(self, entry: Entry) -> Iterator[Edit]:
        """The entry's lines, without those between its own entries that hold a comment alone."""
        span = layout.lines_of(self.text, entry.span)
        value = entry.value
        if not isinstance(value, Mapping) or layout.is_flow(self.text, value):
            yield Edit(span, "")
            return
        scalars = [inner.value.span for inner in value.entries]
        start = at = span.start
        while at < span.end:
            end = layout.line_end(self.text, at)
            inside = any(one.start <= at < one.end for one in scalars)
            if self.text[at:end].lstrip().startswith("#") and not inside:
                if at > start:
                    yield Edit(Span(start, at), "")
                start = end
            at = end
        if start < span.end:
            yield Edit(Span(start, span.end), "")

    def _from_flow(self, mapping: Mapping, gone: set[int]) -> Iterator[Edit]:
        entries = mapping.entries
        stay = [e for e in entries if e.key.span.start not in gone]
        if not stay:
            yield Edit(Span(mapping.span.start + 1, mapping.span.end - 1), "")
            return
        last_kept = max(number for number, e in enumerate(entries) if e in stay)
        for number, entry in enumerate(entries[:last_kept]):
            if entry not in stay:
                yield Edit(Span(entry.key.span.start, entries[number + 1].key.span.start), "")
        if last_kept + 1 < len(entries):
            yield Edit(Span(entries[last_kept].span.end, entries[-1].span.end), "")
