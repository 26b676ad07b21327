"""A suggestion, applied as GitHub applies it, gives exactly what the fix gives."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from oidc_enforcer import check, remedies
from oidc_enforcer.facts import Facts
from oidc_enforcer.finding import Fix
from oidc_enforcer.fixes.proposal import Choices
from oidc_enforcer.reporters.suggestion import Replacement, replacement
from oidc_enforcer.source import SourceFile, apply_edits
from oidc_enforcer.workflow import reading
from oidc_enforcer.workflow.surroundings import Surroundings

BEFORE = sorted((Path(__file__).parent / "before").glob("*.yml"))


def accepted(text: str, offer: Replacement) -> str:
    """GitHub replaces whole lines, and joins what it puts in with the file's own line break."""
    lines = text.split("\n")
    return "\n".join([*lines[: offer.first - 1], *offer.lines, *lines[offer.last :]])


def fixes(path: Path) -> Iterator[tuple[SourceFile, Fix]]:
    source = SourceFile.decode(path.name, path.read_bytes())
    read = reading.read(source, Surroundings())
    report = remedies.with_fixes(read, check.judge(read, Facts()), Facts(), Choices())
    for finding in report.findings:
        if finding.fix is not None and not finding.fix.elsewhere:
            yield source, finding.fix


@pytest.mark.parametrize("path", BEFORE, ids=lambda path: path.stem)
def test_accepting_a_suggestion_is_applying_the_fix(path: Path) -> None:
    seen = 0
    for source, fix in fixes(path):
        offer = replacement(source, fix)
        assert offer is not None
        assert accepted(source.text, offer) == apply_edits(source.text, fix.edits)
        seen += 1
    assert seen
