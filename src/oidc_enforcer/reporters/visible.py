"""Shows what a terminal, a log or a reader would not see as it is: escapes, bidi, odd blanks."""

from __future__ import annotations

from oidc_enforcer.masking import redact

#: Joiners inside emoji and Indic words: harmless, and odd when escaped.
_JOINERS = "\u200c\u200d"


def shown(text: str) -> str:
    """Text of the repository, as one line that may be printed: no secrets, no surprises."""
    return visible(redact(text))


def visible(text: str) -> str:
    r"""One line in which every control, bidi or invisible character stands as `\x1b`, `\u202e`.

    GitHub's runner takes commands from what is printed: `::…` at the start of a line and `##[…`
    anywhere (actions/runner, `ActionCommand.cs`); both are broken up.
    """
    if not text.isprintable():
        text = "".join(map(_visible_character, text))
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
    seen = _visible_character(char)
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


def _visible_character(char: str) -> str:
    if char.isprintable() or char in _JOINERS:
        return char
    code = ord(char)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _width(char: str) -> int:
    if char.isascii():
        return 1
    from unicodedata import category, east_asian_width

    if char in _JOINERS or category(char) in ("Mn", "Me"):
        return 0
    return 2 if east_asian_width(char) in ("W", "F") else 1
