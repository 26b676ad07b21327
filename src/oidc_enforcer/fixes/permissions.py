"""Puts `id-token: write` where it belongs, and takes it away where it does not.

INVARIANT: a job keeps every permission that it had, or the fix says that it may not.
"""

from __future__ import annotations

from collections.abc import Iterable

from oidc_enforcer.fixes import layout, token_needs
from oidc_enforcer.fixes.outline import Outline
from oidc_enforcer.fixes.proposal import Draft, NoFix
from oidc_enforcer.source import SourceFile, Span
from oidc_enforcer.workflow.model import Job, Permissions, Workflow
from oidc_enforcer.workflow.surroundings import Surroundings
from oidc_enforcer.yaml_tree import Mapping, Scalar

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
_GRANT = ("id-token", "write")


def grant(
    workflow: Workflow,
    outline: Outline,
    needing: Iterable[Job],
    draft: Draft,
    around: Surroundings,
) -> None:
    """Lets these jobs ask for a token."""
    lacking = [job for job in needing if not _may_ask(workflow, job)]
    own = [job for job in lacking if job.permissions is not None]
    for job in own:
        assert job.permissions is not None
        _add(workflow.file, outline, job.node, job.permissions, draft)
    rest = [job for job in lacking if job.permissions is None]
    if not rest:
        return
    heirs = [job for job in workflow.jobs if job.permissions is None]
    together = len(rest) == len(heirs)
    root = _root(outline, workflow)
    if workflow.permissions is not None:
        if together:
            _add(workflow.file, outline, root, workflow.permissions, draft)
        else:
            for job in rest:
                scopes = _scopes(workflow.permissions)
                _new_block(workflow.file, job.node, "steps", {**dict([_GRANT]), **scopes}, draft)
        return
    if together and len(workflow.jobs) == 1 and not workflow.only_called:
        _new_block(workflow.file, root, "jobs", _needed(rest, draft, around), draft)
        return
    for job in rest:
        _new_block(workflow.file, job.node, "steps", _needed([job], draft, around), draft)


def revoke(workflow: Workflow, outline: Outline, block: Permissions, draft: Draft) -> None:
    """Takes `id-token: write` out of a block, and gives it to the jobs below that use the token."""
    scope = next((s for s in block.scopes if s.name.text == "id-token"), None)
    if scope is None:
        raise NoFix("`write-all` grants more than `id-token`: list what the jobs need instead")
    holder, entry = outline.entries[scope.name.span.start]
    if len(holder.entries) == 1:
        above = next((h for h in outline.holders(holder) if h.entry is not None), None)
        if above is None or above.entry is None:
            raise NoFix("the block cannot be found")
        draft.edit(Span(above.entry.key.span.end, above.entry.span.end), ": {}")
        return
    for edit in outline.removal([entry.key.span.start]):
        draft.edit(edit.span, edit.text)


def own_block(workflow: Workflow, job: Job, block: Permissions, draft: Draft) -> None:
    """Gives a job what it had from the workflow's block, as a block of its own."""
    scopes = {**dict([_GRANT]), **_scopes(block)}
    _new_block(workflow.file, job.node, "steps", scopes, draft)


def _may_ask(workflow: Workflow, job: Job) -> bool:
    block = job.permissions or workflow.permissions
    return block is not None and block.grants_id_token


def _needed(jobs: list[Job], draft: Draft, around: Surroundings) -> dict[str, str]:
    """The scopes of a block for jobs that had the default token."""
    needs = token_needs.of_jobs(jobs, around)
    for doubt in needs.doubts:
        draft.doubt(f"a `permissions` block replaces the default, and nobody knows {doubt}")
    return {**dict([_GRANT]), **needs.scopes}


def _scopes(block: Permissions) -> dict[str, str]:
    """What a block grants, scope by scope."""
    if block.all is not None:
        if block.all.text == "read-all":
            return dict.fromkeys(_READABLE, "read")
        raise NoFix(f"`permissions: {block.all.text}` is none that GitHub knows")
    return {
        scope.name.text: scope.value.text for scope in block.scopes if scope.name.text != "id-token"
    }


def _root(outline: Outline, workflow: Workflow) -> Mapping:
    node = next(iter(outline.above(workflow.jobs[0].node)), None)
    found = node
    for above in outline.above(workflow.jobs[0].node):
        found = above
    if not isinstance(found, Mapping):
        raise NoFix("the workflow's top cannot be found")
    return found


def _add(
    file: SourceFile, outline: Outline, owner: Mapping, block: Permissions, draft: Draft
) -> None:
    """Adds the scope to a block, in the block's own style."""
    entry = owner.entry("permissions")
    assert entry is not None
    text, value = file.text, entry.value
    nl = layout.newline(file)
    _refuse_shared(outline, value)
    scope = next((s for s in block.scopes if s.name.text == "id-token"), None)
    if scope is not None:
        draft.edit(scope.value.span, "write")
        return
    inner = layout.indent_of(text, entry.key.span.start) + layout.step_in(text, owner)
    if isinstance(value, Scalar):
        scopes = {} if value.is_null else _scopes(block)
        lines = "".join(f"{nl}{inner}{name}: {level}" for name, level in [_GRANT, *scopes.items()])
        if layout.is_flow(text, owner):
            flat = ", ".join(f"{name}: {level}" for name, level in [_GRANT, *scopes.items()])
            draft.edit(Span(entry.key.span.end, entry.span.end), f": {{{flat}}}")
            return
        start = text.index(":", entry.key.span.end) + 1
        draft.edit(Span(start, max(start, value.span.end)), lines)
        return
    if not isinstance(value, Mapping):
        raise NoFix("`permissions` is neither a word nor a mapping")
    if layout.is_flow(text, value):
        at = value.span.start + 1
        if not value.entries:
            draft.edit(Span(at, value.span.end - 1), " id-token: write ")
            return
        first = value.entries[0].key.span.start
        draft.edit(Span(first, first), "id-token: write, ")
        return
    first = value.entries[0].key.span.start
    start = layout.line_start(text, first)
    draft.edit(Span(start, start), f"{layout.indent_of(text, first)}id-token: write{nl}")


def _refuse_shared(outline: Outline, value: object) -> None:
    if not isinstance(value, Scalar) and len(outline.holders(value)) > 1:  # type: ignore[arg-type]
        raise NoFix("the `permissions` stand behind an anchor that others use, too")


def _new_block(
    file: SourceFile, owner: Mapping, above: str, scopes: dict[str, str], draft: Draft
) -> None:
    """Writes a block of its own before the entry `above`, or behind the first entry of a job."""
    text, nl = file.text, layout.newline(file)
    if layout.is_flow(text, owner):
        flat = ", ".join(f"{name}: {level}" for name, level in scopes.items())
        at = owner.entries[0].key.span.start
        draft.edit(Span(at, at), f"permissions: {{{flat}}}, ")
        return
    first = owner.entries[0].key.span.start
    indent = layout.indent_of(text, first)
    inner = indent + layout.step_in(text, owner)
    body = "".join(f"{inner}{name}: {level}{nl}" for name, level in scopes.items())
    block = f"{indent}permissions:{nl}{body}"
    if above == "jobs":
        entry = owner.entry(above)
        assert entry is not None
        start = layout.above_comments(text, layout.line_start(text, entry.key.span.start))
        blank = nl if start == 0 or layout.follows_blank(text, start) else ""
        draft.edit(Span(start, start), block + blank)
        return
    anchor = owner.entry("runs-on") or owner.entry("uses") or owner.entries[0]
    if not layout.is_first_on_line(text, anchor.key.span.start):
        raise NoFix("the job is written on one line with its name")
    end = layout.line_end(text, max(anchor.span.end - 1, anchor.key.span.start))
    lead = "" if text[end - 1 : end] == "\n" else nl
    draft.edit(Span(end, end), lead + block)
