"""What commands print, and which files it ends up in."""

from __future__ import annotations

import re

from oidc_enforcer.shell.environment import EXPORTED_NAMES
from oidc_enforcer.shell.files import write
from oidc_enforcer.shell.model import Sink
from oidc_enforcer.shell.reading import Reading
from oidc_enforcer.shell.simple import Simple
from oidc_enforcer.shell.text import Text

_SPECIFIER = re.compile(r"%(?:%|[-+ #0]*+\d*+(?:\.\d++)?[a-zA-Z])")
_ECHO_FLAGS = re.compile(r"-[neE]++\Z")
#: Commands that pass on what they read, changed or not.
_FILTERS = frozenset(
    [
        "cat",
        "tee",
        "sed",
        "tr",
        "envsubst",
        "base64",
        "sort",
        "uniq",
        "head",
        "tail",
        "grep",
        "sponge",
        "openssl",
        "gpg",
        "xxd",
        "gunzip",
        "gzip",
        "out-string",
    ]
)
_PROGRAMS = frozenset({"jq", "yq", "awk", "gawk", "perl"})
_WORKFLOW_COMMAND = re.compile(r"::set-(output|env)\s++name=([^:,\n]++)[^:\n]*+::([^\n]*+)")
_COMMAND_FILE = re.compile(r"GITHUB_(?:ENV|OUTPUT)\b")
_NAMES_IN_PROGRAM = re.compile(r"(?<![\w$.\-])([A-Z][A-Z0-9_]{2,}|aws_\w++)=(?!=)")


def matters(reading: Reading, simple: Simple) -> bool:
    """Whether it is worth knowing what a command prints: it may just show it to people."""
    if simple.out is not None or simple.piped or simple.stdin:
        return True
    return simple.source is not None or reading.has_workflow_commands


def printed(reading: Reading, simple: Simple, at: int, name: str) -> list[Text]:
    """What the command `name`, which stands at word `at`, writes to stdout, if it is known."""
    if name in ("echo", "write-output", "write-host"):
        return [_echo(reading, simple, at)]
    if name == "printf":
        return [_printf(reading, simple, at)]
    if name in _FILTERS:
        return list(reading.texts(simple))
    return []


def _echo(reading: Reading, simple: Simple, at: int) -> Text:
    escapes = reading.reader.echo_escapes
    at += 1
    while at < len(simple.texts) and _ECHO_FLAGS.match(simple.texts[at]):
        escapes = escapes or "e" in simple.texts[at]
        at += 1
    text = Text()
    for index in range(at, len(simple.texts)):
        start, end = simple.starts[index], simple.ends[index]
        if index > at:
            text.add(" ", " ", start - 1)
        text.extend(reading.reader.text(start, end))
    if text.length:
        text.add("\n", "\n", simple.ends[-1])
    return text.unescaped() if escapes else text


def _printf(reading: Reading, simple: Simple, at: int) -> Text:
    words = [
        reading.reader.text(start, end)
        for text, start, end in reading.words(simple, at + 1)
        if text != "--"
    ]
    if not words:
        return Text()
    form, arguments = words[0].unescaped(), words[1:]
    text = Text()
    used = 0
    # The format is used again as long as arguments are left over, as POSIX printf says.
    while True:
        before, done = used, 0
        for found in _SPECIFIER.finditer(form.masked):
            text.extend(form, done, found.start())
            done = found.end()
            if found[0] == "%%":
                text.extend(form, found.start(), found.start() + 1)
            elif used < len(arguments):
                text.extend(arguments[used])
                used += 1
        text.extend(form, done)
        if used >= len(arguments) or used == before:
            return text


def tee(reading: Reading, simple: Simple, at: int, group: int) -> None:
    """Writes what `tee` gets to all its files."""
    texts = simple.printed
    for text, start, end in reading.words(simple, at + 1):
        if texts and not text.startswith("-"):
            write(reading, texts, reading.reader.text(start, end), group)


def redirected(reading: Reading, simple: Simple, name: str, group: int) -> None:
    """Follows stdout into the file it is sent to, or to the runner, which reads `::set-output`."""
    if simple.out is None:
        if not simple.piped:
            for text in simple.printed:
                workflow_commands(reading, text)
        return
    target = reading.reader.text(*simple.out)
    write(reading, simple.printed, target, group)
    if name in _PROGRAMS or name == "aws":
        _program_output(reading, simple, target, name)


def workflow_commands(reading: Reading, text: Text) -> None:
    """Files what `::set-output` and `::set-env` in printed text set."""
    if "::set-" not in text.masked:
        return
    for found in _WORKFLOW_COMMAND.finditer(text.masked):
        sink = Sink.GITHUB_ENV if found[1] == "env" else Sink.GITHUB_OUTPUT
        name = text.plain[found.start(2) : found.end(2)].strip()
        target = f"GITHUB_{found[1].upper()}"
        a, b = found.span(3)
        group = reading.sheet.group(reading.key(target), name)
        place = (text.offset(found.start(2)), *text.span(a, b))
        reading.put(sink, name, text, a, b, place, group, target)


def _program_output(reading: Reading, simple: Simple, target: Text, name: str) -> None:
    """Names that a program such as jq writes to `$GITHUB_ENV`: the value is its pipeline."""
    known = _COMMAND_FILE.search(target.plain)
    if known is None:
        return
    reader = reading.reader
    start, end = simple.starts[0], simple.ends[-1]
    names = [found[1] for found in _NAMES_IN_PROGRAM.finditer(reader.masked, start, end)]
    if name == "aws" and simple.texts[1:3] == ["configure", "export-credentials"]:
        names += EXPORTED_NAMES
    first = simple
    for _ in range(10):
        if first.source is None or first.source[0] >= first.source[1]:
            break
        first = reader.simples[first.source[0]]
        start = min(start, *first.starts[:1])
    text = Text.of(reader.masked[start:end], reader.plain[start:end], start)
    text.substitutions.append((0, text.length))
    sink = Sink[known[0].upper()]
    for found_name in dict.fromkeys(names):
        key = reading.sheet.group(reading.key(known[0].upper()), found_name)
        reading.put(sink, found_name, text, 0, text.length, (start, start, end), key, known[0])


PRINTERS = _FILTERS | {"echo", "printf", "write-output", "write-host"}
