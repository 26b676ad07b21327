"""Which release of the credentials action a step is written with or raised to."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from oidc_enforcer.fixes.proposal import Draft
from oidc_enforcer.source import SourceFile
from oidc_enforcer.workflow import configure_aws
from oidc_enforcer.workflow.known_actions import (
    LATEST_MAJOR,
    Runs,
    comment_behind,
    release_status,
)
from oidc_enforcer.workflow.model import Step, Uses, UsesKind

_SHA = re.compile(r"[0-9a-f]{40}")


class Release(NamedTuple):
    """A release and the commit of its tag; `source` says who agrees on it, and when."""

    version: str
    commit: str
    source: str


#: Commits for files that pin by sha. A commit is listed only where independent public workflows
#: and the release page agree on it.
PINNED = (
    Release(
        "v6.2.3",
        "e6de054238d6b7531b4efff3b6587d9aade6a06c",
        "public workflows of aws, CMSgov, Homebrew, ministryofjustice, OWASP and trufflesecurity"
        " pin it as v6.2.3, none as another; read on 2026-11-28",
    ),
)


class Reference(NamedTuple):
    """What stands behind `uses:` of a credentials step, and the comment behind that."""

    text: str
    comment: str = ""

    @property
    def line(self) -> str:
        """As written on its line."""
        return f"{self.text} # {self.comment}" if self.comment else self.text


def raised(uses: Uses) -> Reference:
    """The release to which an old one is raised, pinned in the way that it was."""
    if _SHA.fullmatch(uses.ref.lower()):
        pin = PINNED[0]
        return Reference(f"{configure_aws.NAME}@{pin.commit}", pin.version)
    return Reference(f"{_name_as_written(uses)}@{LATEST_MAJOR}")


def for_new_step(file: SourceFile, steps: Iterator[Step]) -> Reference:
    """The release of a new step: the file's own where it runs on the Node that it is made for."""
    every = list(steps)
    for step in every:
        uses = step.uses
        if uses is None or not uses.is_action(configure_aws.NAME) or "${{" in uses.ref:
            continue
        comment = comment_behind(file.text, uses.value.span.end)
        status = release_status(uses.ref, comment)
        if status is not None and status.speaks_oidc and status.runs is Runs.AS_DECLARED:
            return Reference(uses.value.text.strip(), comment)
    return newest(every)


def newest(steps: Iterable[Step]) -> Reference:
    """The newest release, pinned as most of these steps are."""
    pinned = tags = 0
    for step in steps:
        uses = step.uses
        if uses is None or uses.kind is not UsesKind.REPOSITORY:
            continue
        if _SHA.fullmatch(uses.ref.lower()):
            pinned += 1
        else:
            tags += 1
    if pinned > tags:
        pin = PINNED[0]
        return Reference(f"{configure_aws.NAME}@{pin.commit}", pin.version)
    return Reference(f"{configure_aws.NAME}@{LATEST_MAJOR}")


def _name_as_written(uses: Uses) -> str:
    return uses.value.text.strip().partition("@")[0]


def raise_release(file: SourceFile, step: Step, draft: Draft) -> None:
    """Raises a release that is too old, in the way in which it is pinned."""
    uses = step.uses
    assert uses is not None
    comment = comment_behind(file.text, uses.value.span.end)
    status = release_status(uses.ref, comment)
    if status is None or not status.is_outdated:
        return
    new = raised(uses)
    span = uses.value.span
    if new.comment and comment:
        line = file.text.find("\n", span.end)
        line = len(file.text) if line < 0 else line
        end = line - 1 if file.text[line - 1 : line] == "\r" else line
        draft.edit(span._replace(end=end), new.line)
        return
    quote = file.text[span.start : span.start + 1]
    quoted = quote if quote in "\"'" else ""
    behind = f" # {new.comment}" if new.comment else ""
    draft.edit(span, f"{quoted}{new.text}{quoted}{behind}")
