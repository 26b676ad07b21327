"""Which role a script assumes by OIDC: on a command line, in a variable, or in AWS's own files.

What comes out is a slot whose text is a template, as the value of an input is: shell variables
that are settled by the script have their values in it, others stand for what `env` holds.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from oidc_enforcer import shell
from oidc_enforcer.source import SourceFile
from oidc_enforcer.workflow import scripts, slots
from oidc_enforcer.workflow.model import Step
from oidc_enforcer.workflow.scripts import Deeds
from oidc_enforcer.workflow.slots import Slot
from oidc_enforcer.workflow.variables import Variables
from oidc_enforcer.yaml_tree import Scalar

_OPTION = "--role-arn"
#: By these AWS's tools find the role and the token of their own accord.
_ROLE_NAMES = ("AWS_ROLE_ARN", "role_arn")
_FILE_NAMES = ("AWS_WEB_IDENTITY_TOKEN_FILE", "web_identity_token_file")
_ARGUMENT = re.compile(r"""\bRoleArn["']?\s{0,4}[=:]\s{0,4}(["'])([^"'\\$]{1,300})\1""")
_VARIABLE = re.compile(r"\$\{\{.*?\}\}|\$(?:(?P<plain>\w+)|\{(?P<braced>\w+)\})|\$|`", re.DOTALL)
_MOST_STEPS_BACK = 5
_AUDIENCE = re.compile(r"""audience=(?:["']?)([^"'\s&|)]{1,200})""")


def of_command(
    use: shell.Use, deeds: Deeds, script: Scalar, file: SourceFile, before: Iterable[Step]
) -> Slot | None:
    """The role that a call of `assume-role-with-web-identity` names; None where it is not told."""
    told = _argument(use, deeds, script)
    if told is None:
        return None
    text, start, end = told
    value = _settled(text, use.start, deeds, tuple(before), _MOST_STEPS_BACK)
    return None if value is None else Slot(_OPTION, value, file, script, start, end)


def _argument(use: shell.Use, deeds: Deeds, script: Scalar) -> tuple[str, int, int] | None:
    for command in deeds.script.commands:
        if (command.start, command.end) != (use.start, use.end):
            continue
        words = command.words
        places = [(use.start, use.end)] * len(words)
        if len(command.starts) == len(words):
            places = list(zip(command.starts, command.ends, strict=True))
        for at, word in enumerate(words):
            if word == _OPTION and at + 1 < len(words):
                return words[at + 1], *places[at + 1]
            if word.startswith(f"{_OPTION}="):
                return word.removeprefix(f"{_OPTION}="), *places[at]
    found = _ARGUMENT.search(script.text, use.start, use.start + 2_000)
    return (found[2], found.start(2), found.end(2)) if found else None


def _settled(
    text: str, before: int, deeds: Deeds, steps: tuple[Step, ...], depth: int
) -> str | None:
    """The text as a template; None where the script makes a part of it while it runs."""
    pieces, at = [], 0
    for found in _VARIABLE.finditer(text):
        pieces.append(text[at : found.start()])
        at = found.end()
        name = found["plain"] or found["braced"]
        if found[0].startswith("${{"):
            pieces.append(found[0])
        elif not name:
            return None
        else:
            value = _value_of(name, before, deeds, steps, depth)
            if value is None:
                return None
            pieces.append(value)
    return "".join([*pieces, text[at:]])


def _value_of(
    name: str, before: int, deeds: Deeds, steps: tuple[Step, ...], depth: int
) -> str | None:
    setting = deeds.last_setting(name, before)
    if setting is not None:
        earlier = (each for each in deeds.variables[name] if each.start < before)
        if any(each.value != setting.value for each in earlier):
            return None  # the branches of an `if`, as a rule
        if setting.value is None or setting.substitution or not depth:
            return None
        return _settled(setting.value, setting.start, deeds, steps, depth - 1)
    exported = [found for step in steps for found in _exports(step, name)]
    if not exported:
        return f"${{{{ env.{name} }}}}"
    (inner, last), *others = reversed(exported)
    if others or last.value is None or last.substitution or not depth:
        return None
    return _settled(last.value, last.start, inner, (), depth - 1)


def _exports(step: Step, name: str) -> Iterator[tuple[Deeds, shell.Setting]]:
    deeds = scripts.of_step(step)
    for setting in deeds.script.settings:
        if setting.name == name and setting.sink is shell.Sink.GITHUB_ENV:
            yield deeds, setting


def of_files(around: Iterable[Variables], steps: tuple[Step, ...], file: SourceFile) -> Slot | None:
    """The role that AWS's tools assume of their own accord, with the token in a file.

    None where there is no such role, where there are several, or where it is not told.
    """
    found = tuple(_given(around, steps, file))
    if not any(name in _FILE_NAMES for name, _ in found):
        return None
    roles = [slot for name, slot in found if name in _ROLE_NAMES]
    texts = {slot.value if slot else None for slot in roles}
    return roles[0] if len(texts) == 1 else None


def _given(
    around: Iterable[Variables], steps: tuple[Step, ...], file: SourceFile
) -> Iterator[tuple[str, Slot | None]]:
    names = (*_ROLE_NAMES, *_FILE_NAMES)
    for variables in (*around, *(step.env for step in steps)):
        for item in variables.items:
            if item.name in names and item.value.text.strip():
                yield item.name, slots.of_variable(file, item)
    for number, step in enumerate(steps):
        if step.run is None:
            continue
        deeds = scripts.of_step(step)
        for setting in deeds.script.settings:
            if setting.name not in names or setting.sink is shell.Sink.UNSET:
                continue
            value = None
            if setting.value is not None and not setting.substitution:
                text, earlier = setting.value, steps[:number]
                value = _settled(text, setting.start, deeds, earlier, _MOST_STEPS_BACK)
            slot = Slot(setting.name, value or "", file, step.run, setting.start, setting.end)
            yield setting.name, slot if value else None


def audience(script: str) -> str | None:
    """The audience that a script asks a token for; None where it is not told."""
    found = set(_AUDIENCE.findall(script))
    text = found.pop() if len(found) == 1 else ""
    return text if text and "$" not in text else None
