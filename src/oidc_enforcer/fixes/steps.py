"""Writes a credentials step into a job, in the style of the steps around it."""

from __future__ import annotations

from typing import NamedTuple

from oidc_enforcer.fixes import layout
from oidc_enforcer.fixes.outline import Outline
from oidc_enforcer.fixes.proposal import Draft, NoFix
from oidc_enforcer.fixes.releases import Reference
from oidc_enforcer.source import Span
from oidc_enforcer.workflow.model import Step
from oidc_enforcer.yaml_tree import Mapping, Node, Sequence

NAME = "Assume the AWS role by OIDC"


class NewStep(NamedTuple):
    """What the credentials step says. `condition` is an `if:` as the step behind it writes it."""

    uses: Reference
    inputs: tuple[tuple[str, str], ...]
    condition: str = ""
    id: str = ""


def insert(outline: Outline, step: Step, new: NewStep, draft: Draft) -> None:
    """Puts the step before another one."""
    items = _sequence(outline, step.node)
    number = next(i for i, item in enumerate(items.items) if item is step.node)
    text, nl = outline.text, layout.newline(outline.file)
    if layout.is_flow(text, items):
        at = step.node.span.start
        draft.edit(Span(at, at), _flow(new) + ", ")
        return
    dash = layout.dash(text, items, number)
    if dash < 0:
        raise NoFix("the step does not stand behind a dash of its own line")
    start = layout.above_comments(text, layout.line_start(text, dash))
    if layout.before(text, dash).strip():
        raise NoFix("the step does not begin a line")
    lead = layout.before(text, dash)
    inside = layout.indent_of(text, step.node.span.start)
    if layout.line_start(text, step.node.span.start) != layout.line_start(text, dash):
        inside = lead + "  "
    lines = _lines(new, layout.step_in(text, step.node), named=_are_named(items))
    gap = text[dash + 1 : step.node.span.start]
    first = gap if gap.strip(" ") == "" else " "
    body = [f"{lead}-{first}{lines[0]}", *(f"{inside}{line}" for line in lines[1:])]
    blank = nl if number > 0 and layout.follows_blank(text, start) else ""
    draft.edit(Span(start, start), "".join(line + nl for line in body) + blank)


def become(outline: Outline, step: Step, new: NewStep, draft: Draft) -> None:
    """Turns a `run:` step, of which nothing would be left, into the credentials step.

    Its name, id and condition stay where they are.
    """
    text, nl = outline.text, layout.newline(outline.file)
    node = step.node
    run = node.entry("run") or node.entry("uses")
    assert run is not None
    if layout.is_flow(text, node) or len(outline.holders(node)) > 1:
        raise NoFix("the step is written in braces, or behind an anchor")
    indent = layout.indent_of(text, node.span.start)
    deeper = indent + layout.step_in(text, node)
    given = "".join(f"{nl}{deeper}{name}: {layout.scalar(value)}" for name, value in new.inputs)
    body = f"uses: {new.uses.line}{nl}{indent}with:{given}"
    draft.edit(run.span, body)
    goes = ("shell", "env", "working-directory", "with")
    doomed = [entry.key.span.start for entry in node.entries if entry.key.text in goes]
    for edit in outline.removal(doomed):
        draft.edit(edit.span, edit.text)


def remove(outline: Outline, step: Step, draft: Draft) -> None:
    """Takes out a step of which nothing would be left."""
    items = _sequence(outline, step.node)
    text = outline.text
    if step.id and f".{step.id}." in text:
        raise NoFix(f"others read the outputs of step `{step.id}`, of which nothing would be left")
    if layout.is_flow(text, items) or len(items.items) == 1:
        raise NoFix("nothing would be left of the steps")
    number = next(i for i, item in enumerate(items.items) if item is step.node)
    dash = layout.dash(text, items, number)
    if dash < 0 or layout.before(text, dash).strip():
        raise NoFix("the step does not begin a line")
    start = layout.line_start(text, dash)
    end = layout.line_end(text, max(step.span.end - 1, step.span.start))
    above = text[layout.line_start(text, start - 1) : start].lstrip(" \t")
    # NOTE: no blank line is left twice, nor right below `steps:`.
    if not above.strip() or (number == 0 and not above.startswith("#")):
        following = layout.line_end(text, end)
        if end < len(text) and not text[end:following].strip():
            end = following
    draft.edit(Span(start, end), "")


def _sequence(outline: Outline, node: Node) -> Sequence:
    held = outline.holders(node)
    if len(held) != 1 or not isinstance(held[0].node, Sequence):
        raise NoFix("the step stands behind an anchor that others use, too")
    if len(outline.holders(held[0].node)) > 1:
        raise NoFix("the steps stand behind an anchor that other jobs use, too")
    return held[0].node


def _are_named(items: Sequence) -> bool:
    """Whether the steps around have names."""
    steps = [item for item in items.items if isinstance(item, Mapping)]
    named = sum(1 for item in steps if item.get("name") is not None)
    return named * 2 > len(steps)


def _lines(new: NewStep, deeper: str, *, named: bool) -> list[str]:
    head = [f"name: {NAME}"] if named else []
    head += [f"id: {new.id}"] if new.id else []
    condition = [f"if: {new.condition}"] if new.condition else []
    body = ["with:", *(f"{deeper}{name}: {layout.scalar(value)}" for name, value in new.inputs)]
    return [*head, *condition, f"uses: {new.uses.line}", *body]


def _flow(new: NewStep) -> str:
    given = ", ".join(f"{name}: {layout.scalar(value, flow=True)}" for name, value in new.inputs)
    condition = f"if: {new.condition}, " if new.condition else ""
    own = f"id: {new.id}, " if new.id else ""
    return f"{{{own}{condition}uses: {layout.scalar(new.uses.text, flow=True)}, with: {{{given}}}}}"
