"""Settings in text that a script writes to a file."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from oidc_enforcer.records import NamedTuple
from oidc_enforcer.shell.model import Sink
from oidc_enforcer.shell.names import has_credential, is_credential
from oidc_enforcer.shell.patterns import Pattern
from oidc_enforcer.shell.reading import FileState, Reading
from oidc_enforcer.shell.text import HOLE, Text

_COMMAND_FILE = Pattern(r"(?:GITHUB_|github\.)(env|output|state|path|step_summary)\b", re.I)
_DEVICE = Pattern(r"/dev/(?!shm)|&?\d\Z|nul\Z|\$null\Z", re.IGNORECASE)
_AWS_FILE = Pattern(
    r"[/\\]\.aws[/\\](?:credentials|config)\b|AWS_SHARED_CREDENTIALS_FILE|AWS_CONFIG_FILE"
)
_WHOLE_FILE = Pattern(r"\.aws[/\\]credentials\b|AWS_SHARED_CREDENTIALS_FILE")
#: Variables that are read to say where a file lies.
_PLACES = frozenset({"HOME", "PWD", "USERPROFILE", "RUNNER_TEMP", "GITHUB_WORKSPACE"})
_KEEPS_PAIR = Pattern(r"passwd-s3fs")
_OTHER_SYNTAX = Pattern(
    r"\.(?:tfvars|tf|hcl|env\S*|ya?ml|json|toml|py|[jt]s|properties|sh|ps1|bat)\Z"
)
_AWS_NAMES = frozenset({"aws_access_key_id", "aws_secret_access_key", "aws_session_token"})
_COMMAND_LINE = Pattern(r"([^=\n<]++)(=|<<)(.*)")
_SECTION = Pattern(r"[ \t]*+\[[ \t]*+(?:profile[ \t]++)?([^\]]*+)\]")
_NAME_VALUE = Pattern(
    r"[ \t]*+(?:export[ \t]++|set[ \t]++|ENV[ \t]++|\$env:)?"
    rf"([\w.\-{HOLE}]++)[ \t]*+=(?!=)[ \t]*+(.*)"
)
_CREDENTIAL_PAIR = Pattern(
    rf"(?<![\w.\-{HOLE}])((?:aws:)?[\w.\-{HOLE}]++)\\?[\"']?[ \t]*+[:=][ \t]*+"
    r"(?:\{[ \t]*+[\"']?value[\"']?[ \t]*+[:=][ \t]*+)?\\?[\"']?"
    r"((?:\$\{[^}\s]*+\}|\$\([^)\n]*+\)|[^\"',}\s])++)"
)


class Pair(NamedTuple):
    """A name in a text: where it stands, and from where to where its value."""

    name: str
    at: int
    value_at: int
    end: int


def write(reading: Reading, texts: Iterable[Text], target: Text, group: int) -> None:
    """Files the settings in `texts`, which a command writes to the file named by `target`."""
    path = _path(reading, target)
    if _DEVICE.match(path):
        return
    known = _COMMAND_FILE.search(path)
    kind = known[1].lower() if known else ""
    if kind in ("state", "path", "step_summary"):
        return
    state = reading.sheet.files.setdefault((reading.host, kind or path), FileState())
    for text in texts:
        if kind:
            _command_file(reading, text, state, kind)
        elif _KEEPS_PAIR.search(path):
            _whole(reading, Sink.FILE, text, path, group)
        else:
            _other_file(reading, text, state, path)


def _path(reading: Reading, target: Text) -> str:
    """The file's name, with AWS's folder before it where the script has gone there."""
    path = target.plain.strip("\"'")
    return reading.sheet.folder + path if path in ("credentials", "config") else path


def keeps_credentials(reading: Reading, target: Text) -> bool:
    """Whether a file is the one in which AWS's tools keep keys."""
    return bool(_WHOLE_FILE.search(_path(reading, target)))


def made_by_program(reading: Reading, place: tuple[int, int], target: Text) -> None:
    """Files AWS's whole credentials file as what the command at `place` makes."""
    start, end = place
    reader = reading.reader
    text = Text.of(reader.masked[start:end], reader.plain[start:end], start)
    text.substitutions.append((0, text.length))
    group, settings = reading.sheet.new_group(), reading.sheet.settings
    _whole(reading, Sink.CREDENTIALS_FILE, text, _path(reading, target), group)
    reads = tuple(name for name in settings[-1].reads if name not in _PLACES)
    settings[-1] = settings[-1]._replace(reads=reads)


def lines(text: Text) -> Iterator[tuple[int, int]]:
    """The ranges of the lines of a text, without line breaks and blanks at the end."""
    masked = text.masked
    at = 0
    while at < len(masked):
        found = masked.find("\n", at)
        end = len(masked) if found < 0 else found
        stripped = at + len(masked[at:end].rstrip(" \t\r"))
        yield at, stripped
        at = end + 1


def _command_file(reading: Reading, text: Text, state: FileState, kind: str) -> None:
    """Lines of `$GITHUB_ENV` and `$GITHUB_OUTPUT`: `NAME=VALUE` and `NAME<<WORD`.

    Syntax: docs.github.com, "Workflow commands", environment files.
    """
    sink = Sink.GITHUB_ENV if kind == "env" else Sink.GITHUB_OUTPUT
    target = f"GITHUB_{kind.upper()}"
    for at, end in lines(text):
        if state.delimiter is not None:
            if text.plain[at:end].strip() != state.delimiter:
                state.lines.append((text, at, end))
                continue
            _put_lines(reading, sink, state, target)
            continue
        found = _COMMAND_LINE.match(text.masked, at, end)
        if found is None:
            continue
        name = text.plain[at : found.end(1)].strip()
        if not name:
            continue
        start = text.offset(at)
        if found[2] == "<<":
            state.delimiter = text.plain[found.start(3) : found.end(3)].strip()
            state.name, state.start, state.lines = name, start, []
            continue
        put(reading, sink, name, text, (at, found.start(3), end), (target,), target)


def put(
    reading: Reading,
    sink: Sink,
    name: str,
    text: Text,
    place: tuple[int, int, int],
    key: tuple[str, ...],
    target: str,
) -> None:
    """Files a setting whose name and value stand in `text` at `place`."""
    start, value_at, end = place
    group = reading.sheet.group(reading.key(*key), name)
    if value_at >= end:
        after = text.offset(value_at - 1) + 1 if value_at else text.offset(0)
        span = (after, after)
    else:
        span = text.span(value_at, end)
    if sink is Sink.GITHUB_ENV and value_at >= end:
        sink = Sink.UNSET
    reading.put(
        sink, name, text, value_at, max(end, value_at), (text.offset(start), *span), group, target
    )


def _put_lines(reading: Reading, sink: Sink, state: FileState, target: str) -> None:
    """Files a value of several lines; its range goes from the first to the last of them."""
    value = Text()
    for text, at, end in state.lines:
        if value.length:
            value.add("\n", "\n", text.offset(at))
        value.extend(text, at, end)
    state.delimiter = None
    span = (state.start, state.start)
    if state.lines:
        (first, a, _), (last, b, end) = state.lines[0], state.lines[-1]
        span = (first.offset(a), max(last.span(b, end)[1], first.offset(a)))
    group = reading.sheet.group(reading.key(target), state.name)
    reading.put(sink, state.name, value, 0, value.length, (state.start, *span), group, target)


def _whole(reading: Reading, sink: Sink, text: Text, path: str, group: int) -> None:
    masked = text.masked
    stripped = masked.strip()
    if not stripped:
        return
    at = masked.find(stripped)
    end = at + len(stripped)
    span = text.span(at, end)
    reading.put(sink, "", text, at, end, (span[0], *span), group, path)


def _other_file(reading: Reading, text: Text, state: FileState, path: str) -> None:
    is_aws = bool(_AWS_FILE.search(path))
    found_any = has_more = False
    for at, end in lines(text):
        section = _SECTION.match(text.masked, at, end)
        if section:
            state.section = text.plain[section.start(1) : section.end(1)].strip()
        else:
            found_any |= line(reading, text, at, end, (path, state.section), is_aws=is_aws)
            has_more |= end > at
    if found_any or not has_more:
        return
    if is_aws and _WHOLE_FILE.search(path):
        _whole(reading, Sink.CREDENTIALS_FILE, text, path, reading.sheet.new_group())
    elif HOLE in text.masked or reading.reads(text.masked):
        # NOTE: a variable of AWS's tools may say that this is their file.
        _whole(reading, Sink.CONTENT, text, path, reading.sheet.new_group())


def line(
    reading: Reading, text: Text, at: int, end: int, key: tuple[str, str], *, is_aws: bool
) -> bool:
    """Files what one line of a file sets; `key` is the file and its section."""
    path, section = key
    masked = text.masked
    if masked[at:end].lstrip(" \t")[:1] in ("#", ";", "/"):
        return False
    found = _NAME_VALUE.match(masked, at, end)
    if found is None:
        if not has_credential(masked[at:end]):
            return False
        pairs = list(credential_pairs(text, at, end))
        for pair in pairs:
            put(reading, Sink.FILE, pair.name, text, pair[1:], ("file", path, section), path)
        return bool(pairs)
    name = text.plain[found.start(1) : found.end(1)]
    start, value_at, value_end = found.start(1), found.start(2), end
    quoted = (
        value_end - value_at > 1
        and masked[value_at] in "\"'"
        and (masked[value_end - 1] == masked[value_at])
    )
    if quoted:
        value_at, value_end = value_at + 1, value_end - 1
    plain_ini = name in _AWS_NAMES and not quoted and not _OTHER_SYNTAX.search(path)
    sink = Sink.CREDENTIALS_FILE if is_aws or plain_ini else Sink.FILE
    target = section or "default" if sink is Sink.CREDENTIALS_FILE else path
    put(reading, sink, name, text, (start, value_at, value_end), ("file", path, section), target)
    if name == "credential_process":
        printed_credentials(reading, text, (value_at, value_end), ("file", path, section), target)
    return True


#: What a `credential_process` prints (docs.aws.amazon.com/sdkref, "Process credential provider").
_PRINTED = {
    "AccessKeyId": "aws_access_key_id",
    "SecretAccessKey": "aws_secret_access_key",
    "SessionToken": "aws_session_token",
}


def printed_credentials(
    reading: Reading, text: Text, span: tuple[int, int], key: tuple[str, ...], target: str
) -> None:
    """Files the credentials that AWS's tools are told to have printed: `echo '{…}'`."""
    for pair in credential_pairs(text, *span):
        name = _PRINTED.get(pair.name)
        if name is not None:
            put(reading, Sink.CREDENTIALS_FILE, name, text, pair[1:], key, target)


def credential_pairs(text: Text, at: int, end: int) -> Iterator[Pair]:
    """`accessKeyId: V` and `"secretAccessKey": "V"` of YAML and JSON in `text[at:end]`."""
    for found in _CREDENTIAL_PAIR.finditer(text.masked, at, end):
        name = text.plain[found.start(1) : found.end(1)]
        if is_credential(name):
            yield Pair(name, found.start(1), found.start(2), found.end(2))
