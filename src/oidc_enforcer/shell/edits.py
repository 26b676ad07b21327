"""Settings that `sed` writes into a file: `sed -i "s|^NAME=.*|NAME=VALUE|" file`."""

from __future__ import annotations

from oidc_enforcer.shell.files import line, put
from oidc_enforcer.shell.model import Sink
from oidc_enforcer.shell.names import is_credential
from oidc_enforcer.shell.patterns import Pattern
from oidc_enforcer.shell.reading import Reading
from oidc_enforcer.shell.simple import Simple
from oidc_enforcer.shell.text import Text

_EXPRESSION_OPTIONS = frozenset({"-e", "--expression", "-ie"})
_SUBSTITUTION = Pattern(r"(?:[\d$,/^\w.\-]*[\d/$])?s(?=[^\w\s\\])")
#: What may stand around a name that is to be replaced: `__NAME__`, `{{NAME}}`, `@NAME@`.
_AROUND = "_%@{}<>$#^\"' []\\"
_NAME = Pattern(r"[\w.\-]++\Z")


def sed(reading: Reading, simple: Simple, at: int, group: int) -> None:
    """Each substitution of `sed`, whose result goes to the files named last or to its output."""
    words = simple.texts
    plain = [i for i in range(at + 1, len(words)) if words[i][:1] != "-"]
    chosen = [i for i in plain if words[i - 1] in _EXPRESSION_OPTIONS] or plain[:1]
    rest = [i for i in plain if i not in chosen]
    path = words[rest[-1]] if rest else ""
    for index in chosen:
        text = reading.reader.text(simple.starts[index], simple.ends[index])
        _substitution(reading, text, path)


def _substitution(reading: Reading, text: Text, path: str) -> None:
    masked = text.masked
    found = _SUBSTITUTION.match(masked)
    if found is None:
        return
    start = found.end() + 1
    mark = masked[found.end()]
    middle = _next(masked, mark, start)
    end = _next(masked, mark, middle + 1) if middle >= 0 else -1
    if end < 0 or line(reading, text, middle + 1, end, (path, ""), is_aws=False):
        return
    name = text.plain[start:middle].strip(_AROUND)
    if _NAME.match(name) and is_credential(name):
        place = (middle + 1, middle + 1, end)
        put(reading, Sink.FILE, name, text, place, ("file", path, ""), path)


def _next(masked: str, mark: str, at: int) -> int:
    """The next mark that no backslash takes away."""
    while (at := masked.find(mark, at)) >= 0 and masked[at - 1] == "\\":
        at += 1
    return at
