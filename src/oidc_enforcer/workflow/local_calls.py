"""What a file calls in its own repository, by paths from the root, however they are spelled."""

from __future__ import annotations

import re
from collections.abc import Iterator

from oidc_enforcer.source import SourceFile
from oidc_enforcer.workflow import triage
from oidc_enforcer.workflow.elsewhere import all_uses
from oidc_enforcer.workflow.model import Uses, UsesKind
from oidc_enforcer.workflow.parse import parse
from oidc_enforcer.workflow.uses_names import in_tree

_GIVEN = re.compile(rb"secrets(?!\s*\.\s*GITHUB_TOKEN\b)", re.IGNORECASE)


def local_calls(path: str, data: bytes, *, is_action: bool | None = None) -> Iterator[str]:
    """All that a file may call by `./…`; parsed only where the bytes do not tell."""
    yield from triage.local_calls(data)
    if triage.is_oddly_called(data):
        yield from (in_tree(uses.name) for uses in local_uses(path, data, is_action=is_action))


def local_uses(path: str, data: bytes, *, is_action: bool | None = None) -> Iterator[Uses]:
    """The `uses:` of a file's jobs and steps that name something of its own repository."""
    content = parse(SourceFile.decode(path, data), is_action=is_action).content
    for uses in all_uses(content) if content is not None else ():
        if uses.kind is UsesKind.LOCAL:
            yield uses


def may_give_secrets(data: bytes) -> bool:
    """Whether a workflow may hand on a secret, GitHub's own token aside."""
    return _GIVEN.search(data) is not None or b"\\" in data or b"\0" in data
