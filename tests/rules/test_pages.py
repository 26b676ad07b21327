"""Every rule is listed, named after its file, documented, and true to its own examples."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import oidc_enforcer.rules
from oidc_enforcer import check
from oidc_enforcer.config import Config, layers
from oidc_enforcer.errors import UserError
from oidc_enforcer.facts import Facts
from oidc_enforcer.finding import Finding, Severity
from oidc_enforcer.protection import Branch, Environment, Protection, Pushes
from oidc_enforcer.rules import RULES, RuleModule, severities
from oidc_enforcer.rules.pages import page, pages
from oidc_enforcer.source import SourceFile
from oidc_enforcer.workflow.reading import read
from oidc_enforcer.workflow.surroundings import Surroundings

HEADINGS = ("## Why it matters", "## Bad", "## Good", "## Remediation")
NOT_RULES = {"__init__", "pages"}


def examples(module: RuleModule, heading: str) -> Iterator[str]:
    section = (module.__doc__ or "").partition(f"## {heading}\n")[2].partition("\n## ")[0]
    yield from re.findall(r"```yaml\n(.*?)```", section, re.DOTALL)


#: What has to be configured before a rule finds anything.
CONFIGURED = {"disallowed-credentials": Config(allowed_credentials=frozenset({"oidc"}))}
#: What GitHub says of the repository of the pages.
PROTECTION = Protection(
    "main",
    {"main": Branch("main", Pushes.REVIEWED)},
    {
        "production": Environment("production"),
        "reviewed": Environment("reviewed", branches=("main",)),
    },
)


def found(module: RuleModule, text: str) -> list[Finding]:
    config = CONFIGURED.get(module.RULE.id, Config())
    if module.RULE.judges == "configuration":
        return of_configuration(module, text)
    subject = read(SourceFile(".github/workflows/x.yml", text), Surroundings())
    report = check.judge(subject, Facts("2026-11-22", config, protection=PROTECTION))
    return [finding for finding in report.findings if finding.rule == module.RULE.id]


def of_configuration(module: RuleModule, text: str) -> list[Finding]:
    """What is found when an organisation enforces `fail-on: warning`."""
    organisation = SourceFile("org.yml", "fail-on: warning\nenforce: all\n")
    try:
        theirs = layers.read("repository", "o.yml", SourceFile("o.yml", text), severities())
    except UserError:
        return []  # an example of another rule, which is no configuration
    ours = layers.read("organisation", "org.yml", organisation, severities())
    refusals = layers.merge([ours, theirs], severities()).refusals
    outcomes = module.check(refusals, Facts("2026-11-22"))
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
    kind = module.RULE.judges == "configuration"
    rules = [m for m in RULES if (m.RULE.judges == "configuration") is kind]
    for text in good:
        loud = [f for m in rules for f in found(m, text) if f.severity > Severity.NOTE]
        assert loud == [], text


def test_pages_are_found_by_id() -> None:
    assert [made.rule for made in pages()] == [module.RULE.id for module in RULES]
    made = page("static-credentials")
    assert made is not None
    assert made.markdown.startswith("# static-credentials\n")
    assert made.why.startswith("An access key works from anywhere")
    assert page("no-such-rule") is None
