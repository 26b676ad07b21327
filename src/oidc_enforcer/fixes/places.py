"""Finds what stands at a place of a workflow: which entry or script setting, whose it is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from oidc_enforcer import shell
from oidc_enforcer.source import SourceFile, Span
from oidc_enforcer.workflow import scripts, slots
from oidc_enforcer.workflow.credentials import Credential
from oidc_enforcer.workflow.model import Action, Job, Step, Workflow
from oidc_enforcer.workflow.slots import Slot
from oidc_enforcer.workflow.variables import Variables


class Place(NamedTuple):
    """A slot and its owner. `sink` is `env`, `with`, `secrets`, `container`, `services` or `run`.

    `run` also stands for an input that holds a script; `name` is then that input's.
    """

    slot: Slot
    sink: str
    job: Job | None
    step: Step | None
    name: str = ""

    @property
    def setting(self) -> shell.Setting | None:
        """What a script does, None for an entry."""
        return self.slot.setting

    @property
    def span(self) -> Span:
        """Where it stands."""
        return self.slot.span


def of_content(content: Workflow | Action) -> Iterator[Place]:
    """Every slot of a file, as the walk over its credentials sees them."""
    file = content.file
    if isinstance(content, Action):
        yield from _of_steps(file, None, content.steps)
        return
    yield from _entries(file, content.env, "env", None, None)
    for job in content.jobs:
        yield from _entries(file, job.env, "env", job, None)
        for container in job.containers:
            sink = "container" if container.name == "container" else "services"
            yield from _entries(file, container.env, sink, job, None)
        yield from _entries(file, job.inputs, "with", job, None)
        yield from _entries(file, job.secrets, "secrets", job, None)
        yield from _of_steps(file, job, job.steps)


def _of_steps(file: SourceFile, job: Job | None, steps: tuple[Step, ...]) -> Iterator[Place]:
    for step in steps:
        yield from _entries(file, step.env, "env", job, step)
        yield from _entries(file, step.inputs, "with", job, step)
        if step.run is not None:
            deeds = scripts.of_step(step)
            for setting in deeds.script.settings:
                yield Place(slots.of_setting(file, step.run, setting, deeds), "run", job, step)
        elif step.uses is not None:
            for item, deeds in scripts.of_inputs(step):
                for setting in deeds.script.settings:
                    slot = slots.of_setting(file, item.value, setting, deeds)
                    yield Place(slot, "run", job, step, item.name)


def _entries(
    file: SourceFile, given: Variables, sink: str, job: Job | None, step: Step | None
) -> Iterator[Place]:
    for item in given:
        yield Place(slots.of_variable(file, item), sink, job, step)


def of_credential(content: Workflow | Action, credential: Credential) -> tuple[Place, ...]:
    """All places of the file that a credential touches: its halves, and where they go on to."""
    pair = credential.pair
    assert pair is not None
    pieces = [*pair.pieces, *pair.repeats]
    if pair.session_token is not None:
        pieces.append(pair.session_token)
    wanted = {(id(piece.slot.scalar), piece.slot.start) for piece in pieces}
    for piece in pieces:
        stored = (origin.slot for origin in piece.origins if not origin.slot.is_elsewhere)
        wanted.update((id(slot.scalar), slot.start) for slot in stored)
    spans = {spot.span for spot in credential.uses if spot.file is content.file}
    found: dict[tuple[int, int, str], Place] = {}
    for place in of_content(content):
        slot = place.slot
        if (id(slot.scalar), slot.start) in wanted or place.span in spans:
            if place.setting is None and _holds_script(place):
                continue
            found.setdefault((id(slot.scalar), slot.start, place.sink), place)
    return tuple(found.values())


def _holds_script(place: Place) -> bool:
    """Whether an input is read as a script, so that its settings are the places."""
    step = place.step
    if place.sink != "with" or step is None or step.uses is None:
        return False
    return any(
        item.name == place.slot.name and deeds.script.settings
        for item, deeds in scripts.of_inputs(step)
    )
