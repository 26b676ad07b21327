"""Words of the HTML report: whatever stands in a text of the repository, it is shown as text."""

from __future__ import annotations

from html import escape

from oidc_enforcer.finding import Severity
from oidc_enforcer.reporters import HOME
from oidc_enforcer.reporters.visible import shown


def text(words: str) -> str:
    """A text as it is, controls made visible."""
    return escape(shown(words))


def code(words: str) -> str:
    """A text as code."""
    return f"<code>{text(words)}</code>"


def prose(words: str) -> str:
    """A message of ours: words of the repository stand between backticks."""
    parts = shown(words).split("`")
    if len(parts) % 2 == 0:
        return escape("`".join(parts))
    return "".join(
        f"<code>{escape(part)}</code>" if at % 2 and part else escape(part)
        for at, part in enumerate(parts)
    )


def badge(severity: Severity) -> str:
    """A severity in its colour."""
    return f"<span class='badge {severity.word}'>{severity.word}</span>"


def rule_link(rule: str) -> str:
    """A rule's name, which is ours, with its page."""
    name = escape(rule)
    return f"<a href='{HOME}/blob/main/docs/rules/{name}.md'>{name}</a>"
