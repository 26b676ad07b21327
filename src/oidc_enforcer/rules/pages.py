"""The rules' documentation pages, made from their modules' docstrings."""

from __future__ import annotations

import re

from oidc_enforcer.records import NamedTuple
from oidc_enforcer.rules import RULES, RuleModule


class Page(NamedTuple):
    """A rule's page. `why` is one paragraph, `remedy` one or a list, in Markdown, each item on one
    line; `markdown` is the whole page with its heading.
    """

    rule: str
    summary: str
    why: str
    remedy: str
    markdown: str


def page(rule_id: str) -> Page | None:
    """The page of a rule, None when there is no such rule."""
    return next((_page(module) for module in RULES if module.RULE.id == rule_id), None)


def pages() -> tuple[Page, ...]:
    """The pages of all rules, in the order of the list."""
    return tuple(_page(module) for module in RULES)


def _page(module: RuleModule) -> Page:
    rule, text = module.RULE, (module.__doc__ or "").strip()
    why, remedy = (_first(text, title) for title in ("Why it matters", "Remediation"))
    heading = f"# {rule.id}\n\nDefault severity: {rule.severity.word}.\n\n"
    return Page(rule.id, rule.summary, why, remedy, f"{heading}{text}\n")


def _first(text: str, title: str) -> str:
    """The first paragraph under a heading; of a list, each item on a line of its own."""
    found = text.partition(f"## {title}\n")[2].strip().partition("\n\n")[0]
    return "\n".join(" ".join(item.split()) for item in re.split(r"\n(?=\d\. )", found))
