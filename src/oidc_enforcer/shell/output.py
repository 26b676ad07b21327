"""What commands print, and which files it ends up in."""

from __future__ import annotations

from collections.abc import Iterator

from oidc_enforcer.shell.environment import EXPORTED_NAMES, variable
from oidc_enforcer.shell.files import keeps_credentials, made_by_program, write
from oidc_enforcer.shell.model import Sink
from oidc_enforcer.shell.patterns import Pattern
from oidc_enforcer.shell.programs import program
from oidc_enforcer.shell.reading import Pair, Reading
from oidc_enforcer.shell.simple import Simple
from oidc_enforcer.shell.text import Text

_SPECIFIER = Pattern(r"%(?:%|[-+ #0]*+\d*+(?:\.\d++)?[a-zA-Z])")
_ECHO_FLAGS = Pattern(r"-[neE]++\Z")
#: Commands that pass on what they read, changed or not.
_FILTERS = frozenset(
    [
        "cat",
        "dd",
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
_WORKFLOW_COMMAND = Pattern(r"::set-(output|env)\s++name=([^:,\n]++)[^:\n]*+::([^\n]*+)")
_COMMAND_FILE = Pattern(r"GITHUB_(?:ENV|OUTPUT)\b")
_NAMES_IN_PROGRAM = Pattern(r"(?<![\w$.\-])([A-Z][A-Z0-9_]{2,}|aws_\w++)=(?!=)")


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
    if name == "printenv":
        return [_printenv(text, start) for text, start, _ in reading.words(simple, at + 1)]
    if name == "envsubst":
        return [
            Text.of(text.revived(), text.plain, text.offset(0)) for text in reading.texts(simple)
        ]
    if name in _FILTERS:
        return list(reading.texts(simple))
    return []


def printf_to_variable(reading: Reading, simple: Simple, at: int, group: int) -> None:
    """`printf -v NAME FORMAT …`."""
    if simple.texts[at + 1 : at + 2] != ["-v"] or len(simple.texts) < at + 4:
        return
    text, start = _printf(reading, simple, at), simple.starts[at + 2]
    if text.length:
        pair = Pair(simple.texts[at + 2], text, 0, start, *text.span(0, text.length))
        variable(reading, pair, exported=False)


def _printenv(name: str, start: int) -> Text:
    return Text.of(f"${name}", f"${name}", start)


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
    """What `printf` prints, or gives to the variable that `-v` names."""
    words = [
        reading.reader.text(start, end)
        for text, start, end in reading.words(simple, at + 1)
        if text != "--"
    ]
    if words and words[0].plain == "-v":
        words = words[2:]
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
        if text.startswith("-"):
            continue
        target = reading.reader.text(start, end)
        if texts:
            write(reading, texts, target, group)
        else:
            _program_output(reading, simple, target)


def copied_by_dd(reading: Reading, simple: Simple, at: int, group: int) -> None:
    """`dd of=FILE`: what it reads ends up in the file."""
    for text, start, end in reading.words(simple, at + 1):
        if text.startswith("of="):
            word = reading.reader.text(start, end)
            _sent(reading, simple, _behind(word, len("of=")), group)


def copied(reading: Reading, simple: Simple, at: int, group: int) -> None:
    """`cp`, `mv` and `install` to AWS's credentials file, as its last word."""
    if len(simple.texts) - at > 2:
        target = reading.reader.text(simple.starts[-1], simple.ends[-1])
        is_piped = "/dev/stdin" in simple.texts
        if is_piped or keeps_credentials(reading, target):
            simple.printed = list(reading.texts(simple)) if is_piped else []
            _sent(reading, simple, target, group)


_OUTPUT_OPTION = Pattern(r"-o\Z|-O\Z|-out\Z|--output(?:=|\Z)|--output-document(?:=|\Z)")


def option(reading: Reading, simple: Simple, at: int, group: int) -> None:
    """`gpg --output FILE`, `openssl -out FILE` and the like, where it is AWS's file."""
    for index in range(at + 1, len(simple.texts)):
        found = _OUTPUT_OPTION.match(simple.texts[index])
        place = index if found and found[0].endswith("=") else index + 1
        if found is None or place >= len(simple.texts):
            continue
        word = reading.reader.text(simple.starts[place], simple.ends[place])
        target = _behind(word, found.end()) if place == index else word
        if keeps_credentials(reading, target):
            _sent(reading, simple, target, group)


def _behind(word: Text, at: int) -> Text:
    rest = Text()
    rest.extend(word, at)
    return rest


def _sent(reading: Reading, simple: Simple, target: Text, group: int) -> None:
    """What a command prints, or makes in ways of its own, goes to the file."""
    if simple.printed:
        write(reading, simple.printed, target, group)
    else:
        _whole_program(reading, simple, target)


def _whole_program(reading: Reading, simple: Simple, target: Text) -> None:
    if not keeps_credentials(reading, target) or not simple.texts:
        return
    if simple.texts[0] in _MAKES_NOTHING:
        return
    chain = [link for link in _chain(reading, simple) if link.texts]
    start = min(chain[-1].starts[0], simple.starts[0])
    made_by_program(reading, (start, simple.ends[-1]), target)


#: Commands whose output into a file empties it.
_MAKES_NOTHING = frozenset({"true", ":", "echo"})


def redirected(reading: Reading, simple: Simple, group: int) -> None:
    """Follows stdout into the file it is sent to, or to the runner, which reads `::set-output`."""
    if simple.out is None:
        if not simple.piped:
            for text in simple.printed:
                workflow_commands(reading, text)
        return
    target = reading.reader.text(*simple.out)
    write(reading, simple.printed, target, group)
    if not simple.printed:
        _program_output(reading, simple, target)
        _files_content(reading, simple, target)


#: Files whose content is followed into another one; a script copies one or two.
_MOST_COPIES = 20


def _files_content(reading: Reading, simple: Simple, target: Text) -> None:
    """`cat file >> $GITHUB_ENV`: what the script has written to the file before."""
    known = _COMMAND_FILE.search(target.plain)
    if known is None or not simple.texts or program(simple.texts[0]) != "cat":
        return
    copied = reading.sheet.copied
    paths = {(path, known[0]) for path in simple.texts[1:]} - copied
    if not paths or len(copied) >= _MOST_COPIES:
        return
    copied |= paths
    for setting in [s for s in reading.sheet.settings if s.sink is Sink.FILE]:
        if (setting.target, known[0]) in paths:
            group = reading.sheet.group(reading.key(known[0]), setting.name)
            sink = Sink[known[0]]
            reading.sheet.settings.append(setting._replace(sink=sink, target=known[0], group=group))


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


def _chain(reading: Reading, simple: Simple) -> Iterator[Simple]:
    """The command, and those piped into it from the nearest on; at most ten."""
    for _ in range(10):
        yield simple
        if simple.source is None or simple.source[0] >= simple.source[1]:
            return
        simple = reading.reader.simples[simple.source[0]]


def _names_in_program(reading: Reading, simple: Simple) -> list[str]:
    name = program(simple.texts[0]) if simple.texts else ""
    if name == "aws" and simple.texts[1:3] == ["configure", "export-credentials"]:
        return list(EXPORTED_NAMES)
    if name not in _PROGRAMS:
        return []
    masked = reading.reader.masked
    found = _NAMES_IN_PROGRAM.finditer(masked, simple.starts[0], simple.ends[-1])
    return list(dict.fromkeys(match[1] for match in found))


def _program_output(reading: Reading, simple: Simple, target: Text) -> None:
    """Names that a program such as jq writes to `$GITHUB_ENV`: the value is its pipeline."""
    known = _COMMAND_FILE.search(target.plain)
    if known is None:
        _whole_program(reading, simple, target)
        return
    reader = reading.reader
    chain = [link for link in _chain(reading, simple) if link.texts]
    names = next(filter(None, (_names_in_program(reading, link) for link in chain)), [])
    start, end = chain[-1].starts[0], simple.ends[-1]
    if not names or start >= end:
        return
    text = Text.of(reader.masked[start:end], reader.plain[start:end], start)
    text.substitutions.append((0, text.length))
    for name in names:
        group = reading.sheet.group(reading.key(known[0]), name)
        place = (start, start, end)
        reading.put(Sink[known[0]], name, text, 0, text.length, place, group, known[0])


PRINTERS = _FILTERS | {"echo", "printf", "printenv", "write-output", "write-host"}
