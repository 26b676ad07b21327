"""Named places that can be given a credential: variables, inputs, and settings in scripts."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from oidc_enforcer import shell
from oidc_enforcer.expression import Template, template
from oidc_enforcer.source import SourceFile, Span
from oidc_enforcer.workflow.model import Step, Variable
from oidc_enforcer.yaml_tree import Scalar


class Slot(NamedTuple):
    """A name, the text it is given, and where: offsets are those of `scalar`'s decoded text.

    `setting` is what a `script` does with it; None for YAML entries, whose `entry` span is known.
    An action's output has no place: its offsets are negative and differ from output to output.
    """

    name: str
    value: str
    file: SourceFile
    scalar: Scalar
    start: int
    end: int
    entry: Span | None = None
    setting: shell.Setting | None = None
    script: shell.Script | None = None

    @property
    def template(self) -> Template:
        """The value as text and expressions."""
        return template(self.value)

    @property
    def is_elsewhere(self) -> bool:
        """Whether the value enters at no place of the file: an action makes it."""
        return self.start < 0

    @property
    def span(self) -> Span:
        """Where the name is given its value, in the file."""
        if self.entry is not None:
            return self.entry
        start, setting = self.start, self.setting
        if setting is not None and "\n" in self.scalar.text[start : setting.value_start]:
            start = setting.value_start
        return self.scalar.source_span(self.file.text, start, self.end)


def of_variable(file: SourceFile, variable: Variable) -> Slot:
    """The slot of an `env`, `with`, `secrets` or `outputs` entry."""
    value = variable.value
    return Slot(variable.name, value.text, file, value, 0, len(value.text), variable.span)


def of_setting(
    file: SourceFile, scalar: Scalar, setting: shell.Setting, script: shell.Script
) -> Slot:
    """The slot of a setting in the script that stands in `scalar`."""
    return Slot(
        setting.name,
        setting.value or "",
        file,
        scalar,
        setting.start,
        setting.end,
        None,
        setting,
        script,
    )


@lru_cache(maxsize=256)
def _read(text: str, dialect: str) -> shell.Script:
    return shell.read(text, dialect)


#: A script without any of these words sets no credential, logs nobody in and calls no AWS.
#: `key` covers keyid, access_key and key-id; `cred` covers credentials files.
_SCRIPT_WORDS = ("aws", "key", "cred", "id_token", "idtoken", "saml", "vault", "alias", "token")
EMPTY_SCRIPT = shell.Script((), ())


def script_of(step: Step) -> shell.Script:
    """What the step's `run:` does with credentials; empty when no word of it could matter."""
    if step.run is None:
        return EMPTY_SCRIPT
    return read_script(step.run.text, step.shell or "bash")


def read_script(text: str, dialect: str) -> shell.Script:
    """Reads a script when it holds a word that could matter; readings are remembered."""
    folded = text.lower()
    if not any(word in folded for word in _SCRIPT_WORDS):
        return EMPTY_SCRIPT
    return _read(text, dialect)


def reread_script(step: Step) -> shell.Script:
    """The step's script in full, for when somebody asks for a name that it may set."""
    return _read(step.run.text, step.shell or "bash") if step.run else EMPTY_SCRIPT


def input_scripts(step: Step) -> Iterator[tuple[Variable, shell.Script]]:
    """Inputs that hold a script, arguments or `NAME=value` lines, and what they set.

    Which they are is told by their text: more than one expression or word stands in them.
    """
    is_javascript = step.uses is not None and step.uses.is_action("actions/github-script")
    for item in step.inputs:
        text = item.value.text
        if is_javascript and item.name == "script":
            yield item, read_script(text, "javascript")
        elif " " in text.strip() and _is_more_than_an_expression(item):
            yield item, read_script(text, "bash")


def _is_more_than_an_expression(item: Variable) -> bool:
    return any(isinstance(part, str) and part.strip() for part in item.template.parts)
