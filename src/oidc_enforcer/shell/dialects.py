"""Which tokenizer reads which shell."""

from __future__ import annotations

from oidc_enforcer.shell import interpret
from oidc_enforcer.shell.posix import Posix
from oidc_enforcer.shell.programs import program
from oidc_enforcer.shell.reading import Reading, Sheet

_POWERSHELLS = frozenset({"pwsh", "powershell"})
_JAVASCRIPTS = frozenset({"node", "javascript", "js", "bun", "deno"})


def dialect(shell: str) -> str:
    """The dialect of a `shell:` value: `posix`, `sh`, `powershell`, `cmd`, `python` or `node`.

    A template such as `bash -l {0}` counts by its first word; what is unknown is read as bash.
    """
    name = program(shell.strip().partition(" ")[0]).lower()
    if name in _POWERSHELLS:
        return "powershell"
    if name == "cmd":
        return "cmd"
    # NOTE: what Ruby and Perl say of the environment reads like Python.
    if name.startswith("python") or name in ("ruby", "perl"):
        return "python"
    if name in _JAVASCRIPTS:
        return "node"
    return "sh" if name in ("sh", "dash", "ash") else "posix"


def read_into(masked: str, plain: str, shell: str, sheet: Sheet, host: str, level: int) -> None:
    """Reads a script and files what it says in `sheet`."""
    kind = dialect(shell)
    if kind in ("python", "node"):
        from oidc_enforcer.shell.code import read_code

        read_code(masked, plain, kind, sheet, host, level)
        return
    if kind == "powershell":
        from oidc_enforcer.shell.powershell_commands import read_powershell

        read_powershell(masked, plain, sheet, host, level)
        return
    if kind == "cmd":
        from oidc_enforcer.shell.cmd import Cmd

        batch = Cmd(masked, plain)
        batch.run()
        interpret.run(Reading(batch, sheet, host, level))
        return
    posix = Posix(masked, plain, echo_escapes=kind == "sh")
    posix.run()
    interpret.run(Reading(posix, sheet, host, level))
