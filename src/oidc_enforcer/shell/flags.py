"""Options of any other program that hand it an AWS key."""

from __future__ import annotations

from oidc_enforcer.shell.model import Sink
from oidc_enforcer.shell.names import has_credential, is_credential
from oidc_enforcer.shell.patterns import Pattern
from oidc_enforcer.shell.programs import program
from oidc_enforcer.shell.reading import Reading
from oidc_enforcer.shell.simple import Simple
from oidc_enforcer.shell.text import HOLE

_OPTION = Pattern(rf"(-{{1,2}}[A-Za-z{HOLE}][\w.\-{HOLE}]*+)(=?)")
_ARGUMENT_PAIR = Pattern(
    rf"(?<![\w.\-{HOLE}])(?:-[DPe])?([A-Za-z_][\w.\-{HOLE}]*+)(?:=|\"[ \t]*+:)[ \t]*+([\"']?)"
    r"((?:\$\{[^}\s]*+\}|\$\([^)\n]*+\)|[^\"',;{}\s])++)"
)
#: Programs whose arguments are text to print, match or compare, or code.
_TEXT_PROGRAMS = frozenset(
    [
        "echo",
        "printf",
        "write-output",
        "write-host",
        "grep",
        "egrep",
        "fgrep",
        "rg",
        "sed",
        "awk",
        "gawk",
        "jq",
        "yq",
        "cut",
        "tr",
        "cat",
        "ls",
        "find",
        "test",
        "[",
        "[[",
        "git",
        "diff",
        "read",
        "unset",
        "export",
        "declare",
        "typeset",
        "local",
        "readonly",
        "rm",
        "mkdir",
        "cd",
        "trap",
        "eval",
        "set",
        "return",
        "exit",
        "ssh",
        "bash",
        "sh",
        "zsh",
        "python",
        "python3",
        "node",
        "pwsh",
        "perl",
    ]
)


#: Programs that take a name and its value as two words.
_PAIRED_WORDS = frozenset({"rclone", "dvc", "pulumi"})
_SERVERLESS = {"--key": "key", "-k": "key", "--secret": "secret", "-s": "secret"}


def serverless(reading: Reading, simple: Simple, group: int) -> None:
    """`serverless config credentials --key K --secret S`, whatever runs it."""
    words = simple.texts
    at = words.index("credentials")
    # NOTE: the command asks for its provider, of which it knows but one.
    if at == 0 or words[at - 1] != "config" or not any("aws" in word.lower() for word in words):
        return
    for index in range(at + 1, len(words)):
        name = _SERVERLESS.get(words[index].partition("=")[0])
        if name is None:
            continue
        if "=" in words[index]:
            text = reading.reader.text(simple.starts[index], simple.ends[index])
            pair = text.plain.index("=") + 1
            place = (simple.starts[index], *text.span(pair, text.length))
            reading.put(Sink.FLAG, name, text, pair, text.length, place, group, "serverless")
        elif index + 1 < len(words):
            word = (simple.starts[index + 1], simple.ends[index + 1])
            reading.put_word(Sink.FLAG, name, simple.starts[index], word, group, "serverless")


def curl(reading: Reading, simple: Simple, at: int, group: int) -> None:
    """`curl --aws-sigv4 aws:amz:… --user ID:SECRET`."""
    words = simple.texts
    if not any(word.startswith("--aws-sigv4") for word in words):
        return
    for index in range(at + 1, len(words)):
        found = _USER.match(words[index])
        place = index if found and found[0] not in ("-u", "--user") else index + 1
        if found is None or place >= len(words):
            continue
        text = reading.reader.text(simple.starts[place], simple.ends[place])
        begin = found.end() if place == index else 0
        colon = text.masked.find(":", begin)
        if colon > begin:
            for name, a, b in (
                ("access_key_id", begin, colon),
                ("secret_access_key", colon + 1, text.length),
            ):
                where = (text.offset(a), *text.span(a, b))
                reading.put(Sink.FLAG, name, text, a, b, where, group, "curl")


_USER = Pattern(r"-u\Z|--user\Z|--user=|-u(?=[^-])")


def minio(reading: Reading, simple: Simple, at: int, group: int) -> None:
    """`mc alias set NAME URL KEY SECRET`, `mc config host add NAME URL KEY SECRET`."""
    places = [i for i in range(at + 1, len(simple.texts)) if simple.texts[i][:2] != "--"]
    verbs = [simple.texts[i] for i in places[:3]]
    if verbs[:2] == ["alias", "set"]:
        values = places[4:6]
    elif verbs == ["config", "host", "add"]:
        values = places[5:7]
    else:
        return
    for name, index in zip(("access-key", "secret-key"), values, strict=False):
        word = (simple.starts[index], simple.ends[index])
        reading.put_word(Sink.FLAG, name, word[0], word, group, "mc")


def flags(reading: Reading, simple: Simple, at: int, group: int) -> None:
    """Options and `NAME=VALUE` arguments of any other program that name half of an AWS key."""
    words = simple.texts
    name = program(words[at])
    if name.lower() in _TEXT_PROGRAMS:
        return
    index = at + 1
    while index < len(words):
        word = words[index]
        if has_credential(word):
            index = _flag(reading, simple, index, group, name)
        else:
            index += 1


def _flag(reading: Reading, simple: Simple, index: int, group: int, name: str) -> int:
    """Files what the word at `index` gives; returns the index of the word to go on with."""
    place = (simple.starts[index], simple.ends[index])
    text = reading.reader.text(*place)
    found = _OPTION.match(text.masked)
    option = text.plain[: found.end(1)].lstrip("-") if found else ""
    is_definition = option[:1] in ("D", "P") and text.masked[1:2] != "-"
    if found and is_credential(option) and not is_definition:
        if name == "aws":
            return index + 1
        if found[2]:
            a = found.end()
            where = (text.offset(0), *text.span(a, text.length))
            reading.put(Sink.FLAG, option, text, a, text.length, where, group, name)
        elif index + 1 < len(simple.texts) and found.end() == text.length:
            following = (simple.starts[index + 1], simple.ends[index + 1])
            if not simple.texts[index + 1].startswith("-"):
                reading.put_word(Sink.FLAG, option, place[0], following, group, name)
                return index + 2
        return index + 1
    if name in _PAIRED_WORDS and is_credential(text.plain) and index + 1 < len(simple.texts):
        following = (simple.starts[index + 1], simple.ends[index + 1])
        reading.put_word(Sink.FLAG, text.plain, place[0], following, group, name)
        return index + 2
    for pair in _ARGUMENT_PAIR.finditer(text.masked):
        key = text.plain[pair.start(1) : pair.end(1)]
        if is_credential(key):
            a, b = pair.span(3)
            where = (text.offset(pair.start(1)), *text.span(a, b))
            reading.put(Sink.FLAG, key, text, a, b, where, group, name)
    return index + 1
