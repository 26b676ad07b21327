"""Values handed to containers, image builds and clusters."""

from __future__ import annotations

from oidc_enforcer.shell.files import credential_pairs
from oidc_enforcer.shell.model import Sink
from oidc_enforcer.shell.patterns import Pattern
from oidc_enforcer.shell.programs import container_image, container_verb, program
from oidc_enforcer.shell.reading import Reading
from oidc_enforcer.shell.simple import Simple

_ENV_OPTION = Pattern(r"(?:-[dit]*+e|--env(?:-add)?)\Z")
_ENV_JOINED = Pattern(r"-[dit]*+e=?(?=[A-Za-z_])|--env(?:-add)?=")
_ARG_OPTION = Pattern(r"--build-arg\Z")
_ARG_JOINED = Pattern(r"--build-arg=")
_HELM_SET = Pattern(r"--set(?:-string|-literal)?(=|\Z)")
_HELM_PAIR = Pattern(r"([^=,\\]++)=((?:[^,\\]++|\\.)*+),?")


def container(reading: Reading, simple: Simple, at: int, group: int) -> None:
    """`docker run -e NAME=V`, `docker build --build-arg NAME=V`."""
    words = simple.texts
    verb = container_verb(words, at)
    if verb >= 0:
        image = container_image(words, at)
        target = words[image] if image < len(words) else ""
        _pairs(reading, simple, (verb + 1, image), group, target, _ENV_OPTION, _ENV_JOINED)
    elif "build" in words[at : at + 8] or "bud" in words[at : at + 8]:
        build(reading, simple, at, group)
    elif "service" in words[at : at + 4]:
        span = (at + 1, len(words))
        _pairs(reading, simple, span, group, words[-1], _ENV_OPTION, _ENV_JOINED)


def build(reading: Reading, simple: Simple, at: int, group: int) -> None:
    """Build arguments, which the history of the image keeps."""
    words = simple.texts
    target = next(
        (words[i + 1] for i in range(at, len(words) - 1) if words[i] in ("-t", "--tag")), ""
    )
    span = (at + 1, len(words))
    _pairs(reading, simple, span, group, target, _ARG_OPTION, _ARG_JOINED, sink=Sink.BUILD_ARG)


def _pairs(
    reading: Reading,
    simple: Simple,
    span: tuple[int, int],
    group: int,
    target: str,
    option: Pattern,
    joined: Pattern,
    *,
    sink: Sink = Sink.CONTAINER_ENV,
) -> None:
    first, last = span
    last = min(last, len(simple.texts))
    at = first
    while at < last:
        word = simple.texts[at]
        skip = 0
        if option.match(word):
            at += 1
            if at >= len(simple.texts):
                return
        elif found := joined.match(word):
            skip = found.end()
        else:
            at += 1
            continue
        start, end = simple.starts[at], simple.ends[at]
        if pair := reading.pair(start, end, skip):
            reading.put_pair(sink, pair, group, target)
        else:
            reading.put_name(sink, simple.texts[at][skip:], (start, end), group, target)
        at += 1


def cluster(reading: Reading, simple: Simple, at: int, group: int) -> None:
    """`kubectl create secret … --from-literal=NAME=V`, `kubectl set env … NAME=V`."""
    words = simple.texts
    if "run" in words[at + 1 : at + 4]:
        span = (at + 1, len(words))
        _pairs(reading, simple, span, group, program(words[at]), _ENV_OPTION, _ENV_JOINED)
    for index in range(at + 1, len(words)):
        word, place = words[index], (simple.starts[index], simple.ends[index])
        if word == "--from-literal" and index + 1 < len(words):
            pair = reading.pair(simple.starts[index + 1], simple.ends[index + 1])
        elif word.startswith("--from-literal="):
            pair = reading.pair(*place, len("--from-literal="))
        elif "set" in words[at : at + 4] and "env" in words[at : at + 5] and word[:1] != "-":
            pair = reading.pair(*place)
        else:
            continue
        if pair:
            reading.put_pair(Sink.CLUSTER_SECRET, pair, group, program(words[at]))
    _manifests(reading, simple, group, program(words[at]))


def _manifests(reading: Reading, simple: Simple, group: int, target: str) -> None:
    """`kubectl apply -f - <<EOF`: credentials in the text of a secret."""
    for text in reading.texts(simple):
        for name, at, value_at, end in credential_pairs(text, 0, text.length):
            place = (text.offset(at), *text.span(value_at, end))
            reading.put(Sink.CLUSTER_SECRET, name, text, value_at, end, place, group, target)


def helm(reading: Reading, simple: Simple, at: int, group: int) -> None:
    """`helm … --set a.b=V,c=W`."""
    words = simple.texts
    for index in range(at + 1, len(words)):
        found = _HELM_SET.match(words[index])
        if found is None:
            continue
        place = index if found[1] else index + 1
        if place >= len(words):
            return
        text = reading.reader.text(simple.starts[place], simple.ends[place])
        for pair in _HELM_PAIR.finditer(text.masked, found.end() if found[1] else 0):
            name = text.plain[pair.start(1) : pair.end(1)]
            a, b = pair.span(2)
            where = (text.offset(pair.start(1)), *text.span(a, b))
            reading.put(Sink.CLUSTER_SECRET, name, text, a, b, where, group, "helm")
