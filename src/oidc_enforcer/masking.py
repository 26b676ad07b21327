"""Hides what is or may be a secret behind `*` of equal width, before anything is printed.

Two ways lead to a mask. A *shape*: access key ids, tokens with a known prefix, random-looking runs
of forty characters, PEM blocks, passwords in URLs. Or a *name*: a literal given to something called
`…secret…`, `…key…`, `…token…`. References (`${{ secrets.X }}`, `$VAR`, `%VAR%`) are never masked.

INVARIANT: masking twice is masking once; the length and the line breaks never change; time is
linear in the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache, lru_cache

from oidc_enforcer.named_literals import SMELL, literals, named_literals

#: Longer texts are rare and not worth remembering.
_REMEMBERED_LENGTH = 400
_RANDOM_LENGTH = 40
#: Of 200,000 random keys one had fewer kind changes; of 92 MB of source text and documentation,
#: 36 windows that are no keys had as many.
_RANDOM_SCORE = 9


def redact(text: str) -> str:
    """Prose without secrets: messages, names, paths and reasons that quote the repository."""
    return _redact_short(text) if len(text) <= _REMEMBERED_LENGTH else _mask(text, prose=True)


def mask_line(line: str, spans: Iterable[tuple[int, int]] = ()) -> str:
    """A source line without secrets; `spans` are literals already known, in characters."""
    return _mask(line, spans)


def mask_text(text: str) -> str:
    """Source text of several lines without secrets: block scalars under a telling name too."""
    if "\n" not in text:
        return _mask(text)
    masked = "".join(_mask_lines(text.splitlines(keepends=True)))
    # A PEM block spans lines, so the shapes are looked for once more in the whole.
    return _mask(masked, named=False)


@lru_cache(maxsize=2048)
def _redact_short(text: str) -> str:
    return _mask(text, prose=True)


#: What is left beside the stars may smell where the whole did not; more turns show nothing new.
_TURNS = 3


def _mask(
    text: str, spans: Iterable[tuple[int, int]] = (), *, prose: bool = False, named: bool = True
) -> str:
    hidden = [(max(start, 0), min(end, len(text))) for start, end in spans]
    for _ in range(_TURNS):
        if named and SMELL.search(text):
            hidden.extend(named_literals(text, prose=prose))
        hidden.extend(_shapes(text))
        masked = _stars(text, hidden) if hidden else text
        if masked == text:
            break
        text, hidden = masked, []
    return text


def _mask_lines(lines: Iterable[str]) -> Iterator[str]:
    """Line by line, and whole lines while they are a telling name's block or plain scalar."""
    owner, is_block = -1, False
    for line in lines:
        indent = len(line) - len(line.lstrip())
        if owner >= 0 and (indent > owner or not line.strip()):
            if is_block or ":" not in line:
                line = _stars(line, [*literals(line, indent, len(line.rstrip()))])
            yield _mask(line)
            continue
        opening = _opening().search(line)
        owner, is_block = (indent, bool(opening[1])) if opening else (-1, False)
        yield _mask(line)


@cache
def _opening() -> re.Pattern[str]:
    name = rf"(?:{SMELL.pattern})[\w.-]{{0,128}}[\"']?[ \t]{{0,8}}"
    return re.compile(rf"{name}:(?:[ \t]{{1,8}}([|>])[-+0-9]{{0,4}})?[ \t\r\n]*\Z", re.I)


def _shapes(text: str) -> Iterator[tuple[int, int]]:
    if any(map(text.__contains__, _MARKS)):
        for match in _known_shapes().finditer(text):
            yield match.span(match.lastgroup or 0)
            if match.lastgroup == "id" and (secret := _beside_id().match(text, match.end())):
                yield secret.span(1)
            if match.lastgroup == "password":  # a user's name in front of it may hold a key id
                user = _known_shapes().finditer(text, match.start() + 3, match.start("password"))
                yield from (found.span(found.lastgroup or 0) for found in user)
    if len(text) >= _RANDOM_LENGTH:
        for run in _long_runs().finditer(text):
            yield from _random_windows(text, run.start(), run.end())
    at = text.find("-----BEGIN ")
    while at >= 0 and (header := _pem_header().match(text, at)):
        end = text.find("-----END ", header.end())
        end = len(text) if end < 0 else end
        yield header.end(), end
        at = text.find("-----BEGIN ", end)


#: Every known shape holds one of these; most texts hold none.
_MARKS = (
    *("AKIA", "ASIA", "ABIA", "ACCA", "AGPA", "AIDA", "AIPA", "ANPA", "ANVA", "APKA", "AROA"),
    *("ASCA", "ABSK", "bedrock-api-key-", "gho_", "ghp_", "ghr_", "ghs_", "ghu_", "github_pat_"),
    *("glpat-", "xox", "hvs.", "hvb.", "dop_v1_", "k_live_", "sk-ant-", "AIza", "ya29.", "pul-"),
    *("SG.", "pypi-AgE", "npm_", "eyJ", "://", "::add-mask::"),
)


@cache
def _known_shapes() -> re.Pattern[str]:
    """Secrets with a look of their own; a named group says which part of the match to hide.

    AWS ids: docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html (unique ids);
    GitHub tokens: docs.github.com, "About authentication to GitHub", token formats.
    """
    return re.compile(
        r"A(?:KIA|SIA|BIA|CCA|GPA|IDA|IPA|NPA|NVA|PKA|ROA|SCA)(?P<id>[A-Z0-9]{12,})"
        r"|ABSK(?P<bedrock>[A-Za-z0-9+/=]{16,})"
        r"|bedrock-api-key-(?P<bedrock_short>[A-Za-z0-9+/=_-]{16,})"
        r"|gh[opusr]_(?P<github>[A-Za-z0-9]{16,})"
        r"|github_pat_(?P<github_fine>[A-Za-z0-9_]{16,})"
        r"|(?<![A-Za-z0-9*])(?:glpat-|xox[abeoprs]-|hv[sb]\.|dop_v1_|[sr]k_live_|sk-ant-|AIza|ya29\."
        r"|pul-|SG\.|pypi-AgE|npm_(?=[A-Za-z0-9]{36}))(?P<vendor>[A-Za-z0-9_.-]{16,})"
        r"|eyJ(?P<jwt>[A-Za-z0-9_-]{10,400}+\.[A-Za-z0-9_.-]{10,})"
        r"|://[^\s/@:'\"]{0,200}:(?!\$)(?P<password>[^\s/@'\"]{1,400})@"
        r"|://(?P<userinfo>[^\s/@:'\"$*]{20,400})@"
        r"|::add-mask::(?!\$)(?P<masked>[^\s\"'$]+)"
    )


@cache
def _beside_id() -> re.Pattern[str]:
    """What follows a key id as its secret: `ID:SECRET`, `'ID', 'SECRET'`."""
    return re.compile(r"(?::|[\"']\s{0,9},\s{0,9}[\"'])([^\s\"',:*$]{6,200})")


@cache
def _long_runs() -> re.Pattern[str]:
    return re.compile(rf"[A-Za-z0-9+/]{{{_RANDOM_LENGTH},}}")


@cache
def _pem_header() -> re.Pattern[str]:
    return re.compile(r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY-----")


def _random_windows(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Windows of forty base64 characters that no word, path or digest looks like.

    The score counts how often the kind of character changes (lower, upper, digit), other than at
    the start of a CamelCase word or at a slash; capitals in a row count too. Hexadecimal digests
    fall out because they are in one case.
    """
    run = text[start:end]
    if run.isupper() or run.islower():
        return
    upper = lower = changes = 0
    for at, char in enumerate(run):
        upper += char.isupper()
        lower += char.islower()
        changes += at > 0 and _is_change(run[at - 1], char)
        first = at - _RANDOM_LENGTH + 1
        if first > 0:
            upper -= run[first - 1].isupper()
            lower -= run[first - 1].islower()
            changes -= _is_change(run[first - 1], run[first])
        if first >= 0 and upper > 2 and lower > 2 and changes >= _RANDOM_SCORE:
            yield start + first, start + at + 1


def _is_change(before: str, char: str) -> bool:
    if not (before.isalnum() and char.isalnum()):
        return False
    if char.isupper():
        return True
    return char.isdigit() != before.isdigit()


def _stars(text: str, hidden: list[tuple[int, int]]) -> str:
    """The text with the spans hidden; the four letters that tell an AWS id's kind stay."""
    pieces: list[str] = []
    at = 0
    for start, end in sorted(hidden):
        start = max(start, at)
        if start >= end:
            continue
        pieces.append(text[at:start])
        pieces.append(_hide(text[start:end]))
        at = end
    pieces.append(text[at:])
    return "".join(pieces)


@cache
def _kept() -> re.Pattern[str]:
    return re.compile(r"A(?:KIA|SIA|BIA|CCA|ROA|IDA|BSK)(?=[A-Za-z0-9*]{12})|[\r\n]+")


def _hide(secret: str) -> str:
    pieces: list[str] = []
    at = 0
    for kept in _kept().finditer(secret):
        pieces.append("*" * (kept.start() - at))
        pieces.append(kept[0])
        at = kept.end()
    pieces.append("*" * (len(secret) - at))
    return "".join(pieces)
