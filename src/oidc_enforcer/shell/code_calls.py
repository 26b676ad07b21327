"""Calls of Python and JavaScript that set variables, write files or run commands."""

from __future__ import annotations

from oidc_enforcer.records import NamedTuple
from oidc_enforcer.shell import output
from oidc_enforcer.shell.code_tokens import Tokens
from oidc_enforcer.shell.files import write
from oidc_enforcer.shell.model import Command, Sink
from oidc_enforcer.shell.patterns import Pattern
from oidc_enforcer.shell.reading import Reading
from oidc_enforcer.shell.rereads import reread
from oidc_enforcer.shell.simple import Simple
from oidc_enforcer.shell.text import Text

#: Calls of (name, value), by the end of their dotted name.
_SETTERS = {
    "putenv": Sink.EXPORTED,
    "environ.setdefault": Sink.EXPORTED,
    "exportVariable": Sink.GITHUB_ENV,
    "setOutput": Sink.GITHUB_OUTPUT,
}
#: Constructors that take key id, secret and session token as their first arguments.
_TAKES_KEYS = (
    *("boto3.Session", "boto3.session.Session", "AWS.Credentials", "Aws::Credentials.new"),
    *("boto.connect_s3", "boto.connect_ec2", "S3Connection", "EC2Connection"),
)
_HALVES = ("aws_access_key_id", "aws_secret_access_key", "aws_session_token")
_REMOVERS = frozenset({"unsetenv", "environ.pop"})
_RUNNERS = frozenset(
    [
        "system",
        "popen",
        "run",
        "call",
        "check_call",
        "check_output",
        "Popen",
        "getoutput",
        "execSync",
        "exec",
        "spawn",
        "spawnSync",
        "getExecOutput",
        "execFile",
        "execFileSync",
        "execa",
    ]
)
_FILE_WRITERS = frozenset({"appendFileSync", "writeFileSync", "appendFile", "writeFile"})
_METHODS = frozenset({"write", "writelines", "write_text", "writeLine"})
_PRINTERS = frozenset({"print", "console.log"})
_AWS_FOLDER = Pattern(r"\.aws\b")


class Call(NamedTuple):
    """A call: its dotted name, the token it begins with, and its opening parenthesis."""

    name: str
    first: int
    bracket: int


def call(reading: Reading, tokens: Tokens, found: Call, files: dict[str, Text]) -> None:
    """Files what a call does. `files` are the targets of the open files, by variable."""
    arguments = _arguments(tokens, found.bracket)
    last, two = found.name.rsplit(".", 1)[-1], ".".join(found.name.split(".")[-2:])
    _command(reading, tokens, found, arguments)
    sink = _SETTERS.get(last) or _SETTERS.get(two)
    if sink is not None:
        _set(reading, tokens, arguments, sink)
    elif last in _REMOVERS or two in _REMOVERS:
        _unset(reading, tokens, arguments)
    elif last == "open" and arguments:
        _open(tokens, found, _target(tokens, *arguments[0]), files)
    elif last in _FILE_WRITERS and len(arguments) > 1:
        text = _composed(tokens, *arguments[1])
        write(reading, [text], _target(tokens, *arguments[0]), reading.sheet.new_group())
    elif last in _METHODS and arguments:
        _method(reading, tokens, found, arguments, files)
    elif found.name in _PRINTERS:
        _print(reading, tokens, arguments, files)
    elif last in _RUNNERS and arguments:
        _run(reading, tokens, arguments)
    elif found.name in _TAKES_KEYS:
        _keys(reading, tokens, found.name, arguments)


def _arguments(tokens: Tokens, bracket: int) -> list[tuple[int, int]]:
    """The token ranges of a call's arguments; no more than sixteen."""
    close = tokens.partners[bracket]
    found: list[tuple[int, int]] = []
    at = bracket + 1
    while at < close and len(found) < 16:
        while at < close and tokens.kinds[at] == "l":
            at += 1
        end = at
        while end < close and tokens.words[end] != ",":
            end = tokens.partners[end] + 1 if tokens.partners[end] > end else end + 1
        last = end
        while last > at and tokens.kinds[last - 1] == "l":
            last -= 1
        if last > at:
            found.append((at, last))
        at = end + 1
    return found


def _string(tokens: Tokens, argument: tuple[int, int]) -> Text | None:
    at, end = argument
    if end != at + 1 or tokens.kinds[at] != "s":
        return None
    return tokens.text(tokens.starts[at], tokens.ends[at])


def _command(
    reading: Reading, tokens: Tokens, found: Call, arguments: list[tuple[int, int]]
) -> None:
    words, starts, ends = (
        [found.name],
        [tokens.starts[found.first]],
        [tokens.ends[found.bracket - 1]],
    )
    for argument in arguments:
        if text := _string(tokens, argument):
            words.append(text.plain)
            starts.append(tokens.starts[argument[0]])
            ends.append(tokens.ends[argument[0]])
    end = tokens.ends[tokens.partners[found.bracket]]
    reads = reading.reads(tokens.masked[starts[0] : end])
    group = reading.sheet.new_group()
    reading.sheet.commands.append(
        Command(
            tuple(words), starts[0], end, group, reads, tuple(starts), tuple(ends), reading.host
        )
    )


def _keys(reading: Reading, tokens: Tokens, name: str, arguments: list[tuple[int, int]]) -> None:
    """Keys that a client is given by the order of its arguments."""
    group = reading.sheet.new_group()
    for half, (at, end) in zip(_HALVES, arguments, strict=False):
        if tokens.word(at + 1) == "=":
            return
        start, stop = tokens.starts[at], tokens.ends[end - 1]
        text = _string(tokens, (at, end))
        text = text or Text.of(tokens.masked[start:stop], tokens.plain[start:stop], start)
        reading.put(Sink.FLAG, half, text, 0, text.length, (start, start, stop), group, name)


def _name(reading: Reading, tokens: Tokens, argument: tuple[int, int]) -> Text | None:
    """The name that an argument is: a string, or strings and known values put together."""
    at, end = argument
    if end == at + 1:
        return _string(tokens, argument)
    plain = ""
    for index in range(at, end):
        word, kind = tokens.words[index], tokens.kinds[index]
        if kind == "s":
            plain += tokens.text(tokens.starts[index], tokens.ends[index]).plain
        elif kind == "n" and word in reading.sheet.values:
            plain += reading.sheet.values[word]
        elif word != "+":
            return None
    return Text.of(plain, plain, tokens.starts[at])


def _set(reading: Reading, tokens: Tokens, arguments: list[tuple[int, int]], sink: Sink) -> None:
    name = _name(reading, tokens, arguments[0]) if len(arguments) > 1 else None
    if name is None:
        return
    at, end = arguments[1]
    value = _string(tokens, arguments[1])
    start, stop = tokens.starts[at], tokens.ends[end - 1]
    text = value or Text.of(tokens.masked[start:stop], tokens.plain[start:stop], start)
    key = "env" if sink is Sink.EXPORTED else sink.name
    group = reading.sheet.group(reading.key(key), name.plain)
    place = (tokens.starts[arguments[0][0]], start, stop)
    target = "" if sink is Sink.EXPORTED else sink.name
    if sink is Sink.GITHUB_ENV and value is not None and not value.length:
        sink = Sink.UNSET
    reading.put(sink, name.plain, text, 0, text.length, place, group, target)


def _unset(reading: Reading, tokens: Tokens, arguments: list[tuple[int, int]]) -> None:
    name = _string(tokens, arguments[0]) if arguments else None
    if name is not None:
        place = (tokens.starts[arguments[0][0]], tokens.ends[arguments[0][0]])
        reading.put_name(Sink.UNSET, name.plain, place, reading.sheet.new_group())


def _target(tokens: Tokens, at: int, end: int) -> Text:
    """The path that an argument names: its literals joined, or the code itself."""
    parts = [
        tokens.text(tokens.starts[index], tokens.ends[index]).plain
        for index in range(at, end)
        if tokens.kinds[index] == "s"
    ]
    path = "/".join(part.strip("/") for part in parts)
    if not parts:
        path = tokens.plain[tokens.starts[at] : tokens.ends[end - 1]]
    elif _AWS_FOLDER.match(path):
        path = "/" + path
    return Text.of(path, path, tokens.starts[at])


def _composed(tokens: Tokens, at: int, end: int) -> Text:
    """A string put together with `+`: its literals unquoted, the rest as written."""
    text, level = Text(), tokens.around[at]
    for index in range(at, end):
        start, stop = tokens.starts[index], tokens.ends[index]
        if tokens.kinds[index] == "s" and tokens.around[index] == level:
            text.extend(tokens.text(start, stop))
        elif tokens.words[index] != "+" and tokens.kinds[index] != "l":
            text.add(tokens.masked[start:stop], tokens.plain[start:stop], start)
    return text


def _open(tokens: Tokens, found: Call, target: Text, files: dict[str, Text]) -> None:
    close = tokens.partners[found.bracket]
    if tokens.word(close + 1) == "as" and tokens.kind(close + 2) == "n":
        files[tokens.words[close + 2]] = target
    elif tokens.word(found.first - 1) == "=" and tokens.kind(found.first - 2) == "n":
        files[tokens.words[found.first - 2]] = target


def _method(
    reading: Reading,
    tokens: Tokens,
    found: Call,
    arguments: list[tuple[int, int]],
    files: dict[str, Text],
) -> None:
    target = files.get(found.name.rsplit(".", 1)[0])
    opened = tokens.partners[found.first - 2] if found.first > 1 else -1
    if target is None and tokens.word(found.first - 1) == "." and opened >= 0:
        # `open(…).write(…)`, `Path(…).write_text(…)`
        inner = _arguments(tokens, opened)
        target = _target(tokens, *inner[0]) if inner else None
    if target is not None:
        text = _composed(tokens, *arguments[0])
        write(reading, [text], target, reading.sheet.new_group())


def _print(
    reading: Reading,
    tokens: Tokens,
    arguments: list[tuple[int, int]],
    files: dict[str, Text],
) -> None:
    text, target = Text(), None
    for at, end in arguments:
        if tokens.word(at + 1) == "=":
            if tokens.words[at] == "file":
                target = files.get(tokens.word(at + 2))
            continue
        if text.length:
            text.add(" ", " ", tokens.starts[at])
        text.extend(_composed(tokens, at, end))
    if not text.length:
        return
    text.add("\n", "\n", tokens.ends[arguments[-1][1] - 1])
    if target is not None:
        write(reading, [text], target, reading.sheet.new_group())
    else:
        output.workflow_commands(reading, text)


def _run(reading: Reading, tokens: Tokens, arguments: list[tuple[int, int]]) -> None:
    """A command line as a string, or as a list of words."""
    simple = Simple()
    first = _string(tokens, arguments[0])
    if first is not None:
        has_list = len(arguments) > 1 and tokens.words[arguments[1][0]] == "["
        if not has_list:
            reread(reading, first, "bash")
            return
        at = arguments[0][0]
        simple.append(first.plain, tokens.starts[at], tokens.ends[at])
    lists = arguments[0] if first is None else arguments[1]
    if tokens.words[lists[0]] != "[":
        return
    for index in range(lists[0] + 1, lists[1]):
        if tokens.kinds[index] == "s":
            start, end = tokens.starts[index], tokens.ends[index]
            simple.append(tokens.text(start, end).plain, start, end)
    if simple.texts:
        tokens.simples.append(simple)
