"""`oidc-enforcer explain`: the rules' pages in the terminal."""

from __future__ import annotations

from oidc_enforcer.cli import CLEAN, console
from oidc_enforcer.cli.commands import HELP, Arguments, Command
from oidc_enforcer.errors import UserError

COMMAND = Command(
    "explain",
    "say what a rule wants, why, and how to get there; without RULE, list the rules",
    "oidc-enforcer explain [RULE]",
    "RULE",
    "a rule's id, as it stands in brackets in a finding",
    (HELP,),
    most=1,
)


def run(arguments: Arguments) -> int:
    """Prints a rule's page, or the list of the rules when none is named."""
    console.write([_explanation(*arguments.given)])
    return CLEAN


def _explanation(rule: str = "") -> str:
    from oidc_enforcer.rules import RULES
    from oidc_enforcer.rules.pages import page

    rules = [module.RULE for module in RULES]
    if not rule:
        width = max(len(one.id) for one in rules)
        lines = [f"{one.id:<{width}}  {one.severity.word:<7}  {one.summary}" for one in rules]
        return "\n".join([*lines, "", "oidc-enforcer explain RULE tells more.", ""])
    found = page(rule.strip("[]"))
    if found is None:
        from oidc_enforcer.cli.parser import nearest

        near = nearest(rule, [one.id for one in rules])
        hint = f"did you mean `{near}`?" if near else "`oidc-enforcer explain` lists the rules"
        raise UserError(f"unknown rule `{rule}`", hint)
    return found.markdown
