"""Text of the repository inside Markdown: nothing of it becomes a link, a mention or a tag."""

from __future__ import annotations

import re

from oidc_enforcer.masking import redact
from oidc_enforcer.reporters.visible import shown

#: What Markdown, HTML and GitHub's own additions (mentions, issue numbers) react to.
_ENTITIES = {ord(char): f"&#{ord(char)};" for char in "\\`*_[]<>|~&$"}
#: The empty comment keeps GitHub's filters off, which run on the finished page: `@name`, `#1`.
_ENTITIES |= {ord(char): f"&#{ord(char)};<!-- -->" for char in "#@"}

#: GitHub takes `GH-1` for a reference too, and tells the other issue of it.
_ISSUE = re.compile(r"(gh)-(?=\d)", re.IGNORECASE)


def code(text: str) -> str:
    """Text as code: in HTML, because backticks cannot quote backticks in a table."""
    return f"<code>{_escaped(shown(text))}</code>" if text else "-"


def prose(text: str) -> str:
    """A message of ours: words of the repository stand between backticks and become code."""
    parts = shown(text).split("`")
    if len(parts) % 2 == 0:
        return _escaped("`".join(parts))
    return "".join(
        f"<code>{_escaped(part)}</code>" if at % 2 and part else _escaped(part)
        for at, part in enumerate(parts)
    )


def cut(text: str, most: int) -> str:
    """Words of the repository at a length that leaves room for others; no half of a secret."""
    text = redact(text)
    return text if len(text) <= most else f"{text[: most - 1]}…"


def sentence(text: str, most: int) -> str:
    """A message of ours as a sentence's beginning.

    NOTE: a secret is hidden first: with a capital letter in front it would not look like one.
    """
    text = cut(text, most)
    return prose(text[:1].upper() + text[1:])


def fence(text: str, language: str = "text") -> str:
    """Rows of source, whatever stands in them; `text` is masked already, its lines are ours."""
    ticks = ticks_for(text)
    return f"{ticks}{language}\n{text}\n{ticks}\n"


def ticks_for(text: str) -> str:
    """Backticks that nothing in the text can close."""
    longest = run = 0
    for char in text:
        run = run + 1 if char == "`" else 0
        longest = max(longest, run)
    return "`" * max(3, longest + 1)


def _escaped(text: str) -> str:
    text = text.translate(_ENTITIES)
    text = text.replace("://", ":<!-- -->//").replace("www.", "www<!-- -->.")
    return _ISSUE.sub(r"\1<!-- -->-", text)
