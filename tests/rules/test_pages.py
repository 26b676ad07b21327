"""Every rule is listed, named after its file, documented, and true to its own examples."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import oidc_enforcer.rules
from oidc_enforcer.facts import Facts
from oidc_enforcer.finding import Finding, Severity
from oidc_enforcer.rules import RULES, RuleModule
from oidc_enforcer.rules.pages import page, pages
from oidc_enforcer.source import SourceFile
from oidc_enforcer.workflow.reading import read
from oidc_enforcer.workflow.surroundings import Surroundings

HEADINGS = ("## Why it matters", "## Bad", "## Good", "## Remediation")
NOT_RULES = {"__init__", "pages"}


def examples(module: RuleModule, heading: str) -> Iterator[str]:
    section = (module.__doc__ or "").partition(f"## {heading}\n")[2].partition("\n## ")[0]
    yield from re.findall(r"```yaml\n(.*?)```", section, re.DOTALL)


def found(module: RuleModule, text: str) -> list[Finding]:
    subject = read(SourceFile(".github/workflows/x.yml", text), Surroundings())
    outcomes = module.check(subject, Facts("2026-11-22"))
    return [outcome for outcome in outcomes if isinstance(outcome, Finding)]


def ids(module: RuleModule) -> str:
    return module.RULE.id


def test_every_module_of_the_folder_is_a_listed_rule() -> None:
    folder = Path(str(oidc_enforcer.rules.__file__)).parent
    modules = {path.stem for path in folder.glob("*.py")} - NOT_RULES
    assert {module.RULE.id.replace("-", "_") for module in RULES} == modules


@pytest.mark.parametrize("module", RULES, ids=ids)
def test_the_page_has_its_headings_and_a_summary(module: RuleModule) -> None:
    text = module.__doc__ or ""
    assert [h for h in HEADINGS if h not in text] == []
    assert module.RULE.summary
    assert not module.RULE.summary.endswith(".")


@pytest.mark.parametrize("module", RULES, ids=ids)
def test_bad_examples_are_found_at_the_default_severity(module: RuleModule) -> None:
    bad = list(examples(module, "Bad"))
    assert bad
    for text in bad:
        assert any(f.severity is module.RULE.severity for f in found(module, text)), text


@pytest.mark.parametrize("module", RULES, ids=ids)
def test_good_examples_are_clean_for_every_rule(module: RuleModule) -> None:
    good = list(examples(module, "Good"))
    assert good
    for text in good:
        loud = [f for m in RULES for f in found(m, text) if f.severity > Severity.NOTE]
        assert loud == [], text


def test_pages_are_found_by_id() -> None:
    assert [made.rule for made in pages()] == [module.RULE.id for module in RULES]
    made = page("static-credentials")
    assert made is not None
    assert made.markdown.startswith("# static-credentials\n")
    assert made.why.startswith("An access key works from anywhere")
    assert page("no-such-rule") is None
