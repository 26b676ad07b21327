"""Every shape of a key and of permissions: `before/` is given, `after/` is golden.

`GOLDEN=write` writes what is made of each; `after/verdicts.txt` says how sure each fix was.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from oidc_enforcer import mending
from oidc_enforcer.facts import Facts
from oidc_enforcer.finding import Finding, Fix
from oidc_enforcer.fixes.proposal import Choices
from oidc_enforcer.mending import Bench, Mended
from oidc_enforcer.source import SourceFile
from oidc_enforcer.workflow.surroundings import Surroundings

HERE = Path(__file__).parent
NAMES = sorted(path.stem for path in (HERE / "before").glob("*.yml"))
WRITE = os.environ.get("GOLDEN") == "write"


def mended(name: str) -> tuple[str, str, Mended]:
    """The text before and after every fix, and what was done."""
    path = HERE / "before" / f"{name}.yml"
    source = SourceFile.decode("deploy.yml", path.read_bytes())
    bench = Bench(Surroundings(), Facts(), Choices())
    done = bench.mend(source, mending.every)
    return source.text, bench.texts["deploy.yml"].text, done


@pytest.mark.parametrize("name", NAMES)
def test_a_shape_becomes_what_it_should(name: str) -> None:
    _, after, _ = mended(name)
    golden = HERE / "after" / f"{name}.yml"
    if WRITE:
        golden.write_bytes(after.encode())
    assert after == golden.read_bytes().decode()


@pytest.mark.parametrize("name", NAMES)
def test_what_was_mended_stays_as_it_is(name: str) -> None:
    _, after, first = mended(name)
    assert first.applied, "a pair in which nothing is mended shows nothing"
    bench = Bench(Surroundings(), Facts(), Choices())
    again = bench.mend(SourceFile("deploy.yml", after), mending.every)
    assert not again.applied
    assert [f.rule for f in again.after.findings if f.rule != "syntax"] == [
        f.rule for f in first.after.findings if f.unfixed
    ]


def test_how_sure_each_fix_is() -> None:
    said = "".join(line for name in NAMES for line in verdicts(name))
    golden = HERE / "after" / "verdicts.txt"
    if WRITE:
        golden.write_text(said, "utf-8")
    assert said == golden.read_text("utf-8")


def verdicts(name: str) -> Iterator[str]:
    """A line for each fix that was applied, and one for each finding that has none."""
    yield f"{name}\n"
    done = mended(name)[2]
    for finding, fix in done.applied:
        yield from _verdict(finding, fix)
    for finding in done.after.findings:
        yield f"  no fix for {finding.rule}: {finding.unfixed}\n"


def _verdict(finding: Finding, fix: Fix) -> Iterator[str]:
    yield f"  {fix.safety.value} for {finding.rule}: {fix.title}\n"
    yield from (f"    in doubt: {doubt}\n" for doubt in fix.doubts)
    yield from (f"    first: {said}\n" for said in fix.first)
