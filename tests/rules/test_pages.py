"""Every rule is listed, named after its file, documented, and true to its own examples."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

import oidc_enforcer.check.repository
import oidc_enforcer.rules
from oidc_enforcer import check
from oidc_enforcer.arn import OidcProviderArn, RoleArn
from oidc_enforcer.config import Config, layers
from oidc_enforcer.errors import UserError
from oidc_enforcer.facts import Facts, Provider, Role
from oidc_enforcer.finding import Finding, Severity
from oidc_enforcer.iam.document import parse
from oidc_enforcer.iam.issuers import GITHUB_COM
from oidc_enforcer.iam.tokens import Repository
from oidc_enforcer.protection import Branch, Environment, Protection, Pushes
from oidc_enforcer.rules import RULES, RuleModule, severities
from oidc_enforcer.rules.pages import page, pages
from oidc_enforcer.source import SourceFile
from oidc_enforcer.stored_secrets import Keeper, Secrets, listed
from oidc_enforcer.workflow.reading import read
from oidc_enforcer.workflow.secret_reads import reads
from oidc_enforcer.workflow.surroundings import Surroundings

HEADINGS = ("## Why it matters", "## Bad", "## Good", "## Remediation")
NOT_RULES = {"__init__", "credential_findings", "pages"}


ROLE = RoleArn("aws", "123456789012", "/", "deploy")
PROVIDER = OidcProviderArn("aws", ROLE.account, GITHUB_COM)
#: The repository that the pages about roles speak of.
APP = Repository("acme", "app", "1001", "2001", immutable_subject=False)


class Example(NamedTuple):
    """A workflow or configuration, a trust policy, the provider's audiences and the repository's
    secrets, as far as given.
    """

    text: str = ""
    policy: str = ""
    audiences: tuple[str, ...] = ("sts.amazonaws.com",)
    secrets: Secrets | None = None


def examples(module: RuleModule, heading: str) -> Iterator[Example]:
    """The examples of a section; a policy belongs to the workflow before it, a provider to it."""
    section = (module.__doc__ or "").partition(f"## {heading}\n")[2].partition("\n## ")[0]
    made: list[Example] = []
    for language, text in re.findall(r"```(yaml|json)\n(.*?)```", section, re.DOTALL):
        if language == "yaml":
            made.append(Example(text))
        elif "total_count" in text:
            stored = tuple(listed(json.loads(text)["secrets"], Keeper.REPOSITORY))
            made[-1] = made[-1]._replace(secrets=Secrets("acme/app", stored))
        elif "ClientIDList" in text:
            made[-1] = made[-1]._replace(audiences=tuple(json.loads(text)["ClientIDList"]))
        elif made and not made[-1].policy:
            made[-1] = made[-1]._replace(policy=text)
        else:
            made.append(Example(policy=text))
    yield from made


def of_role(module: RuleModule, example: Example) -> list[Finding]:
    """What is found about the role of an example, and about the job that assumes it."""
    file = SourceFile("trust.json", example.policy)
    role = Role(ROLE.name, ROLE, parse(example.policy), file.path, file)
    facts = Facts(
        "2026-11-22",
        repository=APP,
        roles={str(ROLE): role},
        providers={ROLE.account: (Provider(PROVIDER, example.audiences),)},
        judges_roles=True,
        environments=None if example.text else frozenset(),
    )
    if example.text:
        subject = read(SourceFile(".github/workflows/x.yml", example.text), Surroundings())
        found = list(check.judge(subject, facts).findings)
    else:
        found, _ = check.judge_role(role, facts)
    return [finding for finding in found if finding.rule == module.RULE.id]


#: What has to be configured before a rule finds anything.
CONFIGURED = {
    "disallowed-credentials": Config(allowed_credentials=frozenset({"oidc"})),
    "unrotated-secret": Config(max_key_age=90),
}
#: What GitHub says of the repository of the pages.
PROTECTION = Protection(
    "main",
    {"main": Branch("main", Pushes.REVIEWED)},
    {
        "production": Environment("production"),
        "reviewed": Environment("reviewed", branches=("main",)),
    },
)


def found(module: RuleModule, example: Example) -> list[Finding]:
    if example.policy:
        return of_role(module, example)
    text = example.text
    config = CONFIGURED.get(module.RULE.id, Config())
    if module.RULE.judges == "configuration":
        return of_configuration(module, text)
    file = SourceFile(".github/workflows/x.yml", text)
    facts = Facts("2026-11-22", config, protection=PROTECTION, secrets=example.secrets)
    report = check.judge(read(file, Surroundings()), facts)
    findings = list(report.findings)
    if example.secrets is not None:
        findings += check.repository.judge(reads(file, (), is_action=False), facts).findings
    return [finding for finding in findings if finding.rule == module.RULE.id]


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
