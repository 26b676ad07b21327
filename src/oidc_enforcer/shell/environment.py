"""Settings of a shell's own variables: assignments, `export`, `unset`, `read`, `eval`."""

from __future__ import annotations

import re

from oidc_enforcer.shell.model import Sink
from oidc_enforcer.shell.patterns import Pattern
from oidc_enforcer.shell.programs import program
from oidc_enforcer.shell.reading import Pair, Reading
from oidc_enforcer.shell.simple import Assignment, Simple
from oidc_enforcer.shell.text import Text

_NAME = Pattern(r"[A-Za-z_]\w*\Z")
_NOTHING = ("", "$null")
_NAMES_IN_PROGRAM = Pattern(r"(?<![\w$.\-])([A-Za-z_]\w{2,})=(?!=)")
#: `aws configure export-credentials` prints these (docs.aws.amazon.com/cli, export-credentials).
_EXPORT_CREDENTIALS = Pattern(r"\bconfigure\s++export-credentials\b")
EXPORTED_NAMES = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")


def assignments(reading: Reading, simple: Simple, group: int) -> None:
    """Files `NAME=VALUE …` in front of a command, or standing alone."""
    for assignment in simple.assignments:
        text = reading.reader.text(assignment.start, assignment.end)
        at = _value_at(text, assignment)
        pair = Pair(
            assignment.name,
            text,
            at,
            assignment.start,
            assignment.value_start,
            assignment.end,
        )
        if simple.texts and not assignment.exported:
            reading.put_pair(Sink.PREFIX, pair, group, simple.texts[0])
        else:
            variable(reading, pair, exported=assignment.exported)


def _value_at(text: Text, assignment: Assignment) -> int:
    return min(assignment.value_start - assignment.start, text.length)


def variable(reading: Reading, pair: Pair, *, exported: bool) -> None:
    """Files a shell variable."""
    sheet = reading.sheet
    if exported and reading.reader.blank_unsets and pair.text.plain[pair.at :] in _NOTHING:
        _remove(reading, pair.name, pair.start, pair.value_end, sheet.new_group())
        return
    if exported or sheet.exports_all or (reading.host, pair.name) in sheet.exported:
        sink = Sink.EXPORTED
    else:
        sink = Sink.VARIABLE
        sheet.variables[(reading.host, pair.name)] = len(sheet.settings)
    reading.put_pair(sink, pair, sheet.group(reading.key("env"), pair.name))


def declare(reading: Reading, simple: Simple, at: int, group: int) -> None:
    """`export`, `declare`, `typeset`, `local`, `readonly`."""
    exported = simple.texts[at] == "export"
    removes = refers = False
    for text, start, end in reading.words(simple, at + 1):
        if text[:1] in "-+" and text:
            removes = removes or (text == "-n" and exported)
            refers = refers or (text[0] == "-" and "n" in text and not removes)
            exported = exported or (text[0] == "-" and "x" in text)
        elif removes:
            _remove(reading, text, start, end, group)
        elif pair := reading.pair(start, end):
            variable(reading, pair, exported=exported)
            if refers and _NAME.match(name := pair.text.plain[pair.at :]):
                # NOTE: `declare -n X=Y` makes X another name of Y.
                reading.sheet.settings[-1] = reading.sheet.settings[-1]._replace(reads=(name,))
        elif "$(" in text or "`" in text:
            printed_assignments(reading, start, end)
        elif exported:
            _promote(reading, text)


def _promote(reading: Reading, name: str) -> None:
    reading.sheet.exported.add((reading.host, name))
    index = reading.sheet.variables.pop((reading.host, name), -1)
    if index >= 0:
        setting = reading.sheet.settings[index]
        if setting.sink is Sink.VARIABLE:
            reading.sheet.settings[index] = setting._replace(sink=Sink.EXPORTED)


def unset(reading: Reading, simple: Simple, at: int, group: int) -> None:
    """`unset NAME …`."""
    for text, start, end in reading.words(simple, at + 1):
        if not text.startswith("-"):
            _remove(reading, text, start, end, group)


def _remove(reading: Reading, name: str, start: int, end: int, group: int) -> None:
    reading.sheet.exported.discard((reading.host, name))
    reading.sheet.close_group(reading.key("env"), name)
    reading.put_name(Sink.UNSET, name, (start, end), group)


def shell_options(reading: Reading, simple: Simple, at: int, group: int) -> None:
    """`set -a` exports whatever is assigned from here on."""
    options = simple.texts[at + 1 :]
    if "allexport" in options or any(o[:1] == "-" and o[1:2] != "-" and "a" in o for o in options):
        reading.sheet.exports_all = "+o" not in options
    elif "+a" in options:
        reading.sheet.exports_all = False


_AWS_FOLDER = Pattern(r"(?:.*[/\\])?\.aws[/\\]?\Z", re.DOTALL)


def change_folder(reading: Reading, simple: Simple, at: int, group: int) -> None:
    """`cd ~/.aws`: what is written to `credentials` from here on is AWS's file."""
    words = [word for word in simple.texts[at + 1 :] if not word.startswith("-")]
    folder = words[0] if words else ""
    reading.sheet.folder = "~/.aws/" if _AWS_FOLDER.match(folder) else ""


def read_names(reading: Reading, simple: Simple, at: int, group: int) -> None:
    """`read A B C <<< "$(…)"`: each name gets a part of what is read."""
    source = next((s for s in simple.stdin if len(s) == 2), None)
    if source is None:
        return
    text = reading.reader.text(source[0], source[1])
    for name, start, _ in reading.words(simple, at + 1):
        if _NAME.match(name):
            group = reading.sheet.group(reading.key("env"), name)
            place = (start, source[0], source[1])
            reading.sheet.variables[(reading.host, name)] = len(reading.sheet.settings)
            reading.put(Sink.VARIABLE, name, text, 0, text.length, place, group)


def printed_assignments(reading: Reading, start: int, end: int) -> bool:
    """Files the names that `export $(…)` or `eval "$(…)"` sets, read from the program inside.

    Tells whether there were any.
    """
    text = reading.reader.text(start, end)
    if not text.substitutions:
        return False
    masked = text.masked
    names = [found[1] for found in _NAMES_IN_PROGRAM.finditer(masked)]
    if _EXPORT_CREDENTIALS.search(masked):
        names += EXPORTED_NAMES
    for name in dict.fromkeys(names):
        group = reading.sheet.group(reading.key("env"), name)
        reading.put(Sink.EXPORTED, name, text, 0, text.length, (start, start, end), group)
    return bool(names)


def prefixes(reading: Reading, simple: Simple, at: int, following: int, group: int) -> None:
    """`env A=v command`, `sudo A=v command`, `env -u A command`."""
    target = simple.texts[following] if following < len(simple.texts) else ""
    for index in range(at + 1, min(following, len(simple.texts))):
        word = simple.texts[index]
        place = simple.starts[index], simple.ends[index]
        if word.startswith("--unset="):
            reading.put_name(Sink.UNSET, word.partition("=")[2], place, group)
        elif simple.texts[index - 1] in ("-u", "--unset") and program(simple.texts[at]) == "env":
            reading.put_name(Sink.UNSET, word, place, group)
        if "=" in word and not word.startswith("-"):
            pair = reading.pair(simple.starts[index], simple.ends[index])
            if pair:
                reading.put_pair(Sink.PREFIX, pair, group, target)
