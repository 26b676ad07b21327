"""How a `uses:` names what it uses, by every spelling that the runner takes.

The runner (actions/runner, ActionReferenceBuilder.cs) takes slashes of both kinds, as many as
somebody likes, and whole addresses; `$/` stands for the repository that the file itself is of.
"""

from __future__ import annotations

import posixpath
import re

#: Scheme, user, host, port, and the path of an address.
_ADDRESS = re.compile(
    r"https?:[/\\]+(?:[^/\\@?#]*@)?([^/\\:?#]*)(?::\d*)?[/\\]+([^?#]*)", re.IGNORECASE
)
#: The only server whose addresses name what can be looked up by name.
_HOST = "github.com"


def local_path(text: str) -> str | None:
    """What stands behind `./` or `$/`, as it is written; None where it is neither."""
    return text[2:].rstrip("/") if text[:1] in ".$" and text[1:2] in ("/", "\\") else None


def repository_name(text: str) -> str:
    """`owner/repo` or `owner/repo/path` in its own casing; "" where there is no such name."""
    if text[:4].lower() == "http" and (address := _ADDRESS.match(text)):
        text = re.sub(r"%([0-9A-Fa-f]{2})", lambda code: chr(int(code[1], 16)), address[2])
    name = text.partition("@")[0]
    if "\\" in name or "//" in name or "/." in name or name[:1] == "/":
        name = _tidied(name)
    return name.rstrip("/") if "/" in name else ""


def in_tree(name: str) -> str:
    """The path from the repository's root that a local path means; "" for the root itself.

    The runner looks in its workspace, a folder that is called like the repository, inside another
    of that name: `../app/deploy` is `deploy`. What leads further up keeps its `..`.
    """
    if "." not in name and "//" not in name and name[:1] != "/":
        return name
    path = posixpath.normpath(name.lstrip("/"))
    if path == ".":
        return ""
    if not path.startswith(".."):
        return path
    parts = path.split("/")
    up = parts.count("..")
    return "/".join(parts[2 * up :]) if 2 * up <= len(parts) else path


def alike(path: str) -> str:
    """What all spellings of a path have in common that Windows and macOS take for the same.

    Letter case, slashes, composed letters; Windows drops dots and blanks at the end of a name.
    """
    import unicodedata

    parts = (part.rstrip(". ") or part for part in in_tree(path.replace("\\", "/")).split("/"))
    return unicodedata.normalize("NFC", "/".join(parts)).casefold()


def is_elsewhere(text: str) -> bool:
    """Whether it is an address on another server than GitHub's own."""
    address = _ADDRESS.match(text)
    return address is not None and address[1].lower() != _HOST


def _tidied(name: str) -> str:
    """With single slashes, and without `.` and `..` in the path, where these stay inside."""
    parts = [part for part in re.split(r"[/\\]", name) if part]
    path = posixpath.normpath("/".join(parts[2:])) if len(parts) > 2 else "."
    return "/".join((*parts[:2], path) if path != "." else parts[:2])
