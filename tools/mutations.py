"""Spoils workflow files by chance, as an author, an editor, or somebody hostile would."""

from __future__ import annotations

import base64
import hashlib
import random
import re
from collections.abc import Callable, Sequence
from typing import Final

Mutation = Callable[[random.Random, bytes, Sequence[bytes]], bytes]

#: Longer texts are cut; what grows beyond our bounds has tests of its own.
MOST_BYTES = 300_000


def _look_alike(label: str) -> str:
    digest = hashlib.sha512(f"{label}: opens nothing".encode()).digest()
    return base64.b64encode(digest).decode("ascii")


#: What may never be printed: it looks like a secret and is none.
LITERALS: Final = (
    "AKIA" + base64.b32encode(hashlib.sha256(b"opens nothing").digest()).decode("ascii")[:16],
    _look_alike("secret key")[:40],
    "ABSK" + _look_alike("bedrock")[:80],
)
_ID, _SECRET, _BEDROCK = LITERALS
#: Where literals stand in real files.
_PLANTS = (
    f"AWS_ACCESS_KEY_ID: {_ID}",
    f"AWS_SECRET_ACCESS_KEY: '{_SECRET}'",
    f'aws-secret-access-key: "{_SECRET}"',
    f"{{AWS_ACCESS_KEY_ID: {_ID}, AWS_SECRET_ACCESS_KEY: {_SECRET}}}",
    f"AWS_BEARER_TOKEN_BEDROCK: {_BEDROCK}",
    f"run: export AWS_SECRET_ACCESS_KEY={_SECRET}",
    f"- run: aws configure set aws_secret_access_key {_SECRET} --profile x",
    f"- run: docker run -e AWS_SECRET_ACCESS_KEY='{_SECRET}' image",
    f'echo "AWS_ACCESS_KEY_ID={_ID}" >> $GITHUB_ENV',
    f"env: ${{{{ secrets.KEY || '{_SECRET}' }}}}",
    f"name: {_ID}",
    f"uses: {_SECRET}",
    f"{_ID}: {_SECRET}",
    f"# {_SECRET}",
    f"- {_BEDROCK}",
    f"if: ${{{{ contains('{_ID}', secrets.X) }}}}",
    f"run: curl https://user:{_SECRET.replace('/', '-').replace('+', '-')}@example.com",
)
_TOKENS = (
    *(b"&a ", b"*a", b"<<: *a", b"&a *a", b"!!binary ", b"!!str ", b"%YAML 1.1\n---\n"),
    *(b"---\n", b"...\n", b"'", b'"', b"''", b'\\"', b"[", b"]", b"{", b"}", b",", b"#", b" #"),
    *(b": ", b":", b"- ", b"? ", b"|\n", b">-\n", b"|2\n", b"\t", b" \t", b"\r", b"\r\n", b"\n\n"),
    *(b"\0", b"\x1b[31m", b"\x07", b"\xef\xbb\xbf", b"\xc2\x85", b"\xe2\x80\xa8", b"\xe2\x80\xae"),
    *(b"\xff", b"\xed\xa0\x80", b"\xf0\x9f\x92\xa9", b"\\\n", b"\\x41", b"\\u0041", b"\\"),
    *(b"${{", b"}}", b"${{ ", b"$", b"`", b"$(", b"${", b"<<EOF\n", b"EOF\n", b"&& ", b"|| "),
    *(b"secrets[", b"secrets.", b"fromJSON(", b"toJSON(secrets)", b"format('{0}', ", b".*", b"]"),
    *(b"::error::", b"::add-mask::", b"%0A", b"<!--", b"</details>", b"```", b"|"),
    *(b">> $GITHUB_ENV", b">> $GITHUB_OUTPUT", b"export ", b"aws sso login", b"id-token: write"),
    *(b"permissions: write-all\n", b"uses: ./.github/workflows/fuzz.yml\n", b"uses: ./action\n"),
    *(b"needs: [a]\n", b"steps:\n", b"env:\n", b"with:\n", b"secrets: inherit\n", b"runs:\n"),
)


def mutate(rng: random.Random, seeds: Sequence[bytes]) -> bytes:
    """A seed after one to six mutations."""
    data = rng.choice(seeds)
    for _ in range(rng.choice((1, 1, 1, 2, 2, 3, 4, 6))):
        data = rng.choice(MUTATIONS)(rng, data, seeds)[:MOST_BYTES]
    return data


def flip_bit(rng: random.Random, data: bytes, _: Sequence[bytes]) -> bytes:
    """One bit of one byte."""
    if not data:
        return data
    at = rng.randrange(len(data))
    return data[:at] + bytes([data[at] ^ 1 << rng.randrange(8)]) + data[at + 1 :]


def insert_token(rng: random.Random, data: bytes, _: Sequence[bytes]) -> bytes:
    """Something that means something to YAML, to expressions or to a shell, anywhere."""
    at = rng.randint(0, len(data))
    return data[:at] + rng.choice(_TOKENS) + data[at:]


def insert_at_word(rng: random.Random, data: bytes, _: Sequence[bytes]) -> bytes:
    """The same, but where a word begins or ends, which is where it counts."""
    edges = [match.start() for match in re.finditer(rb"\b", data)]
    at = rng.choice(edges) if edges else 0
    return data[:at] + rng.choice(_TOKENS) + data[at:]


def cut(rng: random.Random, data: bytes, _: Sequence[bytes]) -> bytes:
    """A short range less."""
    at = rng.randint(0, len(data))
    return data[:at] + data[at + rng.randint(1, 40) :]


def truncate(rng: random.Random, data: bytes, _: Sequence[bytes]) -> bytes:
    """Only the beginning, or only the end."""
    at = rng.randint(0, len(data))
    return rng.choice((data[:at], data[at:]))


def shuffle_lines(rng: random.Random, data: bytes, _: Sequence[bytes]) -> bytes:
    """A line dropped, doubled, or moved."""
    lines = data.splitlines(keepends=True) or [b""]
    line = lines.pop(rng.randrange(len(lines)))
    for _again in range(rng.choice((0, 1, 1, 2))):
        lines.insert(rng.randint(0, len(lines)), line)
    return b"".join(lines)


def reindent(rng: random.Random, data: bytes, _: Sequence[bytes]) -> bytes:
    """Some lines further in or out."""
    lines = data.splitlines(keepends=True) or [b""]
    start = rng.randrange(len(lines))
    change = rng.choice((b" ", b"  ", b"    ", b"\t", b""))
    for at in range(start, min(start + rng.randint(1, 8), len(lines))):
        lines[at] = change + lines[at] if change else lines[at].removeprefix(b"  ")
    return b"".join(lines)


def splice(rng: random.Random, data: bytes, seeds: Sequence[bytes]) -> bytes:
    """Lines of another file, in the middle."""
    other = rng.choice(seeds).splitlines(keepends=True) or [b""]
    lines = data.splitlines(keepends=True)
    start = rng.randrange(len(other))
    at = rng.randint(0, len(lines))
    lines[at:at] = other[start : start + rng.randint(1, 20)]
    return b"".join(lines)


def swap_values(rng: random.Random, data: bytes, _: Sequence[bytes]) -> bytes:
    """The values of two keys change places."""
    values = list(re.finditer(rb"(?m)(?<=: )\S.*$", data))
    if len(values) < 2:
        return data
    first, second = sorted(rng.sample(values, 2), key=re.Match.start)
    middle = data[first.end() : second.start()]
    return data[: first.start()] + second[0] + middle + first[0] + data[second.end() :]


def plant(rng: random.Random, data: bytes, _: Sequence[bytes]) -> bytes:
    """A literal key: as a line of its own, in place of a value, or just anywhere."""
    text = rng.choice(_PLANTS).encode()
    way = rng.randrange(3)
    values = list(re.finditer(rb"(?m)(?<=: )\S.*$", data))
    if way == 0 and values:
        value = rng.choice(values)
        return data[: value.start()] + rng.choice(LITERALS).encode() + data[value.end() :]
    if way == 1:
        at = rng.randint(0, len(data))
        return data[:at] + rng.choice(LITERALS).encode() + data[at:]
    lines = data.splitlines(keepends=True) or [b""]
    at = rng.randrange(len(lines))
    indent = lines[at][: len(lines[at]) - len(lines[at].lstrip())]
    lines.insert(at, indent + text + b"\n")
    return b"".join(lines)


def repeat(rng: random.Random, data: bytes, _: Sequence[bytes]) -> bytes:
    """A piece very often: nesting, runs of one character, thousands of steps."""
    at = rng.randint(0, len(data))
    copied = data[at : at + rng.choice((1, 3, 20, 200))]
    piece = rng.choice((copied, rng.choice(_TOKENS)))
    return data[:at] + piece * rng.choice((2, 10, 60, 300, 3000)) + data[at:]


def reencode(rng: random.Random, data: bytes, _: Sequence[bytes]) -> bytes:
    """Other line breaks, a byte-order mark, or another encoding."""
    text = data.decode("utf-8", "replace")
    way = rng.randrange(6)
    if way == 0:
        return text.replace("\n", rng.choice(("\r\n", "\r", "\x85", "\u2028", "\n\n"))).encode()
    if way == 1:
        return b"\xef\xbb\xbf" + data
    encoding = ("utf-16", "utf-16-le", "utf-16-be", "utf-32")[way - 2]
    return text.encode(encoding)


def escape(rng: random.Random, data: bytes, _: Sequence[bytes]) -> bytes:
    """A value in double quotes with one character hidden by an escape or an escaped break."""
    values = list(re.finditer(rb"(?m)(?<=: )[^\s\"'|>&*!#\[{][^\"\\\n]*$", data))
    if not values:
        return data
    value = rng.choice(values)
    at = rng.randrange(len(value[0]))
    hidden = rng.choice((f"\\x{value[0][at]:02x}".encode(), value[0][at : at + 1] + b"\\\n      "))
    text = b'"' + value[0][:at] + hidden + value[0][at + 1 :] + b'"'
    return data[: value.start()] + text + data[value.end() :]


#: Chosen with equal chance; what finds more stands twice.
MUTATIONS: Final[tuple[Mutation, ...]] = (
    flip_bit,
    insert_token,
    insert_token,
    insert_at_word,
    insert_at_word,
    cut,
    truncate,
    shuffle_lines,
    shuffle_lines,
    reindent,
    splice,
    swap_values,
    plant,
    plant,
    repeat,
    reencode,
    escape,
)
