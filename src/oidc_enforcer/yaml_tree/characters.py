"""Which characters libyaml reads, and which are the same to GitHub."""

from __future__ import annotations

import re
from collections.abc import Iterator

_UNREADABLE = "[^\t\n\r -~\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"


def unreadable(text: str) -> Iterator[re.Match[str]]:
    """The characters that libyaml's reader refuses: those that YAML 1.1, 5.1, does not list."""
    return re.compile(_UNREADABLE).finditer(text)


def readable(text: str) -> str:
    """The text with U+FFFD in place of every character that libyaml's reader refuses."""
    return re.sub(_UNREADABLE, "\ufffd", text)


def ordinal_fold(text: str) -> str:
    """Folds case as .NET's OrdinalIgnoreCase does: character by character, to upper case.

    dotnet/runtime, `OrdinalCasing`: U+0131 and U+017F keep to themselves.
    """
    if text.isascii():
        return text.upper()
    folded = (c if c in "\u0131\u017f" or len(c.upper()) > 1 else c.upper() for c in text)
    return "".join(folded)
