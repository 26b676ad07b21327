"""Which files can matter at all, told from their bytes alone.

A file is unrelated when no spelling of its bytes can hold a word that every credential,
permission and login of AWS needs. Decoded YAML differs from its bytes only by escapes in double
quotes, by line breaks escaped there, and by UTF-16 and UTF-32; a file that uses one of these in a
way that could hide a word counts as related. Unrelated files are still checked for YAML syntax,
and for nothing else.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

#: Every name that `credential_names.read_name` knows holds one of these, and so does every command
#: and permission that a rule looks for: either as it stands, or with the joints of names left out.
WORDS = (
    *(b"aws", b"akia", b"absk", b"saml", b"s3", b"bedrock", b"dkr.ecr", b"email-smtp"),
    *(b"granted", b"assume ", b"leapp"),  # logins of people
    *(b"alias", b"host add"),  # `mc alias set`, whose keys have no name
    b"oidc-enforcer:",  # a comment that asks for an exception
)
JOINED_WORDS = (
    b"idtoken",
    b"writeall",
    b"accesskey",
    b"secretkey",
    b"keyid",
    b"keysecret",
    b"accesssecret",
    b"accessid",
    b"secretaccess",
)
_JOINTS = b"_-. "


def is_related(data: bytes) -> bool:
    """Whether the file may hold anything that a rule looks for."""
    folded = data.lower()
    if _has_word(folded):
        return True
    if b"\0" in data or data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return True
    if b"\\" not in data:
        return False
    if re.search(rb"\\(?:x|u|U)", data):
        return True
    joined = re.sub(rb"\\(?:\r\n|[\r\n]|\xc2\x85|\xe2\x80[\xa8\xa9])[ \t]*", b"", folded)
    return joined != folded and _has_word(joined)


def _has_word(folded: bytes) -> bool:
    if any(word in folded for word in WORDS):
        return True
    squeezed = folded.translate(None, _JOINTS)
    return any(word in squeezed for word in JOINED_WORDS)


_LOCAL = re.compile(rb"\./([^'\"\n#,}\]]{0,300})")


def local_calls(data: bytes) -> Iterator[str]:
    """Paths behind `./`, which a `uses:` may name: from the repository's root, unsorted."""
    if b"./" not in data:
        return
    for match in _LOCAL.finditer(data):
        path = match.group(1).decode("utf-8", "replace").strip().rstrip("/")
        yield posixpath.normpath(path) if "/." in path else path


_FOREIGN = re.compile(rb"[\w.-]+/[\w.-]+/\.github/workflows/[^\s@]{1,300}@")


def may_call_elsewhere(data: bytes) -> bool:
    """Whether a file may call a reusable workflow of another repository."""
    return b"/.github/workflows/" in data and _FOREIGN.search(data) is not None
