"""Commands that only tell: the version, the rules' pages, completion scripts."""

from __future__ import annotations

import sys

from oidc_enforcer import __version__
from oidc_enforcer.errors import UserError


def version() -> str:
    """This program, Python, and which YAML parser reads: a pure one would read differently."""
    from oidc_enforcer.yaml_tree import parser_version

    python = ".".join(map(str, sys.version_info[:3]))
    return f"oidc-enforcer {__version__}\nPython {python}\nYAML parser: {parser_version()}\n"


def explanation(rule: str) -> str:
    """A rule's page, or the list of the rules when none is named."""
    from oidc_enforcer.rules import RULES
    from oidc_enforcer.rules.pages import page

    rules = [module.RULE for module in RULES]
    if not rule:
        width = max(len(one.id) for one in rules)
        lines = [f"{one.id:<{width}}  {one.severity.word:<7}  {one.summary}" for one in rules]
        return "\n".join([*lines, "", "oidc-enforcer explain RULE tells more.", ""])
    found = page(rule.strip("[]"))
    if found is None:
        from oidc_enforcer.cli.parser import suggestion

        raise UserError(f"unknown rule `{rule}`", suggestion(rule, [one.id for one in rules]))
    return found.markdown


def completion(shell: str) -> str:
    """A completion script that knows the commands, the options, their values and the rules."""
    from oidc_enforcer.cli.completion import script
    from oidc_enforcer.rules import RULES

    return script(shell, [module.RULE.id for module in RULES])
