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

from oidc_enforcer.workflow.uses_names import in_tree

#: Every name that `credential_names.read_name` knows holds one of these, and so does every command
#: and permission that a rule looks for: either as it stands, or with the joints of names left out.
WORDS = (
    *(b"aws", b"akia", b"absk", b"saml", b"s3", b"bedrock", b"dkr.ecr", b"email-smtp"),
    b"boto",  # whose sessions take keys without a name
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


#: What stands behind `./`, `.\` or `$/` in a line, up to where a word of YAML may end.
_LOCAL = re.compile(rb"[.$][/\\]([^'\"\r\n#,}\]]{0,300})")
#: A key whose value does not begin as the name of another repository's action does.
_USES = re.compile(rb"uses['\"]?\s*:\s*(?=\S)(?!['\"]?\w)")
#: A value that is what its bytes say: in quotes that nothing escapes, or a plain word whose line
#: ends and which no next line continues.
_PLAINLY = re.compile(
    rb"""(?:"[^"'\\\r\n\#,}\]]{0,300}"|'[^"'\r\n\#,}\]]{0,300}'(?!')|[\w./@~+=:%$-]{1,300}
    (?=[ \t]*(?:[ \t]\#[^\r\n]*)?(?:\Z|\r?\n\s*(?:\Z|-|\#|[\w.'"-]+[ \t]*:))))""",
    re.VERBOSE,
)
#: The same as a value of a mapping in braces.
_IN_BRACES = re.compile(rb"[\w./@~+=:%$-]{1,300}(?=[ \t]*[,}])")
#: Keys that stand by themselves or elsewhere, and words in quotes that go on in the next line.
_KEYS_APART = re.compile(rb"\?\s+['\"]?uses")
_KEYS_ELSEWHERE = re.compile(rb"\*[\w-]+[ \t]+:")
_CONTINUED = re.compile(rb"\"[^\"\r\n]{0,400}\\\r?\n")


def local_calls(data: bytes) -> Iterator[str]:
    """Paths behind `./` and the like, which a `uses:` may name: from the repository's root.

    They are those of files that are not `is_oddly_called`.
    """
    if not _may_call(data):
        return
    for match in _LOCAL.finditer(data):
        yield in_tree(match.group(1).decode("utf-8", "replace").strip().rstrip("/"))


def is_oddly_called(data: bytes) -> bool:
    """Whether a local action may be named so that only a parser of YAML can tell its path."""
    if b"\0" in data:  # UTF-16
        return True
    if not _may_call(data):
        return False
    folded = data.lower()
    if any(not _is_plain(folded, *key.span()) for key in _USES.finditer(folded)):
        return True
    if b"?" in data and _KEYS_APART.search(folded) is not None:
        return True
    if b" :" in data and _KEYS_ELSEWHERE.search(data) is not None:
        return True
    return (b"\\\n" in data or b"\\\r\n" in data) and _CONTINUED.search(data) is not None


def _is_plain(data: bytes, start: int, end: int) -> bool:
    """Whether the value at `end`, whose key is at `start`, is what its bytes say."""
    if _PLAINLY.match(data, end) is not None:
        return True
    before = data[max(0, start - 20) : start].rstrip(b" \t\r\n'\"")
    return before.endswith((b"{", b",")) and _IN_BRACES.match(data, end) is not None


def _may_call(data: bytes) -> bool:
    return b"./" in data or b".\\" in data or b"$/" in data


_FOREIGN = re.compile(rb"[\w.-]+/[\w.-]+/\.github/workflows/[^\s@]{1,300}@")


def may_call_elsewhere(data: bytes) -> bool:
    """Whether a file may call a reusable workflow of another repository."""
    return b"/.github/workflows/" in data and _FOREIGN.search(data) is not None
