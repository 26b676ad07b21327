"""`run:` scripts: which settings they make and which commands they run.

The text is read as its shell would read it, after GitHub has replaced every `${{ }}`: an expression
is an opaque part of whatever word it stands in. Nothing is executed and nothing ever fails.
"""

from __future__ import annotations

from oidc_enforcer.shell.model import OF_SCRIPT, Command, Script, Setting, Sink
from oidc_enforcer.shell.tools import Tool, Use, token_reads, tools

__all__ = [
    "OF_SCRIPT",
    "Command",
    "Script",
    "Setting",
    "Sink",
    "Tool",
    "Use",
    "read",
    "token_reads",
    "tools",
]


def read(text: str, shell: str = "bash") -> Script:
    """Reads a script. `shell` is a step's `shell:`; what is unknown is read as bash."""
    # Most runs read no script at all; those that do pay for this once.
    from oidc_enforcer.shell.dialects import read_into
    from oidc_enforcer.shell.reading import Sheet
    from oidc_enforcer.shell.text import mask

    sheet = Sheet()
    read_into(mask(text), text, shell, sheet, "", 0)
    return Script(*sheet.script_parts())
