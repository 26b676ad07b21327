"""An input for the role, where calls of one workflow hand over different keys.

The called workflow can name but one role, and only its calls tell which stands in for which key.
"""

from __future__ import annotations

from typing import NamedTuple

from oidc_enforcer.fixes import calls, layout, roles
from oidc_enforcer.fixes.granting import calls_of
from oidc_enforcer.fixes.proposal import Draft, NoFix
from oidc_enforcer.fixes.site import Site
from oidc_enforcer.source import SourceFile, Span
from oidc_enforcer.workflow.model import Job, Workflow
from oidc_enforcer.workflow.surroundings import Surroundings
from oidc_enforcer.yaml_tree import Mapping

NAME = "role-to-assume"
_ROLE = f"${{{{ inputs.{NAME} }}}}"


class Call(NamedTuple):
    """A call, and the role that stands in for the key that it hands over."""

    caller: Workflow
    job: Job
    role: roles.RoleValue


def plan(site: Site, handed: calls.Handed, around: Surroundings) -> tuple[Call, ...]:
    """The calls, where each is to say its role; none where one role does, or cannot be told."""
    callee = site.workflow
    if callee is None or site.choices.role or not calls.differ(around, handed):
        return ()
    found = [_call(caller, job, handed) for caller, job in calls_of(callee, around)]
    told = [call for call in found if call is not None]
    taken = any(one.name.lower() == NAME for one in callee.call_inputs)
    if taken or len(told) < len(found) or len({call.role.text for call in told}) < 2:
        return ()
    site.role = roles.RoleValue(_ROLE, "")
    return tuple(told)


def _call(caller: Workflow, job: Job, handed: calls.Handed) -> Call | None:
    """None where the role cannot be told: what the caller itself is handed, or hands on whole."""
    if caller.is_reusable or job.inherits_secrets:
        return None
    for item in (*job.secrets, *job.inputs):
        if item.name.lower() in handed.names:
            role = roles.for_text(item.value.text)
            return Call(caller, job, role) if role is not None else None
    return None


def draw_up(site: Site, handed: calls.Handed, planned: tuple[Call, ...]) -> None:
    """Declares the input, and lets every call hand its role over."""
    assert site.workflow is not None, "an action has no callers that hand over secrets"
    _declare(site.workflow, site.draft)
    for call in planned:
        site.draft.require(call.role.requires)
        _hand_over(call, handed, site.draft)


def _declare(workflow: Workflow, draft: Draft) -> None:
    file, call = workflow.file, workflow.call
    if call is None or not call.entries:
        raise NoFix("the called workflow declares nothing that it could be told from")
    inputs = call.mapping("inputs")
    step = layout.step_in(file.text, call)
    if inputs is not None and inputs.entries:
        draft.edit(*_before_first(file, inputs, _input(step)), file.path)
    else:
        lines = ("inputs:", *(step + line for line in _input(step)))
        draft.edit(*_before_first(file, call, lines), file.path)


def _input(step: str) -> tuple[str, ...]:
    return f"{NAME}:", f"{step}required: true", f"{step}type: string"


def _hand_over(call: Call, handed: calls.Handed, draft: Draft) -> None:
    file, node = call.caller.file, call.job.node
    given = node.mapping("with")
    value = layout.scalar(call.role.text)
    if given is not None and any(e.key.text.lower() not in handed.inputs for e in given.entries):
        draft.edit(*_before_first(file, given, (f"{NAME}: {value}",)), file.path)
        return
    # NOTE: a `with` of which nothing is left goes, so the new one stands before it.
    entry = node.entry("with") or node.entry("secrets")
    if entry is None or not layout.is_first_on_line(file.text, entry.key.span.start):
        raise NoFix(f"the call in `{file.path}` is not written in lines of its own")
    indent = layout.indent_of(file.text, entry.key.span.start)
    step = layout.step_in(file.text, node)
    lines = ("with:", f"{step}{NAME}: {value}")
    draft.edit(*_at_line(file, entry.key.span.start, indent, lines), file.path)


def _before_first(file: SourceFile, owner: Mapping, lines: tuple[str, ...]) -> tuple[Span, str]:
    """An insertion before a mapping's first entry, in the mapping's own lines."""
    first = owner.entries[0].key.span.start
    if layout.is_flow(file.text, owner) or not layout.is_first_on_line(file.text, first):
        raise NoFix(f"what calls hand over is written on one line in `{file.path}`")
    return _at_line(file, first, layout.indent_of(file.text, first), lines)


def _at_line(
    file: SourceFile, offset: int, indent: str, lines: tuple[str, ...]
) -> tuple[Span, str]:
    start, nl = layout.line_start(file.text, offset), layout.newline(file)
    return Span(start, start), "".join(f"{indent}{line}{nl}" for line in lines)
