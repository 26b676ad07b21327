"""Which files can matter at all, told from their bytes alone.

A file is unrelated when no spelling of its bytes can hold a word that every credential,
permission and login of AWS needs. Decoded YAML differs from its bytes only by escapes in double
quotes, by line breaks escaped there, and by UTF-16 and UTF-32; a file that uses one of these in a
way that could hide a word counts as related. Unrelated files are still checked for YAML syntax,
and for nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

#: Every name that `credential_names.read_name` knows as AWS's or as a generic key holds one of
#: these, in any spelling; so does every command and permission that a rule looks for.
WORDS = (
    b"aws",
    b"akia",
    b"absk",
    b"id-token",
    b"id_token",
    b"idtoken",
    b"write-all",
    b"accesskey",
    b"access-key",
    b"access_key",
    b"secretkey",
    b"secret-key",
    b"secret_key",
    b"keyid",
    b"key-id",
    b"key_id",
    b"saml",
    b"s3",
)


def is_related(data: bytes) -> bool:
    """Whether the file may hold anything that a rule looks for."""
    folded = data.lower()
    if any(word in folded for word in WORDS):
        return True
    if b"\0" in data or data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return True
    if b"\\" not in data:
        return False
    if re.search(rb"\\(?:x|u|U)", data):
        return True
    joined = re.sub(rb"\\(?:\r\n|[\r\n]|\xc2\x85|\xe2\x80[\xa8\xa9])[ \t]*", b"", folded)
    return joined != folded and any(word in joined for word in WORDS)


_LOCAL = re.compile(rb"\./([\w.@ /-]{1,300})")


def local_calls(data: bytes) -> Iterator[str]:
    """Paths behind `./`, which a `uses:` may name: from the repository's root, unsorted."""
    if b"./" not in data:
        return
    for match in _LOCAL.finditer(data):
        yield match.group(1).decode("ascii", "replace").strip().rstrip("/")
