"""Keys that go on into a called workflow or a local action: both files change in one fix."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from oidc_enforcer.fixes import places
from oidc_enforcer.fixes.outline import Outline
from oidc_enforcer.fixes.places import Place
from oidc_enforcer.fixes.proposal import Draft, NoFix
from oidc_enforcer.workflow.model import Action, Job, Step, Uses, UsesKind, Workflow
from oidc_enforcer.workflow.surroundings import Surroundings
from oidc_enforcer.workflow.variables import Variables
from oidc_enforcer.yaml_tree import Mapping


class Handed(NamedTuple):
    """What a file of this repository is handed keys by, and where it reads them."""

    callee: Workflow | Action
    secrets: frozenset[str]
    inputs: frozenset[str]
    read: tuple[Place, ...]

    @property
    def names(self) -> frozenset[str]:
        """All names by which it is handed something."""
        return self.secrets | self.inputs


def handed(around: Surroundings, own: tuple[Place, ...]) -> Handed | None:
    """The callee that these places hand a key to, None where none is in sight."""
    callees: dict[str, Workflow | Action] = {}
    at_home: set[str] = set()
    secrets: set[str] = set()
    inputs: set[str] = set()
    for place in own:
        uses, callee = _callee(around, place)
        if uses is None or callee is None:
            continue
        callees[callee.file.path] = callee
        if uses.kind is UsesKind.LOCAL:
            at_home.add(callee.file.path)
        (secrets if place.sink == "secrets" else inputs).add(place.slot.name.lower())
    if not callees:
        return None
    if there := next((one for one in callees if one not in at_home), ""):
        raise NoFix(f"`{there}` is of another repository, and has to stop asking for keys first")
    if len(callees) > 1:
        raise NoFix("the key goes on into several files, to be changed one after the other")
    callee = next(iter(callees.values()))
    read = tuple(p for p in places.of_content(callee) if _reads(p, secrets, inputs))
    return Handed(callee, frozenset(secrets), frozenset(inputs), read)


def _callee(around: Surroundings, place: Place) -> tuple[Uses | None, Workflow | Action | None]:
    if place.setting is not None or place.sink not in ("secrets", "with"):
        return None, None
    if place.step is not None:
        uses = place.step.uses
        return uses, around.action(uses) if uses is not None else None
    uses = place.job.uses if place.job is not None else None
    return uses, around.workflow(uses) if uses is not None else None


def _reads(place: Place, secrets: set[str], inputs: set[str]) -> bool:
    return any(
        (flow.context == "secrets" and (flow.name or "").lower() in secrets)
        or (flow.context == "inputs" and (flow.name or "").lower() in inputs)
        for flow in place.slot.template.flows
    )


def unread(callee: Workflow, taken: tuple[Place, ...]) -> Handed:
    """What the places read that are taken out, and nothing else in the file does."""
    names: dict[str, set[str]] = {"secrets": set(), "inputs": set()}
    for place in taken:
        for flow in place.slot.template.flows:
            if flow.context in names and flow.name:
                names[flow.context].add(flow.name.lower())
    spans = [place.span for place in taken]
    text = callee.file.text
    for context, found in names.items():
        for name in list(found):
            read = re.finditer(rf"{context}\.{re.escape(name)}(?![\w-])", text, re.IGNORECASE)
            if any(not any(s.start <= m.start() < s.end for s in spans) for m in read):
                found.discard(name)
    return Handed(callee, frozenset(names["secrets"]), frozenset(names["inputs"]), taken)


def declarations(found: Handed) -> Iterator[int]:
    """Offsets of the keys by which the callee declares what it is handed."""
    for mapping, names in _declared(found):
        if mapping is not None:
            for entry in mapping.entries:
                if entry.key.text.lower() in names:
                    yield entry.key.span.start


def _declared(found: Handed) -> tuple[tuple[Mapping | None, frozenset[str]], ...]:
    if isinstance(found.callee, Action):
        return ((found.callee.root.mapping("inputs"), found.inputs),)
    call = found.callee.call
    if call is None:
        return ()
    return ((call.mapping("secrets"), found.secrets), (call.mapping("inputs"), found.inputs))


def let_go(around: Surroundings, found: Handed, draft: Draft) -> None:
    """Takes what is no longer declared out of every call in sight; GitHub refuses what is not."""
    for name in around.callers(found.callee.file.path):
        caller = around.workflow_at(name)
        if caller is None:
            continue
        outline = Outline(caller.file, caller.root)
        doomed: set[int] = set()
        for job, step in _calls(caller, around, found):
            if step is not None and isinstance(found.callee, Action):
                continue
            doomed.update(_given(job.secrets, found.secrets))
            doomed.update(_given(job.inputs, found.inputs))
        for edit in outline.removal(doomed):
            draft.edit(edit.span, edit.text, caller.file.path)


def differ(around: Surroundings, found: Handed) -> bool:
    """Whether the calls in sight hand over different values by one name."""
    given: dict[str, set[str]] = {}
    callers = (around.workflow_at(name) for name in around.callers(found.callee.file.path))
    for caller in callers:
        for job, step in _calls(caller, around, found) if caller else ():
            if step is not None:
                continue
            for item in (*job.secrets, *job.inputs):
                name = item.name.lower()
                if name in found.names:
                    given.setdefault(name, set()).add("".join(item.value.text.split()))
    return any(len(values) > 1 for values in given.values())


def _given(variables: Variables, names: frozenset[str]) -> Iterator[int]:
    return (i.entry.key.span.start for i in variables if i.name.lower() in names)


def count(around: Surroundings, found: Handed) -> int:
    """How many calls of the callee are in sight."""
    callers = (around.workflow_at(name) for name in around.callers(found.callee.file.path))
    return sum(1 for caller in callers if caller for _ in _calls(caller, around, found))


def _calls(
    caller: Workflow, around: Surroundings, found: Handed
) -> Iterator[tuple[Job, Step | None]]:
    path = found.callee.file.path
    for job in caller.jobs:
        if job.uses is not None and around.path_of(job.uses) == path:
            yield job, None
        for step in job.steps:
            action = around.action(step.uses) if step.uses is not None else None
            if action is not None and action.file.path == path:
                yield job, step
