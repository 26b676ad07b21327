"""Which characters libyaml reads."""

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
