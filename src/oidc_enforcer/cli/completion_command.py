"""`oidc-enforcer completion`: prints a completion script for a shell."""

from __future__ import annotations

from oidc_enforcer.cli import CLEAN, console
from oidc_enforcer.cli.commands import HELP, Arguments, Command

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
    from oidc_enforcer.cli.parser import chosen
    from oidc_enforcer.rules import RULES

    shell = chosen("".join(arguments.given), SHELLS, "shell")
    console.write([script(shell, [module.RULE.id for module in RULES])])
    return CLEAN
