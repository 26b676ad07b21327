"""Shows what a terminal, a log or a reader would not see as it is: escapes, bidi, odd blanks."""

from __future__ import annotations

from oidc_enforcer.masking import redact

#: Joiners inside emoji and Indic words: harmless there, and odd when escaped.
_JOINERS = "\u200c\u200d"
#: Letters and marks that show nothing at all.
_FILLERS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
_KEYCAP = "\u20e3"


def shown(text: str) -> str:
    """Text of the repository, as one line that may be printed: no secrets, no surprises."""
    return visible(redact(text))


def visible(text: str) -> str:
    r"""One line in which every control, bidi or invisible character stands as `\x1b`, `\u202e`.

    GitHub's runner takes commands from what is printed: `::…` at the start of a line and `##[…`
    anywhere (actions/runner, `ActionCommand.cs`); both are broken up.
    """
    if not text.isascii() or not text.isprintable():
        text = "".join(_visible_character(text, at) for at in range(len(text)))
    if "##[" in text:
        text = text.replace("##[", r"##\x5b")
    if text.lstrip().startswith("::"):
        text = text.replace(":", r"\x3a", 1)
    return text


def laid_out(text: str) -> tuple[str, list[int]]:
    """Source text as it is shown, and how many columns of a terminal each character takes."""
    if text.isascii() and text.isprintable() and "##[" not in text:
        return text, [1] * len(text)
    cells = [_cell(text, at, char) for at, char in enumerate(text)]
    return "".join(seen for seen, _ in cells), [columns for _, columns in cells]


def _cell(text: str, at: int, char: str) -> tuple[str, int]:
    if char == "\t":
        return "    ", 4
    if char == "[" and text[max(0, at - 2) : at] == "##":
        return r"\x5b", 4
    seen = _visible_character(text, at)
    return seen, len(seen) if len(seen) > 1 else _width(seen)


def width(text: str) -> int:
    """Columns that visible text takes."""
    return len(text) if text.isascii() else sum(map(_width, text))


def clip(text: str, columns: int) -> str:
    """Visible text cut to so many columns, the cut shown by `…`."""
    if width(text) <= columns:
        return text
    taken = 0
    for at, char in enumerate(text):
        taken += _width(char)
        if taken >= columns:
            return text[:at] + "…"
    return text


def is_seen(text: str, at: int) -> bool:
    """Whether a reader sees the character at a position, or what it does to its neighbours."""
    char = text[at]
    if char in _JOINERS or _is_variation(char):
        return _belongs(text, at)
    return char.isprintable() and char not in _FILLERS


def _visible_character(text: str, at: int) -> str:
    char = text[at]
    if is_seen(text, at):
        return char
    code = ord(char)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _is_variation(char: str) -> bool:
    """Whether a character only chooses how the one before it looks."""
    return "\ufe00" <= char <= "\ufe0f" or "\U000e0100" <= char <= "\U000e01ef"


def _belongs(text: str, at: int) -> bool:
    """Whether an invisible character does what it is for: between letters of such a script."""
    before, after = text[max(0, at - 1) : at], text[at + 1 : at + 2]
    if text[at] in _JOINERS:
        return (_is_letter(before) or _is_variation(before)) and _is_letter(after)
    return _is_letter(before) or (before != "" and before.isascii() and after == _KEYCAP)


def _is_letter(char: str) -> bool:
    """Whether a character may be joined or varied: one that is seen, and not of ASCII."""
    if char.isascii() or not char.isprintable():
        return False
    return char not in _FILLERS and not _is_variation(char)


def _width(char: str) -> int:
    if char.isascii():
        return 1
    from unicodedata import category, east_asian_width

    if char in _JOINERS or category(char) in ("Mn", "Me"):
        return 0
    return 2 if east_asian_width(char) in ("W", "F") else 1
