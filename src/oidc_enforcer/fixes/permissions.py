"""Puts `id-token: write` where it belongs, and takes it away where it does not."""

from __future__ import annotations

from oidc_enforcer.fixes import layout
from oidc_enforcer.fixes.outline import Outline
from oidc_enforcer.fixes.proposal import Draft, NoFix
from oidc_enforcer.source import SourceFile, Span
from oidc_enforcer.workflow.model import Job, Permissions, Workflow
from oidc_enforcer.yaml_tree import Entry, Mapping, Scalar

#: Every scope that `read-all` reads, by docs.github.com, "Workflow syntax", `permissions`.
_READABLE = (
    "actions",
    "attestations",
    "checks",
    "contents",
    "deployments",
    "discussions",
    "issues",
    "packages",
    "pages",
    "pull-requests",
    "repository-projects",
    "security-events",
    "statuses",
)
#: What a job needs to be given a token.
GRANT = ("id-token", "write")


def revoke(workflow: Workflow, outline: Outline, block: Permissions, draft: Draft) -> None:
    """Takes `id-token: write` out of a block; raises NoFix."""
    scope = block.id_token_scope
    if scope is None:
        raise NoFix("`write-all` grants more than `id-token`: list what the jobs need instead")
    holder, entry = outline.entries[scope.name.span.start]
    if len(holder.entries) == 1:
        above = next((h for h in outline.holders(holder) if h.entry is not None), None)
        if above is None or above.entry is None:
            raise NoFix("the block cannot be found")
        draft.edit(Span(above.entry.key.span.end, above.entry.span.end), ": {}", workflow.file.path)
        return
    for edit in outline.removal([entry.key.span.start]):
        draft.edit(edit.span, edit.text, workflow.file.path)


def own_block(workflow: Workflow, job: Job, block: Permissions, draft: Draft) -> None:
    """Gives a job what it had from the workflow's block, as a block of its own."""
    new_block(workflow.file, job.node, {**dict([GRANT]), **scopes(block)}, draft)


def scopes(block: Permissions) -> dict[str, str]:
    """What a block grants besides `id-token`, scope by scope; raises NoFix."""
    if block.all is not None:
        if block.all.text == "read-all":
            return dict.fromkeys(_READABLE, "read")
        raise NoFix(f"`permissions: {block.all.text}` is none that GitHub knows")
    return {
        scope.name.text: scope.value.text for scope in block.scopes if scope.name.text != "id-token"
    }


def scopes_or_none(block: Permissions) -> dict[str, str] | None:
    """The same, None where a word stands for scopes that are not listed."""
    try:
        return scopes(block)
    except NoFix:
        return None


def add(
    file: SourceFile, outline: Outline, owner: Mapping, block: Permissions, draft: Draft
) -> None:
    """Adds the scope to a block, in the block's own style."""
    entry = owner.entry("permissions")
    assert entry is not None
    value = entry.value
    _refuse_shared(outline, value)
    if (scope := block.id_token_scope) is not None:
        draft.edit(scope.value.span, "write", file.path)
    elif isinstance(value, Scalar):
        kept = {} if value.is_null else scopes(block)
        _write_out(file, owner, entry, {**dict([GRANT]), **kept}, draft)
    elif isinstance(value, Mapping):
        _put_first(file, value, draft)
    else:
        raise NoFix("`permissions` is neither a word nor a mapping")


def _put_first(file: SourceFile, block: Mapping, draft: Draft) -> None:
    """Writes the scope before all others."""
    if not block.entries:
        span = Span(block.span.start + 1, block.span.end - 1)
        draft.edit(span, " id-token: write ", file.path)
        return
    first = block.entries[0].key.span.start
    if layout.is_flow(file.text, block):
        draft.edit(Span(first, first), "id-token: write, ", file.path)
        return
    start, indent = layout.line_start(file.text, first), layout.indent_of(file.text, first)
    written = f"{indent}id-token: write{layout.newline(file)}"
    draft.edit(Span(start, start), written, file.path)


def _write_out(
    file: SourceFile, owner: Mapping, entry: Entry, granted: dict[str, str], draft: Draft
) -> None:
    """Puts scopes in the place of a word, or of nothing."""
    text, nl = file.text, layout.newline(file)
    if layout.is_flow(text, owner):
        flat = ", ".join(f"{name}: {level}" for name, level in granted.items())
        draft.edit(Span(entry.key.span.end, entry.span.end), f": {{{flat}}}", file.path)
        return
    inner = layout.indent_of(text, entry.key.span.start) + layout.step_in(text, owner)
    lines = "".join(f"{nl}{inner}{name}: {level}" for name, level in granted.items())
    start = text.index(":", entry.key.span.end) + 1
    draft.edit(Span(start, max(start, entry.value.span.end)), lines, file.path)


def _refuse_shared(outline: Outline, value: object) -> None:
    if not isinstance(value, Scalar) and len(outline.holders(value)) > 1:  # type: ignore[arg-type]
        raise NoFix("the `permissions` stand behind an anchor that others use, too")


def new_block(
    file: SourceFile, owner: Mapping, granted: dict[str, str], draft: Draft, *, above: str = ""
) -> None:
    """Writes a block of its own before the entry `above`, or behind the first entry of a job."""
    text, nl = file.text, layout.newline(file)
    first = owner.entries[0].key.span.start
    if layout.is_flow(text, owner):
        flat = ", ".join(f"{name}: {level}" for name, level in granted.items())
        draft.edit(Span(first, first), f"permissions: {{{flat}}}, ", file.path)
        return
    indent = layout.indent_of(text, first)
    inner = indent + layout.step_in(text, owner)
    body = "".join(f"{inner}{name}: {level}{nl}" for name, level in granted.items())
    block = f"{indent}permissions:{nl}{body}"
    if above:
        entry = owner.entry(above)
        assert entry is not None
        start = layout.above_comments(text, layout.line_start(text, entry.key.span.start))
        blank = nl if start == 0 or layout.follows_blank(text, start) else ""
        draft.edit(Span(start, start), block + blank, file.path)
        return
    anchor = owner.entry("runs-on") or owner.entry("uses") or owner.entries[0]
    if not layout.is_first_on_line(text, anchor.key.span.start):
        raise NoFix("the job is written on one line with its name")
    end = layout.line_end(text, max(anchor.span.end - 1, anchor.key.span.start))
    lead = "" if text[end - 1 : end] == "\n" else nl
    draft.edit(Span(end, end), lead + block, file.path)
