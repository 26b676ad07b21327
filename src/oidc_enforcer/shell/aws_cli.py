"""Settings made by `aws configure`."""

from __future__ import annotations

from oidc_enforcer.shell.files import lines, made_by_program, printed_credentials
from oidc_enforcer.shell.model import Sink
from oidc_enforcer.shell.programs import aws_arguments
from oidc_enforcer.shell.reading import Reading
from oidc_enforcer.shell.simple import Simple
from oidc_enforcer.shell.text import Text

_INTERACTIVE = ("aws_access_key_id", "aws_secret_access_key", "region", "output")


def aws(reading: Reading, simple: Simple, at: int, group: int) -> None:
    """`aws configure`, whose options may stand anywhere."""
    words = simple.texts
    if "configure" not in words[at + 1 :]:
        return
    places, options = aws_arguments(words, at)
    if not places or words[places[0]] != "configure":
        return
    profile = options.get("--profile", "default")
    verb = words[places[1]] if len(places) > 1 else ""
    if verb == "set" and len(places) > 3:
        _configure_set(reading, simple, places[2], places[3], profile)
    elif verb == "import" and options.get("--csv"):
        _import(reading, simple, options["--csv"].removeprefix("file://"))
    elif not verb:
        _configure(reading, simple, profile)


def _configure_set(
    reading: Reading, simple: Simple, name_at: int, value_at: int, profile: str
) -> None:
    name = simple.texts[name_at]
    if name.startswith("profile.") and name.count(".") > 1:
        _, profile, name = name.split(".", 2)
    elif name.startswith("default."):
        profile, name = "default", name[len("default.") :]
    group = reading.sheet.group(reading.key("profile", profile), name)
    word = (simple.starts[value_at], simple.ends[value_at])
    reading.put_word(Sink.AWS_CONFIGURE, name, simple.starts[name_at], word, group, profile)
    if name == "credential_process":
        text = reading.reader.text(*word)
        printed_credentials(reading, text, (0, text.length), ("profile", profile), profile)


_WRITTEN = frozenset({Sink.CONTENT, Sink.FILE})


def _import(reading: Reading, simple: Simple, path: str) -> None:
    """`aws configure import --csv file://F`: what the script has written to the file, if it has."""
    settings = reading.sheet.settings
    written = [s for s in settings if s.sink in _WRITTEN and s.target == path and s.value]
    group = reading.sheet.new_group()
    for setting in written[:_MOST_LINES]:
        made = setting._replace(sink=Sink.CREDENTIALS_FILE, name="", group=group, target="default")
        settings.append(made)
    if not written:
        target = Text.of(_AWS_FILE, _AWS_FILE, simple.starts[0])
        made_by_program(reading, (simple.starts[0], simple.ends[-1]), target)


_MOST_LINES = 20
_AWS_FILE = "~/.aws/credentials"


def _configure(reading: Reading, simple: Simple, profile: str) -> None:
    """Answers to the questions of `aws configure`, piped into it."""
    found = ((text, at, end) for text in reading.texts(simple) for at, end in lines(text))
    for name, (text, at, end) in zip(_INTERACTIVE, found, strict=False):
        if end > at:
            group = reading.sheet.group(reading.key("profile", profile), name)
            span = text.span(at, end)
            place = (span[0], *span)
            reading.put(Sink.AWS_CONFIGURE, name, text, at, end, place, group, profile)
