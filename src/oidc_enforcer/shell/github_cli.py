"""Keys that a script puts into the secrets or variables of a repository with `gh`."""

from __future__ import annotations

from oidc_enforcer.shell.model import Sink
from oidc_enforcer.shell.reading import Reading
from oidc_enforcer.shell.simple import Simple

_BODY = ("--body", "-b")


def gh(reading: Reading, simple: Simple, at: int, group: int) -> None:
    """`gh secret set NAME --body VALUE`, the value also on stdin; `gh variable set` alike."""
    words = simple.texts
    places = [i for i in range(at + 1, len(words)) if words[i][:1] != "-"]
    if len(places) < 3 or words[places[0]] not in ("secret", "variable"):
        return
    if words[places[1]] != "set":
        return
    name = words[places[2]]
    target = f"gh {words[places[0]]}"
    group = reading.sheet.group(reading.key(target), name)
    start = simple.starts[places[2]]
    for index in range(places[1] + 1, len(words)):
        word = words[index]
        if word in _BODY and index + 1 < len(words):
            value = (simple.starts[index + 1], simple.ends[index + 1])
            reading.put_word(Sink.REPOSITORY_SECRET, name, start, value, group, target)
            return
        option = next((o for o in ("--body=", "-b") if word.startswith(o) and word != o), "")
        if option:
            text = reading.reader.text(simple.starts[index], simple.ends[index])
            place = (start, *text.span(len(option), text.length))
            sink = Sink.REPOSITORY_SECRET
            reading.put(sink, name, text, len(option), text.length, place, group, target)
            return
    for text in reading.texts(simple):
        end = len(text.masked.rstrip())
        if end:
            place = (start, *text.span(0, end))
            reading.put(Sink.REPOSITORY_SECRET, name, text, 0, end, place, group, target)
