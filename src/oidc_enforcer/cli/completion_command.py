"""`oidc-enforcer completion`: prints a completion script for a shell."""

from __future__ import annotations

import sys

from oidc_enforcer.cli import CLEAN
from oidc_enforcer.cli.commands import HELP, Arguments, Command
from oidc_enforcer.errors import UserError

SHELLS = ("bash", "zsh", "fish")
COMMAND = Command(
    "completion",
    "print a completion script for a shell",
    "oidc-enforcer completion SHELL",
    "SHELL",
    "bash, zsh or fish",
    (HELP,),
    SHELLS,
    most=1,
    epilog="""\
examples:
  source <(oidc-enforcer completion bash)
  oidc-enforcer completion zsh > "${fpath[1]}/_oidc-enforcer"
  oidc-enforcer completion fish > ~/.config/fish/completions/oidc-enforcer.fish
""",
)


def run(arguments: Arguments) -> int:
    """Prints a script that knows the commands, the options, their values and the rules."""
    from oidc_enforcer.cli.completion import script
    from oidc_enforcer.cli.parser import suggestion
    from oidc_enforcer.rules import RULES

    if not arguments.given:
        raise UserError("which shell?", suggestion("", SHELLS))
    shell = arguments.given[0]
    if shell not in SHELLS:
        raise UserError(f"unknown shell `{shell}`", suggestion(shell, SHELLS))
    sys.stdout.write(script(shell, [module.RULE.id for module in RULES]))
    return CLEAN
