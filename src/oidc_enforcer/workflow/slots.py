"""Named places that can be given a credential: variables, inputs, and settings in scripts."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from oidc_enforcer import shell
from oidc_enforcer.expression import Template, template
from oidc_enforcer.records import NamedTuple
from oidc_enforcer.source import SourceFile, Span
from oidc_enforcer.workflow.scripts import Deeds
from oidc_enforcer.workflow.variables import Variable
from oidc_enforcer.yaml_tree import Entry, Scalar


class Slot(NamedTuple):
    """A name, the text it is given, and where: offsets are those of `scalar`'s decoded text.

    `setting` is what a script, all of whose `deeds` are known, does with it; None for YAML
    entries, which have their `entry`.
    Empty offsets stand for the whole scalar. An action's output has no place: its offsets are
    negative and differ from output to output.
    """

    name: str
    value: str
    file: SourceFile
    scalar: Scalar
    start: int
    end: int
    entry: Entry | None = None
    setting: shell.Setting | None = None
    deeds: Deeds | None = None

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
            return self.entry.span
        if self.start >= self.end:
            return self.scalar.span
        start, setting = self.start, self.setting
        if setting is not None and "\n" in self.scalar.text[start : setting.value_start]:
            start = setting.value_start
        return self.scalar.source_span(self.file.text, start, self.end)

    def spans_of(self, references: Collection[str]) -> list[Span]:
        """Where these references stand, `secrets.X` and the like, in a value of several lines."""
        start, end = self.start, self.end
        if self.setting is not None:
            start, end = self.setting.value_start, self.setting.value_end
        written = self.scalar.text[start:end]
        if "\n" not in written or self.is_elsewhere:
            return []
        return [
            self.scalar.source_span(self.file.text, start + flow.start, start + flow.end)
            for flow in template(written).flows
            if flow.dotted in references
        ]


def of_variable(file: SourceFile, variable: Variable) -> Slot:
    """The slot of an `env`, `with`, `secrets` or `outputs` entry."""
    value = variable.value
    return Slot(variable.name, value.text, file, value, 0, len(value.text), variable.entry)


def of_scalar(name: str, file: SourceFile, scalar: Scalar) -> Slot:
    """The slot of a whole scalar that is no entry: an argument, a default."""
    return Slot(name, scalar.text, file, scalar, 0, 0)


def of_arguments(file: SourceFile, arguments: Iterable[Scalar]) -> list[Slot]:
    """The slots of a program's arguments; the value of an option has the option's name."""
    found: list[Slot] = []
    option = ""
    for argument in arguments:
        text = argument.text.strip()
        name, equals, value = text.partition("=")
        if text.startswith("--") and equals:
            found.append(Slot(name.strip("-"), value, file, argument, 0, 0))
        else:
            found.append(of_scalar(option, file, argument))
        option = text.strip("-") if text.startswith("-") and not equals else ""
    return found


def of_setting(file: SourceFile, scalar: Scalar, setting: shell.Setting, deeds: Deeds) -> Slot:
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
        deeds,
    )
