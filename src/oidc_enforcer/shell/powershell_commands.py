"""What PowerShell's own commands set: cmdlets, hash tables, static methods."""

from __future__ import annotations

from oidc_enforcer.shell import interpret, output
from oidc_enforcer.shell.files import write
from oidc_enforcer.shell.model import Sink
from oidc_enforcer.shell.names import has_credential, is_credential
from oidc_enforcer.shell.powershell import PowerShell
from oidc_enforcer.shell.reading import Reading, Sheet
from oidc_enforcer.shell.simple import Simple
from oidc_enforcer.shell.text import Text

_VALUE = ("-value", "-inputobject")
_PATH = ("-path", "-filepath", "-literalpath", "-name")
_SWITCHES = frozenset(
    [
        "-append",
        "-force",
        "-nonewline",
        "-passthru",
        "-noclobber",
        "-recurse",
        "-confirm",
        "-whatif",
        "-verbose",
    ]
)
_FILE_WRITERS = frozenset({"add-content", "set-content", "out-file", "tee-object"})
_ITEM_SETTERS = frozenset({"set-item", "new-item", "set-content", "si", "ni"})
_ITEM_REMOVERS = frozenset({"remove-item", "clear-item", "ri"})


def read_powershell(masked: str, plain: str, sheet: Sheet, host: str, level: int) -> None:
    """Reads a PowerShell script and files what it says."""
    reader = PowerShell(masked, plain)
    reader.run()
    reading = Reading(reader, sheet, host, level)
    credentials = has_credential(masked)
    inner: Simple | None = None
    for simple in reader.simples:
        if simple.is_expression:
            if inner is not None and _is_around(simple, inner):
                simple.printed = inner.printed
            else:
                simple.printed = [_printed_expression(reading, simple)]
            inner = simple
            output.redirected(reading, simple, reading.sheet.new_group())
            continue
        interpret.command(reading, simple, flags_too=credentials)
        if simple.texts:
            _cmdlet(reading, simple, simple.texts[0].lower(), reading.sheet.commands[-1].group)
    _entries(reading, reader)
    _static_calls(reading, reader)


def _is_around(outer: Simple, inner: Simple) -> bool:
    """Whether an expression is nothing but another one in parentheses."""
    whole = len(outer.texts) == 1 and outer.texts[0].startswith("(")
    return whole and outer.starts[0] < inner.starts[0] and inner.ends[-1] < outer.ends[0]


def _entries(reading: Reading, reader: PowerShell) -> None:
    groups: dict[int, int] = {}
    for table, name, start, value in reader.entries:
        if is_credential(name):
            group = groups.get(table) or reading.sheet.new_group()
            groups[table] = group
            reading.put_word(Sink.FLAG, name, start, value, group, "@{}")


def _static_calls(reading: Reading, reader: PowerShell) -> None:
    for name, arguments, _, _ in reader.calls:
        if name == "SetEnvironmentVariable" and len(arguments) > 1:
            variable = reader.text(*arguments[0]).plain
            _set_variable(reading, variable, arguments[0][0], arguments[1])
        elif name in ("AppendAllText", "WriteAllText") and len(arguments) > 1:
            texts = [reader.text(*arguments[1])]
            write(reading, texts, reader.text(*arguments[0]), reading.sheet.new_group())


def _set_variable(reading: Reading, name: str, start: int, value: tuple[int, int]) -> None:
    text = reading.reader.text(*value)
    if text.plain in ("", "$null"):
        reading.put_name(Sink.UNSET, name, (start, value[1]), reading.sheet.new_group())
        return
    group = reading.sheet.group(reading.key("env"), name)
    reading.put_word(Sink.EXPORTED, name, start, value, group)


def _cmdlet(reading: Reading, simple: Simple, name: str, group: int) -> None:
    """Files what a cmdlet sets in the `Env:` drive or writes to a file."""
    if name in _FILE_WRITERS or name in _ITEM_SETTERS or name in _ITEM_REMOVERS:
        path, values = _parameters(simple)
        if path < 0:
            return
        target = simple.texts[path]
        is_variable = target.lower().startswith("env:")
        variable = target[4:].lstrip("\\/")
        if is_variable and name in _ITEM_REMOVERS:
            place = (simple.starts[path], simple.ends[path])
            reading.sheet.close_group(reading.key("env"), variable)
            reading.put_name(Sink.UNSET, variable, place, group)
        elif is_variable and values:
            value = (simple.starts[values[0]], simple.ends[values[0]])
            _set_variable(reading, variable, simple.starts[path], value)
        elif name in _FILE_WRITERS:
            texts = [
                reading.reader.text(simple.starts[index], simple.ends[index]) for index in values
            ] or list(reading.texts(simple))
            write(
                reading, texts, reading.reader.text(simple.starts[path], simple.ends[path]), group
            )


def _parameters(simple: Simple) -> tuple[int, list[int]]:
    """The index of the word that names the file or item, and those of the values."""
    path, values = -1, []
    parameter = ""
    for index in range(1, len(simple.texts)):
        word = simple.texts[index].lower()
        if word[:1] == "-" and word[1:2].isalpha():
            parameter = "" if word in _SWITCHES else word
        elif parameter in _PATH or (not parameter and path < 0):
            path, parameter = index, ""
        elif not parameter or parameter in _VALUE:
            values.append(index)
        else:
            parameter = ""
    return path, values


def _printed_expression(reading: Reading, simple: Simple) -> Text:
    """What an expression puts out: strings joined by `+`, `-f` filled in, the rest as written."""
    text = Text()
    words = [
        (word, reading.reader.text(start, end)) for word, start, end in reading.words(simple, 0)
    ]
    if len(words) > 2 and words[1][0].lower() == "-f":
        return _formatted(words[0][1], [value for _, value in words[2:]])
    for word, value in words:
        if word != "+":
            text.extend(value)
    return text


def _formatted(form: Text, values: list[Text]) -> Text:
    text, done = Text(), 0
    masked = form.masked
    while (at := masked.find("{", done)) >= 0:
        close = masked.find("}", at, at + 8)
        number = masked[at + 1 : close]
        text.extend(form, done, at)
        if close < 0 or not number.isdecimal() or int(number) >= len(values):
            text.extend(form, at, at + 1)
            done = at + 1
            continue
        text.extend(values[int(number)])
        done = close + 1
    text.extend(form, done)
    return text
