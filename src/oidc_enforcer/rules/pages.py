"""The rules' documentation pages, made from their modules' docstrings."""

from __future__ import annotations

from typing import NamedTuple

from oidc_enforcer.rules import RULES, RuleModule


class Page(NamedTuple):
    """A rule's page. `why` is one paragraph; `markdown` is the whole page with its heading."""

    rule: str
    summary: str
    why: str
    markdown: str


def page(rule_id: str) -> Page | None:
    """The page of a rule, None when there is no such rule."""
    return next((_page(module) for module in RULES if module.RULE.id == rule_id), None)


def pages() -> tuple[Page, ...]:
    """The pages of all rules, in the order of the list."""
    return tuple(_page(module) for module in RULES)


def _page(module: RuleModule) -> Page:
    rule, text = module.RULE, (module.__doc__ or "").strip()
    why = text.partition("## Why it matters")[2].strip().partition("\n\n")[0]
    heading = f"# {rule.id}\n\nDefault severity: {rule.severity.word}.\n\n"
    return Page(rule.id, rule.summary, " ".join(why.split()), f"{heading}{text}\n")
