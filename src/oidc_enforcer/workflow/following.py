"""Follows a value from name to name, to everything that it may come from."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING

from oidc_enforcer import shell
from oidc_enforcer.expression import Reference, template
from oidc_enforcer.workflow import scripts, slots
from oidc_enforcer.workflow.layers import ALL, WRITTEN
from oidc_enforcer.workflow.origins import Origin, Origins, Source
from oidc_enforcer.workflow.slots import Slot

if TYPE_CHECKING:
    from oidc_enforcer.workflow.scene import Scene

#: How far a value is followed from name to name before we say that we cannot tell.
MAX_TRAIL = 12
#: What a value of another branch counts on the trail.
_FURTHER = 4
#: Values of a matrix variable that are followed; more of them say nothing new.
_MAX_VALUES = 50


def resolve(scene: Scene, slot: Slot, level: int = ALL, trail: int = 0) -> Origins:
    """Every end of the trail of the slot's value; empty when the value is empty."""
    if trail > MAX_TRAIL:
        return (Origin(Source.UNKNOWN, "", slot),)
    parsed = slot.template
    found: list[Origin] = []
    for reference in parsed.flows:
        found += _reference(scene, reference, slot, level, trail)
    if slot.setting is not None and slot.setting.expands:
        found += _shell_values(scene, slot, slot.setting, level, trail)
        found += _arguments(scene, slot, slot.setting, level, trail)
    if not found:
        found += literals(slot)
    return tuple(found)


_FUNCTION = re.compile(r"(?:^|[\s;&])(?:function\s+)?([\w-]{1,100})\s*\(\s*\)\s*\{")
_EXPANDED = re.compile(r"\$\{?([A-Za-z_]\w*)")
#: Calls of one function that are followed.
_MOST_CALLS = 20


def _arguments(
    scene: Scene, slot: Slot, setting: shell.Setting, level: int, trail: int
) -> Iterator[Origin]:
    """What the calls of the script's last function before `X=$1` give as its argument."""
    number, deeds = _POSITIONAL.fullmatch(slot.value), slot.deeds
    if number is None or not number[0].strip("${}").isdigit() or deeds is None:
        return
    functions = _FUNCTION.findall(slot.scalar.text[: setting.start])
    at = int(number[0].strip("${}"))
    calls = (c for c in deeds.script.commands if functions and c.words[0] == functions[-1])
    for command in islice((c for c in calls if len(c.words) > at), _MOST_CALLS):
        word = command.words[at]
        reads = tuple(_EXPANDED.findall(word))
        start, end = command.starts[at], command.ends[at]
        unquoted = slot.scalar.text.find(word, start, end)
        if unquoted >= 0:
            start, end = unquoted, unquoted + len(word)
        given = setting._replace(value=word, start=start, value_start=start, end=end, reads=reads)
        entered = slot._replace(value=word, start=start, end=end, setting=given)
        yield from resolve(scene, entered, level, trail + 1)


def _shell_values(
    scene: Scene, slot: Slot, setting: shell.Setting, level: int, trail: int
) -> Origins:
    found: list[Origin] = []
    # NOTE: the elements of an array, `X=($(…))`, are words of a command's output.
    is_array = slot.value.startswith("($(")
    if text := setting.substitution or (slot.value if is_array else ""):
        source = substitution_source(text)
        if source is not Source.UNKNOWN:
            spare = _spare(scene, text, slot, setting, level, trail)
            return (Origin(source, "", slot),) if spare is None else spare
        if read := _FILE_READ.fullmatch(text):
            found += _content(scene, read[1], slot, setting, level, trail)
    for name in setting.reads:
        values = _shell_variable(scene, name, slot, setting, level, trail)
        if f"${{!{name}" in slot.value:
            values = _named_by(scene, values, slot, setting, level, trail)
        found += values
    if not found and setting.substitution:
        found.append(Origin(Source.UNKNOWN, "", slot))
    return tuple(found)


def _spare(
    scene: Scene, text: str, slot: Slot, setting: shell.Setting, level: int, trail: int
) -> Origins | None:
    """What `$(… || echo $X)` gives where the first command fails, if that is stored."""
    _, alternative, rest = text.rpartition("||")
    if not alternative:
        return None
    if any(flow.context == "secrets" for flow in template(rest).flows):
        return ()  # it stands in the value itself
    found: list[Origin] = []
    for name in _EXPANDED.findall(rest):
        found += _shell_variable(scene, name, slot, setting, level, trail)
    return tuple(found) if any(origin.is_stored for origin in found) else None


#: `$(cat F)` and `$(< F)`.
_FILE_READ = re.compile(r"\s*(?:cat\s+|<\s*)[\"']?([\w./~-]{1,200})[\"']?\s*")


def _content(
    scene: Scene, path: str, slot: Slot, setting: shell.Setting, level: int, trail: int
) -> Origins:
    """What the script, or a step before, has written to a file."""
    name = scripts.content_of(path)
    local = slot.deeds.last_setting(name, setting.start) if slot.deeds else None
    if slot.deeds is None or local is None:
        return scene.written(name) or ()
    given = slots.of_setting(slot.file, slot.scalar, local, slot.deeds)
    return resolve(scene, given, level, trail + 1)


def _shell_variable(
    scene: Scene, name: str, slot: Slot, setting: shell.Setting, level: int, trail: int
) -> Origins:
    """Where a variable that a script expands gets its value: from the script, or around it."""
    deeds = slot.deeds
    found: Origins = ()
    before = deeds.settings_before(name, setting.start) if deeds else ()
    if deeds is None or not before:
        return variable(scene, name, slot, level, trail)
    for local in before:
        given = slots.of_setting(slot.file, slot.scalar, local, deeds)
        # NOTE: the further ones go less far, so that a chain of branches stays cheap.
        found = resolve(scene, given, level, trail + (1 if local is before[0] else _FURTHER))
        # NOTE: nothing, or a dummy, may be another branch's value; of a token it is what counts.
        if any(origin.source is not Source.LITERAL for origin in found):
            break
        if not found and "token" in slot.name.lower():
            break
    return found


def _named_by(
    scene: Scene, names: Origins, slot: Slot, setting: shell.Setting, level: int, trail: int
) -> Origins:
    """What `${!X}` gives: the value of the variable whose name is X's value."""
    found: list[Origin] = []
    for origin in names:
        if origin.source is Source.LITERAL and origin.text.isidentifier() and trail < MAX_TRAIL:
            found += _shell_variable(scene, origin.text, slot, setting, level, trail + 1)
        else:
            found.append(Origin(Source.UNKNOWN, origin.reference, slot, origin.word))
    return tuple(found)


def _reference(scene: Scene, reference: Reference, slot: Slot, level: int, trail: int) -> Origins:
    context, name = reference.context, reference.name
    match context:
        case "secrets":
            if name is not None and scene.secrets is not None and name.lower() in scene.secrets:
                return scene.secrets[name.lower()]
            word = name or _dynamic_word(scene, reference)
            return (Origin(Source.SECRET, reference.dotted, slot, word),)
        case "vars":
            return (Origin(Source.VARIABLE, reference.dotted, slot, name or reference.hint),)
        case "inputs":
            return _input(scene, reference, name, slot)
        case "github" if reference.path[1:3] == ("event", "inputs"):
            return _input(scene, reference, reference.path[-1], slot)
        case "env" if name:
            return variable(scene, name, slot, level, trail)
        case "steps" if name and len(reference.path) > 3:
            return _output(scene, reference, slot)
        case "needs" if name and len(reference.path) > 3:
            return _need(scene, reference, slot, trail)
        case "matrix" if name:
            return _matrix(scene, reference, slot)
    return (Origin(Source.UNKNOWN, reference.dotted, slot, reference.hint),)


def _dynamic_word(scene: Scene, reference: Reference) -> str:
    """What the name of `secrets[…]` may be: its constant words, or the matrix' literals."""
    words = [reference.hint]
    for index in reference.index:
        if index.context == "matrix" and scene.job is not None:
            words += scene.matrix_values().get(".".join(p or "" for p in index.path[1:]), ())
        elif index.context == "env" and index.name:
            layer_value = scene.visible().find(index.name)
            words.append(layer_value.value if layer_value else "")
    return next((word for word in words if word), "")


def _input(scene: Scene, reference: Reference, name: str | None, slot: Slot) -> Origins:
    if name is not None and scene.inputs is not None:
        return scene.inputs.get(name.lower(), ())
    word = reference.hint or name or ""
    return (Origin(Source.INPUT, reference.dotted, slot, word),)


def variable(scene: Scene, name: str, slot: Slot, level: int = ALL, trail: int = 0) -> Origins:
    """Where an environment variable's value comes from, as seen from `level`."""
    for layer in range(level - 1, -1, -1):
        if layer == WRITTEN:
            written = scene.written(name)
            if written is not None:
                return written
        found = scene.layers[layer].slots.get(name)
        if found is not None:
            return resolve(scene, found, layer, trail + 1)
    if scene.outer is not None:
        return variable(scene.outer, name, slot, ALL, trail + 1)
    return (Origin(Source.UNKNOWN, f"env.{name}", slot, name),)


def _output(scene: Scene, reference: Reference, slot: Slot) -> Origins:
    step_id, output = reference.name or "", reference.path[3]
    if output is None:
        return (Origin(Source.UNKNOWN, reference.dotted, slot, reference.hint),)
    known = scene.outputs.get(step_id)
    found = known(output) if known is not None else None
    if found is not None:
        return found
    return (Origin(Source.UNKNOWN, reference.dotted, slot, output),)


def _need(scene: Scene, reference: Reference, slot: Slot, trail: int) -> Origins:
    needed = scene.job_at_end(reference.name or "", trail)
    if needed is not None and needed.job is not None and needed.job.uses is not None:
        found = _called_output(needed, reference.path[3] or "", trail)
        return tuple(
            # NOTE: the called file is judged by itself; here the value enters where it is used.
            origin._replace(slot=slot)
            for origin in found
            if origin.source is not Source.LITERAL
        ) or (Origin(Source.UNKNOWN, reference.dotted, slot, reference.path[3] or ""),)
    output = needed.job.outputs.get(reference.path[3] or "") if needed and needed.job else None
    if needed is None or output is None:
        return (Origin(Source.UNKNOWN, reference.dotted, slot, reference.path[3] or ""),)
    return resolve(needed, slots.of_variable(scene.file, output), trail=trail + 1)


def _called_output(call: Scene, name: str, trail: int) -> Origins:
    """An output of the workflow that a job calls, where that workflow is in sight."""
    assert call.job is not None
    assert call.job.uses is not None
    callee = call.surroundings.workflow(call.job.uses)
    output = callee.call_outputs.get(name) if callee is not None else None
    if callee is None or output is None or trail > MAX_TRAIL or not call.visit():
        return ()
    found: list[Origin] = []
    for flow in output.template.flows:
        if flow.context != "jobs" or len(flow.path) < 4:
            continue
        inner = next((job for job in callee.jobs if job.id == flow.name), None)
        if inner is None:
            continue
        scene, given = call.called(callee, inner, call.job), flow.path[3] or ""
        if inner.uses is not None:
            found += _called_output(scene, given, trail + 1)
        elif (value := inner.outputs.get(given)) is not None:
            found += resolve(scene.at_end(), slots.of_variable(callee.file, value), trail=trail + 1)
    return tuple(found)


def _matrix(scene: Scene, reference: Reference, slot: Slot) -> Origins:
    name = ".".join(part or "" for part in reference.path[1:])
    found: list[Origin] = []
    for value in scene.matrix_values().get(name, ())[:_MAX_VALUES]:
        parsed = template(value)
        for inner in parsed.flows:
            source = Source.SECRET if inner.context == "secrets" else Source.UNKNOWN
            found.append(Origin(source, inner.dotted, slot, inner.name or ""))
        if parsed.literal:
            found.append(Origin(Source.LITERAL, reference.dotted, slot, "", value))
    return tuple(found) or (Origin(Source.UNKNOWN, reference.dotted, slot, name),)


def literals(slot: Slot) -> Origins:
    """The constants that the value may be; `op://` and the like name a store's entry."""
    found: list[Origin] = []
    for text in slot.template.constants:
        text = text.strip()
        if text.startswith(("op://", "awssm://", "vault://", "arn:aws:secretsmanager:")):
            found.append(Origin(Source.STORE, "", slot, text.rpartition("/")[2]))
        elif text and not _POSITIONAL.fullmatch(text):
            found.append(Origin(Source.LITERAL, "", slot, "", text))
    return tuple(found)


#: An argument of a function or a script: what it holds stands where that is called.
_POSITIONAL = re.compile(r"\$\{?[1-9@*]\}?")


#: What a command substitution yields, by words that only such commands have.
_SUBSTITUTIONS: tuple[tuple[tuple[str, ...], Source], ...] = (
    (("aws/creds/", "aws/sts/"), Source.BROKER),
    (
        ("sts ", "assume-role", "Credentials.", ".Credentials", "get-federation-token"),
        Source.SESSION,
    ),
    (("get-session-token", "export-credentials", "sso "), Source.SESSION),
    (("vault kv", "vault read", "op read", "op item", "doppler ", "infisical "), Source.STORE),
    (("chamber ", "credstash ", "sops "), Source.STORE),
)


def substitution_source(text: str) -> Source:
    """What kind of value `$(text)` gives, UNKNOWN where the words do not tell."""
    for words, source in _SUBSTITUTIONS:
        if any(map(text.__contains__, words)):
            return source
    return Source.UNKNOWN
